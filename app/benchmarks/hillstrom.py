"""`aura bench hillstrom`: effects and their intervals on Hillstrom's 64,000 randomised e-mails.

Every figure comes from the functions that answer `analyze_experiment`. Coverage draws clients from
the data's own arms, whose difference is then the truth. The biased log keeps a row of the test
with the probability that a marketer who mails the quiet and the new would have chosen its arm.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from data.ingest import IngestError
from tools.models.covariates import covariate_columns
from tools.models.effects import (
    ArmCounts,
    ArmMean,
    Difference,
    difference,
    sample_ratio_p,
    welch,
)
from tools.models.frames import Floats, as_numbers, column, rows_where
from tools.models.observational import LEAST, MOST, aipw, ipw

__all__ = ["HillstromReport", "hillstrom", "lines", "load"]

FILE: Final = "hillstrom.csv*"
CONTROL: Final = "No E-Mail"
ARMS: Final = ("Mens E-Mail", "Womens E-Mail")
OUTCOMES: Final = ("visit", "conversion", "spend")
SHARES: Final = ("visit", "conversion")
REPLICATIONS: Final = 5_000
SMALL_ARM: Final = 2_000
LOGS: Final = 50
_TILT: Final = 1.1
"""How strongly the marketer of the biased log prefers the quiet and the new."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One arm's effect on one outcome, and how often its interval holds the truth.

    Attributes:
        coverage: By clients an arm, share of simulated tests whose 95 % interval holds the truth.
    """

    arm: str
    outcome: str
    found: Difference
    coverage: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class BiasedLogs:
    """Means over logs that were rebuilt from the test of one arm with known propensities.

    Attributes:
        truth: The randomised difference in visits.
        coverage: Share of the logs whose AIPW interval holds it.
    """

    logs: int
    rows: float
    truth: float
    naive: float
    ipw: float
    aipw: float
    coverage: float


@dataclass(frozen=True, slots=True)
class HillstromReport:
    """What the bench found."""

    clients: int
    sample_ratio_p: float
    replications: int
    effects: tuple[Effect, ...]
    biased: BiasedLogs

    def as_json(self) -> dict[str, object]:
        """All figures, effects unrounded."""
        return {
            "clients": self.clients,
            "sample_ratio_p": self.sample_ratio_p,
            "replications": self.replications,
            "effects": {
                arm: {
                    each.outcome: {
                        "effect": each.found.effect,
                        "low": each.found.low,
                        "high": each.found.high,
                        "p_value": each.found.p_value,
                        "coverage": {str(size): share for size, share in each.coverage.items()},
                    }
                    for each in self.effects
                    if each.arm == arm
                }
                for arm in ARMS
            },
            "biased_log": asdict(self.biased),
        }


def hillstrom(
    folder: Path, *, replications: int = REPLICATIONS, logs: int = LOGS, seed: int = 7
) -> HillstromReport:
    """Measure effects, their coverage and the biased log.

    Args:
        folder: Holds `hillstrom.csv` or `hillstrom.csv.gz`.
        replications: Simulated tests an arm, outcome and size.
        logs: Biased logs that are rebuilt.
        seed: Equal seeds give equal reports.

    Raises:
        IngestError: The folder does not hold the file.
    """
    frame = load(folder)
    rng = np.random.default_rng(seed)
    arm = column(frame, "segment")
    values = {
        name: {
            outcome: as_numbers(column(rows_where(frame, (arm == name).to_numpy()), outcome))
            for outcome in OUTCOMES
        }
        for name in (CONTROL, *ARMS)
    }
    assigned = [values[name]["visit"].size for name in values]
    effects = tuple(
        Effect(
            name,
            outcome,
            _compare(outcome, values[name][outcome], values[CONTROL][outcome]),
            {
                size: _coverage(
                    outcome,
                    values[name][outcome],
                    values[CONTROL][outcome],
                    size,
                    replications,
                    rng,
                )
                for size in (SMALL_ARM, min(assigned))
            },
        )
        for name in ARMS
        for outcome in OUTCOMES
    )
    return HillstromReport(
        clients=len(frame),
        sample_ratio_p=sample_ratio_p(assigned, [1 / len(assigned)] * len(assigned)),
        replications=replications,
        effects=effects,
        biased=_biased(rows_where(frame, arm.isin([ARMS[0], CONTROL]).to_numpy()), logs, rng),
    )


def load(folder: Path) -> pd.DataFrame:
    """Read the file.

    Raises:
        IngestError: The folder does not hold it.
    """
    files = sorted(folder.glob(FILE))
    if not files:
        raise IngestError(
            f"{folder} holds no {FILE}. Put Kevin Hillstrom's MineThatData e-mail file there."
        )
    return pd.read_csv(files[0])


def lines(report: HillstromReport) -> list[str]:
    """The report as tables."""
    sizes = list(report.effects[0].coverage)
    heads = "".join(f"{f'cover {size:,}':>14}" for size in sizes)
    biased = report.biased
    log = f"{biased.logs} logs with a biased choice, {biased.rows:,.0f} rows each, means"
    covered = f"its interval holds the truth in {biased.coverage:.0%} of the logs"
    return [
        f"{report.clients:,} clients in three arms; fair draw: p = {report.sample_ratio_p:.2f}",
        f"Coverage of the 95 % interval: {report.replications:,} simulated tests each",
        f"{'':<28}{'effect':>10}{'low':>10}{'high':>10}{'p':>10}{heads}",
        *map(_effect_line, report.effects),
        "",
        f"Visits by {ARMS[0]} from {log}",
        f"{'truth (randomised)':<28}{biased.truth:>10.4f}",
        f"{'plain difference':<28}{biased.naive:>10.4f}",
        f"{'IPW':<28}{biased.ipw:>10.4f}",
        f"{'AIPW':<28}{biased.aipw:>10.4f}   {covered}",
    ]


def _effect_line(each: Effect) -> str:
    by, unit = (100, "pp") if each.outcome in SHARES else (1, "$")
    found = each.found
    figures = "".join(f"{by * v:>10.3f}" for v in (found.effect, found.low, found.high))
    covered = "".join(f"{share:>14.1%}" for share in each.coverage.values())
    return f"{f'{each.arm}, {each.outcome} ({unit})':<28}{figures}{found.p_value:>10.1g}{covered}"


def _compare(outcome: str, treated: Floats, control: Floats) -> Difference:
    if outcome in SHARES:
        counts = (treated.size, int(treated.sum()), control.size, int(control.sum()))
        return difference(ArmCounts(*counts))
    return welch(ArmMean.of(treated), ArmMean.of(control))


def _coverage(
    outcome: str,
    treated: Floats,
    control: Floats,
    size: int,
    replications: int,
    rng: np.random.Generator,
) -> float:
    """Share of tests drawn from the arms whose interval holds the arms' difference."""
    truth = float(treated.mean() - control.mean())
    draw = _drawn_shares if outcome in SHARES else _drawn_means
    found = draw(treated, control, size, replications, rng)
    return float(np.mean([each.low <= truth <= each.high for each in found]))


def _drawn_shares(
    treated: Floats, control: Floats, size: int, replications: int, rng: np.random.Generator
) -> list[Difference]:
    kept = [rng.binomial(size, arm.mean(), replications).tolist() for arm in (treated, control)]
    return [difference(ArmCounts(size, t, size, c)) for t, c in zip(*kept, strict=True)]


def _drawn_means(
    treated: Floats, control: Floats, size: int, replications: int, rng: np.random.Generator
) -> list[Difference]:
    drawn = [_draw_buyers(arm, size, replications, rng) for arm in (treated, control)]
    return [welch(t, c) for t, c in zip(*drawn, strict=True)]


def _draw_buyers(
    arm: Floats, size: int, replications: int, rng: np.random.Generator
) -> list[ArmMean]:
    """Means of resampled arms; only who spent is drawn one by one, the others add nothing."""
    spent = arm[arm > 0]
    counts = rng.binomial(size, spent.size / arm.size, replications)
    means: list[ArmMean] = []
    for count in counts:
        taken = rng.choice(spent, count)
        mean = float(taken.sum()) / size
        means.append(ArmMean(size, mean, (float(taken @ taken) - size * mean**2) / (size - 1)))
    return means


def _biased(frame: pd.DataFrame, logs: int, rng: np.random.Generator) -> BiasedLogs:
    treated = (column(frame, "segment") == ARMS[0]).to_numpy(dtype=np.float64)
    visit = as_numbers(column(frame, "visit"))
    chance = _choice(frame)
    facts = frame.drop(columns=["segment", *OUTCOMES]).add_prefix("attr_")
    covariates = covariate_columns(facts)
    truth = _compare("visit", visit[treated == 1], visit[treated == 0]).effect
    found: list[tuple[float, float, float, float, bool]] = []
    for _ in range(logs):
        kept = rng.random(visit.size) < np.where(treated == 1, chance, 1 - chance)
        arm, outcome, odds = treated[kept], visit[kept], chance[kept]
        naive = _compare("visit", outcome[arm == 1], outcome[arm == 0]).effect
        doubly = aipw(arm, outcome, odds, covariates[kept])
        holds = doubly.low <= truth <= doubly.high
        found.append((kept.sum(), naive, ipw(arm, outcome, odds), doubly.effect, holds))
    rows, naive, weighted, doubly, coverage = (float(v) for v in np.mean(found, axis=0))
    return BiasedLogs(logs, rows, truth, naive, weighted, doubly, coverage)


def _choice(frame: pd.DataFrame) -> Floats:
    """Probability that the marketer mails a client: long silent, of little worth, new."""
    score = (
        _standard(as_numbers(column(frame, "recency")))
        - _standard(np.log(as_numbers(column(frame, "history"))))
        + _standard(as_numbers(column(frame, "newbie")))
    )
    return np.clip(1 / (1 + np.exp(-_TILT * _standard(score))), LEAST, MOST)


def _standard(values: Floats) -> Floats:
    return (values - values.mean()) / values.std()
