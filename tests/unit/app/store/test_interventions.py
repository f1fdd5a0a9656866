from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from app.store.database import Database
from app.store.interventions import Intervention, Interventions

CALL = Intervention(customer_id="C1", strategy="success_call", user_id="ann", note="spoke to Jo")
DRAWN = Intervention(
    customer_id="C2",
    strategy="discount",
    user_id="ann",
    arm="control",
    assignment="random",
    propensity=0.5,
    cost=120.0,
)


def test_what_was_logged_comes_back(database: Database) -> None:
    """All fields survive, the absent ones stay absent, and filters hold."""
    interventions = Interventions(database)
    logged = interventions.log([CALL, DRAWN])
    assert [item.intervention for item in logged] == [CALL, DRAWN]
    assert interventions.latest(customer_id="C1") == [logged[0]]
    assert interventions.latest(strategy="discount") == [logged[1]]
    assert interventions.latest(customer_id="C1", strategy="discount") == []
    assert len(interventions.latest()) == 2


@pytest.mark.parametrize(
    "broken",
    [
        replace(DRAWN, propensity=1.5),
        replace(DRAWN, arm="both"),
        replace(DRAWN, assignment="dice"),
    ],
)
def test_an_impossible_assignment_is_refused_whole(
    database: Database, broken: Intervention
) -> None:
    """An experiment is stored with all its clients or not at all."""
    interventions = Interventions(database)
    with pytest.raises(IntegrityError):
        interventions.log([CALL, broken])
    assert interventions.latest() == []


def test_draws_at_once_put_nobody_into_two_tests(database: Database) -> None:
    """Whoever comes second assigns nobody."""
    interventions = Interventions(database)

    def draw(strategy: str) -> bool:
        drawn = [replace(DRAWN, customer_id=f"C{n}", strategy=strategy) for n in range(20)]
        return interventions.draw(drawn, within_days=90) is not None

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(draw, ("training", "discount", "success_call", "onboarding_help")))
    assert sorted(won) == [False, False, False, True]
    assert len(interventions.all()) == 20
