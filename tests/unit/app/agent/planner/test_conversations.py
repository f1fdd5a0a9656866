"""Follow-ups: what was said and shown before decides what is meant."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.agent.planner.conversation import Conversation, Exchange
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.plan import Plan
from tools.contract import Citation, Column, Table, ToolResult

TALKS = yaml.safe_load((Path(__file__).parent / "conversations.yml").read_text("utf-8"))


def _results(turn: Mapping[str, Any], lexicon: Lexicon) -> list[ToolResult]:
    columns = [Column(name="name", unit="text"), Column(name="customer_id", unit="text")]
    if "listed" in turn:
        rows = [[lexicon.customers[key], key] for key in turn["listed"]]
        return [ToolResult(summary="", table=Table(columns=columns, rows=rows))]
    cited = [
        Citation(source=key, title=key, heading="Steps", passage="…")
        for key in turn.get("cited", ())
    ]
    return [ToolResult(summary="", citations=cited)] if cited else []


@pytest.mark.parametrize("talk", TALKS, ids=[talk["id"] for talk in TALKS])
def test_a_conversation_is_followed(
    talk: dict[str, Any],
    say: Callable[..., Plan],
    fault: Callable[[Mapping[str, Any], Plan], str],
    lexicon: Lexicon,
) -> None:
    """Every turn is read in the light of those before."""
    past = Conversation()
    for turn in talk["turns"]:
        plan = say(turn["say"], past)
        assert fault(turn, plan) == "", turn["say"]
        past.exchanges.append(
            Exchange(
                turn["say"], list(plan.calls), _results(turn, lexicon), plan.kind, plan.pending
            )
        )
