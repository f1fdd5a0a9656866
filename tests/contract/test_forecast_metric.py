from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import cast

import duckdb
import numpy as np
import pytest

from data.gold import Gold
from data.gold_country import main_country
from data.gold_series import DailyFigure, DailySeries, read_daily
from data.query import Filter, Scope
from tools import forecast
from tools.contract import ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.forecast import ForecastMetricArgs, forecast_metric
from tools.forecast_cache import ForecastCache
from tools.models.backtest import look_ahead
from tools.models.forecast import CANDIDATES, NAIVE, TREND
from tools.models.public_holidays import holiday_offsets

FIGURES: tuple[DailyFigure, ...] = ("mrr", "revenue", "active_customers", "events", "tickets")
EVERYBODY = [Filter(dimension="customer", op="!=", value="nobody")]
"""All clients, but not as segments: forces the way over single clients."""


def facts_of(result: ToolResult) -> dict[str, float]:
    """Facts by name."""
    return {fact.name: cast("float", fact.value) for fact in result.facts}


@pytest.mark.parametrize("figure", FIGURES)
def test_single_clients_add_up_to_the_company(gold: Gold, figure: DailyFigure) -> None:
    """Both ways to read a series agree on every day."""
    total = read_daily(gold, figure, [], Scope())
    summed = read_daily(gold, figure, EVERYBODY, Scope())
    assert total is not None
    assert summed is not None
    assert (summed.first, summed.source) != (total.first, total.source)
    assert np.array(summed.values) == pytest.approx(np.array(total.values), abs=0.01)


def test_scopes_add_up_and_never_see_the_company(gold: Gold) -> None:
    """Each region's MRR is its own; together they are everyone's."""
    regions = gold.values("region", Scope())
    parts = [read_daily(gold, "mrr", [], Scope(region=(name,))) for name in regions]
    total = read_daily(gold, "mrr", [], Scope())
    assert total is not None
    values = [part.values[-1] for part in parts if part]
    assert sum(values) == pytest.approx(total.values[-1])
    assert max(values) < 0.7 * total.values[-1]
    assert read_daily(gold, "mrr", [], Scope(account_manager=())) is None


def test_a_level_is_told_at_the_end_of_the_horizon(context: ToolContext) -> None:
    """MRR in 30 days is the last point of the chart, within its range, beside today's."""
    result = forecast_metric(ForecastMetricArgs(metric="mrr", horizon_days=30), context)
    facts, (past, ahead) = facts_of(result), result.charts[0].series
    assert ahead.y[-1] == pytest.approx(facts["forecast_30d"])
    assert past.y[-1] == pytest.approx(facts["current"])
    assert facts["forecast_low_30d"] <= facts["forecast_30d"] <= facts["forecast_high_30d"]
    assert (ahead.x[0], len(ahead.x)) == (context.gold.as_of + timedelta(days=1), 30)
    assert {"mase", "coverage_pct", "forecast_30d[model=Prophet]"} <= set(facts)
    assert result.provenance[0].evidence == "predicted"
    assert "predicted" in result.summary


def test_a_flow_is_summed_over_the_horizon(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """Tickets of the next 30 days are a sum, set beside the sum of the last 30."""
    filters = [Filter(dimension="segment", value="smb")]
    args = ForecastMetricArgs(metric="tickets", horizon_days=30, filters=filters)
    result = forecast_metric(args, context)
    facts, ahead = facts_of(result), result.charts[0].series[1]
    assert facts["forecast_30d"] == pytest.approx(sum(y or 0 for y in ahead.y), abs=1)
    (last,) = truth.sql(
        "SELECT sum(tickets) FROM gold.metric_daily WHERE segment = 'SMB' "
        "AND date > (SELECT max(date) FROM gold.metric_daily) - INTERVAL 30 DAY"
    ).fetchall()[0]
    assert facts["last_30d"] == last
    assert "add up to" in result.summary
    assert result.args["filters"][0]["value"] == "SMB"


def test_the_served_model_has_the_smallest_error(context: ToolContext) -> None:
    """What is served won the backtest, and all models stand beside it."""
    result = forecast_metric(ForecastMetricArgs(metric="events", horizon_days=60), context)
    assert result.table is not None
    errors = {row[0]: cast("float", row[4]) for row in result.table.rows}
    assert set(errors) == {entry.name for entry in CANDIDATES}
    assert min(errors, key=lambda name: errors[name]) == result.table.rows[0][0]
    assert facts_of(result)["mase"] == min(errors.values())
    loses = errors["Prophet"] > errors["repeat of last week"]
    assert any("Prophet did worse" in caveat for caveat in result.caveats) == loses


def test_a_scoped_forecast_is_over_own_clients(context: ToolContext, gold: Gold) -> None:
    """A manager's forecast starts from a manager's MRR."""
    scope = Scope(account_manager=(gold.values("account_manager", Scope())[0],))
    own = read_daily(gold, "mrr", [], scope)
    assert own is not None
    result = forecast_metric(
        ForecastMetricArgs(metric="mrr", horizon_days=30), replace(context, scope=scope)
    )
    assert facts_of(result)["current"] == pytest.approx(own.values[-1], abs=0.01)
    nobody = forecast_metric(
        ForecastMetricArgs(metric="mrr"), replace(context, scope=Scope(account_manager=()))
    )
    assert not nobody.facts
    assert "in your scope" in nobody.summary


def test_arr_is_twelve_times_mrr(context: ToolContext) -> None:
    """The same forecast in another unit."""
    mrr, arr = (
        facts_of(forecast_metric(ForecastMetricArgs(metric=name, horizon_days=30), context))
        for name in ("mrr", "arr")
    )
    assert arr["forecast_30d"] == pytest.approx(12 * mrr["forecast_30d"], abs=1)
    assert arr["mase"] == mrr["mase"]


def test_customers_is_another_word_for_active_customers(context: ToolContext) -> None:
    """Both names give the canonical one, in whole clients, in the chart too."""
    result = forecast_metric(ForecastMetricArgs(metric="customers", horizon_days=30), context)
    assert result.args["metric"] == "active_customers"
    assert facts_of(result)["forecast_30d"].is_integer()
    assert all(float(y or 0).is_integer() for series in result.charts[0].series for y in series.y)


def test_a_group_of_survivors_is_refused(context: ToolContext) -> None:
    """Clients at risk today have a past without those who left: no forecast of that."""
    filters = [Filter(dimension="churn_risk", value="high")]
    with pytest.raises(FinalToolError, match="would look too good"):
        forecast_metric(ForecastMetricArgs(metric="mrr", filters=filters), context)


def test_what_cannot_be_forecast_is_said(context: ToolContext) -> None:
    """A known metric without a daily series is final, an unknown word lists the metrics."""
    with pytest.raises(FinalToolError, match="NRR is not forecast"):
        forecast_metric(ForecastMetricArgs(metric="nrr"), context)
    with pytest.raises(RetryableToolError, match="No figure 'happiness'"):
        forecast_metric(ForecastMetricArgs(metric="happiness"), context)


def test_a_short_history_is_said_in_plain_words(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below 24 weeks there is no number; a horizon beyond the history names the most."""

    def short(days: int) -> None:
        series = DailySeries(context.gold.as_of - timedelta(days=days - 1), (5.0,) * days, "x")
        monkeypatch.setattr(forecast, "read_daily", lambda *_: series)

    short(100)
    with pytest.raises(FinalToolError, match=r"100 days of history.*too short.*24 weeks"):
        forecast_metric(ForecastMetricArgs(metric="mrr"), context)
    short(200)
    with pytest.raises(FinalToolError, match="Ask for at most 123 days"):
        forecast_metric(ForecastMetricArgs(metric="mrr", horizon_days=180), context)


def test_nothing_recorded_is_not_called_a_short_history(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zero on every day is said as that."""
    series = DailySeries(context.gold.as_of - timedelta(days=399), (0.0,) * 400, "x")
    monkeypatch.setattr(forecast, "read_daily", lambda *_: series)
    with pytest.raises(FinalToolError, match="was zero on every day"):
        forecast_metric(ForecastMetricArgs(metric="tickets"), context)


def test_who_waits_for_a_new_slice_is_told_what_is_tried(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each model is named while it is fitted; what is kept is answered without a word."""
    cache = ForecastCache()
    monkeypatch.setattr(forecast, "shared_cache", lambda: cache)
    plain = tuple(entry for entry in CANDIDATES if not entry.refit)
    monkeypatch.setattr(forecast, "look_ahead", partial(look_ahead, candidates=plain))
    told: list[str] = []
    telling = replace(context, tell=told.append)
    filters = [Filter(dimension="country", value="Germany")]
    for _ in range(2):
        forecast_metric(ForecastMetricArgs(metric="events", filters=filters), telling)
    assert told == [f"testing {entry.name} on the past" for entry in plain]


def test_public_holidays_are_counted_where_most_clients_share_a_country(
    context: ToolContext, gold: Gold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """German clients who do nothing on German holidays are expected to do nothing on the next."""
    filters = [Filter(dimension="country", value="Germany")]
    assert main_country(gold, [], Scope()) is None
    assert main_country(gold, filters, Scope()) == "Germany"
    days = 400
    first = date(2026, 12, 10) - timedelta(days=days - 1)
    values = np.full(days, 20.0)
    values[holiday_offsets("Germany", first, days)] = 0
    series = DailySeries(first, tuple(map(float, values)), "x")
    monkeypatch.setattr(forecast, "shared_cache", ForecastCache)
    monkeypatch.setattr(forecast, "read_daily", lambda *_: series)
    plain = tuple(entry for entry in CANDIDATES if entry.name in {NAIVE, TREND})
    monkeypatch.setattr(forecast, "look_ahead", partial(look_ahead, candidates=plain))
    args = ForecastMetricArgs(metric="events", horizon_days=30, filters=filters)
    result = forecast_metric(args, context)
    expected = dict(zip(result.charts[0].series[1].x, result.charts[0].series[1].y, strict=True))
    closed = [day for day, value in expected.items() if not value]
    assert closed == [date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)]
    assert facts_of(result)["holiday_pct"] == 0
    assert any("Public holidays (Germany) came to 0" in caveat for caveat in result.caveats)


def test_warm_forecasts_are_not_made_again(
    context: ToolContext, gold: Gold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After warming, no company figure up to 90 days ahead is fitted for a person."""
    cache = ForecastCache()
    monkeypatch.setattr(forecast, "shared_cache", lambda: cache)
    forecast.warm_forecasts(gold)

    def fitted(*_: object) -> None:
        raise AssertionError("fitted while somebody waits")

    monkeypatch.setattr(forecast, "look_ahead", fitted)
    for metric in ("mrr", "arr", "revenue", "customers", "events", "tickets"):
        args = ForecastMetricArgs(metric=metric, horizon_days=60)
        assert forecast_metric(args, context).facts
