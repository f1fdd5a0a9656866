"""The raw table `transactions`: an invoice every 30 days, some fail, most of those succeed later."""

import numpy as np
import pandas as pd

from data.simulator.commerce import Commerce
from data.simulator.config import DAYS_A_WEEK, SimulationConfig
from data.simulator.lives import Lives
from data.simulator.population import Traits
from data.simulator.spans import Spans
from data.simulator.tables import customer_ids, date_column, ids
from data.simulator.vocabulary import labels

# Thirty days, so that any 90-day window holds exactly three invoices.
INVOICE_DAYS = 30
METHODS = ("card", "bank_transfer", "direct_debit", "paypal")
_METHOD_SHARE = (0.52, 0.30, 0.13, 0.05)
_FAILS, _FAILS_DISENGAGED, _SUCCEEDS_LATER, _REFUNDED = 0.015, 0.10, 0.85, 0.004


def transactions_table(
    config: SimulationConfig, traits: Traits, lives: Lives, spans: Spans, commerce: Commerce
) -> pd.DataFrame:
    """One row an attempt to collect an invoice; the first is due at the start of a span."""
    rng = config.rng("transactions")
    invoices = np.maximum((spans.last - spans.start) // INVOICE_DAYS + 1, 0)
    span = np.repeat(np.arange(len(invoices)), invoices)
    number = np.arange(len(span)) - np.repeat(np.cumsum(invoices) - invoices, invoices)
    client, day = spans.client[span], spans.start[span] + INVOICE_DAYS * number
    amount = commerce.mrr(client, day)
    cool = lives.disengaged[day // DAYS_A_WEEK, client]
    draw = rng.random((3, len(span)))
    failed = draw[0] < _FAILS + _FAILS_DISENGAGED * cool
    retry_day = day + rng.integers(2, 8, len(span))
    retried = failed & (draw[1] < _SUCCEEDS_LATER) & (retry_day <= spans.last[span])
    status = np.where(failed, "failed", np.where(draw[2] < _REFUNDED, "refunded", "paid"))
    method = rng.choice(len(METHODS), len(traits), p=_METHOD_SHARE)

    client = np.concatenate([client, client[retried]])
    day = np.concatenate([day, retry_day[retried]])
    amount = np.concatenate([amount, amount[retried]])
    status = np.concatenate([status, np.full(int(retried.sum()), "paid")])
    order = np.lexsort((client, day))
    return pd.DataFrame(
        {
            "transaction_id": ids("T", np.arange(1, len(order) + 1), 7),
            "customer_id": customer_ids(len(traits))[client[order]],
            "amount": amount[order],
            "currency": "USD",
            "payment_method": labels(METHODS, method[client[order]]),
            "transaction_date": date_column(config, day[order]),
            "status": status[order],
        }
    )
