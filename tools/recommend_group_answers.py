"""Words, facts, table and chart of a recommendation for a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from tools.contract import (
    Chart,
    Column,
    Explanation,
    Fact,
    Playbook,
    Scalar,
    Series,
    Table,
)
from tools.driver_answers import themes_of
from tools.models.features import THEMES
from tools.models.frames import column, is_unknown
from tools.models.simulation import Outcome
from tools.next_actions import Choice
from tools.simulation_answers import grade_words
from tools.strategies import spoken
from tools.strategy_evidence import Evidence
from tools.wording import MISSING, format_value, join_words

__all__ = ["Part", "group_chart", "group_facts", "group_sentences", "group_table"]

_SHOWN_CLIENTS: Final = 20


@dataclass(frozen=True, slots=True)
class Part:
    """Clients of a group for whom one strategy is best.

    Attributes:
        valued: How many of them have an ARR.
    """

    evidence: Evidence
    outcome: Outcome
    book: Playbook | None
    valued: int


def group_sentences(parts: Sequence[Part], who: str, looked_at: int, currency: str) -> str:
    """The leading action, its worth, the others in one clause."""
    if not parts:
        return f"For {who} no strategy is worth its cost."
    first, rest = parts[0], parts[1:]
    outcome = first.outcome
    cost = _usd(outcome.cost_usd.value, currency)
    money = f"{_usd(outcome.arr_saved_usd.value, currency)} of ARR for {cost}"
    head = (
        f"For {who} the next best action is mostly {spoken(first.evidence.strategy)}: it is the "
        f"best choice for {outcome.customers_treated:,} of {looked_at:,} and would keep about "
        f"{_some(outcome.customers_retained.value)} of the {_some(outcome.leaving)} who would "
        f"otherwise leave, {money if first.valued else f'for {cost}'}."
    )
    others = [
        f"{spoken(part.evidence.strategy)} for {part.outcome.customers_treated:,}" for part in rest
    ]
    also = f"For others it is {join_words(others)}." if others else ""
    play = f'The steps are in the playbook "{first.book.title}".' if first.book else ""
    return " ".join(part for part in (head, grade_words(first.evidence), also, play) if part)


def group_facts(parts: Sequence[Part], customers: int) -> list[Fact]:
    """Clients, worth and cost by action."""
    facts = [Fact(name="customers", value=customers, unit="count")]
    if parts:
        first = parts[0]
        facts = [
            Fact(name="next_best_action", value=first.evidence.strategy, unit="text"),
            Fact(name="evidence_grade", value=first.evidence.grade, unit="text"),
            *facts,
        ]
    for part in parts:
        name, outcome = part.evidence.strategy, part.outcome
        facts += [
            Fact(name=f"clients:{name}", value=outcome.customers_treated, unit="count"),
            Fact(
                name=f"customers_retained:{name}",
                value=outcome.customers_retained.value,
                unit="count",
            ),
            Fact(name=f"leaving:{name}", value=outcome.leaving, unit="count"),
            Fact(name=f"cost_usd:{name}", value=outcome.cost_usd.value, unit="usd"),
        ]
        if part.valued:
            facts += [
                Fact(name=f"arr_saved_usd:{name}", value=outcome.arr_saved_usd.value, unit="usd"),
                Fact(name=f"net_usd:{name}", value=outcome.net_usd.value, unit="usd"),
            ]
    return facts


def group_table(
    rows: pd.DataFrame, choices: Sequence[Choice], explanations: Sequence[Explanation]
) -> Table:
    """The clients with the most ARR at risk and what to do for each."""
    shown: list[list[Scalar | None]] = []
    names = ("customer_id", "name", "churn_prob_90d", "arr_at_risk")
    columns = zip(*(column(rows, name) for name in names), strict=True)
    for (key, name, prob, arr), choice, why in zip(columns, choices, explanations, strict=True):
        best = choice.best
        reason = next((THEMES[t.name] for t in themes_of(why) if t.push > 0), MISSING)
        net = choice.net_usd.get(best) if best else None
        loss = None if is_unknown(arr) else float(arr)
        shown.append([str(key), str(name), best or "none pays", reason, float(prob), loss, net])
        if len(shown) == _SHOWN_CLIENTS:
            break
    return Table(
        title="Next best actions",
        columns=[
            Column(name="customer_id", unit="text", label="Client id"),
            Column(name="name", unit="text", label="Client"),
            Column(name="next_best_action", unit="text", label="Next best action"),
            Column(name="reason", unit="text", label="Main reason"),
            Column(name="churn_prob_90d", unit="prob", label="Churn probability (90 days)"),
            Column(name="arr_at_risk", unit="usd", label="ARR at risk"),
            Column(name="expected_net_usd", unit="usd", label="Expected net"),
        ],
        rows=shown,
    )


def group_chart(parts: Sequence[Part]) -> Chart:
    """Clients by action."""
    return Chart(
        kind="bar",
        title="Clients by next best action",
        unit="count",
        series=[
            Series(
                name="Clients",
                x=[spoken(part.evidence.strategy) for part in parts],
                y=[float(part.outcome.customers_treated) for part in parts],
            )
        ],
    )


def _some(count: float) -> str:
    return format_value(round(count) if abs(count) >= 10 else round(count, 1), "count")


def _usd(amount: float, currency: str) -> str:
    return format_value(round(amount), "usd", currency=currency)
