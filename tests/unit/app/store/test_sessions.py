import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from app.store.database import Database
from app.store.sessions import Sessions
from app.store.tables import MessageRow


@pytest.fixture
def sessions(database: Database) -> Sessions:
    """Sessions with a clock that ticks a second a look."""
    seconds = count()
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return Sessions(database, now=lambda: start + timedelta(seconds=next(seconds)))


def _said(text: Any, kind: str = "human") -> dict[str, Any]:
    return {"type": kind, "data": {"content": text}}


def test_a_conversation_goes_on_where_it_stopped(sessions: Sessions, database: Database) -> None:
    """Another process loads the same messages in the same order, artifacts included."""
    call = {"type": "ai", "data": {"content": "", "tool_calls": [{"name": "t", "args": {"n": 1}}]}}
    result = {"type": "tool", "data": {"content": "3", "artifact": {"facts": [{"value": 3.5}]}}}
    sessions.append("s", "ann", [_said("hi"), call])
    sessions.append("s", "ann", [result])
    assert Sessions(database).load("s", "ann") == [_said("hi"), call, result]


def test_only_the_last_messages_are_loaded(sessions: Sessions) -> None:
    """A limit keeps the newest, oldest of them first."""
    sessions.append("s", "ann", [_said(str(number)) for number in range(5)])
    assert sessions.load("s", "ann", limit=2) == [_said("3"), _said("4")]


def test_somebody_elses_session_is_a_new_one(sessions: Sessions) -> None:
    """Knowing an id shows nothing, changes nothing and takes nothing away."""
    sessions.append("s", "ann", [_said("secret")])
    assert sessions.load("s", "bob") == []
    sessions.append("s", "bob", [_said("mine")])
    assert not sessions.delete("s", "cid")
    assert sessions.load("s", "ann") == [_said("secret")]
    assert sessions.load("s", "bob") == [_said("mine")]
    assert [talk.title for talk in sessions.of_user("bob")] == ["mine"]


def test_an_unknown_session_is_empty_and_nothing_is_made(sessions: Sessions) -> None:
    """Looking and appending nothing leave no trace."""
    assert sessions.load("s", "ann") == []
    sessions.append("s", "ann", [])
    assert sessions.of_user("ann") == []


def test_the_list_shows_the_latest_first_with_its_first_question(sessions: Sessions) -> None:
    """A title is the first thing the user said, on one line and short."""
    sessions.append("one", "ann", [_said("x", "system"), _said("Who  is\nat risk? " + "y" * 99)])
    sessions.append("two", "ann", [_said([{"type": "text", "text": "blocks"}])])
    sessions.append("one", "ann", [_said("and SMB?")])
    first, second = sessions.of_user("ann")
    assert (first.session_id, first.messages) == ("one", 3)
    assert first.title.startswith("Who is at risk? y")
    assert len(first.title) == 80
    assert (second.session_id, second.title) == ("two", "")
    assert sessions.of_user("ann", limit=1) == [first]


def test_a_deleted_session_takes_its_messages_along(sessions: Sessions, database: Database) -> None:
    """Nothing of it stays in the file's tables."""
    sessions.append("s", "ann", [_said("hi")])
    assert sessions.delete("s", "ann")
    assert sessions.load("s", "ann") == []
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(MessageRow)) == 0


def test_what_json_lacks_is_stored_all_the_same(sessions: Sessions) -> None:
    """A NaN or a NUL in a tool's result must not lose the turn."""
    sessions.append("s", "ann", [_said({"x": math.nan, "y": "a\x00b", "z": (1, 2)})])
    assert sessions.load("s", "ann") == [_said({"x": None, "y": "ab", "z": [1, 2]})]


def test_two_turns_at_once_lose_nothing(sessions: Sessions) -> None:
    """Each turn's messages stay together, whoever makes the session."""

    def turn(number: int) -> None:
        sessions.append("s", "ann", [_said(number), _said(number, "ai")])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(turn, range(20)))
    said = [message["data"]["content"] for message in sessions.load("s", "ann")]
    assert said[::2] == said[1::2]
    assert sorted(said[::2]) == list(range(20))
