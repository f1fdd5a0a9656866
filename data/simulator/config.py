"""What a simulation is asked for, and its calendar: whole weeks that end with `as_of`."""

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

DAYS_A_WEEK = 7
MAX_CUSTOMERS = 200_000
MIN_CUSTOMERS = 20
MIN_MONTHS, MAX_MONTHS = 6, 120
MAX_EVENTS = 1_000_000_000


class SimulationError(ValueError):
    """A simulation was asked for that cannot be made."""


@dataclass(frozen=True)
class SimulationConfig:
    """Size, seed and last day of a simulated company.

    Days are counted from `origin` (day 0), the first day of week 0; `as_of` is the last day of
    the last week.

    Attributes:
        as_of: The last day with data.
        customers: Clients that ever signed up.
        months: Length of the history.
        seed: Same seed and config, same company.
        events_target: Roughly how many engagement events to make; natural volume when absent.

    Raises:
        SimulationError: A size is outside what can be simulated.
    """

    as_of: date
    customers: int = 2_000
    months: int = 24
    seed: int = 7
    events_target: int | None = None

    def __post_init__(self) -> None:
        _check("customers", self.customers, MIN_CUSTOMERS, MAX_CUSTOMERS)
        _check("months", self.months, MIN_MONTHS, MAX_MONTHS)
        _check("seed", self.seed, 0, 2**32 - 1)
        if self.events_target is not None:
            _check("events_target", self.events_target, 1, MAX_EVENTS)

    @cached_property
    def start(self) -> date:
        """First day of the history: `months` before the day after `as_of`."""
        end = np.datetime64(self.as_of + timedelta(days=1), "D")
        return add_months(np.array([end]), np.array([-self.months]))[0].item()

    @cached_property
    def weeks(self) -> int:
        """Whole weeks that cover the history."""
        days = (self.as_of - self.start).days + 1
        return -(-days // DAYS_A_WEEK)

    @property
    def days(self) -> int:
        """Days from `origin` to `as_of`, both included."""
        return self.weeks * DAYS_A_WEEK

    @property
    def as_of_day(self) -> int:
        """Number of the last day."""
        return self.days - 1

    @property
    def first_day(self) -> int:
        """Number of the first day of the history (the first week may begin before it)."""
        return (self.start - self.origin).days

    @property
    def origin(self) -> date:
        """Day 0."""
        return self.as_of - timedelta(days=self.days - 1)

    def dates(self, days: NDArray[np.integer]) -> NDArray[np.datetime64]:
        """Calendar dates of day numbers."""
        return np.datetime64(self.origin, "D") + days.astype("timedelta64[D]")

    def day_numbers(self, dates: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Day numbers of calendar dates."""
        return (dates - np.datetime64(self.origin, "D")).astype(np.int64)

    def rng(self, stream: str) -> np.random.Generator:
        """An independent random stream: parts do not disturb one another's draws."""
        return np.random.default_rng([self.seed, zlib.crc32(stream.encode())])


def add_months(
    dates: NDArray[np.datetime64], months: NDArray[np.integer]
) -> NDArray[np.datetime64]:
    """Move dates by whole months; a day that the month lacks becomes its last one."""
    month = dates.astype("datetime64[M]")
    day = (dates - month.astype("datetime64[D]")).astype(np.int64)
    target = month + months.astype("timedelta64[M]")
    first = target.astype("datetime64[D]")
    length = ((target + np.timedelta64(1, "M")).astype("datetime64[D]") - first).astype(np.int64)
    return first + np.minimum(day, length - 1).astype("timedelta64[D]")


def _check(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise SimulationError(f"{name} is {value}; allowed: {low:,} to {high:,}")
