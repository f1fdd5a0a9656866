from tools.models.simulation import Plan, Range
from tools.simulation_ranking import Mix, ranking_facts


def test_a_mix_is_told_with_the_range_of_the_whole() -> None:
    """Expected value and both ends of the plan, its chance to pay, and who gets what."""
    whole = Plan(
        customers_treated=12,
        arr_saved_usd=Range(900.0, 400.0, 1_500.0),
        cost_usd=Range(300.0, 280.0, 320.0),
        net_usd=Range(600.0, 90.0, 1_200.0),
        p_positive_prob=0.97,
    )
    facts = {fact.name: fact.value for fact in ranking_facts([], Mix({"training": 5}, whole))}
    assert facts == {
        "mix_customers_treated": 12,
        "mix_arr_saved_usd": 900.0,
        "mix_arr_saved_usd_low": 400.0,
        "mix_arr_saved_usd_high": 1_500.0,
        "mix_cost_usd": 300.0,
        "mix_cost_usd_low": 280.0,
        "mix_cost_usd_high": 320.0,
        "mix_net_usd": 600.0,
        "mix_net_usd_low": 90.0,
        "mix_net_usd_high": 1_200.0,
        "mix_p_positive_prob": 0.97,
        "mix_treated:training": 5,
    }
