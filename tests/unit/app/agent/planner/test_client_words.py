"""Questions about what clients say: topic, NPS groups, quotes and steps in time."""

from collections.abc import Callable
from typing import Any

import pytest

from app.agent.planner.plan import Plan

SUPPORT = {"dimension": "topic", "op": "=", "value": "support"}
PRICE = {"dimension": "topic", "op": "=", "value": "price"}
LEFT = {"dimension": "status", "op": "=", "value": "churned"}
SMB = {"dimension": "segment", "op": "=", "value": "SMB"}


@pytest.mark.parametrize(
    ("text", "filters", "by"),
    [
        ("What do detractors complain about compared with promoters?", [], "nps_group"),
        ("compare what promoters and detractors say", [], "nps_group"),
        ("what do SMB clients complain about", [SMB], None),
        ("how has sentiment about support changed since June", [SUPPORT], "month"),
        ("how do clients feel about support", [SUPPORT], None),
        ("what do clients say in support tickets", [], None),
        ("quotes about pricing from churned clients", [LEFT, PRICE], "quote"),
        ("what do clients say about our pricing", [PRICE], None),
        ("which topic hurts most", [], "topic"),
        ("sentiment by topic", [], "topic"),
        ("sentiment by month", [], "month"),
        ("feedback by segment", [], "segment"),
    ],
)
def test_a_question_about_opinions_is_understood(
    text: str, filters: list[dict[str, Any]], by: str | None, say: Callable[..., Plan]
) -> None:
    """Tool, filters and split are those that were meant."""
    (call,) = say(text).calls
    assert call.tool == "analyze_feedback"
    assert call.args.get("filters", []) == filters
    assert call.args.get("by") == by
