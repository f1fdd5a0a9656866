"""What is handed back to a build of the warehouse."""

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from data.scored import ScoredFrameError, write_actions


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """Three clients with scores and no actions."""
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA gold")
    connection.execute(
        "CREATE TABLE gold.customer_health_scores AS SELECT customer_id, "
        "CAST(NULL AS VARCHAR) AS next_best_action FROM (VALUES ('C1'), ('C2'), ('C3')) "
        "AS clients (customer_id)"
    )
    yield connection
    connection.close()


def _frame(**actions: str | None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": list(actions),
            "next_best_action": pd.Series(list(actions.values()), dtype="object"),
        }
    )


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (_frame(C1="training", C2=None), ["training", None, None]),
        (_frame(C1=None, C2=None), [None, None, None]),
        (_frame(), [None, None, None]),
    ],
    ids=["some", "nothing pays", "nobody weighed"],
)
def test_actions_are_written_beside_the_scores(
    warehouse: duckdb.DuckDBPyConnection, frame: pd.DataFrame, expected: list[str | None]
) -> None:
    """A client that is left out has none."""
    write_actions(warehouse, frame)
    rows = warehouse.execute(
        "SELECT next_best_action FROM gold.customer_health_scores ORDER BY customer_id"
    ).fetchall()
    assert [row[0] for row in rows] == expected


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (_frame(C1="training", C9="discount"), "1 client with an action is not in gold"),
        (pd.concat([_frame(C1="training")] * 2), "Client 'C1' has two next best actions"),
        (_frame(C1="training").drop(columns=["next_best_action"]), "lacks next_best_action"),
    ],
    ids=["unknown client", "twice", "a column short"],
)
def test_actions_that_do_not_fit_are_refused(
    warehouse: duckdb.DuckDBPyConnection, frame: pd.DataFrame, said: str
) -> None:
    """The build stops, rather than that somebody goes without."""
    with pytest.raises(ScoredFrameError, match=said):
        write_actions(warehouse, frame)
