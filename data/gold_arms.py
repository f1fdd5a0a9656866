"""Reads what was done and how it ended: `gold.interventions`, added up over the company.

Strategy effects are company-wide aggregates, open to every role; no client can be told from them.
"""

from dataclasses import dataclass
from typing import Final

from data.gold import EntityAbsent, Gold
from data.semantic_filters import CATALOG

__all__ = ["Arm", "read_arms"]

_SQL: Final = f"""
    select strategy, assignment, arm,
        count(*), count(retained), count(*) filter (where retained), sum(cost)
    from {CATALOG}.gold.interventions
    group by strategy, assignment, arm
    order by strategy, assignment, arm desc
"""


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of one strategy.

    Attributes:
        assignment: `random` or `targeted`; only the first can measure an effect.
        clients: Assignments, the open ones included.
        known: Assignments whose outcome is known.
        retained: Those of them that stayed.
    """

    strategy: str
    assignment: str
    arm: str
    clients: int
    known: int
    retained: int
    cost: float | None


def read_arms(gold: Gold) -> list[Arm]:
    """Every arm of every strategy, by strategy, the randomised ones first.

    Raises:
        EntityAbsent: The source has no interventions.
        GoldError: The warehouse is missing or too slow.
    """
    if "interventions" in gold.build.absent:
        raise EntityAbsent("what each strategy did", ["interventions"])
    _, rows = gold.reader.rows(_SQL, {})
    return [Arm(*row) for row in rows]
