"""`aura bench retrieval` on a few documents, with the real embedding model."""

import shutil
from pathlib import Path

import pytest

from app.benchmarks.apart import MeasureError
from app.benchmarks.retrieval import lines, retrieval
from app.settings import Settings

QUESTIONS = """
- id: stopped
  question: A client stopped logging in. What should we do?
  relevant: [falling-usage, silent-client]
- id: weather
  question: What will the weather be tomorrow?
  relevant: []
"""


def test_marks_and_costs_are_measured(prepared_settings: Settings, tmp_path: Path) -> None:
    """Each ranking has its marks; each operation on the larger library its times."""
    (tmp_path / "few.yml").write_text(QUESTIONS, "utf-8")
    for name in ("falling-usage", "silent-client"):
        shutil.copy(prepared_settings.playbooks / f"{name}.md", tmp_path)
    settings = prepared_settings.model_copy(update={"playbooks": tmp_path})
    report = retrieval(settings, tmp_path, documents=3)
    assert {name: found.answerable for name, found in report.marks["few"].items()} == {
        "meaning only (dense)": 1,
        "words only (BM25)": 1,
        "hybrid, served": 1,
    }
    assert report.size
    taken = report.as_json()["size"]
    assert {name: taken[name]["wall"]["samples"] for name in ("index", "start", "seen")} == {
        "index": 1,
        "start": 1,
        "seen": 9,
    }
    assert all(taken[name]["cpu"]["p50_ms"] > 0 for name in ("index", "start", "seen", "query"))
    assert taken["chunks"] > taken["documents"] == 3
    assert any(line.startswith("edit, until an answer cites it") for line in lines(report))


def test_a_folder_without_questions_is_refused(prepared_settings: Settings, tmp_path: Path) -> None:
    """The message names the folder."""
    with pytest.raises(MeasureError, match="holds no questions"):
        retrieval(prepared_settings, tmp_path)
