"""Lines that aren't UTF-8: Windows and DOS code pages, told apart by the letters that they give.

Both occur in one file in the wild: an é is 0xE9 in cp1252, where cp850 has a Ú, and 0x82 in cp850,
where cp1252 has a low quote. A byte may be a sign in one and a letter in the other (0x85 is … or
à): then its neighbours decide, else the lines around it that leave no doubt, else cp1252.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

#: The setting under which a line's code page is told from its letters.
AUTO = "auto"
LIKELIER, OTHER = "cp1252", "cp850"
#: Letters of western European languages beyond ASCII, as they occur within words.
LETTERS = frozenset("àáâäãåæçéèêëíìîïñóòôöõøúùûüÿœßÀÁÂÄÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØÚÙÛÜŒ")
#: Letters that are a word by themselves.
WORDS_OF_ONE = frozenset("àÀôÔ")
#: Words that end in a letter which is an ellipsis in the other code page.
WORDS_IN_A = ("là", "voilà", "déjà", "delà", "holà")
#: Signs that stand beside words and figures.
SIGNS = frozenset("’‘“”«»–—…•€£°§·¿¡½¼²³©®™µ\xa0")
OPENING, CLOSING = frozenset("“‘«¿¡"), frozenset("”’»…")
#: From this difference on a line leaves no doubt.
CLEAR = 2


class _Read(NamedTuple):
    """A line in both code pages; `margin` is above 0 where the other one is likelier."""

    line: bytes
    margin: int


def decode_lines(lines: Iterable[bytes], encoding: str) -> list[str]:
    """The texts of neighbouring lines in `encoding`, or each in the likelier one where it is AUTO.

    No byte is ever lost: what a code page has no character for is read as Latin-1.
    """
    if encoding != AUTO:
        return [_decode(line, encoding) for line in lines]
    read = [_Read(line, _likelihood(line, OTHER) - _likelihood(line, LIKELIER)) for line in lines]
    votes = sum(margin for _, margin in read if abs(margin) >= CLEAR)
    return [
        _decode(line, OTHER if (margin if abs(margin) >= CLEAR else votes) > 0 else LIKELIER)
        for line, margin in read
    ]


def _decode(line: bytes, encoding: str) -> str:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _likelihood(line: bytes, encoding: str) -> int:
    """Letters where letters belong count for a code page, all else beyond ASCII against it."""
    text = f" {line.decode(encoding, errors='replace')} "
    return sum(
        _fits(text, at) for at, character in enumerate(text[:-1]) if at and character >= "\x80"
    )


def _fits(text: str, at: int) -> int:
    before, character, after = text[at - 1], text[at], text[at + 1]
    if character in LETTERS:
        return _fits_as_letter(text, at)
    if character not in SIGNS:
        return -2
    if before.isalpha() and after.isalpha():
        return 2 if character == "’" else -1
    if character == "°" and before in "nN":
        return 4
    opens = character in OPENING and not before.isalpha() and after.isalpha()
    closes = character in CLOSING and before.isalpha() and not after.isalpha()
    if opens or closes:
        return 2
    if character in "–—" and (before.isalpha() or after.isalpha()):
        return 0
    return -1 if character in "€£" and after.isalpha() else 1


def _fits_as_letter(text: str, at: int) -> int:
    before, character, after = text[at - 1], text[at], text[at + 1]
    if not before.isalpha() and not after.isalpha():
        # Beside a figure or alone it is hardly a letter.
        stands_alone = not (before.isalnum() or after.isalnum())
        return 1 if character in WORDS_OF_ONE and stands_alone else -1
    # A capital behind a small letter is another code page's small one.
    is_odd = (character.isupper() and before.islower()) or (character.islower() and after.isupper())
    if is_odd or (character.isupper() and after.islower() and before.isalpha()):
        return -1
    if character == "Œ" and after == "l":
        return -1
    if character == "à" and not after.isalpha():
        word = text[:at].rsplit(None, 1)[-1].lower() + character
        return 4 if word.endswith(WORDS_IN_A) else 2
    return 2
