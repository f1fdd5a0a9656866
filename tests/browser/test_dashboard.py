"""The pages and their widget, as an account manager uses them."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

READY_MS = 60_000


def _open(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("[aria-busy]")).to_have_count(0, timeout=READY_MS)


def _last_answer(page: Page) -> str:
    widget = page.locator("#chainlit-copilot-chat")
    expect(widget.get_by_text("Source:").last).to_be_visible(timeout=READY_MS)
    return widget.inner_text()


def test_from_the_overview_to_why_a_client_is_at_risk(
    page: Page, server: str, outside: list[str]
) -> None:
    """Open, filter, open a client, ask the widget about "this client"."""
    _open(page, server)
    expect(page.get_by_role("heading", name="Your clients")).to_be_visible()
    before = page.locator(".kpi-value").first.inner_text()
    page.get_by_label("Segment").select_option("Enterprise")
    page.wait_for_url(f"{server}/?segment=Enterprise")
    expect(page.locator("[aria-busy]")).to_have_count(0, timeout=READY_MS)
    assert page.locator(".kpi-value").first.inner_text() != before
    expect(page.locator("td[data-label=Segment]").first).to_have_text("Enterprise")
    page.go_back()
    expect(page.locator(".kpi-value").first).to_have_text(before)
    expect(page.get_by_label("Segment")).to_have_value("")

    link = page.locator("#at-risk tbody a").first
    name = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    expect(page.get_by_text("Next best action for").first).to_be_visible(timeout=READY_MS)
    page.get_by_role("button", name="Why?").click()
    assert name in _last_answer(page)
    assert outside == []


def test_the_widget_follows_the_filter(page: Page, server: str) -> None:
    """A question that names no segment is about the page's; another page is another subject."""
    page.goto(f"{server}/?segment=SMB")
    page.locator("#chainlit-copilot-button").click(timeout=READY_MS)
    widget = page.locator("#chainlit-copilot-chat")
    expect(widget.get_by_text("filtered to")).to_be_visible(timeout=READY_MS)
    page.locator("#chat-input").click()
    page.keyboard.type("How many active customers do we have?")
    page.locator("#chat-submit").click()
    shown = page.locator(".kpi-value").first.inner_text()
    assert re.search(rf"\b{shown}\b.*SMB|SMB.*\b{shown}\b", _last_answer(page), re.DOTALL)


def test_every_chart_is_drawn_and_can_be_read_as_a_table(page: Page, server: str) -> None:
    """Pictures have words, a source and their figures; nothing fails on the way."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    _open(page, server)
    figures = page.locator("figure.chart")
    expect(figures).to_have_count(5)
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".js-plotly-plot")).to_be_visible(timeout=READY_MS)
        expect(figure.locator("figcaption")).to_contain_text("As of")
        figure.get_by_text("Figures as a table").click()
        expect(figure.locator("tbody tr").nth(1)).to_be_visible(timeout=READY_MS)
    assert errors == []


SANITY = """() => {
  const named = (element) => element.getAttribute("aria-label")
    || element.getAttribute("aria-labelledby") || element.innerText?.trim()
    || element.labels?.[0]?.innerText.trim() || element.querySelector("img")?.alt;
  const within = [...document.body.querySelectorAll("*")].filter((e) => !e.closest(".plot"));
  const unnamed = within.filter((e) => e.matches("a, button, select, input, [role=img]") && !named(e));
  const ids = within.map((e) => e.id).filter(Boolean);
  const broken = within.flatMap((e) => ["aria-labelledby", "aria-describedby"]
    .flatMap((name) => (e.getAttribute(name) ?? "").split(" ").filter(Boolean)))
    .filter((id) => !document.getElementById(id));
  const levels = within.filter((e) => /^H[1-6]$/.test(e.tagName)).map((e) => Number(e.tagName[1]));
  const skipped = levels.filter((level, place) => place && level > levels[place - 1] + 1);
  const luminance = (color) => {
    const parts = color.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const ground = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(color) && !color.includes("color(")) return color;
    }
    return getComputedStyle(document.documentElement).backgroundColor;
  };
  const pale = within.filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())
    && e.offsetParent && !e.closest("script")).filter((e) => {
      const [a, b] = [luminance(getComputedStyle(e).color), luminance(ground(e))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
    });
  return {
    unnamed: unnamed.map((e) => e.outerHTML.slice(0, 120)),
    repeated: ids.filter((id, place) => ids.indexOf(id) !== place),
    broken, skipped,
    headings: levels.filter((level) => level === 1).length,
    pale: pale.map((e) => e.outerHTML.slice(0, 120)),
    wide: document.documentElement.scrollWidth > innerWidth,
    language: document.documentElement.lang,
  };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 420])
@pytest.mark.parametrize("kind", ["overview", "client"])
def test_pages_are_readable_by_everyone(
    page: Page, server: str, kind: str, width: int, scheme: str
) -> None:
    """Names, headings, contrast of 4.5 and no sideways scrolling, light and dark, wide and narrow."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    _open(page, server)
    if kind == "client":
        page.locator("#at-risk tbody a").first.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("[aria-busy]")).to_have_count(0, timeout=READY_MS)
    assert page.evaluate(SANITY) == {
        "unnamed": [],
        "repeated": [],
        "broken": [],
        "skipped": [],
        "headings": 1,
        "pale": [],
        "wide": False,
        "language": "en",
    }


def test_definitions_open_by_keyboard(page: Page, server: str) -> None:
    """The first stop skips to the content; a figure's definition shows on focus."""
    _open(page, server)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    info = page.get_by_role("button", name="What is NRR?")
    info.focus()
    tip = page.locator(f"#{info.get_attribute('aria-describedby')}")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("opening MRR")


def test_an_unknown_client_leads_back(page: Page, server: str) -> None:
    """A friendly page, not an error."""
    answer = page.goto(f"{server}/customers/nobody")
    assert answer is not None
    assert answer.status == 404
    page.get_by_role("link", name="Back to the overview").click()
    expect(page.get_by_role("heading", name="Your clients")).to_be_visible()
