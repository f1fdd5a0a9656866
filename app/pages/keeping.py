"""Pages that were read before, kept until the warehouse is swapped or room runs out."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from data.gold import Gold

_T = TypeVar("_T")
_ROOM = 256


class Kept:
    """The most recently used figures, by warehouse version and what was asked.

    The scope of the asker belongs to the key: nobody is shown what another may see.

    Args:
        room: How many are kept.
    """

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, gold: Gold, key: Hashable, make: Callable[[], _T]) -> _T:
        """What stands under a key, made when it is not there; a failure is not kept."""
        full = (gold.version, key)
        with self._lock:
            if full in self._kept:
                self._kept.move_to_end(full)
                return cast("_T", self._kept[full])
        made = make()
        with self._lock:
            self._kept[full] = made
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        return made
