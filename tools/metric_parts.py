"""Which key figures can be taken apart, and into what columns of `gold.customer_months`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["PARTS", "Flow", "Level", "Movement", "Part", "Ratio"]


@dataclass(frozen=True, slots=True)
class Movement:
    """One way in which a level moves.

    Attributes:
        name: Name of its fact, a size without a sign.
        sign: 1 adds to the level, -1 takes from it.
    """

    name: str
    label: str
    column: str
    sign: int


@dataclass(frozen=True, slots=True)
class Level:
    """A state that a bridge leads to: opening and movements give closing."""

    opening: str
    closing: str
    movements: tuple[Movement, ...]
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """A quotient of weighted sums of columns, times `scale`."""

    numerator: Mapping[str, float]
    denominator: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Flow:
    """A weighted sum of columns over the months."""

    weights: Mapping[str, float]


Part = Level | Ratio | Flow


def _recurring(unit: str, scale: float) -> Level:
    return Level(
        "opening_mrr",
        "closing_mrr",
        (
            Movement(f"new_{unit}", "New", "mrr_new", 1),
            Movement(f"expansion_{unit}", "Expansion", "mrr_expansion", 1),
            Movement(f"reactivation_{unit}", "Reactivation", "mrr_reactivation", 1),
            Movement(f"contraction_{unit}", "Contraction", "mrr_contraction", -1),
            Movement(f"churned_{unit}", "Churn", "mrr_churned", -1),
        ),
        scale,
    )


_LOST: Final = {"opening_mrr": 1.0, "mrr_contraction": -1.0, "mrr_churned": -1.0}
_NET: Final = {
    "mrr_new": 1.0,
    "mrr_expansion": 1.0,
    "mrr_reactivation": 1.0,
    "mrr_contraction": -1.0,
    "mrr_churned": -1.0,
}

PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {
        "mrr": _recurring("mrr", 1.0),
        "arr": _recurring("arr", 12.0),
        "customers": Level(
            "opening_customers",
            "closing_customers",
            (
                Movement("new_customers", "New", "customers_new", 1),
                Movement("reactivated_customers", "Reactivated", "customers_reactivated", 1),
                Movement("churned_customers", "Churned", "customers_churned", -1),
            ),
        ),
        "logo_churn_rate": Ratio({"customers_churned": 1.0}, "opening_customers", 100.0),
        "mrr_churn_rate": Ratio({"mrr_contraction": 1.0, "mrr_churned": 1.0}, "opening_mrr", 100.0),
        "grr": Ratio(_LOST, "opening_mrr", 100.0),
        "nrr": Ratio({**_LOST, "mrr_expansion": 1.0}, "opening_mrr", 100.0),
        "arpa": Ratio({"closing_mrr": 1.0}, "closing_customers"),
        "nps": Ratio({"nps_promoters": 1.0, "nps_detractors": -1.0}, "nps_responses", 100.0),
        "avg_resolution_hours": Ratio({"resolution_hours_sum": 1.0}, "tickets_resolved"),
        "new_customers": Flow({"customers_new": 1.0}),
        "reactivated_customers": Flow({"customers_reactivated": 1.0}),
        "churned_customers": Flow({"customers_churned": 1.0}),
        "new_mrr": Flow({"mrr_new": 1.0}),
        "expansion_mrr": Flow({"mrr_expansion": 1.0}),
        "contraction_mrr": Flow({"mrr_contraction": 1.0}),
        "churned_mrr": Flow({"mrr_churned": 1.0}),
        "reactivation_mrr": Flow({"mrr_reactivation": 1.0}),
        "net_new_mrr": Flow(_NET),
        "revenue": Flow({"revenue": 1.0}),
        "tickets": Flow({"tickets_opened": 1.0}),
        "events": Flow({"events": 1.0}),
        "active_users": Flow({"active_users": 1.0}),
    }
)
"""Key figures that can be taken apart, by name in the semantic model."""
