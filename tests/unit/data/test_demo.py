import json
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.demo import write_demo
from data.raw import ENTITIES
from data.simulator.config import SimulationConfig
from data.simulator.vocabulary import STRATEGIES
from data.simulator.world import TABLES, simulate

AS_OF = date(2026, 11, 20)


def small_demo(folder: Path, seed: int = 7) -> Path:
    """300 clients over 18 months."""
    return write_demo(folder, customers=300, months=18, seed=seed, as_of=AS_OF)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo on disk."""
    return small_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, Any]:
    """Its truth file."""
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def digests(folder: Path) -> dict[str, str]:
    """A fingerprint of every file."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_same_seed_same_bytes_other_seed_other_bytes(folder: Path, tmp_path: Path) -> None:
    """A demo can be made again to the byte, and the seed matters."""
    again = digests(small_demo(tmp_path / "again"))
    other = digests(small_demo(tmp_path / "other", seed=8))

    assert again == digests(folder)
    assert set(other) == set(again)
    assert all(other[name] != again[name] for name in again)


def test_a_file_an_entity_with_its_columns(folder: Path) -> None:
    """The files are named by entity and bring every raw column, none missing, none unknown."""
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{name}.csv" for name in TABLES} | {
        "engagement_events.parquet",
        "truth.json",
    }
    for name in TABLES:
        header = (folder / f"{name}.csv").read_bytes().splitlines()[0].decode("utf-8-sig")
        assert set(header.split(",")) == set(ENTITIES[name].columns), name
    events = pq.read_schema(folder / "engagement_events.parquet").names
    assert set(events) == set(ENTITIES["engagement_events"].columns)


def test_encodings_are_odd(folder: Path) -> None:
    """The importer's repairs have something to repair: a mark, mixed lines, a code page."""
    customers = (folder / "customers.csv").read_bytes()
    assert customers.startswith(b"\xef\xbb\xbf")
    lines = customers.splitlines()
    assert 0 < sum(not _is_utf8(line) for line in lines) < len(lines) / 10
    surveys = (folder / "surveys.csv").read_bytes()
    assert not _is_utf8(surveys)
    assert "é" in surveys.decode("cp1252")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("entity", TABLES)
def test_mess_is_small_and_loses_no_fact(folder: Path, truth: dict[str, Any], entity: str) -> None:
    """Broken rows are extra rows: without them and the repeats the clean table is left."""
    clean = simulate(SimulationConfig(AS_OF, customers=300, months=18)).table(entity)
    key = clean.columns[0]
    encoding = "cp1252" if entity == "surveys" else "latin-1"
    messy = pd.read_csv(folder / f"{entity}.csv", encoding=encoding, dtype=str)
    messy.columns = list(clean.columns)
    counts = truth["mess"][entity]

    kept = messy[messy[key].isin(clean[key])].drop_duplicates()
    assert sorted(kept[key]) == sorted(clean[key])
    assert counts["rows"] == len(messy) == len(clean) + counts["broken"] + counts["repeated"]
    assert 1 <= counts["broken"] <= 0.01 * len(clean) + 1
    assert counts["repeated"] == messy[messy[key].isin(clean[key])].duplicated().sum()
    assert counts["late"] >= 1


def test_events_hold_the_counted_mess(folder: Path, truth: dict[str, Any]) -> None:
    """Repeated and broken events are as many as the truth file says, and a file goes back in time."""
    events = pq.read_table(folder / "engagement_events.parquet").to_pandas()
    counts = truth["mess"]["engagement_events"]
    required = ["customer_id", "timestamp"]

    assert len(events) == counts["rows"]
    assert events[required].isna().any(axis=1).sum() == counts["broken"] > 0
    assert events.duplicated().sum() == counts["repeated"] > 0
    assert not events["timestamp"].dropna().dt.normalize().is_monotonic_increasing


def test_events_target_is_met(tmp_path: Path) -> None:
    """The number of events can be asked for without changing the clients."""
    write_demo(tmp_path, customers=50, months=6, as_of=AS_OF, events_target=30_000)
    rows = pq.read_metadata(tmp_path / "engagement_events.parquet").num_rows
    assert rows == pytest.approx(30_000, rel=0.03)


def test_progress_names_every_entity(tmp_path: Path) -> None:
    """Whoever waits sees what is being made."""
    lines: list[str] = []
    write_demo(tmp_path, customers=30, months=6, as_of=AS_OF, progress=lines.append)
    for entity in (*TABLES, "engagement_events", "truth"):
        assert any(entity in line for line in lines), entity


def test_truth_file_is_aggregate_and_complete(folder: Path, truth: dict[str, Any]) -> None:
    """The truth says enough to check Aura's findings and names no client."""
    text = (folder / "truth.json").read_text(encoding="utf-8")
    assert "C000" not in text
    assert truth["as_of"] == AS_OF.isoformat()
    assert set(truth["strategies"]) == set(STRATEGIES)
    assert {"usage_decline", "price_rise", "term_ending"} <= set(truth["hazard"]["coefficients"])
    assert 0 < truth["churn"]["mean_prob_90d"] < 1
    for strategy in truth["strategies"].values():
        assert strategy["overall"]["effect"] >= 0
        assert set(strategy["by_segment"]) == {"SMB", "Mid-Market", "Enterprise"}
        assert strategy["overall"]["cost_per_treated_usd"] > 0
