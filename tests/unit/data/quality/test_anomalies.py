"""A load against those before it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.ingest import ingest_file, ingest_folder
from data.landing import Landing
from data.mapping import Mapping as SourceMapping
from data.quality.anomalies import comparable, find_anomalies
from data.quality.history import LoadHistory
from data.quality.load_profile import LoadedColumn, LoadProfile

ALWAYS: dict[str, Any] = {"missing_share": 0.0}
CRM = SourceMapping.model_validate({"name": "crm", "rates": {"USD": 1}})


def load(rows: int, file: str = "tickets_01.csv", **columns: Mapping[str, Any]) -> LoadProfile:
    """A profile with the columns given."""
    made = {name: LoadedColumn(**{**ALWAYS, **one}) for name, one in columns.items()}
    return LoadProfile(file, "support_tickets", rows, "2026-01-01T00:00:00+00:00", made)


def told(new: LoadProfile, *earlier: LoadProfile) -> list[str]:
    """What is unusual, in words."""
    return [one.message for one in find_anomalies(new, earlier)]


def test_nothing_is_unusual_without_an_earlier_load_or_like_it() -> None:
    """The first load has nothing to be compared with; the same again is no news."""
    same = load(100, priority={"categories": ("high", "low")}, created_at={"maximum": "2026-01-31"})
    assert told(same) == []
    assert told(same, same, same) == []


def test_far_fewer_rows_than_the_last_loads() -> None:
    """The count is told against what was usual."""
    before = [load(990), load(1000), load(1010)]
    assert told(load(400), *before) == [
        "tickets_01.csv holds 60% fewer rows than the last 3 loads (400; usually 1,000)."
    ]
    assert told(load(700), *before) == []
    assert "2.5 times the rows of the last load" in told(load(2500), load(1000))[0]


def test_what_became_empty_or_new_or_too_large_or_too_early() -> None:
    """One sentence for each kind, with the figure before."""
    before = load(
        10,
        priority={"categories": ("high", "low")},
        satisfaction_score={"minimum": 1.0, "maximum": 5.0},
        created_at={"minimum": "2026-01-01", "maximum": "2026-01-31"},
        subject={"missing_share": 0.1},
        issue_type={"categories": ("billing",)},
    )
    new = load(
        10,
        priority={"categories": ("P1", "P2", "high")},
        satisfaction_score={"minimum": 1.0, "maximum": 50.0},
        created_at={"minimum": "2025-12-01", "maximum": "2025-12-31"},
        subject={"missing_share": 0.7},
    )
    assert told(new, before) == [
        "priority has 2 new values: P1, P2.",
        "satisfaction_score reaches 50; before at most 5.",
        "created_at ends on 2025-12-31, before the 2026-01-31 of the last load.",
        "subject is empty in 70% of the rows; before in 10%.",
        "issue_type is empty throughout; before it was not.",
    ]


def test_only_the_same_series_is_compared() -> None:
    """Two parts of one export differ by nature; two months of one series should not."""
    history = [load(10, "tickets_01.csv"), load(20, "emea.csv"), load(30, "tickets_02.csv")]
    found = comparable(history, "tickets_03.csv", "support_tickets")
    assert [one.rows for one in found] == [10, 30]
    assert comparable(history, "new.csv", "support_tickets") == []
    assert len(comparable(history, "new.csv", "support_tickets", any_name=True)) == 3
    assert comparable(history, "tickets_03.csv", "surveys") == []


def test_each_load_keeps_its_profile_and_is_judged(tmp_path: Path) -> None:
    """Loading writes the figures beside the load; a repetition changes nothing."""
    landing = tmp_path / "landing"
    history = LoadHistory(Landing(landing / "crm"))
    for month, count in enumerate([9, 10, 11, 3], start=1):
        lines = [f"s{month}-{row},c1,2026-{month:02d}-10,{row % 11}" for row in range(count)]
        path = tmp_path / f"surveys_{month:02d}.csv"
        header = "survey_id,customer_id,response_date,nps_score"
        path.write_text("\n".join([header, *lines]) + "\n")
        ingest_file(path, "surveys", CRM, landing)
    profiles = history.profiles()
    assert [one.rows for one in profiles] == [9, 10, 11, 3]
    assert [len(one.anomalies) for one in profiles] == [0, 0, 0, 1]
    assert "70% fewer rows than the last 3 loads" in profiles[-1].anomalies[0].message
    assert profiles[0].columns["nps_score"].maximum == 8
    assert profiles[0] == LoadProfile.from_json(profiles[0].to_json())
    ingest_file(tmp_path / "surveys_04.csv", "surveys", CRM, landing)
    assert history.profiles() == profiles


def test_a_profile_outlives_the_load_that_was_replaced(tmp_path: Path) -> None:
    """A folder that replaces everything is still compared with what it replaced."""
    folder, landing = tmp_path / "in", tmp_path / "landing"
    folder.mkdir()
    for count in (100, 20):
        rows = "".join(f"c{place},Name {place}\n" for place in range(count))
        (folder / "customers.csv").write_text(f"customer_id,name\n{rows}")
        ingest_folder(folder, CRM, landing, replace_all=True)
    target = Landing(landing / "crm")
    assert len(target.loads()) == 1
    newest = LoadHistory(target).newest("customers.csv", "customers")
    assert newest is not None
    assert [one.kind for one in newest.anomalies] == ["rows"]
