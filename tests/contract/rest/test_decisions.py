"""From evidence to action through REST: advice, what-if, tests, plays, and the one write."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.store.interventions import Interventions
from data.gold import Gold
from data.query import Filter, Scope

HIGH = Filter(dimension="churn_risk", value="high")


@pytest.fixture(scope="module")
def client_id(gold: Gold) -> str:
    """An active client at risk."""
    return str(gold.customers(filters=[HIGH], scope=Scope()).rows[0][0])


def _logged(rest: Any, client_id: str) -> list[Any]:
    return Interventions(rest.parts.database).latest(customer_id=client_id)


def test_the_next_action_has_its_evidence(rest: Any, client_id: str) -> None:
    """And the steps of the play as citations."""
    body = rest.content(rest.get(f"/customers/{client_id}/next-action"))
    assert body["tool_calls"] == [{"name": "recommend_action", "args": {"customer": client_id}}]
    assert {source["evidence"] for source in body["provenance"]} & {"measured", "assumed"}


def test_a_simulation_gives_ranges(rest: Any) -> None:
    """The body is the tool's arguments, the facts are the contract's names."""
    asked = {
        "strategy": "success_call",
        "filters": [HIGH.model_dump()],
        "treat_fraction": 0.5,
        "horizon_days": 180,
    }
    body = rest.content(rest.post("/simulations", asked))
    facts = rest.facts(body)
    for name in ("customers_retained", "arr_saved_usd", "cost_usd", "net_usd", "roi_pct"):
        assert facts[f"{name}_low"] <= facts[name] <= facts[f"{name}_high"]
    assert 0 <= facts["p_positive_prob"] <= 1
    again = rest.facts(rest.content(rest.post("/simulations", asked)))
    assert again == facts


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "strategy: Field required"),
        ({"strategy": "hypnosis"}, "hypnosis"),
        ({"strategy": "discount", "treat_fraction": 1.5}, "treat_fraction"),
        ({"strategy": "discount", "cost_per_customer": -1}, "cost_per_customer"),
        ({"strategy": "discount", "horizon_days": 1}, "horizon_days"),
        ({"strategy": "discount", "filters": [{"dimension": "shoe"}]}, "filters.0.value"),
        ({"strategy": "discount", "filters": [{"dimension": "shoe", "value": 1}]}, "shoe"),
        ({"strategy": "discount", "budget": 5}, "budget: Extra inputs"),
        ([], "body"),
    ],
)
def test_a_wrong_simulation_is_told_what_is_allowed(rest: Any, body: Any, said: str) -> None:
    """Field, value and the allowed ones."""
    error = rest.error(rest.post("/simulations", body), 422, "invalid_request")
    assert said in error["message"]
    assert error["hint"].startswith(("Allowed: ", "The parameters"))


def test_infinite_numbers_are_no_json(rest: Any) -> None:
    """`NaN` and `Infinity` in a body are refused, whatever the field."""
    for word in ("NaN", "Infinity", "1e999"):
        text = f'{{"strategy": "discount", "cost_per_customer": {word}}}'
        response = rest.client.post(
            "/api/v1/simulations", content=text, headers={"Content-Type": "application/json"}
        )
        rest.error(response, 422, "invalid_request")


def test_an_experiment_is_read_by_its_strategy(rest: Any) -> None:
    """By group and within days of assignment, too."""
    whole = rest.content(rest.get("/experiments/success_call"))
    assert whole["provenance"][0]["evidence"] == "measured"
    split = rest.content(rest.get("/experiments/success_call", by="segment"))
    assert split["tool_calls"][0]["args"]["by"] == "segment"
    early = {"start": "2024-01-01", "end": "2024-01-02"}
    rest.error(rest.get("/experiments/success_call", **early), 409, "cannot_answer")


def test_an_unknown_experiment_is_not_found(rest: Any) -> None:
    """The path names no strategy; a wrong split is a wrong parameter."""
    error = rest.error(rest.get("/experiments/hypnosis"), 404, "not_found")
    assert "success_call" in error["hint"]
    error = rest.error(rest.get("/experiments/discount", by="shoe"), 422, "invalid_request")
    assert "segment" in error["hint"]


def test_playbooks_are_cited(rest: Any) -> None:
    """Passages with playbook and heading; nothing relevant is an answer, not an error."""
    body = rest.content(rest.get("/playbooks", q="a stalled onboarding", limit=2))
    assert len(body["citations"]) == 2
    assert body["citations"][0]["source"] == "onboarding-stall"
    nothing = rest.content(rest.get("/playbooks", q="zzzz qqqq"))
    assert rest.facts(nothing)["passages"] == 0
    for params in ({}, {"q": " "}, {"q": "x", "limit": 11}, {"q": "x", "driver": "moon"}):
        rest.error(rest.get("/playbooks", **params), 422, "invalid_request")


def test_an_intervention_is_written_at_once(rest: Any, client_id: str, gold: Gold) -> None:
    """The request is the yes; who did it is the asker, never the body."""
    before = len(_logged(rest, client_id))
    name = gold.names(Scope())[client_id]
    asked = {"customer": name, "strategy": "Success call", "note": "spoke to Dana"}
    body = rest.content(rest.post("/interventions", asked))
    (newest, *rest_of) = _logged(rest, client_id)
    assert len(rest_of) == before
    assert newest.id == rest.facts(body)["intervention_id"]
    item = newest.intervention
    assert (item.strategy, item.note, item.user_id) == ("success_call", "spoke to Dana", "demo")
    assert item.assignment == "targeted"


def test_a_key_makes_a_write_happen_once(rest: Any, client_id: str) -> None:
    """Sent again, even at the same moment, the same entry is answered and nothing is added."""
    before = len(_logged(rest, client_id))
    asked = {"customer": client_id, "strategy": "training", "note": "webinar"}
    key = {"Idempotency-Key": "monday-1"}
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(rest.post, "/interventions", asked, key) for _ in range(4)]
    bodies = [rest.content(each.result()) for each in sent]
    assert len(_logged(rest, client_id)) == before + 1
    assert len({rest.facts(body)["intervention_id"] for body in bodies}) == 1
    assert [body["caveats"] for body in bodies] == [bodies[0]["caveats"]] * 4
    other = rest.post("/interventions", asked | {"note": "another"}, key)
    rest.error(other, 409, "key_reused")
    by_another = rest.post("/interventions", asked, key | rest.bearer("cs_lead"))
    assert rest.facts(rest.content(by_another)) != rest.facts(bodies[0])
    assert len(_logged(rest, client_id)) == before + 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"customer": "Qqqqzzzz", "strategy": "training"}, 404, "not_found"),
        ({"customer": "C00001", "strategy": "hypnosis"}, 422, "invalid_request"),
        ({"customer": "C00001", "strategy": "training", "user_id": "x"}, 422, "invalid_request"),
        (
            {"customer": "C00001", "strategy": "training", "note": "x" * 2001},
            422,
            "invalid_request",
        ),
    ],
)
def test_a_wrong_intervention_writes_nothing(rest: Any, body: Any, status: int, code: str) -> None:
    """Not even half of one."""
    before = len(Interventions(rest.parts.database).latest())
    rest.error(rest.post("/interventions", body), status, code)
    assert len(Interventions(rest.parts.database).latest()) == before


def test_a_form_of_another_site_writes_nothing(rest: Any) -> None:
    """Only JSON is read, so that a foreign page cannot post without the browser's consent."""
    text = '{"customer": "C00001", "strategy": "training"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        response = rest.client.post(
            "/api/v1/interventions", content=text, headers={"Content-Type": kind}
        )
        rest.error(response, 422, "invalid_request")


def test_every_call_is_audited(rest: Any, client_id: str) -> None:
    """Who, what, with which arguments, how many rows; refused calls too."""
    body = rest.content(rest.get(f"/churn/{client_id}", rest.bearer("analyst")))
    (record,) = rest.parts.audit.latest(audit_id=body["audit_id"])
    event = record.event
    assert (event.action, event.tool, event.role) == ("api_call", "predict_churn", "analyst")
    assert event.arguments["customer"] == client_id
    assert event.rows == 1
    rest.get("/churn/nobody")
    (refused,) = rest.parts.audit.latest(limit=1)
    assert refused.event.arguments["customer"] == "nobody"
    assert refused.event.rows is None
    assert rest.parts.audit.verify().ok
