import pytest
from sqlalchemy.exc import IntegrityError

from app.store.database import Database
from app.store.feedback import Feedback


def test_the_last_thumb_of_a_user_counts(database: Database) -> None:
    """A changed mind replaces the thumb; other users keep theirs."""
    feedback = Feedback(database)
    feedback.give("m", "ann", 1, "great")
    feedback.give("m", "bob", 1)
    feedback.give("m", "ann", -1, "wrong number")
    thumbs = {given.user_id: (given.value, given.comment) for given in feedback.latest()}
    assert thumbs == {"ann": (-1, "wrong number"), "bob": (1, "")}


def test_a_thumb_can_be_taken_back(database: Database) -> None:
    """Only one's own goes, and taking back nothing is fine."""
    feedback = Feedback(database)
    feedback.give("m", "ann", 1)
    feedback.withdraw("m", "bob")
    assert len(feedback.latest()) == 1
    feedback.withdraw("m", "ann")
    assert feedback.latest() == []


def test_the_table_knows_two_thumbs(database: Database) -> None:
    """A value that is neither up nor down is refused, and the old thumb stays."""
    feedback = Feedback(database)
    feedback.give("m", "ann", 1)
    with pytest.raises(IntegrityError):
        feedback.give("m", "ann", 5)  # pyright: ignore[reportArgumentType]
    assert [given.value for given in feedback.latest()] == [1]
