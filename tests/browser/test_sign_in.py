"""Where users are known, a page is for who is signed in."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

READY_MS = 60_000


def test_a_page_sends_to_sign_in_and_the_way_leads_back(page: Page, guarded_server: str) -> None:
    """After the password the page asked for appears, with the user's own figures and widget."""
    page.goto(f"{guarded_server}/?segment=Enterprise")
    password = page.locator("input[type=password]")
    password.wait_for(timeout=READY_MS)
    assert page.url == f"{guarded_server}/chat/login"
    page.locator("input").first.fill("leila")
    password.fill("a long password")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{guarded_server}/?segment=Enterprise", timeout=READY_MS)
    expect(page.locator(".who")).to_have_text("leila")
    expect(page.get_by_label("Region")).to_have_count(0)
    session = {c.get("name"): c.get("value") for c in page.context.cookies()}["access_token"]

    page.locator("#chainlit-copilot-button").click(timeout=READY_MS)
    widget = page.locator("#chainlit-copilot-chat")
    expect(widget.get_by_text("filtered to")).to_be_visible(timeout=READY_MS)
    page.locator("#chat-input").click()
    page.keyboard.type("Show me ARR by region")
    page.locator("#chat-submit").click()
    own = re.compile(r"ARR by region \(segment Enterprise\) .*: EMEA \$[^,]*\.$")
    expect(widget.get_by_text(own)).to_be_visible(timeout=READY_MS)
    cookies = {c.get("name"): c.get("value") for c in page.context.cookies()}
    assert cookies["access_token"] == session
