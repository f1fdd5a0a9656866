"""docs/OPERATIONS.md says what the code does."""

from datetime import date
from pathlib import Path

from app.settings import variable_names
from app.webhook import payload
from tools.models.alerts import KINDS, RENEWAL_DAYS, SURGE_TICKETS
from tools.models.rules import RuleBook

REPO = Path(__file__).parents[2]
GUIDE = (REPO / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")


def test_every_kind_of_alert_is_explained() -> None:
    """With the thresholds in use."""
    assert not [kind for kind in KINDS if f"| `{kind}` |" not in GUIDE]
    assert f"ends within {RENEWAL_DAYS} days" in GUIDE
    assert f"{SURGE_TICKETS} or more tickets in 30 days" in GUIDE


def test_the_settings_it_names_exist() -> None:
    """And those of refresh and webhook are all named."""
    names = variable_names()
    wanted = [name for name in names if "WEBHOOK" in name or "REFRESH" in name]
    assert len(wanted) >= 3
    assert not [name for name in wanted if f"`{name}" not in GUIDE]


def test_the_rules_file_it_names_can_be_copied_and_edited() -> None:
    """The file is there, and the threshold of the example is one of its lines."""
    assert "`tools/models/rules.yml`" in GUIDE
    assert "AURA_RULES=my-rules.yml" in GUIDE
    text = (REPO / "tools" / "models" / "rules.yml").read_text(encoding="utf-8")
    changed = RuleBook.from_yaml(text.replace("threshold: 30\n", "threshold: 45\n"))
    assert changed.rule("inactive").threshold == 45


def test_the_payload_it_shows_has_the_keys_that_are_sent() -> None:
    """A receiver can be written from the page."""
    sent = payload([], "id", date(2026, 10, 20), details=True)
    assert not [key for key in sent if f'"{key}"' not in GUIDE and f"`{key}`" not in GUIDE]
