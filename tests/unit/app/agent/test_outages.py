"""What a person reads when the installation fails, not the question."""

import errno

import pytest

from app.agent.failures import apology
from app.agent.outages import outage
from data.gold_reader import GoldMissing


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_said_without_paths(code: int) -> None:
    """A report that cannot be written is no riddle."""
    said = outage(OSError(code, "No space left on device", "/var/lib/aura/files/x"))
    assert said == "The disk of this installation is full. Free some space on it and ask again."


def test_an_outage_keeps_its_own_words_on_one_line() -> None:
    """Cause and remedy reach the person who asks."""
    said = outage(GoldMissing("The warehouse is damaged;\n  run `aura prepare`."))
    assert said == "The warehouse is damaged; run `aura prepare`."
    assert apology("abc", said) == f"I cannot answer right now. {said}"


@pytest.mark.parametrize("error", [ValueError("secret"), OSError(errno.ENOENT, "No such file")])
def test_any_other_failure_stays_an_incident(error: Exception) -> None:
    """Its details are for the log."""
    assert outage(error) is None
    assert "secret" not in apology("abc", outage(error))
