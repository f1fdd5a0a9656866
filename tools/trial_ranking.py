"""Every strategy by what its randomised test showed, in a group of clients or in all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tools.contract import Period, ToolContext
from tools.errors import FinalToolError, RetryableToolError
from tools.models.effects import ArmCounts
from tools.running_tests import logged_test, open_test
from tools.strategies import Named, known_strategies
from tools.strategy_evidence import evidence_of_all
from tools.trial import Running, Trial
from tools.trial_measures import measure_groups, measure_trial
from tools.trial_reading import read_trial

__all__ = ["EVERY", "Assumed", "Ranked", "Ranking", "rank_strategies"]

EVERY: Final = "all"
"""Stands for every strategy."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A strategy's measured effect on one group of clients.

    Attributes:
        group: The group; "" for all clients.
        arms: The clients of the group.
        effect, low, high: Difference in retention (0-1) with its 95 % interval; within a group
            steadied by what the same test shows in the others.
        trial: The whole test, money included.
    """

    strategy: str
    group: str
    arms: ArmCounts
    effect: float
    low: float
    high: float
    trial: Trial

    @property
    def is_clear(self) -> bool:
        """Whether zero is outside the interval."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Assumed:
    """A strategy that was never tested, with its playbooks' range (0-1) where they state one."""

    strategy: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is known of all strategies.

    Attributes:
        by: What the groups differ in; None for all clients together.
        asked: The one group that was asked for; "" for none.
        lines: Group by group, the largest effect first.
        uneven: Strategies whose draw was not fair, so that nothing is measured.
        running: Tests that cannot be read yet.
    """

    by: str | None
    asked: str
    lines: tuple[Ranked, ...]
    assumed: tuple[Assumed, ...]
    uneven: tuple[str, ...]
    running: tuple[Running, ...]

    @property
    def label(self) -> str:
        """What the groups differ in, in words."""
        return (self.by or "").replace("_", " ")


def rank_strategies(
    by: str | None, asked: str, period: Period | None, context: ToolContext
) -> Ranking:
    """Measure every strategy.

    Args:
        by: A group of `EFFECT_GROUPS`, or None.
        asked: Only this group, in any case; "" for all of them.
        period: Days of assignment; None for all.
        context: Where the data are.

    Raises:
        RetryableToolError: No test has a client of the group; its groups are listed.
    """
    lines: list[Ranked] = []
    assumed: list[Assumed] = []
    uneven: list[str] = []
    running: list[Running] = []
    for strategy in known_strategies(context):
        _, random, _ = read_trial(strategy, by, period, context)
        trial = measure_trial(strategy, random, None)
        later = logged_test(strategy, period, context)
        if trial is None:
            later = open_test(strategy, random, context) or later
        running += [later] if later else []
        if trial is not None and trial.is_fair:
            lines += _lines(trial, by)
        elif trial is not None:
            uneven.append(strategy)
        elif later is None:
            assumed.append(_assumed(strategy, context))
    named = _spelt(asked, lines)
    kept = [line for line in lines if line.group == named] if named else lines
    kept.sort(key=lambda line: (line.group, -line.effect, line.strategy))
    return Ranking(by, named, tuple(kept), tuple(assumed), tuple(uneven), tuple(running))


def _lines(trial: Trial, by: str | None) -> Iterator[Ranked]:
    if by is None:
        found = trial.effect
        yield Ranked(trial.strategy, "", trial.arms, found.effect, found.low, found.high, trial)
        return
    for part in measure_groups(trial.cases.known, by, "").parts:
        yield Ranked(trial.strategy, part.name, part.arms, part.pooled, part.low, part.high, trial)


def _spelt(asked: str, lines: list[Ranked]) -> str:
    """The group as the data spell it."""
    names = sorted({line.group for line in lines})
    if not asked or not names:
        return asked
    same = [name for name in names if name.casefold() == asked.strip().casefold()]
    if not same:
        raise RetryableToolError(f"No test has a client of the group {asked!r}.", names)
    return same[0]


def _assumed(strategy: str, context: ToolContext) -> Assumed:
    try:
        (evidence,) = evidence_of_all([Named(strategy)], context)
    except FinalToolError:  # no playbook states a range
        return Assumed(strategy, None, None)
    return Assumed(strategy, evidence.low, evidence.high)
