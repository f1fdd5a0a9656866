"""Why clients are at risk, in the model's own reasons: `explain_churn`."""

from typing import Any, Final

from pydantic import Field

from tools.contract import (
    Fact,
    Filter,
    GlobalDriver,
    Provenance,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.driver_answers import (
    Theme,
    driver_table,
    importance_chart,
    importance_table,
    say_driver,
    theme_shares,
    themes_of,
    value_facts,
    waterfall,
)
from tools.judged import churn_caveat, features_of_client, features_of_group, nobody
from tools.models.features import THEMES, feature_of
from tools.wording import count_noun, format_value, join_words

SHOWN_THEMES: Final = 3
SPOKEN_PUSH: Final = 0.1
"""Log-odds: a theme that moves the risk less is not worth a word."""
_TABLE: Final = "gold.ai_model_features"
_DEFINITION: Final = (
    "SHAP contributions (TreeSHAP, and the terms of the linear part) to the log-odds of churning "
    "within 90 days: the base margin plus all contributions is the margin. They say what the model "
    "reacts to, not what would happen if it were changed."
)


class ExplainChurnArgs(ToolArgs):
    """A client, or filters for the drivers of a group; neither means all clients you can see."""

    customer: str | None = Field(default=None, description="Client id or name.")
    filters: list[Filter] = Field(default_factory=list[Filter])


def explain_churn(args: ExplainChurnArgs, context: ToolContext) -> ToolResult:
    """Explain why a client is at risk of churning, or what drives churn in a group.

    Use for: "why is X at risk?", reasons, drivers, feature importance. Not for the probability
    alone (`predict_churn`) or the fixed rules (`evaluate_rules`).
    """
    if args.customer is not None:
        return _one_client(args.customer, context)
    return _group(args.filters, context)


def _one_client(text: str, context: ToolContext) -> ToolResult:
    customer_id, name, features = features_of_client(text, context, "is no risk to explain")
    row: dict[str, Any] = features.iloc[0].to_dict()
    card = context.churn.card
    explanation = context.churn.explain(features)[0]
    health = context.gold.customer(customer_id, context.scope) or {}
    themes = themes_of(explanation)
    raising = [theme for theme in themes if theme.push > SPOKEN_PUSH][:SHOWN_THEMES]
    lowering = [theme for theme in themes if theme.push < -SPOKEN_PUSH][:SHOWN_THEMES]
    spoken = [driver for theme in [*raising, *lowering] for driver in theme.drivers]
    return ToolResult(
        summary=_client_summary(name, health, _say(raising, row, card), _say(lowering, row, card)),
        args={"customer": customer_id},
        facts=[
            *_risk_facts(health),
            Fact(name="base_margin", value=explanation.base_margin, unit="score"),
            Fact(name="margin", value=explanation.margin, unit="score"),
            *(
                Fact(name=f"contribution:{d.feature}", value=d.contribution, unit="score")
                for d in explanation.drivers
            ),
            *value_facts(spoken, row, card),
        ],
        table=driver_table(name, explanation),
        charts=[waterfall(name, explanation)] if explanation.drivers else [],
        provenance=[_provenance(context, 1, explanation.link)],
        caveats=churn_caveat(context),
        suggestions=[
            f"What should I do about {name}?",
            f"How likely is {name} to churn?",
            f"Which risk rules did {name} trigger?",
        ],
    )


def _client_summary(name: str, health: dict[str, Any], up: str, down: str) -> str:
    prob = health.get("churn_prob_90d")
    head = (
        f"{name} has a predicted {format_value(prob, 'prob')} chance of churning within 90 days "
        f"({health.get('churn_risk')} risk)."
    )
    if not up and not down:
        return f"{head} Nothing sets them apart: no factor moves the risk far from the average."
    return " ".join(
        [
            head,
            f"What raises the risk: {up}." if up else "Nothing raises it above the average.",
            f"What lowers it: {down}." if down else "",
        ]
    ).strip()


def _say(themes: list[Theme], row: dict[str, Any], card: dict[str, Any]) -> str:
    """Say themes in the client's values: none say nothing."""
    return "; ".join(
        f"{THEMES[theme.name]} – {join_words([say_driver(d, row, card) for d in theme.drivers])}"
        for theme in themes
    )


def _risk_facts(health: dict[str, Any]) -> list[Fact]:
    return [
        Fact(name="churn_prob_90d", value=health.get("churn_prob_90d"), unit="prob"),
        Fact(name="churn_risk", value=health.get("churn_risk"), unit="text"),
        Fact(name="arr_at_risk", value=health.get("arr_at_risk"), unit="usd"),
    ]


def _group(filters: list[Filter], context: ToolContext) -> ToolResult:
    checked, features = features_of_group(filters, context)
    args = {"filters": [f.model_dump() for f in checked]}
    provenance = [_provenance(context, len(features))]
    if features.empty:
        return nobody(args, provenance, context)
    drivers = context.churn.explain_all(features)
    shares = theme_shares(drivers)
    return ToolResult(
        summary=_group_summary(len(features), drivers, shares),
        args=args,
        facts=[
            Fact(name="customers", value=len(features), unit="count"),
            *(Fact(name=f"share:{name}", value=share, unit="pct") for name, share in shares),
            *(
                Fact(name=f"importance:{d.feature}", value=d.importance, unit="score")
                for d in drivers
            ),
        ],
        table=importance_table(drivers),
        charts=[importance_chart(drivers)] if drivers else [],
        provenance=provenance,
        caveats=churn_caveat(context),
        suggestions=[
            "Which of these clients are most likely to churn?",
            "Which risk rules fire most often among them?",
            "What should we do about them?",
        ],
    )


def _group_summary(
    clients: int, drivers: list[GlobalDriver], shares: list[tuple[str, float]]
) -> str:
    if not drivers:
        return (
            f"The model has no drivers to give for these {count_noun(clients, 'client')}: "
            "it knows the average churn rate only."
        )
    parts: list[str] = []
    for theme, share in shares[:SHOWN_THEMES]:
        lead = next(d for d in drivers if feature_of(d.feature).theme == theme)
        parts.append(
            f"{THEMES[theme]} ({format_value(share, 'pct')} of the model's weight; mainly "
            f"{lead.label}, {lead.direction})"
        )
    return (
        f"For {count_noun(clients, 'active client')} the predicted churn risk is driven most by "
        f"{join_words(parts)}."
    )


def _provenance(context: ToolContext, rows: int, link: str = "") -> Provenance:
    return Provenance(
        tool="explain_churn",
        table=_TABLE,
        as_of=context.gold.as_of,
        rows=rows,
        definition=f"{_DEFINITION} {link}".strip(),
        evidence="predicted",
        model_version=context.churn.version,
    )
