"""What happened after a snapshot cannot get into its features, nor a tell-tale column into a model."""

import csv
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.build import Build
from data.ingest import ingest_file
from data.mapping import load_mapping
from data.truth import Truth
from tools.models.features import ATTRIBUTE_PREFIX, FEATURES
from tools.models.frames import days, rows_where
from tools.models.labels import honest_design, labelled

TELLTALE = "exit_reason"
PLANTED = {
    "support_tickets": (
        "ticket_id,customer_id,issue_type,priority,created_at,satisfaction_score",
        "LEAK-{key}-{n},{key},cancellation,urgent,{day} 09:0{n}:00,1",
    ),
    "surveys": (
        "survey_id,customer_id,response_date,nps_score,comments",
        "LEAK-{key}-{n},{key},{day},0,We are leaving",
    ),
    "transactions": (
        "transaction_id,customer_id,amount,currency,payment_method,transaction_date,status",
        "LEAK-{key}-{n},{key},9.5,USD,card,{day},failed",
    ),
    "engagement_events": (
        "event_id,customer_id,event_type,feature_used,timestamp",
        "LEAK-{key}-{n},{key},login,,{day} 10:0{n}:00",
    ),
}
COPIES = 9


@pytest.fixture(scope="module")
def truth(prepared_home: Path) -> Iterator[Truth]:
    """Plain SQL on the warehouse as it is without the plants."""
    with Truth(prepared_home / "warehouse.duckdb") as connection:
        yield connection


@pytest.fixture(scope="module")
def snapshot(truth: Truth) -> date:
    """The newest snapshot whose 90-day outcome is known."""
    found = truth.rows(
        "SELECT max(snapshot_date) FROM gold.ai_model_features WHERE churned_90d IS NOT NULL"
    )
    return found[0][0]


@pytest.fixture(scope="module")
def leavers(truth: Truth, snapshot: date) -> list[str]:
    """Who left within 90 days of it."""
    rows = truth.rows(
        "SELECT customer_id FROM gold.ai_model_features WHERE churned_90d "
        f"AND snapshot_date = DATE '{snapshot}' ORDER BY 1"
    )
    return [key for (key,) in rows]


@pytest.fixture(scope="module")
def planted(
    prepared_home: Path,
    tmp_path_factory: pytest.TempPathFactory,
    truth: Truth,
    snapshot: date,
    leavers: list[str],
) -> pd.DataFrame:
    """Features built from the same files and rows that give every leaver away a day later."""
    home = tmp_path_factory.mktemp("planted")
    shutil.copytree(prepared_home / "landing", home / "landing")
    mapping = load_mapping("demo")
    for entity, (head, row) in PLANTED.items():
        path = home / f"{entity}.csv"
        day = snapshot + timedelta(days=1)
        lines = (row.format(key=key, n=n, day=day) for key in leavers for n in range(COPIES))
        path.write_text("\n".join([head, *lines]) + "\n")
        report = ingest_file(path, entity, mapping, home / "landing")
        assert (report.accepted, report.rejected) == (len(leavers) * COPIES, 0), report
    export = next((prepared_home / "raw").glob("demo-*/customers.csv"))
    everybody = _with_telltale(export, home / "customers.csv")
    ingest_file(everybody, "customers", mapping, home / "landing")
    as_of = truth.rows("SELECT as_of FROM gold.build_info")[0][0]
    with Build(home=home, source="demo", as_of=as_of) as build:
        build.bronze()
        build.silver()
        return build.frame("silver.customer_features")


def _with_telltale(export: Path, target: Path) -> Path:
    """The same clients with a column that somebody filled in after they had left.

    Its bytes are kept: a real export is not of one encoding.
    """
    with export.open(encoding="latin-1", newline="") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        row[TELLTALE] = "asked to leave" if row["status"].strip().lower() == "churned" else "none"
    with target.open("w", encoding="latin-1", newline="") as out:
        writer = csv.DictWriter(out, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    return target


def _of(frame: pd.DataFrame, day: date, columns: Iterable[str]) -> pd.DataFrame:
    rows = rows_where(frame, days(frame, "snapshot_date") == np.datetime64(day))
    return pd.DataFrame(rows.set_index("customer_id"), columns=list(columns)).sort_index()


def test_what_came_after_a_snapshot_changes_nothing_in_it(
    planted: pd.DataFrame, truth: Truth, snapshot: date
) -> None:
    """Tickets, surveys, payments and events of the next day leave every earlier feature as it was."""
    columns = [name for name in FEATURES if name in planted.columns]
    labels = ["churned_30d", "churned_60d", "churned_90d"]
    rows = truth.rows(
        f"SELECT customer_id, snapshot_date, {', '.join([*columns, *labels])} "
        "FROM gold.ai_model_features"
    )
    before = pd.DataFrame(rows, columns=["customer_id", "snapshot_date", *columns, *labels])
    for day in sorted({*days(before, "snapshot_date").tolist()}):
        if day > snapshot:
            continue
        pd.testing.assert_frame_equal(
            _of(planted, day, [*columns, *labels]),
            _of(before, day, [*columns, *labels]),
            check_dtype=False,
            check_index_type=False,
        )


def test_the_plants_are_seen_from_the_next_snapshot_on(
    planted: pd.DataFrame, truth: Truth, snapshot: date, leavers: list[str]
) -> None:
    """The proof that they are in the data: whoever is still there a month later shows them."""
    later = min(day for day in days(planted, "snapshot_date").tolist() if day > snapshot)
    seen = _of(planted, later, ["tickets_90d", "nps_score", "failed_payments_90d"])
    still_there = [key for key in leavers if key in seen.index]
    assert still_there
    told = seen.loc[still_there]
    assert (told["tickets_90d"] >= COPIES).all()
    assert (told["failed_payments_90d"] >= COPIES).all()
    assert (told["nps_score"] == 0).mean() >= 0.5


def test_a_column_written_after_the_end_is_no_input(planted: pd.DataFrame) -> None:
    """Today's attributes stand at every past snapshot: one filled in at the exit gives it away."""
    name = f"{ATTRIBUTE_PREFIX}{TELLTALE}"
    design, leaking = honest_design(labelled(planted, 7))
    assert leaking == [name]
    assert name not in design.columns


def test_a_column_that_gives_the_outcome_away_is_no_input(planted: pd.DataFrame) -> None:
    """One that separates the outcomes is left out by name, and of the rest nothing is unknown."""
    name = f"{ATTRIBUTE_PREFIX}outcome"
    known = labelled(planted, 7)
    told = replace(known, frame=known.frame.assign(**{name: np.where(known.y[90], "left", "")}))
    design, leaking = honest_design(told)
    assert leaking == [f"{ATTRIBUTE_PREFIX}{TELLTALE}", name]
    assert name not in design.columns
    assert {c for c in design.columns if not c.startswith(ATTRIBUTE_PREFIX)} <= set(FEATURES)
