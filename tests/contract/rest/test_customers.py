"""GET /api/v1/customers and what hangs on one client, on the prepared warehouse."""

from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from app.rest.clients import Client, ClientInFull
from data.gold import Gold
from data.query import Scope


def _ids(body: Any) -> list[str]:
    return [client["customer_id"] for client in body["customers"]]


def _walk(rest: Any, limit: int, **params: Any) -> list[str]:
    """Every id, page by page, as a program would fetch them."""
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = rest.content(rest.get("/customers", limit=limit, offset=offset, **params))
        assert len(page["customers"]) <= limit
        seen += _ids(page)
        offset, params = page["next_offset"], params | {"data_version": page["data_version"]}
    return seen


def test_a_client_has_the_columns_of_gold(gold: Gold) -> None:
    """The published fields are gold's own; what a list cannot select is not promised in lists."""
    row = gold.customer(next(iter(gold.names(Scope()))), Scope()) or {}
    assert set(ClientInFull.model_fields) <= set(row)
    semantic = gold.semantic
    for name in set(Client.model_fields) - {"customer_id", "name"}:
        assert semantic.attribute(name).name == name


def test_active_clients_come_by_default_with_their_totals(rest: Any, gold: Gold) -> None:
    """The same figures as the chat's list, and rows with every column."""
    body = rest.content(rest.get("/customers"))
    found = gold.customers(filters=[], scope=Scope(), limit=50)
    assert _ids(body) == [row[0] for row in found.rows]
    assert body["total"] == rest.facts(body)["customers"] == found.total
    assert set(body["customers"][0]) == set(Client.model_fields)
    assert {client["status"] for client in body["customers"]} == {"active"}
    assert body["provenance"][0]["tool"] == "list_customers"
    assert body["tool_calls"][0]["args"]["sort_by"] == {"by": "arr", "descending": True}


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(20, 120),
    sort=st.sampled_from(["arr", "nps_score", "segment", "churn_prob_90d", "contract_end_date"]),
    descending=st.booleans(),
)
def test_pages_hold_every_client_once(
    rest: Any, gold: Gold, limit: int, sort: str, descending: bool
) -> None:
    """Whatever the order and the size of a page, nobody is lost or shown twice."""
    walked = _walk(rest, limit, sort=sort, descending=descending, status=["active", "churned"])
    assert len(walked) == len(set(walked))
    assert set(walked) == set(gold.names(Scope()))


def test_conditions_and_repeated_parameters_hold_together(rest: Any) -> None:
    """Repeated means any of; different parameters and filters mean all of."""
    params = {"segment": ["SMB", "enterprise"], "filter": ["arr>=5000", "tickets_open<3"]}
    body = rest.content(rest.get("/customers", limit=500, sort="arr", **params))
    assert body["customers"]
    for client in body["customers"]:
        assert client["segment"] in {"SMB", "Enterprise"}
        assert client["arr"] >= 5000
        assert client["tickets_open"] < 3
    arr = [client["arr"] for client in body["customers"]]
    assert arr == sorted(arr, reverse=True)


def test_dates_are_compared_and_written_as_iso(rest: Any) -> None:
    """A date goes in and comes out as YYYY-MM-DD."""
    body = rest.content(rest.get("/customers", filter="contract_end_date<=2026-12-31", limit=500))
    ends = [date.fromisoformat(client["contract_end_date"]) for client in body["customers"]]
    assert ends
    assert max(ends) <= date(2026, 12, 31)


def test_a_page_beyond_the_end_is_empty(rest: Any) -> None:
    """And says that nothing follows."""
    body = rest.content(rest.get("/customers", offset=100_000))
    assert body["customers"] == []
    assert body["next_offset"] is None
    assert body["total"] > 0


def test_a_rebuild_between_pages_is_noticed(rest: Any) -> None:
    """An old `data_version` is refused instead of mixing two builds."""
    error = rest.error(rest.get("/customers", data_version="old"), 409, "data_changed")
    assert "offset 0" in error["hint"]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"offset": -1}, "offset"),
        ({"sort": "shoe_size"}, "shoe_size"),
        ({"segment": "Martians"}, "Martians"),
        ({"segment": " "}, "segment"),
        ({"status": "asleep"}, "asleep"),
        ({"filter": "arr"}, "NAME OPERATOR VALUE"),
        ({"filter": "arr>=lots"}, "takes a number"),
        ({"filter": "arr>nan"}, "not a number"),
        ({"filter": "arr>1e999"}, "not a number"),
        ({"filter": "contract_end_date>soon"}, "2026-05-31"),
        ({"filter": "segment>SMB"}, "segment"),
        ({"filter": "1; drop table gold.customer_metrics"}, "NAME OPERATOR VALUE"),
        ({"segmnt": "SMB"}, "Did you mean 'segment'?"),
        ({"x": "1"}, "no query parameter 'x'"),
    ],
)
def test_a_bad_parameter_is_named(rest: Any, params: dict[str, Any], said: str) -> None:
    """The message names what was wrong, the hint says what is allowed."""
    error = rest.error(rest.get("/customers", **params), 422, "invalid_request")
    assert said in error["message"] + error["hint"]


def test_a_client_is_found_by_name_in_the_list(rest: Any, gold: Gold) -> None:
    """`customer` takes a name; one that nobody has is not found."""
    key, name = next(iter(gold.names(Scope()).items()))
    found = rest.content(rest.get("/customers", customer=name, status=["active", "churned"]))
    assert _ids(found) == [key]
    rest.error(rest.get("/customers", customer="Qqqqzzzz"), 404, "not_found")


def test_one_client_is_shown_in_full(rest: Any, gold: Gold) -> None:
    """Typed columns and the chat's facts say the same, for active and churned clients."""
    rows = {key: gold.customer(key, Scope()) or {} for key in [*gold.names(Scope())][:40]}
    assert {row["status"] for row in rows.values()} == {"active", "churned"}
    for key, row in rows.items():
        body = rest.content(rest.get(f"/customers/{key}"))
        shown = body["customer"]
        assert shown == ClientInFull.of(row).model_dump(mode="json")
        facts = rest.facts(body)
        assert all(facts[name] == shown[name] for name in shown.keys() & facts.keys())


def test_contacts_are_shown_by_role(rest: Any, gold: Gold) -> None:
    """An analyst reads figures; who the contact is, is for those who look after clients."""
    key = next(iter(gold.names(Scope())))
    contact = gold.contact(key, Scope()) or {}
    for role, sees in (("analyst", False), ("account_manager", True)):
        text = rest.get(f"/customers/{key}", rest.bearer(role)).text
        assert (contact["contact_name"] in text) is sees
        assert contact["email"] not in text


@pytest.mark.parametrize("key", ["nobody", "C' OR '1'='1", "../../etc/passwd", "Ünïcode ☂", "%00"])
def test_an_unknown_client_is_not_found(rest: Any, key: str) -> None:
    """Whatever is asked of it."""
    quoted = quote(key, safe="")
    for path in (f"/customers/{quoted}", f"/churn/{quoted}"):
        assert rest.get(path).status_code == 404
    rest.error(rest.get(f"/customers/{quoted}/next-action"), 404, "not_found")


def test_a_name_in_the_path_is_no_id(rest: Any, gold: Gold) -> None:
    """Guessing is for the chat: an address means one client for ever."""
    name = next(iter(gold.names(Scope()).values()))
    rest.error(rest.get(f"/customers/{quote(name)}"), 404, "not_found")


def test_a_draft_is_a_draft(rest: Any, gold: Gold) -> None:
    """Without a body it is a warm e-mail about the strongest reason; nothing is sent."""
    keys = [key for key in gold.names(Scope()) if _may_contact(gold, key)]
    body = rest.content(rest.client.post(f"/api/v1/customers/{keys[0]}/outreach"))
    assert body["drafted"] == "email"
    assert body["subject"]
    assert body["message"].startswith(f"Subject: {body['subject']}")
    assert "nothing has been sent" in body["answer"]
    spoken = rest.post(f"/customers/{keys[0]}/outreach", {"channel": "call", "topic": "renewal"})
    assert rest.content(spoken)["drafted"] == "call"


def test_without_consent_the_draft_is_a_note(rest: Any, gold: Gold) -> None:
    """A client who must not be contacted gets no message."""
    key = next(key for key in gold.names(Scope()) if not _may_contact(gold, key))
    body = rest.content(rest.post(f"/customers/{key}/outreach", {"channel": "email"}))
    assert body["drafted"] == "note"


@pytest.mark.parametrize(
    "body", [{"channel": "pigeon"}, {"tone": "rude"}, {"send": True}, {"topic": "x" * 201}, []]
)
def test_a_wrong_draft_is_told_what_is_allowed(rest: Any, gold: Gold, body: Any) -> None:
    """Unknown fields too: there is none that sends."""
    key = next(iter(gold.names(Scope())))
    error = rest.error(rest.post(f"/customers/{key}/outreach", body), 422, "invalid_request")
    assert error["hint"]


def _may_contact(gold: Gold, key: str) -> bool:
    row = gold.customer(key, Scope()) or {}
    return row["consent_contact"] is True
