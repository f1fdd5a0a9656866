"""What was done for clients and who was drawn into a test: the log as the tools see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, Protocol

__all__ = [
    "ASK_FIRST",
    "ActionsPort",
    "Arm",
    "Assignment",
    "LoggedAction",
    "Occupied",
    "PastAction",
    "RunningTest",
]

ASK_FIRST: Final = "Nothing is saved yet."
"""How a tool that writes begins when the person has not said yes."""

Arm = Literal["treatment", "control"]


@dataclass(frozen=True, slots=True)
class LoggedAction:
    """What was done for a client, as it was written down."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PastAction:
    """An entry as it is looked back upon; an entry without an arm was done, and not for a test.

    Attributes:
        note: The person's own words.
    """

    id: str
    customer_id: str
    strategy: str
    day: date
    note: str
    arm: Arm | None
    assignment: Literal["random", "targeted"] | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """The arm that a client was drawn into.

    Attributes:
        propensity: Probability of treatment in the draw (0-1).
        cost_usd: Expected cost of what is done for the client, in the base currency.
    """

    customer_id: str
    arm: Arm
    propensity: float
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Occupied:
    """Clients whom a new test must leave alone.

    Attributes:
        contacted: Ids of those something was done for lately.
        in_test: By id, the strategy and the day of the running test they were drawn into.
    """

    contacted: frozenset[str]
    in_test: Mapping[str, tuple[str, date]]


@dataclass(frozen=True, slots=True)
class RunningTest:
    """A test of one strategy, started here, whose outcomes are not known yet."""

    strategy: str
    treated: int
    control: int
    started: date
    last_assigned: date


class ActionsPort(Protocol):
    """The log of what was done for clients, as the tools see it."""

    def log(self, *, customer_id: str, strategy: str, note: str, user_id: str) -> LoggedAction:
        """Write one action down."""
        ...

    def last(self, *, customer_id: str, strategy: str) -> LoggedAction | None:
        """The latest entry of this strategy for this client, whoever made it."""
        ...

    def past(
        self, *, customer_id: str | None = None, since: date | None = None
    ) -> list[PastAction]:
        """Every entry, or those of one client, the latest first; scope is the caller's to keep.

        Args:
            customer_id: Only of this client.
            since: Only from this day on.
        """
        ...

    @property
    def today(self) -> date:
        """The day an entry made now would carry."""
        ...

    def occupied(self, *, contact_days: int, test_days: int) -> Occupied:
        """Clients treated within `contact_days`, or drawn into a test within `test_days`."""
        ...

    def running(self, *, strategy: str, test_days: int) -> RunningTest | None:
        """What was drawn for a strategy within `test_days`; None when nothing was."""
        ...

    def assign(
        self, drawn: Sequence[Assignment], *, strategy: str, note: str, user_id: str, test_days: int
    ) -> date | None:
        """Write a whole draw down, or nothing of it.

        Returns:
            The day of assignment; None when one of the clients is in a running test already.
        """
        ...
