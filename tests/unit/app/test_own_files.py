"""The rules a build scores with, and the topics it reads feedback by."""

from pathlib import Path

import pytest

from app.own_files import idle_rules, read_rules, read_topics
from app.settings import Settings
from tools.models import feedback_examples
from tools.models.feedback_examples import ExamplesError
from tools.models.rules import DEFAULT_FILE, RuleBookError, load_default

MODELS = Path(__file__).parents[3] / "tools" / "models"


def test_without_a_setting_the_rules_are_ours(tmp_path: Path) -> None:
    """AURA_RULES may be left out."""
    assert read_rules(Settings(home=tmp_path, rules=None)) == load_default()


def test_a_copy_with_another_threshold_counts(tmp_path: Path) -> None:
    """Copy, edit, name: the words follow the threshold."""
    mine = tmp_path / "mine.yml"
    text = (MODELS / DEFAULT_FILE).read_text("utf-8").replace("threshold: 30\n", "threshold: 21\n")
    mine.write_text(text, encoding="utf-8")
    book = read_rules(Settings(home=tmp_path, rules=mine))
    assert book.rule("inactive").threshold == 21
    assert book.rule("inactive").label() == "No login for more than 21 days"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "AURA_RULES=.*mine.yml: No such file"),
        (b"\xff\xfe\x00", "AURA_RULES=.*mine.yml: it is not UTF-8 text"),
        (b"rules: [", "mine.yml is not valid YAML"),
        (b"rules: 3", "mine.yml: rules: 3 does not fit"),
    ],
    ids=["absent", "not text", "not YAML", "no rules"],
)
def test_a_rules_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """One line says which file and why."""
    mine = tmp_path / "mine.yml"
    if content is not None:
        mine.write_bytes(content)
    with pytest.raises(RuleBookError, match=said) as caught:
        read_rules(Settings(home=tmp_path, rules=mine))
    assert "\n" not in str(caught.value)


def test_a_rule_without_its_column_is_told() -> None:
    """A misspelt attr_ column would keep silent for ever."""
    book = load_default()
    columns = [rule.feature for rule in book.rules if rule.id != "inactive"]
    assert idle_rules(book, columns) == [
        "Rule inactive never fires: these data have no days_since_last_login."
    ]


def test_without_a_setting_the_topics_are_ours(tmp_path: Path) -> None:
    """AURA_TOPICS may be left out."""
    assert read_topics(Settings(home=tmp_path, topics=None)) == feedback_examples.load_default()


def test_a_copy_with_another_topic_counts(tmp_path: Path) -> None:
    """Copy, add, name."""
    mine = tmp_path / "mine.yml"
    added = "topics:\n  parking:\n    negative: [There is no parking space.]\n"
    text = (MODELS / "feedback.yml").read_text("utf-8").replace("topics:\n", added, 1)
    mine.write_text(text, encoding="utf-8")
    assert "parking" in read_topics(Settings(home=tmp_path, topics=mine)).topics


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "AURA_TOPICS=.*mine.yml: No such file"),
        (b"\xff\xfe\x00", "AURA_TOPICS=.*mine.yml: it is not UTF-8 text"),
        (b"topics: {}", "mine.yml: topics"),
    ],
    ids=["absent", "not text", "no topics"],
)
def test_a_topics_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """Setting, file and what is wrong."""
    mine = tmp_path / "mine.yml"
    if content is not None:
        mine.write_bytes(content)
    with pytest.raises(ExamplesError, match=said):
        read_topics(Settings(home=tmp_path, topics=mine))
