"""Everything a slot filler may look at."""

from dataclasses import dataclass, field
from typing import Any

from app.agent.context import PlannerTurn
from app.agent.planner.clause import Clause
from app.agent.planner.conversation import Conversation
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.spans.span import Span


@dataclass
class Need:
    """One clause in its surroundings.

    Attributes:
        used: Spans that a filler has taken (a threshold's measure is not asked for).
        notes: What fillers tell each other, and what could not be settled.
        refers: The clause is about what an earlier one of the same message brought to light.
    """

    clause: Clause
    lexicon: Lexicon
    past: Conversation
    turn: PlannerTurn | None = None
    used: set[Span] = field(default_factory=set[Span])
    notes: dict[str, Any] = field(default_factory=dict[str, Any])
    refers: bool = False

    def fresh(self, **notes: Any) -> "Need":
        """The same clause with nothing taken yet."""
        return Need(
            self.clause, self.lexicon, self.past, self.turn, notes=notes, refers=self.refers
        )

    def free(self, kind: str) -> list[Span]:
        """Spans of a kind that no filler has taken."""
        return [s for s in self.clause.spans if s.kind == kind and s not in self.used]
