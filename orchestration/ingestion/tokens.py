"""What in a text may be an identifier of a person: addresses, numbers, handles, ids.

One set of patterns for the engine and for Python, so that a row that is taken out of the warehouse
is known again when its file is delivered anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers

from orchestration.ingestion.casting import literal
from orchestration.ingestion.values import hmac_pads, keyed_hash

#: What a keyed hash may stand for: kinds of identifiers.
Reading = tuple[frozenset[str], str]

_END = r"\s\"'<>()\[\]{},;:=&?/\\|@"
EMAIL = rf"[^{_END}]+@[^{_END}]+\.[^{_END}]+"
HANDLE = r"@[A-Za-z0-9_][A-Za-z0-9_.-]*"
NUMBER = r"\+?\(?[0-9][0-9 .()/-]{6,150}[0-9]"
WORD = r"[A-Za-z0-9][A-Za-z0-9._-]{3,98}[A-Za-z0-9]"
#: A JSON text, and the value of a URL's parameter.
LEAF = r"\"(?:[^\"\\]|\\.)*\""
PARAMETER = r"=[^&#\s\"';,]+"
#: A number that letters or a dash precede is part of an id.
FREE_NUMBER = rf"(?:^|[^0-9A-Za-z._-])({NUMBER})"
#: Patterns, the group of each that is the token, and what no match is without.
PATTERNS = (
    (EMAIL, 0, "@"),
    (HANDLE, 0, "@"),
    (FREE_NUMBER, 1, ""),
    (WORD, 0, ""),
    (LEAF, 0, '"'),
    (PARAMETER, 0, "="),
)
#: A field of a delimited line, for texts that never became columns.
FIELD = r"[^,;\t|\"\n]+"
#: URL encoding of what these patterns look for.
DECODED = {"%40": "@", "%2B": "+", "%2b": "+", "%20": " "}

#: What may stand around an address without being of it.
EDGES = ".-'"
LONGEST_TOKEN = 200
PHONE_DIGITS = range(8, 16)
PLAIN_KINDS = frozenset({"customer_id", "visitor_id", "login_id"})
NAMED_KINDS = frozenset({"email", "social_handle", "login_id"})
PHONE = frozenset({"phone"})

_patterns = tuple((re.compile(pattern), group) for pattern, group, _ in PATTERNS)
_field = re.compile(FIELD)
_number = re.compile(NUMBER)
_groups = re.compile(r"\d+")


def decoded_sql(text: str) -> str:
    """SQL of a text, followed by itself without URL encoding where it has any."""
    decoded = text
    for coded, plain in DECODED.items():
        decoded = f"replace({decoded}, {literal(coded)}, {literal(plain)})"
    return f"case when contains({text}, '%') then {text} || chr(10) || {decoded} else {text} end"


def tokens_sql(decoded: str) -> str:
    """SQL of the list of tokens of a text that `decoded_sql` made."""
    return " || ".join(
        f"case when contains({decoded}, {literal(needed)}) "
        f"then regexp_extract_all({decoded}, {literal(pattern)}, {group}) else [] end"
        for pattern, group, needed in PATTERNS
    )


def hash_sql(text: str) -> str:
    """SQL of the keyed hash of a text, for statements with the parameters of `hash_parameters`."""
    return f"sha256($outer_pad || unhex(sha256($inner_pad || encode({text}))))"


def hash_parameters(key: bytes) -> dict[str, bytes]:
    """The pads of HMAC-SHA-256 under a key: what the engine needs to make the same hashes."""
    inner_pad, outer_pad = hmac_pads(key)
    return {"inner_pad": inner_pad, "outer_pad": outer_pad}


def is_worth_reading(token: str, hashes: str, *, with_numbers: bool) -> str:
    """SQL of whether `readings` may find one of `hashes` (a subquery) in a token; a quick look."""
    inner = (
        f"case when starts_with({token}, '\"') then trim(substr({token}, 2, length({token}) - 2)) "
        f"when starts_with({token}, '=') then trim(substr({token}, 2)) else {token} end"
    )
    lowered = f"trim(lower(ltrim({inner}, '@')), {literal(EDGES)})"
    tests = [
        f"contains({token}, '\\')",
        f"{hash_sql(inner)} in ({hashes})",
        f"({lowered} <> {inner} and {hash_sql(lowered)} in ({hashes}))",
    ]
    if with_numbers:
        tests.append(f"regexp_full_match({token}, {literal(NUMBER)})")
    return f"length({token}) <= {LONGEST_TOKEN} and ({' or '.join(tests)})"


def tokens_of(text: str) -> set[str]:
    """The tokens of a text that may be a delimited line; fields count as quoted texts."""
    whole = text
    if "%" in text:
        for coded, plain in DECODED.items():
            whole = whole.replace(coded, plain)
        whole = f"{text}\n{whole}"
    found = {
        match.group(group) for pattern, group in _patterns for match in pattern.finditer(whole)
    }
    return found | {json.dumps(name.strip(), ensure_ascii=False) for name in _field.findall(text)}


def readings(key: bytes, token: str, country: str) -> Iterator[Reading]:
    """Hashes of what a token may be; `country` (ISO 3166) reads numbers without prefix."""
    if len(token) > LONGEST_TOKEN:
        return
    if token.startswith(('"', "=")):
        yield from _whole(key, _unquoted(token))
        return
    if token.startswith("@"):
        yield NAMED_KINDS, keyed_hash(key, token[1:].rstrip(".-").lower())
        return
    if "@" in token:
        yield NAMED_KINDS, keyed_hash(key, token.strip(EDGES).lower())
        return
    if _number.fullmatch(token):
        for number in _numbers(token, country):
            yield PHONE, keyed_hash(key, number)
    if any(character.isdigit() for character in token):
        yield PLAIN_KINDS, keyed_hash(key, token)


def _whole(key: bytes, text: str) -> Iterator[Reading]:
    if text:
        yield PLAIN_KINDS, keyed_hash(key, text)
        yield NAMED_KINDS, keyed_hash(key, text.lower().removeprefix("@"))
        if text.startswith("@"):
            yield NAMED_KINDS, keyed_hash(key, text.lower())


def _unquoted(token: str) -> str:
    if token.startswith("="):
        return token[1:].strip()
    try:
        return str(json.loads(token)).strip()
    except ValueError:
        return token.strip('"').strip()


def _numbers(run: str, country: str) -> Iterator[str]:
    """E.164 forms that whole groups of digits of a run may stand for."""
    text = run.replace("(0)", " ")
    groups = list(_groups.finditer(text))
    for first, start in enumerate(groups):
        digits = ""
        for group in groups[first:]:
            digits += group.group()
            if len(digits) > PHONE_DIGITS[-1]:
                break
            if len(digits) < PHONE_DIGITS[0]:
                continue
            if digits.startswith("00"):
                yield f"+{digits[2:]}"
            elif digits.startswith("0"):
                yield f"{_prefix(country)}{digits[1:]}"
            else:
                yield f"+{digits}"
                if not text[: start.start()].endswith("+"):
                    yield f"{_prefix(country)}{digits}"


@lru_cache
def _prefix(country: str) -> str:
    return f"+{phonenumbers.country_code_for_region(country)}"
