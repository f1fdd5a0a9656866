from typing import Any

import pytest

from tools.models.actions import load_default, next_best_action
from tools.models.features import THEMES

PLAYS = load_default()
STRATEGIES = {
    "discount",
    "success_call",
    "training",
    "onboarding_help",
    "executive_sponsor",
    "contract_upgrade",
}


@pytest.mark.parametrize(
    ("themes", "client", "risk", "strategy"),
    [
        (["usage"], {"segment": "SMB", "tenure_days": 40}, "high", "onboarding_help"),
        (["usage"], {"segment": "SMB", "tenure_days": 400}, "high", "training"),
        (["support"], {"segment": "Enterprise", "tenure_days": 400}, "high", "executive_sponsor"),
        (["support"], {"segment": "SMB", "tenure_days": 400}, "high", "success_call"),
        (["contract", "usage"], {"segment": "SMB", "tenure_days": 400}, "low", "contract_upgrade"),
        (["price"], {"segment": None, "tenure_days": None}, "medium", "discount"),
        ([], {"segment": "SMB", "tenure_days": 40}, "low", None),
    ],
)
def test_the_strongest_reason_decides(
    themes: list[str], client: dict[str, Any], risk: Any, strategy: str | None
) -> None:
    """Each reason has its answer, narrowed by segment and age; no reason, no action."""
    assert next_best_action(PLAYS, themes, client, risk) == strategy


def test_every_reason_has_an_answer() -> None:
    """A client at risk is never left without an action, and actions are known strategies."""
    for theme in THEMES:
        client = {"segment": "SMB", "tenure_days": 900}
        assert next_best_action(PLAYS, [theme], client, "high") in STRATEGIES
