"""Who may see what through REST: nothing of others leaks, whatever is asked."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from data.gold import Gold
from data.query import Scope

ONE_CLIENT = (
    "/customers/{}",
    "/customers/{}/next-action",
    "/churn/{}",
    "/churn/{}/explanation",
)
MANY_CLIENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/customers", {"limit": 500, "status": ["active", "churned"]}),
    ("/kpis", {"metrics": "arr", "dimensions": "customer", "limit": 1000}),
    ("/kpis", {"metrics": "customers", "dimensions": "account_manager"}),
    ("/forecast", {"horizon_days": 30}),
    ("/playbooks", {"q": "win back"}),
    ("/data/status", {}),
)


@pytest.fixture(scope="module")
def by_manager(gold: Gold) -> dict[str, set[str]]:
    """Client ids by account manager."""
    managers = gold.values("account_manager", Scope())
    return {name: set(gold.names(Scope(account_manager=(name,)))) for name in managers}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_client_of_others_does_not_exist(
    rest: Any, gold: Gold, by_manager: dict[str, set[str]], data: st.DataObject
) -> None:
    """Every page about one client answers the very same for it and for one that never was."""
    manager = data.draw(st.sampled_from(sorted(by_manager)))
    foreign = data.draw(st.sampled_from(sorted(set(gold.names(Scope())) - by_manager[manager])))
    headers = rest.bearer("account_manager", account_manager=[manager])
    page = data.draw(st.sampled_from(ONE_CLIENT))
    denied = rest.get(page.format(foreign), headers)
    unknown = rest.get(page.format("C99999"), headers)
    rest.error(denied, 404, "not_found")
    assert denied.text.replace(foreign, "C99999") == unknown.text
    body = {"customer": foreign, "strategy": "training"}
    logged = rest.post("/interventions", body, headers)
    rest.error(logged, 404, "not_found")
    assert gold.names(Scope())[foreign] not in logged.text
    rest.error(rest.post(f"/customers/{foreign}/outreach", {}, headers), 404, "not_found")
    name = gold.names(Scope())[foreign]
    by_name = rest.get("/customers", headers, customer=name)
    assert by_name.status_code in {404, 422, 200}
    assert foreign not in by_name.text


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_lists_hold_only_ones_own(
    rest: Any, gold: Gold, by_manager: dict[str, set[str]], data: st.DataObject
) -> None:
    """No id and no name of anybody else's client is anywhere in an answer."""
    manager = data.draw(st.sampled_from(sorted(by_manager)))
    headers = rest.bearer("account_manager", account_manager=[manager])
    own = by_manager[manager]
    own_names = {gold.names(Scope())[key] for key in own}
    foreign = {
        word
        for key, name in gold.names(Scope()).items()
        if key not in own
        for word in (key, name)
        if word not in own_names
    }
    for path, params in MANY_CLIENTS:
        response = rest.get(path, headers, **params)
        rest.content(response)
        assert not [word for word in foreign if f'"{word}"' in response.text]
        others = set(by_manager) - {manager}
        assert not [name for name in others if f'"{name}"' in response.text]


def test_ones_own_are_all_there(rest: Any, by_manager: dict[str, set[str]]) -> None:
    """The scope hides nobody who is inside it."""
    for manager, own in by_manager.items():
        headers = rest.bearer("account_manager", account_manager=[manager])
        params = {"limit": 500, "status": ["active", "churned"]}
        body = rest.content(rest.get("/customers", headers, **params))
        assert {client["customer_id"] for client in body["customers"]} == own
        assert body["total"] == len(own)


def test_a_parameter_never_widens_a_scope(rest: Any, gold: Gold) -> None:
    """Asking for another region gives nobody, not everybody."""
    headers = rest.bearer("analyst", region=["EMEA"])
    emea = set(gold.names(Scope(region=("EMEA",))))
    shown = rest.content(rest.get("/customers", headers, limit=500))
    assert {client["customer_id"] for client in shown["customers"]} < emea
    both = rest.content(rest.get("/customers", headers, region=["EMEA", "APAC"], limit=500))
    assert both["total"] == shown["total"]
    other = rest.content(rest.get("/customers", headers, region="APAC"))
    assert (other["total"], other["customers"]) == (0, [])
    assert "in your scope" in other["answer"]


def test_nobodys_scope_sees_nobody(rest: Any) -> None:
    """An empty list is no restriction forgotten: it is nobody."""
    headers = rest.bearer("admin", segment=[])
    assert rest.content(rest.get("/customers", headers))["total"] == 0


def test_company_wide_effects_are_open_but_not_by_manager(rest: Any) -> None:
    """A strategy's effect is an aggregate; colleagues are not compared for all to see."""
    headers = rest.bearer("account_manager", region=["EMEA"])
    whole = rest.get("/experiments/success_call").json()
    assert rest.get("/experiments/success_call", headers).json()["facts"] == whole["facts"]
    split = rest.get("/experiments/success_call", headers, by="account_manager")
    rest.error(split, 403, "forbidden")


def test_the_status_of_the_data_hides_the_companys_size(rest: Any) -> None:
    """Freshness is for everybody, how much there is only for who may see it all."""
    narrow = rest.content(rest.get("/data/status", rest.bearer("analyst", region=["EMEA"])))
    assert (narrow["rows"], narrow["loads"]) == (None, None)
    assert narrow["as_of"]
    assert rest.content(rest.get("/data/status"))["rows"]["customers"] == 300


def _pages(rest: Any) -> list[tuple[str, str]]:
    open_to_all = {"/healthz"}
    paths = rest.app.openapi()["paths"]
    return [
        (path, m) for path, methods in paths.items() for m in methods if path not in open_to_all
    ]


def test_every_page_needs_a_token_where_others_can_reach_it(guarded: Any) -> None:
    """No route was forgotten, and the refusal says how to sign in."""
    pages = _pages(guarded)
    assert len(pages) > 18
    for path, method in pages:
        body = {"query": "x"} if "chatbot" in path else {"customer": "x", "strategy": "y"}
        if "outreach" in path or "drafts" in path:
            body = {"feedback": "used"} if "feedback" in path else {}
        if "alerts" in path:
            body = {"ids": []}
        params = {"q": "x"} if path.endswith("playbooks") else {}
        address = path.format(customer_id="x", strategy="x", file_id="x", name="x", draft_id="x")
        sent = {"json": body} if method == "post" else {}
        for headers in ({}, {"Authorization": "Bearer forged"}, {"Authorization": "Basic eDp5"}):
            response = guarded.client.request(
                method, address, params=params, headers=headers, **sent
            )
            error = guarded.error(response, 401, "unauthenticated")
            assert "Bearer" in error["hint"]
            assert response.headers["www-authenticate"] == "Bearer"
