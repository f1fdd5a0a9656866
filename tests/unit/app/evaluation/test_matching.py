from datetime import date

import pytest
from hypothesis import given, strategies as st

from app.agent.events import TurnAnswer
from app.evaluation.matching import in_text, numbers_in, ordered
from tools.contract import Column, Table


@pytest.mark.parametrize(
    ("truth", "text", "found"),
    [
        (1203400, "that is $1.2M", True),
        (1203400, "that is $1.3M", False),
        (0.1234, "a rate of 12.3 %", True),
        (0.1234, "a rate of 12.4 %", False),
        (1204, "1 204 clients", True),
        (1204, "1,204 clients", True),
        (-5, "down 5", True),
        (104.23, "NRR was 104.2 %", True),
        (60, "1,260 clients", False),
        (2026, "as of 20 Nov 2026", False),
        (date(2026, 3, 7), "ends on 7 March 2026", True),
        (date(2026, 3, 7), "ends on 2026-03-07", True),
        ("Northwind Traders", "northwind  traders leads", True),
    ],
)
def test_values_are_found_as_printed(truth: object, text: str, found: bool) -> None:
    """A value counts when it equals the truth rounded as printed, and not otherwise."""
    assert in_text(truth, text) is found


@given(st.integers(min_value=0, max_value=10**9))
def test_any_count_is_found_with_separators(count: int) -> None:
    """Thousands separators never hide a number."""
    assert in_text(count, f"There are {count:,} of them.")


@given(st.floats(min_value=0.02, max_value=0.98))
def test_a_share_off_by_a_point_is_not_found(share: float) -> None:
    """A wrong percentage fails the judge, however it is rounded."""
    assert in_text(share, f"{share:.1%}")
    assert not in_text(share, f"{share + 0.011:.1%}")


def test_dates_are_not_numbers() -> None:
    """Days, months and years in a date are not figures to be checked."""
    assert [n.value for n in numbers_in("On 2026-05-01 and in Q2 2026 we had 7")] == [7]


@pytest.mark.parametrize(("values", "in_order"), [([30.2, 10.1], True), ([10.1, 30.2], False)])
def test_sums_keep_their_rank_whatever_their_last_digit(
    values: list[float], in_order: bool
) -> None:
    """A sum added up in another order is still the same sum, and a wrong order is still wrong."""
    columns = [
        Column(name="region", label="Region", unit="text"),
        Column(name="arr", label="ARR", unit="usd"),
    ]
    table = Table(columns=columns, rows=[["EMEA", 30.200000000000003], ["APAC", 10.1]])
    answer = TurnAnswer(
        answer="", table=table, session_id="s", model="builtin", latency_ms=1, audit_id="a"
    )
    assert ordered(values, answer) is in_order
