import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import wiring
from app.evaluation.cases import OWN_CASES, load_cases
from app.evaluation.report import lines
from app.evaluation.run import Report, evaluate
from app.settings import Settings
from app.wiring import Parts

MARKS = Path(__file__).with_name("marks.json")


@pytest.fixture(scope="module")
def parts(prepared_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The whole product over the small fixture, with the built-in planner and an empty store."""
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'aura.db'}"
    built = wiring.build(prepared_settings.model_copy(update={"database_url": store}))
    yield built
    built.close()


def _hold_marks(name: str, report: Report) -> None:
    """Compare with the marks reached before; they only go up."""
    reached = json.loads(MARKS.read_text(encoding="utf-8"))[name]
    told = "\n".join(lines(report))
    assert report.marks["all"].passed >= reached["passed"], told
    assert report.marks["all"].aspects["grounded"] == 1.0, told
    assert report.marks["all"].cases >= reached["cases"], told


def test_our_cases_keep_their_marks(parts: Parts) -> None:
    """Questions of our own stay answered: tool, arguments, number and wording."""
    _hold_marks("own", asyncio.run(evaluate(parts, load_cases(OWN_CASES))))


def test_shared_cases_keep_their_marks(parts: Parts, shared: Path) -> None:
    """The cases everybody sees stay answered, for every tool that is registered."""
    cases = load_cases(shared / "eval" / "cases.yaml")
    _hold_marks("shared", asyncio.run(evaluate(parts, cases)))
