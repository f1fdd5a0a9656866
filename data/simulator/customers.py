"""The raw table `customers`."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.simulator.commerce import Commerce
from data.simulator.config import SimulationConfig
from data.simulator.lives import Lives
from data.simulator.names import company_names
from data.simulator.people import GENDERS, addresses, contact_names, phone_numbers
from data.simulator.population import NEVER, Traits
from data.simulator.tables import blank, customer_ids, date_column
from data.simulator.vocabulary import (
    ACCOUNT_MANAGERS,
    CONTRACTS,
    COUNTRIES,
    DIAL_CODES,
    INDUSTRIES,
    PLACES,
    PLANS,
    REGIONS,
    SEGMENTS,
    labels,
)


def customers_table(
    config: SimulationConfig, traits: Traits, lives: Lives, commerce: Commerce
) -> pd.DataFrame:
    """One row a client, as its CRM exports it at `as_of`."""
    rng = config.rng("customers")
    count = len(traits)
    clients = np.arange(count)
    names = company_names(traits.industry, rng)
    contacts = contact_names(count, rng)
    last_day = _last_day(config, lives)
    churned = lives.churn_day < NEVER
    active = lives.active_on(config.as_of_day, traits)
    contract_end = _contract_end(config, traits, lives)
    plans = labels(PLANS, traits.plan)
    missing = rng.random((5, count))
    return pd.DataFrame(
        {
            "customer_id": customer_ids(count),
            "name": names,
            "age": pd.Series(blank(rng.integers(24, 66, count), missing[0] < 0.10)),
            "gender": blank(
                labels(GENDERS, rng.choice(3, count, p=(0.48, 0.49, 0.03))), missing[1] < 0.08
            ),
            "location": blank(_locations(traits), missing[2] < 0.05),
            "subscription_type": plans + " " + labels(CONTRACTS, traits.contract),
            "account_creation_date": date_column(config, traits.signup_day),
            "contact_name": contacts,
            "email": addresses(contacts, names),
            "phone": blank(
                phone_numbers(np.array(DIAL_CODES)[traits.country], rng), missing[3] < 0.12
            ),
            "country": labels(COUNTRIES, traits.country),
            "segment": labels(SEGMENTS, traits.segment),
            "region": labels(REGIONS, traits.region),
            "industry": blank(labels(INDUSTRIES, traits.industry), missing[4] < 0.02),
            "plan": plans,
            "seats": commerce.seats[commerce.week_of(clients, last_day), clients],
            "mrr": commerce.mrr(clients, last_day),
            "status": np.where(active, "active", "churned"),
            "churned_at": date_column(config, lives.churn_day, churned),
            "account_manager": blank(labels(ACCOUNT_MANAGERS, traits.manager), traits.manager < 0),
            "contract_type": labels(CONTRACTS, traits.contract),
            "contract_end_date": date_column(config, contract_end, contract_end < NEVER),
            "consent_ai": rng.random(count) < 0.86,
            "consent_contact": rng.random(count) < 0.92,
        }
    )


def _last_day(config: SimulationConfig, lives: Lives) -> NDArray[np.int64]:
    """Last day on which each client was one."""
    stays = (lives.churn_day == NEVER) | (lives.return_day < NEVER)
    return np.where(stays, config.as_of_day, lives.churn_day - 1)


def _contract_end(config: SimulationConfig, traits: Traits, lives: Lives) -> NDArray[np.int64]:
    """End of the current or last term as signed; a churn does not shorten it."""
    last_day = _last_day(config, lives)
    ends = np.where(traits.renewal_day > last_day, traits.renewal_day, NEVER).min(axis=0)
    back = np.flatnonzero((lives.return_day < NEVER) & (traits.term_months > 0))
    term_days = np.rint(traits.term_months[back] * 365.25 / 12).astype(np.int64)
    ends[back] = lives.return_day[back] + term_days
    return ends


def _locations(traits: Traits) -> NDArray[np.object_]:
    cities = {country: names for region in PLACES.values() for country, names in region.items()}
    places = [
        f"{cities[COUNTRIES[country]][city]}, {COUNTRIES[country]}"
        for country, city in zip(traits.country, traits.city, strict=True)
    ]
    return np.array(places, dtype=object)
