"""The first page: cards, charts and the clients at risk, for some filters."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.pages.at_risk import DEFAULT_SORT, SORTS, RiskPage, risk_page
from app.pages.charts import ChartBox
from app.pages.figures import Card, cards_of
from app.pages.filters import Box, PageFilters, filter_boxes, read_filters
from app.pages.keeping import Kept
from app.pages.overview_charts import overview_charts
from data.gold import GoldError
from tools.contract import ToolContext
from tools.errors import ToolError

STARTERS = (
    "Which clients are at risk, and how much ARR is that?",
    "What drives churn here?",
    "Which clients renew in the next 60 days?",
)


@dataclass(frozen=True, slots=True)
class Overview:
    """What the template of the first page shows.

    Attributes:
        problems: What of the address could not be used.
        boxes: The filter bar.
        query: The address' query, without sort and page.
    """

    problems: tuple[str, ...]
    boxes: tuple[Box, ...]
    query: str
    filters: PageFilters
    cards: tuple[Card, ...]
    charts: Mapping[str, ChartBox]
    risk: RiskPage
    is_filtered: bool


@dataclass(frozen=True, slots=True)
class _Figures:
    cards: tuple[Card, ...]
    charts: Mapping[str, ChartBox]
    why_not: str


def overview(given: Mapping[str, str], context: ToolContext, kept: Kept) -> Overview:
    """Read the first page for an address' query.

    Args:
        given: The query's parameters.
        context: Who asks.
        kept: Pages that were read before.
    """
    filters = read_filters(given, context.gold, context.scope)
    sort, place, problems = _order(given)
    key = (context.scope, filters.key)
    figures = kept.get(context.gold, ("figures", *key), lambda: _figures(context, filters))
    risk = kept.get(
        context.gold,
        ("risk", *key, sort, place),
        lambda: risk_page(context, filters.filters, sort=sort, place=place),
    )
    why_not = (figures.why_not,) if figures.why_not else ()
    return Overview(
        problems=(*filters.problems, *problems, *why_not),
        boxes=filter_boxes(filters, context.gold, context.scope),
        query=filters.query(),
        filters=filters,
        cards=figures.cards,
        charts=figures.charts,
        risk=risk,
        is_filtered=bool(filters.query()),
    )


def _order(given: Mapping[str, str]) -> tuple[str, int, list[str]]:
    problems: list[str] = []
    sort, page = given.get("sort", DEFAULT_SORT), given.get("page", "1")
    if sort not in SORTS:
        problems.append(f"The list cannot be sorted by “{sort[:40]}”: {', '.join(SORTS)}.")
        sort = DEFAULT_SORT
    if not page.isdecimal() or len(page) > 6:
        problems.append(f"There is no page “{page[:40]}”, so the first one is shown.")
        page = "1"
    return sort, int(page), problems


def _figures(context: ToolContext, filters: PageFilters) -> _Figures:
    try:
        cards = cards_of(context.gold, context.scope, filters.filters, filters.period)
    except (GoldError, ToolError) as error:
        return _Figures((), {}, str(error))
    charts = overview_charts(context, filters.filters, filters.period)
    return _Figures(tuple(cards), {chart.id: chart for chart in charts}, "")
