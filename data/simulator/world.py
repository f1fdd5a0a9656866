"""A simulated company: its hidden lives at once, its tables when they are asked for."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from data.simulator.activity import Activity
from data.simulator.commerce import Commerce, trade
from data.simulator.config import SimulationConfig
from data.simulator.customers import customers_table
from data.simulator.interventions import interventions_table
from data.simulator.lives import Lives, live
from data.simulator.population import Traits, make_population
from data.simulator.spans import Spans, make_spans
from data.simulator.subscriptions import subscriptions_table
from data.simulator.support import tickets_table
from data.simulator.surveys import surveys_table
from data.simulator.transactions import transactions_table

TABLES = (
    "customers",
    "subscriptions",
    "transactions",
    "support_tickets",
    "surveys",
    "interventions",
)


@dataclass(frozen=True)
class World:
    """One simulated company.

    Each table draws from a random stream of its own, so a table is the same whether or not the
    others are made.

    Attributes:
        config: What was asked for.
        traits: Fixed facts of the clients.
        lives: What happened to them.
    """

    config: SimulationConfig
    traits: Traits
    lives: Lives

    @cached_property
    def spans(self) -> Spans:
        """When each client was one."""
        return make_spans(self.config, self.traits, self.lives)

    @cached_property
    def commerce(self) -> Commerce:
        """Seats, prices and products."""
        return trade(self.config, self.traits, self.lives)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """Raw table of clients."""
        return customers_table(self.config, self.traits, self.lives, self.commerce)

    @cached_property
    def subscriptions(self) -> pd.DataFrame:
        """Raw table of price spans."""
        return subscriptions_table(self.config, self.traits, self.spans, self.commerce)

    @cached_property
    def transactions(self) -> pd.DataFrame:
        """Raw table of payments."""
        return transactions_table(self.config, self.traits, self.lives, self.spans, self.commerce)

    @cached_property
    def support_tickets(self) -> pd.DataFrame:
        """Raw table of tickets."""
        return tickets_table(self.config, self.traits, self.lives, self.spans)

    @cached_property
    def surveys(self) -> pd.DataFrame:
        """Raw table of NPS answers."""
        return surveys_table(self.config, self.traits, self.lives, self.spans)

    @cached_property
    def interventions(self) -> pd.DataFrame:
        """Raw table of assigned strategies."""
        return interventions_table(self.config, self.lives, self.commerce)

    @property
    def activity(self) -> Activity:
        """Engagement events, block by block."""
        return Activity(self.config, self.traits, self.lives, self.spans)

    def table(self, entity: str) -> pd.DataFrame:
        """The clean rows of one of TABLES."""
        return getattr(self, entity)


def simulate(config: SimulationConfig) -> World:
    """Simulate a company; writes nothing."""
    traits = make_population(config)
    return World(config, traits, live(config, traits))
