"""Which risk rules fire, for one client or a group: `evaluate_rules`."""

from collections import Counter
from functools import cache
from typing import Final

import pandas as pd
from pydantic import Field

from tools.contract import (
    Chart,
    Column,
    Fact,
    Filter,
    Provenance,
    Scalar,
    Series,
    Table,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.judged import features_of_client, features_of_group, nobody
from tools.models.frames import column, numbers
from tools.models.rules import Rule, RuleBook, RuleCheck, load_default
from tools.wording import count_noun, format_value, join_words

TOP_CLIENTS: Final = 10
_TABLE: Final = "gold.ai_model_features"


class EvaluateRulesArgs(ToolArgs):
    """A client, or filters for a group; neither means all clients you can see."""

    customer: str | None = Field(default=None, description="Client id or name.")
    filters: list[Filter] = Field(default_factory=list[Filter])


def evaluate_rules(args: EvaluateRulesArgs, context: ToolContext) -> ToolResult:
    """Hold the risk rules against a client or a group and show which fire.

    Use for: the rule score, rules triggered, thresholds and the client's values. Not for the
    model's probability (`predict_churn`) or its reasons (`explain_churn`).
    """
    if args.customer is not None:
        return _one_client(args.customer, context)
    return _group(args.filters, context)


def _one_client(text: str, context: ToolContext) -> ToolResult:
    lacking = "are no rules to hold against them"
    customer_id, name, features = features_of_client(text, context, lacking)
    result = _book().evaluate(features.iloc[0].to_dict())
    fired = [check for check in result.checks if check.fired]
    facts = [
        Fact(name="rule_score", value=result.score, unit="score"),
        Fact(name="rule_risk", value=result.risk, unit="text"),
        Fact(name="rules_fired", value=len(fired), unit="count"),
        Fact(name="rules", value=len(result.checks), unit="count"),
    ]
    for check in result.checks:
        facts += _check_facts(check)
    return ToolResult(
        summary=_client_summary(name, result.score, result.risk, result.checks),
        args={"customer": customer_id},
        facts=facts,
        table=_check_table(name, result.checks),
        provenance=[_provenance(context, 1)],
        suggestions=[
            f"How likely is {name} to churn?",
            f"Why is {name} at risk?",
            f"What should I do about {name}?",
        ],
    )


def _client_summary(name: str, score: float, risk: str, checks: tuple[RuleCheck, ...]) -> str:
    fired = [check for check in checks if check.fired]
    head = f"{name} has a rule score of {format_value(score, 'score')} ({risk} by the rules). "
    if not fired:
        return head + f"None of the {len(checks)} rules fires."
    reasons = [
        f"{_lower_first(check.rule.label)} ({format_value(check.value, check.rule.unit)}, "
        f"+{format_value(check.rule.weight, 'score')})"
        for check in fired
    ]
    verb = "fires" if len(fired) == 1 else "fire"
    return (
        head + f"{len(fired)} of {count_noun(len(checks), 'rule')} {verb}: {join_words(reasons)}."
    )


def _check_facts(check: RuleCheck) -> list[Fact]:
    rule = check.rule
    bounds = rule.threshold if isinstance(rule.threshold, tuple) else (rule.threshold,)
    limits = [Fact(name=f"threshold:{rule.id}", value=bound, unit=rule.unit) for bound in bounds]
    return [
        Fact(name=f"value:{rule.id}", value=check.value, unit=rule.unit),
        Fact(name=f"weight:{rule.id}", value=rule.weight, unit="score"),
        *limits,
    ]


def _check_table(name: str, checks: tuple[RuleCheck, ...]) -> Table:
    rows: list[list[Scalar | None]] = [
        [
            check.rule.label,
            format_value(check.value, check.rule.unit),
            _limit(check.rule),
            check.rule.weight,
            "unknown" if check.value is None else "yes" if check.fired else "no",
        ]
        for check in checks
    ]
    return Table(
        title=f"Risk rules for {name}",
        columns=[
            Column(name="rule", unit="text", label="Rule"),
            Column(name="value", unit="text", label="This client"),
            Column(name="threshold", unit="text", label="Fires when"),
            Column(name="weight", unit="score", label="Adds"),
            Column(name="fired", unit="text", label="Fired"),
        ],
        rows=rows,
    )


def _limit(rule: Rule) -> str:
    if isinstance(rule.threshold, tuple):
        low, high = (format_value(bound, rule.unit) for bound in rule.threshold)
        return f"{low} to {high}"
    return f"{rule.op} {format_value(rule.threshold, rule.unit)}"


def _group(filters: list[Filter], context: ToolContext) -> ToolResult:
    checked, features = features_of_group(filters, context)
    args = {"filters": [f.model_dump() for f in checked]}
    provenance = [_provenance(context, len(features))]
    if features.empty:
        return nobody(args, provenance, context)
    scored = _book().evaluate_frame(features)
    scored["customer_id"] = features["customer_id"]
    scored = scored.sort_values(["rule_score", "customer_id"], ascending=[False, True])
    names = context.gold.names(context.scope)
    counts = {rule: _times_fired(scored, rule) for rule in _book().rules}
    scores = numbers(scored, "rule_score")
    touched, mean = int((scores > 0).sum()), float(scores.mean())
    found = Counter(column(scored, "rule_risk"))
    bands = {band: found[band] for band in ("high", "medium", "low")}
    facts = [
        Fact(name="customers", value=len(scored), unit="count"),
        Fact(name="customers_with_rules", value=touched, unit="count"),
        Fact(name="avg_rule_score", value=mean, unit="score"),
        *(Fact(name=f"rule_risk:{b}", value=n, unit="count") for b, n in bands.items()),
        *(Fact(name=f"fired:{rule.id}", value=n, unit="count") for rule, n in counts.items()),
    ]
    return ToolResult(
        summary=_group_summary(len(scored), touched, mean, bands, counts),
        args=args,
        facts=facts,
        table=_top_table(scored.head(TOP_CLIENTS), names),
        charts=[_fired_chart(counts)],
        provenance=provenance,
        suggestions=[
            "Which of these clients are most likely to churn?",
            "What drives churn among these clients?",
        ],
    )


def _group_summary(
    clients: int, touched: int, mean: float, bands: dict[str, int], counts: dict[Rule, int]
) -> str:
    strongest = sorted(counts.items(), key=lambda item: -item[1])[:3]
    reasons = [f"{_lower_first(rule.label)} ({count:,})" for rule, count in strongest if count]
    often = f" Most often: {join_words(reasons)}." if reasons else ""
    return (
        f"At least one risk rule fires for {touched:,} of {count_noun(clients, 'active client')}; "
        f"the mean rule score is {format_value(mean, 'score')}. By the rules {bands['high']:,} are "
        f"at high, {bands['medium']:,} at medium and {bands['low']:,} at low risk.{often}"
    )


def _times_fired(scored: pd.DataFrame, rule: Rule) -> int:
    return sum(rule.id in fired for fired in column(scored, "rules_fired"))


def _top_table(scored: pd.DataFrame, names: dict[str, str]) -> Table:
    columns = (
        column(scored, name) for name in ("customer_id", "rule_score", "rule_risk", "rules_fired")
    )
    rows: list[list[Scalar | None]] = [
        [str(key), names.get(str(key), str(key)), float(score), str(risk), _labels(fired)]
        for key, score, risk, fired in zip(*columns, strict=True)
    ]
    return Table(
        title="Highest rule scores",
        columns=[
            Column(name="customer_id", unit="text", label="Client id"),
            Column(name="name", unit="text", label="Client"),
            Column(name="rule_score", unit="score", label="Rule score"),
            Column(name="rule_risk", unit="text", label="Risk by the rules"),
            Column(name="rules_fired", unit="text", label="Rules that fired"),
        ],
        rows=rows,
    )


def _lower_first(label: str) -> str:
    """Put a label inside a sentence; an abbreviation keeps its capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _labels(fired: list[str]) -> str:
    return join_words([_book().rule(rule_id).label for rule_id in fired]) or "none"


def _fired_chart(counts: dict[Rule, int]) -> Chart:
    return Chart(
        kind="bar",
        title="Clients by rule",
        unit="count",
        series=[
            Series(
                name="Clients",
                x=[rule.label for rule in counts],
                y=[float(count) for count in counts.values()],
            )
        ],
    )


def _provenance(context: ToolContext, rows: int) -> Provenance:
    return Provenance(
        tool="evaluate_rules",
        table=_TABLE,
        as_of=context.gold.as_of,
        rows=rows,
        definition="Weights of the rules that fire, added up and capped at 1; unknown values never fire.",
        evidence="recorded",
    )


@cache
def _book() -> RuleBook:
    return load_default()
