"""How names, dates and addresses are written alike before they are compared: words and SQL.

The SQL reads the table `records` (the columns of `record_linkage.match_people`) and is DuckDB's.
"""

from __future__ import annotations

from collections.abc import Iterable

from orchestration.algorithms.linkage_settings import (
    BLOCK_LIMIT,
    BLOCKING_RULES,
    CONTACT_SHARING_LIMIT,
)

#: Before a given name.
TITLES = ("m", "mr", "mme", "mlle", "mrs", "ms", "dr", "pr", "monsieur", "madame", "mademoiselle")
#: Before or between surnames: of no weight, and often left out.
PARTICLES = (
    *("de", "du", "des", "d", "la", "le", "les", "l", "von", "van", "der", "den", "ter", "di"),
    *("del", "della", "da", "dos", "das", "do", "nee", "ne", "epouse", "ep", "veuve", "vve"),
)
#: In addresses.
FILL_WORDS = ("de", "du", "des", "d", "la", "le", "les", "l", "et", "a", "the", "of")
ABBREVIATIONS = {
    "r": "rue",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "bvd": "boulevard",
    "pl": "place",
    "pce": "place",
    "ch": "chemin",
    "che": "chemin",
    "chem": "chemin",
    "imp": "impasse",
    "all": "allee",
    "rte": "route",
    "sq": "square",
    "fg": "faubourg",
    "fbg": "faubourg",
    "crs": "cours",
    "qu": "quai",
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "res": "residence",
    "lot": "lotissement",
    "bat": "batiment",
    "apt": "appartement",
    "appt": "appartement",
    "esc": "escalier",
    "etg": "etage",
    "pass": "passage",
    "prom": "promenade",
    "esp": "esplanade",
    "ham": "hameau",
    "bis": "b",
    "ter": "t",
    "quater": "q",
    "gal": "general",
    "mal": "marechal",
    "dr": "docteur",
    "pdt": "president",
    "prof": "professeur",
    "str": "street",
    "rd": "road",
    "dve": "drive",
}


def _texts(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _words(column: str) -> str:
    """Lower-case words without accents and signs; letters of other scripts stay."""
    plain = f"strip_accents(lower({column}))"
    for written, read in (("œ", "oe"), ("æ", "ae"), ("ß", "ss"), ("ø", "o"), ("ł", "l")):
        plain = f"replace({plain}, '{written}', '{read}')"
    return (
        f"list_filter(string_split(regexp_replace({plain}, "
        r"'[^\p{L}\p{M}\p{N}]+', ' ', 'g'), ' '), lambda word: word <> '')"
    )


def _without(words: str, dropped: Iterable[str]) -> str:
    """The words that are not among `dropped`; all of them where none would be left."""
    kept = f"list_filter({words}, lambda word: word not in ({_texts(dropped)}))"
    return f"case when len({kept}) > 0 then {kept} else {words} end"


_SHORT = _texts(ABBREVIATIONS)
_LONG = _texts(ABBREVIATIONS.values())
_SPELT_OUT = (
    f"lambda word: coalesce(list_extract([{_LONG}], list_position([{_SHORT}], word)), word)"
)
#: A house number and its letter are two words.
_ADDRESS = r"regexp_replace(address_line, '([0-9])([A-Za-z])', '\1 \2', 'g')"

#: What records of one block have in common, by rule; empty where a value is, or where too many
#: records have it in common.
BLOCKS = {
    f"block_{number}": (
        # Of one birthday few are, so these grow no faster than the customers.
        " || '|' || ".join(columns)
        if "birth_key" in columns
        else f"case when count(*) over (partition by {', '.join(columns)}) <= {BLOCK_LIMIT} "
        "then " + " || '|' || ".join(columns) + " end"
    )
    for number, columns in enumerate(BLOCKING_RULES)
}

#: The steps, each a table made of those before; `people` is what Splink reads.
PREPARED = (
    (
        "words",
        f"""
        select
            row_number() over (order by key) as unique_id,
            key,
            {_words("given_name")} as given_words,
            {_words("surname")} as surname_words,
            -- A number in a name counts people (Client 12), and no pen slips to another.
            list_sort(list_distinct(
                regexp_extract_all(concat_ws(' ', given_name, surname), '[0-9]+')
            )) as name_numbers,
            regexp_replace(left(trim(birth_date), 10), '[^0-9]', '', 'g') as birth_digits,
            {_words(_ADDRESS)} as written_address,
            {_words("city")} as city_words,
            nullif(regexp_replace(upper(postcode), '[^0-9A-Z]', '', 'g'), '') as postcode,
            email_hashes,
            phone_hashes,
            login_ids
        from records
        where nullif(trim(given_name), '') is not null or nullif(trim(surname), '') is not null
        """,
    ),
    (
        "names",
        f"""
        select
            unique_id,
            {_without("given_words", TITLES)} as given_names,
            {_without("surname_words", PARTICLES)} as surnames,
            case when length(birth_digits) = 8 then birth_digits end as birth_date,
            list_transform(
                {_without("written_address", FILL_WORDS)}, {_SPELT_OUT}
            ) as address_parts,
            list_transform(
                list_filter(
                    city_words,
                    lambda word: word <> 'cedex' and not regexp_matches(word, '^[0-9]')
                ),
                {_SPELT_OUT}
            ) as city_parts,
            -- A spreadsheet has taken the first zero of 01000.
            case when length(postcode) = 4 then '0' || postcode else postcode end as postcode,
            email_hashes,
            phone_hashes,
            login_ids
        from words
        """,
    ),
    (
        "values_alike",
        """
        select
            unique_id,
            given_names,
            surnames,
            nullif(array_to_string(given_names, ''), '') as given_name,
            nullif(array_to_string(surnames, ''), '') as surname,
            birth_date,
            nullif(array_to_string(address_parts, ''), '') as address,
            list_sort(list_distinct(address_parts)) as address_words,
            list_filter(
                address_parts, lambda word: regexp_matches(word, '^[0-9]')
            )[1] as house_number,
            nullif(left(array_to_string(list_filter(
                address_parts, lambda word: not regexp_matches(word, '^[0-9]')
            ), ''), 5), '') as address_start,
            postcode,
            nullif(array_to_string(city_parts, ''), '') as city,
            email_hashes,
            phone_hashes,
            login_ids
        from names
        """,
    ),
    (
        "contacts",
        f"""
        with held as (
            select distinct unique_id, 'email' as kind, unnest(email_hashes) as value
            from values_alike
            union all
            select distinct unique_id, 'phone' as kind, unnest(phone_hashes) as value
            from values_alike
            union all
            select distinct unique_id, 'login' as kind, unnest(login_ids) as value
            from values_alike
        ),

        told as (
            select unique_id, kind, value
            from held
            where nullif(trim(value), '') is not null
            qualify count(*) over (partition by kind, value) <= {CONTACT_SHARING_LIMIT}
        )

        select
            unique_id,
            list(value order by value) filter (where kind = 'email') as email_hashes,
            list(value order by value) filter (where kind = 'phone') as phone_hashes,
            list(value order by value) filter (where kind = 'login') as login_ids
        from told
        group by unique_id
        """,
    ),
    (
        "described",
        """
        select
            values_alike.* exclude (email_hashes, phone_hashes, login_ids),
            contacts.email_hashes,
            contacts.phone_hashes,
            contacts.login_ids,
            substr(birth_date, 1, 4) as birth_year,
            -- Day and month sorted: 3 April and 4 March have one key.
            substr(birth_date, 1, 4)
            || least(substr(birth_date, 5, 2), substr(birth_date, 7, 2))
            || greatest(substr(birth_date, 5, 2), substr(birth_date, 7, 2)) as birth_key,
            -- Given name and surname sorted: the same when they are swapped.
            case
                when given_name is not null and surname is not null
                    then least(given_name, surname) || ' ' || greatest(given_name, surname)
            end as name_key,
            -- The same of their beginnings: swapped, and with a slip further on.
            case
                when given_name is not null and surname is not null
                    then least(left(given_name, 3), left(surname, 3))
                        || ' ' || greatest(left(given_name, 3), left(surname, 3))
            end as name_starts,
            left(given_name, 1) as given_name_initial,
            left(given_name, 3) as given_name_start,
            left(surname, 3) as surname_start
        from values_alike
        left join contacts using (unique_id)
        """,
    ),
    (
        "people",
        f"""
        select *, {", ".join(f"{query} as {name}" for name, query in BLOCKS.items())}
        from described
        """,
    ),
)
