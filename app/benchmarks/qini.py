"""Whom to send Hillstrom's e-mails: Qini of the uplift model beside risk and random, held out.

The clients of an e-mail and those without one are halved at random. One half teaches the model,
the other judges three orders: by uplift, by risk (the response expected without an e-mail) and
at random. For the definition of the coefficient see `tools.models.qini`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from tools.models.card import Measure
from tools.models.evaluation import HeldOut
from tools.models.frames import Floats, column, numbers, rows_where
from tools.models.qini import Randomised, gains, qini
from tools.models.uplift import fit_uplift

__all__ = ["QiniRow", "as_json", "lines", "qini_rows"]

SEED: Final = 7
_RANDOM_ORDERS: Final = 200
_CONTROL: Final = "No E-Mail"
_ARMS: Final[Mapping[str, str]] = {"mens": "Mens E-Mail", "womens": "Womens E-Mail"}
_OUTCOMES: Final = ("visit", "conversion")
_QUANTITIES: Final = ("recency", "history", "mens", "womens", "newbie")
_CATEGORIES: Final = ("zip_code", "channel")
_ORDERS: Final = ("uplift", "risk", "random")


@dataclass(frozen=True, slots=True)
class QiniRow:
    """One e-mail and one outcome on the held-out half.

    Attributes:
        orders: Qini coefficient by order.
        beyond_risk: Coefficient of uplift less that of risk, on the same draws.
    """

    arm: str
    outcome: str
    clients: int
    orders: Mapping[str, Measure]
    beyond_risk: Measure


def qini_rows(clients: pd.DataFrame, *, seed: int = SEED) -> list[QiniRow]:
    """Judge the orders for each e-mail and outcome.

    Args:
        clients: Hillstrom's file, a row a client.
        seed: Of the halves, the model, the random order and the bootstrap.
    """
    return [
        _judge(_compared(clients, group), arm, outcome, seed)
        for arm, group in _ARMS.items()
        for outcome in _OUTCOMES
    ]


def lines(rows: Sequence[QiniRow]) -> list[str]:
    """The rows as a table."""
    return [
        "Qini on the held-out half, 0 = random, 1 = perfect (95 % interval)",
        f"{'':<20}" + "".join(f"{name:>26}" for name in (*_ORDERS, "uplift - risk")),
        *(
            f"{row.arm + ', ' + row.outcome:<20}"
            + "".join(
                f"{_words(measure):>26}" for measure in (*row.orders.values(), row.beyond_risk)
            )
            for row in rows
        ),
    ]


def as_json(rows: Sequence[QiniRow]) -> dict[str, object]:
    """By e-mail and outcome."""
    return {
        f"{row.arm}_{row.outcome}": {
            "clients": row.clients,
            **{name: measure.model_dump() for name, measure in row.orders.items()},
            "uplift_minus_risk": row.beyond_risk.model_dump(),
        }
        for row in rows
    }


def _compared(clients: pd.DataFrame, group: str) -> pd.DataFrame:
    return rows_where(clients, column(clients, "segment").isin([group, _CONTROL]).to_numpy())


def _judge(clients: pd.DataFrame, arm: str, outcome: str, seed: int) -> QiniRow:
    design, types = _design(clients)
    treated = (column(clients, "segment") != _CONTROL).to_numpy().astype(np.float64)
    share = np.full(len(clients), treated.mean())
    rows = Randomised(numbers(clients, outcome), treated, share)
    rng = np.random.default_rng(seed)
    taught = rng.permutation(len(clients)) < len(clients) // 2
    model = fit_uplift(design[taught], rows.take(taught), types, seed)
    scores: dict[str, Floats] = {
        "uplift": model.uplift(design[~taught]),
        "risk": model.baseline(design[~taught]),
    }
    ids = np.flatnonzero(~taught).astype(object)
    judge = HeldOut(gains(rows.take(~taught)), ids, seed)
    return QiniRow(
        arm=arm,
        outcome=outcome,
        clients=len(ids),
        orders={
            **{name: judge.judge(qini, score) for name, score in scores.items()},
            "random": _by_chance(judge.y, rng),
        },
        beyond_risk=judge.gain(qini, scores["uplift"], scores["risk"]),
    )


def _by_chance(gain: Floats, rng: np.random.Generator) -> Measure:
    """Mean and 95 % range over random orders: what no order need explain."""
    evenly = np.ones_like(gain)
    drawn = [qini(gain, rng.random(gain.size))(evenly) for _ in range(_RANDOM_ORDERS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Measure(value=float(np.mean(drawn)), low=float(low), high=float(high))


def _design(clients: pd.DataFrame) -> tuple[Floats, tuple[str, ...]]:
    codes = [np.unique(column(clients, name), return_inverse=True)[1] for name in _CATEGORIES]
    columns = [*(numbers(clients, name) for name in _QUANTITIES), *codes]
    types = ("q",) * len(_QUANTITIES) + ("c",) * len(_CATEGORIES)
    return np.column_stack(columns).astype(np.float64), types


def _words(measure: Measure) -> str:
    if measure.value is None:
        return "not defined"
    return f"{measure.value:.3f} [{measure.low:.3f}, {measure.high:.3f}]"
