"""The risk rules that the next build scores with: those of the package, or a file of the user's."""

from collections.abc import Iterable

from app.settings import Settings
from tools.models.rules import RuleBook, RuleBookError, load_default


def read_rules(settings: Settings) -> RuleBook:
    """Read the file that AURA_RULES names, or without one the rules of the package.

    Raises:
        RuleBookError: The file cannot be read, or a rule in it is malformed.
    """
    path = settings.rules
    if path is None:
        return load_default()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RuleBookError(f"AURA_RULES={path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RuleBookError(f"AURA_RULES={path}: it is not UTF-8 text.") from error
    return RuleBook.from_yaml(text, str(path))


def idle_rules(book: RuleBook, columns: Iterable[object]) -> list[str]:
    """Say which rules look at a column that the data do not have."""
    known = set(columns)
    return [
        f"Rule {rule.id} never fires: these data have no {rule.feature}."
        for rule in book.rules
        if rule.feature not in known
    ]
