"""Every byte that leaves for a language model elsewhere, over all visible cases.

The provider is a server of ours on the loopback. Its "model" makes the calls that the built-in
planner makes, with the tokens it was shown, and then repeats what it has read: so everything that
a model could read or say is on the wire, and is looked through afterwards.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr

from app.agent.context import PageContext
from app.agent.events import Answered, StepStarted, TurnAnswer
from app.agent.gate import MEND_REQUEST
from app.agent.planner.language import common_words
from app.evaluation.cases import OWN_CASES, load_cases
from app.evaluation.report import lines
from app.evaluation.run import Report, evaluate
from app.governance.consent import Consent
from app.governance.folded import fold, words_of
from app.governance.identifiers import Register
from app.governance.identity import Asker
from app.governance.pseudonyms import Vault
from app.wiring import Parts
from data.gold import Gold
from data.gold_identities import ClientIdentity, read_feedback_texts, read_identities
from data.query import Scope

SECRET = "a secret of this test"  # noqa: S105 -- of this test alone
MENDING = MEND_REQUEST.partition("\n")[0]
Calls = list[tuple[str, dict[str, Any]]]
Wired = Callable[..., AbstractContextManager[Parts]]
Servers = Callable[..., AbstractContextManager[Any]]


class Provider:
    """Calls what it is told to, then repeats the results; its server records every byte."""

    def __init__(self) -> None:
        self.calls: Calls = []
        self.words = ""
        self.server: Any = None

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the model says to one request."""
        messages = body["messages"]
        last = max(i for i, message in enumerate(messages) if message["role"] == "user")
        read = [m["content"] for m in messages[last:] if m["role"] == "tool"]
        if messages[last]["content"].startswith(MENDING):
            return {"role": "assistant", "content": "I leave that out."}
        if self.calls and not read:
            return {"role": "assistant", "content": "", "tool_calls": self._tool_calls()}
        return {"role": "assistant", "content": "\n\n".join(read) or self.words}

    def _tool_calls(self) -> list[dict[str, Any]]:
        return [
            {
                "index": place,
                "id": f"call_{place}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(args, default=str)},
            }
            for place, (name, args) in enumerate(self.calls)
        ]


@dataclass
class Duet:
    """Asks the planner first, so that the provider's model knows what to call.

    Attributes:
        hide: Puts tokens in place of names, as the guard does; a model of one's own sees none.
    """

    planner: Parts
    model: Parts
    provider: Provider
    hide: Callable[[str, Scope], str] = lambda text, _: text
    sessions: dict[str, str] = field(default_factory=dict[str, str])

    async def answer(
        self, asker: Asker, text: str, session_id: str | None, page: PageContext
    ) -> TurnAnswer:
        """The model's answer."""
        before = self.sessions.get(session_id or "")
        stream = self.planner.turns.run_turn(asker, text, before, page)
        events = [event async for event in stream]
        plain = cast("Answered", events[-1]).answer
        calls = [(e.tool, e.args) for e in events if isinstance(e, StepStarted)]
        if plain.pending is not None and not calls:
            calls = [(plain.pending.name, plain.pending.args)]
        self.provider.calls = [(name, self._hidden(args, asker.scope)) for name, args in calls]
        self.provider.words = self.hide(plain.answer, asker.scope)
        answer = await self.model.turns.answer(asker, text, session_id, page)
        self.sessions[answer.session_id] = plain.session_id
        return answer

    def report(self, path: Path) -> Report:
        """Ask all cases of a file."""
        parts = replace(self.model, turns=cast("Any", self))
        return asyncio.run(evaluate(parts, load_cases(path)))

    def _hidden(self, value: Any, scope: Scope) -> Any:
        if isinstance(value, dict):
            return {key: self._hidden(inner, scope) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._hidden(inner, scope) for inner in value]
        return self.hide(value, scope) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def provider(chat_server: Servers) -> Iterator[Provider]:
    """Somebody else's server."""
    made = Provider()
    with chat_server(made.reply) as made.server:
        yield made


@pytest.fixture(scope="module")
def identities(gold: Gold) -> list[ClientIdentity]:
    """Everybody in the warehouse."""
    return read_identities(gold)


def _groq_at(provider: Provider, trust: str) -> dict[str, Any]:
    return {
        "auth_secret": SecretStr(SECRET),
        "llm": "groq:openai/gpt-oss-120b",
        "groq_api_key": SecretStr("test"),
        "llm_base_url": provider.server.url,
        "llm_trust": trust,
    }


@pytest.fixture(scope="module")
def guarded(wired: Wired, provider: Provider, identities: list[ClientIdentity]) -> Iterator[Duet]:
    """A model elsewhere, behind the guard."""
    agreed = Consent(frozenset(one.customer_id for one in identities if one.consent_ai))
    register = Register(identities, common_words())
    with wired() as planner, wired(**_groq_at(provider, "external")) as model:

        def hide(text: str, scope: Scope) -> str:
            visible = None if scope.is_full else frozenset(planner.gold.names(scope))
            return Vault(SECRET, register, agreed, visible).hide(text)

        yield Duet(planner, model, provider, hide)


@pytest.fixture(scope="module")
def private(wired: Wired, chat_server: Servers) -> Iterator[Duet]:
    """The same model on a server of one's own, without the guard."""
    own = Provider()
    with (
        chat_server(own.reply) as own.server,
        wired() as planner,
        wired(**_groq_at(own, "private")) as model,
    ):
        yield Duet(planner, model, own)


@pytest.fixture(scope="module")
def own_report(guarded: Duet) -> Report:
    """All our own cases, asked of the guarded model."""
    return guarded.report(OWN_CASES)


@pytest.fixture(scope="module")
def shared_report(guarded: Duet, shared: Path) -> Report:
    """All cases that everybody sees, asked of the guarded model."""
    return guarded.report(shared / "eval" / "cases.yaml")


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield str(value)


def _arguments(text: str) -> Iterator[str]:
    """A leaf, and what is inside it where it is JSON again."""
    yield text
    if text.startswith("{"):
        yield from _leaves(json.loads(text))


def _wire(provider: Provider) -> str:
    """All that was sent, each different text once, in lower case without accents."""
    texts = {
        leaf
        for body in provider.server.requests
        for one in _leaves(body)
        for leaf in _arguments(one)
    }
    return "\n".join(
        f" {fold(text)} \n{text.casefold()}" for text in [*texts, *provider.server.heads]
    )


def _secrets(identities: list[ClientIdentity]) -> set[str]:
    found: set[str | None] = set()
    for one in identities:
        found |= {one.customer_id, one.name, one.account_manager}
        found |= {one.contact_name, one.email, one.phone}
    return {text for text in found if text}


def _found(texts: set[str], wire: str) -> list[str]:
    return [t for t in texts if t.casefold() in wire or f" {fold(t)} " in wire]


def test_our_own_cases_leave_no_trace(
    own_report: Report, provider: Provider, identities: list[ClientIdentity]
) -> None:
    """No name, id, e-mail, phone or contact is in any request."""
    assert len(provider.server.requests) > len(own_report.results)
    assert _found(_secrets(identities), _wire(provider)) == []


def test_shared_cases_leave_no_trace(
    shared_report: Report, provider: Provider, identities: list[ClientIdentity]
) -> None:
    """The same over the cases that everybody sees."""
    assert shared_report.results
    assert _found(_secrets(identities), _wire(provider)) == []


def test_no_word_of_a_client_leaves(own_report: Report, provider: Provider, gold: Gold) -> None:
    """Comments and tickets stay at home."""
    wire = _wire(provider)
    said = {text for text in read_feedback_texts(gold) if len(text.split()) > 3}
    assert own_report.results
    assert _found(said, wire) == []


def test_no_part_of_a_name_leaves(
    own_report: Report, provider: Provider, identities: list[ClientIdentity]
) -> None:
    """A word that tells a client or a colleague apart is as good as the name."""
    sent = {word.text for word in words_of(_wire(provider))}
    named = {one.name for one in identities} | {o.account_manager or "" for o in identities}
    bearers: dict[str, set[str]] = {}
    for name in named:
        for word in words_of(name):
            bearers.setdefault(word.text, set()).add(name)
    telling = {word for word, names in bearers.items() if len(names) < 4} - common_words()
    assert own_report.results
    assert sorted(telling & sent) == []


def test_figures_of_clients_without_consent_stay_home(
    own_report: Report, provider: Provider, gold: Gold, identities: list[ClientIdentity]
) -> None:
    """Neither ARR nor MRR of a client who may not be described is in any request."""
    wire = _wire(provider)
    silent = {one.customer_id for one in identities if not one.consent_ai}
    rows = gold.reader.rows(
        "SELECT customer_id, arr, mrr FROM warehouse.gold.customer_metrics", {}
    )[1]
    figures = {
        text
        for key, arr, mrr in rows
        if key in silent
        for value in (arr, mrr)
        if value and value > 1_000
        for text in (f"{value:.2f}", f"${value:,.0f}")
    }
    assert own_report.results
    assert silent
    assert [f for f in figures if re.search(rf"(?<![\d.,]){re.escape(f)}(?![\d,])", wire)] == []


def _faults(report: Report) -> set[tuple[str, str, str]]:
    return {(r.case.id, user, fault.aspect) for r in report.results for user, fault in r.faults}


def test_answers_stay_right(own_report: Report, private: Duet) -> None:
    """Behind the guard nothing is answered worse than by the same model without it."""
    assert _faults(own_report) <= _faults(private.report(OWN_CASES)), "\n".join(lines(own_report))


def test_shared_answers_stay_right(shared_report: Report, private: Duet, shared: Path) -> None:
    """The same for the cases that everybody sees."""
    without = private.report(shared / "eval" / "cases.yaml")
    assert _faults(shared_report) <= _faults(without), "\n".join(lines(shared_report))
