"""Shared by the tests that need a built warehouse, the whole product or a server beside it."""

import json
import shutil
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import duckdb
import numpy as np
import pandas as pd
import pytest

from app import wiring
from app.settings import Settings
from app.store.database import Database
from app.store.model_store import load_serving
from data.build import Build
from data.gold import Gold
from data.ingest import ingest_folder
from data.mapping import Mapping
from data.query import Scope
from data.semantic_model import load_semantic_model
from knowledge.embedder import Embedder
from knowledge.library import Library
from tools.contract import ToolContext

Finish = Callable[..., None]


def _put_plausible_scores(build: Build) -> None:
    """Scores without a model: a fixed number a client, so that gold can be built and judged."""
    features = build.frame("silver.customer_features")
    probability = features["customer_id"].map(lambda key: crc32(key.encode()) % 97 / 100)
    risks = np.array(["low", "medium", "high"])[np.digitize(probability, [0.15, 0.35])]
    scored = pd.DataFrame(
        {
            "customer_id": features["customer_id"],
            "month_end": features["snapshot_date"],
            "health_score": 100 * (1 - probability),
            "churn_prob_90d": probability,
            "churn_risk": risks,
        }
    )
    build.put("history", scored)
    today = scored[features["snapshot_date"] == pd.Timestamp(build.as_of)]
    bands = np.array(["at_risk", "watch", "healthy"])[np.digitize(today["health_score"], [40, 70])]
    build.put(
        "health",
        today.assign(
            health_band=bands,
            churn_prob_30d=today["churn_prob_90d"] / 3,
            churn_prob_60d=today["churn_prob_90d"] / 2,
            churn_prob_90d_low=today["churn_prob_90d"] / 2,
            churn_prob_90d_high=(1 + today["churn_prob_90d"]) / 2,
            rule_score=0.2,
            rule_risk="medium",
            rules_fired=[["inactivity"]] * len(today),
            model_version="plausible-1",
        ),
    )


@pytest.fixture(scope="session")
def finish() -> Finish:
    """Takes a build from bronze to the served file, with plausible scores."""

    def _finish(build: Build, logged: pd.DataFrame | None = None) -> None:
        build.bronze()
        build.silver()
        _put_plausible_scores(build)
        if logged is not None:
            build.put("interventions", logged)
        build.gold()
        build.publish()

    return _finish


@pytest.fixture(scope="session")
def warehouse_of(finish: Finish) -> Callable[[Path, Mapping, Path], Path]:
    """Loads a folder, builds, and gives the warehouse file."""

    def _warehouse(folder: Path, mapping: Mapping, home: Path) -> Path:
        ingest_folder(folder, mapping, home / "landing")
        with Build(home=home, source=mapping) as build:
            finish(build)
        return home / "warehouse.duckdb"

    return _warehouse


@pytest.fixture(scope="session")
def reader(prepared_settings: Settings, gold: Gold) -> ToolContext:
    """An administrator who sees every client; nothing can be written."""
    home = prepared_settings.home
    library = Library(prepared_settings.playbooks, home / "index", Embedder(home / "embedder"))
    return ToolContext("u1", "admin", Scope(), gold, load_serving(home), library)


@pytest.fixture(scope="session")
def context(reader: ToolContext) -> ToolContext:
    """An analyst who sees every client; nothing can be written."""
    return replace(reader, role="analyst")


@pytest.fixture(scope="session")
def truth(prepared_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Gold itself, asked in SQL."""
    with duckdb.connect(str(prepared_home / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture
def doctored(
    context: ToolContext, prepared_home: Path, tmp_path: Path
) -> Iterator[Callable[..., ToolContext]]:
    """Changes a copy of the warehouse by SQL, and answers from it."""
    opened: list[Gold] = []

    def _doctored(*statements: str) -> ToolContext:
        path = tmp_path / str(len(opened)) / "warehouse.duckdb"
        path.parent.mkdir()
        shutil.copy(prepared_home / "warehouse.duckdb", path)
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)
        opened.append(Gold(path, load_semantic_model()))
        return replace(context, gold=opened[-1])

    yield _doctored
    for each in opened:
        each.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty store."""
    with closing(Database.open(tmp_path)) as opened:
        yield opened


@pytest.fixture(scope="session")
def wired(
    prepared_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., AbstractContextManager[wiring.Parts]]:
    """Builds the whole product over the prepared home, with an empty store and other settings."""

    def _wired(**changes: Any) -> AbstractContextManager[wiring.Parts]:
        store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'aura.db'}"
        update = {"database_url": store, **changes}
        return closing(wiring.build(prepared_settings.model_copy(update=update)))

    return _wired


@pytest.fixture(scope="module")
def parts(
    wired: Callable[..., AbstractContextManager[wiring.Parts]],
) -> Iterator[wiring.Parts]:
    """The whole product over the prepared home, with a store of this module's own."""
    with wired() as built:
        yield built


Server = TypeVar("Server", bound=ThreadingHTTPServer)


@contextmanager
def _listening(server: Server) -> Generator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def listening() -> Callable[[Server], AbstractContextManager[Server]]:
    """Lets a server answer on this machine as long as its context lasts."""
    return _listening


Message = dict[str, Any]
Refusal = tuple[int, dict[str, Any], dict[str, str]]


class ChatServer(ThreadingHTTPServer):
    """A provider of chat completions: a reply is a message, or status, body and headers."""

    daemon_threads = True

    def __init__(self, reply: Callable[[dict[str, Any]], Message | Refusal]) -> None:
        super().__init__(("127.0.0.1", 0), _Completions)
        self.reply = reply
        self.heads: list[str] = []
        self.requests: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        """Base URL for the client."""
        return f"http://127.0.0.1:{self.server_port}"


class _Completions(BaseHTTPRequestHandler):
    server: ChatServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base's name
        """Stay quiet."""

    def do_POST(self) -> None:
        """Answer one chat completion, as a whole or as a stream."""
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.heads.append(f"{self.requestline}\n{self.headers}")
        self.server.requests.append(request)
        reply = self.server.reply(request)
        if isinstance(reply, tuple):
            status, body, headers = reply
            self._send(status, json.dumps(body), {**headers, "content-type": "application/json"})
        elif request.get("stream"):
            self._send(200, "".join(_events(reply)), {"content-type": "text/event-stream"})
        else:
            self._send(200, _completion(reply), {"content-type": "application/json"})

    def _send(self, status: int, text: str, headers: dict[str, str]) -> None:
        content = text.encode()
        with suppress(ConnectionError):  # the client may have gone
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)


_BASE = {"id": "chatcmpl-1", "created": 1, "model": "m"}
_USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


def _finish_reason(message: Message) -> str:
    return "tool_calls" if message.get("tool_calls") else "stop"


def _completion(message: Message) -> str:
    choice = {"index": 0, "message": message, "finish_reason": _finish_reason(message)}
    whole = {**_BASE, "object": "chat.completion", "choices": [choice], "usage": _USAGE}
    return json.dumps(whole)


def _events(message: Message) -> Iterator[str]:
    """The message cut every five letters, in the middle of words and tokens."""
    text, calls = message["content"], message.get("tool_calls")
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": text[i : i + 5]} for i in range(0, len(text), 5)]
    deltas += [{"tool_calls": calls}] if calls else []
    for delta in deltas:
        yield _event(delta, None)
    yield _event({}, _finish_reason(message), x_groq={"id": "req_1", "usage": _USAGE})
    yield "data: [DONE]\n\n"


def _event(delta: dict[str, Any], reason: str | None, **more: Any) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    chunk = {**_BASE, "object": "chat.completion.chunk", "choices": [choice], **more}
    return f"data: {json.dumps(chunk)}\n\n"


@pytest.fixture(scope="session")
def chat_server() -> Callable[..., AbstractContextManager[ChatServer]]:
    """Starts a provider that replies as a test says."""
    return lambda reply: _listening(ChatServer(reply))
