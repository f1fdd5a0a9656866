"""The forecasts' benchmark: what is judged was not seen, and known series get known marks."""

import json
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from app.benchmarks import forecast as benchmark
from app.benchmarks.daily_series import Daily
from app.benchmarks.forecast import SERVED, forecast, lines
from tools.models.forecast import NAIVE, TREND, WEEK, Candidate, Fitted, candidate

PLAIN = (candidate("four-week mean"), candidate(TREND), candidate(NAIVE))


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only models that cost nothing."""
    monkeypatch.setattr(benchmark, "CANDIDATES", PLAIN)


def daily(values: NDArray[np.float64]) -> Daily:
    """A series of amounts."""
    return Daily("sold", date(2025, 1, 6), values, is_flow=True, country=None)


def rising(days: int) -> NDArray[np.float64]:
    """More each day, with noise."""
    return 100.0 + np.arange(days) + np.random.default_rng(4).normal(0, 20, days)


def test_nothing_after_a_cut_is_shown_to_any_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest history that anything was fitted on or forecast from ends at the last cut."""
    seen: list[int] = []

    def watched(entry: Candidate) -> Candidate:
        def fit(history: NDArray[np.float64], start: date) -> Fitted:
            seen.append(history.size)
            made = entry.fit(history, start)

            def ahead(later: NDArray[np.float64], days: int) -> object:
                seen.append(later.size)
                return made(later, days)

            return ahead  # pyright: ignore[reportReturnType]

        return Candidate(entry.name, fit, entry.refit)

    monkeypatch.setattr(benchmark, "CANDIDATES", tuple(map(watched, PLAIN)))
    forecast([daily(rising(500))])
    assert max(seen) == 470


def test_a_known_series_gets_known_marks() -> None:
    """Alternating weeks: repeating the last one errs as much as in training, the mean half."""
    weeks = np.concatenate([np.full(WEEK, 10.0 + 4 * (week % 2)) for week in range(90)])
    report = forecast([daily(weeks)])
    models = report.lines[30]
    assert models["four-week mean"].mase == pytest.approx(0.5)
    assert models[SERVED] == models["four-week mean"]
    assert models[SERVED].served_pct == 100
    assert report.tests == {30: 6, 60: 5, 90: 4}


def test_what_grows_is_served_the_trend() -> None:
    """The choice is made before the cut and holds after it."""
    models = forecast([daily(rising(500))]).lines[90]
    assert models[TREND].served_pct == 100
    assert models[SERVED].mase == min(line.mase for line in models.values())


def test_the_report_reads_as_a_table_and_as_json() -> None:
    """Each horizon and each model stands in both."""
    report = forecast([daily(rising(500))])
    text = "\n".join(lines(report))
    for days in (30, 60, 90):
        assert f"{days} days ahead, " in text
        models = json.loads(json.dumps(report.as_json()))["horizons"][str(days)]["models"]
        assert set(models) == {SERVED, "four-week mean", TREND, NAIVE}


@pytest.mark.parametrize(
    "values", [pytest.param(rising(190), id="short"), pytest.param(np.full(500, 3.0), id="flat")]
)
def test_a_series_that_cannot_be_judged_is_left_out(values: NDArray[np.float64]) -> None:
    """Too short to be cut, or without an error to compare with."""
    assert not forecast([daily(values)]).lines
