"""Learners of a university: joined files, days counted from the start of a course, no money."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from app.benchmarks.oulad_learners import MARKING_DAYS, MARKS, load_learners
from data.mapping import Mapping, load_mapping
from data.truth import Truth
from tools.models.frames import column, rows_where

Warehouses = Callable[[Path, Mapping, Path], Path]
Tables = dict[str, pd.DataFrame]

RUNS = {
    "2013B": date(2013, 2, 1),
    "2013J": date(2013, 10, 1),
    "2014B": date(2014, 2, 1),
    "2014J": date(2014, 10, 1),
}
LEARNERS_A_RUN = 8
DUE_DAYS = (20, 50, 240)
DAY = 28
TWIN = 5000


def small_set(seed: int = 7) -> Tables:
    """Two modules in four runs: some withdraw early, some late, some never hand anything in."""
    rng = np.random.default_rng(seed)
    runs = [(module, run) for module in ("AAA", "BBB") for run in RUNS]
    assessments = [
        (*run, 100 * place + number, kind, due)
        for place, run in enumerate(runs)
        for number, (kind, due) in enumerate(zip(("TMA", "CMA", "Exam"), DUE_DAYS, strict=True))
    ]
    learners = [(*run, 1000 + n) for run in runs for n in range(LEARNERS_A_RUN)]
    left = rng.choice([np.nan, np.nan, -20.0, 15.0, 40.0, 60.0, 150.0], len(learners))
    keys = ["code_module", "code_presentation", "id_student"]
    registrations = pd.DataFrame(learners, columns=keys).assign(
        date_registration=-rng.integers(1, 120, len(learners)).astype(float) - 20,
        date_unregistration=left,
    )
    registrations.loc[[0, 9], "date_registration"] = np.nan
    students = pd.DataFrame(learners, columns=keys).assign(
        gender=rng.choice(["F", "M"], len(learners)),
        region=rng.choice(["Scotland", "Wales"], len(learners)),
        age_band=rng.choice(["0-35", "55<="], len(learners)),
        final_result=np.where(np.isfinite(left), "Withdrawn", "Pass"),
    )
    submissions = [
        (number, student, due + int(rng.integers(-9, 9)), bool(student == 1000 and due == 20), mark)
        for (module, run, student), gone in zip(learners, left, strict=True)
        for m, r, number, _, due in assessments
        if (m, r) == (module, run) and not gone < due and (mark := int(rng.integers(20, 100))) > 30
    ]
    names = ["id_assessment", "id_student", "date_submitted", "is_banked", "score"]
    handed_in = pd.DataFrame(submissions, columns=names)
    handed_in.loc[handed_in["is_banked"], "date_submitted"] = -1
    return {
        "student_registration": registrations,
        "student": students,
        "course": pd.DataFrame(runs, columns=keys[:2]).assign(module_presentation_length=240),
        "assessment": pd.DataFrame(
            assessments, columns=[*keys[:2], "id_assessment", "assessment_type", "date"]
        ).assign(weight=10.0),
        "student_assessment": handed_in,
    }


def write(tables: Tables, folder: Path) -> Path:
    """One Parquet file a table."""
    folder.mkdir()
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    return folder


def said_by_files(folder: Path, as_of: date) -> dict[str, int]:
    """Learners, withdrawals and submissions by the day, counted over the files themselves."""
    starts = " ".join(f"WHEN '{run}' THEN DATE '{day}'" for run, day in RUNS.items())
    start = f"(CASE code_presentation {starts} END)"

    def file(name: str) -> str:
        return f"read_parquet('{folder / name}.parquet')"

    with duckdb.connect() as connection:
        learners, withdrew = connection.execute(
            f"SELECT count(*), count(*) FILTER ({start} + date_unregistration::INT <= $day) "
            f"FROM {file('student_registration')} "
            f"WHERE coalesce({start} + date_registration::INT <= $day, true)",
            {"day": as_of},
        ).fetchall()[0]
        events, banked = connection.execute(
            f"SELECT count(*) FILTER (NOT is_banked AND {start} + date_submitted::INT <= $day), "
            f"count(*) FILTER (is_banked) FROM {file('student_assessment')} "
            f"JOIN {file('assessment')} USING (id_assessment)",
            {"day": as_of},
        ).fetchall()[0]
    return {"learners": learners, "withdrew": withdrew, "submissions": events, "banked": banked}


def said_by_gold(warehouse: Path) -> dict[str, int]:
    """The same, counted over the warehouse."""
    with Truth(warehouse) as truth:
        learners, withdrew = truth.rows(
            "SELECT count(*), count(*) FILTER (status = 'churned') FROM gold.customer_metrics"
        )[0]
        submissions = truth.rows("SELECT count(*) FROM silver.engagement_events")[0][0]
        faults = truth.rows("SELECT count(*) FROM bronze.rejected")
        skipped = truth.rows(
            "SELECT rows_read FROM silver.load_audit WHERE entity = 'engagement_events'"
        )
    assert faults == [(0,)]
    return {
        "learners": int(str(learners)),
        "withdrew": int(str(withdrew)),
        "submissions": int(str(submissions)),
        "read": int(str(skipped[0][0])),
    }


def agree(folder: Path, warehouse: Path, submitted: int) -> dict[str, int]:
    """What the warehouse says, once it is what the files say."""
    as_of = load_mapping("oulad").as_of
    assert as_of is not None
    expected, found = said_by_files(folder, as_of), said_by_gold(warehouse)
    assert found.pop("read") == submitted - expected.pop("banked")
    assert found == expected
    return found


def test_a_small_set_builds_and_its_counts_are_the_files(
    tmp_path: Path, warehouse_of: Warehouses
) -> None:
    """Learners, who withdrew by the stated day, and submissions; nothing has a price."""
    tables = small_set()
    folder = write(tables, tmp_path / "files")
    warehouse = warehouse_of(folder, load_mapping("oulad"), tmp_path / "home")
    found = agree(folder, warehouse, len(tables["student_assessment"]))
    assert 0 < found["withdrew"] < found["learners"] == 2 * 4 * LEARNERS_A_RUN
    with Truth(warehouse) as truth:
        assert truth.rows("SELECT count(mrr), count(arr) FROM gold.customer_metrics") == [(0, 0)]
        assert truth.rows(
            "SELECT DISTINCT contract_end_date FROM gold.customer_metrics "
            "WHERE customer_id LIKE '%-2014J'"
        ) == [(RUNS["2014J"] + timedelta(days=240),)]
        kept = truth.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'silver' "
            "AND table_name = 'customers' AND column_name LIKE 'attr_%' ORDER BY 1"
        )
    assert kept == [("attr_age_band",), ("attr_gender",)]


def with_twins(tables: Tables) -> Tables:
    """Everyone once more, alike up to the day and with another future."""
    twins = {name: table.copy() for name, table in tables.items()}
    registrations, submissions = twins["student_registration"], twins["student_assessment"]
    left = column(registrations, "date_unregistration")
    registrations["date_unregistration"] = left.where(left <= DAY)
    twins["student"]["final_result"] = "Fail"
    submissions = rows_where(submissions, submissions["date_submitted"] <= DAY)
    marked = submissions["is_banked"] | (submissions["date_submitted"] <= DAY - MARKING_DAYS)
    assert not marked.to_numpy().all()
    submissions["score"] = column(submissions, "score").where(marked, 0)
    twins["student_assessment"] = submissions
    for name in ("student_registration", "student", "student_assessment"):
        twins[name]["id_student"] += TWIN
        tables = tables | {name: pd.concat([tables[name], twins[name]], ignore_index=True)}
    return tables


def test_what_happens_after_the_day_changes_no_feature_of_it(tmp_path: Path) -> None:
    """Later withdrawals, submissions, results, and marks not yet given: none may show through."""
    folder = write(with_twins(small_set()), tmp_path / "files")
    frame = load_learners(folder, [DAY]).frame.sort_values(["run", "module", "student"])
    is_twin = column(frame, "student").astype(int) >= TWIN
    known, other = rows_where(frame, ~is_twin), rows_where(frame, is_twin)
    assert column(known, "withdrew_after").count() > column(other, "withdrew_after").count()
    assert all(column(known, name).count() for name in MARKS)
    future = ["churned_30d", "churned_60d", "churned_90d", "withdrew_after"]
    ids = ["customer_id", "student"]
    pd.testing.assert_frame_equal(
        known.drop(columns=future + ids), other.drop(columns=future + ids)
    )


@pytest.mark.long
def test_the_real_sets_counts_are_the_files(
    shared: Path, tmp_path: Path, warehouse_of: Warehouses
) -> None:
    """32,593 registrations and 173,912 submissions, as far as known on the stated day."""
    folder = shared / "data" / "oulad"
    if not folder.exists():
        pytest.skip(f"no {folder}")
    warehouse = warehouse_of(folder, load_mapping("oulad"), tmp_path)
    found = agree(folder, warehouse, 173_912)
    assert found["learners"] == 32_592
