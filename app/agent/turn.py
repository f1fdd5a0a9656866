"""One turn, whoever asks and through whichever door: `Turns.run_turn` is the one entry."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping

import structlog
from langchain_core.messages import HumanMessage

from app import metrics
from app.agent.attempt import Attempt
from app.agent.context import PageContext
from app.agent.definitions import house_definitions
from app.agent.events import Answered, Token, TurnAnswer, TurnEvent, Withdrawn
from app.agent.failures import STAYS_HOME_NOTE, StaysHomeError, apology, fallback_note
from app.agent.graph import Agent, house_rules, llm_agent, planner_agent
from app.agent.guard import Guard
from app.agent.llm import BUILTIN
from app.agent.middleware import new_incident
from app.agent.outages import outage
from app.agent.parts import Turn, TurnParts
from app.agent.turn_context import turn_context
from app.governance.identity import Asker
from data.query import Scope
from tools.contract import ToolContext
from tools.registry import build_tools
from tools.rule_book import rule_book

__all__ = ["TurnParts", "Turns"]

WARM_UP_QUESTIONS = (
    "What is our MRR?",
    "Which clients are at risk?",
    "Why do clients churn?",
    "What does the win-back playbook say?",
)

log = structlog.get_logger(__name__)


class Turns:
    """Answers turns; one object serves all users and sessions at once.

    Args:
        parts: What turns are made of.
    """

    def __init__(self, parts: TurnParts) -> None:
        self._parts = parts
        self._tools = tools = build_tools(parts.functions)
        self._planner = planner_agent(parts.planner, tools)
        model = parts.llm.model
        self._guard = _guard(parts)
        self._llm = None if model is None else llm_agent(model, tools, self._guard)
        given = parts.definitions
        self._definitions: Mapping[str, str] = (
            house_definitions(parts.gold.semantic, rule_book(parts.gold), tools)
            if given is None
            else given
        )

    def warm_up(self) -> None:
        """Ask the planner a few questions, unheard and unrecorded: late imports happen here."""
        if self._guard is not None:
            self._guard.warm_up()
        asker = Asker(user_id="", name="", role="analyst", scope=Scope())
        context = turn_context(self._parts, asker, PageContext())
        for question in WARM_UP_QUESTIONS:
            messages = {"messages": [HumanMessage(question)]}
            asyncio.run(self._planner.ainvoke(messages, context=context))

    def tool_context(self, asker: Asker) -> ToolContext:
        """What tools may use for someone outside a turn, so that pages and turns agree."""
        return turn_context(self._parts, asker, PageContext())

    async def answer(
        self, asker: Asker, text: str, session_id: str | None, page: PageContext
    ) -> TurnAnswer:
        """Answer a turn at once."""
        answers = [
            event.answer
            async for event in self.run_turn(asker, text, session_id, page)
            if isinstance(event, Answered)
        ]
        return answers[-1]

    async def run_turn(
        self, asker: Asker, text: str, session_id: str | None, page: PageContext
    ) -> AsyncIterator[TurnEvent]:
        """Answer a turn step by step; the last event is `Answered`, whatever happens.

        Args:
            asker: Who asks; their scope bounds every tool.
            text: What they said.
            session_id: The conversation to go on with; None starts a new one.
            page: What the page around the chat shows.
        """
        turn = Turn(asker, text, page, session_id or secrets.token_hex(16))
        note = incident = ""
        cause: str | None = None
        for name, agent in self._models():
            shown = False
            try:
                attempt = self._attempt(turn, name, agent, note)
                async for event in attempt.events():
                    shown = shown or isinstance(event, Token)
                    yield event
            except StaysHomeError:
                note = STAYS_HOME_NOTE
            except Exception as error:  # the one broad except: a turn ends well
                incident = new_incident()
                log.exception(
                    "attempt failed", model=name, incident=incident, session=turn.session_id
                )
                note, cause = fallback_note(error), outage(error)
                if shown:
                    yield Withdrawn()
            else:
                return
        yield Token(apology(incident, cause))
        yield _sorry(turn, incident, cause)

    def _attempt(self, turn: Turn, name: str, agent: Agent, note: str) -> Attempt:
        return Attempt(
            parts=self._parts,
            turn=turn,
            name=name,
            agent=agent,
            is_llm=agent is self._llm,
            definitions=self._definitions,
            note=note,
            guard=self._guard if agent is self._llm else None,
            tools=self._tools,
        )

    def _models(self) -> list[tuple[str, Agent]]:
        """The models in the order they are tried."""
        builtin = (BUILTIN, self._planner)
        return [builtin] if self._llm is None else [(self._parts.llm.name, self._llm), builtin]


def _guard(parts: TurnParts) -> Guard | None:
    """What stands before a language model elsewhere; a server of one's own needs none."""
    if parts.llm.model is None or parts.llm.trust == "private":
        return None
    return Guard(house_rules(), parts.gold, parts.secret, parts.lexicon_for)


def _sorry(turn: Turn, incident: str, cause: str | None) -> Answered:
    metrics.count_turn(model=BUILTIN, kind="failed", fallback=True, latency_ms=turn.latency_ms)
    return Answered(
        TurnAnswer(
            answer=apology(incident, cause),
            outage=cause,
            kind="refusal",
            session_id=turn.session_id,
            model=BUILTIN,
            latency_ms=turn.latency_ms,
            audit_id=turn.audit_id,
        )
    )
