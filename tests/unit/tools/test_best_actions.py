from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from data.query import Scope
from tools import best_actions
from tools.contract import PastAction, ToolContext
from tools.models.hazards import EFFECT_DAYS
from tools.next_actions import NO_REPEAT_DAYS, Touched

AS_OF = date(2026, 10, 20)


class Log:
    """The entries of an action log, for all clients or one, from a day on."""

    def __init__(self, *entries: PastAction) -> None:
        self.entries = entries

    def past(
        self, *, customer_id: str | None = None, since: date | None = None
    ) -> list[PastAction]:
        """As `ActionsPort` says."""
        return [
            each
            for each in self.entries
            if customer_id in {None, each.customer_id} and (since is None or each.day >= since)
        ]


def _entry(day: date, arm: Any = None, customer_id: str = "C1") -> PastAction:
    assignment = "random" if arm else "targeted"
    return PastAction("I1", customer_id, "training", day, "", arm, assignment)


def _touched(log: Log | None, recorded: Touched, monkeypatch: pytest.MonkeyPatch) -> Touched:
    monkeypatch.setattr(best_actions, "read_touched", lambda *_, **__: recorded)
    context = SimpleNamespace(gold=SimpleNamespace(as_of=AS_OF), scope=Scope(), actions=log)
    return best_actions._touched(["C1", "C2"], cast("ToolContext", context))


@pytest.mark.parametrize(
    ("days_ago", "arm", "counts"),
    [
        (-30, None, True),
        (0, None, True),
        (NO_REPEAT_DAYS, None, True),
        (NO_REPEAT_DAYS + 1, None, False),
        (NO_REPEAT_DAYS + 1, "treatment", False),
        (NO_REPEAT_DAYS + 1, "control", True),
        (EFFECT_DAYS - 1, "control", True),
        (EFFECT_DAYS, "control", False),
    ],
)
def test_what_was_logged_here_counts_like_what_the_data_hold(
    days_ago: int, arm: Any, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An action for 60 days; the control group of a test until its outcome is known."""
    day = AS_OF - timedelta(days=days_ago)
    found = _touched(Log(_entry(day, arm)), {}, monkeypatch)
    expected = [("training", arm or "treatment", day, True)]
    assert found.get("C1", []) == (expected if counts else [])


def test_an_entry_that_the_data_hold_already_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another day or another client is another entry."""
    recorded = {"C1": [("training", "treatment", AS_OF, False)]}
    log = Log(_entry(AS_OF), _entry(AS_OF + timedelta(days=1)), _entry(AS_OF, customer_id="C2"))
    found = _touched(log, recorded, monkeypatch)
    assert [each[2] for each in found["C1"]] == [AS_OF, AS_OF + timedelta(days=1)]
    assert len(found["C2"]) == 1
    assert _touched(None, recorded, monkeypatch) == recorded
