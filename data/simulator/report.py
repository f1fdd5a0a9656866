"""The published truth about a simulated company, in aggregates only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.simulator.config import DAYS_A_WEEK
from data.simulator.hazard import (
    BASE_WEEKLY_HAZARD,
    COEFFICIENTS,
    CONTENT,
    PRICE_MEMORY_WEEKS,
    TERM_ENDING_DAYS,
    TICKET_CAP,
)
from data.simulator.outlook import Outlook, look_ahead
from data.simulator.population import NEVER
from data.simulator.strategies import (
    HAZARD_RATIO,
    PLANTED,
    RETENTION_WINDOW_DAYS,
    RETENTION_WINDOW_WEEKS,
)
from data.simulator.vocabulary import EPISODES, SEGMENTS, STRATEGIES
from data.simulator.world import World

HIGH_RISK_PROB = 0.35
_EFFECT_PATHS, _OUTLOOK_PATHS = 12, 60
_DAYS_A_YEAR = 365.25
_MONTHS_A_YEAR = 12

FloatArray = NDArray[np.float64]


def truth_of(world: World) -> dict[str, Any]:
    """Everything a test may want to find back; no client is named."""
    config = world.config
    return {
        "seed": config.seed,
        "as_of": config.as_of.isoformat(),
        "start": config.start.isoformat(),
        "customers": config.customers,
        "months": config.months,
        "hazard": _hazard(),
        "churn": _churn(world),
        "episodes": _episodes(world),
        "strategies": strategy_truth(world),
    }


def churn_outlook(world: World) -> tuple[NDArray[np.int64], FloatArray]:
    """Active clients (rows of the traits) and their true 90-day churn probability at `as_of`."""
    lives = world.lives
    active = np.flatnonzero(lives.active_on(world.config.as_of_day, world.traits))
    outlook = look_ahead(
        world.traits.take(active),
        lives.final_state.take(active),
        world.config.weeks,
        world.config.rng("outlook"),
        weeks=RETENTION_WINDOW_WEEKS,
        paths=_OUTLOOK_PATHS,
    )
    came_back = lives.return_day[active] < NEVER
    return active, np.where(came_back, 0.0, outlook.untreated)


def strategy_truth(world: World) -> dict[str, Any]:
    """Each strategy's true effect on 90-day retention of the clients randomised to it.

    `effect` is the mean over them of P(stays | treated) − P(stays | untreated), a fraction.
    """
    rows, traits = world.lives.assignments, world.traits.take(world.lives.assignments.client)
    outlook = look_ahead(
        traits,
        rows.state,
        rows.week,
        world.config.rng("effects"),
        weeks=RETENTION_WINDOW_WEEKS,
        paths=_EFFECT_PATHS,
        hazard_ratio=HAZARD_RATIO[rows.strategy, traits.segment],
    )
    day = rows.week * DAYS_A_WEEK
    closed = day + RETENTION_WINDOW_DAYS <= world.config.as_of_day
    mrr = world.commerce.mrr(rows.client, day)
    out: dict[str, Any] = {}
    for code, name in enumerate(STRATEGIES):
        chosen = (rows.strategy == code) & rows.random & closed
        targeted = (rows.strategy == code) & ~rows.random & closed
        plan = PLANTED[name]
        by_segment = {
            segment: _effect(chosen & (traits.segment == index), outlook, mrr, name)
            for index, segment in enumerate(SEGMENTS)
        }
        out[name] = {
            "hazard_ratio": dict(zip(SEGMENTS, plan.hazard_ratio, strict=True)),
            "fixed_cost_usd": plan.fixed_cost_usd,
            "cost_mrr_months": plan.mrr_months,
            "randomised": {
                "treatment": int((chosen & rows.treated).sum()),
                "control": int((chosen & ~rows.treated).sum()),
            },
            "targeted": _effect(targeted, outlook, mrr, name),
            "overall": _effect(chosen, outlook, mrr, name),
            "by_segment": by_segment,
        }
    return out


def _effect(
    chosen: NDArray[np.bool_], outlook: Outlook, mrr: FloatArray, strategy: str
) -> dict[str, Any]:
    count = int(chosen.sum())
    if not count:
        return {"clients": 0, "effect": None}
    saved = (outlook.untreated - outlook.treated)[chosen]
    arr = mrr[chosen] * _MONTHS_A_YEAR
    plan = PLANTED[strategy]
    cost = plan.fixed_cost_usd + plan.mrr_months * mrr[chosen]
    return {
        "clients": count,
        "effect": _rounded(saved.mean()),
        "retention_untreated": _rounded(1 - outlook.untreated[chosen].mean()),
        "retention_treated": _rounded(1 - outlook.treated[chosen].mean()),
        "arr_saved_per_treated_usd": _rounded((saved * arr).mean(), 2),
        "cost_per_treated_usd": _rounded(cost.mean(), 2),
        "net_per_treated_usd": _rounded((saved * arr - cost).mean(), 2),
    }


def _hazard() -> dict[str, Any]:
    return {
        "step_days": DAYS_A_WEEK,
        "form": "1 - exp(-exp(log(base) + sum(coefficient * driver)))",
        "base_weekly": dict(zip(SEGMENTS, BASE_WEEKLY_HAZARD.tolist(), strict=True)),
        "coefficients": COEFFICIENTS,
        "ticket_cap": TICKET_CAP,
        "content_satisfaction": CONTENT,
        "price_memory_weeks": PRICE_MEMORY_WEEKS,
        "term_ending_days": TERM_ENDING_DAYS,
    }


def _churn(world: World) -> dict[str, Any]:
    active, prob = churn_outlook(world)
    segment, lives, traits = world.traits.segment, world.lives, world.traits
    exposure_days = np.minimum(lives.churn_day, world.config.days) - traits.signup_day
    left = lives.churn_day < NEVER
    out: dict[str, Any] = {
        "horizon_days": RETENTION_WINDOW_DAYS,
        "high_risk_prob": HIGH_RISK_PROB,
        "active": len(active),
        "mean_prob_90d": _rounded(prob.mean()),
        "high_risk_share": _rounded((prob >= HIGH_RISK_PROB).mean()),
        "best_possible_auc": _rounded(expected_auc(prob)),
        "by_segment": {},
    }
    for code, name in enumerate(SEGMENTS):
        own, ever = prob[segment[active] == code], segment == code
        years = exposure_days[ever].sum() / _DAYS_A_YEAR
        out["by_segment"][name] = {
            "active": len(own),
            "mean_prob_90d": _rounded(own.mean()),
            "high_risk_share": _rounded((own >= HIGH_RISK_PROB).mean()),
            "churn_per_client_year": _rounded(left[ever].sum() / years),
        }
    return out


def expected_auc(prob: FloatArray) -> float:
    """AUC to expect from knowing every client's true probability.

    Pairs of a client that leaves and one that stays, weighted by the chance of such a pair.
    """
    ordered = np.sort(prob)
    leaves, stays = ordered, 1 - ordered
    below = np.cumsum(stays) - stays
    own = leaves * stays
    pairs = leaves.sum() * stays.sum() - own.sum()
    return float((leaves * below).sum() / pairs)


def _episodes(world: World) -> dict[str, Any]:
    last = world.lives.episode[-1]
    active = world.lives.active_on(world.config.as_of_day, world.traits)
    return {name: _rounded((last[active] == code).mean()) for code, name in enumerate(EPISODES)}


def _rounded(value: float | np.floating[Any], digits: int = 5) -> float:
    return round(float(value), digits)
