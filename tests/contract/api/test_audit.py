"""GET /audit: for admins, in pages."""

from typing import Any

import pytest

from app.governance.audit import AuditEvent

AUDIT = "/api/v1/audit"


def test_the_audit_log_is_for_admins(api: Any) -> None:
    """Every other role is told so, whatever its scope."""
    for role in ("account_manager", "cs_lead", "analyst"):
        error = api.error(api.client.get(AUDIT, headers=api.bearer(role)), 403, "forbidden")
        assert role in error["message"]
    assert api.client.get(AUDIT, headers=api.bearer("admin")).status_code == 200


def test_the_audit_log_is_read_in_pages(api: Any) -> None:
    """Newest first; following `next_before` reaches every record once."""
    events = [
        AuditEvent(f"turn-{number // 2}", "ann", "analyst", "tool_call", arguments={"n": number})
        for number in range(5)
    ]
    sealed = api.audit.append(events)
    seen: list[dict[str, Any]] = []
    before: int | None = None
    while True:
        params = {"limit": 2} if before is None else {"limit": 2, "before": before}
        page = api.client.get(AUDIT, params=params).json()
        seen += page["entries"]
        before = page["next_before"]
        if before is None:
            break
    assert [entry["hash"] for entry in seen] == [record.hash for record in sealed[::-1]]
    assert seen[0]["arguments"] == {"n": 4}
    one_turn = api.client.get(AUDIT, params={"audit_id": "turn-1"}).json()["entries"]
    assert [entry["seq"] for entry in one_turn] == [4, 3]


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 1_001}, {"before": 0}, {"limit": "x"}])
def test_a_wrong_page_is_told_the_limits(api: Any, params: dict[str, Any]) -> None:
    """Query parameters fail in the one shape too."""
    error = api.error(api.client.get(AUDIT, params=params), 422, "invalid_request")
    assert next(iter(params)) in error["message"]
