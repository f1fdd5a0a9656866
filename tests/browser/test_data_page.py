"""The page about the data in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_file_is_checked_from_the_page(
    page: Page, server: str, outside: list[str], tmp_path: Path
) -> None:
    """From the menu to a mapping to copy, without loading anything from elsewhere."""
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    path = tmp_path / "accounts.csv"
    path.write_text("Account No,Company,Since\nA-1,Northwind,05.01.2025\nA-2,Contoso,17.03.2025\n")
    page.goto(f"{server}/data")
    expect(page.get_by_role("heading", name="What to mend first")).to_be_visible()
    expect(page.get_by_role("heading", name="What is loaded")).to_be_visible()
    page.get_by_label("File to check").set_input_files(path)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("accounts.csv: 2 rows, 3 columns")).to_be_visible(timeout=60_000)
    expect(page.locator("pre")).to_contain_text("customer_id: Account No")
    assert problems == []
    assert outside == []


def test_the_page_fits_a_narrow_screen(page: Page, server: str) -> None:
    """Tables become cards: nothing has to be scrolled sideways."""
    page.set_viewport_size({"width": 420, "height": 900})
    page.goto(f"{server}/data")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
