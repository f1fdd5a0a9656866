"""Tables of utterances, and how a planned call is compared with the expected one."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from app.agent.planner.building import sample_lexicon
from app.agent.planner.conversation import Conversation
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.plan import Plan
from app.agent.planner.understanding import understand

Say = Callable[..., Plan]


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    """The sample lexicon."""
    return sample_lexicon()


@pytest.fixture(scope="session")
def say(lexicon: Lexicon) -> Say:
    """Understand one text, after a conversation if one is given."""

    def understood(text: str, past: Conversation | None = None) -> Plan:
        return understand(text, past or Conversation(), lexicon, None)

    return understood


@pytest.fixture(scope="session")
def fault() -> Callable[[Mapping[str, Any], Plan], str]:
    """What is wrong with a plan, "" when nothing is."""
    return _fault


def _fault(expected: Mapping[str, Any], plan: Plan) -> str:
    """What is wrong with a plan, "" when nothing is."""
    if "tools" in expected:
        missing = set(expected["tools"]) - {call.tool for call in plan.calls}
        return f"not called: {missing}" if missing else ""
    if "kind" in expected:
        return _fault_of_words(expected, plan)
    tools = expected["tool"] if isinstance(expected["tool"], list) else [expected["tool"]]
    calls = [call for call in plan.calls if call.tool in tools]
    if not calls:
        return f"called {[call.tool for call in plan.calls]}: {plan.kind} {plan.text}"
    return min((_fault_of_args(expected["args"], call.args) for call in calls), key=len)


def _fault_of_words(expected: Mapping[str, Any], plan: Plan) -> str:
    if plan.kind != expected["kind"] or plan.calls:
        return f"{plan.kind} {plan.text} {plan.calls}"
    pending = plan.pending.tool if plan.pending else None
    return "" if pending == expected.get("pending") else f"pending {pending}"


def _fault_of_args(expected: Mapping[str, Any], args: Mapping[str, Any]) -> str:
    for name, wanted in expected.items():
        got = args.get(name)
        if name == "filters":
            right = _filters(got or []) == {key: _plain(value) for key, value in wanted.items()}
        elif name == "period":
            right = (got and [got["start"], got["end"]]) == wanted
        elif name == "metrics":
            right = set(wanted) <= set(got or [])
        else:
            right = got == wanted
        if not right:
            return f"{name} is {got}, wanted {wanted}"
    return ""


def _filters(filters: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["dimension"]: _plain([item["op"], item["value"]]) for item in filters}


def _plain(value: Any) -> tuple[str, tuple[str, ...]]:
    """`x` and `[op, x]` alike, values in order of their text."""
    op, operand = value if isinstance(value, list) else ("=", value)
    values = operand if isinstance(operand, list) else [operand]
    return op, tuple(sorted(str(item) for item in values))
