"""The real Groq client against a server of ours on the loopback: what a provider can do to a turn."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import pytest
from langchain_core.language_models import BaseChatModel, FakeMessagesListChatModel
from langchain_core.messages import AIMessage
from pydantic import SecretStr
from structlog.testing import capture_logs

from app.agent.context import PageContext
from app.agent.events import Answered, Token, TurnAnswer, TurnEvent
from app.agent.llm import choose_llm
from app.agent.turn import TurnParts, Turns
from app.governance.audit import AuditEvent
from app.governance.identity import Asker
from data.query import Scope
from tools.contract import Fact, ToolArgs, ToolContext, ToolResult

SUMMARY = "MRR is $1,203,400."
NOTE = "this answer comes from the built-in planner."
TOOL_USE_FAILED = {
    "error": {
        "message": "Failed to call a function.",
        "type": "invalid_request_error",
        "code": "tool_use_failed",
        "failed_generation": "<function=query_metrics{metric:mrr}>",
    }
}
RATE_LIMITED = {"error": {"message": "Rate limit", "type": "tokens", "code": "rate_limit_exceeded"}}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does with one request."""

    text: str = ""
    call: dict[str, Any] | None = None
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict[str, Any])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    wait_seconds: float = 0.0


CALLS = Reply(call={"metric": "mrr"})


@dataclass(slots=True)
class Script:
    """Replies as a test says, the last reply again and again."""

    replies: tuple[Reply, ...]
    said: int = 0

    def __call__(self, _request: dict[str, Any]) -> Any:
        """What the provider says to one request."""
        reply = self.replies[min(self.said, len(self.replies) - 1)]
        self.said += 1
        time.sleep(reply.wait_seconds)
        if reply.status != 200:
            return reply.status, reply.body, reply.headers
        message: dict[str, Any] = {"role": "assistant", "content": reply.text}
        if reply.call is not None:
            function = {"name": "query_metrics", "arguments": json.dumps(reply.call)}
            call = {"index": 0, "id": "call_1", "type": "function", "function": function}
            message["tool_calls"] = [call]
        return message


class KpiArgs(ToolArgs):
    """Arguments of `query_metrics`."""

    metric: str


def query_metrics(args: KpiArgs, context: ToolContext) -> ToolResult:
    """Look up a KPI."""
    return ToolResult(
        summary=SUMMARY,
        args={"metrics": [args.metric]},
        facts=[Fact(name="mrr", value=1_203_400.0, unit="usd")],
        suggestions=["And by plan?"],
    )


class _Gold:
    as_of = date(2026, 10, 20)


class _Store:
    def load(self, *_: Any, **__: Any) -> list[dict[str, Any]]:
        return []

    def append(self, *_: Any, **__: Any) -> None:
        """Keep nothing."""


class _Trail:
    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    def append(self, events: Sequence[AuditEvent], /) -> None:
        self.events.extend(events)


class _Planner(FakeMessagesListChatModel):
    def bind_tools(self, *_: Any, **__: Any) -> Any:
        return self

    @property
    def _llm_type(self) -> str:
        return "planner"


@pytest.fixture
def groq(chat_server: Callable[..., AbstractContextManager[Any]]) -> Iterator[Any]:
    """A running server that keeps every request."""
    with chat_server(Script(())) as server:
        yield server


@pytest.fixture
def trail() -> _Trail:
    """An empty audit log."""
    return _Trail()


Ask = Callable[..., Any]


@pytest.fixture
def ask(groq: Any, trail: _Trail) -> Ask:
    """Asks one question of a turn driven by the server."""

    async def run(*replies: Reply, timeout_seconds: float = 5.0) -> list[TurnEvent]:
        groq.reply = Script(replies)
        llm = choose_llm(
            llm="groq:openai/gpt-oss-120b",
            groq_api_key=SecretStr("test"),
            base_url=groq.url,
            trust="private",
            timeout_seconds=timeout_seconds,
        )
        planner: BaseChatModel = _Planner(responses=[AIMessage("The planner speaks.")])
        turns = Turns(
            TurnParts(
                gold=cast("Any", _Gold()),
                churn=cast("Any", None),
                playbooks=cast("Any", None),
                planner=planner,
                llm=llm,
                sessions=_Store(),
                audit=trail,
                render_chart=lambda _: {},
                timeout_seconds=timeout_seconds,
                functions=[query_metrics],
                definitions={},
            )
        )
        asker = Asker(user_id="ann", name="Ann", role="analyst", scope=Scope())
        stream = turns.run_turn(asker, "What is our MRR?", None, PageContext())
        with capture_logs():
            return [event async for event in stream]

    return run


def _answer(events: list[TurnEvent]) -> TurnAnswer:
    last = events[-1]
    assert isinstance(last, Answered)
    return last.answer


def _said(answer: TurnAnswer) -> str:
    """The answer without the line on which model gave it."""
    text, _, note = answer.answer.partition("\n\n> ")
    assert (
        note
        == "Answered with openai/gpt-oss-120b on a server declared as your own; it reads real names."
    )
    return text


async def test_a_tool_round_trip(ask: Ask, groq: Any, trail: _Trail) -> None:
    """Tool schemas go out, the summary goes back, the words come in; tokens are counted."""
    answer = _answer(await ask(CALLS, Reply("MRR is $1.2M.")))
    assert (_said(answer), answer.model) == ("MRR is $1.2M.", "groq:openai/gpt-oss-120b")
    assert not answer.fallback
    first, second = groq.requests
    assert [tool["function"]["name"] for tool in first["tools"]] == ["query_metrics"]
    assert [message["role"] for message in second["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]
    assert second["messages"][-1]["content"] == SUMMARY
    calls = [event for event in trail.events if event.action == "model_call"]
    assert [(call.tokens, call.data_left) for call in calls] == [(18, False), (18, False)]
    assert calls[0].arguments["bytes"] < calls[1].arguments["bytes"]


async def test_whole_results_stay_home(ask: Ask, groq: Any) -> None:
    """Nothing of a result but its summary and caveats is in any request."""
    await ask(CALLS, Reply("MRR is $1.2M."))
    sent = json.dumps(groq.requests)
    assert "artifact" not in sent
    assert "And by plan?" not in sent


async def test_streams_sentence_by_sentence(ask: Ask) -> None:
    """A sentence shows before the answer is complete."""
    events = await ask(CALLS, Reply("MRR is $1.2M. That is fine. Bye."))
    tokens = [event.text for event in events if isinstance(event, Token)]
    assert tokens[0] == "MRR is $1.2M. "
    assert "".join(tokens).rstrip() == _answer(events).answer


async def test_a_malformed_call_is_tried_again(ask: Ask, groq: Any) -> None:
    """HTTP 400 `tool_use_failed`: the model hears what went wrong and the turn goes on."""
    failed = Reply(status=400, body=TOOL_USE_FAILED)
    answer = _answer(await ask(failed, CALLS, Reply("MRR is $1.2M.")))
    assert (_said(answer), answer.fallback) == ("MRR is $1.2M.", False)
    assert "could not be parsed" in groq.requests[1]["messages"][-1]["content"]
    assert "could not be parsed" not in json.dumps(groq.requests[2])


async def test_malformed_calls_have_an_end(ask: Ask, groq: Any) -> None:
    """After three tries the planner answers."""
    answer = _answer(await ask(Reply(status=400, body=TOOL_USE_FAILED)))
    assert answer.fallback
    assert answer.answer == (
        f"> The language model sent malformed tool calls; {NOTE}\n\nThe planner speaks."
    )
    assert len(groq.requests) == 3


async def test_a_short_rate_limit_is_waited_for(ask: Ask, groq: Any) -> None:
    """`Retry-After` of a moment is kept to."""
    limited = Reply(status=429, body=RATE_LIMITED, headers={"retry-after": "0.05"})
    answer = _answer(await ask(limited, CALLS, Reply("MRR is $1.2M.")))
    assert not answer.fallback
    assert len(groq.requests) == 3


async def test_a_long_rate_limit_is_not_waited_for(ask: Ask, groq: Any) -> None:
    """A provider that asks for a minute is left: the planner answers at once."""
    limited = Reply(status=429, body=RATE_LIMITED, headers={"retry-after": "60"})
    answer = _answer(await ask(limited))
    assert "is at its rate limit and did not answer" in answer.answer
    assert len(groq.requests) == 1


@pytest.mark.parametrize("status", [401, 400, 500])
async def test_a_refusing_server_is_replaced(ask: Ask, groq: Any, status: int) -> None:
    """A bad key is not retried, a broken server is; both end in an answer."""
    answer = _answer(await ask(Reply(status=status, body={"error": {"message": "no"}})))
    assert answer.answer == f"> The language model did not answer; {NOTE}\n\nThe planner speaks."
    assert len(groq.requests) == (3 if status == 500 else 1)


async def test_a_hanging_server_is_replaced(ask: Ask) -> None:
    """The turn's time limit holds across calls."""
    answer = _answer(await ask(CALLS, Reply("Late.", wait_seconds=1.0), timeout_seconds=0.3))
    assert "did not answer in time" in answer.answer
    assert answer.fallback


async def test_a_server_that_is_down_is_replaced(ask: Ask, groq: Any) -> None:
    """Nothing listens: the planner answers."""
    groq.shutdown()
    groq.server_close()
    assert _answer(await ask(CALLS)).fallback


async def test_nonsense_figures_are_replaced(ask: Ask, groq: Any) -> None:
    """A model that insists on a wrong figure does not get it through."""
    events = await ask(CALLS, Reply("MRR is $7.7M. It is up 44 %. Well done."))
    answer = _answer(events)
    assert _said(answer) == f"{SUMMARY} Well done."
    assert answer.grounded
    assert len(groq.requests) == 3
    assert "7.7" not in "".join(event.text for event in events if isinstance(event, Token))


async def test_nonsense_arguments_can_be_mended(ask: Ask) -> None:
    """Arguments that do not fit the schema come back as a message, not as a failure."""
    answer = _answer(await ask(Reply(call={"oops": 1}), CALLS, Reply("MRR is $1.2M.")))
    assert _said(answer) == "MRR is $1.2M."
    assert [call.args for call in answer.tool_calls] == [{"oops": 1}, {"metrics": ["mrr"]}]
