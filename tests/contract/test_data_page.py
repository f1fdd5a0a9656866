"""The page /data: figures of the warehouse, for those who may see all of it, and a check."""

import html
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import wiring
from app.data_page import build_data_page
from app.pages.data_report import data_report
from data.landing import Landing
from data.loaded_quality import loaded_entities, reject_reasons
from data.truth import Truth

CLIENTS = "account_id,company,signup\nA1,Aa <b>Ltd</b>,01/02/2025\nA2,Bb,03/04/2025\n"


@pytest.fixture(scope="module")
def client(parts: wiring.Parts) -> TestClient:
    """A browser of sorts."""
    app = Starlette(routes=list(build_data_page(parts)))
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)


def test_figures_are_those_of_the_warehouse(client: TestClient, prepared_home: Path) -> None:
    """Rows, rejects and an example of each reason stand on the page."""
    page = html.unescape(client.get("/data").text)
    with Truth(prepared_home / "warehouse.duckdb") as truth:
        for entity, rows, rejected in truth.rows(
            "SELECT entity, accepted, rejected FROM silver.load_audit WHERE rows_read > 0"
        ):
            label = str(entity).replace("_", " ").capitalize()
            assert f'<th scope="row">{label}</th>' in page
            assert f'class="number">{rows:,}</td>' in page
            assert f'class="number">{rejected:,}</td>' in page
        worst = truth.rows(
            'SELECT entity, "column", reason, count(*) FROM bronze.rejected GROUP BY ALL '
            "ORDER BY 4 DESC, 1, 2, 3 LIMIT 1"
        )[0]
    column = str(worst[1]).replace("_", " ")
    assert f"{worst[3]:,} rows are left out for the {column}: {worst[2]}." in page


def test_findings_begin_with_what_costs_most_rows(parts: wiring.Parts) -> None:
    """Every reject is counted once, and the order is by severity."""
    landing = Landing(parts.settings.home / "landing" / parts.gold.build.source)
    page = data_report(parts.gold, landing, 200)
    order = [("mend", "look", "note").index(one.severity) for one in page.findings]
    assert order == sorted(order)
    reasons = reject_reasons(parts.gold)
    assert [one.rows for one in reasons] == sorted((one.rows for one in reasons), reverse=True)
    assert {one.entity for one in loaded_entities(parts.gold)} >= {"customers", "subscriptions"}


@pytest.mark.parametrize(
    ("role", "scope"), [("account_manager", "{}"), ("analyst", '{"region": ["EMEA"]}')]
)
def test_others_get_a_friendly_line_and_no_rows(
    client: TestClient, parts: wiring.Parts, role: str, scope: str
) -> None:
    """The examples are rows of any client: neither the page nor the check is for them."""
    headers = {"Authorization": f"Bearer {parts.identity.issue_token(role=role, scope=scope)}"}
    for answer in (
        client.get("/data", headers=headers),
        client.post("/data", headers=headers, files={"file": ("a.csv", CLIENTS)}),
    ):
        assert answer.status_code == 403
        assert "for leads, analysts and administrators" in html.unescape(answer.text)
        assert "Rows left out" not in answer.text


def test_an_uploaded_file_is_checked_and_not_loaded(
    client: TestClient, parts: wiring.Parts
) -> None:
    """The mapping, the question and the figures come back; the landing stays as it was."""
    landing = parts.settings.home / "landing"
    before = sorted(landing.rglob("*"))
    answer = client.post("/data", files={"file": ("accounts.csv", CLIENTS)})
    assert answer.status_code == 200
    page = html.unescape(answer.text)
    assert "customer_id: account_id" in page
    assert "written day first or month first?" in page
    assert "accounts.csv: 2 rows, 3 columns" in page
    assert "<b>Ltd" not in answer.text
    assert sorted(landing.rglob("*")) == before


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("accounts.csv", "", "Choose a file with at least one row first."),
        ("crm.url", "postgresql://elsewhere/crm", "A file like 'crm.url' cannot be checked here."),
        ("crm.sqlite", "SQLite", "cannot be checked here"),
        ("twice.csv", "a,a\n1,2\n", "repeats"),
    ],
)
def test_what_cannot_be_checked_is_said_on_the_page(
    client: TestClient, name: str, content: str, message: str
) -> None:
    """One line above the rest of the page; an address of a database is never opened."""
    answer = client.post("/data", files={"file": (name, content)})
    assert answer.status_code == 422
    assert message in html.unescape(answer.text)
    assert "What is loaded" in answer.text


def test_a_foreign_page_cannot_send_a_file(client: TestClient) -> None:
    """A check costs time: only this site's own form may ask for one."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = client.post("/data", headers=headers, files={"file": ("a.csv", CLIENTS)})
    assert answer.status_code == 403
