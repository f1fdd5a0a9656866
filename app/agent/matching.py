"""Whether a printed figure says what a value is, rounded as printed."""

from app.agent.numbers import Number
from tools.contract import Unit

MAX_SCALE_LOSS = 0.05
"""K, M and B may round away this share of the value at most."""

_FLOAT_ERROR = 1e-12
"""Of the value: what binary fractions may be off by, and no more."""

_PERCENT_OF: dict[Unit | None, tuple[float, ...]] = {
    "pct": (1.0,),
    "prob": (100.0,),
    "ratio": (100.0,),
    "points": (1.0, 100.0),
    "score": (),
    None: (1.0, 100.0),
}
_POINTS_OF = _PERCENT_OF | {"score": (1.0,), "count": (1.0,)}
_MONEY_OF: dict[Unit | None, tuple[float, ...]] = {"usd": (1.0,), None: (1.0,)}


def says(number: Number, value: float, unit: Unit | None) -> bool:
    """Whether the figure states this value.

    A percentage may state a probability or a ratio; a currency sign only money; a decrease in
    words ("down 5") the negative value.
    """
    factors = _factors(number, unit)
    printed = {number.value, -abs(number.value)} if number.falls else {number.value}
    return any(_close(shown, value * by, number) for shown in printed for by in factors)


def _factors(number: Number, unit: Unit | None) -> tuple[float, ...]:
    if number.kind == "pct":
        return _PERCENT_OF.get(unit, ())
    if number.kind == "points":
        return _POINTS_OF.get(unit, ())
    if number.kind == "usd":
        return _MONEY_OF.get(unit, ())
    return (1.0,)


def _close(shown: float, value: float, number: Number) -> bool:
    error = abs(shown - value)
    if error > number.step / 2 * (1 + _FLOAT_ERROR) + _FLOAT_ERROR * abs(value):
        return False
    return number.scale == 1 or error <= MAX_SCALE_LOSS * abs(value)
