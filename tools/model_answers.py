"""How good the churn model is, in words and figures: read from its card."""

from datetime import date
from typing import Any, Final

from tools.contract import (
    Chart,
    Column,
    Fact,
    Provenance,
    Scalar,
    Series,
    Table,
    ToolContext,
    ToolResult,
)
from tools.models.card import Measure, ModelCard
from tools.wording import count_noun, format_value, join_words

_TABLE: Final = "gold.ai_model_features"
_DEFINITION: Final = (
    "AUC: how often, of two clients at the same snapshot of whom one left within 90 days, that one "
    "had the higher score (0.5 is chance). Brier score: mean squared error of the probability, "
    "lower is better; saved is the share by which it lies below the average rate's. Calibration error: how far predicted and actual shares are apart on average "
    "over tenths of the rows. 95 % intervals over client bootstraps."
)
_NAMES: Final = {
    "model": "Churn model",
    "rules": "Risk rules",
    "logistic": "Logistic regression",
    "base_rate": "Average churn rate",
}
_SPOKEN: Final = {"rules": "the risk rules", "logistic": "a plain logistic regression"}
_REACHED: Final = {"rules": "reach", "logistic": "reaches"}
_WELL: Final = ((0.8, "well"), (0.7, "fairly well"))
_LIMITS: Final = (
    "A score is a chance, no verdict on one client. It does not say what an action would change, "
    "and a new price or product is not in it."
)


def model_quality(context: ToolContext) -> ToolResult:
    """Say which model serves, how well it did on outcomes it had not seen, and what it cannot do."""
    given = dict(context.churn.card)
    decision: dict[str, Any] = given.pop("decision", None) or {}
    card = ModelCard.model_validate(given)
    parts = (_quality(card, context.churn.caveat), _version(card, decision), _LIMITS)
    return ToolResult(
        summary=" ".join(part for part in parts if part),
        args={"about": "model"},
        facts=[*_facts(card), *_version_facts(card, decision)],
        table=_table(card) if card.baselines else None,
        charts=_charts(card),
        provenance=[
            Provenance(
                tool="predict_churn",
                table=_TABLE,
                as_of=card.as_of,
                rows=card.test.rows if card.test else card.rows,
                definition=_DEFINITION,
                evidence="measured",
                model_version=card.version,
            )
        ],
        caveats=[context.churn.caveat] if context.churn.caveat else [],
        suggestions=[
            "What drives churn among all clients?",
            "Which clients are at risk?",
            "Which risk rules fire most often?",
        ],
    )


def _quality(card: ModelCard, caveat: str | None) -> str:
    test, auc, ece = card.test, card.auc, card.ece
    if test is None or auc is None:
        return ""
    rows = f"{count_noun(test.rows, 'row')} of {count_noun(test.clients, 'client')}"
    how = (
        f"{rows} between {_day(test.first_snapshot)} and {_day(test.last_snapshot)}, each scored "
        "by a model that knew only what was known before"
        if card.in_time
        else f"{rows} by cross-validation, each scored by a model that knew other clients only"
    )
    headline = (
        f"{_verdict(card, caveat)}: of two clients of whom one left within 90 days, it gave that "
        f"one the higher risk in {_share(auc.value)} of cases (AUC {_interval(auc)})."
    )
    lines = [headline, _against(card), f"Measured on {how}."]
    if card.lift_top_decile is not None and card.lift_top_decile.value is not None:
        lift = format_value(card.lift_top_decile.value, "ratio")
        lines.append(f"In its top tenth {lift} times as many left as on average.")
    if ece is not None and ece.value is not None:
        lines.append(
            f"Its probabilities were off by {_share(ece.value)} on average (calibration error "
            f"{_interval(ece)}; Brier score {_interval(card.brier, 4)})."
        )
    return " ".join(line for line in lines if line)


def _verdict(card: ModelCard, caveat: str | None) -> str:
    if not card.has_signal:
        return "Do not trust the risk scores to rank clients"
    if caveat:
        return "Trust the risk scores with care"
    area = card.auc.value if card.auc else None
    how = next((word for least, word in _WELL if area is not None and area >= least), "only weakly")
    return f"The risk scores rank clients {how}"


def _against(card: ModelCard) -> str:
    """The simpler scores on the same rows, and which of them it clearly beats."""
    others = {name: card.baselines[name] for name in _SPOKEN if name in card.baselines}
    if not others:
        return ""
    scores = [
        f"{_SPOKEN[name]} {_REACHED[name]} {_figure(own.auc.value)}" for name, own in others.items()
    ]
    beaten = [_SPOKEN[name] for name, own in others.items() if own.beaten]
    doubted = [_SPOKEN[name] for name, own in others.items() if not own.beaten]
    parts = [f"it clearly beats {join_words(beaten)}"] if beaten else []
    parts += [f"it is not clearly better than {join_words(doubted)}"] if doubted else []
    return f"On the same rows {join_words(scores)}, and chance 0.5: {join_words(parts)}."


def _version(card: ModelCard, decision: dict[str, Any]) -> str:
    trained = decision.get("trained_on")
    when = f", trained on {_day(date.fromisoformat(trained))}" if trained else ""
    learned = (
        f"from {count_noun(card.clients, 'client')}, of whom "
        f"{count_noun(card.churned_clients, 'client')} left"
    )
    said = f"Version {card.version} serves{when} on data up to {_day(card.as_of)} ({learned})."
    if decision.get("by") == "hand":
        return f"{said} It was chosen by hand."
    return said


def _facts(card: ModelCard) -> list[Fact]:
    measures = {
        "auc": card.auc,
        "pr_auc": card.pr_auc,
        "brier": card.brier,
        "calibration_error": card.ece,
        "lift_top_decile": card.lift_top_decile,
        **{f"auc_{name}": own.auc for name, own in card.baselines.items()},
        **{f"brier_{name}": own.brier for name, own in card.baselines.items()},
        **{f"auc_gain_over_{name}": own.auc_gain for name, own in card.baselines.items()},
    }
    facts: list[Fact] = []
    for name, measure in measures.items():
        if measure is None or measure.value is None:
            continue
        unit = "ratio" if name.startswith(("auc", "calibration", "lift", "pr_")) else "score"
        facts.append(Fact(name=name, value=measure.value, unit=unit))
        facts.append(Fact(name=f"{name}_low", value=measure.low, unit=unit))
        facts.append(Fact(name=f"{name}_high", value=measure.high, unit=unit))
    facts.append(Fact(name="auc_chance", value=0.5, unit="ratio"))
    if card.test is not None:
        facts += [
            Fact(name="test_rows", value=card.test.rows, unit="count"),
            Fact(name="test_clients", value=card.test.clients, unit="count"),
            Fact(name="test_churned_clients", value=card.test.churned_clients, unit="count"),
            Fact(name="test_from", value=card.test.first_snapshot, unit="date"),
            Fact(name="test_to", value=card.test.last_snapshot, unit="date"),
        ]
    return facts


def _version_facts(card: ModelCard, decision: dict[str, Any]) -> list[Fact]:
    facts = [
        Fact(name="model_version", value=card.version, unit="text"),
        Fact(name="data_to", value=card.as_of, unit="date"),
        Fact(name="training_rows", value=card.rows, unit="count"),
        Fact(name="training_clients", value=card.clients, unit="count"),
        Fact(name="training_churned_clients", value=card.churned_clients, unit="count"),
    ]
    if decision:
        facts += [
            Fact(name="trained_on", value=decision["trained_on"], unit="date"),
            Fact(name="why_it_serves", value=decision["reason"], unit="text"),
        ]
    return facts


def _table(card: ModelCard) -> Table:
    scores = {"model": (card.auc, card.brier)} | {
        name: (own.auc, own.brier) for name, own in card.baselines.items()
    }
    average = card.baselines["base_rate"].brier.value if "base_rate" in card.baselines else None
    rows: list[list[Scalar | None]] = [
        [_NAMES[name], *_cells(scores[name][0]), _saved(scores[name][1], average)]
        for name in _NAMES
        if name in scores
    ]
    return Table(
        title="The churn model beside simpler scores, on the same rows",
        columns=[
            Column(name="score", unit="text", label="Score"),
            Column(name="auc", unit="prob", label="Ranks two clients right (AUC)"),
            Column(name="auc_low", unit="prob", label="Low"),
            Column(name="auc_high", unit="prob", label="High"),
            Column(name="error_saved", unit="prob", label="Squared error saved"),
        ],
        rows=rows,
    )


def _saved(brier: Measure | None, average: float | None) -> float | None:
    """The share of the average rate's squared error that a score does without."""
    if brier is None or brier.value is None or not average:
        return None
    return 1 - brier.value / average


def _charts(card: ModelCard) -> list[Chart]:
    if not card.reliability:
        return []
    tenths: list[Scalar] = [f"tenth {place}" for place in range(1, len(card.reliability) + 1)]
    return [
        Chart(
            kind="bar",
            title="Predicted and actual churn within 90 days",
            unit="prob",
            x_label="Rows by predicted risk, lowest first",
            series=[
                Series(name="Predicted", x=tenths, y=[b.predicted for b in card.reliability]),
                Series(name="Actual", x=tenths, y=[b.churned for b in card.reliability]),
            ],
        )
    ]


def _cells(measure: Measure | None) -> list[float | None]:
    return [measure.value, measure.low, measure.high] if measure else [None, None, None]


def _interval(measure: Measure | None, digits: int = 3) -> str:
    if measure is None or measure.value is None:
        return "not measured"
    low, high = _figure(measure.low, digits), _figure(measure.high, digits)
    return f"{_figure(measure.value, digits)}, 95 % interval {low} to {high}"


def _figure(value: float | None, digits: int = 3) -> str:
    return "n/a" if value is None else f"{value:.{digits}f}"


def _share(value: float | None) -> str:
    return format_value(value, "prob")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
