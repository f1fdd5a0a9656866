"""Slots of a strategy's simulation: what is done, to whom, at what price."""

from app.agent.planner.need import Need
from app.agent.planner.spans.figures import Figure
from app.agent.planner.spans.span import Span


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
            after = need.clause.word(span.end)
            if (
                after in {"of", "treated", "treatment"}
                or need.clause.word(span.start - 1) == "treat"
            ):
                need.used.add(span)
                return span.value.value / 100
    return None


def targeting(need: Need) -> str | None:
    """Who is treated first, where that is said."""
    return next((order for order in ("uplift", "risk") if need.clause.has(f"by_{order}")), None)


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
