"""Bytes of a delivered file as clean UTF-8 lines, whatever the archive, encoding or line end."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard
from isal import igzip, igzip_lib

from orchestration.ingestion import legacy_text

#: What the library raises for damaged data; its stubs call it a class of another kind.
IsalError: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]

#: The first block of a file, from which its form is judged.
FIRST_BLOCK_BYTES = 4 * 1024 * 1024
#: The others: what is looked at in one go stays in the processor's cache, at half the cost.
BLOCK_BYTES = 512 * 1024
LONGEST_LINE_BYTES = 16 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
#: A frame, or one without data, as pzstd writes first.
ZSTD_MAGICS = (
    b"\x28\xb5\x2f\xfd",
    *(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60)),
)
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
PARQUET_MAGIC = b"PAR1"
#: What else is delivered under a name that ends in .csv, by its first bytes.
OTHER_KINDS = {
    b"PK\x03\x04": "a ZIP archive (an .xlsx workbook is one too)",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Excel workbook",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\xfd7zXZ\x00": "an xz archive",
    GZIP_MAGIC: "an archive inside an archive",
    **dict.fromkeys(ZSTD_MAGICS, "an archive inside an archive"),
}
#: A quoted text, or what follows a quote that nothing closes.
QUOTED = re.compile(rb'"[^"]*"?')


class UnreadableFileError(ValueError):
    """The file as a whole can't be read; the message says why and what to do."""


class LongLineError(UnreadableFileError):
    """A line of more than LONGEST_LINE_BYTES; a JSON document may be one."""


def magic_of(path: Path) -> bytes:
    """The first four bytes."""
    with path.open("rb") as handle:
        return handle.read(4)


def is_compressed(path: Path) -> bool:
    """Whether the content, not the name, is gzip or zstd."""
    return magic_of(path).startswith((GZIP_MAGIC, *ZSTD_MAGICS))


def blocks(path: Path, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Decompressed blocks from byte `start` to `stop`, which only uncompressed files take.

    Raises UnreadableFileError for a truncated or damaged archive.
    """
    magic = magic_of(path)
    sizes = itertools.chain([FIRST_BLOCK_BYTES], itertools.repeat(BLOCK_BYTES))
    with path.open("rb") as handle:
        try:
            if magic.startswith(GZIP_MAGIC):
                with igzip.open(handle) as unzipped:  # type: ignore[no-untyped-call]
                    while block := unzipped.read(next(sizes)):
                        yield block
            elif magic.startswith(ZSTD_MAGICS):
                yield from _zstd_blocks(handle)
            else:
                handle.seek(start)
                left = (path.stat().st_size if stop is None else stop) - start
                while left > 0 and (block := handle.read(min(next(sizes), left))):
                    left -= len(block)
                    yield block
        except (EOFError, IsalError, igzip.BadGzipFile, zstandard.ZstdError) as error:
            raise UnreadableFileError(
                f"the archive is truncated or damaged ({error}); deliver it again"
            ) from error


def _zstd_blocks(handle: BinaryIO) -> Iterator[bytes]:
    # zstandard's stream reader takes a cut-off frame for the end of the file, so frames are
    # followed by hand.
    frame = zstandard.ZstdDecompressor().decompressobj()
    is_open = False
    # Text is some four times its archive.
    sizes = itertools.chain([FIRST_BLOCK_BYTES // 4], itertools.repeat(BLOCK_BYTES // 4))
    while data := handle.read(next(sizes)):
        while data:
            if frame.eof:
                frame = zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(data)
            is_open = not frame.eof
            data = frame.unused_data if frame.eof else b""
    if is_open:
        raise EOFError("the last zstd frame isn't closed")


def line_blocks(
    path: Path, fallback_encoding: str, start: int = 0, stop: int | None = None
) -> Iterator[bytes]:
    """Blocks of whole lines: UTF-8 without BOM, each line ended by LF.

    Lines that aren't UTF-8 are read as `fallback_encoding`, line by line, as both occur in one
    file. A file whose lines end in CR alone is cut there. The last line gets a LF where it has
    none. Raises UnreadableFileError.
    """
    rest = b""
    line_end: bytes | None = None
    decoder: codecs.IncrementalDecoder | None = None
    # A frame without data gives an empty block.
    for number, raw in enumerate(filter(None, blocks(path, start, stop))):
        block = raw
        if number == 0 and start == 0:
            if block.startswith(PARQUET_MAGIC):
                raise UnreadableFileError(
                    "a Parquet file inside an archive; deliver the Parquet file itself"
                )
            _refuse_other_kinds(block)
            block, decoder = _without_bom(block)
        block = rest + _decoded(decoder, block)
        if line_end is None:
            line_end = line_end_of(block)
        cut = block.rfind(line_end) + 1 if line_end else 0
        if line_end == b"\r" and cut == len(block):
            # The LF of a CRLF may stand at the head of the next block.
            cut = block.rfind(line_end, 0, cut - 1) + 1
        whole, rest = block[:cut], block[cut:]
        if len(rest) > LONGEST_LINE_BYTES:
            raise LongLineError(
                f"no line end within {LONGEST_LINE_BYTES >> 20} MiB: this is no text file of rows"
            )
        if whole:
            yield clean_lines(whole, line_end or b"\n", fallback_encoding)
    rest += _decoded(decoder, b"", is_last=True)
    if rest:
        end = line_end or b"\n"
        yield clean_lines(rest if rest.endswith(end) else rest + end, end, fallback_encoding)


def _refuse_other_kinds(block: bytes) -> None:
    for magic, kind in OTHER_KINDS.items():
        if block.startswith(magic):
            raise UnreadableFileError(
                f"this is {kind}; deliver the file itself, as text or Parquet, plain, .gz or .zst"
            )


def whole_text(path: Path, fallback_encoding: str, largest: int) -> str | None:
    """All of a file as `line_blocks` reads it, or None where it is over `largest` bytes.

    Raises UnreadableFileError.
    """
    raw = bytearray()
    for block in blocks(path):
        raw += block
        if len(raw) > largest:
            return None
    whole, decoder = _without_bom(bytes(raw))
    whole = _decoded(decoder, whole, is_last=True)
    return clean_lines(whole, line_end_of(whole) or b"\n", fallback_encoding).decode()


def _without_bom(block: bytes) -> tuple[bytes, codecs.IncrementalDecoder | None]:
    if block.startswith(codecs.BOM_UTF8):
        return block[len(codecs.BOM_UTF8) :], None
    if block.startswith(UTF16_MARKS):
        return block, codecs.getincrementaldecoder("utf-16")()
    return block, None


def _decoded(
    decoder: codecs.IncrementalDecoder | None, block: bytes, *, is_last: bool = False
) -> bytes:
    if decoder is None:
        return block
    try:
        return decoder.decode(block, final=is_last).encode()
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"the UTF-16 text is truncated or damaged ({error.reason}); deliver it again"
        ) from error


def line_end_of(block: bytes) -> bytes | None:
    """What ends the lines of a block: LF, CR where no LF does, or None where nothing does.

    Ends of lines inside quotes don't count: Excel for Mac writes LF there and CR behind each row.
    """
    if block.count(b"\r") == block.count(b"\r\n"):
        return b"\n" if b"\n" in block else None
    if b"\n" not in block:
        return b"\r"
    outside = QUOTED.sub(b"", block)
    return b"\n" if b"\n" in outside or b"\r" not in outside else b"\r"


def clean_lines(block: bytes, line_end: bytes, fallback_encoding: str) -> bytes:
    """Whole lines as UTF-8, each ended by LF."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
        # A lone CR in a file of LF lines is a character of a field, never an end of line.
        block = block.replace(b"\r", b"\n" if line_end == b"\r" else b" ")
    if block.isascii():
        return block
    try:
        block.decode()
    except UnicodeDecodeError:
        lines = block.split(b"\n")
        others = [number for number, line in enumerate(lines) if not _is_utf8(line)]
        texts = legacy_text.decode_lines([lines[number] for number in others], fallback_encoding)
        for number, text in zip(others, texts, strict=True):
            lines[number] = text.encode()
        return b"\n".join(lines)
    return block


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
