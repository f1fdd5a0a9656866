"""What was learnt from trying a strategy, as the answers take it: figures, no words."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from tools.models.effects import ArmCounts, Difference
from tools.models.observational import Overlap
from tools.models.returns import Returns
from tools.trial_cases import Cases, is_treated

__all__ = ["Chosen", "Group", "Groups", "Running", "Trial"]

_Z: Final = 1.96


@dataclass(frozen=True, slots=True)
class Trial:
    """A randomised test as a whole.

    Attributes:
        cases: The clients drawn.
        money: None where ARR or cost is not known.
        unpriced: Clients with a known outcome who are left out of the money.
        chosen: Estimate from cases that were not drawn, never mixed with the test.
    """

    strategy: str
    cases: Cases
    arms: ArmCounts
    effect: Difference
    first: date
    last: date
    money: Returns | None
    unpriced: int
    chosen: "Chosen | None"

    @property
    def is_fair(self) -> bool:
        """Whether the arms are as even as a fair draw makes them."""
        return self.cases.is_fair

    @property
    def ratio_p(self) -> float:
        """Probability of arms so uneven under a fair draw."""
        return self.cases.ratio_p

    @property
    def planned_share(self) -> float | None:
        """Planned share of treatment (0-1); None when nobody wrote one down."""
        return self.cases.planned_share

    @property
    def drawn(self) -> tuple[int, int]:
        """Clients drawn for treatment and for control, whatever is known of them."""
        treated = int(is_treated(self.cases.assigned).sum())
        return treated, len(self.cases.assigned) - treated


@dataclass(frozen=True, slots=True)
class Chosen:
    """What cases that somebody chose can tell: an estimate, or why there is none.

    Attributes:
        rows: Cases with a known outcome and a known probability of treatment.
        arms: Those used.
        naive: Plain difference of the retained shares, which mixes in who was chosen.
        effect: The estimate; None when they cannot be compared.
        refusal: Why there is none, in words; "" else.
        covariates: Number of facts known beforehand that the estimate takes into account.
    """

    strategy: str
    cases: Cases
    rows: int
    arms: ArmCounts
    naive: Difference | None
    overlap: Overlap
    effect: Difference | None
    refusal: str
    covariates: int


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


@dataclass(frozen=True, slots=True)
class Groups:
    """The parts of a test.

    Attributes:
        by: What they differ in.
        parts: Those with clients in both arms.
        left_out: Names of the others.
        differ_p: Probability of parts so different when all have one effect.
        false_alarm_prob: Chance that one of so many looks significant when nothing works.
        asked: The part that was asked for; "" for none.
    """

    by: str
    parts: tuple[Group, ...]
    left_out: tuple[str, ...]
    differ_p: float
    false_alarm_prob: float
    asked: str = ""

    @property
    def label(self) -> str:
        """What they differ in, in words."""
        return self.by.replace("_", " ")
