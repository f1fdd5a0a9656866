"""Drafts in the store: shown once, judged, counted, and sent at most once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.store.database import Database
from app.store.drafts import Drafts
from app.store.interventions import Intervention, Interventions
from tools.draft_log import Feedback, NewDraft

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = NewDraft("C1", "email", "warm", "usage", "A", "question", "Hi", "Text")
TWO = replace(ONE, variant="B", angle="help", message="Other text")


class Clock:
    """A clock that a test sets."""

    now = NOON

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Noon of a day."""
    return Clock()


@pytest.fixture
def drafts(database: Database, clock: Clock) -> Drafts:
    """Nothing drafted yet."""
    return Drafts(database, cap_days=14, now=clock)


def test_the_same_draft_shown_again_is_kept_once(drafts: Drafts, clock: Clock) -> None:
    """A fallback to another model, or the same question, adds nothing."""
    first = drafts.save([ONE, TWO], user_id="ann")
    clock.now += timedelta(minutes=5)
    again = drafts.save([ONE, TWO], user_id="ann")
    assert [each.id for each in again] == [each.id for each in first]
    assert len(drafts.latest(user_id="ann", customer_id="C1")) == 2
    assert drafts.save([ONE], user_id="bob")[0].id != first[0].id


def test_what_was_shown_last_is_found_by_reader_and_client(drafts: Drafts, clock: Clock) -> None:
    """Another's drafts are not mine, and another client's are not this one's."""
    drafts.save([ONE, TWO], user_id="ann")
    clock.now += timedelta(minutes=1)
    drafts.save([replace(ONE, customer_id="C2")], user_id="ann")
    assert [each.draft.customer_id for each in drafts.latest(user_id="ann", customer_id=None)] == [
        "C2"
    ]
    both = drafts.latest(user_id="ann", customer_id="C1")
    assert [each.draft.variant for each in both] == ["A", "B"]
    assert drafts.latest(user_id="bob", customer_id="C1") == []


def test_a_later_word_replaces_an_earlier_one(drafts: Drafts) -> None:
    """And a draft that does not exist is judged by nobody."""
    (kept,) = drafts.save([ONE], user_id="ann")
    said: tuple[Feedback, ...] = ("used", "rejected")
    for feedback in said:
        drafts.judge(kept.id, feedback, user_id="ann")
    found = drafts.find(kept.id)
    assert found is not None
    assert found.feedback == "rejected"
    assert drafts.judge("nothing", "used", user_id="ann") is None


def test_contacts_are_drafts_used_or_sent_and_actions_logged(
    drafts: Drafts, clock: Clock, database: Database
) -> None:
    """Within the cap; a draft only shown or rejected reached nobody, nor did an assignment."""
    used, shown = drafts.save([ONE, TWO], user_id="ann")
    (rejected,) = drafts.save([replace(ONE, customer_id="C2")], user_id="ann")
    drafts.judge(used.id, "edited", user_id="ann")
    drafts.judge(rejected.id, "rejected", user_id="ann")
    log = Interventions(database, now=clock)
    call = Intervention("C3", "success_call", "ann", assignment="targeted")
    log.log([call, replace(call, customer_id="C4", arm="treatment", assignment="random")])
    assert {(each.customer_id, each.what) for each in drafts.contacts()} == {
        ("C1", "draft"),
        ("C3", "success_call"),
    }
    assert [each.what for each in drafts.contacts(customer_id="C3")] == ["success_call"]
    clock.now += timedelta(days=14, minutes=1)
    assert drafts.contacts() == []
    assert shown.feedback is None


def test_variants_shown_beside_a_used_one_were_decided_too(drafts: Drafts) -> None:
    """What was passed over counts against a version; what is open does not."""
    used, _ = drafts.save([ONE, TWO], user_id="ann")
    drafts.save([replace(ONE, customer_id="C2")], user_id="ann")
    drafts.save([replace(ONE, customer_id="hidden")], user_id="ann")
    drafts.judge(used.id, "used", user_id="ann")
    by_angle = {each.group: each for each in drafts.tally("angle", {"C1": "", "C2": ""})}
    question, help_ = by_angle["question"], by_angle["help"]
    assert (question.drafted, question.decided, question.used) == (2, 1, 1)
    assert (help_.drafted, help_.decided, help_.used) == (1, 1, 0)


def test_a_random_split_is_decided_client_by_client(drafts: Drafts) -> None:
    """One client's answer says nothing of the others."""
    dealt = [replace(ONE, customer_id=f"C{n}", propensity=0.5) for n in range(4)]
    kept = drafts.save(dealt, user_id="ann")
    drafts.judge(kept[0].id, "used", user_id="ann")
    (counted,) = drafts.tally("channel", {f"C{n}": "" for n in range(4)})
    assert (counted.drafted, counted.decided) == (4, 1)


def test_a_draft_is_claimed_once_however_many_try(drafts: Drafts) -> None:
    """Two clicks at once send one message."""
    (kept,) = drafts.save([ONE], user_id="ann")
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: drafts.claim(kept.id), range(4))) == 1


@pytest.mark.parametrize(
    ("outcome", "again", "feedback"),
    [("sent", False, "used"), ("unknown", False, None), ("refused", True, None)],
)
def test_only_what_was_certainly_not_sent_may_be_tried_again(
    drafts: Drafts, outcome: str, again: bool, feedback: str | None
) -> None:
    """And only what was sent counts as used."""
    (kept,) = drafts.save([ONE], user_id="ann")
    assert drafts.claim(kept.id)
    drafts.settle(kept.id, outcome, user_id="ann")  # pyright: ignore[reportArgumentType]
    found = drafts.find(kept.id)
    assert found is not None
    assert (found.feedback, found.sent_at is not None) == (feedback, outcome == "sent")
    assert drafts.claim(kept.id) is again
