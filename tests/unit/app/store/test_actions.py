from app.store.actions import Actions
from app.store.database import Database
from app.store.interventions import Intervention, Interventions


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
