"""SQL that turns delivered texts into contract types and says what doesn't fit."""

from __future__ import annotations

from orchestration.ingestion.contract import Column
from orchestration.warehouse import quoted

TRUE_WORDS = "'true', 't', '1', 'yes', 'y', 'oui', 'vrai'"
FALSE_WORDS = "'false', 'f', '0', 'no', 'n', 'non', 'faux'"
GRANTED_WORDS = f"{TRUE_WORDS}, 'granted', 'accepted', 'accept'"
DENIED_WORDS = f"{FALSE_WORDS}, 'denied', 'refused', 'deny', 'withdrawn'"


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
            return f"case when isfinite({value}) then {value} end"
        case "boolean":
            return (
                f"case when lower({text}) in ({TRUE_WORDS}) then true "
                f"when lower({text}) in ({FALSE_WORDS}) then false end"
            )
        case "timestamp":
            if not trusts_offsets:
                text = f"regexp_replace({text}, ' *(Z|UTC|GMT|[+-]\\d\\d:?\\d\\d)$', '', 'i')"
            return _timestamp(text, zone, column.clock)
        case "json":
            return f"case when json_valid({text}) then cast({text} as json) end"
        case "varchar":
            return f"lower({text})" if column.values else text
        case data_type:
            return f"try_cast({text} as {data_type})"


def _integer(text: str) -> str:
    return (
        f"case when not contains(lower({text}), 'e') and not contains(lower({text}), 'x') "
        f"and not contains({text}, '.') "
        f"then try_cast({text} as bigint) end"
    )


#: Microseconds since 1970 of the last moment of the year 9999.
LAST_MICROSECOND = 253_402_300_799_999_999


def _timestamp(text: str, zone: str, clock: str) -> str:
    match clock:
        case "epoch_us" | "epoch_ms":
            unit = 1 if clock == "epoch_us" else 1000
            count = _integer(text)
            return (
                f"case when {count} between 0 and {LAST_MICROSECOND // unit} "
                f"then make_timestamp({count} * {unit}) end"
            )
        case "rfc2822":
            mail = f"timezone('UTC', try_strptime({text}, '%a, %d %b %Y %H:%M:%S %z'))"
            # Tables of the same records carry ISO 8601 instead.
            return f"case when contains({text}, ',') then {mail} else {_iso(text, zone)} end"
        case "local":
            return f"case when {_begins_with_digit(text)} then try_cast({text} as timestamp) end"
        case _:
            return _iso(text, zone)


def _iso(text: str, zone: str) -> str:
    plain = f"try_cast({text} as timestamp)"
    zoned = f"timezone('UTC', try_cast({text} as timestamptz))"
    if zone == "UTC":
        # Reading zones costs ten times a plain read: only where an offset is written.
        value = (
            f"case when contains({text}, '+') or contains(substr({text}, 17), '-') "
            f"then {zoned} else {plain} end"
        )
    else:
        value = f"case when ends_with({text}, 'Z') then {plain} else {zoned} end"
    return f"case when {_begins_with_digit(text)} then {value} end"


def _begins_with_digit(text: str) -> str:
    # The engine takes words such as infinity and epoch for times.
    return f"ascii({text}) between 48 and 57"


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
        branches.append((f"{text} is not null and {typed} is null", REASONS[column.data_type]))
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


def consent(field: str, columns: dict[str, str], extra: dict[str, str]) -> str:
    """The state of the tag's consent field: granted, denied or null.

    `field` is a delivered column, or `contexts:<schema>:<property>` for a self-describing JSON
    context. `columns` and `extra` give the text of ours and of unknown columns by name.
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
    return (
        f"case when lower({value}) in ({GRANTED_WORDS}) then 'granted' "
        f"when lower({value}) in ({DENIED_WORDS}) then 'denied' end"
    )


def select_list(expressions: dict[str, str]) -> str:
    """`expression as "name"`, one a line."""
    return ",\n".join(f"    {sql} as {quoted(name)}" for name, sql in expressions.items())
