"""A conversation over real data with a model elsewhere, behind the guard."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from app.agent.context import PageContext
from app.agent.events import TurnAnswer
from app.agent.llm import LlmChoice
from app.agent.turn import Turns
from app.governance.identity import demo_asker
from app.wiring import Parts
from data.gold import Gold
from data.gold_identities import ClientIdentity, read_identities

Step = Callable[[list[BaseMessage]], AIMessage]


class Model(BaseChatModel):
    """Does as told, step by step; keeps what it was sent."""

    steps: list[Any]
    heard: list[list[BaseMessage]] = Field(default_factory=list[list[BaseMessage]])

    @property
    def _llm_type(self) -> str:
        return "told"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:  # noqa: ARG002 -- the base's signature
        """Tools are taken as given."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 -- the base's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        step: Step = self.steps[min(len(self.heard), len(self.steps) - 1)]
        self.heard.append(messages)
        return ChatResult(generations=[ChatGeneration(message=step(messages))])

    @property
    def text(self) -> str:
        """All that it was sent."""
        return "\n".join(
            f"{message.text} {json.dumps(getattr(message, 'tool_calls', []))}"
            for messages in self.heard
            for message in messages
        )


class Steps:
    """What a model may be told to do."""

    @staticmethod
    def calls(tool: str, **args: Any) -> Step:
        """Call a tool."""
        call = {"name": tool, "args": args, "id": "call_1"}
        return lambda _: AIMessage("", tool_calls=[call])

    @staticmethod
    def calls_with_token(tool: str, argument: str = "customer") -> Step:
        """Call a tool with the token of the question."""

        def step(messages: list[BaseMessage]) -> AIMessage:
            token = next(word for word in messages[-1].text.split() if word.startswith("CLIENT_"))
            call = {"name": tool, "args": {argument: token.strip("?.,")}, "id": "call_1"}
            return AIMessage("", tool_calls=[call])

        return step

    @staticmethod
    def repeats(messages: list[BaseMessage]) -> AIMessage:
        """Say what it has read."""
        return AIMessage("\n\n".join(m.text for m in messages if isinstance(m, ToolMessage)))

    @staticmethod
    def says(text: str) -> Step:
        """Say something."""
        return lambda _: AIMessage(text)


@dataclass
class Chat:
    """A conversation with a model behind the guard."""

    turns: Turns
    model: Model
    parts: Parts
    session_id: str | None = field(default=None)

    async def ask(self, text: str, **page: Any) -> TurnAnswer:
        """One turn."""
        asker = demo_asker()
        context = PageContext.model_validate(page)
        answer = await self.turns.answer(asker, text, self.session_id, context)
        self.session_id = answer.session_id
        return answer


@pytest.fixture
def steps() -> type[Steps]:
    """The steps of a model."""
    return Steps


@pytest.fixture
def chat(parts: Parts) -> Callable[..., Chat]:
    """Begins a conversation with a model that takes these steps."""

    def begin(*steps: Step) -> Chat:
        model = Model(steps=list(steps))
        choice = LlmChoice("test:model", model)
        turns = Turns(replace(parts.turns._parts, llm=choice))
        return Chat(turns, model, parts)

    return begin


@pytest.fixture(scope="module")
def silent(gold: Gold) -> ClientIdentity:
    """An active client who may not be described, whose first word is its own."""
    return _first(gold, consent=False)


@pytest.fixture(scope="module")
def open_one(gold: Gold) -> ClientIdentity:
    """An active client who may be described, whose first word is its own."""
    return _first(gold, consent=True)


def _first(gold: Gold, *, consent: bool) -> ClientIdentity:
    everybody = read_identities(gold)
    words = [one.name.split()[0] for one in everybody]
    rows = gold.reader.rows(
        "SELECT customer_id FROM warehouse.gold.customer_health_scores "
        "JOIN warehouse.gold.customer_metrics USING (customer_id) WHERE consent_contact",
        {},
    )[1]
    active = {row[0] for row in rows}
    return next(
        one
        for one in everybody
        if one.consent_ai == consent
        and one.customer_id in active
        and words.count(one.name.split()[0]) == 1
    )
