"""Builds lexicons: from the warehouse and the playbooks, or the sample that training uses."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from app.agent.planner.language import HERE, language
from app.agent.planner.lexicon import Lexicon, Term
from data.gold import Gold
from data.query import Scope
from data.semantic_model import SemanticModel, band_words, load_semantic_model
from tools.contract import PlaybookPort


def build_lexicon(gold: Gold, playbooks: PlaybookPort, scope: Scope) -> Lexicon:
    """Everything one asker can talk about; nothing outside the scope gets in."""
    model = gold.semantic
    values = {
        dimension.name: list(gold.values(dimension.name, scope))
        for dimension in model.dimensions
        if dimension.time is None and dimension.name != "customer"
    }
    titles = {key: _title(playbooks, key) for key in playbooks.ids()}
    return _lexicon(model, values, dict(gold.names(scope)), titles, gold.as_of)


def sample_lexicon() -> Lexicon:
    """The made-up lexicon of `sample.yml`, with the real semantic model."""
    raw: dict[str, Any] = yaml.safe_load((HERE / "sample.yml").read_text(encoding="utf-8"))
    as_of: date = raw["as_of"]
    model = load_semantic_model()
    return _lexicon(model, raw["dimensions"], raw["customers"], raw["playbooks"], as_of)


def _lexicon(
    model: SemanticModel,
    values: Mapping[str, list[str]],
    customers: Mapping[str, str],
    playbooks: Mapping[str, str],
    as_of: date,
) -> Lexicon:
    dimensions = {"customer": [], **values}
    return Lexicon(
        metrics={
            m.name: Term(m.label, m.synonyms, m.unit, m.kind != "point") for m in model.metrics
        },
        numbers={n.name: Term(n.label, n.synonyms, n.unit) for n in model.numbers},
        dimensions=dimensions,
        customers=customers,
        strategies=tuple(language().strategies),
        playbooks=playbooks,
        as_of=as_of,
        definitions=_score_definitions(model),
        value_synonyms={d.name: d.value_synonyms for d in model.dimensions},
    )


def _score_definitions(model: SemanticModel) -> dict[str, str]:
    """How the scores behind a metric are computed."""
    found: dict[str, str] = {}
    for metric in model.metrics:
        for score in model.scores.values():
            if metric.name in {score["column"], f"avg_{score['column']}"}:
                bands = band_words(score.get("bands") or {})
                words = [f"{score['label']}: {score['definition']}", bands, f"{score['formula']}."]
                found[metric.name] = " ".join(word for word in words if word)
    return found


def _title(playbooks: PlaybookPort, playbook_id: str) -> str:
    found = playbooks.get(playbook_id)
    return found.title if found else playbook_id.replace("-", " ")
