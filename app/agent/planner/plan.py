"""What a turn will do: calls, or a question, a refusal, a confirmation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.agent.planner.conversation import Frame

Kind = Literal["answer", "question", "refusal", "confirmation"]


@dataclass(frozen=True)
class Plan:
    """The decision for one turn.

    Attributes:
        calls: Tools to call, in order.
        kind: How the turn ends when nothing is called.
        text: What to say when nothing is called, or before the results when something is.
        pending: The call that waits for a yes.
        focus: What the answer should lead with (fields of a client's card, a definition).
        later: Those of the calls that rest on the results of the others.
    """

    calls: tuple[Frame, ...] = ()
    kind: Kind = "answer"
    text: str = ""
    pending: Frame | None = None
    suggestions: tuple[str, ...] = ()
    focus: Mapping[str, Any] = field(default_factory=dict[str, Any])
    later: tuple[Frame, ...] = ()


def question(text: str, suggestions: tuple[str, ...] = ()) -> Plan:
    """Ask back."""
    return Plan(kind="question", text=text, suggestions=suggestions)


def refusal(text: str, suggestions: tuple[str, ...] = ()) -> Plan:
    """Decline, saying what can be done instead."""
    return Plan(kind="refusal", text=text, suggestions=suggestions)
