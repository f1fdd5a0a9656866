"""What to do, what it would bring, what it brought, and that it was done."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query
from pydantic import Field, StringConstraints

from app.asking import Identify
from app.failures import ApiError
from app.governance.identity import Asker
from app.rest.answers import RenderChart, ToolAnswer
from app.rest.once import ActionsOnce, KeyReusedError
from app.rest.queries import PeriodQuery, QueryModel, Word
from app.rest.tool_door import ClientId, ToolDoor
from app.store.interventions import Interventions
from tools.contract import ToolContext
from tools.errors import RetryableToolError
from tools.experiments import AnalyzeExperimentArgs, analyze_experiment
from tools.interventions import LogInterventionArgs, log_intervention
from tools.playbooks import SearchPlaybooksArgs, search_playbooks
from tools.recommend import RecommendActionArgs, recommend_action
from tools.simulation import SimulateStrategyArgs, simulate_strategy
from tools.strategies import resolve_strategy

PERSONAL: Final = "account_manager"


class ExperimentQuery(PeriodQuery):
    """Split by what, assigned when."""

    by: Word | None = Field(
        default=None,
        description="segment, region, country, industry, plan, contract_type, churn_risk, month, "
        "quarter, year or account_manager.",
    )


class PlaybooksQuery(QueryModel):
    """What to look for."""

    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = (
        Field(description="The situation in your own words.")
    )
    segment: Word | None = Field(default=None, description="Only plays for this segment.")
    driver: Word | None = Field(
        default=None, description="Only plays against this churn driver, e.g. tickets_30d."
    )
    limit: int = Field(default=3, ge=1, le=10, description="Passages to return.")


def add_decision_routes(
    router: APIRouter,
    door: ToolDoor,
    interventions: Interventions,
    identify: Identify,
    render: RenderChart,
) -> None:
    """Make the routes from evidence to action."""
    for path, method, endpoint, summary in (
        (
            "/customers/{customer_id}/next-action",
            "GET",
            _next_with(door, identify, render),
            "What to do next for a client",
        ),
        ("/simulations", "POST", _simulate_with(door, identify, render), "Simulate a strategy"),
        (
            "/experiments/{strategy}",
            "GET",
            _experiment_with(door, identify, render),
            "Whether a strategy worked",
        ),
        ("/playbooks", "GET", _playbooks_with(door, identify, render), "Search the playbooks"),
        (
            "/interventions",
            "POST",
            _log_with(door, interventions, identify, render),
            "Write down what was done for a client",
        ),
    ):
        router.add_api_route(
            f"/api/v1{path}",
            endpoint,
            methods=[method],
            response_model=ToolAnswer,
            summary=summary,
            tags=["decisions"],
        )


def _next_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def next_action(
        customer_id: ClientId, asker: Annotated[Asker, Depends(identify)]
    ) -> ToolAnswer:
        """The play with the highest expected net value for one client, with its evidence."""
        args = RecommendActionArgs(customer=customer_id)
        called = await door.call(recommend_action, args, asker, client=customer_id)
        return ToolAnswer.of(called, render)

    return next_action


def _simulate_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def simulate(
        body: SimulateStrategyArgs, asker: Annotated[Asker, Depends(identify)]
    ) -> ToolAnswer:
        """Clients kept, ARR saved, cost and ROI of a strategy, each with its range.

        The evidence behind the effect is graded: measured, predicted or assumed.
        """
        return ToolAnswer.of(await door.call(simulate_strategy, body, asker), render)

    return simulate


def _experiment_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def experiment(
        strategy: Word,
        asked: Annotated[ExperimentQuery, Query()],
        asker: Annotated[Asker, Depends(identify)],
    ) -> ToolAnswer:
        """Effect of a strategy on retention from randomised cases: interval, p-value, power.

        Company-wide and open to every role; by account manager only with full scope.
        """
        if asked.by == PERSONAL and not asker.scope.is_full:
            raise _not_by_manager()
        await door.read(lambda: _refuse_unknown(strategy, door.context(asker)))
        args = AnalyzeExperimentArgs(strategy=strategy, by=asked.by, period=asked.period())
        return ToolAnswer.of(await door.call(analyze_experiment, args, asker), render)

    return experiment


def _not_by_manager() -> ApiError:
    return ApiError(
        HTTPStatus.FORBIDDEN,
        "forbidden",
        "Effects by account manager are shown only to those who may see every client.",
        "Split by segment or region.",
    )


def _refuse_unknown(strategy: str, context: ToolContext) -> None:
    """A strategy that does not exist is told like any other page that does not."""
    try:
        resolve_strategy(strategy, context)
    except RetryableToolError as error:
        hint = f"Allowed: {', '.join(error.allowed)}."
        raise ApiError(HTTPStatus.NOT_FOUND, "not_found", error.problem, hint) from error


def _playbooks_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def playbooks(
        asked: Annotated[PlaybooksQuery, Query()], asker: Annotated[Asker, Depends(identify)]
    ) -> ToolAnswer:
        """Passages of the retention playbooks, cited by playbook, heading and date."""
        args = SearchPlaybooksArgs(
            query=asked.q, segment=asked.segment, driver=asked.driver, limit=asked.limit
        )
        return ToolAnswer.of(await door.call(search_playbooks, args, asker), render)

    return playbooks


def _log_with(
    door: ToolDoor, interventions: Interventions, identify: Identify, render: RenderChart
) -> Callable[..., Any]:
    async def log(
        body: LogInterventionArgs,
        asker: Annotated[Asker, Depends(identify)],
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    ) -> ToolAnswer:
        """Write down that something was done for a client; this writes at once.

        In the chat Aura asks first; here the request itself is the confirmation. With an
        `Idempotency-Key` the same request may be sent again: it is written once, and the same
        key with another content is refused (409).
        """
        actions = ActionsOnce(interventions, asker.user_id, idempotency_key)
        try:
            called = await door.call(log_intervention, body, asker, actions=actions)
        except KeyReusedError as error:
            raise ApiError(
                HTTPStatus.CONFLICT, "key_reused", str(error), "Send a new Idempotency-Key."
            ) from error
        return ToolAnswer.of(called, render)

    return log
