from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from app import prepare
from data.build import BuildError
from tools.errors import FinalToolError, NothingKnown

CHOSEN = pd.DataFrame({"customer_id": ["C1"], "next_best_action": ["training"]})


def _advise(monkeypatch: pytest.MonkeyPatch, found: object) -> tuple[list[Any], list[str]]:
    """What is written into gold, and what is said."""

    def choose(*_: object) -> object:
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(prepare, "next_best_actions", choose)
    written: list[Any] = []
    said: list[str] = []
    build = SimpleNamespace(staging="file", advise=written.append)
    nothing = cast("Any", None)
    prepare._advise(cast("Any", build), nothing, nothing, nothing, said.append)
    return written, said


def test_the_choice_is_written_into_gold(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was made."""
    assert _advise(monkeypatch, CHOSEN) == ([CHOSEN], [])


def test_a_build_without_any_strategy_succeeds_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No playbook, nothing tried: there are no next best actions, and everything else is built."""
    written, said = _advise(monkeypatch, NothingKnown("There is nothing to recommend from."))
    assert written == []
    assert said == ["No client has a next best action: There is nothing to recommend from."]


def test_a_build_whose_gold_cannot_be_read_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than that every client goes without an action."""
    with pytest.raises(BuildError, match="not rebuilt: the file is damaged"):
        _advise(monkeypatch, FinalToolError("the file is damaged"))
