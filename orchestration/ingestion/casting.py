"""SQL that turns delivered texts into contract types and says what doesn't fit."""

from __future__ import annotations

from orchestration.ingestion.contract import Column
from orchestration.warehouse import quoted

TRUE_WORDS = "'true', 't', '1', 'yes', 'y', 'oui', 'vrai'"
FALSE_WORDS = "'false', 'f', '0', 'no', 'n', 'non', 'faux'"
GRANTED_WORDS = f"{TRUE_WORDS}, 'granted', 'accepted', 'accept'"
#: What a banner that hasn't been answered is told by: a state that no legal basis covers, as the
#: data knows of consent, and no refusal either. macros/business/web_tags.sql has the same words.
UNKNOWN_WORDS = "'unknown', 'unset', 'undefined', 'pending', 'inconnu'"


#: Our own column of consent, which is read where the settings name no other field.
CONSENT = "consent_navigation_linking"


def literal(value: str) -> str:
    """A text as SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def coded(expression: str, codes: dict[str, str | None]) -> str:
    """Their codes as ours; a code that isn't mapped stays."""
    if not codes:
        return expression
    cases = " ".join(
        f"when {literal(theirs)} then {literal(ours) if ours is not None else 'null'}"
        for theirs, ours in codes.items()
    )
    return f"case {expression} {cases} else {expression} end"


def cast(column: Column, text: str, zone: str, *, trusts_offsets: bool = True) -> str:
    """The typed value of a text column, null where it doesn't fit.

    `zone` is the IANA zone of times that carry none, or of all where offsets aren't trusted; the
    session's TimeZone must be the same.
    """
    match column.data_type:
        case "bigint":
            # The engine would round 8.7 to 9: only a fraction of zeros is a whole number.
            whole = f"regexp_replace({text}, '\\.0+$', '')"
            return (
                f"case when contains({text}, '.') then {_integer(whole)} else {_integer(text)} end"
            )
        case "double":
            value = f"try_cast({text} as double)"
            return f"case when {_is_unspaced(text)} and isfinite({value}) then {value} end"
        case "decimal(18,4)":
            return f"case when {_is_unspaced(text)} then try_cast({text} as decimal(18,4)) end"
        case "boolean":
            return (
                f"case when lower({text}) in ({TRUE_WORDS}) then true "
                f"when lower({text}) in ({FALSE_WORDS}) then false end"
            )
        case "date":
            return f"case when {_begins_with_year(text)} then try_cast({text} as date) end"
        case "timestamp":
            if not trusts_offsets:
                text = f"regexp_replace({text}, {literal(ZONE_BEHIND_A_TIME)}, '\\1', 'i')"
            return _timestamp(text, zone, column.clock)
        case "json":
            return f"case when json_valid({text}) then cast({text} as json) end"
        case "varchar":
            return f"lower({text})" if column.values else text
        case data_type:
            return f"try_cast({text} as {data_type})"


def _is_unspaced(text: str) -> str:
    # The engine takes 1_000 for a number.
    return f"not contains({text}, '_')"


def _integer(text: str) -> str:
    # The engine rounds 1e-3 and takes 0x10 and 0b1.
    refused = " ".join(f"and not contains(lower({text}), '{letter}')" for letter in "exb")
    return (
        f"case when {_is_unspaced(text)} and not contains({text}, '.') {refused} "
        f"then try_cast({text} as bigint) end"
    )


#: A zone or an offset behind the minutes or seconds, which are group 1.
ZONE_BEHIND_A_TIME = r"(:\d\d(?:\.\d+)?) *(?:Z|UTC?|GMT|[+-]\d\d(?::?\d\d)?)$"
#: Microseconds since 1970 of 1980, before which no system of ours has measured anything (seconds
#: taken for milliseconds lie there), and of the last moment of the year 9999.
FIRST_MICROSECOND = 315_532_800_000_000
LAST_MICROSECOND = 253_402_300_799_999_999


def _timestamp(text: str, zone: str, clock: str) -> str:
    match clock:
        case "epoch_us" | "epoch_ms":
            unit = 1 if clock == "epoch_us" else 1000
            count = _integer(text)
            return (
                f"case when {count} between {FIRST_MICROSECOND // unit} "
                f"and {LAST_MICROSECOND // unit} then make_timestamp({count} * {unit}) end"
            )
        case "rfc2822":
            # Tables of the same records carry ISO 8601 instead.
            return (
                f"case when contains({text}, ',') then {_mail_date(text, zone)} "
                f"else {_iso(text, zone)} end"
            )
        case "local":
            return f"case when {_begins_with_year(text)} then try_cast({text} as timestamp) end"
        case _:
            return _iso(text, zone)


def _mail_date(text: str, zone: str) -> str:
    moment = "%a, %d %b %Y %H:%M:%S"
    named = f"regexp_replace({text}, ' *(GMT|UTC?|Z)$', ' +0000', 'i')"
    instants = [f"try_strptime({written}, '{moment} %z')" for written in (text, named)]
    # The old standard lets a date come without a zone.
    instants.append(f"timezone({literal(zone)}, try_strptime({text}, '{moment}'))")
    return f"timezone('UTC', coalesce({', '.join(instants)}))"


def _iso(text: str, zone: str) -> str:
    plain = f"try_cast({text} as timestamp)"
    # The engine reads a zone's name too, and then gives that zone to the next rows without one.
    zoned = (
        f"case when not contains(substr({text}, 12), ' ') "
        f"then timezone('UTC', try_cast({text} as timestamptz)) end"
    )
    if zone == "UTC":
        # Reading zones costs ten times a plain read: only where an offset is written.
        value = (
            f"case when contains({text}, '+') or contains(substr({text}, 17), '-') "
            f"then {zoned} else {plain} end"
        )
    else:
        value = f"case when ends_with({text}, 'Z') then {plain} else {zoned} end"
    # Only what wasn't read is written anew: 22:00Z, 22:00+01:00, 22:00:00 UTC, small letters.
    named = f"regexp_replace({text}, ' *(Z|UTC|GMT)$', '+00', 'i')"
    joined = (
        f"regexp_replace({named}, "
        r"'^([\d/-]+)[Tt ](\d\d:\d\d)(:[\d.]+)? *([+-]\d\d(?::?\d\d)?)$', '\1 \2\3\4')"
    )
    whole = rf"regexp_replace({joined}, '^([^:]+:\d\d)([+-])', '\1:00\2')"
    offset = f"regexp_extract({whole}, '[+-]\\d\\d(:?\\d\\d)?$')"
    again = f"case when {offset} <> '' then timezone('UTC', try_cast({whole} as timestamptz)) end"
    value = f"coalesce({value}, {again})"
    return f"case when {_begins_with_year(text)} then {value} end"


def _begins_with_year(text: str) -> str:
    # The engine takes 05/10/26 for the year 5, and words such as infinity and epoch for times.
    return f"(instr({text}, '-') = 5 or instr({text}, '/') = 5)"


def problem(column: Column, text: str, typed: str) -> str | None:
    """A CASE branch giving `field|reason` where the text doesn't fit the column, if it can fail."""
    branches = []
    if column.required:
        branches.append((f"{text} is null", "a required value is missing"))
    if column.values:
        allowed = ", ".join(literal(value) for value in column.values)
        branches.append(
            (
                f"{typed} not in ({allowed})",
                f"none of {', '.join(column.values)}; map it under codes in _source.yml",
            )
        )
    elif column.data_type != "varchar":
        reason = REASONS_BY_CLOCK.get(column.clock, REASONS[column.data_type])
        branches.append((f"{text} is not null and {typed} is null", reason))
    return (
        " ".join(
            f"when {condition} then {literal(column.name + '|' + reason)}"
            for condition, reason in branches
        )
        or None
    )


REASONS = {
    "bigint": "no whole number",
    "double": "no number",
    "decimal(18,4)": "no decimal number such as 12.50",
    "boolean": "neither true nor false",
    "date": "no date such as 2026-10-31",
    "timestamp": "no ISO 8601 time such as 2026-10-31T22:00:00Z",
    "json": "no valid JSON",
}
REASONS_BY_CLOCK = {
    "rfc2822": "neither a mail date such as Sat, 31 Oct 2026 22:00:00 +0000 nor an ISO 8601 time",
    "epoch_us": "no whole microseconds since 1970 such as 1793484000000000",
    "epoch_ms": "no whole milliseconds since 1970 such as 1793484000000",
}


def consent(
    field: str, columns: dict[str, str], extra: dict[str, str], codes: dict[str, str | None]
) -> str:
    """The state of the tag's consent field: granted, denied, unknown, or null where it is empty.

    `field` is a delivered column, or `contexts:<schema>:<property>` for a self-describing JSON
    context. `columns` and `extra` give the text of ours and of unknown columns by name; `codes`
    are those of CONSENT, which hold for the field that stands in for it.
    """
    if ":" in field:
        column, schema, name = field.split(":", 2)
        text = columns.get(column, "null")
        matching = (
            f"list_filter(json_extract(try_cast({text} as json), '$.data[*]'), "
            "lambda context: contains(json_extract_string(context, '$.schema'), "
            f"{literal(schema)}))"
        )
        value = f"json_extract_string({matching}[1], {literal('$.data.' + name)})"
        # Most events carry no such context: a text search is cheaper than reading the JSON.
        value = f"case when contains({text}, {literal(name)}) then {value} end"
    else:
        value = columns.get(field) or extra.get(field.lower(), "null")
    if field != CONSENT:
        value = coded(value, codes)
    word = f"nullif(lower(trim({value})), '')"
    # Who writes a word that nobody knows may have written a refusal: only a known yes is one.
    return (
        f"case when {word} in ({GRANTED_WORDS}) then 'granted' "
        f"when {word} in ({UNKNOWN_WORDS}) then 'unknown' "
        f"when {word} is not null then 'denied' end"
    )


def select_list(expressions: dict[str, str]) -> str:
    """`expression as "name"`, one a line."""
    return ",\n".join(f"    {sql} as {quoted(name)}" for name, sql in expressions.items())
