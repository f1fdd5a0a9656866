"""Rows of a breakdown that would tell of a client without consent."""

from collections.abc import Mapping, Sequence

from app.agent.small_groups import SmallGroups
from app.governance.consent import Consent
from tools.contract import Column, Filter, Table

REGIONS = {
    **{f"A{i}": ("APAC",) for i in range(3)},
    **{f"E{i}": ("EMEA",) for i in range(6)},
    **{f"L{i}": ("LATAM",) for i in range(4)},
    **{f"N{i}": ("North America",) for i in range(9)},
}
EVERYBODY = frozenset(REGIONS)


def _members(
    filters: Sequence[Filter], dimensions: Sequence[str]
) -> Mapping[str, tuple[str, ...]] | None:
    return REGIONS if list(dimensions) == ["region"] else dict.fromkeys(REGIONS, ())


def _table(*columns: str, **rows: Sequence[float]) -> Table:
    names = [Column(name="region", unit="text"), *(Column(name=n, unit="count") for n in columns)]
    return Table(columns=names, rows=[[key.replace("_", " "), *row] for key, row in rows.items()])


def _hidden(table: Table, *silent: str) -> set[str]:
    small = SmallGroups(Consent(EVERYBODY - set(silent)), _members, [], ["region"])
    return {str(table.rows[place][0]) for place in small.hidden(table)}


ARR = _table("arr", APAC=[10.0], EMEA=[20.0], LATAM=[30.0], North_America=[40.0])


def test_groups_of_consenting_clients_may_be_small() -> None:
    """Whoever agreed may be described, alone too."""
    assert _hidden(ARR) == set()


def test_a_large_group_may_hold_clients_without_consent() -> None:
    """An aggregate over many tells of none of them."""
    assert _hidden(ARR, "E1", "N2") == set()


def test_a_small_group_is_hidden_and_covered() -> None:
    """The total less the others would give it away, so the next smallest goes with it."""
    assert _hidden(ARR, "A1") == {"APAC", "LATAM"}


def test_a_row_that_counts_few_beside_other_figures_is_hidden() -> None:
    """Two of many at risk, with their ARR, are as good as described."""
    few = _table("customers_at_risk", "arr", EMEA=[2, 20.0], North_America=[8, 40.0])
    assert _hidden(few, "E1") == {"EMEA", "North America"}
    assert _hidden(few) == set()


def test_a_count_alone_tells_of_nobody() -> None:
    """How many, and nothing else."""
    assert _hidden(_table("customers_at_risk", EMEA=[2], North_America=[8]), "E1") == set()


def test_a_figure_over_clients_at_risk_is_judged_by_those() -> None:
    """Its own definition narrows whom it tells of, whatever the group's size."""

    def members(filters: Sequence[Filter], _: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        asked = [(one.dimension, one.value) for one in filters]
        return {"N1": ("North America",)} if ("churn_risk", "high") in asked else REGIONS

    small = SmallGroups(Consent(EVERYBODY - {"N1"}), members, [], ["region"])
    table = _table("arr_of_customers_at_risk", North_America=[7.0])
    assert small.hidden(table) == {0}


def test_without_a_split_or_filters_there_are_no_groups() -> None:
    """The whole is never small."""
    small = SmallGroups(Consent(), _members, [], [])
    assert small.hidden(ARR) == set()
