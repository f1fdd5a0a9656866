"""The widget on another site, as docs/WIDGET.md says: its page, copied, with a scoped token."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app import wiring
from app.settings import Settings
from data.gold import Gold
from data.query import Filter, OrderBy, Scope

pytestmark = pytest.mark.browser

GUIDE = Path(__file__).parents[2] / "docs" / "WIDGET.md"
READY_MS = 60_000
EMEA = Scope(region=("EMEA",))


@pytest.fixture(scope="module")
def token(prepared_settings: Settings, server: str) -> str:
    """Signed by the running installation, for the clients of one region."""
    parts = wiring.build(prepared_settings)
    signed = parts.identity.issue_token(role="account_manager", scope='{"region": ["EMEA"]}')
    parts.close()
    return signed


def _at_risk(gold: Gold, scope: Scope, **where: Any) -> tuple[str, str]:
    filters = [Filter(dimension="churn_risk", op="=", value="high")]
    filters += [Filter(dimension="region", op="!=", value=value) for value in where.values()]
    rows = gold.customers(filters=filters, scope=scope, sort_by=OrderBy(by="arr"), limit=1).rows
    return str(rows[0][0]), str(rows[0][1])


@pytest.fixture
def site(foreign_port: int, server: str, token: str) -> Iterator[list[str]]:
    """Serves the guide's page on another origin; the list holds the client it names."""
    shown = ["nobody"]
    (block,) = re.findall(r"```html\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html = block.replace("https://aura.example.com", server)
            html = html.replace("the signed token", token).replace("C00003", shown[0])
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            """Stay quiet."""

    httpd = ThreadingHTTPServer(("127.0.0.1", foreign_port), Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield shown
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def _ask(page: Page, question: str) -> None:
    page.locator("#chat-input").click()
    page.keyboard.type(question)
    page.locator("#chat-submit").click()


def test_a_foreign_page_asks_about_its_client(
    page: Page, site: list[str], foreign_port: int, gold: Gold, outside: list[str]
) -> None:
    """The page names the client; the token's scope holds for every figure."""
    key, name = _at_risk(gold, EMEA)
    site[0] = key
    page.goto(f"http://127.0.0.1:{foreign_port}/")
    page.locator("#chainlit-copilot-button").click(timeout=READY_MS)
    widget = page.locator("#chainlit-copilot-chat")
    expect(widget.get_by_text(name)).to_be_visible(timeout=READY_MS)
    _ask(page, "Why is this client at risk?")
    expect(widget.get_by_text("Source:").last).to_be_visible(timeout=READY_MS)
    assert f"{name} has a predicted" in widget.inner_text()

    _ask(page, "Show me ARR by region")
    only_emea = widget.get_by_text(re.compile(r"ARR by region .*: EMEA \$[^,]*\.$")).last
    expect(only_emea).to_be_visible(timeout=READY_MS)
    assert outside == []


def test_a_client_outside_the_token_is_on_no_page(
    page: Page, site: list[str], foreign_port: int, gold: Gold
) -> None:
    """What the page says never widens what the asker may see."""
    key, name = _at_risk(gold, Scope(), not_in="EMEA")
    site[0] = key
    page.goto(f"http://127.0.0.1:{foreign_port}/")
    page.locator("#chainlit-copilot-button").click(timeout=READY_MS)
    widget = page.locator("#chainlit-copilot-chat")
    expect(widget.get_by_text("Ask me about your clients.")).to_be_visible(timeout=READY_MS)
    _ask(page, "Why is this client at risk?")
    expect(widget.locator(".ai-message").nth(1)).not_to_be_empty(timeout=READY_MS)
    page.wait_for_timeout(1_500)
    assert name not in widget.inner_text()
