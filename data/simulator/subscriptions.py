"""The raw table `subscriptions`: a price or seat change closes a row and opens the next."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.simulator.commerce import Commerce
from data.simulator.config import DAYS_A_WEEK, SimulationConfig
from data.simulator.population import NEVER, Traits
from data.simulator.spans import Spans
from data.simulator.tables import customer_ids, date_column, ids
from data.simulator.vocabulary import PLANS, PRODUCTS, labels


def subscriptions_table(
    config: SimulationConfig, traits: Traits, spans: Spans, commerce: Commerce
) -> pd.DataFrame:
    """One row a client, product and price span; `end_date` is the first day not billed."""
    parts = [_product_rows(code, config, spans, commerce) for code in range(len(PRODUCTS))]
    client, start, end, week, product = (
        np.concatenate([part[field] for part in parts]) for field in range(5)
    )
    order = np.lexsort((product, start, client))
    client, start, end, week, product = (
        values[order] for values in (client, start, end, week, product)
    )
    mrr = np.zeros(len(client))
    for code in range(len(PRODUCTS)):
        rows = product == code
        mrr[rows] = commerce.product_mrr(code, client[rows], week[rows])
    return pd.DataFrame(
        {
            "subscription_id": ids("S", np.arange(1, len(client) + 1), 6),
            "customer_id": customer_ids(len(traits))[client],
            "product": labels(PRODUCTS, product),
            "plan": labels(PLANS, traits.plan[client]),
            "mrr": mrr,
            "currency": "USD",
            "seats": commerce.seats[week, client],
            "start_date": date_column(config, start),
            "end_date": date_column(config, end, end < NEVER),
            "billing_period": "monthly",
        }
    )


def _product_rows(
    product: int, config: SimulationConfig, spans: Spans, commerce: Commerce
) -> tuple[NDArray[np.int64], ...]:
    """Client, start, end, week and product of every price span of one product."""
    first = commerce.week_of(spans.client, spans.start)
    last = commerce.week_of(spans.client, spans.last)
    weeks = np.arange(config.weeks)[:, None]
    inside = (weeks > first) & (weeks <= last)
    owned = commerce.owns[product][:, spans.client]
    price = np.where(
        owned, commerce.seats[:, spans.client] * commerce.price_factor[:, spans.client], 0
    )
    changed = np.zeros_like(inside)
    changed[1:] = inside[1:] & (price[1:] != price[:-1])
    opens = (changed | (weeks == first)) & owned
    span, week = np.nonzero(opens.T)
    day = week * DAYS_A_WEEK + commerce.change_offset[spans.client[span]]
    start = np.where(week == first[span], spans.start[span], day)
    follows = np.append(span[1:] == span[:-1], False)
    end = np.where(follows, np.append(start[1:], NEVER), spans.end[span])
    return spans.client[span], start, end, week, np.full(len(span), product)
