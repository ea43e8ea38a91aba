"""Which output columns of a query still show values that identify people.

A column of the raw tables carries its PII class from the contract. The class follows the value
through the query until something makes it harmless:

- a comparison, a match or a null test says yes or no;
- a value is what the loader found harmless, under `<column>_status = 'plain'` (ids) or `'short'`
  (extensions and service numbers);
- an address keeps its first three characters at most, a birth date its year;
- free text goes through a function that takes something out of it, or is passed on only where a
  pattern for personal values doesn't match.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

#: Column -> PII class, of a table or of a query's output.
Columns = dict[str, str]

HARMLESS_CLASSES = frozenset({"none", "pseudonym"})
#: Where values that name people stand.
NAMING_SCHEMAS = frozenset({"raw", "restricted"})
HARMLESS_STATUSES = frozenset({"plain", "short"})
KEPT_CHARACTERS = 3
#: Functions that give a text back as it came, or nearly so.
PASSING_ON = (
    exp.Alias,
    exp.Case,
    exp.Cast,
    exp.Coalesce,
    exp.Column,
    exp.Concat,
    exp.DPipe,
    exp.If,
    exp.Lower,
    exp.Max,
    exp.Min,
    exp.Nullif,
    exp.Paren,
    exp.Trim,
    exp.TryCast,
    exp.Upper,
    exp.Window,
)


def shown(query: exp.Expression, raw: Mapping[str, Columns]) -> Columns:
    """Output columns that show values that identify people, with their class.

    `raw` gives the classes of each raw table's columns, by the table's name without schema.
    """
    return {name: kind for name, kind in _output(query, {}, raw).items() if kind}


def _output(
    query: exp.Expression, known: Mapping[str, Columns], raw: Mapping[str, Columns]
) -> Columns:
    scope = dict(known)
    for cte in query.args["with_"].expressions if query.args.get("with_") else []:
        scope[cte.alias] = _output(cte.this, scope, raw)
    if isinstance(query, exp.Subquery):
        return _output(query.this, scope, raw)
    if isinstance(query, exp.SetOperation):
        left, right = _output(query.this, scope, raw), _output(query.expression, scope, raw)
        if len(left) != len(right):
            # A star whose harmless columns aren't known: positions say nothing.
            return left | {name: kind for name, kind in right.items() if kind}
        # Columns match by position: what the second branch shows, the first one's name shows.
        merged = zip(left.items(), right.values(), strict=True)
        return {name: kind or other for (name, kind), other in merged}
    return _select(query, scope, raw)


def _select(
    query: exp.Expression, scope: Mapping[str, Columns], raw: Mapping[str, Columns]
) -> Columns:
    relations = [query.args["from_"].this] if query.args.get("from_") else []
    relations += [join.this for join in query.args.get("joins") or []]
    tables = {relation.alias_or_name: _relation(relation, scope, raw) for relation in relations}
    output: Columns = {}
    for projection in query.expressions:
        if projection.is_star:
            qualifier = projection.table if isinstance(projection, exp.Column) else ""
            for name, columns in tables.items():
                if qualifier in ("", name):
                    output |= columns
        else:
            name = projection.alias_or_name or projection.sql()
            output[name] = _class_of(projection, tables, (scope, raw), frozenset())
    return output


def _relation(
    relation: exp.Expression, scope: Mapping[str, Columns], raw: Mapping[str, Columns]
) -> Columns:
    if isinstance(relation, exp.Table):
        if not relation.db and relation.name in scope:
            return scope[relation.name]
        return raw.get(relation.name, {}) if relation.db in NAMING_SCHEMAS else {}
    return _output(relation, scope, raw)


def _class_of(
    node: exp.Expression,
    tables: Mapping[str, Columns],
    outside: tuple[Mapping[str, Columns], Mapping[str, Columns]],
    cleared: frozenset[str],
) -> str:
    """Class of an expression's value, "" where it is harmless."""
    if isinstance(node, exp.Column):
        return _column_class(node, tables, cleared)
    if isinstance(node, (exp.Predicate, exp.Not, exp.And, exp.Or, exp.Length, exp.Count)):
        return ""
    if isinstance(node, (exp.RegexpLike, exp.StartsWith)):
        return ""
    if isinstance(node, exp.Subquery):
        return next(filter(None, _output(node, *outside).values()), "")
    if isinstance(node, exp.Case):
        return _case_class(node, tables, outside, cleared)
    if isinstance(node, exp.Window):
        return _class_of(node.this, tables, outside, cleared)
    kinds = [
        _class_of(child, tables, outside, cleared)
        for child in node.iter_expressions()
        if not isinstance(child, (exp.Literal, exp.DataType))
    ]
    kind = next(filter(None, kinds), "")
    if kind == "address" and isinstance(node, exp.Left) and _is_short(node):
        return ""
    if kind == "birth_date" and (
        isinstance(node, exp.Year)
        or (isinstance(node, exp.Extract) and node.this.name.lower() == "year")
    ):
        return ""
    if kind == "free_text" and not isinstance(node, PASSING_ON):
        return ""
    return kind


def _column_class(
    column: exp.Column, tables: Mapping[str, Columns], cleared: frozenset[str]
) -> str:
    if column.name in cleared:
        return ""
    if column.table:
        return tables.get(column.table, {}).get(column.name, "")
    return next(filter(None, (columns.get(column.name, "") for columns in tables.values())), "")


def _is_short(left: exp.Left) -> bool:
    length = left.expression
    return isinstance(length, exp.Literal) and int(length.this) <= KEPT_CHARACTERS


def _case_class(
    case: exp.Case,
    tables: Mapping[str, Columns],
    outside: tuple[Mapping[str, Columns], Mapping[str, Columns]],
    cleared: frozenset[str],
) -> str:
    """Each branch knows that its condition holds and that the earlier ones didn't."""
    refused: frozenset[str] = frozenset()
    kinds = []
    for branch in case.args["ifs"]:
        holds = _cleared_by(branch.this, True, tables)
        kinds.append(_class_of(branch.args["true"], tables, outside, cleared | refused | holds))
        refused |= _cleared_by(branch.this, False, tables)
    if case.args.get("default"):
        kinds.append(_class_of(case.args["default"], tables, outside, cleared | refused))
    return next(filter(None, kinds), "")


def _cleared_by(
    condition: exp.Expression, holds: bool, tables: Mapping[str, Columns]
) -> frozenset[str]:
    """Columns that are harmless where the condition holds, or where it doesn't."""
    if isinstance(condition, exp.Paren):
        return _cleared_by(condition.this, holds, tables)
    if isinstance(condition, exp.Not):
        return _cleared_by(condition.this, not holds, tables)
    if isinstance(condition, exp.And if holds else exp.Or):
        return _cleared_by(condition.left, holds, tables) | _cleared_by(
            condition.right, holds, tables
        )
    if holds and isinstance(condition, exp.EQ) and isinstance(condition.left, exp.Column):
        is_harmless = condition.right.name in HARMLESS_STATUSES
        if is_harmless and condition.left.name.endswith("_status"):
            return frozenset({condition.left.name.removesuffix("_status")})
    if not holds and isinstance(condition, exp.RegexpLike):
        return frozenset(
            column.name
            for column in condition.find_all(exp.Column)
            if _column_class(column, tables, frozenset()) == "free_text"
        )
    return frozenset()
