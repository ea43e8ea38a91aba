"""What decides whether two customers are one person: comparisons, probabilities, blocking rules.

Every number stands here as code and is never trained at a run, so that the same rows give the same
pairs whatever their order. How the numbers were found: docs/decisions/0016.

A pair is judged against two rivals of "one person": two strangers (Splink's own score), and two
relatives. Relatives share surname, address, telephone and at times an e-mail address; read as if
these were independent signs, they would make one person of twins, of couples, of father and son.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Pairs of records of one person per customer: how many duplicates a CRM is expected to hold.
DUPLICATES_PER_CUSTOMER = 0.05
#: Pairs of relatives (same household or family, both customers) per customer.
RELATIVES_PER_CUSTOMER = 0.6
#: A table smaller than this is read as a part of a clientele of this size.
SMALLEST_CLIENTELE = 1000
#: How many records the prior frequency of a value weighs as much as (smoothing of frequencies).
PRIOR_RECORDS = 1000.0
#: No value is taken for rarer than this.
RAREST_VALUE = 0.00001
#: An e-mail address or a number on file for more customers than this says nothing about any.
CONTACT_SHARING_LIMIT = 10

#: What more records than this agree on brings no pair: in a large clientele a given name in a large
#: street is many people's, and pairs would grow with the square of the customers.
BLOCK_LIMIT = 30


@dataclass(frozen=True)
class Level:
    """How far two values agree.

    `condition` is SQL on `<column>_l` and `<column>_r`, "" for what is left. `m` is the share of
    pairs of one person's records at this level, `u` that of pairs of strangers, `relatives` that
    of pairs of relatives. `frequency_of` names the column whose own frequency replaces `u`.
    """

    code: str
    condition: str
    m: float
    u: float
    relatives: float
    frequency_of: str = ""


@dataclass(frozen=True)
class Compared:
    """One comparison: where `missing` holds it says nothing; else the first level that holds."""

    name: str
    missing: str
    levels: tuple[Level, ...]


def _close(column: str, similarity: float) -> str:
    """Spelt nearly alike: one slip of the pen, or alike as a whole. Short texts must be equal."""
    left, right = f"{column}_l", f"{column}_r"
    return (
        f"least(length({left}), length({right})) >= 4 and "
        f"(damerau_levenshtein({left}, {right}) <= 1 "
        f"or jaro_winkler_similarity({left}, {right}) >= {similarity})"
    )


def _near(column: str) -> str:
    """Spelt in a way that may be a careless one: Lea and Leo, Kate and Kathy."""
    left, right = f"{column}_l", f"{column}_r"
    return (
        f"jaro_winkler_similarity({left}, {right}) >= 0.8 "
        f"or (least(length({left}), length({right})) >= 3 "
        f"and damerau_levenshtein({left}, {right}) <= 1)"
    )


def _missing(*columns: str) -> str:
    return " or ".join(f"{column}_{side} is null" for column in columns for side in "lr")


def _in_common(column: str) -> str:
    return f"len(list_intersect({column}_l, {column}_r)) > 0"


#: Given name in one record, surname in the other, and the other way round.
_SWAPPED = (
    "surname_l is not null and surname_r is not null "
    "and jaro_winkler_similarity(given_name_l, surname_r) >= 0.88 "
    "and jaro_winkler_similarity(surname_l, given_name_r) >= 0.88"
)
#: An initial, a short form, or one of several given names.
_PART_OF_GIVEN_NAME = (
    "starts_with(given_name_l, given_name_r) or starts_with(given_name_r, given_name_l) "
    "or given_names_l[1] = given_names_r[1]"
)
#: One of two surnames: Martin beside Martin-Dubois.
_PART_OF_SURNAME = (
    "len(list_intersect(surnames_l, surnames_r)) > 0 and len(surnames_l) <> len(surnames_r)"
)
_TWO_PARTS_OF_DATE = (
    "cast(substr(birth_date_l, 1, 4) = substr(birth_date_r, 1, 4) as integer) "
    "+ cast(substr(birth_date_l, 5, 2) = substr(birth_date_r, 5, 2) as integer) "
    "+ cast(substr(birth_date_l, 7, 2) = substr(birth_date_r, 7, 2) as integer) = 2"
)
_ONE_SLIP_IN_DATE = "damerau_levenshtein(birth_date_l, birth_date_r) <= 1"
#: As it is, or with its parts in another order: a building before or behind the street.
_SAME_ADDRESS = "address_l = address_r or address_words_l = address_words_r"
_MOST_WORDS = (
    "2 * len(list_intersect(address_words_l, address_words_r)) "
    ">= greatest(len(address_words_l), len(address_words_r))"
)
_SIMILAR_STREET = f"({_close('address', 0.94)}) or ({_MOST_WORDS})"
#: Neighbours live in one street: with another house number it is a weaker sign.
_SAME_NUMBER_SIMILAR_STREET = (
    f"coalesce(house_number_l = house_number_r, true) and ({_SIMILAR_STREET})"
)
_CITY_OR_SLIP_IN_POSTCODE = "damerau_levenshtein(postcode_l, postcode_r) <= 1 or city_l = city_r"

COMPARISONS = (
    Compared(
        "given_name",
        _missing("given_name"),
        (
            Level("same", "given_name_l = given_name_r", 0.80, 0.004, 0.005, "given_name"),
            Level("similar", _close("given_name", 0.92), 0.09, 0.005, 0.012),
            Level("part", _PART_OF_GIVEN_NAME, 0.04, 0.006, 0.012),
            Level("swapped", _SWAPPED, 0.02, 0.00001, 0.0001),
            # Parents give children names that resemble each other.
            Level("near", _near("given_name"), 0.01, 0.02, 0.10),
            Level("different", "", 0.04, 0.965, 0.871),
        ),
    ),
    Compared(
        "surname",
        _missing("surname"),
        (
            Level("same", "surname_l = surname_r", 0.82, 0.0005, 0.70, "surname"),
            Level("similar", _close("surname", 0.92), 0.08, 0.001, 0.03),
            # The comparison of given names has counted it.
            Level("swapped", f"not ({_missing('given_name')}) and {_SWAPPED}", 1.0, 1.0, 1.0),
            Level("part", _PART_OF_SURNAME, 0.03, 0.0005, 0.05),
            Level("different", "", 0.07, 0.998, 0.22),
        ),
    ),
    Compared(
        "birth_date",
        _missing("birth_date"),
        (
            Level("same", "birth_date_l = birth_date_r", 0.90, 0.00004, 0.003, "birth_date"),
            Level("swapped", "birth_key_l = birth_key_r", 0.01, 0.00003, 0.00005),
            Level("similar", _ONE_SLIP_IN_DATE, 0.04, 0.001, 0.002),
            Level("part", _TWO_PARTS_OF_DATE, 0.01, 0.005, 0.008),
            Level("different", "", 0.04, 0.994, 0.987),
        ),
    ),
    Compared(
        "address",
        _missing("address"),
        (
            Level("same", _SAME_ADDRESS, 0.62, 0.00003, 0.62),
            Level("similar", _SAME_NUMBER_SIMILAR_STREET, 0.12, 0.0003, 0.06),
            Level("near", _SIMILAR_STREET, 0.06, 0.003, 0.02),
            Level("different", "", 0.20, 0.99667, 0.30),
        ),
    ),
    Compared(
        "place",
        f"({_missing('postcode')}) and ({_missing('city')})",
        (
            Level("same", "postcode_l = postcode_r", 0.75, 0.0005, 0.70, "postcode"),
            Level("similar", _CITY_OR_SLIP_IN_POSTCODE, 0.10, 0.004, 0.06),
            Level("different", "", 0.15, 0.9955, 0.24),
        ),
    ),
    Compared(
        "email",
        _missing("email_hashes"),
        (
            Level("shared", _in_common("email_hashes"), 0.60, 0.000001, 0.10),
            Level("different", "", 0.40, 0.999999, 0.90),
        ),
    ),
    Compared(
        "phone",
        _missing("phone_hashes"),
        (
            Level("shared", _in_common("phone_hashes"), 0.65, 0.000002, 0.45),
            Level("different", "", 0.35, 0.999998, 0.55),
        ),
    ),
    Compared(
        "login",
        _missing("login_ids"),
        (
            # Who is on file twice may have an account for each, but nobody shares an account.
            Level("shared", _in_common("login_ids"), 0.30, 0.0000001, 0.0005),
            Level("different", "", 0.70, 0.9999999, 0.9995),
        ),
    ),
)

#: How often a value agrees by chance where nothing is known of it, by column.
PRIOR_FREQUENCIES = {
    level.frequency_of: level.u
    for compared in COMPARISONS
    for level in compared.levels
    if level.frequency_of
}

#: Which pairs are scored: those that agree on all columns of a rule.
BLOCKING_RULES = (
    ("birth_key", "surname_start"),
    ("birth_key", "given_name_start"),
    ("birth_key", "name_starts"),
    ("birth_key", "postcode"),
    ("name_key", "birth_year"),
    ("name_key", "city"),
    ("name_starts", "postcode"),
    ("surname", "given_name_initial", "postcode"),
    ("surname", "birth_year", "postcode"),
    ("given_name", "birth_year", "postcode"),
    ("surname", "address"),
    ("given_name", "address_start", "postcode"),
)
#: Lists of which one value in common is enough.
BLOCKING_LISTS = ("email_hashes", "phone_hashes", "login_ids")
