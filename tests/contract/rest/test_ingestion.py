"""POST /api/v1/data/ingest: files in, whole or not at all, with every fault told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from data.landing import Landing
from data.raw import ENTITIES

TICKETS = (
    "ticket_id,customer_id,created_at,subject\n"
    "N1,C00001,2026-10-01T10:00:00,Slow\n"
    "N2,C00002,someday,Broken\n"
    ",C00003,2026-10-02T10:00:00,Nameless\n"
    "N4,C00004,2026-10-03T10:00:00,Question\n"
)
ACCOUNTS = (
    "Account ID,Account Name,Created Date,Monthly Recurring Revenue\n"
    'N9,Northwind,2026-09-30,"$1,200.50"\n'
)
CLIENTS = "customer_id,name,segment,region,plan,contract_type\nN8,Eight,smb,EMEA,Starter,annual\n"
EVENTS = '{"eventId": "N7", "customerId": "C00001", "timestamp": "2026-10-01T10:00:00Z"}\n'


@pytest.fixture(autouse=True)
def _nothing_asked(rest: Any) -> Iterator[None]:
    rest.rebuilds.asked.clear()
    yield
    left = [path.name for path in rest.settings.home.glob(".upload-*")]
    assert not left


def _send(
    rest: Any,
    content: str | bytes = TICKETS,
    category: str = "support_tickets",
    source_type: str = "csv",
    name: str = "tickets.csv",
    **headers: str,
) -> Response:
    return rest.client.post(
        "/api/v1/data/ingest",
        data={"source_type": source_type, "data_category": category},
        files={"file": (name, content)},
        headers=headers,
    )


def _loads(rest: Any) -> int:
    return len(Landing(rest.settings.home / "landing" / "demo").loads())


def test_good_rows_are_loaded_and_bad_ones_told(rest: Any) -> None:
    """File, row, column, value and reason of each fault; a rebuild is queued."""
    body = rest.content(_send(rest))
    assert (body["entity"], body["rows_read"]) == ("support_tickets", 4)
    assert (body["accepted"], body["rejected"]) == (2, 2)
    assert sum(body["reasons"].values()) == body["rejected_values_total"] == 2
    assert body["rejected_values"] == [
        {
            "file": "tickets.csv",
            "row": 2,
            "column": "created_at",
            "value": "someday",
            "reason": "not a date and time",
        },
        {
            "file": "tickets.csv",
            "row": 3,
            "column": "ticket_id",
            "value": None,
            "reason": "missing",
        },
    ]
    assert body["rebuild"]["state"] == "queued"
    assert rest.rebuilds.asked == ["tickets.csv was added"]
    status = rest.content(rest.get("/data/status"))
    assert status["loads"][-1]["file"] == "tickets.csv"
    (record,) = rest.parts.audit.latest(audit_id=body["audit_id"])
    assert (record.event.tool, record.event.rows) == ("ingest", 2)


def test_the_same_content_again_changes_nothing(rest: Any) -> None:
    """No second load, and no rebuild for it; the answer is the same."""
    first = rest.content(_send(rest, TICKETS.replace("N1", "N11")))
    rest.rebuilds.asked.clear()
    loads = _loads(rest)
    again = rest.content(_send(rest, TICKETS.replace("N1", "N11")))
    assert again["already_loaded"]
    assert again["rejected_values"] == first["rejected_values"]
    assert (_loads(rest), rest.rebuilds.asked) == (loads, [])


@pytest.mark.parametrize(
    ("category", "source_type", "name", "content", "entity"),
    [
        ("demographics", "crm", "Accounts Q4.csv", ACCOUNTS, "customers"),
        ("engagement", "api", "page 1.jsonl", EVENTS, "engagement_events"),
        ("customers", "csv", "c.csv", CLIENTS, "customers"),
    ],
)
def test_crm_and_api_are_files_with_their_mapping(
    rest: Any, category: str, source_type: str, name: str, content: str, entity: str
) -> None:
    """They land beside what the installation was prepared from, so that the rebuild has them."""
    loads = _loads(rest)
    body = rest.content(_send(rest, content, category, source_type, name))
    assert (body["entity"], body["accepted"], body["rejected"]) == (entity, 1, 0)
    assert (body["file"], _loads(rest)) == (name, loads + 1)


def test_many_faults_are_counted_and_the_first_shown(rest: Any) -> None:
    """A hundred faults are enough to see what is wrong."""
    rows = "".join(f"M{n},C00001,never,x\n" for n in range(250))
    body = rest.content(_send(rest, f"ticket_id,customer_id,created_at,subject\n{rows}"))
    assert (body["accepted"], body["rejected"], body["rejected_values_total"]) == (0, 250, 250)
    assert [fault["row"] for fault in body["rejected_values"]] == [*range(1, 101)]


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"category": "shoes"}, "invalid_request", "shoes"),
        ({"category": "../customers"}, "invalid_request", "../customers"),
        ({"source_type": "sap"}, "invalid_request", "sap"),
        ({"content": ""}, "not_loaded", "empty"),
        ({"content": "a,b\n1,2\n"}, "not_loaded", "no column"),
        ({"content": b"PK\x03\x04", "name": "x.parquet"}, "not_loaded", "x.parquet"),
        ({"content": "{", "name": "x.jsonl"}, "not_loaded", "x.jsonl"),
        ({"name": "x.zip"}, "invalid_request", "x.zip"),
        ({"name": "shop.url"}, "invalid_request", "shop.url"),
        ({"name": "shop.sqlite"}, "invalid_request", "shop.sqlite"),
        ({"name": "noending"}, "invalid_request", "noending"),
    ],
)
def test_what_cannot_be_loaded_changes_nothing(
    rest: Any, changes: dict[str, Any], code: str, said: str
) -> None:
    """Named with what is allowed; no load, no rebuild, and no path of this machine."""
    loads = _loads(rest)
    response = _send(rest, **changes)
    error = rest.error(response, 422, code)
    assert said in error["message"]
    assert str(rest.settings.home) not in response.text
    assert (_loads(rest), rest.rebuilds.asked) == (loads, [])


def test_the_allowed_names_are_told(rest: Any) -> None:
    """Entities and their everyday names."""
    hint = rest.error(_send(rest, category="shoes"), 422, "invalid_request")["hint"]
    assert all(name in hint for name in [*ENTITIES, "demographics", "engagement"])


@pytest.mark.parametrize("left_out", ["source_type", "data_category", "file"])
def test_a_field_that_is_missing_is_named(rest: Any, left_out: str) -> None:
    """All three are needed."""
    data = {"source_type": "csv", "data_category": "support_tickets"}
    data.pop(left_out, None)
    files = {"file": ("t.csv", TICKETS)} if left_out != "file" else {"x": ("t.csv", b"")}
    response = rest.client.post("/api/v1/data/ingest", data=data, files=files)
    assert left_out in rest.error(response, 422, "invalid_request")["message"]


def test_a_name_leads_nowhere_else(rest: Any, tmp_path: Path) -> None:
    """Only the last part of a file's name is kept, made harmless."""
    target = tmp_path / "evil.csv"
    for name in (str(target), f"..\\..\\{target.name}", ".evil.csv"):
        body = rest.content(_send(rest, TICKETS + f"N5,C1,2026-10-03,{len(name)}\n", name=name))
        assert body["file"] == "evil.csv"
    assert not target.exists()


def test_only_who_sees_everything_may_load(rest: Any) -> None:
    """Two roles, and neither with a limited scope."""
    for role in ("account_manager", "analyst"):
        rest.error(_send(rest, **rest.bearer(role)), 403, "forbidden")
    rest.error(_send(rest, **rest.bearer("cs_lead", region=["EMEA"])), 403, "forbidden")
    assert rest.rebuilds.asked == []
    rest.content(_send(rest, TICKETS.replace("N1", "N21"), **rest.bearer("cs_lead")))


def test_a_page_of_another_site_may_not_load(rest: Any) -> None:
    """A browser sends forms to this machine for anybody: ours alone are taken."""
    rest.error(_send(rest, Origin="https://elsewhere.example"), 403, "forbidden")
    rest.error(_send(rest, Origin="null"), 403, "forbidden")
    rest.content(_send(rest, TICKETS.replace("N1", "N31"), Origin="http://localhost"))


def test_a_long_file_is_refused_while_it_arrives(rest: Any) -> None:
    """Whether or not its length is announced."""
    limit = rest.settings.max_upload_mb * 1_000_000
    announced = {
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(limit + 1),
    }
    rest.error(
        rest.client.post("/api/v1/data/ingest", content=b"", headers=announced), 413, "too_large"
    )


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("application/json", json.dumps({"source_type": "csv"}).encode(), 415),
        ("multipart/form-data", b"x", 415),
        ("multipart/form-data; boundary=x", b"", 422),
        ("multipart/form-data; boundary=x", b"rubbish", 422),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n", 422),
    ],
)
def test_what_is_no_form_is_refused(rest: Any, kind: str, content: bytes, status: int) -> None:
    """In the one error shape."""
    response = rest.client.post(
        "/api/v1/data/ingest", content=content, headers={"Content-Type": kind}
    )
    rest.error(response, status, response.json()["error"]["code"])
