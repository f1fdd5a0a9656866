"""A randomised test as the answers take it: its counts, its effect, its parts."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from tools.models.effects import ArmCounts, Difference

__all__ = ["Group", "Money", "Running", "Trial"]

_Z: Final = 1.96


@dataclass(frozen=True, slots=True)
class Money:
    """Means a client: cost of the treated, ARR of all, ARR of untreated clients who left."""

    cost_usd: float
    arr_usd: float
    leaver_arr_usd: float


@dataclass(frozen=True, slots=True)
class Trial:
    """A test as a whole.

    Attributes:
        open_rows: Randomised clients whose outcome is not known yet.
        open_until: Day on which the last of them is known.
        ratio_p: Probability of arms so uneven under a fair draw.
        first, last: Days of assignment.
        chosen: Estimate from hand-picked cases, never mixed with the test.
    """

    strategy: str
    arms: ArmCounts
    effect: Difference
    open_rows: int
    open_until: date | None
    ratio_p: float
    first: date
    last: date
    money: Money | None
    chosen: Difference | None
    chosen_rows: int


@dataclass(frozen=True, slots=True)
class Running:
    """A test that cannot be read yet.

    Attributes:
        first: Day on which it began.
        readable: Day on which all its outcomes are known.
        days_left: Until then.
    """

    strategy: str
    treated: int
    control: int
    first: date
    readable: date
    days_left: int


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the test; `pooled` borrows from the other parts."""

    name: str
    arms: ArmCounts
    own: Difference
    pooled: float
    pooled_sd: float

    @property
    def low(self) -> float:
        """Lower end of the pooled 95 % interval."""
        return self.pooled - _Z * self.pooled_sd

    @property
    def high(self) -> float:
        """Upper end of the pooled 95 % interval."""
        return self.pooled + _Z * self.pooled_sd
