"""SQL of a canonical column's text: taken from the file, then rewritten step by step."""

from datetime import date

from data.column_rule import SNAPSHOT, ColumnRule
from data.sql_text import identifier, literal

_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_INTERVALS = {"days": "to_days", "weeks": "to_weeks", "months": "to_months", "years": "to_years"}
_MOST = {"days": 73_000, "weeks": 10_400, "months": 2_400, "years": 200}
_AMOUNT_SIGNS = ("$", "€", "£", "¥", " ", "\u00a0", "\u202f", "'", ".", ",")


def text_sql(
    part: ColumnRule, found: tuple[str, ...], looked_up: str, snapshot_date: date | None
) -> str:
    """SQL of the text that a rule makes of a record, NULL where it is empty.

    A value that a step cannot work on passes through it, so that the reject shows what stood there.

    Args:
        part: The rule.
        found: Columns of the file that it reads; none when they are absent.
        looked_up: SQL of the value found by `lookup`.
        snapshot_date: The mapping's own date.
    """
    if not found:
        return f"{literal(part.default or None)}::VARCHAR"
    text = looked_up if part.lookup is not None else _taken(part, found)
    if part.split is not None:
        text = f"nullif(trim(split_part({text}, {literal(part.split.by)}, {part.split.part})), '')"
    if part.cast == "integer":
        text = rf"regexp_replace({text}, '^(-?\d+)\.0*$', '\1')"
    if part.decimal is not None:
        text = _plain_number(text, part.decimal)
    if part.values:
        text = _mapped(part, text)
    if part.anchor is not None:
        text = f"coalesce({_counted(part, text, snapshot_date)}, {text})"
    return f"coalesce({text}, {literal(part.default)})" if part.default else text


def needed_columns(part: ColumnRule) -> tuple[str, ...]:
    """Columns of the file that a rule reads: `from`, and a date column that it counts from."""
    anchor = part.anchor
    if anchor is None:
        return part.source
    in_file = bool(part.anchor_dates) or not (anchor == SNAPSHOT or _iso(anchor))
    return (*part.source, anchor) if in_file else part.source


def rows_that_match(where: dict[str, tuple[str, ...]]) -> str:
    """SQL condition on a record of the file; an unreadable record matches, to be reported."""
    every = [
        "("
        + " OR ".join(
            f"coalesce({_lower(column)} GLOB lower({literal(one)}), false)" for one in any_of
        )
        + ")"
        for column, any_of in where.items()
    ]
    return f"(s._broken IS NOT NULL OR ({' AND '.join(every)}))" if every else "true"


def _lower(column: str) -> str:
    return f"lower(nullif(trim(s.{identifier(column)}::VARCHAR), ''))"


def _taken(part: ColumnRule, found: tuple[str, ...]) -> str:
    if len(found) == 1:
        return f"nullif(trim(s.{identifier(found[0])}::VARCHAR), '')"
    texts = ", ".join(f"s.{identifier(name)}::VARCHAR" for name in found)
    joined = f"nullif(concat_ws({literal(part.separator)}, {texts}), '')"
    if part.calculate is None:
        return joined
    numbers = [f"try_cast(s.{identifier(name)} AS DOUBLE)" for name in found]
    result = f" {_OPERATORS[part.calculate]} ".join(numbers)
    return f"coalesce(({result})::VARCHAR, {joined})"


def _plain_number(text: str, decimal: str) -> str:
    dropped = "".join(sign for sign in _AMOUNT_SIGNS if sign != decimal)
    return f"replace(translate({text}, {literal(dropped)}, ''), {literal(decimal)}, '.')"


def _mapped(part: ColumnRule, text: str) -> str:
    whens = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in part.values.items())
    other = (
        text
        if part.otherwise is None
        else f"CASE WHEN {text} IS NOT NULL THEN {literal(part.otherwise)} END"
    )
    return f"nullif(CASE lower({text}) {whens} ELSE {other} END, '')"


def _counted(part: ColumnRule, text: str, snapshot_date: date | None) -> str:
    """The anchor date less or plus a whole number of units, as ISO text; NULL where it is none."""
    number = f"try_cast({text} AS DOUBLE)"
    most = _MOST[part.unit or "days"]
    least = -most if part.negative else 0
    counts = f"{number} BETWEEN {least} AND {most} AND {number} = floor({number})"
    whole = f"CASE WHEN {counts} THEN try_cast({number} AS INTEGER) END"
    sign = "-" if part.before else "+"
    anchor = _anchor_sql(part, snapshot_date)
    moved = f"CAST({anchor} {sign} {_INTERVALS[part.unit or 'days']}({whole}) AS DATE)"
    return f"strftime({moved}, '%Y-%m-%d')"


def _anchor_sql(part: ColumnRule, snapshot_date: date | None) -> str:
    anchor = part.anchor or ""
    if part.anchor_dates:
        code = f"lower(trim(s.{identifier(anchor)}::VARCHAR))"
        known = (f"WHEN {literal(c)} THEN {literal(d)}" for c, d in part.anchor_dates.items())
        return f"CAST(CASE {code} {' '.join(known)} END AS DATE)"
    if anchor == SNAPSHOT:
        return f"DATE {literal(snapshot_date)}"
    if _iso(anchor):
        return f"DATE {literal(anchor)}"
    text = f"s.{identifier(anchor)}::VARCHAR"
    tries = [f"try_strptime({text}, {literal(one)})" for one in part.format]
    return f"coalesce({', '.join([*tries, f'try_cast({text} AS TIMESTAMP)'])})"


def _iso(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
