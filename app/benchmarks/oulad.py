"""`aura bench oulad`: how early drop-out is told on the Open University's learners.

The files are loaded through their mapping like any source, and the features are the product's own,
derived on the days in question. What is learned comes from earlier runs of the modules; the newest
run is only judged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from app.benchmarks.oulad_learners import MARKS, load_learners
from tools.models.baselines import fit_logistic, logistic_probability
from tools.models.boosting import fit_ensemble
from tools.models.calibration import fit_calibrator
from tools.models.card import Measure
from tools.models.evaluation import HeldOut, Weighted, auc, ece, recall, top_rows
from tools.models.features import Design
from tools.models.frames import Floats, as_numbers, column, rows_where
from tools.models.labels import Labelled, honest_design

DAYS: Final = (0, 28, 56, 84)
TEST_RUN: Final = "2014J"
SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is foretold.

    Attributes:
        lead_days: Learners who withdraw sooner than this after the day are left out: a warning
            would come too late for them.
        within_days: Up to how many days after the day; to the end of the run when None.
    """

    title: str
    lead_days: int
    within_days: int | None


OUTCOMES: Final = {
    "next_28_days": Outcome("withdraws within 28 days", 1, 28),
    "from_day_14": Outcome("withdraws 14 days later or more", 14, None),
    "from_day_21": Outcome("withdraws 21 days later or more", 21, None),
}


@dataclass(frozen=True, slots=True)
class Marks:
    """How well one way of scoring does; the top tenth of the learners is looked after."""

    auc: Measure
    precision: Measure
    recall: Measure
    ece: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One outcome foretold on one day.

    Attributes:
        learned: Learners of the earlier runs.
        learners: Learners of the newest run who were judged.
        base_rate: Share of them that withdrew: the precision of a list drawn by chance.
        served: The product's recipe on the product's features.
        logistic: A logistic regression on the same features.
        with_marks: The recipe with deadlines and marks beside them, which are in no entity.
    """

    learned: int
    learners: int
    base_rate: float
    served: Marks
    logistic: Marks
    with_marks: Marks


@dataclass(frozen=True, slots=True)
class OuladReport:
    """Cells by outcome and day.

    Attributes:
        clients: Learners in a run of a module.
        withdrew: Those with a day of withdrawal.
    """

    clients: int
    withdrew: int
    cells: dict[str, dict[int, Cell]]

    def as_json(self) -> dict[str, object]:
        """Figures with four digits."""
        return {
            "clients": self.clients,
            "withdrew": self.withdrew,
            "test_run": TEST_RUN,
            "outcomes": {
                name: {str(day): _cell_json(cell) for day, cell in cells.items()}
                for name, cells in self.cells.items()
            },
        }


def oulad(folder: Path, *, seed: int = SEED) -> OuladReport:
    """Learn from the earlier runs, and judge the newest one.

    Args:
        folder: Holds the files that `data/sources/oulad.yml` names.
        seed: Of the draws.

    Raises:
        IngestError: A file is missing or another one.
    """
    learners = load_learners(folder, DAYS)
    day_of = column(learners.frame, "day")
    by_day = {day: rows_where(learners.frame, day_of == day) for day in DAYS}
    cells = {
        name: {day: _cell(still_helped(frame, outcome), seed) for day, frame in by_day.items()}
        for name, outcome in OUTCOMES.items()
    }
    return OuladReport(learners.clients, learners.withdrew, cells)


def lines(report: OuladReport) -> list[str]:
    """A table for each outcome."""
    text = [
        (
            f"{report.clients:,} learners in a run of a module, {report.withdrew:,} withdrew. "
            f"Learned from the runs before {TEST_RUN}, judged on {TEST_RUN}."
        ),
        "Precision and recall: of the tenth with the highest scores; by chance the base rate, 10 %.",
    ]
    for name, cells in report.cells.items():
        text += [
            "",
            f"Registered on the day, {OUTCOMES[name].title}",
            (
                f"{'day':>4}{'learners':>10}{'base':>7}  {'scored by':<21}"
                f"{'AUC (95 %)':<20}{'precision (95 %)':<19}{'recall (95 %)':<19}{'ECE':>5}"
            ),
        ]
        for day, cell in cells.items():
            head = f"{day:>4}{cell.learners:>10,}{cell.base_rate:>7.1%}  "
            for label, marks in (
                ("Aura", cell.served),
                ("logistic regression", cell.logistic),
                ("Aura + marks (bench)", cell.with_marks),
            ):
                text.append(f"{head}{label:<21}{_in_words(marks)}")
                head = " " * len(head)
    return text


def still_helped(frame: pd.DataFrame, outcome: Outcome) -> Labelled:
    """The learners who can still be helped, and whether they withdrew in the time asked for."""
    after = as_numbers(column(frame, "withdrew_after"))
    kept = ~(after < outcome.lead_days)
    frame, after = rows_where(frame, kept), after[kept]
    withdrew = (after <= (outcome.within_days or np.inf)).astype(float)
    return Labelled(frame, {90: withdrew}, column(frame, "student").to_numpy(dtype=object))


def _cell(known: Labelled, seed: int) -> Cell:
    is_test = column(known.frame, "run").eq(TEST_RUN).to_numpy()
    past, test = known.take(~is_test), known.take(is_test)
    design, _ = honest_design(past)
    own = design.without(MARKS)
    held_out = HeldOut(test.y[90], test.clients, seed)

    def judged(
        scorer: Callable[[Labelled, Design, pd.DataFrame, int], Floats], on: Design
    ) -> Marks:
        return _judge(held_out, scorer(past, on, test.frame, seed))

    return Cell(
        learned=len(past.frame),
        learners=len(test.frame),
        base_rate=float(test.y[90].mean()),
        served=judged(_served, own),
        logistic=judged(_logistic, own),
        with_marks=judged(_served, design),
    )


def _served(past: Labelled, design: Design, frame: pd.DataFrame, seed: int) -> Floats:
    """The recipe of `tools.models.churn`, learned on one day of the earlier runs."""
    learned, y = design.matrix(past.frame), past.y[90]
    ensemble = fit_ensemble(learned, y, past.clients, design.layout, seed)
    curve = fit_calibrator(ensemble.blind_margins(learned, past.clients), y, past.clients, seed)
    return curve.probability(ensemble.margins(design.matrix(frame)).mean(axis=0))


def _logistic(past: Labelled, design: Design, frame: pd.DataFrame, seed: int) -> Floats:
    del seed
    model = fit_logistic(design, design.matrix(past.frame), past.y[90])
    return logistic_probability(model, design.matrix(frame))


def _judge(held_out: HeldOut, score: Floats) -> Marks:
    return Marks(
        auc=held_out.judge(auc, score),
        precision=held_out.judge(_precision, score),
        recall=held_out.judge(recall, top_rows(score).astype(float)),
        ece=held_out.judge(ece, score).value or 0.0,
    )


def _precision(y: Floats, score: Floats) -> Weighted:
    """Share of the top tenth that withdrew."""
    top = top_rows(score)
    return lambda weight: float(np.sum((weight * y)[top]) / np.sum(weight[top]))


def _in_words(marks: Marks) -> str:
    area = f"{_digits(marks.auc.value)} ({_digits(marks.auc.low)}–{_digits(marks.auc.high)})"
    shares = (
        f"{measure.value:.0%} ({measure.low:.0%}–{measure.high:.0%})"
        for measure in (marks.precision, marks.recall)
    )
    precision, recalled = shares
    return f"{area:<20}{precision:<19}{recalled:<19}{marks.ece:>5.3f}"


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _cell_json(cell: Cell) -> dict[str, object]:
    return {
        "learned": cell.learned,
        "learners": cell.learners,
        "base_rate": round(cell.base_rate, 4),
        **{
            name: {
                "auc": _rounded(marks.auc),
                "precision_top_decile": _rounded(marks.precision),
                "recall_top_decile": _rounded(marks.recall),
                "ece": round(marks.ece, 4),
            }
            for name, marks in (
                ("served", cell.served),
                ("logistic", cell.logistic),
                ("with_marks", cell.with_marks),
            )
        },
    }


def _rounded(measure: Measure) -> dict[str, float | None]:
    return {
        name: None if value is None else round(value, 4)
        for name, value in (
            ("value", measure.value),
            ("low", measure.low),
            ("high", measure.high),
        )
    }
