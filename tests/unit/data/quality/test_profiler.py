"""Profiles of small files, checked by hand."""

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from data.mapping import FileRule
from data.quality.findings import findings_of
from data.quality.profile import FileProfile
from data.quality.profiler import profile_file
from data.quality.staging import connect, stage

TODAY = date(2026, 6, 30)


def profile_of(path: Path, scratch: Path, **options: str) -> FileProfile:
    """The profile of a file."""
    scratch.mkdir()
    rule = FileRule.model_validate({"file": path.name, "entity": "customers", **options})
    with connect(scratch) as connection:
        return profile_file(stage(path, rule, scratch), connection, TODAY)


@pytest.fixture
def orders(tmp_path: Path) -> FileProfile:
    """Twenty payments of 10 to 29, and one of each trouble."""
    usual = [f"t{place},{10 + place},2026-01-{place + 1:02d}, paid,x" for place in range(20)]
    odd = [
        "t20,999999,2026-02-01,paid,x",
        "t21,-5,2026-02-01,paid,N/A",
        "t22,many,2026-02-01,paid,x",
        "t23,0,2027-01-01,paid,x",
        "t24,,soon,paid,Ã©t",
        "t0,10,2026-01-01, paid,x",
        "t25,11",
    ]
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(["id,amount,day,status,note", *usual, *odd]) + "\n", encoding="utf-8")
    return profile_of(path, tmp_path / "scratch")


def test_every_figure_of_a_column(orders: FileProfile) -> None:
    """Counts, range, quartiles and the rows that do not fit."""
    amount = orders.column("amount")
    assert (orders.rows, orders.unreadable, orders.duplicate_rows) == (26, 1, 1)
    assert orders.unreadable_examples[0][0] == 27
    assert (amount.missing, amount.distinct, amount.negative, amount.zero) == (1, 24, 1, 1)
    assert (amount.minimum, amount.maximum) == (-5, 999999)
    assert (amount.misfits, amount.misfit_examples) == (1, ((23, "many"),))
    assert (amount.outliers, amount.outlier_examples) == (1, ((21, "999999"),))
    day = orders.column("day")
    assert (day.reading.kind, day.minimum, day.maximum) == ("date", "2026-01-01", "2027-01-01")
    assert (day.future, day.misfit_examples) == (1, ((25, "soon"),))
    assert orders.column("status").padded == 21
    assert orders.column("note").placeholders == {"n/a": 1}
    assert orders.column("note").garbled == 1


def test_findings_begin_with_what_costs_most(orders: FileProfile) -> None:
    """Unreadable lines, wrong values and future dates come before what may be right."""
    found = findings_of(orders)
    severities = [one.severity for one in found]
    assert severities == sorted(severities, key=["mend", "look", "note"].index)
    told = {(one.column, one.severity) for one in found}
    assert {(None, "mend"), ("amount", "mend"), ("day", "mend"), ("note", "mend")} <= told
    assert {("amount", "look"), ("status", "note")} <= told


def test_ids_are_not_called_outliers(tmp_path: Path) -> None:
    """The size of an id says nothing."""
    path = tmp_path / "ids.csv"
    path.write_text("\n".join(["id", *map(str, range(1, 40)), "9000000"]) + "\n")
    profile = profile_of(path, tmp_path / "scratch")
    assert any("far from" in one.message for one in findings_of(profile))
    assert not any("far from" in one.message for one in findings_of(profile, frozenset({"id"})))


def test_positive_values_may_be_skewed(tmp_path: Path) -> None:
    """Amounts that grow by a factor are not outliers; one beyond the logarithm's fences is."""
    amounts = [2**power for power in range(1, 24)]
    path = tmp_path / "amounts.csv"
    path.write_text("\n".join(["amount", *map(str, amounts)]) + "\n")
    assert profile_of(path, tmp_path / "one").column("amount").outliers == 0
    path.write_text("\n".join(["amount", *map(str, [*range(90, 112), 10**9])]) + "\n")
    assert profile_of(path, tmp_path / "two").column("amount").outliers == 1


def test_the_same_rows_profile_alike_in_every_format(tmp_path: Path) -> None:
    """CSV of any delimiter and encoding, JSON lines and a database table say the same."""
    (tmp_path / "a.csv").write_bytes("id;name\n1;Zoë\n2;\n".encode("cp1252"))
    (tmp_path / "b.txt").write_text("id^name\n1^Zoë\n2^\n", encoding="utf-16")
    (tmp_path / "c.jsonl").write_text('{"id": 1, "name": "Zoë"}\n{"id": 2}\n')
    with sqlite3.connect(tmp_path / "d.db") as database:
        database.execute("CREATE TABLE people (id INTEGER, name TEXT)")
        database.execute("INSERT INTO people VALUES (1, 'Zoë'), (2, NULL)")
    database.close()
    options = {"a.csv": {}, "b.txt": {"delimiter": "^"}, "c.jsonl": {}, "d.db": {"table": "people"}}
    found = [
        profile_of(tmp_path / name, tmp_path / f"scratch-{name}", **given)
        for name, given in options.items()
    ]
    assert [profile.columns for profile in found] == [found[0].columns] * 4
    assert found[0].column("name").top == (("Zoë", 1),)
