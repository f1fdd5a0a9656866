from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import cast

import pytest

from tools.forecast_cache import ForecastCache
from tools.models.backtest import Outlook


def outlook() -> Outlook:
    """Something to keep."""
    return cast("Outlook", object())


def test_an_outlook_is_made_once_however_many_ask() -> None:
    """Eight at a time wait for one fit and get the same."""
    cache, made = ForecastCache(), list[Outlook]()

    def make() -> Outlook:
        sleep(0.02)
        made.append(outlook())
        return made[-1]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: cache.get("key", make), range(8)))
    assert len(made) == 1
    assert all(entry is made[0] for entry in found)


def test_the_longest_unused_goes_first() -> None:
    """Room is for the most recently used."""
    cache = ForecastCache(room=2)
    first = cache.get("a", outlook)
    cache.get("b", outlook)
    assert cache.get("a", outlook) is first
    cache.get("c", outlook)
    assert cache.get("a", outlook) is first
    marker = outlook()
    assert cache.get("b", lambda: marker) is marker


def test_a_failure_is_not_kept() -> None:
    """The next who asks gets another try."""
    cache = ForecastCache()

    def fail() -> Outlook:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.get("key", fail)
    made = outlook()
    assert cache.get("key", lambda: made) is made
