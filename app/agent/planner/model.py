"""The built-in planner as a chat model: it needs no key, no network and no weights to load."""

import json
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolMessage,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr

from app.agent.context import PlannerTurn
from app.agent.planner.compose import compose, suggestions_of
from app.agent.planner.conversation import (
    Frame,
    calls_of,
    current,
    read_conversation,
    result_of,
)
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.meaning import Embed, Meaning
from app.agent.planner.mending import failures, mended, plain_words
from app.agent.planner.plan import Plan, refusal
from app.agent.planner.references import Made
from app.agent.planner.understanding import understand
from data.query import Scope
from tools.contract import ToolResult

_CALLS: Final = 12
"""So many calls a turn at most."""

_BLANKS: Final = re.compile(r"\S+\s*|\s+")


class BuiltinPlanner(BaseChatModel):
    """Decides the next tool calls, or words the answer, from the messages alone.

    Bound tools are the only ones it calls. `turn` is passed with each call; without it the
    asker sees everything and no page is shown.

    Attributes:
        lexicon_for: What an asker of a scope can talk about; the caller may cache it.
        embed: Sentence encoder for a second opinion by meaning; words alone decide without it.
    """

    lexicon_for: Callable[[Scope], Lexicon] = Field(exclude=True)
    embed: Embed | None = Field(default=None, exclude=True)
    model_name: str = "builtin"
    _meaning: Meaning | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any, /) -> None:
        """Keep what the encoder is read with."""
        super().model_post_init(context)
        self._meaning = Meaning(self.embed) if self.embed else None

    @property
    def _llm_type(self) -> str:
        return "aura-builtin"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model_name}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind the tools that may be called."""
        specs = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=specs, tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 -- the base class's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 -- same
        **kwargs: Any,
    ) -> ChatResult:
        message = self._reply(messages, kwargs)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 -- the base class's signature
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(self._reply(messages, kwargs)):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _reply(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        turn: PlannerTurn | None = kwargs.get("turn")
        lexicon = self.lexicon_for(turn.scope if turn else Scope())
        bound = {tool["function"]["name"]: tool["function"] for tool in kwargs.get("tools") or ()}
        now = current(messages)
        text = str(now[0].text) if now and isinstance(now[0], HumanMessage) else ""
        made = Made(_outcomes(now))
        past = read_conversation(messages)
        plan = understand(text, past, lexicon, turn, frozenset(bound), made, self._meaning)
        plan = replace(
            plan,
            calls=tuple(_fitted(call, bound) for call in plan.calls),
            later=tuple(_fitted(call, bound) for call in plan.later),
        )
        if any(isinstance(message, ToolMessage) for message in now):
            return self._after_tools(messages, plan, made, lexicon)
        if plan.calls:
            return _calling(plan.calls, len(messages))
        return _saying(plan.text, plan, list(plan.suggestions), len(messages))

    def _after_tools(
        self,
        messages: list[BaseMessage],
        plan: Plan,
        made: Made,
        lexicon: Lexicon,
    ) -> AIMessage:
        now = current(messages)
        refused = failures(now)
        for message in refused:
            better = mended(now, message)
            if better is not None:
                return _calling([better], len(messages))
        called = [call for message in now for call in _calls(message)]
        later = [call for call in plan.later if call not in called]
        if later and len(called) < _CALLS:
            return _calling(later, len(messages))
        tools = [frame.tool for frame, _ in made.calls]
        results = [result for _, result in made.calls]
        trouble = "\n\n".join(dict.fromkeys(plain_words(message) for message in refused))
        if not results:
            return _saying(trouble, refusal(trouble), list(plan.suggestions), len(messages))
        text = compose(tools, results, plan, lexicon)
        text = f"{text}\n\n{trouble}" if trouble else text
        asking = next(
            (Frame(frame.tool, result.args) for frame, result in made.calls if result.asks_first),
            None,
        )
        ending = (
            plan
            if plan.pending
            else Plan(kind="confirmation", pending=asking)
            if asking
            else Plan()
        )
        return _saying(text, ending, suggestions_of(results), len(messages))


def _outcomes(now: Sequence[BaseMessage]) -> list[tuple[Frame, ToolResult]]:
    """The calls of this turn that succeeded, with their results, in order."""
    frames: dict[str, Frame] = {}
    done: list[tuple[Frame, ToolResult]] = []
    for message in now:
        if isinstance(message, AIMessage):
            frames |= calls_of(message)
        elif isinstance(message, ToolMessage):
            result = result_of(message)
            unknown = Frame(message.name or "", {})
            if result is not None:
                done.append((frames.get(message.tool_call_id, unknown), result))
    return done


def _calls(message: BaseMessage) -> list[Frame]:
    return list(calls_of(message).values()) if isinstance(message, AIMessage) else []


def _fitted(call: Frame, bound: dict[str, Any]) -> Frame:
    """Leave out arguments that the bound tool does not take."""
    schema = bound.get(call.tool, {}).get("parameters", {})
    known = schema.get("properties")
    if not known:
        return call
    return Frame(call.tool, {key: value for key, value in call.args.items() if key in known})


def _calling(calls: Sequence[Frame], length: int) -> AIMessage:
    return AIMessage(
        content="",
        id=_id("run", length, [(call.tool, dict(call.args)) for call in calls]),
        tool_calls=[
            {
                "name": call.tool,
                "args": dict(call.args),
                "id": _id("call", length, (place, call.tool, dict(call.args))),
                "type": "tool_call",
            }
            for place, call in enumerate(calls)
        ],
    )


def _saying(text: str, plan: Plan, suggestions: list[str], length: int) -> AIMessage:
    pending = plan.pending
    return AIMessage(
        content=text,
        id=_id("run", length, text),
        additional_kwargs={
            "kind": plan.kind,
            "suggestions": suggestions,
            "pending": {"name": pending.tool, "args": dict(pending.args)} if pending else None,
        },
    )


def _id(prefix: str, length: int, content: Any) -> str:
    """An id that is the same for the same conversation."""
    text = json.dumps([length, content], sort_keys=True, default=str)
    return f"{prefix}_{uuid.uuid5(uuid.NAMESPACE_OID, text).hex[:20]}"


def _chunks(message: AIMessage) -> Iterator[ChatGenerationChunk]:
    """The message piece by piece: its calls, or its words."""
    for place, call in enumerate(message.tool_calls):
        piece = {
            "name": call["name"],
            "args": json.dumps(call["args"]),
            "id": call["id"],
            "index": place,
            "type": "tool_call_chunk",
        }
        yield _chunk(message, "", tool_call_chunks=[piece])
    for word in _BLANKS.findall(str(message.text)):
        yield _chunk(message, word)
    yield _chunk(message, "", additional_kwargs=message.additional_kwargs, chunk_position="last")


def _chunk(message: AIMessage, text: str, **more: Any) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=text, id=message.id, **more))
