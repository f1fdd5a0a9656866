"""A real server and a real Chromium that reports every request leaving this machine."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

REPO = Path(__file__).parents[2]
START_SECONDS = 90
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
def server(prepared_home: Path) -> Iterator[str]:
    """`aura up` on a free port; its address."""
    port = _free_port()
    command = [sys.executable, "-m", "app.cli", "up", "--port", str(port)]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(prepared_home),
        "AURA_HOME": str(prepared_home),
        "AURA_PLAYBOOKS": str(REPO / "playbooks"),
    }
    log = prepared_home / "server.log"
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
