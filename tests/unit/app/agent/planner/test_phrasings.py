"""Single utterances: the right tool with the right arguments, or an honest refusal."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from app.agent.planner.plan import Plan
from tools.churn import PredictChurnArgs
from tools.customers import GetCustomerArgs, ListCustomersArgs
from tools.experiments import AnalyzeExperimentArgs
from tools.explain import ExplainChurnArgs
from tools.metrics import QueryMetricsArgs
from tools.playbooks import GetPlaybookArgs, SearchPlaybooksArgs
from tools.rules import EvaluateRulesArgs

FILES = (
    "phrasings.yml",
    "more_phrasings.yml",
    "other_phrasings.yml",
    "fourth_phrasings.yml",
    "fifth_phrasings.yml",
    "sixth_phrasings.yml",
    "seventh_phrasings.yml",
    "eighth_phrasings.yml",
    "hindsight_phrasings.yml",
    "said_phrasings.yml",
    "figure_phrasings.yml",
)
ARGS: dict[str, type[BaseModel]] = {
    "query_metrics": QueryMetricsArgs,
    "list_customers": ListCustomersArgs,
    "get_customer": GetCustomerArgs,
    "predict_churn": PredictChurnArgs,
    "explain_churn": ExplainChurnArgs,
    "evaluate_rules": EvaluateRulesArgs,
    "search_playbooks": SearchPlaybooksArgs,
    "get_playbook": GetPlaybookArgs,
    "analyze_experiment": AnalyzeExperimentArgs,
}
Fault = Callable[[Mapping[str, Any], Plan], str]


def _rows() -> list[dict[str, Any]]:
    here = Path(__file__).parent
    tables = [yaml.safe_load((here / file).read_text("utf-8")) for file in FILES]
    return [row for table in tables for rows in table.values() for row in rows]


ROWS = _rows()


@pytest.mark.parametrize("row", ROWS, ids=[row["say"] for row in ROWS])
def test_an_utterance_is_understood(
    row: dict[str, Any], say: Callable[..., Plan], fault: Fault
) -> None:
    """Tool and arguments are those that were meant."""
    plan = say(row["say"])
    assert fault(row, plan) == ""
    for call in plan.calls:
        if call.tool in ARGS:
            ARGS[call.tool].model_validate(call.args)


def test_the_table_is_large() -> None:
    """A table that shrinks would prove less."""
    assert len(ROWS) > 400
    assert len({row["say"] for row in ROWS}) == len(ROWS)
