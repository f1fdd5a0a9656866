"""A test that could be started: who may take part, who would be drawn, what it could show."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from data.gold_interventions import read_occupied
from tools.candidates import Population, clients_of
from tools.contract import ActionsPort, Filter, ToolContext
from tools.errors import FinalToolError
from tools.models.assignment import Draw, draw_arms, imbalance, merged_strata
from tools.models.effects import ArmCounts, detectable_effect, power_for
from tools.models.frames import Floats, column, is_unknown, numbers, rows_where
from tools.models.hazards import EFFECT_DAYS
from tools.models.simulation import expected_saved
from tools.resolve import mendable_errors
from tools.strategies import Named
from tools.strategy_evidence import Evidence, evidence_of_all

__all__ = ["CONTACT_DAYS", "Eligible", "ExperimentPlan", "eligible_of", "plan_experiment"]

CONTACT_DAYS: Final = 60
"""A client who was treated so lately takes part in no test."""
_LEAST_IN_STRATUM: Final = 8
_MOST_STAYING: Final = 0.99
"""Nobody is taken to stay for certain: a test of them could show nothing."""
_TRAITS: Final = {"churn_prob_90d": "churn probability", "arr": "ARR", "tenure_days": "tenure"}


@dataclass(frozen=True, slots=True)
class Eligible:
    """Who may take part.

    Attributes:
        rows: Candidates, see `data.gold_interventions.read_candidates`.
        without_consent, in_test, contacted: How many were left out, each client once.
        running: Day on which the test of the same strategy began that clients are in already.
    """

    rows: pd.DataFrame
    without_consent: int
    in_test: int
    contacted: int
    running: date | None


@dataclass(frozen=True, slots=True)
class ExperimentPlan:
    """A draw and what it could show.

    Attributes:
        strata: (clients,) group each client is drawn within.
        stay_prob: Expected share of the clients who stay without treatment (0-1).
        expected_effect: What the strategy is expected to add to it, where anything is known.
        power: Chance that the test finds the expected effect.
        largest_imbalance: Trait in which the arms differ most, and by how many standard deviations.
        costs_usd: (clients,) expected cost of treating each; NaN where unknown.
        readable: First day on which all outcomes are known.
    """

    strategy: str
    filters: tuple[Filter, ...]
    treat_fraction: float
    where: str
    matching: int
    eligible: Eligible
    strata: tuple[str, ...]
    draw: Draw
    seed: int
    stay_prob: float
    detectable: float
    expected_effect: float | None
    power: float | None
    largest_imbalance: tuple[str, float]
    costs_usd: Floats
    evidence: Evidence | None
    start: date
    readable: date

    @property
    def treated(self) -> int:
        """Clients of the treatment arm."""
        return int(self.draw.treated.sum())

    @property
    def control(self) -> int:
        """Clients of the control arm."""
        return int((~self.draw.treated).sum())

    @property
    def cost_usd(self) -> float | None:
        """Expected cost of the treatment arm."""
        treated = self.costs_usd[self.draw.treated]
        return float(treated.sum()) if np.isfinite(treated).all() else None


def eligible_of(
    population: Population, strategy: str, actions: ActionsPort, context: ToolContext
) -> Eligible:
    """Leave out who cannot be contacted, is in a test, or was contacted lately."""
    with mendable_errors():
        contacted, in_test = read_occupied(context.gold, context.scope, contact_days=CONTACT_DAYS)
    logged = actions.occupied(contact_days=CONTACT_DAYS, test_days=EFFECT_DAYS)
    contacted |= logged.contacted
    tests: Mapping[str, tuple[str, date]] = {**in_test, **logged.in_test}
    rows = population.rows
    ids = column(rows, "customer_id")
    refused = ~column(rows, "consent_contact").to_numpy(bool)
    tested = ids.isin(list(tests)).to_numpy(bool) & ~refused
    lately = ids.isin(list(contacted)).to_numpy(bool) & ~refused & ~tested
    same = [day for key in ids[tested] for name, day in [tests[str(key)]] if name == strategy]
    return Eligible(
        rows=rows_where(rows, ~(refused | tested | lately)),
        without_consent=int(refused.sum()),
        in_test=int(tested.sum()),
        contacted=int(lately.sum()),
        running=max(same) if same else None,
    )


def plan_experiment(
    named: Named,
    population: Population,
    eligible: Eligible,
    treat_fraction: float,
    start: date,
    context: ToolContext,
) -> ExperimentPlan:
    """Draw the arms and judge what the test could show.

    The seed follows from strategy, day and clients, so that a plan and the test that is started
    from it are the same draw.
    """
    rows = eligible.rows
    ids = [str(key) for key in column(rows, "customer_id")]
    cells = [
        (_word(segment), f"{_word(risk)} risk")
        for segment, risk in zip(column(rows, "segment"), column(rows, "churn_risk"), strict=True)
    ]
    strata = merged_strata(cells, least=_LEAST_IN_STRATUM)
    seed = _seed(named.strategy, start, ids)
    draw = draw_arms(ids, strata, treat_fraction, seed=seed)
    stay = min(1 - float(numbers(rows, "churn_prob_90d").mean()), _MOST_STAYING)
    treated = int(draw.treated.sum())
    control = len(ids) - treated
    arms = ArmCounts(treated, round(treated * stay), control, round(control * stay))
    evidence = _known(named, context)
    clients = clients_of(rows, evidence) if evidence else None
    effect = (
        float(expected_saved(clients, evidence.effect, horizon_days=EFFECT_DAYS).mean())
        if evidence and clients
        else None
    )
    return ExperimentPlan(
        strategy=named.strategy,
        filters=population.filters,
        treat_fraction=treat_fraction,
        where=population.where,
        matching=population.size,
        eligible=eligible,
        strata=tuple(strata),
        draw=draw,
        seed=seed,
        stay_prob=stay,
        detectable=detectable_effect(arms),
        expected_effect=effect,
        power=power_for(arms, effect) if effect is not None else None,
        largest_imbalance=max(
            ((label, abs(imbalance(numbers(rows, name), draw))) for name, label in _TRAITS.items()),
            key=lambda each: each[1],
        ),
        costs_usd=_costs(evidence, numbers(rows, "arr")),
        evidence=evidence,
        start=start,
        readable=start + timedelta(days=EFFECT_DAYS),
    )


def _costs(evidence: Evidence | None, arr_usd: Floats) -> Floats:
    """What treating each client costs; NaN where it is not known."""
    if evidence is None:
        return np.full_like(arr_usd, np.nan)
    costs = evidence.costs
    return costs.of(arr_usd if costs.share_of_arr else np.zeros_like(arr_usd))


def _known(named: Named, context: ToolContext) -> Evidence | None:
    """What is known of the strategy; a test may well be its first."""
    try:
        return evidence_of_all([named], context)[0]
    except FinalToolError:
        return None


def _seed(strategy: str, start: date, ids: Sequence[str]) -> int:
    text = "\n".join([strategy, start.isoformat(), *sorted(ids)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _word(value: object) -> str:
    return "unknown" if is_unknown(value) else str(value)
