from typing import cast

import duckdb
import pytest

from data.gold import Gold
from data.query import Filter
from tools.contract import ToolContext
from tools.models.rules import load_default
from tools.rule_book import rule_book
from tools.rules import EvaluateRulesArgs, evaluate_rules


def test_each_client_scores_as_in_gold(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """The score asked for is the score shown on every page, and so are the rules."""
    rows = truth.sql(
        "SELECT customer_id, rule_score, rule_risk, len(rules_fired) "
        "FROM gold.customer_health_scores ORDER BY rule_score DESC, customer_id LIMIT 12"
    ).fetchall()
    for customer_id, score, risk, fired in rows:
        result = evaluate_rules(EvaluateRulesArgs(customer=customer_id), context)
        facts = {fact.name: fact.value for fact in result.facts}
        assert (facts["rule_score"], facts["rule_risk"]) == (pytest.approx(score), risk)
        assert facts["rules_fired"] == fired
        assert result.table is not None
        assert sum(row[4] == "yes" for row in result.table.rows) == fired


def test_each_rule_shows_value_threshold_and_weight(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """Nothing fires unseen: fired weights add up to the score, and each rule has its row."""
    customer_id, score = truth.sql(
        "SELECT customer_id, rule_score FROM gold.customer_health_scores "
        "WHERE rule_score < 1 ORDER BY rule_score DESC, 1 LIMIT 1"
    ).fetchall()[0]
    result = evaluate_rules(EvaluateRulesArgs(customer=customer_id), context)
    assert result.table is not None
    fired = [cast("float", row[3]) for row in result.table.rows if row[4] == "yes"]
    assert sum(fired) == pytest.approx(score)
    assert all(row[2] for row in result.table.rows)


def test_a_group_is_counted(context: ToolContext, truth: duckdb.DuckDBPyConnection) -> None:
    """How often each rule fires in a segment is SQL's count."""
    filters = [Filter(dimension="segment", value="SMB")]
    result = evaluate_rules(EvaluateRulesArgs(filters=filters), context)
    facts = {fact.name: fact.value for fact in result.facts}
    expected = dict(
        truth.sql(
            "SELECT unnest(rules_fired) AS rule, count(*) FROM gold.customer_health_scores "
            "JOIN gold.customer_metrics USING (customer_id) WHERE segment = 'SMB' GROUP BY 1"
        ).fetchall()
    )
    counted = {
        name.removeprefix("fired:"): value
        for name, value in facts.items()
        if name.startswith("fired:") and value
    }
    assert counted == expected


def test_the_rules_of_the_scores_are_kept_with_them(gold: Gold) -> None:
    """A file that is edited later changes no answer before the next build."""
    assert gold.build.rule_book is not None
    assert rule_book(gold) == load_default()


def test_who_trips_one_rule(context: ToolContext, truth: duckdb.DuckDBPyConnection) -> None:
    """The clients are SQL's, and threshold and weight are told."""
    result = evaluate_rules(EvaluateRulesArgs(rule="inactivity"), context)
    facts = {fact.name: fact.value for fact in result.facts}
    wanted = truth.sql(
        "SELECT customer_id FROM gold.customer_health_scores "
        "WHERE list_contains(rules_fired, 'inactive') ORDER BY rule_score DESC, customer_id"
    ).fetchall()
    assert result.args == {"filters": [], "rule": "inactive"}
    assert facts["fired:inactive"] == len(wanted) > 0
    assert (facts["threshold:inactive"], facts["weight:inactive"]) == (30, 0.3)
    assert result.table is not None
    assert [row[0] for row in result.table.rows] == [key for (key,) in wanted[:10]]


def test_whether_a_client_trips_one_rule(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """Yes with the value, no with the value, or not known."""
    for condition, said in (
        ("days_since_last_login > 30", "Yes, "),
        ("days_since_last_login <= 30", "No, "),
        ("days_since_last_login IS NULL", "Whether "),
    ):
        row = truth.execute(
            "SELECT customer_id FROM gold.customer_metrics "
            f"WHERE status = 'active' AND {condition} ORDER BY 1 LIMIT 1"
        ).fetchone()
        if row is not None:
            asked = EvaluateRulesArgs(customer=row[0], rule="inactivity")
            assert evaluate_rules(asked, context).summary.startswith(said)
