from datetime import date
from pathlib import Path

import pytest

from knowledge.front_matter import FrontMatter
from knowledge.lint import SECTIONS, lint_folder
from knowledge.scaffold import new_playbook

METRICS = ("logo_churn_rate", "grr")


@pytest.fixture
def play(tmp_path: Path) -> Path:
    """A new play, as it is begun."""
    return new_playbook(tmp_path, "my-play", "My play", date(2026, 11, 1))


def _messages(play: Path) -> list[str]:
    return [str(problem).removeprefix(f"{play}:") for problem in lint_folder(play.parent, METRICS)]


def test_a_new_play_has_nothing_to_mend(play: Path) -> None:
    """What we begin for a person passes our own check."""
    assert _messages(play) == []


@pytest.mark.parametrize(
    ("old", "new", "found_at", "message"),
    [
        ("metrics: [logo_churn_rate]", "metrics: [churn_rat]", "metrics:", "'churn_rat' is no"),
        ("cost_per_customer: 0", "cost_per_customer: -5", "cost_per", "cost_per_customer"),
        ("**Day 0 ·", "**Day 3 ·", "## Steps", "the front matter says day 0 Account manager"),
        ("## Measures\n", "## Measure\n", "---", "section 'Measures' is missing or empty"),
        ("Assumed, reported", "Measured", "## Evidence", "must begin with 'Assumed'"),
        ("What has happened and why it matters.", "", "---", "'Situation' is missing"),
    ],
    ids=["metric", "cost", "steps", "section", "evidence", "empty"],
)
def test_a_fault_is_told_with_its_line(
    play: Path, old: str, new: str, found_at: str, message: str
) -> None:
    """File and line, what was wrong, what is allowed."""
    text = play.read_text("utf-8")
    assert old in text
    play.write_text(text.replace(old, new), "utf-8")
    (said,) = _messages(play)
    line, _, told = said.partition(":")
    assert message in told
    assert play.read_text("utf-8").splitlines()[int(line) - 1].startswith(found_at)


def test_sections_out_of_order_are_told_once(play: Path) -> None:
    """The first one that stands wrong."""
    text = play.read_text("utf-8")
    head, signals, rest = text.partition("## Signals")
    body, steps, tail = rest.partition("## Steps")
    play.write_text(head + steps + tail + "\n" + signals + body, "utf-8")
    (said,) = _messages(play)
    assert "section 'Steps' stands where 'Signals' belongs" in said


def test_the_guide_names_every_field_and_section() -> None:
    """What a person writing a play reads is what the check asks for."""
    guide = (Path(__file__).parents[3] / "docs" / "PLAYBOOKS.md").read_text("utf-8")
    for field in FrontMatter.model_fields:
        assert f"`{field}`" in guide
    assert ", ".join(SECTIONS) in " ".join(guide.split())
