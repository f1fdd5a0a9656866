import pytest

from app.evaluation.arguments import carries

CALL = {
    "metrics": ["nrr", "grr"],
    "filters": [{"dimension": "segment", "op": "=", "value": "Mid-Market"}],
    "limit": 5,
    "customer": "C-17",
}


@pytest.mark.parametrize(
    ("expected", "same"),
    [
        ({"metrics": ["grr"]}, True),
        ({"metrics": ["mrr"]}, False),
        ({"filters": {"segment": "mid market"}}, True),
        ({"filters": {"segment": "SMB"}}, False),
        ({"filters": {"segment": {"not": "SMB"}}}, False),
        ({"filters": {"segment": {"any": ["SMB", "Mid-Market"]}}}, True),
        ({"filters": {"segment": {"any": ["SMB", "Enterprise"]}}}, False),
        ({"filters": {"segment": {"any": [{"not": "SMB"}, ["Mid-Market"]]}}}, True),
        ({"filters": {"any": [{"region": "EMEA"}, {"segment": "Mid-Market"}]}}, True),
        ({"filters": {"any": [{"region": "EMEA"}, {"segment": "SMB"}]}}, False),
        (
            {"filters": [{"dimension": "segment", "op": "=", "value": {"any": ["Mid-Market"]}}]},
            True,
        ),
        ({"limit": {"between": [4, 6]}}, True),
        ({"limit": {"any": [7, 5]}}, True),
        ({"customer": "Northwind Traders"}, True),
        ({"customer": "Contoso"}, False),
        ({"horizon_days": 90}, False),
    ],
)
def test_a_subset_is_enough_and_a_wrong_value_is_not(
    expected: dict[str, object], same: bool
) -> None:
    """Arguments match by meaning, never by luck."""
    assert carries([CALL], expected, {"C-17": "Northwind Traders"}) is same


def test_several_calls_may_share_the_arguments() -> None:
    """Two metrics asked in two calls are both there."""
    calls = [{"metrics": ["mrr"]}, {"metrics": ["churned_customers"]}]
    assert carries(calls, {"metrics": ["mrr", "churned_customers"]}, {})
    assert not carries(calls, {"metrics": ["mrr", "nps"]}, {})


def test_leaving_one_out_equals_naming_all_the_others() -> None:
    """`not X` and `in` the rest are the same question."""
    others = [{"dimension": "segment", "op": "in", "value": ["SMB", "Mid-Market"]}]
    assert carries([{"filters": others}], {"filters": {"segment": {"not": "Enterprise"}}}, {})
