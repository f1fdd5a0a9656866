"""Charts of what clients say."""

from collections.abc import Sequence

from data.gold_feedback import FeedbackCount
from tools.contract import Chart, Series
from tools.feedback_answers import Spoken, group_name

__all__ = ["charts_of"]


def charts_of(spoken: Spoken) -> list[Chart]:
    """Texts by topic or group, and the mood month by month."""
    counts, by = (
        (spoken.groups, spoken.by) if spoken.groups and spoken.by else (spoken.topics, "topic")
    )
    charts: list[Chart] = []
    in_time = by in {"month", "quarter", "year"}
    if counts and not in_time:
        measure = "texts" if by in {"topic", "source"} else "sentiment"
        charts.append(_bars(counts, by, measure))
    steps = counts if in_time else spoken.months
    if len(steps) > 1:
        charts.append(
            Chart(
                kind="line",
                title=f"Sentiment by {by if in_time else 'month'}",
                unit="score",
                y_label="Sentiment",
                series=[
                    Series(
                        name="Sentiment",
                        x=[entry.group for entry in steps],
                        y=[entry.sentiment for entry in steps],
                    )
                ],
            )
        )
    return charts


def _bars(counts: Sequence[FeedbackCount], by: str, measure: str) -> Chart:
    shown = counts[:15]
    texts = measure == "texts"
    return Chart(
        kind="bar",
        title=f"{'Feedback texts' if texts else 'Sentiment'} by {by.replace('_', ' ')}",
        unit="count" if texts else "score",
        y_label="Texts" if texts else "Sentiment",
        series=[
            Series(
                name="Texts" if texts else "Sentiment",
                x=[group_name(entry.group, by) for entry in shown],
                y=[float(entry.texts) if texts else entry.sentiment for entry in shown],
            )
        ],
    )
