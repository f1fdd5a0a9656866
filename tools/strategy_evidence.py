"""What a strategy does and what it costs, and how we know.

Three grades are never mixed: *measured* from a fair randomised test, else *assumed* from playbooks;
rows that people chose by hand are at most *predicted* and feed no simulation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.gold_interventions import read_trial_rows
from data.gold_trials import read_meanwhile
from tools.contract import Playbook, Scope, ToolContext
from tools.errors import NothingKnown
from tools.models import hazard_ratio
from tools.models.effects import ArmCounts, Difference, difference
from tools.models.frames import Floats, column, numbers, rows_where
from tools.models.hazard_effects import AssumedEffect, Effect, MeasuredEffect
from tools.models.hazards import EFFECT_DAYS
from tools.models.simulation import Costs
from tools.resolve import mendable_errors
from tools.strategies import Named, playbooks_of, spoken
from tools.trial_cases import Cases, is_treated
from tools.wording import count_noun, join_words

__all__ = ["Evidence", "evidence_of_all", "evidence_where_known"]

LEAST_PER_ARM: Final = 20
"""Randomised outcomes an arm needs before an effect counts as measured here."""
ASSUMED_COST_SD: Final = 0.2
"""Doubt about a playbook's cost, as a share of it."""
_NEW_DAYS: Final = 180
"""A test none of whose clients was older was a test on new clients."""
_STEADY: Final = 0.1
"""Relative spread below which a cost counts as a fixed share of ARR."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Effect and cost of one strategy.

    Attributes:
        effect: Over the groups `segments`, the last of which stands for all other segments.
        costs: Paid for each treated client.
        rows: Randomised rows with a known outcome behind the effect.
        arms: Their counts; None when the effect is assumed.
        measured: The difference in retention they show.
        low, high: The playbooks' range (0-1) when the effect is assumed.
        books: The playbooks it comes from, or that describe the strategy.
        newest_days: Longest time as a client among those tested, when only new ones were.
        contracts: Their contract types, when not all were tested.
        is_uneven: A test with enough outcomes is left out, for its draw was not fair.
    """

    strategy: str
    grade: Literal["measured", "assumed"]
    effect: Effect
    costs: Costs
    segments: tuple[str, ...]
    rows: int
    arms: ArmCounts | None
    measured: Difference | None
    low: float | None
    high: float | None
    books: tuple[Playbook, ...]
    newest_days: int | None = None
    contracts: tuple[str, ...] | None = None
    is_uneven: bool = False

    def covers(self, clients: pd.DataFrame) -> NDArray[np.bool_]:
        """Which clients are of the kind the effect is known for: (clients,)."""
        covered = np.ones(len(clients), dtype=bool)
        if self.newest_days is not None:
            covered &= numbers(clients, "tenure_days") <= self.newest_days
        if self.contracts is not None:
            covered &= column(clients, "contract_type").isin(self.contracts).to_numpy()
        return covered

    @property
    def kind(self) -> str:
        """The kind of client the effect is known for, in words; "" for all."""
        words = [f"{join_words(list(self.contracts))} contracts"] if self.contracts else []
        if self.newest_days is not None:
            words.append(f"at most {count_noun(self.newest_days, 'day')} as a client")
        return ", ".join(words)

    def group_of(self, segments: Sequence[object]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """Index of each client's group: (clients,)."""
        index = {name: position for position, name in enumerate(self.segments)}
        other = max(len(self.segments) - 1, 0)
        return np.array([index.get(str(name), other) for name in segments], dtype=np.intp)


def evidence_of_all(named: Sequence[Named], context: ToolContext) -> list[Evidence]:
    """Gather the evidence for some strategies.

    Raises:
        NothingKnown: A strategy has neither a randomised test nor a playbook with a range.
    """
    found = _gather(named, context)
    if unknown := next((each for each in found if isinstance(each, NothingKnown)), None):
        raise unknown
    return [each for each in found if isinstance(each, Evidence)]


def evidence_where_known(named: Sequence[Named], context: ToolContext) -> list[Evidence]:
    """Gather the evidence for those of some strategies of which there is any.

    Raises:
        NothingKnown: None of them has a randomised test or a playbook with a range.
    """
    found = _gather(named, context)
    known = [each for each in found if isinstance(each, Evidence)]
    unknown = [each for each in found if isinstance(each, NothingKnown)]
    if unknown and not known:
        raise unknown[0]
    return known


def _gather(named: Sequence[Named], context: ToolContext) -> list[Evidence | NothingKnown]:
    strategies = [each.strategy for each in named]
    with mendable_errors():
        rows = read_trial_rows(context.gold, strategies)
        meanwhile = read_meanwhile(context.gold, strategies, within_days=EFFECT_DAYS)
    found: list[Evidence | NothingKnown] = []
    for each in named:
        try:
            found.append(_evidence(each, rows, meanwhile, context))
        except NothingKnown as reason:
            found.append(reason)
    return found


def _evidence(
    named: Named, every: pd.DataFrame, meanwhile: pd.DataFrame, context: ToolContext
) -> Evidence:
    rows = rows_where(every, (column(every, "strategy") == named.strategy).to_numpy())
    books = (named.playbook,) if named.playbook else playbooks_of(named.strategy, context)
    randomised = rows_where(rows, (column(rows, "assignment") == "random").to_numpy())
    cases = Cases.of(randomised, meanwhile, context.gold.as_of)
    arms = cases.arms
    costs = _measured_costs(rows) or _assumed_costs(books)
    has_enough = min(arms.treated, arms.control) >= LEAST_PER_ARM
    if has_enough and cases.is_fair:
        segments, effect = _by_segment(cases.known)
        return Evidence(
            strategy=named.strategy,
            grade="measured",
            effect=effect,
            costs=costs,
            segments=segments,
            rows=arms.clients,
            arms=arms,
            measured=difference(arms),
            low=None,
            high=None,
            books=books,
            newest_days=_newest(numbers(cases.assigned, "tenure_days")),
            contracts=_contracts(cases.assigned, context),
        )
    low, high = _assumed_range(named.strategy, books, is_uneven=has_enough)
    return Evidence(
        strategy=named.strategy,
        grade="assumed",
        effect=AssumedEffect(low, high),
        costs=costs,
        segments=("",),
        rows=0,
        arms=None,
        measured=None,
        low=low,
        high=high,
        books=books,
        newest_days=_newest_by_play(playbooks_of(named.strategy, context)),
        is_uneven=has_enough,
    )


def _newest(tenure_days: Floats) -> int | None:
    longest = float(np.nanmax(tenure_days)) if np.isfinite(tenure_days).any() else np.inf
    return int(longest) if longest <= _NEW_DAYS else None


def _newest_by_play(books: Sequence[Playbook]) -> int | None:
    """Where the data show the plays' triggers on new clients alone."""
    shown = [book.front_matter.get("shown_by") for book in books]
    limits = [
        None if each is None else each.get("tenure_days", (None, None))[1]
        for each in shown
        if each != "nothing"
    ]
    known = [int(limit) for limit in limits if limit is not None]
    return max(known) if known and len(known) == len(limits) else None


def _contracts(rows: pd.DataFrame, context: ToolContext) -> tuple[str, ...] | None:
    tested = sorted(set(column(rows, "contract_type").dropna()))
    with mendable_errors():
        every = context.gold.values("contract_type", Scope())
    return tuple(tested) if tested and set(every) - set(tested) else None


def _by_segment(known: pd.DataFrame) -> tuple[tuple[str, ...], MeasuredEffect]:
    """The effect in each segment with clients in both arms, the others' last."""
    groups = column(known, "grp")
    found = {
        segment: _outcomes(rows_where(known, (groups == segment).to_numpy()))
        for segment in sorted(set(groups))
    }
    usable = {segment: cases for segment, cases in found.items() if cases.is_comparable}
    return (*usable, ""), MeasuredEffect.of_groups(list(usable.values()))


def _outcomes(known: pd.DataFrame) -> hazard_ratio.Cases:
    return hazard_ratio.Cases(
        treated=is_treated(known),
        kept=numbers(known, "retained") == 1,
        prob=numbers(known, "churn_prob"),
    )


def _measured_costs(rows: pd.DataFrame) -> Costs | None:
    """Mean cost of the treated; as a share of ARR when it is a steady one."""
    treated = rows_where(rows, is_treated(rows))
    cost, arr = numbers(treated, "cost"), numbers(treated, "arr")
    known = np.isfinite(cost)
    if not known.any():
        return None
    billed = known & (arr > 0)
    shares = cost[billed] / arr[billed]
    if billed.sum() > 1 and shares.mean() > 0 and shares.std() < _STEADY * shares.mean():
        return Costs(0.0, share_of_arr=float(shares.mean()))
    mean = float(cost[known].mean())
    doubt = float(cost[known].std() / np.sqrt(known.sum()) / mean) if mean else 0.0
    return Costs(mean, relative_sd=doubt)


def _assumed_costs(books: Sequence[Playbook]) -> Costs:
    stated = [book.front_matter.get("cost_per_customer") for book in books]
    costs = [float(cost) for cost in stated if cost is not None]
    return Costs(sum(costs) / len(costs) if costs else 0.0, relative_sd=ASSUMED_COST_SD)


def _assumed_range(
    strategy: str, books: Sequence[Playbook], *, is_uneven: bool
) -> tuple[float, float]:
    """The mean low and the mean high end of what the playbooks expect."""
    ranges = [book.front_matter.get("expected_effect") or {} for book in books]
    ends = [(float(r["low"]), float(r["high"])) for r in ranges if "low" in r and "high" in r]
    if not ends:
        why = "no randomised test with enough outcomes"
        if is_uneven:
            why = "its test was not drawn fairly"
        raise NothingKnown(
            f"Nothing is known about {spoken(strategy)}: {why}, and no playbook that states an "
            "expected effect. Add a range to its playbook, or run a test."
        )
    lows, highs = zip(*ends, strict=True)
    return sum(lows) / len(lows), sum(highs) / len(highs)
