from pathlib import Path

import pytest
import yaml
from sqlglot import exp, parse_one

from data.semantic_model import (
    SEMANTIC_FILE,
    SemanticError,
    SemanticModel,
    band_words,
    closest,
    load_semantic_model,
    normalised,
)
from data.semantic_sources import SOURCES, attributes

PROMISED_METRICS = [
    "customers",
    "new_customers",
    "churned_customers",
    "logo_churn_rate",
    "mrr",
    "arr",
    "arpa",
    "active_users",
    "new_mrr",
    "expansion_mrr",
    "contraction_mrr",
    "churned_mrr",
    "grr",
    "nrr",
    "net_new_mrr",
    "revenue",
    "arr_at_risk",
    "customers_at_risk",
    "avg_health_score",
    "avg_churn_prob",
    "engagement_score",
    "events",
    "tickets",
    "avg_resolution_hours",
    "csat",
    "nps",
    "cltv",
    "total_revenue",
    "avg_transaction_value",
    "renewals_due",
    "renewal_arr",
    "nrr_opening_cohort",
    "seats",
]
PROMISED_DIMENSIONS = [
    "customer",
    "segment",
    "region",
    "country",
    "industry",
    "plan",
    "product",
    "account_manager",
    "contract_type",
    "health_band",
    "churn_risk",
    "status",
    "month",
    "quarter",
    "year",
]
UNITS = {"usd", "count", "pct", "prob", "ratio", "days", "hours", "score", "points", "date", "text"}


def test_every_promised_name_is_there(semantic: SemanticModel) -> None:
    """Names are a public contract."""
    assert set(PROMISED_METRICS) <= {metric.name for metric in semantic.metrics}
    assert set(PROMISED_DIMENSIONS) <= {dimension.name for dimension in semantic.dimensions}


def test_metrics_are_complete(semantic: SemanticModel) -> None:
    """A metric has a unit we can write, a definition, a formula and words people use."""
    for metric in semantic.metrics:
        assert metric.unit in UNITS
        assert metric.definition.endswith(".")
        assert metric.formula
        assert len(metric.synonyms) >= 3, metric.name
        assert metric.formula in metric.explain()
    assert set(semantic.formats) == UNITS


def test_words_lead_to_one_metric(semantic: SemanticModel) -> None:
    """A synonym that means two metrics would answer the wrong question."""
    owners: dict[str, str] = {}
    for metric in semantic.metrics:
        for spelling in metric.spellings:
            assert owners.setdefault(spelling, metric.name) == metric.name, spelling


def test_expressions_name_known_columns(semantic: SemanticModel) -> None:
    """An expression can only use columns of its source or attributes of the client."""
    names = {entry.name for entry in attributes(semantic)} | {"customer_id", "opening_mrr"}
    for metric in semantic.metrics:
        for source, sql in metric.sources.items():
            known = names | {name for name, _ in SOURCES[source].columns}
            used = {column.name for column in parse_one(sql, read="duckdb").find_all(exp.Column)}
            assert used <= known, (metric.name, source, used - known)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("gross revenue retention", "grr"),
        ("NRR", "nrr"),
        ("Churn Rate", "logo_churn_rate"),
        ("annual recurring revenue", "arr"),
        ("ltv", "cltv"),
    ],
)
def test_metrics_are_found_by_synonym(semantic: SemanticModel, word: str, name: str) -> None:
    """People say it in their own words."""
    assert semantic.metric(word).name == name


@pytest.mark.parametrize(("word", "best"), [("nrrr", "nrr"), ("reveneu", "revenue")])
def test_unknown_names_get_did_you_mean(semantic: SemanticModel, word: str, best: str) -> None:
    """The nearest name is offered first, all others after it."""
    with pytest.raises(SemanticError, match=f"Did you mean {best}") as caught:
        semantic.metric(word)
    assert caught.value.allowed[0] == best
    assert set(caught.value.allowed) == {metric.name for metric in semantic.metrics}


@pytest.mark.parametrize(
    "word",
    ["mrr; DROP TABLE gold.customer_metrics", "mrr) FROM gold.build_info --", "1=1", "", '"mrr"x'],
)
def test_sql_is_no_name(semantic: SemanticModel, word: str) -> None:
    """Nothing that is not a name of the model gets through."""
    for look_up in (semantic.metric, semantic.dimension, semantic.attribute, semantic.number):
        with pytest.raises(SemanticError):
            look_up(word)


def test_time_is_no_filter(semantic: SemanticModel) -> None:
    """Months are asked by a period; a filter on them would silently mean something else."""
    with pytest.raises(SemanticError):
        semantic.attribute("month")


def test_scores_work_out(semantic: SemanticModel) -> None:
    """The worked examples follow from the weights, which sum to one."""
    for name, score in semantic.scores.items():
        weights, example = score["weights"], score["example"]
        assert sum(weights.values()) == pytest.approx(1.0), name
        assert set(weights) == set(score["parts"]) == set(example["parts"])
        total = sum(weight * example["parts"][part] for part, weight in weights.items())
        assert 100 * total == pytest.approx(example["score"]), name


def test_engagement_example_follows_from_its_inputs(semantic: SemanticModel) -> None:
    """The parts of the example are those of the formula."""
    score = semantic.scores["engagement"]
    given, constants, parts = (
        score["example"]["inputs"],
        score["constants"],
        score["example"]["parts"],
    )
    cap = constants["activity_cap"]
    assert parts["activity"] == min(given["events_30d"] / given["avg_events_30d"], cap) / cap
    assert parts["frequency"] == given["active_days_30d"] / constants["frequency_days"]
    assert parts["breadth"] == given["features_used_30d"] / constants["breadth_features"]


def test_a_broken_file_is_refused_with_its_faults(tmp_path: Path) -> None:
    """A repeated name and a companion that does not exist are both told."""
    content = yaml.safe_load(SEMANTIC_FILE.read_text(encoding="utf-8"))
    content["metrics"].append({**content["metrics"][0], "companions": ["nothing"]})
    broken = tmp_path / "semantic.yml"
    broken.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(SemanticError, match=r"defined twice.*'nothing'"):
        load_semantic_model(broken)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    """A misspelt key does not pass in silence."""
    broken = tmp_path / "semantic.yml"
    broken.write_text("metricz: []", encoding="utf-8")
    with pytest.raises(SemanticError, match="metricz"):
        load_semantic_model(broken)


def test_normalising() -> None:
    """Case and punctuation do not matter, accents and digits do."""
    assert normalised("  Mid-Market_ 2!") == "mid market 2"
    assert closest("entreprise", ["SMB", "Enterprise"]) == ["Enterprise"]
    assert closest("xqzw", ["SMB", "Enterprise"]) == []


def test_bands_are_told_from_the_lowest_score_of_each() -> None:
    """The highest band is open above; each other ends right below the next."""
    told = band_words({"at_risk": 0, "healthy": 70, "watch": 40})
    assert told == "Bands: healthy 70 and more, watch 40 to 69, at risk 0 to 39."
    assert band_words({}) == ""
