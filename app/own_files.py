"""Files of the user's own in place of the package's: the risk rules and the topics of feedback."""

from collections.abc import Iterable
from pathlib import Path

from app.settings import Settings
from tools.models import feedback_examples, rules
from tools.models.feedback_examples import Examples, ExamplesError
from tools.models.rules import RuleBook, RuleBookError


def read_rules(settings: Settings) -> RuleBook:
    """Read the rules that the next build scores with.

    Raises:
        RuleBookError: The file that AURA_RULES names cannot be read, or a rule is malformed.
    """
    if settings.rules is None:
        return rules.load_default()
    text = _text("AURA_RULES", settings.rules, "tools/models/rules.yml", RuleBookError)
    return RuleBook.from_yaml(text, str(settings.rules))


def read_topics(settings: Settings) -> Examples:
    """Read the examples that the next build reads feedback by.

    Raises:
        ExamplesError: The file that AURA_TOPICS names cannot be read, or is malformed.
    """
    if settings.topics is None:
        return feedback_examples.load_default()
    text = _text("AURA_TOPICS", settings.topics, "tools/models/feedback.yml", ExamplesError)
    return Examples.from_yaml(text, str(settings.topics))


def idle_rules(book: RuleBook, columns: Iterable[object]) -> list[str]:
    """Say which rules look at a column that the data do not have."""
    known = set(columns)
    return [
        f"Rule {rule.id} never fires: these data have no {rule.feature}."
        for rule in book.rules
        if rule.feature not in known
    ]


def _text(setting: str, path: Path, original: str, error: type[Exception]) -> str:
    mend = f"Name a copy of {original}, or leave {setting} out."
    try:
        return path.read_text(encoding="utf-8")
    except OSError as failure:
        raise error(f"{setting}={path}: {failure.strerror}. {mend}") from failure
    except UnicodeDecodeError as failure:
        raise error(f"{setting}={path}: it is not UTF-8 text. {mend}") from failure
