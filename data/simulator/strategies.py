"""The planted strategies: what each really does to churn, and what it costs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.simulator.vocabulary import STRATEGIES

RETENTION_WINDOW_DAYS = 90
RETENTION_WINDOW_WEEKS = 13


@dataclass(frozen=True)
class Strategy:
    """One way to keep a client.

    Attributes:
        hazard_ratio: Weekly hazard while treated, relative to untreated, by segment
            (SMB, Mid-Market, Enterprise); 1 means no effect.
        fixed_cost_usd: Cost of one treated client.
        mrr_months: Further cost, in months of the client's MRR.
        newcomers_only: Whether only clients in their first months are eligible.
        monthly_only: Whether only clients without a fixed term are eligible.
    """

    hazard_ratio: tuple[float, float, float]
    fixed_cost_usd: float
    mrr_months: float = 0.0
    newcomers_only: bool = False
    monthly_only: bool = False


PLANTED: dict[str, Strategy] = {
    # 20 % for a year, also paid to those who would have stayed: works and loses money.
    "discount": Strategy((0.25, 0.35, 0.70), fixed_cost_usd=0.0, mrr_months=2.4),
    "success_call": Strategy((0.30, 0.25, 0.30), fixed_cost_usd=90.0),
    "training": Strategy((0.80, 0.70, 0.70), fixed_cost_usd=350.0),
    "onboarding_help": Strategy((0.20, 0.20, 0.25), fixed_cost_usd=180.0, newcomers_only=True),
    "executive_sponsor": Strategy((1.0, 0.40, 0.20), fixed_cost_usd=1_500.0),
    "contract_upgrade": Strategy((1.0, 1.0, 1.0), fixed_cost_usd=60.0, monthly_only=True),
}

HAZARD_RATIO = np.array([PLANTED[name].hazard_ratio for name in STRATEGIES])


def treatment_cost_usd(
    strategy: NDArray[np.integer], mrr: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Cost of treating each client.

    Args:
        strategy: Code in STRATEGIES, one a client.
        mrr: The clients' MRR in USD when the treatment begins.
    """
    fixed = np.array([PLANTED[name].fixed_cost_usd for name in STRATEGIES])
    months = np.array([PLANTED[name].mrr_months for name in STRATEGIES])
    return np.round(fixed[strategy] + months[strategy] * mrr, 2)
