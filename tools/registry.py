"""Our tool functions as LangChain tools; the only file here that knows LangChain.

Who is asking comes from the run's context and never from a model's arguments.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, get_type_hints

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from langgraph.runtime import get_runtime

from tools.churn import predict_churn
from tools.cohorts import cohort_retention
from tools.comparison import compare_strategies
from tools.contract import ToolArgs, ToolContext, ToolResult
from tools.customers import get_customer, list_customers
from tools.errors import ToolError
from tools.experiments import analyze_experiment
from tools.explain import explain_churn
from tools.export import export_report
from tools.feedback import analyze_feedback
from tools.forecast import forecast_metric
from tools.interventions import log_intervention
from tools.metrics import query_metrics
from tools.outreach import draft_outreach
from tools.playbooks import get_playbook, search_playbooks
from tools.recommend import recommend_action
from tools.rules import evaluate_rules
from tools.simulation import simulate_strategy
from tools.start_experiment import start_experiment


class ToolFunction(Protocol):
    """A tool: its name, its argument class and its docstring are what a model sees."""

    __name__: str

    def __call__(self, args: Any, context: ToolContext, /) -> ToolResult:
        """Answer one call."""
        ...


def build_tools(functions: Sequence[ToolFunction]) -> list[BaseTool]:
    """Make LangChain tools of tool functions.

    A model reads the summary and the caveats; the whole result rides along as the artifact.
    What a tool refuses comes back as an error message that says what is allowed.
    """
    return [_as_tool(function) for function in functions]


def reading(result: ToolResult) -> str:
    """What a language model reads of a result."""
    return "\n".join([result.summary, *result.caveats])


def _as_tool(function: ToolFunction) -> BaseTool:
    return StructuredTool(
        name=function.__name__,
        description=inspect.getdoc(function) or "",
        args_schema=_args_type(function),
        func=_runner(function),
        response_format="content_and_artifact",
        handle_tool_error=True,
    )


def _args_type(function: ToolFunction) -> type[ToolArgs]:
    args_type = get_type_hints(function).get("args")
    if not (isinstance(args_type, type) and issubclass(args_type, ToolArgs)):
        raise TypeError(f"{function.__name__}(args, context): `args` must be a ToolArgs class.")
    return args_type


def _runner(function: ToolFunction) -> Callable[..., tuple[str, ToolResult]]:
    args_type = _args_type(function)

    def run(**values: Any) -> tuple[str, ToolResult]:
        runtime = get_runtime(ToolContext)
        context = replace(runtime.context, tell=runtime.stream_writer)
        try:
            result = function(args_type.model_validate(values), context)
        except ToolError as error:
            raise ToolException(str(error)) from error
        return reading(result), result

    return run


TOOLS: tuple[ToolFunction, ...] = (
    query_metrics,
    list_customers,
    get_customer,
    predict_churn,
    explain_churn,
    evaluate_rules,
    forecast_metric,
    search_playbooks,
    get_playbook,
    recommend_action,
    simulate_strategy,
    compare_strategies,
    start_experiment,
    analyze_experiment,
    analyze_feedback,
    cohort_retention,
    draft_outreach,
    log_intervention,
    export_report,
)
"""Every tool of Aura, in the order a model reads them."""
