"""The clients that a strategy would reach, as the simulations take them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.gold_interventions import read_candidates
from tools.contract import Filter, Scope, ToolContext
from tools.metric_sentences import filter_words
from tools.models.frames import column, numbers, rows_where
from tools.models.hazards import Clients
from tools.resolve import check_filters, mendable_errors, none_match
from tools.strategy_evidence import Evidence
from tools.wording import count_noun

__all__ = ["Population", "clients_of", "read_population"]


@dataclass(frozen=True, slots=True)
class Population:
    """Active clients that match, the most ARR at risk first.

    Attributes:
        filters: Checked.
        rows: See `data.gold_interventions.read_candidates`.
        where: The filters in words.
        unvalued: Clients that match and are left out, for no ARR of theirs is recorded.
    """

    filters: tuple[Filter, ...]
    rows: pd.DataFrame
    where: str
    unvalued: int = 0

    @property
    def size(self) -> int:
        """How many clients."""
        return len(self.rows)

    @property
    def mean_prob(self) -> float:
        """Their mean probability of churning within 90 days."""
        return float(numbers(self.rows, "churn_prob_90d").mean()) if self.size else 0.0

    def words(self, clients: int | None = None) -> str:
        """What they are called in a sentence."""
        about = f" ({self.where})" if self.where else ""
        return f"{count_noun(self.size if clients is None else clients, 'client')}{about}"

    def none_words(self, scope: Scope) -> str:
        """Why there is nobody."""
        if not self.unvalued:
            return none_match(scope, self.where)
        return (
            f"What a strategy would bring for {self.words(self.unvalued)} cannot be given: no ARR "
            "is recorded for them. Ask what to do about them: that goes by their reasons."
        )

    def left_out(self) -> list[str]:
        """Who is missing, where somebody is."""
        if not self.unvalued:
            return []
        verb = "is" if self.unvalued == 1 else "are"
        return [f"{count_noun(self.unvalued, 'client')} without a recorded ARR {verb} left out."]


def read_population(
    filters: Sequence[Filter], context: ToolContext, *, valued: bool = True
) -> Population:
    """Check filters and read the clients they mean; `valued` ones only have a known ARR.

    Raises:
        RetryableToolError: An unknown name or value.
        FinalToolError: A client out of scope, or data that are absent.
    """
    checked = check_filters(filters, context)
    with mendable_errors():
        rows = read_candidates(context.gold, checked, context.scope, valued=False)
        shown = [f for f in checked if f.dimension != "customer"]
        where = filter_words(shown, context.gold.semantic, context.gold.build.currency)
    if not valued:
        return Population(tuple(checked), rows, where)
    known = rows_where(rows, np.isfinite(numbers(rows, "arr")))
    return Population(tuple(checked), known, where, len(rows) - len(known))


def clients_of(rows: pd.DataFrame, evidence: Evidence) -> Clients:
    """The arrays a simulation takes, grouped as the evidence is."""
    prob = np.clip(numbers(rows, "churn_prob_90d"), 0.0, 0.999)
    low, high = numbers(rows, "churn_prob_90d_low"), numbers(rows, "churn_prob_90d_high")
    return Clients(
        prob=prob,
        prob_low=np.where(np.isfinite(low), np.minimum(low, prob), prob),
        prob_high=np.where(np.isfinite(high), np.clip(high, prob, 0.999), prob),
        value_usd=numbers(rows, "arr"),
        group=evidence.group_of(list(column(rows, "segment"))),
    )
