import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ANSWER_MS = 30_000


def _ask(page: Page, question: str) -> None:
    page.locator("#chat-input").click()
    page.keyboard.type(question)
    submit = page.locator("#chat-submit")
    expect(submit).to_be_enabled(timeout=ANSWER_MS)
    submit.click()


def test_a_manager_asks_and_follows_up(page: Page, server: str, outside: list[str]) -> None:
    """Two questions give a table, a chart and a source, and nothing leaves this machine."""
    page.goto(f"{server}/chat")
    page.locator("#chat-input").wait_for(timeout=ANSWER_MS)
    expect(page.get_by_text("Who is at risk?")).to_be_visible()

    _ask(page, "Show me ARR by segment")
    expect(page.locator("table").first).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=ANSWER_MS)
    expect(page.get_by_text("Source:").first).to_be_visible()

    _ask(page, "and by region?")
    expect(page.locator("table")).to_have_count(2, timeout=ANSWER_MS)
    expect(page.locator("table").last).to_contain_text("EMEA")

    _ask(page, "What do our playbooks say about onboarding?")
    quoted = page.get_by_text("Restart a stalled onboarding").first
    expect(quoted).to_be_visible(timeout=ANSWER_MS)
    assert outside == []


def test_a_suggestion_is_asked_by_a_click(page: Page, server: str) -> None:
    """The suggested next questions work as buttons."""
    page.goto(f"{server}/chat")
    page.locator("#chat-input").wait_for(timeout=ANSWER_MS)
    _ask(page, "How many active customers do we have?")
    page.get_by_role("button", name="Customers by segment").click(timeout=ANSWER_MS)
    expect(page.locator("table").last).to_contain_text("Enterprise", timeout=ANSWER_MS)


def test_the_dark_narrow_page_does_not_overflow(page: Page, server: str) -> None:
    """A phone in dark mode shows the whole answer without scrolling sideways."""
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server}/chat")
    page.locator("#chat-input").wait_for(timeout=ANSWER_MS)
    _ask(page, "Top 5 clients by ARR")
    expect(page.locator("table").first).to_be_visible(timeout=ANSWER_MS)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
