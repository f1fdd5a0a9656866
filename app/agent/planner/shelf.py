"""Lexicons kept between turns: one a scope, renewed when gold or the playbooks change."""

from collections import OrderedDict
from threading import Lock

from app.agent.planner.building import build_lexicon
from app.agent.planner.lexicon import Lexicon
from data.gold import Gold
from data.query import Scope
from tools.contract import PlaybookPort

KEPT_SCOPES = 64

_Key = tuple[str, tuple[str, ...], Scope]


class LexiconShelf:
    """Builds a lexicon at the first question of a scope and hands it out after that.

    Args:
        gold: Where names and values come from.
        playbooks: The playbook library.
    """

    def __init__(self, gold: Gold, playbooks: PlaybookPort) -> None:
        self._gold = gold
        self._playbooks = playbooks
        self._kept: OrderedDict[_Key, Lexicon] = OrderedDict()
        self._lock = Lock()

    def __call__(self, scope: Scope) -> Lexicon:
        """The lexicon of what an asker of this scope may see."""
        key = (self._gold.version, tuple(self._playbooks.ids()), scope)
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                found = build_lexicon(self._gold, self._playbooks, scope)
                self._kept[key] = found
                if len(self._kept) > KEPT_SCOPES:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return found
