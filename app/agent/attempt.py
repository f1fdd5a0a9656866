"""One model's try at a turn: run, mend once, ground, keep, record."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.tools import BaseTool

from app import metrics
from app.agent.answer import Stamp, assemble, tool_calls
from app.agent.events import Answered, Token, TurnAnswer, TurnEvent, Withdrawn
from app.agent.failures import EmptyAnswerError, NonsenseError, StaysHomeError
from app.agent.gate import MEND_REQUEST, Grounded, close
from app.agent.graph import Agent
from app.agent.grounding import unbacked
from app.agent.guard import Guard
from app.agent.history import LOADED, OWN_KEYS, from_rows, to_rows
from app.agent.outbox import Outbox
from app.agent.parts import Turn, TurnParts
from app.agent.refining import Refiner
from app.agent.run import AgentRun
from app.agent.turn_context import TurnContext, turn_context

log = structlog.get_logger(__name__)

PLANNER_TIMEOUT_SECONDS = 60.0
_AT_HOME = "**Answered on this machine:**"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A model with its loop, about to answer a turn.

    Attributes:
        name: `builtin` or `provider:model`.
        is_llm: Whether it is a language model, which may err and is checked harder.
        definitions: Name → words of each definition of this installation.
        note: What the user must read above the answer.
        guard: What stands before a language model elsewhere.
        tools: What the models may call.
    """

    parts: TurnParts
    turn: Turn
    name: str
    agent: Agent
    is_llm: bool
    definitions: Mapping[str, str]
    note: str = ""
    guard: Guard | None = None
    tools: Sequence[BaseTool] = ()

    async def events(self) -> AsyncIterator[TurnEvent]:
        """Answer; the last event is `Answered`.

        Raises:
            EmptyAnswerError: The model said nothing.
            NonsenseError: It stated figures without looking anything up.
            StaysHomeError: The question is about a client who may not be described.
            TimeoutError: It took too long.
        """
        context, history = await asyncio.to_thread(self._prepare)
        messages: list[BaseMessage] = [*history, HumanMessage(self.turn.text)]
        if self.guard is not None:
            planner = self.parts.planner
            ask = self.guard.stays_home
            if await asyncio.to_thread(ask, messages, context, planner, self.tools):
                raise StaysHomeError
        run = AgentRun(self.agent, context, self.turn.text, self.definitions)
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        if self.note:
            yield Token(self.note)
        try:
            async for event in _until(deadline, run.events(messages)):
                yield event
            mended = ""
            if self.is_llm and run.gate.failed:
                second = run.again()
                asked = [*messages, *run.messages, HumanMessage(_mend_request(run))]
                async for event in _until(deadline, second.events(asked)):
                    if not isinstance(event, Token | Withdrawn):
                        yield event
                mended = second.gate.text
                run.adopt(second)
        finally:
            await asyncio.to_thread(self._record_model_calls, context.outbox)
        body = self._settle(run, mended, context.outbox)
        notes = self._closing_note(history)
        yield Token(body.text[len(run.gate.shown) :] + notes)
        answer = self._answer(run, body, notes)
        await asyncio.to_thread(self._keep, run, body, answer)
        metrics.count_turn(
            model=answer.model,
            kind=answer.kind,
            fallback=answer.fallback,
            latency_ms=answer.latency_ms,
        )
        yield Answered(answer)

    @property
    def _timeout_seconds(self) -> float:
        return self.parts.timeout_seconds if self.is_llm else PLANNER_TIMEOUT_SECONDS

    def _prepare(self) -> tuple[TurnContext, list[BaseMessage]]:
        turn = self.turn
        rows = self.parts.sessions.load(turn.session_id, turn.asker.user_id, limit=LOADED)
        history = from_rows(rows)
        context = turn_context(self.parts, turn.asker, turn.page, history, turn.text)
        model = self.parts.llm.model
        if self.is_llm and model is not None:
            context = replace(context, refine=Refiner(model, self.guard, context).refine)
        return context, history

    def _settle(self, run: AgentRun, mended: str, outbox: Outbox) -> Grounded:
        """Close the gate, and log how much it had to hold back."""
        if not run.gate.text.strip():
            raise EmptyAnswerError
        if self.is_llm and run.gate.failed and not run.results:
            raise NonsenseError
        kept = [f"{_AT_HOME} {text}" for _, text in sorted(outbox.kept_home.items())]
        kept += [text for _, result in run.results for text in result.caveats]
        body = close(run.gate, run.evidence, run.results, mended, kept if self.is_llm else ())
        has_facts = any(result.facts for _, result in run.results)
        missing = has_facts and body.figures == body.unsupported
        metrics.count_figures(
            model=self.name,
            figures=body.figures,
            unsupported=body.unsupported,
            missing=missing,
        )
        log.info(
            "grounding",
            model=self.name,
            figures=body.figures,
            unsupported=body.unsupported,
            missing=int(missing),
        )
        return body

    def _closing_note(self, history: Sequence[BaseMessage]) -> str:
        """How this model is used, or why none is; said once a conversation."""
        if self.is_llm:
            answered = {m.additional_kwargs.get("model") for m in history}
            return "" if self.name in answered else f"\n\n> {self.parts.llm.disclosure}"
        note = self.parts.llm.note
        return f"\n\n> {note}" if note and not history else ""

    def _answer(self, run: AgentRun, body: Grounded, notes: str) -> TurnAnswer:
        stamp = Stamp(
            session_id=self.turn.session_id,
            model=self.name,
            fallback=bool(self.note),
            grounded=True,
            latency_ms=self.turn.latency_ms,
            audit_id=self.turn.audit_id,
        )
        text = f"{self.note}{body.text}{notes}"
        answer = assemble(run, body, text, stamp, self.parts.render_chart)
        if left := unbacked(f"{self.note}{body.text}", answer.facts, run.evidence):
            log.error("figures slipped through the gate", figures=left, model=self.name)
            return answer.model_copy(update={"grounded": False})
        return answer

    def _keep(self, run: AgentRun, body: Grounded, answer: TurnAnswer) -> None:
        """Record the turn, then store it for the next one: what is remembered is on record."""
        said = run.final.additional_kwargs if run.final is not None else {}
        own = {key: value for key, value in said.items() if key in OWN_KEYS} | {"model": self.name}
        own["kind"] = answer.kind
        if answer.pending is not None:
            own["pending"] = answer.pending.model_dump(mode="json")
        messages = [
            HumanMessage(self.turn.text),
            *run.steps,
            AIMessage(content=body.text, additional_kwargs=own),
        ]
        asker = self.turn.asker
        question = {"question": self.turn.text, "session_id": self.turn.session_id}
        turn_event = replace(self.turn.event("turn"), arguments=question, model=self.name)
        calls = [
            replace(
                self.turn.event("tool_call"),
                tool=call.name,
                arguments=call.args,
                rows=sum(item.rows for item in answer.provenance if item.tool == call.name),
            )
            for call in tool_calls(run)
        ]
        self.parts.audit.append([turn_event, *calls])
        self.parts.sessions.append(self.turn.session_id, asker.user_id, to_rows(messages))

    def _record_model_calls(self, outbox: Outbox) -> None:
        """Record each call of a provider, whatever came of it; never what was sent."""
        self.parts.audit.append(
            [
                replace(
                    self.turn.event("model_call"),
                    model=self.name,
                    tokens=call.tokens,
                    data_left=self.guard is not None,
                    arguments={
                        "bytes": call.size_bytes,
                        "payload_sha256": call.payload_sha256,
                        "clients_described": call.described,
                        "clients_left_out": call.left_out,
                    },
                )
                for call in outbox.calls
            ]
        )


def _mend_request(run: AgentRun) -> str:
    return MEND_REQUEST.format(sentences="\n".join(f"- {text.strip()}" for text in run.gate.failed))


async def _until(deadline: float, events: AsyncIterator[TurnEvent]) -> AsyncIterator[TurnEvent]:
    """The events that come before the deadline.

    Raises:
        TimeoutError: It passed before they ended.
    """
    while True:
        # the timeout spans the wait alone: a slow reader of our events is not cancelled
        try:
            async with asyncio.timeout_at(deadline):
                event = await anext(events)
        except StopAsyncIteration:
            return
        yield event
