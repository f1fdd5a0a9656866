"""Whom to treat first: the ARR at risk, the risk, or who responds, where a test proves that.

Uplift is used only where it beat risk on clients that its model had not seen, in the strategy's
own randomised test, by an interval above zero; else clients are ranked by risk and it is said.
"""

import threading
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import pandas as pd

from data.gold import Gold
from data.gold_assigned import read_assigned
from tools.contract import Column, Fact, Provenance, Scalar, Table, ToolContext
from tools.models.frames import Floats, client_ids, column, numbers
from tools.models.proof import LEAST_LEAVERS, LEAST_PER_ARM, Proof, prove
from tools.resolve import mendable_errors
from tools.strategies import spoken
from tools.wording import count_noun, format_value

__all__ = ["ORDER_WORDS", "Ranking", "Targeting", "rank"]

Targeting = Literal["value_at_risk", "risk", "uplift"]

ORDER_WORDS: Final[dict[Targeting, str]] = {
    "value_at_risk": "the most ARR at risk",
    "risk": "the highest churn risk",
    "uplift": "the largest expected response",
}
_MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Ranking:
    """Clients in the order in which they are treated.

    Attributes:
        rows: As given, in the new order.
        used: What they are ranked by in the end.
        proof: What the test says of ranking by who responds; None when that was not asked for.
        response: Probability of leaving that treatment takes away, by row; None unless used.
        note: Why they are ranked so, where that has to be proved.
    """

    rows: pd.DataFrame
    used: Targeting
    proof: Proof | None = None
    response: Floats | None = None
    note: str | None = None
    facts: list[Fact] = field(default_factory=list[Fact])
    provenance: list[Provenance] = field(default_factory=list[Provenance])

    def caveats(self, treated: int) -> list[str]:
        """Who of them is treated, and why."""
        said: list[str] = []
        if treated < len(self.rows):
            said.append(
                f"Treated are the {treated:,} of {len(self.rows):,} clients with {ORDER_WORDS[self.used]}."
            )
        return [*said, self.note] if self.note else said

    def first_clients(self, treated: int) -> Table | None:
        """The first of the treated, where it was asked who responds."""
        if self.proof is None:
            return None
        shown = self.rows.head(min(treated, _MOST_SHOWN))
        names = ("customer_id", "name", "segment")
        figures = [numbers(shown, "churn_prob_90d"), numbers(shown, "arr")]
        labelled = [
            Column(name="customer_id", unit="text", label="Client id"),
            Column(name="name", unit="text", label="Client"),
            Column(name="segment", unit="text", label="Segment"),
            Column(name="churn_prob_90d", unit="prob", label="Churn probability (90 days)"),
            Column(name="arr", unit="usd", label="ARR"),
        ]
        if self.response is not None:
            figures.append(100 * self.response[: len(shown)])
            labelled.append(
                Column(name="expected_response", unit="points", label="Expected fall in churn")
            )
        rows: list[list[Scalar | None]] = [
            [*map(str, words), *map(float, values)]
            for words, values in zip(
                zip(*(column(shown, name) for name in names), strict=True),
                zip(*figures, strict=True),
                strict=True,
            )
        ]
        return Table(title=f"First to treat: {ORDER_WORDS[self.used]}", columns=labelled, rows=rows)


def rank(
    rows: pd.DataFrame, targeting: Targeting, strategy: str, tool: str, context: ToolContext
) -> Ranking:
    """Order clients.

    Args:
        rows: See `data.gold_interventions.read_candidates`: the most ARR at risk first.
        targeting: What is asked for.
        strategy: Its canonical name.
        tool: Who asks, for the source.
        context: Where the test is read from.
    """
    if targeting == "value_at_risk":
        return Ranking(rows, targeting)
    risk = numbers(rows, "churn_prob_90d")
    if targeting == "risk":
        return Ranking(_ordered(rows, risk), targeting)
    with mendable_errors():
        proof = _PROOFS.get(strategy, context.gold)
    if proof.model is None:
        ordered, used, response = _ordered(rows, risk), "risk", None
    else:
        expected = proof.response(_features(rows, context), risk)
        ordered, used, response = _ordered(rows, expected), "uplift", -np.sort(-expected)
    return Ranking(
        rows=ordered,
        used=used,
        proof=proof,
        response=response,
        note=_said(strategy, proof),
        facts=[Fact(name="targeting", value=used, unit="text"), *_facts(proof)],
        provenance=[_source(proof, tool, context)],
    )


class _Proofs:
    """Proofs of the warehouse that serves now; each is made once, at the first question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: Hashable = None
        self._kept: dict[str, Proof] = {}

    def get(self, strategy: str, gold: Gold) -> Proof:
        """The proof of a strategy; a swapped warehouse makes all of them anew."""
        with self._lock:
            now = (str(gold.reader.path), gold.version)
            if self._of != now:
                self._of, self._kept = now, {}
            if strategy not in self._kept:
                self._kept[strategy] = prove(read_assigned(gold, strategy))
            return self._kept[strategy]


_PROOFS: Final = _Proofs()


def _features(rows: pd.DataFrame, context: ToolContext) -> pd.DataFrame:
    """The latest snapshot of these clients, in their order."""
    ids = list(client_ids(rows))
    with mendable_errors():
        found = context.gold.features(context.scope, customer_ids=ids)
    return found.set_index("customer_id").reindex(ids).reset_index()


def _ordered(rows: pd.DataFrame, score: Floats) -> pd.DataFrame:
    """The highest score first; equal ones as they stood."""
    return rows.iloc[np.argsort(-score, kind="stable")].reset_index(drop=True)


def _said(strategy: str, proof: Proof) -> str:
    """Why clients are ranked as they are, in plain words."""
    name = spoken(strategy)
    if proof.by_uplift is None or proof.by_risk is None or proof.beyond_risk is None:
        there = (
            f"this one has {count_noun(proof.clients, 'client')}, {proof.leavers:,} of them lost"
            if proof.clients
            else "there is none"
        )
        return (
            f"Who responds to {name} is not known: that takes a randomised test with known "
            f"outcomes of {LEAST_PER_ARM} clients in each arm, {LEAST_LEAVERS} of them lost, and "
            f"{there}. Clients are ranked by churn risk."
        )
    gap = proof.beyond_risk
    figures = (
        f"(Qini {_score(proof.by_uplift.value)} against {_score(proof.by_risk.value)}; "
        f"difference {_score(gap.value)}, 95 % interval {_score(gap.low)} to {_score(gap.high)})"
    )
    test = f"on held-out clients of the randomised test of {name}"
    if proof.model is not None:
        return (
            f"Ranking by who responds beat ranking by risk {test} {figures}. What it would bring "
            "is counted at the effect on the segment, so it may be more."
        )
    return (
        f"Ranking by who responds did not beat ranking by risk {test} {figures}. "
        "Clients are ranked by churn risk."
    )


def _facts(proof: Proof) -> list[Fact]:
    facts = [
        Fact(name="uplift_test_clients", value=proof.clients, unit="count"),
        Fact(name="uplift_test_leavers", value=proof.leavers, unit="count"),
        Fact(name="uplift_least_per_arm", value=LEAST_PER_ARM, unit="count"),
        Fact(name="uplift_least_leavers", value=LEAST_LEAVERS, unit="count"),
    ]
    measures = (
        ("qini_uplift", proof.by_uplift),
        ("qini_risk", proof.by_risk),
        ("qini_uplift_minus_risk", proof.beyond_risk),
    )
    for name, measure in measures:
        if measure is not None:
            ends = {"": measure.value, "_low": measure.low, "_high": measure.high}
            facts += [Fact(name=name + end, value=each, unit="ratio") for end, each in ends.items()]
    return facts


def _source(proof: Proof, tool: str, context: ToolContext) -> Provenance:
    return Provenance(
        tool=tool,
        table="gold.interventions",
        as_of=context.gold.as_of,
        rows=proof.clients,
        definition="Qini: area between the clients kept when treated in the order of a ranking "
        "and in random order, over that of the best order; 0 = random, 1 = perfect. Each "
        "client is ranked by a model that never saw it; interval over clients.",
        evidence="measured",
    )


def _score(value: float | None) -> str:
    return format_value(value, "ratio")
