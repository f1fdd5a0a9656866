from dataclasses import replace
from datetime import timedelta
from typing import cast

import duckdb
import pytest

from data.gold import Gold
from data.gold_feedback import FeedbackReader
from data.query import Filter, Period, Scope
from tools import feedback
from tools.contract import ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.feedback import AnalyzeFeedbackArgs, analyze_feedback


def facts_of(result: ToolResult) -> dict[str, object]:
    """Facts by name."""
    return {fact.name: fact.value for fact in result.facts}


def test_sentiment_of_a_segment_is_the_mean_over_its_texts(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """The last 90 days of Enterprise, churned clients' words included."""
    as_of = context.gold.as_of
    period = Period(start=as_of - timedelta(days=89), end=as_of, label="last 90 days")
    filters = [Filter(dimension="segment", value="enterprise")]
    facts = facts_of(analyze_feedback(AnalyzeFeedbackArgs(filters=filters, period=period), context))
    ((mean, texts),) = truth.execute(
        "SELECT avg(f.sentiment), count(*) FROM gold.feedback f JOIN gold.customer_metrics m "
        "USING (customer_id) WHERE m.segment = 'Enterprise' AND f.date > ?::DATE - INTERVAL 90 DAY",
        [as_of],
    ).fetchall()
    assert facts["avg_sentiment"] == pytest.approx(mean)
    assert facts["feedback"] == texts


def test_topics_come_most_frequent_first(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """Counts are SQL's, a text with two topics counts in both."""
    result = analyze_feedback(AnalyzeFeedbackArgs(), context)
    rows = truth.sql(
        "SELECT t, count(*) FROM (SELECT unnest(topics) AS t FROM gold.feedback) "
        "GROUP BY t ORDER BY 2 DESC, 1"
    ).fetchall()
    assert result.table is not None
    assert [(row[0], row[1]) for row in result.table.rows] == [
        (topic.replace("_", " "), count) for topic, count in rows
    ]
    assert rows[0][0].replace("_", " ") in result.summary
    assert result.provenance[0].evidence == "predicted"


def test_groups_add_up(context: ToolContext, truth: duckdb.DuckDBPyConnection) -> None:
    """Texts by region are all texts, with each region's own mean."""
    result = analyze_feedback(AnalyzeFeedbackArgs(by="region"), context)
    facts = facts_of(result)
    rows = truth.sql(
        "SELECT m.region, count(*), avg(f.sentiment) FROM gold.feedback f "
        "JOIN gold.customer_metrics m USING (customer_id) GROUP BY 1"
    ).fetchall()
    assert sum(count for _, count, _ in rows) == facts["feedback"]
    for region, count, mean in rows:
        assert facts[f"feedback[region={region}]"] == count
        assert facts[f"avg_sentiment[region={region}]"] == pytest.approx(mean)


def test_a_topic_narrows_to_its_texts(context: ToolContext) -> None:
    """Asked for price, every quote is about price; an unknown topic lists the known."""
    args = AnalyzeFeedbackArgs(filters=[Filter(dimension="topic", value="Price")])
    result = analyze_feedback(args, context)
    facts = facts_of(result)
    assert facts["feedback"] == facts["feedback[topic=price]"]
    with pytest.raises(RetryableToolError, match="No topic 'weather'"):
        analyze_feedback(
            AnalyzeFeedbackArgs(filters=[Filter(dimension="topic", value="weather")]), context
        )


def test_quotes_are_true_dated_and_masked(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is quoted was written; a name, an address and a phone in it are not shown."""
    quotes = FeedbackReader(context.gold, [], Scope()).quotes(worst_first=True, limit=5)
    assert len({quote.customer_id for quote in quotes}) == 5
    manager = context.gold.values("account_manager", Scope())[0]
    words = f"{manager} ignored us. Mail me at a.b@c.example or call +1 202 555 0143."

    def leaking(self: FeedbackReader, *, worst_first: bool, limit: int) -> list[object]:
        return [feedback.replace(quotes[0], text=words)]

    monkeypatch.setattr(FeedbackReader, "quotes", leaking)
    result = analyze_feedback(AnalyzeFeedbackArgs(), context)
    said = f"{result.summary} {facts_of(result)['quote_1']}"
    assert "[name] ignored us. Mail me at [e-mail] or call [phone]." in said
    assert f"{quotes[0].day:%b %Y}" in result.summary
    assert not any(word in said for word in (manager, "a.b@c", "0143"))


def test_a_scope_reads_own_clients_only(context: ToolContext, gold: Gold) -> None:
    """Scopes add up; nobody's feedback is not "no feedback exists"."""
    regions = gold.values("region", Scope())
    texts = [
        cast(
            "int",
            facts_of(analyze_feedback(AnalyzeFeedbackArgs(), replace(context, scope=scope)))[
                "feedback"
            ],
        )
        for scope in (Scope(region=(name,)) for name in regions)
    ]
    whole = facts_of(analyze_feedback(AnalyzeFeedbackArgs(), context))
    assert sum(texts) == whole["feedback"]
    empty = analyze_feedback(
        AnalyzeFeedbackArgs(), replace(context, scope=Scope(account_manager=()))
    )
    assert "in your scope" in empty.summary


def test_an_empty_period_is_zero_texts(context: ToolContext) -> None:
    """Before the data began nothing was said."""
    first = Period(
        start=context.gold.span.first - timedelta(days=40),
        end=context.gold.span.first - timedelta(days=30),
    )
    result = analyze_feedback(AnalyzeFeedbackArgs(period=first), context)
    assert facts_of(result) == {"feedback": 0}


def test_absent_feedback_is_said(context: ToolContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data set without texts is told as such, and never as neutral."""
    monkeypatch.setattr(FeedbackReader, "count", lambda *_: [])
    with pytest.raises(FinalToolError, match="no feedback to read"):
        analyze_feedback(AnalyzeFeedbackArgs(), context)


def test_splits_that_do_not_exist_are_listed(context: ToolContext) -> None:
    """Product is no split of feedback."""
    with pytest.raises(RetryableToolError, match="cannot be split by 'product'"):
        analyze_feedback(AnalyzeFeedbackArgs(by="product"), context)


def test_detractors_are_set_against_promoters(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """Shares of clients who complain are SQL's, by their latest NPS; gaps come with intervals."""
    result = analyze_feedback(AnalyzeFeedbackArgs(by="nps_group"), context)
    facts = facts_of(result)
    ((clients, complaining),) = truth.sql(
        "SELECT count(DISTINCT customer_id), count(DISTINCT customer_id) FILTER (WHERE "
        "list_position(topics, 'support') IS NOT NULL AND "
        "topic_sentiments[list_position(topics, 'support')] <= -0.2) "
        "FROM gold.feedback JOIN gold.customer_metrics USING (customer_id) WHERE nps_score <= 6"
    ).fetchall()
    assert facts["detractors"] == clients
    key = "[nps_group=detractor,topic=support]"
    assert facts[f"complaining_pct{key}"] == pytest.approx(100 * complaining / clients)
    gap = [
        cast("float", facts[f"complaining_gap{end}[topic=support]"])
        for end in ("_low", "", "_high")
    ]
    assert gap == sorted(gap)
    assert "detractors (NPS at most 6)" in result.summary
    assert any("associations" in caveat for caveat in result.caveats)


def test_complaints_are_set_beside_who_left(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """By topic: the share of complaining clients who left, called an association."""
    result = analyze_feedback(AnalyzeFeedbackArgs(by="topic"), context)
    ((left,),) = truth.sql(
        "WITH said AS (SELECT customer_id, unnest(topics) AS topic, "
        "unnest(topic_sentiments) AS mood FROM gold.feedback) "
        "SELECT 100 * avg((status = 'churned')::INT) FROM gold.customer_metrics "
        "WHERE customer_id IN (SELECT customer_id FROM said WHERE topic = 'bugs' AND mood <= -0.2)"
    ).fetchall()
    assert facts_of(result)["churned_pct[topic=bugs]"] == pytest.approx(left)
    assert any("associations" in caveat for caveat in result.caveats)
    assert result.table is not None
    assert {len(row) for row in result.table.rows} == {len(result.table.columns)}


def test_quotes_about_a_topic_come_with_date_and_source(context: ToolContext) -> None:
    """From clients who left, about price: every row is theirs and about it."""
    filters = [
        Filter(dimension="topic", value="price"),
        Filter(dimension="status", value="churned"),
    ]
    result = analyze_feedback(AnalyzeFeedbackArgs(filters=filters, by="quote"), context)
    assert result.table is not None
    assert result.table.title == "Quotes"
    names = [column.name for column in result.table.columns]
    assert names == ["date", "client", "source", "topics", "sentiment", "quote"]
    assert result.table.rows
    assert all("price" in str(row[3]) for row in result.table.rows)
    assert {row[2] for row in result.table.rows} <= {"survey", "ticket"}


def test_the_mood_about_a_topic_is_that_of_its_clauses(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """Not of the whole text; the same alone and in the split by topic."""
    one = facts_of(
        analyze_feedback(
            AnalyzeFeedbackArgs(filters=[Filter(dimension="topic", value="support")]), context
        )
    )
    split = facts_of(analyze_feedback(AnalyzeFeedbackArgs(by="topic"), context))
    ((mean,),) = truth.sql(
        "SELECT avg(topic_sentiments[list_position(topics, 'support')]) FROM gold.feedback"
    ).fetchall()
    assert one["avg_sentiment"] == pytest.approx(mean)
    assert split["avg_sentiment[topic=support]"] == pytest.approx(mean)
