"""The rule of one matched column: how its dates, amounts, words and ids are to be read."""

from typing import Any

from data.proposal.draft import FieldDraft, Question
from data.proposal.match import Match
from data.proposal.names import vocabulary
from data.proposal.values import churn_words
from data.quality.profile import ColumnProfile
from data.raw import ENTITIES, RawColumn

_CURRENCY_ENDINGS = ("usd", "eur", "gbp", "chf", "cad", "aud", "jpy", "inr")


def rule_of(match: Match, column: ColumnProfile, entity: str) -> FieldDraft:
    """Turn a match into a line of the mapping, with the question that it leaves open."""
    spec = ENTITIES[entity].columns[match.field]
    about = f"{entity}.{match.field}"
    if spec.allowed:
        rule, question = _status(column, spec, about)
    elif spec.type in {"date", "timestamp"}:
        rule, question = _date(column, about)
    elif spec.type in {"number", "integer"}:
        rule, question = _number(column, about)
    else:
        rule, question = _text(column, match.field), None
    return FieldDraft(
        match.field,
        {"from": column.name, **rule} if rule else column.name,
        round(match.confidence, 2),
        match.reason or "named alike",
        question or _which_column(match, about),
    )


def currency_of(column: str) -> str | None:
    """The currency that a column's name states, as in `refund_usd`."""
    last = vocabulary().tokens(column)[-1:]
    return last[0].upper() if last and last[0] in _CURRENCY_ENDINGS else None


def _which_column(match: Match, about: str) -> Question | None:
    if not match.rivals:
        return None
    names = ", ".join(repr(one) for one in (match.column, *match.rivals))
    text = f"which column is the {match.field.replace('_', ' ')}: {names}?"
    return Question(about, text, f"{match.column!r}")


def _date(column: ColumnProfile, about: str) -> tuple[dict[str, Any], Question | None]:
    formats = column.reading.formats
    if not formats:
        return {}, None
    rule: dict[str, Any] = {"format": formats[0] if len(formats) == 1 else list(formats)}
    if not column.reading.ambiguous_dates:
        return rule, None
    example = column.top[0][0]
    if len({one[:2] for one in formats}) > 1:
        text = (
            f"{column.name!r} holds days first in some rows and months first in others, such as "
            f"{example!r}. Which is meant where both are possible?"
        )
        return rule, Question(about, text, "the day first, where that is a date")
    text = f"is {example!r} in {column.name!r} written day first or month first? No value tells."
    return rule, Question(about, text, f"day first ({formats[0]})")


def _number(column: ColumnProfile, about: str) -> tuple[dict[str, Any], Question | None]:
    if column.reading.decimal is None:
        return {}, None
    rule = {"decimal": column.reading.decimal}
    if not column.reading.ambiguous_decimal:
        return rule, None
    example = next((value for value, _ in column.top if "," in value or "." in value), "")
    text = f"is the sign in {example!r} ({column.name!r}) for thousands or for cents?"
    return rule, Question(about, text, f"cents stand after {column.reading.decimal!r}")


def _text(column: ColumnProfile, field: str) -> dict[str, Any]:
    if field.endswith("_id") and column.reading.kind == "integer":
        written = [value for value, _ in column.top]
        if any(value.endswith(".0") for value in written):
            return {"cast": "integer"}
    if column.placeholders and not field.endswith("_id"):
        return {"values": dict.fromkeys(sorted(column.placeholders))}
    return {}


def _status(
    column: ColumnProfile, spec: RawColumn, about: str
) -> tuple[dict[str, Any], Question | None]:
    values = [value for value, _ in column.top]
    if {value.lower() for value in values} <= set(spec.allowed):
        return {}, None
    gone, there = churn_words(column)
    meaning = {**dict.fromkeys(gone, "churned"), **dict.fromkeys(there, "active")}
    unknown = [value for value in values if value not in meaning]
    if not unknown:
        return {"values": meaning}, None
    listed = ", ".join(repr(value) for value in unknown)
    text = f"which values of {column.name!r} mean that a client is gone? Not known: {listed}."
    question = Question(about, text, f"only {', '.join(map(repr, gone))}; the others are active")
    return {"values": meaning, "otherwise": "active"}, question
