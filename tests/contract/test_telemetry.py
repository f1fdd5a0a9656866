"""Nothing leaves past the guard, whatever the environment asks for."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app import wiring
from app.settings import Settings

REPO = Path(__file__).parents[2]
CONVERSATION = """
from langchain_core.language_models import FakeListChatModel
from langchain_core.tracers.langchain import wait_for_all_tracers
{before}
FakeListChatModel(responses=["Fine."]).invoke("How is Northwind?")
wait_for_all_tracers()
"""
SWITCHED_OFF = "from app.telemetry import switch_off_telemetry\nswitch_off_telemetry()"


class _Collector(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[str] = []

    def asking(self) -> dict[str, str]:
        """Variables that ask LangChain to trace everything to this server."""
        return {
            "LANGSMITH_TRACING": "true",
            "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_API_KEY": "test",
            "LANGSMITH_ENDPOINT": f"http://127.0.0.1:{self.server_port}",
        }


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base's name
        """Stay quiet."""

    def _take(self) -> None:
        self.server.requests.append(self.requestline)  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PATCH = _take  # noqa: N815 -- the base's names


@pytest.fixture
def collector(listening: Callable[..., AbstractContextManager[_Collector]]) -> Iterator[_Collector]:
    """A tracing service on this machine."""
    with listening(_Collector()) as server:
        yield server


def _untouched() -> dict[str, str]:
    """The environment as it was before another test of this run was wired."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LANG")}


@pytest.mark.parametrize(("before", "leaves"), [("", True), (SWITCHED_OFF, False)])
def test_conversations_are_not_traced_elsewhere(
    collector: _Collector, before: str, leaves: bool
) -> None:
    """The variables alone send every conversation out; once Aura is wired they do not."""
    subprocess.run(  # noqa: S603 -- our own interpreter and text
        [sys.executable, "-c", CONVERSATION.format(before=before)],
        cwd=REPO,
        env={**_untouched(), **collector.asking()},
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert bool(collector.requests) is leaves


def test_wiring_switches_it_off(
    monkeypatch: pytest.MonkeyPatch, prepared_settings: Settings, tmp_path: Path
) -> None:
    """Whichever door is used, it goes through the wiring."""
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LITERAL_API_KEY", "test")
    store = f"sqlite:///{tmp_path / 'aura.db'}"
    wiring.build(prepared_settings.model_copy(update={"database_url": store})).close()
    assert os.environ["LANGSMITH_TRACING"] == "false"
    assert os.environ["OTEL_SDK_DISABLED"] == "true"
    assert "LITERAL_API_KEY" not in os.environ
