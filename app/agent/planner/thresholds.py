"""Numeric conditions on clients: "more than 3 open tickets", "NPS below 7", "over $50k"."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from app.agent.planner.need import Need
from app.agent.planner.periods import When
from app.agent.planner.spans.figures import Figure
from app.agent.planner.spans.span import Span
from data.query import Filter, Op

_AFTER_MORE: Final = frozenset(
    {
        "more",
        "higher",
        "above",
        "plus",
        "up",
        "upward",
        "upwards",
        "greater",
        "longer",
        "over",
        "better",
    }
)
_AFTER_LESS: Final = frozenset({"less", "fewer", "below", "lower", "under", "shorter"})
_DAYS_OF: Final = {
    "silent": "days_since_last_login", "not_buying": "days_since_last_purchase",
    "renewing": "days_to_renewal",
}  # fmt: skip
_NONE: Final = frozenset({"no", "without", "zero", "not"})
_FRACTIONS: Final = ("churn_prob", "revenue_decline")
_LOST: Final = frozenset({"lost", "lose", "losing", "cut", "reduced", "cutting"})
_MONEY_COLUMNS: Final = frozenset({"mrr", "arr", "total_revenue"})
_SPENT: Final = frozenset({"spend", "spending", "bill", "billing"})
_RATES: Final = (
    ("mrr", ("a month", "per month", "each month", "every month", "monthly")),
    ("arr", ("a year", "per year", "each year", "every year", "yearly", "annually", "per annum")),
)
_MONEY: Final = 1000
"""A bare number from here on is money."""

_OWNING: Final = frozenset({"with", "have", "has", "having", "had", "exactly", "got"})
_SKIP: Final = frozenset(
    {"the", "a", "an", "of", "in", "on", "their", "is", "are", "was", "our", "score", "points",
     "value", "at", "for", "has", "have", "been", "since", "any", "currently", "dollars", "usd",
     "to", "that", "which", "who", "than", "with", "days", "worth", "percent", "by", "or", "and",
     "dropped", "fell", "fallen", "went", "gone", "rose", "got", "remains", "stays", "scores",
     "more", "less", "fewer", "higher", "above", "below", "lower", "ago", "as", "us", "you", "it"}
)  # fmt: skip
_NEXT: Final = frozenset({"and"})
"""What follows belongs to the next condition: “health under 50 and ARR above 20k”."""


@dataclass(frozen=True, slots=True)
class Operand:
    """The number of a comparison; `end` is where it stops."""

    value: float
    unit: str
    spans: tuple[Span, ...]
    end: int


def thresholds(need: Need) -> list[Filter]:
    """Read every numeric condition and mark its words as used."""
    found: list[Filter] = []
    for operator in need.clause.all("operator"):
        found += _compared(need, operator)
    found += _between(need)
    found += _after_comparison(need)
    found += _counted(need)
    return found


def _compared(need: Need, operator: Span) -> Iterator[Filter]:
    operand = _operand(need, operator.end)
    if operand is None:
        return
    target = _target(need, operator.start, operand)
    if target is None:
        return
    name, spans = target
    need.used.update({operator, *operand.spans, *spans})
    yield Filter(dimension=name, op=operator.value, value=scaled(operand.value, name))


def _between(need: Need) -> Iterator[Filter]:
    clause = need.clause
    for i in range(clause.start, clause.end):
        if clause.word(i) not in {"between", "from"}:
            continue
        low = _operand(need, i + 1)
        if low is None or clause.word(low.end) not in {"and", "to"}:
            continue
        high = _operand(need, low.end + 1)
        if high is None:
            continue
        target = _target(need, i, high)
        if target is None:
            continue
        name, spans = target
        need.used.update({*low.spans, *high.spans, *spans})
        yield Filter(
            dimension=name, op="between", value=[scaled(low.value, name), scaled(high.value, name)]
        )


def _after_comparison(need: Need) -> Iterator[Filter]:
    """“50 seats or more”, “an NPS of 6 or lower”."""
    clause = need.clause
    for span in need.free("number"):
        i = span.end
        while clause.word(i) in {"seats", "days", "tickets", "points"} or (
            (inner := clause.span_at(i)) is not None and inner.kind == "measure"
        ):
            i += 1
        if clause.word(i) not in {"or", "and"}:
            continue
        after = clause.word(i + 1)
        op: Op | None = ">=" if after in _AFTER_MORE else "<=" if after in _AFTER_LESS else None
        operand = _operand(need, span.start)
        target = _target(need, span.start, operand) if op and operand else None
        if op and operand and target:
            need.used.update({span, *target[1]})
            need.used.update(s for s in clause.all("operator") if s.start in {i, i + 1})
            yield Filter(dimension=target[0], op=op, value=scaled(operand.value, target[0]))


def _counted(need: Need) -> Iterator[Filter]:
    """“with 3 open tickets”, “no open tickets”, “with open tickets”."""
    clause = need.clause
    for span in need.free("measure"):
        number = _number_name(need, span)
        if number is None or need.lexicon.unit_of(number) not in {"count", "days"}:
            continue
        before = clause.span_at(span.start - 1)
        word = clause.word(span.start - 1)
        if word in {"any", "a", "single"}:
            word = next((w for w in _NONE if w == clause.word(span.start - 2)), word)
        if word in _NONE:
            need.used.add(span)
            yield Filter(dimension=number, op="=", value=0)
        elif (
            before is not None
            and before.kind == "number"
            and before not in need.used
            and clause.word(before.start - 1) in _OWNING
        ):
            need.used.update({span, before})
            yield Filter(dimension=number, op="=", value=before.value.value)
        elif number == "tickets_open" and _owned(need, word):
            need.used.add(span)
            yield Filter(dimension=number, op=">", value=0)


def _owned(need: Need, word: str) -> bool:
    """“With open tickets”, not “how many open tickets do they have”."""
    asks = need.clause.has("how_much", "how_many")
    return word == "with" or (word in {"has", "have", "having", "any"} and not asks)


def _operand(need: Need, start: int) -> Operand | None:
    clause = need.clause
    i = start
    while clause.word(i) in {"the", "a", "of", "than", "only"} and clause.span_at(i) is None:
        i += 1
    span = clause.span_at(i)
    if span is None or span.start != i:
        return None
    if span.kind == "number" and isinstance(span.value, Figure):
        return Operand(span.value.value, span.value.unit, (span,), span.end)
    when = span.value
    if isinstance(when, When) and when.days and when.direction in {"open", "past"}:
        return Operand(when.days, "days", (span,), span.end)
    return None


def _target(need: Need, start: int, operand: Operand) -> tuple[str, tuple[Span, ...]] | None:
    """The client column that a number is compared with, and the words that name it."""
    rate = _rate(need, operand)
    if rate in need.lexicon.numbers:
        said = (_measure_before(need, start), _measure_after(need, operand.end))
        return rate, tuple(span for span in said if span)
    after = _measure_after(need, operand.end)
    before = _measure_before(need, start)
    for span in (after, before):
        name = _number_name(need, span) if span else None
        if span and name and _fits(need, name, operand) and not _declines(need, name, operand):
            return name, (span,)
    name = _implied(need, operand)
    if name == "revenue_decline_90d":
        return name, tuple(span for span in (after, before) if span)
    return (name, ()) if name and name in need.lexicon.numbers else None


def _rate(need: Need, operand: Operand) -> str:
    """“20k a month” is MRR and “240k a year” ARR, whatever verb of paying is used."""
    clause = need.clause
    money = operand.unit == "usd" or (not operand.unit and operand.value >= _MONEY)
    after = " ".join(clause.word(operand.end + i) for i in range(2))
    if not money:
        return ""
    return next((name for name, said in _RATES if after.startswith(said)), "")


def _declines(need: Need, name: str, operand: Operand) -> bool:
    """“Lost more than 20 % of their spend”: a share of money is how far it fell."""
    fell = need.clause.has("changed") or bool(_LOST & set(need.clause.words))
    money = name in _MONEY_COLUMNS or bool(_SPENT & set(need.clause.words))
    return operand.unit == "pct" and fell and money and name != "revenue_decline_90d"


def _fits(need: Need, name: str, operand: Operand) -> bool:
    unit = need.lexicon.unit_of(name)
    if operand.unit == "usd":
        return unit == "usd"
    if operand.unit == "days":
        return unit in {"days", "hours"}
    return True


def _implied(need: Need, operand: Operand) -> str | None:
    """What a bare unit says: dollars are ARR, a share is a churn probability."""
    clause = need.clause
    if _declines(need, "", operand):
        return "revenue_decline_90d"
    if operand.unit == "usd" or (not operand.unit and operand.value >= _MONEY):
        return "arr"
    if operand.unit == "days":
        said = [
            _DAYS_OF[c] for span in clause.all("condition") if (c := str(span.value)) in _DAYS_OF
        ]
        if said:
            return said[0]
        return "tenure_days" if {"with", "customer", "client"} & set(clause.words) else None
    if operand.unit == "pct" and clause.has("likely", "leave", "risk"):
        return "churn_prob_90d"
    return None


def _measure_after(need: Need, position: int) -> Span | None:
    clause = need.clause
    for i in range(position, min(position + 4, clause.end)):
        span = clause.span_at(i)
        if span is not None and span.kind == "measure":
            return span if span.start == i else None
        if span is not None or clause.word(i) not in _SKIP - _NEXT:
            return None
    return None


def _measure_before(need: Need, position: int) -> Span | None:
    clause = need.clause
    for i in range(position - 1, max(clause.start, position - 8) - 1, -1):
        span = clause.span_at(i)
        if span is not None and span.kind == "measure":
            return span
        if span is not None and span.kind not in {"operator", "dimension", "negation"}:
            return None
        if span is None and clause.word(i) not in _SKIP:
            return None
    return None


def _number_name(need: Need, span: Span) -> str | None:
    measure = need.lexicon.measures.get(str(span.value))
    name = measure.number if measure else None
    return name if name in need.lexicon.numbers else None


def scaled(value: float, name: str) -> Any:
    """A number in the unit of a column: shares are kept as 0-1."""
    if name.startswith(_FRACTIONS) and value > 1:
        value /= 100
    return int(value) if float(value).is_integer() else round(value, 6)
