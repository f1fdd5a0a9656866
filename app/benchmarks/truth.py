"""`aura bench truth`: whether effects, simulations and churn scores tell what the simulator planted.

Each replication is a company of its own seed. Its tests are read as the product reads them and
compared with the planted effect; each strategy is then simulated for clients of today and compared
with what becomes of these very clients, who live on twice with the same chances.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from itertools import repeat
from multiprocessing import get_context
from typing import Any, Final, NamedTuple

import numpy as np

from app.benchmarks.truth_company import Company
from app.benchmarks.truth_model import LightModel
from app.benchmarks.truth_tests import Tests
from data.simulator.config import SimulationConfig
from data.simulator.report import strategy_truth
from data.simulator.vocabulary import STRATEGIES
from data.simulator.world import simulate as simulate_company
from tools.models.effects import Difference
from tools.models.evaluation import ece
from tools.models.frames import Floats
from tools.models.hazards import Clients
from tools.models.simulation import Costs, simulate

__all__ = ["CUSTOMERS", "REPLICATIONS", "Coverage", "TruthReport", "lines", "replicate", "truth"]

CUSTOMERS: Final = 2_000
REPLICATIONS: Final = 200
_AS_OF: Final = date(2026, 10, 20)
_FIRST_SEED: Final = 1_000
_WORKERS: Final = 2
_DRAWS: Final = 2_000
_TOP_SHARE: Final = 0.2


class Estimate(NamedTuple):
    """An estimate with its interval, and the truth that the interval should hold."""

    truth: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Replication:
    """What one company showed.

    Attributes:
        effects: By strategy, of its randomised clients, whose planted effect is the truth.
        chosen: By strategy, of clients chosen by hand.
        saved: ARR saved, by strategy and by who is treated.
        scores: (rows, 2) outcomes and probabilities of later snapshots.
    """

    effects: dict[str, Estimate]
    chosen: dict[str, Estimate]
    saved: dict[str, Estimate]
    scores: Floats


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often intervals held the truth; the rest are means over the replications."""

    intervals: int
    covered_pct: float
    truth: float
    value: float
    width: float


@dataclass(frozen=True, slots=True)
class TruthReport:
    """Coverage by what was estimated, and calibration.

    Attributes:
        effects: 95 % intervals by strategy, in shares of clients kept.
        chosen: The same from clients chosen by hand.
        saved: 90 % intervals of ARR saved in USD, by strategy and by who is treated.
        ece_mean: Mean over companies of the calibration error on later snapshots.
        ece_pooled: The error on the later snapshots of all companies together.
    """

    replications: int
    customers: int
    effects: dict[str, Coverage]
    chosen: dict[str, Coverage]
    saved: dict[str, Coverage]
    ece_mean: float
    ece_pooled: float

    @property
    def saved_covered_pct(self) -> float:
        """Per hundred of all intervals of ARR saved."""
        count = sum(each.intervals for each in self.saved.values())
        return sum(each.intervals * each.covered_pct for each in self.saved.values()) / count

    def as_json(self) -> dict[str, Any]:
        """Everything."""
        return {"saved_covered_pct": self.saved_covered_pct, **asdict(self)}


def truth(
    replications: int = REPLICATIONS, *, customers: int = CUSTOMERS, workers: int = _WORKERS
) -> TruthReport:
    """Replicate.

    Args:
        replications: Companies, each of its own seed.
        customers: Clients of each.
        workers: Processes; 1 stays in this one.
    """
    seeds = range(_FIRST_SEED, _FIRST_SEED + replications)
    if workers == 1:
        found = [replicate(seed, customers) for seed in seeds]
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(replicate, seeds, repeat(customers)))
    return TruthReport(
        replications=replications,
        customers=customers,
        effects=_coverages([each.effects for each in found]),
        chosen=_coverages([each.chosen for each in found]),
        saved=_coverages([each.saved for each in found]),
        ece_mean=float(np.mean([_ece(each.scores) for each in found])),
        ece_pooled=_ece(np.concatenate([each.scores for each in found])),
    )


def replicate(seed: int, customers: int = CUSTOMERS) -> Replication:
    """Make one company and judge what the models say of it."""
    config = SimulationConfig(as_of=_AS_OF, customers=customers, seed=seed)
    company = Company(simulate_company(config))
    history = company.history()
    model = LightModel.fit(history, seed)
    tests = Tests.of(company, model, history)
    planted = strategy_truth(company.world)
    effects: dict[str, Estimate] = {}
    chosen: dict[str, Estimate] = {}
    for name in STRATEGIES:
        if (found := tests.effect(name)) is not None:
            effects[name] = _estimate(planted[name]["overall"], found)
        if (found := tests.chosen(name)) is not None:
            chosen[name] = _estimate(planted[name]["targeted"], found)
    return Replication(effects, chosen, dict(_simulated(company, model, tests)), model.past)


def lines(report: TruthReport) -> list[str]:
    """The report as tables."""
    return [
        f"{report.replications:,} companies of {report.customers:,} clients",
        "",
        *_table("95 % interval of the effect", report.effects, _points),
        "",
        *_table("Chosen by hand (AIPW)", report.chosen, _points),
        "",
        *_table("90 % interval of ARR saved", report.saved, _usd),
        f"{'all':<34}{report.saved_covered_pct:>8.1f} %",
        "",
        f"{'Calibration error (ECE)':<34}{report.ece_mean:>10.4f}  mean of the companies",
        f"{'':<34}{report.ece_pooled:>10.4f}  all together",
    ]


def _estimate(planted: Mapping[str, Any], found: Difference) -> Estimate:
    return Estimate(planted["effect"], found.effect, found.low, found.high)


def _simulated(company: Company, model: LightModel, tests: Tests) -> Iterator[tuple[str, Estimate]]:
    """ARR saved by each strategy, simulated and lived, among all it is known for and a fifth."""
    free = company.free
    today = company.snapshot(company.world.config.as_of_day, free)
    prob, low, high = model.predict(today)
    arr = company.arr_usd(free)
    stays, stays_treated = company.stays(free)
    for code, name in enumerate(STRATEGIES):
        effect = tests.by_segment(name)
        covered = np.flatnonzero(tests.covers(name, free))
        if effect is None or covered.size == 0:
            continue
        count = max(1, round(_TOP_SHARE * covered.size))
        by_value_at_risk = covered[np.argsort(-(prob * arr)[covered], kind="stable")]
        for who, rows in (("all", covered), ("top_fifth", by_value_at_risk[:count])):
            clients = Clients(
                prob[rows],
                low[rows],
                high[rows],
                arr[rows],
                company.world.traits.segment[free[rows]].astype(np.intp),
            )
            saved = simulate(clients, effect, Costs(0.0), draws=_DRAWS).arr_saved_usd
            lived = stays_treated[code, rows].astype(float) - stays[rows]
            yield f"{name}:{who}", Estimate(float(lived @ arr[rows]), *saved)


def _coverages(found: Sequence[Mapping[str, Estimate]]) -> dict[str, Coverage]:
    names = dict.fromkeys(name for each in found for name in each)
    return {name: _coverage([each[name] for each in found if name in each]) for name in names}


def _coverage(estimates: Sequence[Estimate]) -> Coverage:
    truth, value, low, high = np.array(estimates).T
    return Coverage(
        intervals=len(estimates),
        covered_pct=100 * float(np.mean((low <= truth) & (truth <= high))),
        truth=float(truth.mean()),
        value=float(value.mean()),
        width=float((high - low).mean()),
    )


def _ece(scores: Floats) -> float:
    return ece(*scores.T)(np.ones(len(scores)))


def _table(
    title: str, coverages: Mapping[str, Coverage], show: Callable[[float], str]
) -> Iterator[str]:
    yield f"{title:<34}{'covered':>10}{'truth':>12}{'estimate':>12}{'width':>12}{'of':>6}"
    for name, each in coverages.items():
        label = name.replace("_", " ").replace(":", ", ")
        figures = "".join(f"{show(value):>12}" for value in (each.truth, each.value, each.width))
        yield f"{label:<34}{each.covered_pct:>8.1f} %{figures}{each.intervals:>6}"


def _points(share: float) -> str:
    return f"{100 * share:.1f} pts"


def _usd(amount: float) -> str:
    return f"${amount:,.0f}"
