from datetime import UTC, date, datetime, timedelta

from app.store.actions import Actions
from app.store.database import Database
from app.store.interventions import Intervention, Interventions
from tools.contract import Assignment, RunningTest

TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
DRAWN = [
    Assignment("C1", "treatment", 0.5, 90.0),
    Assignment("C2", "control", 0.5),
    Assignment("C3", "treatment", 0.5, 90.0),
]


def actions_on(database: Database, days_ago: int = 0) -> Actions:
    """The log as it is written some days before today."""
    return Actions(Interventions(database, now=lambda: TODAY - timedelta(days=days_ago)))


def assigned(actions: Actions, drawn: list[Assignment]) -> date | None:
    """Write a draw down."""
    return actions.assign(drawn, strategy="training", note="seed 7", user_id="ann", test_days=90)


def test_a_logged_action_is_targeted_and_by_its_user(database: Database) -> None:
    """A person chose the client: the entry must never count as a random draw."""
    store = Interventions(database)
    actions = Actions(store)
    logged = actions.log(
        customer_id="C1", strategy="success_call", note="spoke to Jo", user_id="ann"
    )
    (kept,) = store.latest()
    assert kept.id == logged.id
    assert kept.intervention == Intervention(
        "C1", "success_call", "ann", note="spoke to Jo", assignment="targeted"
    )


def test_the_last_action_is_found_and_a_draw_is_none(database: Database) -> None:
    """Being drawn into an experiment is nothing that was done."""
    store = Interventions(database)
    drawn = Intervention("C1", "discount", "ann", arm="treatment", assignment="random")
    store.log([drawn])
    actions = Actions(store)
    assert actions.last(customer_id="C1", strategy="discount") is None
    logged = actions.log(customer_id="C1", strategy="discount", note="", user_id="bo")
    assert actions.last(customer_id="C1", strategy="discount") == logged
    assert actions.last(customer_id="C2", strategy="discount") is None


def test_a_draw_is_stored_whole_with_arm_propensity_and_cost(database: Database) -> None:
    """Random, by its user, on one day."""
    assert assigned(actions_on(database), DRAWN) == TODAY.date()
    kept = {
        each.intervention.customer_id: each.intervention for each in Interventions(database).all()
    }
    assert kept["C1"] == Intervention(
        *("C1", "training", "ann", "seed 7", "treatment", "random", 0.5, 90.0)
    )
    assert (kept["C2"].arm, kept["C2"].propensity, kept["C2"].cost) == ("control", 0.5, None)
    assert len(kept) == 3


def test_nobody_is_drawn_twice_while_a_test_runs(database: Database) -> None:
    """The same draw again, or one that shares a client, writes nothing; after 90 days it may."""
    assert assigned(actions_on(database, days_ago=95), DRAWN) is not None
    assert assigned(actions_on(database), DRAWN) is not None
    assert assigned(actions_on(database), DRAWN) is None
    fresh = Assignment("C9", "treatment", 0.5)
    assert assigned(actions_on(database), [DRAWN[0], fresh]) is None
    assert len(Interventions(database).all()) == 6
    assert assigned(actions_on(database), [fresh]) is not None


def test_who_is_occupied(database: Database) -> None:
    """Treated lately, whether by choice or by draw; in a test, in either arm."""
    assigned(actions_on(database, days_ago=70), DRAWN)
    actions_on(database, days_ago=10).log(
        customer_id="C5", strategy="discount", note="", user_id="bo"
    )
    actions_on(database, days_ago=61).log(
        customer_id="C6", strategy="discount", note="", user_id="bo"
    )
    found = actions_on(database).occupied(contact_days=60, test_days=90)
    assert found.contacted == {"C5"}
    began = (TODAY - timedelta(days=70)).date()
    assert found.in_test == dict.fromkeys(("C1", "C2", "C3"), ("training", began))
    assert actions_on(database, days_ago=30).occupied(contact_days=60, test_days=90).contacted == {
        *("C1", "C3", "C5", "C6")
    }


def test_a_running_test_is_counted_and_an_old_one_is_none(database: Database) -> None:
    """By strategy, within the days that a test runs."""
    assigned(actions_on(database, days_ago=30), DRAWN)
    day = (TODAY - timedelta(days=30)).date()
    now = actions_on(database)
    assert now.running(strategy="training", test_days=90) == RunningTest("training", 2, 1, day, day)
    assert now.running(strategy="discount", test_days=90) is None
    assert now.running(strategy="training", test_days=29) is None


def test_what_is_past_goes_back_to_a_day(database: Database) -> None:
    """That day is included, however many entries there are."""
    store = Interventions(database, now=lambda: TODAY - timedelta(days=60))
    store.log([Intervention(f"C{n}", "training", "ann") for n in range(1_200)])
    actions_on(database, days_ago=61).log(
        customer_id="C1", strategy="discount", note="", user_id="ann"
    )
    since = (TODAY - timedelta(days=60)).date()
    recent = actions_on(database).past(since=since)
    assert len(recent) == 1_200
    assert {each.day for each in recent} == {since}
    assert [each.strategy for each in recent if each.customer_id == "C1"] == ["training"]
    assert len(actions_on(database).past(customer_id="C1")) == 2
