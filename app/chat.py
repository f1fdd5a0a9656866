"""The chat page: Chainlit callbacks over `run_turn`. Chainlit loads this file; nothing imports it."""

import asyncio
import csv
import io
from collections.abc import Mapping
from typing import Any

import chainlit as cl
import plotly.graph_objects as go
from chainlit.input_widget import Select
from socketio.exceptions import TimeoutError as SocketTimeoutError
from starlette.requests import cookie_parser

from app import wiring
from app.agent.context import PageContext
from app.agent.events import (
    Answered,
    StepFinished,
    StepProgress,
    StepStarted,
    Token,
    TurnAnswer,
    Withdrawn,
)
from app.agent.llm import BUILTIN
from app.agent.steps import step_label
from app.chat_actions import JUDGED, asks, draft_actions, judge_draft
from app.chat_alerts import READ, alert_starters, mark_all_read, tell_alerts
from app.chat_page import PAGE_FUNCTION, greeting, page_of, read_note, within_sight
from app.governance.tokens import Asker
from app.pages.asking import TOKEN_CLAIM, asker_in_session
from app.render import WIDEST_TABLE_ROWS, with_table
from tools.contract import Citation, FileRef, Table

EVERYONE = "Everyone's clients"
PAGE_SECONDS = 2
STARTERS = (
    ("Who is at risk?", "Which enterprise clients are at risk, and how much ARR is that?"),
    (
        "Renewals ahead",
        "Which clients renew in the next 60 days? Show the ten with the highest ARR.",
    ),
    ("Last quarter", "Give me NRR, GRR and logo churn for last quarter"),
    ("What drives churn?", "What drives churn across our whole customer base?"),
    ("Playbooks", "Is there a playbook for clients that stopped logging in?"),
)


if not wiring.current().identity.is_open:

    @cl.password_auth_callback
    async def sign_in(name: str, password: str) -> cl.User | None:
        """Let a user of this installation in."""
        user = await asyncio.to_thread(wiring.current().users.verify, name, password)
        return cl.User(identifier=user.name) if user else None


@cl.set_starters
async def starters(user: cl.User | None = None) -> list[cl.Starter]:
    """Questions for an empty page, what is new first."""
    known = [cl.Starter(label=label, message=message) for label, message in STARTERS]
    return [*await alert_starters(_asker_of(user)), *known]


@cl.on_chat_start
async def on_chat_start() -> None:
    """Offer the view of one account manager, where the asker may see them all."""
    asker = _signed_in()
    cl.user_session.set("asker", asker)
    managers = wiring.current().gold.values("account_manager", asker.scope)
    if len(managers) > 1:
        choice = Select(
            id="account_manager",
            label="I am",
            values=[EVERYONE, *managers],
            initial_index=0,
            tooltip="Narrows every answer to this account manager's clients.",
        )
        await cl.ChatSettings([choice]).send()
    if cl.context.session.client_type == "copilot":
        await _greet()


@cl.on_settings_update
async def on_settings_update(settings: dict[str, Any]) -> None:
    """Answer as the chosen account manager from now on."""
    name = str(settings.get("account_manager") or EVERYONE)
    asker = _signed_in()
    cl.user_session.set("asker", asker if name == EVERYONE else asker.narrowed_to(name))
    seen = "all clients" if name == EVERYONE else f"{name}'s clients"
    await cl.Message(content=f"From here on I answer about **{seen}**.").send()


@cl.action_callback("ask")  # pyright: ignore[reportUntypedFunctionDecorator]
async def on_suggestion(action: cl.Action) -> None:
    """Ask a suggested question as if it had been typed."""
    text = str(action.payload["text"])
    await cl.Message(content=text, type="user_message").send()
    await _answer(text)


@cl.action_callback(READ)  # pyright: ignore[reportUntypedFunctionDecorator]
async def on_alerts_read(action: cl.Action) -> None:
    """Say no more of the alerts that were shown."""
    await mark_all_read(_asker())
    await action.remove()


@cl.action_callback(JUDGED)  # pyright: ignore[reportUntypedFunctionDecorator]
async def on_draft_judged(action: cl.Action) -> None:
    """Record what became of a draft."""
    await judge_draft(action, _asker())


@cl.on_message
async def on_message(message: cl.Message) -> None:
    """Answer one message; notes from the page itself are not questions."""
    if message.type == "system_message":
        return
    cl.user_session.set("location", str((message.metadata or {}).get("location", "")))
    await _answer(message.content)


async def _greet() -> None:
    """Begin with questions that suit the page around the widget, unless one is on its way."""
    note = await _ask_page()
    if note is None:
        return
    cl.user_session.set("note", note)
    if "quiet" not in note:
        parts, asker = wiring.current(), _asker()
        shown = within_sight(PageContext(**note), parts.gold, asker.scope)
        words, questions = greeting(shown, parts.gold, asker.scope)
        await cl.Message(content=words, actions=asks(questions)).send()


async def _ask_page() -> dict[str, str] | None:
    """Ask the page around the widget what it shows; None when it does not answer."""
    emitter: Any = cl.context.emitter
    call = {"name": PAGE_FUNCTION, "args": {}}
    try:
        told = await emitter.emit_call("call_fn", call, PAGE_SECONDS)
    except SocketTimeoutError:
        return None
    await emitter.clear("clear_call_fn")
    return read_note(told)


async def _answer(text: str) -> None:
    parts = wiring.current()
    asker = _asker()
    session_id = cl.context.session.thread_id
    page = await _page(asker)
    await cl.ElementSidebar.set_elements([])
    reply: cl.Message | None = None
    steps: dict[str, cl.Step] = {}
    async for event in parts.turns.run_turn(asker, text, session_id, page):
        match event:
            case StepStarted():
                steps[event.id] = await _open_step(event)
            case StepProgress():
                if step := steps.get(event.id):
                    step.name = f"{event.label}: {event.progress}"
                    await step.update()
            case StepFinished():
                await _close_step(steps.get(event.id), event)
            case Token():
                # Made at the first word, so that the steps stand above the answer.
                reply = reply or cl.Message(content="")
                await reply.stream_token(event.text)
            case Withdrawn():
                if reply is not None:
                    reply.content = ""
                    await reply.update()
            case Answered():
                reply = reply or cl.Message(content="")
                await _finish(reply, event.answer)
    await tell_alerts(asker, text)


def _asker() -> Asker:
    """Who asks, as narrowed by the settings, for as long as they are signed in."""
    signed_in = _signed_in()
    stored = cl.user_session.get("asker")
    return stored if isinstance(stored, Asker) else signed_in


def _signed_in() -> Asker:
    """Who sits at this page: where no sign-in is needed, a widget's token still counts.

    Raises:
        IdentityError: Sign-in is needed and nobody is signed in, or a token has expired.
    """
    parts = wiring.current()
    if parts.identity.is_open:
        environ: Mapping[str, str] = cl.context.session.environ
        named = asker_in_session(parts, cookie_parser(environ.get("HTTP_COOKIE", "")))
        if named is not None:
            return named
    return _asker_of(cl.user_session.get("user"))


def _asker_of(user: object) -> Asker:
    """The signed-in user, or on this machine alone the demo user.

    Raises:
        IdentityError: Sign-in is needed and nobody is signed in.
    """
    parts = wiring.current()
    held = user.metadata.get(TOKEN_CLAIM) if isinstance(user, cl.User) else None
    if isinstance(held, str):
        return parts.identity.from_token(held)
    known = parts.users.find(user.identifier) if isinstance(user, cl.User) else None
    if known is not None and not known.disabled:
        return known.asker
    return parts.identity.identify(None)


async def _page(asker: Asker) -> PageContext:
    """The page around the widget as it is now, as far as the asker may see it."""
    session = cl.context.session
    if session.client_type != "copilot":
        return PageContext(page="chat")
    note = cl.user_session.get("note")
    if note is not None:  # a page that answered once is asked again: it may have moved on
        note = await _ask_page() or note
    location = str(cl.user_session.get("location") or "")
    page = page_of(location, note or {}, session.environ.get("HTTP_HOST", ""))
    return within_sight(page, wiring.current().gold, asker.scope)


async def _open_step(event: StepStarted) -> cl.Step:
    parent = cl.context.current_step
    step = cl.Step(name=event.label, type="tool", parent_id=parent.id if parent else None)
    await step.send()
    return step


async def _close_step(step: cl.Step | None, event: StepFinished) -> None:
    if step is None:
        return
    step.name = step_label(event.tool)
    step.output, step.is_error = event.summary, not event.ok
    await step.update()


async def _finish(reply: cl.Message, answer: TurnAnswer) -> None:
    reply.content = _body(answer)
    elements: list[Any] = [
        cl.Plotly(name=f"chart-{n}", figure=go.Figure(spec), display="inline", size="large")
        for n, spec in enumerate(answer.charts, start=1)
    ]
    if answer.table is not None and len(answer.table.rows) > WIDEST_TABLE_ROWS:
        elements.append(_download(answer.table))
    asker = cl.user_session.get("asker")
    if isinstance(asker, Asker):
        elements += [shown for file in answer.files if (shown := _file(asker, file))]
    sources = _sources(answer.citations)
    unnamed = [source.name for source in sources if source.name not in reply.content]
    if unnamed:
        reply.content += f"\n\nQuoted from: {', '.join(unnamed)}"
    reply.elements = [*elements, *sources]  # pyright: ignore[reportAttributeAccessIssue]
    reply.actions = [*draft_actions(answer), *asks(answer.suggestions)]
    await reply.send()


def _body(answer: TurnAnswer) -> str:
    """The planner writes its own tables; what a language model says gets the tool's."""
    return answer.answer if answer.model == BUILTIN else with_table(answer.answer, answer.table)


def _file(asker: Asker, file: FileRef) -> cl.File | None:
    """A report that the turn has written, if it is still there."""
    stored = wiring.current().files.at(asker.user_id, file.url)
    if stored is None:
        return None
    return cl.File(name=file.name, path=str(stored.path), mime=file.media_type, display="inline")


def _download(table: Table) -> cl.File:
    """All rows, where the text shows the first ones."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.label or column.name for column in table.columns])
    writer.writerows(table.rows)
    name = f"{table.title or 'table'}, {len(table.rows)} rows.csv"
    return cl.File(name=name, content=out.getvalue().encode(), mime="text/csv", display="inline")


def _sources(citations: list[Citation]) -> list[cl.Text]:
    """One side panel a playbook, with every passage quoted from it."""
    passages: dict[str, list[str]] = {}
    for citation in citations:
        quote = f"#### {citation.heading}\n\n{citation.passage}"
        passages.setdefault(citation.title, []).append(quote)
    return [
        cl.Text(name=title, content="\n\n".join([f"### {title}", *quotes]), display="side")
        for title, quotes in passages.items()
    ]
