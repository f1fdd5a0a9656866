"""The Open University's learners on given days of their run of a module: what was known then.

The features are the product's own, derived from the mapped entities. Deadlines and marks, which
no entity of a mapping can hold, come from the files and stand apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

import pandas as pd

from data.build import Build
from data.ingest import ingest_folder
from data.mapping import Mapping, load_mapping
from tools.models.frames import column, rows_where

MARKING_DAYS: Final = 14
"""The files do not say when a mark was given: it counts as known so long after the submission."""
MARKS: Final = ("attr_missed_deadlines", "attr_mean_mark", "attr_days_late", "attr_carried_over")
_RUN_DAYS: Final = 300
"""Longer than any run: by then every outcome is known."""


@dataclass(frozen=True, slots=True)
class Learners:
    """Everyone who was registered on one of the days.

    Attributes:
        frame: One row a learner and day: the product's features, the columns of `MARKS`, `student`,
            `module`, `run`, `day`, and `withdrew_after` so many days (missing: did not).
        clients: Learners in a run of a module, registered on one of the days or not.
        withdrew: Those of them with a day of withdrawal.
    """

    frame: pd.DataFrame
    clients: int
    withdrew: int


def load_learners(folder: Path, on_days: Sequence[int]) -> Learners:
    """Load the files through their mapping and derive the features.

    Learners whose day of registration is unknown are left out.

    Args:
        folder: Holds the files that `data/sources/oulad.yml` names.
        on_days: Days, counted from the start of each run.

    Raises:
        IngestError: A file is missing or another one.
    """
    mapping = load_mapping("oulad")
    starts = _run_starts(mapping)
    dates = [start + timedelta(days=day) for start in starts.values() for day in on_days]
    with TemporaryDirectory(prefix="aura-oulad-") as name:
        home = Path(name)
        ingest_folder(folder, mapping, home / "landing")
        end = max(starts.values()) + timedelta(days=_RUN_DAYS)
        with Build(home=home, source=mapping, as_of=end, snapshot_days=dates) as build:
            build.bronze()
            build.silver()
            features = build.frame("silver.customer_features")
            customers = build.frame("silver.customers")
    churned = column(customers, "churned_at")
    left = pd.DataFrame({"customer_id": column(customers, "customer_id"), "left": churned})
    known = rows_where(left, column(customers, "signup_date").notna())
    frame = _on_days(features.merge(known, on="customer_id"), starts, on_days)
    return Learners(_with_marks(frame, folder), len(customers), int(churned.notna().sum()))


def _run_starts(mapping: Mapping) -> dict[str, date]:
    """First day of each run, as the mapping states it."""
    rule = mapping.files[0].columns["account_creation_date"]
    return {run.upper(): day for run, day in rule.anchor_dates.items()}


def _on_days(frame: pd.DataFrame, starts: dict[str, date], on_days: Sequence[int]) -> pd.DataFrame:
    """Keep each learner's rows on the days of their own run."""
    ids = column(frame, "customer_id").str.split("-", expand=True)
    frame[["student", "module", "run"]] = ids
    start = pd.to_datetime(column(frame, "run").map(starts.__getitem__))
    snapshot = pd.to_datetime(column(frame, "snapshot_date"))
    frame["day"] = (snapshot - start).dt.days
    frame["withdrew_after"] = (pd.to_datetime(column(frame, "left")) - snapshot).dt.days
    kept = rows_where(frame, column(frame, "day").isin(on_days))
    return kept.drop(columns="left")


def _with_marks(frame: pd.DataFrame, folder: Path) -> pd.DataFrame:
    assessments = pd.read_parquet(folder / "assessment.parquet").rename(
        columns={"code_module": "module", "code_presentation": "run", "date": "due"}
    )
    submissions = pd.read_parquet(folder / "student_assessment.parquet").rename(
        columns={"id_student": "student", "date_submitted": "submitted"}
    )
    submissions["student"] = column(submissions, "student").astype(str)
    key = ["customer_id", "day"]
    one = (
        cast("pd.DataFrame", frame[[*key, "student", "module", "run"]])
        .merge(assessments, on=["module", "run"])
        .merge(submissions, on=["student", "id_assessment"], how="left")
    )
    day, submitted, due = (column(one, name) for name in ("day", "submitted", "due"))
    is_in = submitted <= day
    banked = is_in & column(one, "is_banked").eq(other=True)
    own = is_in & ~banked
    is_exam = column(one, "assessment_type").eq("Exam")
    one["attr_missed_deadlines"] = (due.le(day) & ~is_in & ~is_exam).astype(float)
    one["attr_mean_mark"] = column(one, "score").where(own & (submitted + MARKING_DAYS <= day))
    one["attr_days_late"] = (submitted - due).where(own)
    one["attr_carried_over"] = banked.astype(float)
    found = one.groupby(key).agg(dict(zip(MARKS, ("sum", "mean", "mean", "sum"), strict=True)))
    return frame.merge(found.reset_index(), on=key, how="left")
