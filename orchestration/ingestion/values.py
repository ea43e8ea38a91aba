"""Values that identify people: their normal form and their keyed hash."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

#: What switchboards write where the caller hides the number: small letters without accents.
WITHHELD = frozenset(
    {"anonymous", "unknown", "restricted", "private", "withheld", "unavailable", "masque", "prive"}
    | {"anonyme", "inconnu", "asserted", "no number", "none", "+266696687", "266696687"}
    | {"numero masque", "numero prive", "numero inconnu", "appel masque", "private number"}
    # The words restricted, blocked, unknown and unavailable on a keypad, as Twilio writes them.
    | {"+7378742833", "+2562533", "+8656696", "+8566696", "+86282452253"}
)
#: A telephone number as a login: +33…, 0033…, or a French national one, whatever separates digits.
PHONE_LIKE = re.compile(
    r"(?<![0-9A-Za-z_-])((\+|00)[1-9]([ ./()-]{0,2}[0-9]){7,13}|0[1-9]([ ./-]?[0-9]{2}){4})"
    r"(?![0-9A-Za-z_-])"
)
EMAIL_LIKE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
SIP_ADDRESS = re.compile(r"^(?:sips?|tel):([^@;]+)", re.IGNORECASE)
SHORT_NUMBER_DIGITS = 6
#: Of SHA-256.
BLOCK_BYTES = 64

#: The kind of a subject column's value, by what its kind column says.
KIND_OF_SUBJECT = {
    "email": "email",
    "phone": "phone",
    "social_handle": "handle",
    "login_id": "login",
    "customer_id": "plain",
    "visitor_id": "plain",
}


@dataclass(frozen=True)
class Identifier:
    """A value as delivered, its normal form, its hash (64 hex digits) and its status.

    status: valid, hashed, plain (needs no hash), withheld, short, invalid.
    `normalised` of a phone is its E.164 form, or the digits of a short number.
    """

    value: str
    normalised: str | None
    hash: str | None
    status: str


def keyed_hash(key: bytes, text: str) -> str:
    """Lower-case hex HMAC-SHA-256."""
    # hmac's own functions set the key up anew for each text, at three times the cost.
    inner, outer = (pad.copy() for pad in _pads(key))
    inner.update(text.encode())
    outer.update(inner.digest())
    return outer.hexdigest()


@lru_cache(maxsize=8)
def _pads(key: bytes) -> list[hashlib._Hash]:
    return [hashlib.sha256(pad) for pad in hmac_pads(key)]


def hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and the outer pad of HMAC-SHA-256 under a key (RFC 2104)."""
    padded = hashlib.sha256(key).digest() if len(key) > BLOCK_BYTES else key
    padded = padded.ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


#: The library takes 22 to 30 microseconds a number, and callers come back in other files.
@lru_cache(maxsize=1 << 18)
def normalise_phone(value: str, country: str) -> tuple[str | None, str]:
    """E.164 and `valid`, the digits and `short`, or None and `withheld` or `invalid`.

    `country` (ISO 3166) reads numbers written without international prefix.
    """
    text = value.strip()
    if _is_withheld(text):
        return None, "withheld"
    if sip := SIP_ADDRESS.match(text):
        text = sip.group(1)
        if _is_withheld(text):
            return None, "withheld"
    digits = re.sub(r"\D", "", text)
    letters = any(character.isalpha() for character in text)
    if digits and not letters and len(digits) <= SHORT_NUMBER_DIGITS:
        return digits, "short"
    candidates = [text] if text.startswith("+") else [text, f"+{digits}"]
    if not letters:
        for candidate in candidates:
            try:
                number = phonenumbers.parse(candidate, country)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_possible_number(number):
                return phonenumbers.format_number(
                    number, phonenumbers.PhoneNumberFormat.E164
                ), "valid"
    return None, "invalid"


def _is_withheld(text: str) -> bool:
    if text.isascii():
        return text.lower() in WITHHELD
    letters = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in letters if not unicodedata.combining(each)) in WITHHELD


def national_digits(value: str) -> str:
    """The last digits of a number, nine at most, that every way of writing it has.

    Of E.164 those behind the country's prefix, as some countries have eight; else the last.
    """
    try:
        digits = str(phonenumbers.parse(value).national_number)
    except phonenumbers.NumberParseException:
        digits = re.sub(r"\D", "", value)
    return digits[-9:]


def identify(kind: str, values: Iterable[str], country: str, key: bytes) -> list[Identifier]:
    """Normal form, hash and status of distinct values of one kind.

    kind: phone, email, handle, login or plain; anything else is `invalid` and gets no hash.
    """
    return [_identify(kind, value, country, key) for value in values]


def _names_a_person(login: str) -> bool:
    return "@" in login or PHONE_LIKE.search(login) is not None


def _identify(kind: str, value: str, country: str, key: bytes) -> Identifier:
    if kind == "phone":
        normal, status = normalise_phone(value, country)
        digest = keyed_hash(key, normal) if normal and status == "valid" else None
        return Identifier(value, normal, digest, status)
    text = value.strip()
    if kind == "plain" or (kind == "login" and not _names_a_person(text)):
        return Identifier(value, text, None, "plain")
    if kind in {"email", "handle", "login"} and text:
        normal = text.lower()
        return Identifier(value, normal, keyed_hash(key, normal), "hashed")
    return Identifier(value, None, None, "invalid")
