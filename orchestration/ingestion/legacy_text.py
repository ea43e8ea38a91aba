"""Lines that aren't UTF-8: Windows and DOS code pages, told apart by the letters that they give.

Both occur in one file in the wild: an é is 0xE9 in cp1252, where cp850 has a Ú, and 0x82 in cp850,
where cp1252 has a low quote.
"""

from __future__ import annotations

#: The setting under which a line's code page is told from its letters.
AUTO = "auto"
CANDIDATES = ("cp1252", "cp850")
#: Letters of western European languages beyond ASCII, as they occur within words.
LETTERS = frozenset("àáâäãåæçéèêëíìîïñóòôöõøúùûüÿœßÀÁÂÄÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØÚÙÛÜŒ")
#: Signs that stand beside words and figures.
SIGNS = frozenset("’‘“”«»–—…€£°§·¿¡½¼²³©®µ\xa0")


def decode(line: bytes, encoding: str) -> str:
    """The text of a line in `encoding`, or in the likelier code page where that is AUTO.

    No byte is ever lost: what a code page has no character for is read as Latin-1.
    """
    if encoding == AUTO:
        encoding = max(CANDIDATES, key=lambda candidate: _likelihood(line, candidate))
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _likelihood(line: bytes, encoding: str) -> int:
    """Letters where letters belong count for a code page, all else beyond ASCII against it."""
    text = f" {line.decode(encoding, errors='replace')} "
    score = 0
    for before, character, after in zip(text, text[1:], text[2:], strict=False):
        if character < "\x80":
            continue
        if character in LETTERS:
            # A capital between small letters is another code page's small one.
            is_within = before.islower() or (after.islower() and before != " ")
            is_odd = character.isupper() and is_within
            score += -1 if is_odd else 2
        elif character in SIGNS:
            score += -1 if before.isalpha() and after.isalpha() and character != "’" else 1
        else:
            score -= 2
    return score
