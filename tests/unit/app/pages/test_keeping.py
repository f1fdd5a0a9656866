from typing import Any, cast

from app.pages.keeping import Kept
from data.gold import Gold


class _Version:
    version = "1"


def test_figures_are_made_once_for_each_version_and_key() -> None:
    """A swapped warehouse is read again, and the least used figures make room."""
    gold, kept, made = _Version(), Kept(room=2), []

    def get(key: str) -> Any:
        return kept.get(cast("Gold", gold), key, lambda: made.append((gold.version, key)) or key)

    get("a")
    get("a")
    gold.version = "2"
    get("a")
    assert made == [("1", "a"), ("2", "a")]
    get("b")
    get("c")
    get("a")
    assert made[2:] == [("2", "b"), ("2", "c"), ("2", "a")]
