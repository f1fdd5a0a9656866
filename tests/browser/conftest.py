"""A real server and a real Chromium that reports every request leaving this machine."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app.settings import Settings
from app.store.database import Database
from app.store.users import Users
from data.query import Scope

REPO = Path(__file__).parents[2]
START_SECONDS = 240
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOME_ADDRESSES = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def foreign_port() -> int:
    """Port of another site on this machine that may embed the widget."""
    return _free_port()


@pytest.fixture(scope="session")
def server(prepared_home: Path, foreign_port: int) -> Iterator[str]:
    """`aura up` on a free port; its address."""
    origins = {"AURA_WIDGET_ORIGINS": f"http://127.0.0.1:{foreign_port}"}
    with serving(prepared_home, origins) as address:
        yield address


@contextmanager
def serving(home: Path, settings: Mapping[str, str]) -> Generator[str]:
    """Run `aura up` over a home on a free port."""
    port = _free_port()
    command = [sys.executable, "-m", "app.cli", "up", "--port", str(port)]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "AURA_HOME": str(home),
        "AURA_PLAYBOOKS": str(REPO / "playbooks"),
        **settings,
    }
    log = home / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=REPO, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{address}/healthz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless; its event loop must not outlive the browser tests."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine (package `chromium`)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def guarded_server(
    prepared_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server of the same data with one user, `leila`, who sees the region EMEA."""
    home = tmp_path_factory.mktemp("guarded")
    shutil.copytree(prepared_settings.home, home, dirs_exist_ok=True)
    (home / "aura.db").unlink(missing_ok=True)
    database = Database.open(home)
    Users(database).add("leila", "a long password", role="cs_lead", scope=Scope(region=("EMEA",)))
    database.close()
    with serving(home, {}) as address:
        yield address


@pytest.fixture
def outside() -> list[str]:
    """Addresses that the page asked of any other machine."""
    return []


@pytest.fixture
def page(browser: Browser, outside: list[str]) -> Iterator[Page]:
    """A fresh page whose outside requests are written down and stopped."""
    context = browser.new_context(viewport={"width": 1280, "height": 1100})
    opened = context.new_page()

    def watch(request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith(HOME_ADDRESSES):
            outside.append(url)

    opened.on("request", watch)
    yield opened
    context.close()
