import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SHOWN_MS = 30_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 420])
def test_the_interface_is_shown_and_tried_without_any_other_host(
    page: Page, server: str, outside: list[str], scheme: str, width: int
) -> None:
    """Every operation is listed, one is run, and nothing is asked of another machine."""
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 1000})
    page.goto(f"{server}/docs")
    operations = page.locator(".opblock")
    expect(operations.first).to_be_visible(timeout=SHOWN_MS)
    listed = page.request.get(f"{server}/openapi.json").json()["paths"]
    expect(operations).to_have_count(sum(len(methods) for methods in listed.values()))

    status = page.locator(".opblock", has_text="/api/v1/data/status")
    status.locator(".opblock-summary").click()
    status.get_by_role("button", name="Try it out").click()
    status.get_by_role("button", name="Execute").click()
    answered = status.locator(".live-responses-table .response-col_status")
    expect(answered.last).to_contain_text("200", timeout=SHOWN_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert outside == []
    assert wrong == []
