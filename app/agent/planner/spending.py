"""Slots of a strategy's simulation: what is done, to whom, at what price."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.agent.planner.need import Need
from app.agent.planner.spans.figures import Figure
from app.agent.planner.spans.span import Span

_ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "uplift": ("by_uplift", "uplift_first"),
    "value_at_risk": ("value_first",),
    "risk": ("by_risk", "risk_first"),
}
"""Who comes first, by the cues of `language.yml`."""

_NEAR: Final = 5
_TREATED: Final = frozenset({"treat", "treated", "treatment", "treating", "get", "gets", "getting"})
_HELD_OUT: Final = frozenset({"control", "controls", "held", "holdout", "hold", "untreated"})


def strategy(need: Need) -> str | None:
    """The strategy that is named, or that was talked about."""
    span = need.clause.first("strategy")
    if span is not None:
        return str(span.value)
    frame = need.past.frame
    said = frame.args.get("strategy") if frame else None
    return str(said) if said else None


def strategies(need: Need) -> list[str]:
    """The strategies compared; empty for all."""
    return list(dict.fromkeys(str(span.value) for span in need.clause.all("strategy")))


def treat_fraction(need: Need) -> float | None:
    """The share of clients to treat."""
    text = need.clause.text
    for words, share in (
        ("three quarters", 0.75), ("two thirds", 0.67), ("half", 0.5), ("a third", 0.33),
        ("a quarter of", 0.25), ("one third", 0.33), ("everyone", 1.0), ("all of", 1.0),
    ):  # fmt: skip
        if words in text:
            return share
    for span in need.free("number"):
        if isinstance(span.value, Figure) and span.value.unit == "pct":
            share = _share_treated(need, span)
            if share is not None:
                need.used.add(span)
                return share
    return None


def _share_treated(need: Need, span: Span) -> float | None:
    """“70 % in the treatment arm”, “treat 30 %”; “20 % held out” leaves 80 % to treat."""
    clause, share = need.clause, span.value.value / 100
    near = [clause.word(i) for i in range(span.end, span.end + _NEAR)]
    if _HELD_OUT & set(near[: _first(near, _TREATED)]):
        return round(1 - share, 4)
    before = {clause.word(span.start - 1), clause.word(span.start - 2)}
    return share if near[0] == "of" or _TREATED & {*near, *before} else None


def _first(words: Sequence[str], known: frozenset[str]) -> int:
    return next((i for i, word in enumerate(words) if word in known), len(words))


def targeting(need: Need) -> str | None:
    """Who is treated first, where that is said."""
    said = next((order for order, cues in _ORDERS.items() if need.clause.has(*cues)), None)
    riskiest = any(span.value == "riskiest" for span in need.clause.all("rank"))
    return said or ("risk" if riskiest else None)


def budget_targeting(need: Need) -> str | None:
    """Whom a budget reaches first; "which do they respond best to?" asks what works, not whom."""
    order = targeting(need)
    earlier = need.notes.get("kept", {}).get("budget")
    has_budget = bool(earlier) or any(span.kind == "number" for span in need.used)
    return order if has_budget or need.clause.has("uplift_first") or order != "uplift" else None


def cost_per_customer(need: Need) -> float | None:
    """The price per client."""
    for span in need.free("number"):
        if _is_money(need, span):
            need.used.add(span)
            return _plain(span.value.value)
    return None


def discount_pct(need: Need) -> float | None:
    """The size of a discount: "20 % off"."""
    if not any(span.value == "discount" for span in need.clause.all("strategy")):
        return None
    for span in need.free("number"):
        if isinstance(span.value, Figure) and span.value.unit == "pct":
            need.used.add(span)
            return _plain(span.value.value)
    return None


def budget(need: Need) -> float | None:
    """The money available."""
    for span in need.free("number"):
        large = isinstance(span.value, Figure) and not span.value.unit and span.value.value >= 500
        if large or _is_money(need, span):
            need.used.add(span)
            return _plain(span.value.value)
    return None


def _is_money(need: Need, span: Span) -> bool:
    figure = span.value
    if not isinstance(figure, Figure) or figure.unit == "pct":
        return False
    if figure.unit == "usd":
        return True
    after = {need.clause.word(span.end), need.clause.word(span.end + 1)}
    before = {need.clause.word(span.start - 1), need.clause.word(span.start - 2)}
    priced = bool(after & {"each", "apiece"}) or bool(
        before & {"cost", "costs", "costing", "price"}
    )
    return priced and not figure.in_words


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value
