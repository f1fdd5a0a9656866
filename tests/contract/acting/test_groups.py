"""Drafts for a whole group, and samples for reading."""

import csv
import io
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app.sampling import CASES, Case, sample, write_samples
from app.store.exports import Exports
from data.query import Filter, Scope
from tools.errors import FinalToolError

GROUP = [Filter(dimension="segment", value="Mid-Market")]


def test_a_group_is_split_at_random_in_equal_shares(desk: Any) -> None:
    """Asked first; then recorded with its probability and written to a file for everybody."""
    asked = desk.do(filters=GROUP, topic="the renewal", variants=2)
    assert asked.summary.startswith("Nothing is saved yet.")
    assert desk.context.drafts is not None
    assert desk.context.drafts.tally("angle", desk.context.gold.names(Scope())) == []
    done = desk.agree(asked)
    (file,) = done.files
    assert isinstance(desk.context.files, Exports)
    stored = desk.context.files.at("ann", file.url)
    assert stored is not None
    rows = list(csv.DictReader(io.StringIO(stored.path.read_text("utf-8"), newline="")))
    counts = Counter(row["variant"] for row in rows)
    assert len(rows) == desk.facts(done)["customers"] > 10
    assert abs(counts["A"] - counts["B"]) <= 1
    for row in rows[:20]:
        client = desk.context.gold.customer(row["customer_id"], Scope()) or {}
        assert client["consent_contact"] is True
        assert client["segment"] == "Mid-Market"
        kept = desk.context.drafts.latest(user_id="ann", customer_id=row["customer_id"])
        assert [(each.draft.variant, each.draft.propensity) for each in kept] == [
            (row["variant"], 0.5)
        ]
        assert kept[0].draft.message == row["message"]
    with pytest.raises(FinalToolError, match="Which client"):
        desk.do(action="used")


def test_clients_contacted_lately_are_left_out_of_a_group(desk: Any) -> None:
    """They are counted, not written to."""
    before = desk.facts(desk.do(filters=GROUP))
    rows = desk.context.gold.customers(filters=GROUP, scope=Scope(), limit=8).rows
    drafted = [desk.facts(desk.do(customer=str(row[0]))) for row in rows]
    fresh = [each for each in drafted if each["drafted"] == "email" and "last_contact" not in each]
    desk.do(action="used", draft=fresh[0]["draft_id"])
    after = desk.facts(desk.do(filters=GROUP))
    assert after["customers"] == before["customers"] - 1
    assert after["contacted_lately"] == before["contacted_lately"] + 1


def test_samples_are_written_for_every_case_that_the_data_have(desk: Any, tmp_path: Path) -> None:
    """One file, no field left open."""
    found: list[Case] = []
    for case in CASES:
        with suppress(FinalToolError):
            sample(case, desk.context, set())
            found.append(case)
    assert len(found) >= 8
    text = write_samples(desk.context, tmp_path / "samples", found).read_text("utf-8")
    assert text.count("\n## ") == len(found)
    assert "{" not in text
    assert "None" not in text
