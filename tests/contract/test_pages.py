"""The pages show what the tools answer, to those who may see it, whatever the address says."""

import csv
import html
import io
import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import wiring
from app.dashboard import build_pages
from app.governance.identity import Asker
from app.pages.client_advice import client_advice
from app.settings import Settings
from data.query import Filter, OrderBy, Scope
from tools.churn import PredictChurnArgs, predict_churn
from tools.contract import ToolContext
from tools.customers import ListCustomersArgs, list_customers
from tools.explain import ExplainChurnArgs, explain_churn
from tools.metrics import QueryMetricsArgs, query_metrics
from tools.recommend import RecommendActionArgs, recommend_action
from tools.wording import format_value

HIGH = Filter(dimension="churn_risk", op="=", value="high")
EMEA = Scope(region=("EMEA",))


class Pages:
    """Looks at the pages as somebody."""

    def __init__(self, parts: wiring.Parts) -> None:
        self.parts = parts
        app = Starlette(routes=list(build_pages(parts)))
        self.client = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)

    def context(self, scope: Scope | None = None) -> ToolContext:
        """What the tools get for an analyst of a scope."""
        asker = Asker(user_id="t", name="t", role="analyst", scope=scope or Scope())
        return self.parts.turns.tool_context(asker)

    def text(self, path: str, scope: str | None = None, status: int = 200) -> str:
        """The page's HTML, unescaped."""
        headers = {}
        if scope is not None:
            token = self.parts.identity.issue_token(role="analyst", scope=scope)
            headers["Authorization"] = f"Bearer {token}"
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, answer.text[:500]
        return html.unescape(answer.text)

    def first_at_risk(self, scope: Scope | None = None) -> tuple[str, str]:
        """Id and name of the client with the most ARR at risk."""
        found = self.parts.gold.customers(
            filters=[HIGH], scope=scope or Scope(), sort_by=OrderBy(by="arr_at_risk"), limit=1
        )
        return str(found.rows[0][0]), str(found.rows[0][1])


@pytest.fixture(scope="module")
def pages(parts: wiring.Parts) -> Pages:
    """The pages over the prepared home, with a store of their own."""
    return Pages(parts)


def _card(page: str, label: str) -> str:
    found = re.search(rf'kpi-label">{label}<.*?kpi-value">(.*?)</p>', page, re.DOTALL)
    assert found, f"no card {label}"
    return found.group(1)


@pytest.mark.parametrize("segment", [None, "SMB"])
def test_cards_show_what_the_chat_would_answer(pages: Pages, segment: str | None) -> None:
    """Each figure equals the tool's, rounded alike."""
    filters = [Filter(dimension="segment", op="=", value=segment)] if segment else []
    page = pages.text(f"/?segment={segment}" if segment else "/")
    for name in ("customers", "mrr", "arr_at_risk", "customers_at_risk", "logo_churn_rate", "nrr"):
        args = QueryMetricsArgs(metrics=[name], filters=filters)
        fact = next(f for f in query_metrics(args, pages.context()).facts if f.name == name)
        label = pages.parts.gold.semantic.metric(name).label
        assert _card(page, label) == format_value(fact.value, fact.unit), name


def test_the_list_shows_the_clients_and_totals_of_the_tool(pages: Pages) -> None:
    """Number, ARR, expected loss, order and next action agree with the tools."""
    page = pages.text("/")
    args = ListCustomersArgs(filters=[HIGH], sort_by=OrderBy(by="arr_at_risk"))
    listed = list_customers(args, pages.context())
    facts = {fact.name: fact.value for fact in listed.facts}
    loss = format_value(round(float(str(facts["arr_at_risk_total"]))), "usd")
    assert f"{facts['customers']} clients at high risk" in page
    assert f"expected loss within 90 days is {loss}" in page
    assert listed.table is not None
    names = re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', page)
    assert names == [str(row[0]) for row in listed.table.rows[: len(names)]]
    advised = recommend_action(RecommendActionArgs(filters=[HIGH]), pages.context()).table
    assert advised is not None
    column = [c.name for c in advised.columns].index("next_best_action")
    first = str(advised.rows[0][column]).replace("_", " ").capitalize()
    assert f'data-label="Next best action">{first}<' in page


def test_a_client_page_agrees_with_the_tools(pages: Pages) -> None:
    """Probabilities, reasons and advice are the chat's."""
    key, name = pages.first_at_risk()
    page = pages.text(f"/customers/{key}")
    assert f"<h1>{name}" in page
    table = predict_churn(PredictChurnArgs(customer=key), pages.context()).table
    assert table is not None
    for row in table.rows:
        assert f">{format_value(row[1], 'prob')}</p>" in page
    assert explain_churn(ExplainChurnArgs(customer=key), pages.context()).summary in page
    fragment = pages.text(f"/pages/customers/{key}/advice")
    summary = recommend_action(RecommendActionArgs(customer=key), pages.context()).summary
    advice = client_advice(key, pages.context())
    assert advice is not None
    assert " ".join(advice.sentences) == summary
    assert all(sentence in fragment for sentence in advice.sentences)


def test_a_scope_bounds_every_page(pages: Pages) -> None:
    """A scoped asker sees their own figures, and others' clients do not exist."""
    scope = '{"region": ["EMEA"]}'
    page = pages.text("/", scope)
    answer = query_metrics(QueryMetricsArgs(metrics=["mrr"]), pages.context(EMEA))
    mrr = next(fact for fact in answer.facts if fact.name == "mrr")
    assert _card(page, "MRR") == format_value(mrr.value, "usd") != _card(pages.text("/"), "MRR")
    outside = Filter(dimension="region", op="!=", value="EMEA")
    rows = pages.parts.gold.customers(filters=[outside], scope=Scope(), limit=1).rows
    hidden = pages.text(f"/customers/{rows[0][0]}", scope, status=404)
    unknown = pages.text("/customers/nobody", scope, status=404)
    token = re.compile(r'"token": "[^"]*"')
    assert token.sub("", hidden) == token.sub("", unknown)
    assert str(rows[0][1]) not in hidden
    assert pages.text(f"/pages/customers/{rows[0][0]}/advice", scope, status=404) == ""


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("segment=Galaxy", "There is no segment “Galaxy”"),
        ("region=<script>", "There is no region “<script>”"),
        ("period=2019-Q9", "There is no period “2019-Q9”"),
        ("sort=name;drop", "cannot be sorted by “name;drop”"),
        ("page=-1", "There is no page “-1”"),
        ("page=²", "There is no page “²”"),
    ],
)
def test_what_an_address_gets_wrong_is_said(pages: Pages, query: str, said: str) -> None:
    """A mistyped filter is a line on the page, never an error and never markup."""
    answer = pages.client.get(f"/?{query}")
    assert answer.status_code == 200
    assert said in html.unescape(answer.text)
    assert "<script>”" not in answer.text
    assert "<script>" not in re.sub(r"<script (?:src|type)=", "", answer.text)


@pytest.mark.parametrize("query", ["period=3m", "period=2026", "period=2025-Q4", "page=999"])
def test_every_period_and_page_can_be_shared(pages: Pages, query: str) -> None:
    """A valid address shows figures and no complaint."""
    page = pages.text(f"/?{query}")
    assert 'class="problem"' not in page
    assert _card(page, "MRR").startswith("$")


def test_the_export_holds_every_client_at_risk(pages: Pages) -> None:
    """All pages of the list, as plain figures."""
    answer = pages.client.get("/at-risk.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    found = pages.parts.gold.customers(
        filters=[HIGH], scope=Scope(), sort_by=OrderBy(by="arr_at_risk"), limit=1000
    )
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row["Client id"] for row in rows] == [str(row[0]) for row in found.rows]
    total = sum(float(row["ARR at risk (USD)"]) for row in rows)
    assert total == pytest.approx(found.totals["arr_at_risk"], abs=len(rows))


def test_the_forecast_fills_itself_in(pages: Pages) -> None:
    """The page waits for a fragment, which draws the tool's chart."""
    assert 'data-fragment="/pages/forecast?segment=SMB"' in pages.text("/?segment=SMB")
    fragment = pages.text("/pages/forecast")
    spec = json.loads(re.findall(r'data-spec="forecast">(.*?)</script>', fragment, re.DOTALL)[0])
    assert [trace["type"] for trace in spec["data"]].count("scatter") == 3
    assert "predicted by a model" in fragment


def test_pages_are_private_compressed_and_guarded(pages: Pages) -> None:
    """Nothing is kept on the way; what the page loads is kept for good."""
    answer = pages.client.get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-encoding"] == "gzip"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    for address in re.findall(r'(?:src|href|srcset)="(/static/[^"]+)"', answer.text):
        loaded = pages.client.get(address)
        assert loaded.status_code == 200, address
        assert "immutable" in loaded.headers["cache-control"]
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.text)


def test_without_sign_in_no_page_is_shown(prepared_settings: Settings, tmp_path: Path) -> None:
    """With users, a stranger is sent to sign in and a forged token is refused."""
    store = f"sqlite:///{tmp_path / 'aura.db'}"
    parts = wiring.build(prepared_settings.model_copy(update={"database_url": store}))
    parts.users.add("leila", "a long password", role="cs_lead", scope=EMEA)
    pages = Pages(parts)
    for path in ("/", "/customers/C00001", "/at-risk.csv", "/pages/forecast"):
        answer = pages.client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/chat/login")
        assert answer.text == ""
        forged = pages.client.get(path, headers={"Authorization": "Bearer x.y.z"})
        assert forged.status_code == 401
    assert "MRR" in pages.text("/", '{"region": ["EMEA"]}')
    parts.close()


def test_every_kind_of_client_has_a_page(pages: Pages) -> None:
    """Those who left, who joined yesterday, who have no contract or never logged in, too."""
    gold = pages.parts.gold
    odd = [
        Filter(dimension="status", op="=", value="churned"),
        Filter(dimension="tenure_days", op="<", value=30),
        Filter(dimension="churn_risk", op="=", value="low"),
    ]
    for condition in odd:
        found = gold.customers(filters=[condition], scope=Scope(), limit=5)
        assert found.rows, condition
        for customer_id, name, *_ in found.rows:
            assert str(name) in pages.text(f"/customers/{customer_id}")


def test_a_fault_is_a_sentence_with_an_incident(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who looks at a page reads neither JSON nor a stack trace."""

    def broken(*_given: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("app.dashboard.client.client_page", broken)
    text = pages.text("/customers/nobody-yet", status=500)
    assert "incident" in text
    assert "secret" not in text
    assert "{" not in text
