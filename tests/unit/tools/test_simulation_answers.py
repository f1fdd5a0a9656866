from dataclasses import replace

from tools.models.draws import Costs, Range
from tools.models.hazard_effects import AssumedEffect
from tools.models.simulation import Outcome
from tools.simulation_answers import outcome_sentences
from tools.strategy_evidence import Evidence

EVIDENCE = Evidence(
    "training", "assumed", AssumedEffect(0.01, 0.03), Costs(90.0), ("all",), 0, None, None,
    0.01, 0.03, (), None, (), is_uneven=False,
)  # fmt: skip
ONE = Outcome(
    1, 0.04, Range(0.01, 0.0, 0.02), Range(50.0, 0.0, 90.0), Range(90.0, 90.0, 90.0),
    Range(-40.0, -90.0, 0.0), None, Range(1.0, 0.0, 2.0), 0.1, 2.0, 80.0, (),
)  # fmt: skip


def test_one_client_is_told_by_its_chance_and_many_by_their_number() -> None:
    """Of one client nobody says that 0 of 0 are kept."""
    one = outcome_sentences("1 client", ONE, EVIDENCE, "USD")
    assert "chance of leaving from 4 % to about 3 %" in one
    many = replace(ONE, customers_treated=40, leaving=6.0, customers_retained=Range(2.0, 1.0, 3.0))
    assert "keep about 2 of the 6" in outcome_sentences("40 clients", many, EVIDENCE, "USD")
