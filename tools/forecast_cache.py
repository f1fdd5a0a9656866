"""Forecasts that were already made, kept until the warehouse is swapped or room runs out."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from tools.models.backtest import Outlook

__all__ = ["ForecastCache", "shared_cache"]

_ROOM: Final = 128


class ForecastCache:
    """Keeps the most recently used outlooks; each is made once, whoever asks at a time.

    One outlook is made at a time: fits are heavy, and Prophet draws from a shared generator.

    Args:
        room: How many are kept.
    """

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._kept: OrderedDict[Hashable, Outlook] = OrderedDict()
        self._reading = threading.Lock()
        self._making = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Outlook]) -> Outlook:
        """The outlook of a key, made when it is not there; a failure is not kept."""
        found = self._find(key)
        if found is not None:
            return found
        with self._making:
            found = self._find(key)
            if found is None:
                found = make()
                self._put(key, found)
        return found

    def _find(self, key: Hashable) -> Outlook | None:
        with self._reading:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _put(self, key: Hashable, outlook: Outlook) -> None:
        with self._reading:
            self._kept[key] = outlook
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)


_SHARED: Final = ForecastCache()


def shared_cache() -> ForecastCache:
    """The cache of this process."""
    return _SHARED
