"""What is said about risk rules: sentences, facts and tables of `evaluate_rules`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from tools.contract import Chart, Column, Fact, Scalar, Series, Table, ToolResult
from tools.models.features import THEMES
from tools.models.frames import column, numbers, rows_where
from tools.models.rule import Rule
from tools.models.rules import RuleBook, RuleCheck, RuleScore
from tools.wording import count_noun, format_value, join_words

TOP_CLIENTS: Final = 10
_SPOKEN_RULES: Final = 8
_OPS: Final = {">": "above", ">=": "at least", "<": "below", "<=": "at most"}


def client_answer(name: str, result: RuleScore, rule: Rule | None, currency: str) -> ToolResult:
    """All rules held against one client; with a rule, whether that one fires."""
    fired = [check for check in result.checks if check.fired]
    facts = [
        Fact(name="rule_score", value=result.score, unit="score"),
        Fact(name="rule_risk", value=result.risk, unit="text"),
        Fact(name="rules_fired", value=len(fired), unit="count"),
        Fact(name="rules", value=len(result.checks), unit="count"),
    ]
    for check in result.checks:
        facts += [
            Fact(name=f"value:{check.rule.id}", value=check.value, unit=check.rule.unit),
            *_rule_facts(check.rule),
        ]
    score = f"{name} has a rule score of {format_value(result.score, 'score')} ({result.risk} by the rules)"
    if rule is None:
        said = f"{score}. {_fired_sentence(result.checks, currency)}"
    else:
        check = next(check for check in result.checks if check.rule == rule)
        said = f"{_one_rule_sentence(name, check, currency)} {score}."
    return ToolResult(
        summary=said,
        facts=facts,
        table=_check_table(name, result.checks, currency),
        suggestions=[
            f"How likely is {name} to churn?",
            f"Why is {name} at risk?",
            f"What should I do about {name}?",
        ],
    )


def group_answer(
    book: RuleBook, features: pd.DataFrame, names: Mapping[str, str], currency: str
) -> ToolResult:
    """How often each rule fires in a group, and who has the highest score."""
    scored = _scored(book, features)
    counts = dict(zip(book.rules, book.fired(features).sum(axis=0).tolist(), strict=True))
    scores = numbers(scored, "rule_score")
    touched, mean = int((scores > 0).sum()), float(scores.mean())
    found = Counter(column(scored, "rule_risk"))
    bands = {band: found[band] for band in ("high", "medium", "low")}
    facts = [
        Fact(name="customers", value=len(scored), unit="count"),
        Fact(name="customers_with_rules", value=touched, unit="count"),
        Fact(name="avg_rule_score", value=mean, unit="score"),
        Fact(name="rules", value=len(book.rules), unit="count"),
        *(Fact(name=f"rule_risk:{b}", value=n, unit="count") for b, n in bands.items()),
    ]
    for rule, count in counts.items():
        facts += [Fact(name=f"fired:{rule.id}", value=count, unit="count"), *_rule_facts(rule)]
    labels = {rule.id: rule.label(currency) for rule in book.rules}
    return ToolResult(
        summary=(
            f"At least one of {count_noun(len(book.rules), 'risk rule')} fires for {touched:,} of "
            f"{count_noun(len(scored), 'active client')}; the mean rule score is "
            f"{format_value(mean, 'score')}. By the rules {bands['high']:,} are at high, "
            f"{bands['medium']:,} at medium and {bands['low']:,} at low risk. "
            f"{_counts_sentence(counts, labels)}"
        ),
        facts=facts,
        table=_top_table(scored.head(TOP_CLIENTS), names, labels),
        charts=[_fired_chart(counts, labels)],
        suggestions=[
            "Which of these clients are most likely to churn?",
            "What drives churn among these clients?",
        ],
    )


def trippers_answer(
    book: RuleBook, rule: Rule, features: pd.DataFrame, names: Mapping[str, str], currency: str
) -> ToolResult:
    """Who trips one rule, the highest rule scores first."""
    tripped = _scored(book, rows_where(features, rule.fires_for(numbers(features, rule.feature))))
    unknown = int(pd.isna(numbers(features, rule.feature)).sum())
    label = _lower_first(rule.label(currency))
    clients = count_noun(len(features), "active client")
    lacking = f" For {unknown:,} it is not known." if unknown else ""
    return ToolResult(
        summary=(
            f"{len(tripped):,} of {clients} {'trips' if len(tripped) == 1 else 'trip'} the rule "
            f'"{label}", which adds {format_value(rule.weight, "score")} to a rule score.'
            f"{lacking}"
        ),
        facts=[
            Fact(name="customers", value=len(features), unit="count"),
            Fact(name=f"fired:{rule.id}", value=len(tripped), unit="count"),
            Fact(name="customers_unknown", value=unknown, unit="count"),
            *_rule_facts(rule),
        ],
        table=_tripped_table(rule, tripped.head(TOP_CLIENTS), names, currency),
        suggestions=[
            "Which rules fire most often?",
            "Which clients are most likely to churn?",
        ],
    )


def _scored(book: RuleBook, features: pd.DataFrame) -> pd.DataFrame:
    """Features with the rules held against them, highest score first."""
    scored = pd.concat([features, book.evaluate_frame(features)], axis=1)
    return scored.sort_values(["rule_score", "customer_id"], ascending=[False, True])


def _fired_sentence(checks: Sequence[RuleCheck], currency: str) -> str:
    fired = [check for check in checks if check.fired]
    if not fired:
        return f"None of the {len(checks)} rules fires."
    reasons = [
        f"{_lower_first(check.rule.label(currency))} ({_written(check, currency)}, "
        f"+{format_value(check.rule.weight, 'score')})"
        for check in fired
    ]
    verb = "fires" if len(fired) == 1 else "fire"
    return f"{len(fired)} of {count_noun(len(checks), 'rule')} {verb}: {join_words(reasons)}."


def _one_rule_sentence(name: str, check: RuleCheck, currency: str) -> str:
    label = f'the rule "{_lower_first(check.rule.label(currency))}"'
    if check.value is None:
        return f"Whether {name} trips {label} is not known: the value is missing."
    value = _written(check, currency)
    if check.fired:
        weight = format_value(check.rule.weight, "score")
        return f"Yes, {name} trips {label}: the value is {value}, which adds {weight}."
    return f"No, {name} does not trip {label}: the value is {value}."


def _counts_sentence(counts: Mapping[Rule, int], labels: Mapping[str, str]) -> str:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    said = [f"{_lower_first(labels[r.id])} ({n:,})" for r, n in ordered[:_SPOKEN_RULES]]
    head = "How often each fires" if len(ordered) <= _SPOKEN_RULES else "Most often"
    return f"{head}: {join_words(said)}."


def _rule_facts(rule: Rule) -> list[Fact]:
    return [
        Fact(name=f"weight:{rule.id}", value=rule.weight, unit="score"),
        *(Fact(name=f"threshold:{rule.id}", value=limit, unit=rule.unit) for limit in rule.limits),
    ]


def _check_table(name: str, checks: Sequence[RuleCheck], currency: str) -> Table:
    rows: list[list[Scalar | None]] = [
        [
            check.rule.label(currency),
            _written(check, currency),
            _limit(check.rule, currency),
            check.rule.weight,
            "unknown" if check.value is None else "yes" if check.fired else "no",
            THEMES[check.rule.theme],
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
            Column(name="theme", unit="text", label="About"),
        ],
        rows=rows,
    )


def _top_table(scored: pd.DataFrame, names: Mapping[str, str], labels: Mapping[str, str]) -> Table:
    rows: list[list[Scalar | None]] = [
        [
            *_client(row, names),
            float(row["rule_score"]),
            str(row["rule_risk"]),
            join_words([labels[rule_id] for rule_id in row["rules_fired"]]) or "none",
        ]
        for row in scored.to_dict("records")
    ]
    return Table(
        title="Highest rule scores",
        columns=[
            *_CLIENT_COLUMNS,
            Column(name="rule_score", unit="score", label="Rule score"),
            Column(name="rule_risk", unit="text", label="Risk by the rules"),
            Column(name="rules_fired", unit="text", label="Rules that fired"),
        ],
        rows=rows,
    )


def _tripped_table(
    rule: Rule, tripped: pd.DataFrame, names: Mapping[str, str], currency: str
) -> Table:
    rows: list[list[Scalar | None]] = [
        [
            *_client(row, names),
            format_value(float(row[rule.feature]), rule.unit, currency=currency),
            float(row["rule_score"]),
            str(row["rule_risk"]),
        ]
        for row in tripped.to_dict("records")
    ]
    return Table(
        title=f"{rule.label(currency)}: highest rule scores",
        columns=[
            *_CLIENT_COLUMNS,
            Column(name="value", unit="text", label="This client"),
            Column(name="rule_score", unit="score", label="Rule score"),
            Column(name="rule_risk", unit="text", label="Risk by the rules"),
        ],
        rows=rows,
    )


_CLIENT_COLUMNS: Final = (
    Column(name="customer_id", unit="text", label="Client id"),
    Column(name="name", unit="text", label="Client"),
)


def _client(row: Mapping[Any, Any], names: Mapping[str, str]) -> tuple[str, str]:
    key = str(row["customer_id"])
    return key, names.get(key, key)


def _written(check: RuleCheck, currency: str) -> str:
    return format_value(check.value, check.rule.unit, currency=currency)


def _limit(rule: Rule, currency: str) -> str:
    limits = [format_value(limit, rule.unit, currency=currency) for limit in rule.limits]
    return " to ".join(limits) if rule.op == "between" else f"{_OPS[rule.op]} {limits[0]}"


def _lower_first(label: str) -> str:
    """Put a label inside a sentence; an abbreviation keeps its capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _fired_chart(counts: Mapping[Rule, int], labels: Mapping[str, str]) -> Chart:
    return Chart(
        kind="bar",
        title="Clients by rule",
        unit="count",
        series=[
            Series(
                name="Clients",
                x=[labels[rule.id] for rule in counts],
                y=[float(count) for count in counts.values()],
            )
        ],
    )
