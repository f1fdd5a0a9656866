"""An action is logged after a yes for exactly this, once, and inside the scope."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.store.interventions import Interventions
from data.gold import Gold
from data.query import Scope
from tools.contract import ConfirmedCall, ToolContext
from tools.errors import FinalToolError, RetryableToolError
from tools.export import ExportReportArgs, export_report
from tools.interventions import ASK_FIRST, LogInterventionArgs, log_intervention
from tools.outreach import DraftOutreachArgs, draft_outreach

Clients = Callable[..., list[tuple[str, dict[str, Any]]]]


def test_nobody_outside_the_scope_is_drafted_logged_or_exported(
    context: ToolContext, clients: Clients, gold: Gold, store: Interventions
) -> None:
    """Another manager's client does not exist, whatever the tool."""
    key, row = clients()[0]
    other = next(
        name for name in gold.values("account_manager", Scope()) if name != row["account_manager"]
    )
    args = {"customer": key, "strategy": "training"}
    blind = replace(
        context,
        scope=Scope(account_manager=(other,)),
        confirmed=ConfirmedCall("log_intervention", args),
    )
    with pytest.raises(FinalToolError, match="among the clients you can see"):
        draft_outreach(DraftOutreachArgs(customer=key), blind)
    with pytest.raises(FinalToolError, match="among the clients you can see"):
        log_intervention(LogInterventionArgs.model_validate(args), blind)
    with pytest.raises(FinalToolError, match="among the clients you can see"):
        export_report(ExportReportArgs(what="customer", customer=key), blind)
    assert store.latest() == []


def test_nothing_is_logged_without_a_yes_for_exactly_this(
    context: ToolContext, clients: Clients, store: Interventions
) -> None:
    """No yes, a yes to another tool, client or strategy: nothing is written."""
    (one, _), (two, _) = clients()[:2]
    args = LogInterventionArgs(customer=one, strategy="training")
    agreed = [
        None,
        ConfirmedCall("start_experiment", {"customer": one, "strategy": "training"}),
        ConfirmedCall("log_intervention", {"customer": two, "strategy": "training"}),
        ConfirmedCall("log_intervention", {"customer": one, "strategy": "discount"}),
    ]
    for confirmed in agreed:
        with pytest.raises(FinalToolError, match=re.escape(ASK_FIRST)):
            log_intervention(args, replace(context, confirmed=confirmed))
    assert store.latest() == []


def test_a_yes_writes_once_and_a_second_entry_is_told(
    context: ToolContext, clients: Clients, store: Interventions
) -> None:
    """Client by name, strategy in words: stored canonically, by this user, never as a test."""
    key, row = clients()[0]
    args = LogInterventionArgs(customer=row["name"], strategy="Success call", note=" spoke to Jo ")
    agreed = ConfirmedCall("log_intervention", args.model_dump())
    result = log_intervention(args, replace(context, confirmed=agreed))
    (kept,) = store.latest()
    assert (kept.intervention.customer_id, kept.intervention.strategy) == (key, "success_call")
    assert (kept.intervention.user_id, kept.intervention.note) == ("u1", "spoke to Jo")
    assert result.args == {"customer": key, "strategy": "success_call", "note": "spoke to Jo"}
    assert result.summary == f"Saved: success call for {row['name']}, with your note."
    assert result.caveats == []
    again = log_intervention(args, replace(context, confirmed=agreed))
    assert "already on file" in again.caveats[0]


def test_an_unknown_strategy_lists_the_known(context: ToolContext, clients: Clients) -> None:
    """A misspelt strategy can be mended; it is never stored as it is."""
    key, _ = clients()[0]
    with pytest.raises(RetryableToolError) as caught:
        log_intervention(LogInterventionArgs(customer=key, strategy="sucess cal"), context)
    assert caught.value.allowed[0] == "success_call"
