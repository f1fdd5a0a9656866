"""Proposals for real public exports: they load, and they say what people wrote by hand."""

from datetime import date
from pathlib import Path

import pytest

from data.check import CheckReport, check
from data.ingest import ingest_folder
from data.mapping import Mapping, load_mapping
from data.raw import ENTITIES

TODAY = date(2026, 6, 30)


def folder_of(shared: Path, name: str) -> Path:
    """The public set's folder."""
    folder = shared / "data" / name
    if not folder.exists():
        pytest.skip(f"no {folder}")
    return folder


def columns_by_field(mapping: Mapping, rows_of: str) -> dict[str, tuple[str, ...]]:
    """Field of an entity to the columns of the file that a mapping reads for it."""
    rules = [rule for rule in mapping.files if rule.entity == rows_of]
    return {field: part.source for rule in rules for field, part in rule.columns.items()}


def agreement(report: CheckReport, written: Mapping) -> tuple[int, int]:
    """How many fields read the same columns as in the hand-written mapping, of how many."""
    proposed = report.proposal.mapping()
    pairs = [
        (columns, columns_by_field(proposed, entity).get(field))
        for entity in {rule.entity for rule in written.files}
        for field, columns in columns_by_field(written, entity).items()
        if columns
    ]
    return sum(same == other for same, other in pairs), len(pairs)


def test_ravenstack_is_mapped_as_by_hand(shared: Path, tmp_path: Path) -> None:
    """Five files: keys, joins, dates and even the file of cancellations find their place."""
    folder = folder_of(shared, "ravenstack")
    report = check(folder, tmp_path, TODAY)
    same, fields = agreement(report, load_mapping("ravenstack"))
    assert (same, fields) == (19, 20)  # the region is made of countries: nobody can guess that
    assert [(one.rejected, one.unknown_customers) for one in report.trials] == [(0, 0)] * 4
    path = tmp_path / "proposed.yml"
    path.write_text(report.proposal.to_yaml(), encoding="utf-8")
    loads = ingest_folder(folder, load_mapping(path), tmp_path / "landing")
    assert {one.entity: one.accepted for one in loads} == {
        "customers": 500,
        "subscriptions": 5000,
        "engagement_events": 25_000,
        "support_tickets": 2000,
    }


def test_telco_is_mapped_as_by_hand(shared: Path, tmp_path: Path) -> None:
    """One flat file: its customers map alike; what they pay is taken as theirs."""
    report = check(folder_of(shared, "telco"), tmp_path, TODAY)
    proposed = columns_by_field(report.proposal.mapping(), "customers")
    written = columns_by_field(load_mapping("telco"), "customers")
    assert written.items() <= proposed.items()
    assert proposed["mrr"] == ("MonthlyCharges",)
    assert [(one.accepted, one.rejected) for one in report.trials] == [(7043, 0)]
    assert [one.about for one in report.proposal.all_questions] == [
        "customers.account_creation_date"
    ]


def test_learners_are_checked_sensibly(shared: Path, tmp_path: Path) -> None:
    """Who withdrew is asked about, days are counted from a day that is asked for."""
    report = check(folder_of(shared, "oulad"), tmp_path, TODAY)
    found = {entry.entity: entry for entry in report.proposal.in_force}
    assert {entity: entry.file for entity, entry in found.items()} == {
        "customers": "student.parquet",
        "engagement_events": "student_assessment.parquet",
    }
    assert {one.about for one in report.proposal.all_questions} == {
        "customers.customer_id",
        "customers.status",
        "engagement_events.timestamp",
    }
    assert min(one.accepted_share for one in report.trials) > 0.98


@pytest.mark.long
def test_invoice_lines_are_mapped_as_by_hand(shared: Path, tmp_path: Path) -> None:
    """Half a million lines become the invoices and customers of the hand-written mapping."""
    report = check(folder_of(shared, "online_retail"), tmp_path, TODAY)
    same, fields = agreement(report, load_mapping("online_retail"))
    assert (same, fields) == (7, 8)  # again only the region is missing
    rejected = {one.entity: (one.accepted - one.merged, one.rejected) for one in report.trials}
    assert rejected == {"transactions": (23_587, 107_927), "customers": (4383, 0)}


def test_the_demo_is_mapped_by_its_names(prepared_home: Path, tmp_path: Path) -> None:
    """Files in Aura's own names need no question, and lose only what was made unreadable."""
    folder = next((prepared_home / "raw").glob("demo-*"))
    report = check(folder, tmp_path, TODAY)
    for entry in report.proposal.in_force:
        assert {one.columns for one in entry.fields} == {(one.field,) for one in entry.fields}
    found = {entry.entity: len(entry.fields) for entry in report.proposal.in_force}
    assert found == {name: len(entity.columns) for name, entity in ENTITIES.items()}
    assert min(one.accepted_share for one in report.trials) > 0.98
