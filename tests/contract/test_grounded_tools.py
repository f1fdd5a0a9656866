"""What the tools say of real data passes the gate, and altering what they return alters it."""

from collections.abc import Callable
from typing import Any, cast, get_type_hints

import pytest

from app.agent.evidence import Evidence, gather
from app.agent.grounding import judge, unbacked
from app.agent.sentences import split
from data.gold import Gold
from data.query import Scope
from tools.contract import Fact, ToolContext, ToolResult
from tools.registry import TOOLS

AT_RISK = [{"dimension": "churn_risk", "op": "=", "value": "high"}]
SMB = [{"dimension": "segment", "op": "=", "value": "SMB"}]
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("query_metrics", {"metrics": ["mrr"]}),
    ("query_metrics", {"metrics": ["arr", "customers"], "dimensions": ["segment"]}),
    ("query_metrics", {"metrics": ["nrr", "grr", "logo_churn_rate"]}),
    ("query_metrics", {"metrics": ["churned_customers"], "grain": "month", "filters": SMB}),
    ("query_metrics", {"metrics": ["expansion_mrr"], "compare_to": "previous_period"}),
    ("query_metrics", {"metrics": ["customers_at_risk"]}),
    ("query_metrics", {"metrics": ["nps", "csat", "avg_health_score"]}),
    ("query_metrics", {"metrics": ["mrr"], "decompose": True}),
    ("query_metrics", {"metrics": ["arr"], "decompose": True, "dimensions": ["customer"]}),
    ("query_metrics", {"metrics": ["customers"], "decompose": True, "filters": SMB}),
    ("query_metrics", {"metrics": ["logo_churn_rate"], "decompose": True}),
    ("query_metrics", {"metrics": ["nps"], "decompose": True, "compare_to": "previous_year"}),
    ("query_metrics", {"metrics": ["arpa"], "decompose": True, "dimensions": ["segment"]}),
    ("query_metrics", {"metrics": ["avg_resolution_hours"], "decompose": True}),
    ("query_metrics", {"metrics": ["tickets"], "decompose": True}),
    ("query_metrics", {"metrics": ["net_new_mrr"], "decompose": True}),
    ("list_customers", {"filters": AT_RISK, "limit": 5}),
    (
        "list_customers",
        {"filters": [{"dimension": "days_to_renewal", "op": "between", "value": [0, 60]}]},
    ),
    ("get_customer", {"customer": "{client}"}),
    ("predict_churn", {"customer": "{client}", "horizon_days": 30}),
    ("predict_churn", {"filters": SMB}),
    ("evaluate_rules", {"customer": "{client}"}),
    ("evaluate_rules", {}),
]

Run = Callable[[str, dict[str, Any]], ToolResult]


class _Churn:
    version = "test"
    card: dict[str, Any] = {}  # noqa: RUF012 -- a stand-in
    caveat = None


@pytest.fixture
def run(gold: Gold) -> Run:
    """Runs a tool on the prepared warehouse."""
    context = ToolContext(
        user_id="ann",
        role="analyst",
        scope=Scope(),
        gold=gold,
        churn=cast("Any", _Churn()),
        playbooks=cast("Any", None),
    )
    client = gold.customers(
        filters=[], scope=Scope(), sort_by=None, limit=1, columns=["customer_id"]
    ).rows[0][0]
    tools = {tool.__name__: tool for tool in TOOLS}

    def call(name: str, args: dict[str, Any]) -> ToolResult:
        function = tools[name]
        values = {k: client if v == "{client}" else v for k, v in args.items()}
        return function(get_type_hints(function)["args"].model_validate(values), context)

    return call


def _evidence(name: str, result: ToolResult) -> Evidence:
    return gather([(name, result)], user_text="", definitions={})


def _without_words(result: ToolResult) -> ToolResult:
    """The figures alone: what an outside check of the response can see."""
    return result.model_copy(update={"summary": "", "caveats": []})


@pytest.mark.parametrize(("name", "args"), CALLS)
def test_a_tool_states_only_figures_it_returns(run: Run, name: str, args: dict[str, Any]) -> None:
    """Summary and caveats pass on facts, table and arguments, without vouching for themselves."""
    result = run(name, args)
    evidence = _evidence(name, _without_words(result))
    facts: list[Fact] = list(result.facts)
    text = " ".join([result.summary, *result.caveats])
    for piece in split(text):
        verdict = judge(piece, evidence)
        assert verdict.ok, (piece, verdict.unsupported)
        facts += verdict.facts
    assert unbacked(text, facts, evidence) == []


@pytest.mark.parametrize(
    ("name", "args"),
    [("query_metrics", {"metrics": ["mrr"]}), ("predict_churn", {"customer": "{client}"})],
)
def test_altering_a_result_alters_what_may_be_said(
    run: Run, name: str, args: dict[str, Any]
) -> None:
    """The same words fail once the tool's figures are others."""
    result = run(name, args)
    facts = [
        fact.model_copy(update={"value": fact.value * 1.5 + 1})
        if isinstance(fact.value, float)
        else fact
        for fact in result.facts
    ]
    altered = _without_words(result).model_copy(update={"facts": facts, "table": None})
    evidence = _evidence(name, altered)
    assert any(not judge(piece, evidence).ok for piece in split(result.summary))
