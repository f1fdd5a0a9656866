"""One model's try at a turn: run, mend once, ground, keep, record."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from app.agent.answer import Stamp, assemble, tool_calls
from app.agent.events import Answered, Token, TurnAnswer, TurnEvent, Withdrawn
from app.agent.failures import EmptyAnswerError, NonsenseError
from app.agent.gate import MEND_REQUEST, Grounded, close
from app.agent.graph import Agent
from app.agent.grounding import unbacked
from app.agent.history import LOADED, OWN_KEYS, from_rows, to_rows
from app.agent.parts import Turn, TurnParts
from app.agent.run import AgentRun
from app.agent.turn_context import TurnContext, turn_context

log = structlog.get_logger(__name__)

PLANNER_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """A model with its loop, about to answer a turn.

    Attributes:
        name: `builtin` or `provider:model`.
        is_llm: Whether it is a language model, which may err and is checked harder.
        definitions: Name → words of each definition of this installation.
        note: What the user must read above the answer.
    """

    parts: TurnParts
    turn: Turn
    name: str
    agent: Agent
    is_llm: bool
    definitions: Mapping[str, str]
    note: str = ""

    async def events(self) -> AsyncIterator[TurnEvent]:
        """Answer; the last event is `Answered`.

        Raises:
            EmptyAnswerError: The model said nothing.
            NonsenseError: It stated figures without looking anything up.
            TimeoutError: It took too long.
        """
        context, history = await asyncio.to_thread(self._prepare)
        messages: list[BaseMessage] = [*history, HumanMessage(self.turn.text)]
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
            await asyncio.to_thread(self._record_model_call, run)
        body = self._settle(run, mended)
        notes = self._closing_note(history)
        yield Token(body.text[len(run.gate.shown) :] + notes)
        answer = self._answer(run, body, notes)
        await asyncio.to_thread(self._keep, run, body, answer)
        yield Answered(answer)

    @property
    def _timeout_seconds(self) -> float:
        return self.parts.timeout_seconds if self.is_llm else PLANNER_TIMEOUT_SECONDS

    def _prepare(self) -> tuple[TurnContext, list[BaseMessage]]:
        turn = self.turn
        rows = self.parts.sessions.load(turn.session_id, turn.asker.user_id, limit=LOADED)
        history = from_rows(rows)
        return turn_context(self.parts, turn.asker, turn.page, history, turn.text), history

    def _settle(self, run: AgentRun, mended: str) -> Grounded:
        """Close the gate, and log how much it had to hold back."""
        if not run.gate.text.strip():
            raise EmptyAnswerError
        if self.is_llm and run.gate.failed and not run.results:
            raise NonsenseError
        kept = [text for _, result in run.results for text in result.caveats]
        body = close(run.gate, run.evidence, run.results, mended, kept if self.is_llm else ())
        has_facts = any(result.facts for _, result in run.results)
        log.info(
            "grounding",
            model=self.name,
            figures=body.figures,
            unsupported=body.unsupported,
            missing=int(has_facts and body.figures == body.unsupported),
        )
        return body

    def _closing_note(self, history: Sequence[BaseMessage]) -> str:
        """Why a configured model is not used; said once, when a conversation begins."""
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
        if left := unbacked(text, answer.facts, run.evidence):
            log.error("figures slipped through the gate", figures=left, model=self.name)
            return answer.model_copy(update={"grounded": False})
        return answer

    def _keep(self, run: AgentRun, body: Grounded, answer: TurnAnswer) -> None:
        """Store the turn for the next one, and record it."""
        said = run.final.additional_kwargs if run.final is not None else {}
        own = {key: value for key, value in said.items() if key in OWN_KEYS}
        if answer.pending is not None:
            own |= {"kind": answer.kind, "pending": answer.pending.model_dump(mode="json")}
        messages = [
            HumanMessage(self.turn.text),
            *run.steps,
            AIMessage(content=body.text, additional_kwargs=own),
        ]
        asker = self.turn.asker
        self.parts.sessions.append(self.turn.session_id, asker.user_id, to_rows(messages))
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

    def _record_model_call(self, run: AgentRun) -> None:
        """Record that a language model was asked, whatever came of it."""
        if self.is_llm:
            event = replace(self.turn.event("model_call"), model=self.name, tokens=run.tokens)
            self.parts.audit.append([event])


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
