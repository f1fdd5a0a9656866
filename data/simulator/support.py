"""The raw table `support_tickets`."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.simulator.config import DAYS_A_WEEK, SimulationConfig
from data.simulator.lives import Lives
from data.simulator.population import Traits
from data.simulator.spans import Spans
from data.simulator.tables import SECONDS_A_DAY, customer_ids, ids, moment_column
from data.simulator.texts import TICKETS, fill_together
from data.simulator.vocabulary import EPISODES, labels

ISSUES = tuple(TICKETS)
PRIORITIES = ("low", "medium", "high", "urgent")
_HOUR = 3_600
_RATED_SHARE = 0.45

# Shares of ISSUES by what troubles the client (rows: EPISODES).
_ISSUE_SHARE = np.array(
    [
        # bug  perf  bill  how   integ feat  access onboarding
        [0.16, 0.08, 0.14, 0.24, 0.12, 0.14, 0.10, 0.02],  # none
        [0.12, 0.08, 0.06, 0.16, 0.20, 0.30, 0.06, 0.02],  # poor_fit
        [0.42, 0.26, 0.04, 0.04, 0.14, 0.04, 0.06, 0.00],  # support
        [0.10, 0.06, 0.58, 0.08, 0.06, 0.08, 0.04, 0.00],  # price
        [0.12, 0.06, 0.18, 0.18, 0.10, 0.04, 0.30, 0.02],  # sponsor_left
        [0.10, 0.06, 0.04, 0.26, 0.16, 0.04, 0.08, 0.26],  # onboarding
    ]
)
_PRIORITY_SHARE = np.array([[0.30, 0.46, 0.19, 0.05], [0.10, 0.36, 0.36, 0.18]])  # calm, cross
_RESPONSE_HOURS = np.array([14.0, 7.0, 3.0, 1.0])
_RESOLVE_HOURS = np.array([60.0, 40.0, 26.0, 14.0])


def tickets_table(
    config: SimulationConfig, traits: Traits, lives: Lives, spans: Spans
) -> pd.DataFrame:
    """One row a ticket; what happens after `as_of` is not known yet."""
    rng = config.rng("support")
    client, created = _moments(lives, spans, rng)
    week = created // (SECONDS_A_DAY * DAYS_A_WEEK)
    kind, content = lives.episode[week, client], lives.satisfaction[week, client]
    issue = _draw(_ISSUE_SHARE, kind.astype(np.int64), rng)
    in_trouble = kind == EPISODES.index("support")
    priority = _draw(_PRIORITY_SHARE, (in_trouble | (content < 0.45)).astype(np.int64), rng)
    slow = np.where(in_trouble, 2.4, 1.0)
    normal = rng.standard_normal((2, len(client)))
    response = created + _HOUR * _RESPONSE_HOURS[priority] * slow * np.exp(0.6 * normal[0])
    resolved = response + _HOUR * _RESOLVE_HOURS[priority] * slow * np.exp(0.8 * normal[1])
    end = config.days * SECONDS_A_DAY
    texts = _texts(issue, rng)
    return pd.DataFrame(
        {
            "ticket_id": ids("K", np.arange(1, len(client) + 1), 6),
            "customer_id": customer_ids(len(traits))[client],
            "issue_type": labels(ISSUES, issue),
            "subject": texts[:, 0],
            "body": texts[:, 1],
            "priority": labels(PRIORITIES, priority),
            "created_at": moment_column(config, created),
            "first_response_at": moment_column(config, response, response < end),
            "resolved_at": moment_column(config, resolved, resolved < end),
            "satisfaction_score": _ratings(content, slow, resolved < end, rng),
        }
    )


def _moments(
    lives: Lives, spans: Spans, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Client and second of each ticket, in order of time; only while it is a client."""
    week, client = np.nonzero(lives.tickets)
    count = lives.tickets[week, client]
    week, client = np.repeat(week, count), np.repeat(client, count)
    day = week * DAYS_A_WEEK + rng.integers(0, DAYS_A_WEEK, len(week))
    present = np.zeros(len(day), dtype=np.bool_)
    for repeat in range(2):
        starts = np.searchsorted(spans.client, client) + repeat
        span = np.minimum(starts, len(spans.client) - 1)
        own = spans.client[span] == client
        present |= own & (day >= spans.start[span]) & (day <= spans.last[span])
    second = day * SECONDS_A_DAY + (
        np.clip(rng.normal(13.0, 3.2, len(day)), 0, 23.9) * _HOUR
    ).astype(np.int64)
    order = np.argsort(second[present], kind="stable")
    return client[present][order], second[present][order]


def _draw(
    shares: NDArray[np.float64], group: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    edges = np.cumsum(shares, axis=1)[group]
    return np.minimum((rng.random((len(group), 1)) > edges).sum(axis=1), shares.shape[1] - 1)


def _ratings(
    content: NDArray[np.float32],
    slow: NDArray[np.float64],
    resolved: NDArray[np.bool_],
    rng: np.random.Generator,
) -> pd.Series:
    score = 1.4 + 4.0 * content - 0.5 * (slow > 1) + 0.75 * rng.standard_normal(len(content))
    rated = resolved & (rng.random(len(content)) < _RATED_SHARE)
    out = np.full(len(content), None, dtype=object)
    out[rated] = np.clip(np.rint(score), 1, 5).astype(int)[rated]
    return pd.Series(out, dtype=object)


def _texts(issue: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.object_]:
    pick = rng.integers(0, 1_000_000, len(issue))
    rows: list[tuple[str, ...]] = []
    for code, number in zip(issue.tolist(), pick.tolist(), strict=True):
        options = TICKETS[ISSUES[code]]
        rows.append(options[number % len(options)])
    return fill_together(rows, rng)
