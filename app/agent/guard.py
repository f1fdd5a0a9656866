"""Stands innermost before a language model elsewhere: what leaves is built here, and only here.

Out: who may be described, under tokens. In: the same tokens as names again. Every call is noted
for the audit log. Whatever still holds a name after all that is not sent: the planner answers.
"""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain.agents.middleware.types import AgentState
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage
from langchain_core.tools import BaseTool

from app.agent.failures import LeakError
from app.agent.middleware import Handler
from app.agent.naming import LexiconFor, names_in
from app.agent.outbox import Outbox, sent, tokens_of
from app.agent.outgoing import Outgoing, Writer
from app.agent.planner.language import common_words
from app.agent.reading import Reader
from app.agent.small_groups import Members
from app.agent.turn_context import TurnContext, in_words
from app.governance.consent import Consent
from app.governance.entities import Entity, Mention
from app.governance.folded import fold
from app.governance.identifiers import Register
from app.governance.pseudonyms import Vault
from data.gold import Gold, GoldError
from data.gold_identities import read_feedback_texts, read_identities
from data.query import Filter, Scope
from data.semantic_model import SemanticError

__all__ = ["Guard"]

_RULES: Final = Path(__file__).with_name("guard.md")
_EVERYBODY: Final = 1_000_000
_KEPT_GROUPS: Final = 256
_KEPT_TEXTS: Final = 512
_GroupKey = tuple[str, Scope, tuple[str, ...], tuple[str, ...]]
"""Version of the warehouse, who asks, the filters as JSON, the dimensions."""


@dataclass(frozen=True, slots=True)
class _People:
    """Who must not be named and who may be described, as of one version of the warehouse."""

    version: str
    register: Register
    consent: Consent


class Guard(AgentMiddleware[AgentState[Any], TurnContext, Any]):
    """Lets out of a turn what may leave and puts names back into what returns.

    Args:
        rules: The house rules for a language model.
        gold: Where everybody's names and consent are read; read again when it is swapped.
        secret: The installation's secret, which tokens are made with.
        lexicon_for: The planner's words, to find misspelt names; None for exact ones only.
    """

    def __init__(
        self, rules: str, gold: Gold, secret: str, lexicon_for: LexiconFor | None = None
    ) -> None:
        super().__init__()
        self._rules = f"{rules}\n\n{_RULES.read_text(encoding='utf-8')}"
        self._gold = gold
        self._secret = secret
        self._lexicon_for = lexicon_for
        self._lock = threading.Lock()
        self._people: _People | None = None
        self._names_of = lru_cache(maxsize=_KEPT_TEXTS)(self._read_names)
        self._members_of = lru_cache(maxsize=_KEPT_GROUPS)(self._read_members)

    async def awrap_model_call(
        self, request: ModelRequest[TurnContext], handler: Handler
    ) -> ModelResponse[Any]:
        """Call the model with what may leave."""
        outbox = request.runtime.context.outbox
        prompt, out = await asyncio.to_thread(self._prepare, request)
        outbox.kept_home |= out.kept_home
        note = sent(
            [prompt, *out.messages],
            request.tools,
            described=len(out.described),
            left_out=len(out.left_out),
        )
        outbox.calls.append(note)
        messages = cast("list[Any]", out.messages)
        response = await handler(request.override(system_message=prompt, messages=messages))
        note.tokens = tokens_of(response.result)
        restored = [_restored(message, outbox) for message in response.result]
        return replace(response, result=restored)

    def warm_up(self) -> None:
        """Read everybody's names before the first question does."""
        self._current()

    def stays_home(
        self,
        messages: Sequence[BaseMessage],
        context: TurnContext,
        planner: BaseChatModel,
        tools: Sequence[BaseTool],
    ) -> bool:
        """Whether a question is about a client who may not be described.

        Its words may name one; where they do not ("and why?", "this client"), what the built-in
        planner would look up says whom it means.

        Args:
            messages: The conversation; the question is its last message.
            context: Who asks, from which page.
            planner: The built-in planner.
            tools: What it may call.
        """
        writer = self._writer(context)
        if writer.withheld_in(messages[-1].text):
            return True
        planned = planner.bind_tools(tools).invoke(list(messages), turn=context.planner)
        asked_back = writer.reader.register.find(planned.text)
        return bool(writer.withheld_by(planned) or writer.reader.vault.withheld_in(asked_back))

    def hidden(self, text: str, customer_id: str, context: TurnContext) -> str | None:
        """A text about one client as it may leave; None where the client may not be described.

        Raises:
            LeakError: Something would still be named.
        """
        reader = self._writer(context).reader
        if reader.consent.withheld({customer_id}):
            return None
        out = reader.vault.hide(text, {customer_id})
        _check(reader.register, [out])
        return out

    def _prepare(self, request: ModelRequest[TurnContext]) -> tuple[SystemMessage, Outgoing]:
        context = request.runtime.context
        writer = self._writer(context)
        out = writer.write(request.messages, context.outbox.earlier)
        told = in_words(self._told(context, writer.reader))
        _check(writer.reader.register, [told, *(_text(message) for message in out.messages)])
        return SystemMessage(f"{self._rules}\n\n{told}"), out

    def _told(self, context: TurnContext, reader: Reader) -> Any:
        """Who asks, under a pseudonym; the page's client only if it may be described."""
        turn = context.planner
        asker = Entity("PERSON", fold(turn.user_name), turn.user_name)
        client = reader.register.client(turn.page_customer_id or "")
        may_go = client is not None and not reader.consent.withheld(client.clients)
        return replace(
            turn,
            user_name=reader.vault.token(asker),
            page_customer_id=reader.vault.token(client) if client and may_go else None,
            page_segment=reader.vault.hide(turn.page_segment) if turn.page_segment else None,
        )

    def _writer(self, context: TurnContext) -> Writer:
        people = self._current()
        outbox = context.outbox
        if outbox.vault is None:
            full = context.scope.is_full
            visible = None if full else frozenset(self._gold.names(context.scope))
            outbox.vault = Vault(self._secret, people.register, people.consent, visible)
        reader = Reader(people.register, people.consent, outbox.vault, self._members(context.scope))
        return Writer(reader, lambda text: self._names_of(people.version, text))

    def _current(self) -> _People:
        version = self._gold.version
        with self._lock:
            if self._people is None or self._people.version != version:
                self._people = self._read_people(version)
            return self._people

    def _read_people(self, version: str) -> _People:
        identities = read_identities(self._gold)
        known = self._lexicon_for(Scope()).speller.known if self._lexicon_for else frozenset[str]()
        register = Register(identities, common_words() | known, read_feedback_texts(self._gold))
        agreed = frozenset(one.customer_id for one in identities if one.consent_ai)
        return _People(version, register, Consent(agreed))

    def _read_names(self, _version: str, text: str) -> Sequence[Mention]:
        register = self._current().register
        if self._lexicon_for is None:
            return register.find(text)
        return names_in(text, register, self._lexicon_for(Scope()))

    def _members(self, scope: Scope) -> Members:
        def members(
            filters: Sequence[Filter], dimensions: Sequence[str]
        ) -> dict[str, tuple[str, ...]] | None:
            asked = tuple(one.model_dump_json() for one in filters)
            return self._members_of((self._gold.version, scope, asked, tuple(dimensions)))

        return members

    def _read_members(self, key: _GroupKey) -> dict[str, tuple[str, ...]] | None:
        _, scope, asked, dimensions = key
        try:
            found = self._gold.customers(
                filters=[Filter.model_validate_json(text) for text in asked],
                scope=scope,
                limit=_EVERYBODY,
                columns=dimensions,
            )
        except (SemanticError, GoldError):
            return None
        return {str(row[0]): tuple(map(str, row[2:])) for row in found.rows}


def _check(register: Register, texts: Iterable[str]) -> None:
    """Look once more, without knowing how the texts came about.

    Raises:
        LeakError: Something is still named.
    """
    left = [mention.entity.kind for text in texts for mention in register.find(text)]
    if left:
        raise LeakError(left)


def _text(message: BaseMessage) -> str:
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    return "\n".join([message.text, *(str(call["args"]) for call in calls)])


def _restored(message: BaseMessage, outbox: Outbox) -> BaseMessage:
    if not isinstance(message, AIMessage) or outbox.vault is None:
        return message
    vault = outbox.vault
    calls: list[Any] = [
        {**call, "args": vault.restore_value(call["args"])} for call in message.tool_calls
    ]
    update = {"content": vault.restore(message.text), "tool_calls": calls}
    return message.model_copy(update=update)
