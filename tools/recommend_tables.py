"""What is advised for one client: facts, table, chart and cited steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tools.contract import (
    Chart,
    Citation,
    Column,
    Fact,
    Playbook,
    Scalar,
    Series,
    Table,
)
from tools.driver_answers import Theme
from tools.models.frames import is_unknown
from tools.models.simulation import Outcome
from tools.next_actions import Choice
from tools.strategies import spoken
from tools.strategy_evidence import Evidence

__all__ = ["Advice", "cite_steps", "client_facts", "client_table", "net_chart"]

_QUOTED: Final = ("Steps", "When not to")


@dataclass(frozen=True, slots=True)
class Advice:
    """What is advised for one client.

    Attributes:
        row: The candidate's row.
        chosen: Evidence of the best strategy; None when nothing pays.
        outcome: Its simulation for this client.
        themes: Reasons that raise the risk, strongest first.
        features: The client's features.
        card: The model card, with the typical values.
    """

    name: str
    row: Mapping[str, Any]
    choice: Choice
    chosen: Evidence | None
    outcome: Outcome | None
    runner_up: Evidence | None
    book: Playbook | None
    themes: tuple[Theme, ...]
    features: dict[str, Any]
    card: dict[str, Any]

    @property
    def arr(self) -> float | None:
        """The client's ARR, where it is recorded."""
        return _number(self.row["arr"])

    def cost_of(self, evidence: Evidence) -> float | None:
        """What a strategy costs for the client; None where that is a share of an unknown ARR."""
        if self.arr is None and evidence.costs.share_of_arr:
            return None
        return evidence.costs.per_client_usd + evidence.costs.share_of_arr * (self.arr or 0.0)


def client_facts(advice: Advice) -> list[Fact]:
    """The choice and its figures by name."""
    choice, chosen, outcome = advice.choice, advice.chosen, advice.outcome
    prob = float(advice.row["churn_prob_90d"])
    facts = [
        Fact(name="name", value=advice.name, unit="text"),
        Fact(name="churn_prob_90d", value=prob, unit="prob"),
        Fact(name="churn_risk", value=_word(advice.row.get("churn_risk")), unit="text"),
        Fact(name="arr", value=advice.arr, unit="usd"),
        Fact(name="arr_at_risk", value=_number(advice.row["arr_at_risk"]), unit="usd"),
    ]
    if chosen is not None and outcome is not None:
        saved = choice.saved[chosen.strategy]
        facts = [
            Fact(name="next_best_action", value=chosen.strategy, unit="text"),
            Fact(name="evidence_grade", value=chosen.grade, unit="text"),
            *facts,
            Fact(name="churn_prob_treated", value=prob - saved, unit="prob"),
            Fact(name="saved_prob", value=saved, unit="prob"),
            Fact(name="expected_net_usd", value=choice.net_usd.get(chosen.strategy), unit="usd"),
            Fact(name="cost_per_customer", value=advice.cost_of(chosen), unit="usd"),
            Fact(name="effect_pct_low", value=outcome.effect_pct.low, unit="pct"),
            Fact(name="effect_pct_high", value=outcome.effect_pct.high, unit="pct"),
        ]
        if chosen.arms is not None:
            facts += [
                Fact(name="retention_treated", value=chosen.arms.treated_rate, unit="prob"),
                Fact(name="retention_control", value=chosen.arms.control_rate, unit="prob"),
                Fact(name="test_clients", value=chosen.arms.clients, unit="count"),
            ]
    if advice.runner_up is not None:
        name = advice.runner_up.strategy
        facts += [
            Fact(name="runner_up", value=name, unit="text"),
            Fact(name="runner_up_net_usd", value=choice.net_usd.get(name), unit="usd"),
        ]
    if advice.book is not None:
        facts.append(Fact(name="playbook", value=advice.book.playbook_id, unit="text"))
    return facts


def client_table(advice: Advice, evidence: Sequence[Evidence]) -> Table:
    """Every strategy that may be used for the client, as ranked."""
    by_name = {each.strategy: each for each in evidence}
    rows: list[list[Scalar | None]] = [
        [
            name,
            by_name[name].grade,
            "yes" if name in advice.choice.fitting else "no",
            advice.choice.saved[name],
            advice.cost_of(by_name[name]),
            advice.choice.net_usd.get(name),
        ]
        for name in advice.choice.ranked
    ]
    return Table(
        title=f"What could be done for {advice.name}",
        columns=[
            Column(name="strategy", unit="text", label="Strategy"),
            Column(name="evidence", unit="text", label="Evidence"),
            Column(name="fits", unit="text", label="A playbook fits"),
            Column(name="saved_prob", unit="prob", label="Lowers the chance of leaving by"),
            Column(name="cost_usd", unit="usd", label="Cost"),
            Column(name="expected_net_usd", unit="usd", label="Expected net"),
        ],
        rows=rows,
    )


def net_chart(advice: Advice) -> Chart:
    """Expected net value of the strategies, or how far they lower the risk of a client without ARR."""
    choice = advice.choice
    what = "Expected net" if choice.is_valued else "Lowers the chance of leaving by"
    return Chart(
        kind="bar",
        title=f"{what} {'value for' if choice.is_valued else 'for'} {advice.name}",
        unit="usd" if choice.is_valued else "prob",
        series=[
            Series(
                name=what,
                x=[spoken(name) for name in choice.ranked],
                y=[(choice.net_usd or choice.saved)[name] for name in choice.ranked],
            )
        ],
    )


def cite_steps(book: Playbook) -> list[Citation]:
    """The play's steps and its limits, as written; a play without them, its first section."""
    quoted = [section for section in book.sections if section[0] in _QUOTED]
    return [
        Citation(
            source=book.playbook_id,
            title=book.title,
            heading=heading,
            passage=text,
            reviewed=book.reviewed,
        )
        for heading, text in quoted or book.sections[:1]
    ]


def _number(value: Any) -> float | None:
    return None if is_unknown(value) else float(value)


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None
