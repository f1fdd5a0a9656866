"""Public holidays in a daily series: how busy they are beside the same weekday's usual days.

A year of data holds each holiday once, so holidays share one effect. It is taken out before any
model learns and put back into what the model expects, which serves every model alike.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from tools.models.forecast import WEEK, Forecast

__all__ = ["HolidayEffect", "holiday_offsets"]

Floats = NDArray[np.float64]
Offsets = NDArray[np.int64]

_FEWEST: Final = 3
"""Past holidays below which nothing is learnt from them."""
_WEEKS_AROUND: Final = 4
_BUSY: Final = 0.1
"""Share of the mean day below which a weekday is quiet anyway."""
_NOTABLE: Final = 0.25
"""Distance from a usual day below which holidays are like any other day."""
_MOST_PEOPLE_LIVE_IN: Final = {"GB": "ENG"}
"""Where countries of one state keep different holidays: the part that most of the people live in."""


@dataclass(frozen=True, slots=True)
class HolidayEffect:
    """What a history tells of its holidays.

    Attributes:
        level: A holiday over a usual day of its weekday; None where they hardly differ or too few
            are known.
        usual: (days,) the history with its holidays as usual days.
        holidays: Days from the history's first day that are holidays, those ahead included.
    """

    level: float | None
    usual: Floats
    holidays: Offsets

    @classmethod
    def measured(cls, history: Floats, holidays: Offsets) -> Self:
        """Learn from a history, and from nothing after it."""
        past = holidays[holidays < history.size]
        usual = history.copy()
        usual[past] = [_usual(history, day, past) for day in past]
        told = past[usual[past] > _BUSY * history.mean()]
        if told.size < _FEWEST:
            return cls(None, history, holidays)
        level = max(float(history[told].sum() / usual[told].sum()), 0.0)
        if abs(level - 1) < _NOTABLE:
            return cls(None, history, holidays)
        return cls(level, usual, holidays)

    def put_back(self, made: Forecast) -> Forecast:
        """The forecast of usual days with the holidays ahead as busy as holidays were."""
        days = self.holidays - self.usual.size
        ahead = days[(days >= 0) & (days < made.mean.size)]
        if self.level is None or not ahead.size:
            return made
        factor = np.ones_like(made.mean)
        factor[ahead] = self.level
        before, total = np.cumsum(made.mean), np.cumsum(made.mean * factor)
        share = np.divide(total, before, out=np.ones_like(total), where=before > 0)
        return Forecast(
            mean=made.mean * factor,
            low=made.low * factor,
            high=made.high * factor,
            total_low=made.total_low * share,
            total_high=made.total_high * share,
        )


def holiday_offsets(country: str | None, start: date, days: int) -> Offsets:
    """Public holidays of a country, in days from `start`.

    Args:
        country: English name or ISO code; None or an unknown one has none.
        start: The first day.
        days: How many days are looked at.
    """
    import holidays  # noqa: PLC0415 - late, like Prophet, which brings it

    code = _codes().get(_folded(country)) if country else None
    if code is None:
        return np.empty(0, dtype=np.int64)
    last = start + timedelta(days=days - 1)
    known = holidays.country_holidays(
        code, subdiv=_MOST_PEOPLE_LIVE_IN.get(code), years=range(start.year, last.year + 1)
    )
    return np.array(sorted((day - start).days for day in known if start <= day <= last), np.int64)


@cache
def _codes() -> dict[str, str]:
    """ISO codes by every name of a country."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415 - late, like Prophet

    return {_folded(name): names[1] for names in COUNTRIES.values() for name in names}


def _folded(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


def _usual(history: Floats, day: int, holidays: Offsets) -> float:
    """Mean of the same weekday in the weeks around, holidays left out."""
    weeks = np.arange(-_WEEKS_AROUND, _WEEKS_AROUND + 1) * WEEK + day
    around = np.setdiff1d(weeks[(weeks >= 0) & (weeks < history.size)], holidays)
    return float(history[around].mean()) if around.size else float(history[day])
