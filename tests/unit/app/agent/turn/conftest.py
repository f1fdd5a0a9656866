"""What is heard of one turn."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from app.agent.context import PageContext
from app.agent.events import Answered, Token, TurnAnswer, TurnEvent, Withdrawn
from app.agent.turn import Turns
from app.governance.identity import Asker


@dataclass(frozen=True, slots=True)
class Heard:
    """The events of a turn, as a door gets them."""

    events: list[TurnEvent]

    @property
    def answer(self) -> TurnAnswer:
        """The response, which comes last."""
        last = self.events[-1]
        assert isinstance(last, Answered)
        return last.answer

    @property
    def spelled(self) -> str:
        """What a reader of the tokens has on the page at the end."""
        text = ""
        for event in self.events:
            if isinstance(event, Withdrawn):
                text = ""
            elif isinstance(event, Token):
                text += event.text
        return text


@pytest.fixture
def hear(asker: Asker) -> Callable[..., Awaitable[Heard]]:
    """Asks one question of the session `s`, as Ann unless it is `by` somebody else."""

    async def _hear(
        turns: Turns,
        text: str = "What is our MRR?",
        *,
        page: PageContext | None = None,
        by: Asker = asker,
    ) -> Heard:
        stream = turns.run_turn(by, text, "s", page or PageContext())
        return Heard([event async for event in stream])

    return _hear
