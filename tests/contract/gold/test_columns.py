"""Gold is a contract: tables, columns, units, and the words that describe them."""

from typing import Any

import pytest
import yaml

from data.dbt_project import PROJECT_DIR
from data.truth import Truth

GOLD_DIR = PROJECT_DIR / "models" / "gold"
UNITS = {
    *("id", "text", "flag", "list", "json", "date", "month", "timestamp"),
    *("money", "count", "days", "hours", "score", "points", "prob", "ratio"),
}
PROMISED = {
    "customer_metrics": "customer_id name segment region industry plan account_manager "
    "contract_type contract_end_date days_to_renewal signup_date tenure_days status churned_at "
    "mrr arr seats mrr_90d_ago revenue_decline_90d total_revenue avg_transaction_value "
    "days_since_last_login events_30d avg_events_30d engagement_score active_days_30d "
    "features_used_30d tickets_open tickets_30d avg_resolution_hours csat_avg nps_score "
    "consent_ai consent_contact",
    "customer_health_scores": "customer_id as_of health_score health_band churn_prob_30d "
    "churn_prob_60d churn_prob_90d churn_risk rule_score rule_risk rules_fired arr_at_risk "
    "next_best_action model_version",
    "customer_months": "month customer_id segment region country industry plan account_manager "
    "contract_type active_start active_end mrr_start mrr_new mrr_expansion mrr_contraction "
    "mrr_churned mrr_reactivation mrr_end revenue events tickets_opened",
    "dashboard_kpis": "month segment region plan customers_start customers_new "
    "customers_reactivated customers_churned customers_end revenue mrr_start mrr_new "
    "mrr_expansion mrr_contraction mrr_churned mrr_reactivation mrr_end tickets_opened "
    "avg_resolution_hours nps_promoters nps_detractors nps_responses active_users",
    "mrr_movements": "month customer_id movement amount",
    "cohort_retention": "cohort_month months_since customers retained mrr_start mrr_retained",
    "metric_daily": "date segment mrr revenue active_customers events tickets",
    "ai_model_features": "customer_id snapshot_date churned_30d churned_60d churned_90d",
    "interventions": "intervention_id customer_id strategy arm assignment propensity assigned_at "
    "cost retained arr_at_assignment churn_prob_at_assignment",
    "health_history": "customer_id month_end health_score churn_prob_90d churn_risk",
    "engagement_heatmap": "weekday hour segment events",
    "feedback": "customer_id date source text sentiment topics",
    "build_info": "source built_at as_of churn_rule currency absent rows rejected model_version",
}
TABLES = sorted(path.stem for path in GOLD_DIR.glob("*.sql"))


def described(table: str) -> dict[str, Any]:
    """The YAML beside a gold table."""
    content = yaml.safe_load((GOLD_DIR / f"{table}.yml").read_text(encoding="utf-8"))
    (model,) = content["models"]
    return model


def test_one_sql_and_one_yml_a_table() -> None:
    """A table without its description, or a description without its table, is half a contract."""
    assert sorted(path.stem for path in GOLD_DIR.glob("*.yml")) == TABLES
    assert set(PROMISED) <= set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_description_matches_the_table(truth: Truth, table: str) -> None:
    """Every column is described with its unit, and nothing is described that is not there."""
    model = described(table)
    found = [
        row[0]
        for row in truth.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'gold' "
            f"AND table_name = '{table}' ORDER BY ordinal_position"
        )
        if not row[0].startswith("attr_")
    ]
    assert model["name"] == table
    assert model["description"].startswith("One row")
    assert [column["name"] for column in model["columns"]] == found
    for column in model["columns"]:
        assert column["description"].endswith("."), column["name"]
        assert column["config"]["meta"]["unit"] in UNITS, column["name"]


@pytest.mark.parametrize("table", sorted(PROMISED))
def test_promised_columns_are_there(truth: Truth, table: str) -> None:
    """Columns may be added, never renamed: others query these names."""
    names = ", ".join(PROMISED[table].split())
    assert truth.rows(f"SELECT {names} FROM gold.{table} LIMIT 1")


def test_counts_are_whole_numbers(truth: Truth) -> None:
    """A count that arrives as a decimal or a huge integer breaks charts and JSON."""
    wide = truth.rows(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'gold' AND (data_type LIKE 'HUGEINT%' OR data_type LIKE 'DECIMAL%')"
    )
    assert wide == []


def test_contacts_stay_out_of_listings(truth: Truth) -> None:
    """Personal data has a table of its own, so that no listing carries it by accident."""
    found = truth.rows(
        "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'gold' "
        "AND column_name IN ('email', 'phone', 'contact_name')"
    )
    assert found == [("customer_contacts",)]
