"""Finds whatever names a client or a person in a text: names, ids, addresses, numbers, links.

Everything is found over the whole warehouse, whoever asks: what must not leave knows no row scope.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal

from app.governance.contact_patterns import Found, digits_of, find_contacts
from app.governance.entities import Entity, Identity, Mention, without_overlap
from app.governance.folded import Word, fold, words_of
from app.governance.free_text import FreeText

_Condition = Literal["", "capital", "cue"]
_LONGEST_GAP: Final = 3
_CUES: Final = frozenset(
    {"client", "clients", "customer", "customers", "account", "accounts", "id", "number", "no"}
    | {"company", "about", "named", "called"}
)
_SHORTEST_WORD: Final = 4
_SHORTEST_SQUEEZED: Final = 8
_REMEMBERED: Final = 1024
"""Texts whose mentions are kept: a conversation is read again with every call."""
_MOST_SHARED: Final = 5
"""A word in more names than this tells nobody apart."""


@dataclass(frozen=True, slots=True)
class _Spelling:
    words: tuple[str, ...]
    entity: Entity
    condition: _Condition = ""


@dataclass
class Register:
    """Everyone who must not be named, as one index over the words of their names.

    Args:
        identities: Every client of the warehouse.
        common: Everyday words and words of the domain; a name of such words alone counts only
            where it is written like a name.
        feedback: Texts that clients wrote.
    """

    identities: Sequence[Identity]
    common: frozenset[str] = frozenset()
    feedback: Iterable[str] = ()
    _index: dict[str, list[_Spelling]] = field(default_factory=dict[str, list[_Spelling]])
    _phones: dict[str, Entity] = field(default_factory=dict[str, Entity])
    _clients: dict[str, Entity] = field(default_factory=dict[str, Entity])
    _cells: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def __post_init__(self) -> None:
        self._found = lru_cache(maxsize=_REMEMBERED)(self._look)
        self._free_text = FreeText(self.feedback)
        for one in self.identities:
            self._clients[one.customer_id] = _client(one)
            for cell in (one.customer_id, one.name):
                self._cells.setdefault(cell.casefold(), set()).add(one.customer_id)
        self._add_clients()
        self._add_words()
        managers = {one.account_manager for one in self.identities if one.account_manager}
        self._add_managers(sorted(managers))
        self._add_contacts(managers)
        for spellings in self._index.values():
            spellings.sort(key=lambda spelling: -len(spelling.words))

    def client(self, customer_id: str) -> Entity | None:
        """The entity of a client."""
        return self._clients.get(customer_id)

    def clients_of(self, cell: str) -> frozenset[str]:
        """The clients whose whole name or id a table cell or an argument is."""
        return frozenset(self._cells.get(cell.casefold().strip(), ()))

    def find(self, text: str, sure: Iterable[str] = ()) -> list[Mention]:
        """Every mention, in order, without overlap; the longest wins.

        Args:
            text: Any text.
            sure: Clients that the text is known to be about: their names count as they stand.
        """
        return [*self._found(text, frozenset(sure))]

    def _look(self, text: str, sure: frozenset[str]) -> tuple[Mention, ...]:
        words = words_of(text)
        found = [Mention(s, e, self._own_words(text[s:e])) for s, e in self._free_text.find(words)]
        contacts = find_contacts(text, self._phones.__contains__)
        found += [self._contact(item) for item in contacts]
        found += self._names(text, words)
        for customer_id in sure:
            found += self._spelled_out(text, customer_id)
        return tuple(without_overlap(found))

    def _names(self, text: str, words: Sequence[Word]) -> list[Mention]:
        found: list[Mention] = []
        for place, word in enumerate(words):
            for spelling in self._index.get(word.text, ()):
                run = words[place : place + len(spelling.words)]
                if _is(spelling, run) and _holds(spelling, text, words, place):
                    found.append(Mention(run[0].start, run[-1].end, spelling.entity))
                    break
        return found

    def _spelled_out(self, text: str, customer_id: str) -> list[Mention]:
        entity = self._clients.get(customer_id)
        if entity is None:
            return []
        found: list[Mention] = []
        start = text.find(entity.text)
        while start >= 0:
            found.append(Mention(start, start + len(entity.text), entity))
            start = text.find(entity.text, start + 1)
        return found

    def _contact(self, item: Found) -> Mention:
        known = self._phones.get(digits_of(item.text)) if item.kind == "PHONE" else None
        if known is None:
            inside = self._names(item.text, words_of(item.text))
            clients = frozenset(key for mention in inside for key in mention.entity.clients)
            same = [m.entity for m in inside if m.entity.kind == item.kind]
            known = next(
                (entity for entity in same if entity.key == item.text.casefold()),
                Entity(item.kind, item.text.casefold(), item.text, clients),
            )
        return Mention(item.start, item.end, known)

    def _own_words(self, text: str) -> Entity:
        return Entity("WORDS", fold(text), text)

    def _add_clients(self) -> None:
        named: dict[str, list[Identity]] = {}
        for one in self.identities:
            named.setdefault(fold(one.name), []).append(one)
            self._add(one.customer_id, Entity("ID", one.customer_id, one.customer_id, _ids([one])))
        for group in named.values():
            name = group[0].name
            entity = (
                _client(group[0]) if len(group) == 1 else Entity("NAME", name, name, _ids(group))
            )
            self._add(name, entity)
            if "&" in name:
                self._add(name.replace("&", " and "), entity)
            squeezed = fold(name).replace(" ", "")
            if " " in fold(name) and len(squeezed) >= _SHORTEST_SQUEEZED:
                self._add(squeezed, entity)

    def _add_words(self) -> None:
        """Words that tell a client apart: "Brightshore" of Brightshore Metals."""
        bearers: dict[str, list[Identity]] = {}
        for one in self.identities:
            for word in dict.fromkeys(word.text for word in words_of(one.name)):
                bearers.setdefault(word, []).append(one)
        for word, group in bearers.items():
            tells = word.isalpha() and len(word) >= _SHORTEST_WORD and word not in self.common
            if tells and len(group) <= _MOST_SHARED:
                name = _written(word, group[0].name)
                entity = (
                    _client(group[0])
                    if len(group) == 1
                    else Entity("NAME", word, name, _ids(group))
                )
                self._add(word, entity)

    def _add_managers(self, managers: Sequence[str]) -> None:
        parts: dict[str, set[str]] = {}
        for name in managers:
            self._add(name, _person(name))
            for word in words_of(name):
                parts.setdefault(word.text, set()).add(name)
        for word, names in parts.items():
            if len(names) == 1 and len(word) >= _SHORTEST_WORD and word not in self.common:
                self._add(word, _person(next(iter(names))))

    def _add_contacts(self, managers: Collection[str]) -> None:
        contacts: dict[str, list[Identity]] = {}
        for one in self.identities:
            if one.contact_name:
                contacts.setdefault(one.contact_name, []).append(one)
            if one.email:
                self._add_address(one.email, _ids([one]))
            if one.phone:
                entity = Entity("PHONE", digits_of(one.phone), one.phone, _ids([one]))
                self._phones[entity.key] = entity
        for name, group in contacts.items():
            if name not in managers:
                self._add(name, _person(name, clients=_ids(group)))

    def _add_address(self, email: str, clients: frozenset[str]) -> None:
        self._add(email, Entity("EMAIL", email.casefold(), email, clients))
        domain = email.partition("@")[2]
        if domain:
            self._add(domain, Entity("LINK", domain.casefold(), domain, clients))

    def _add(self, written: str, entity: Entity) -> None:
        words = tuple(word.text for word in words_of(written))
        if not words:
            return
        spelling = _Spelling(words, entity, self._condition(words))
        known = self._index.setdefault(words[0], [])
        if all(other.words != words for other in known):
            known.append(spelling)

    def _condition(self, words: tuple[str, ...]) -> _Condition:
        if all(word.isdigit() for word in words):
            return "cue"
        return "capital" if all(word in self.common for word in words) else ""


def _client(one: Identity) -> Entity:
    return Entity("CLIENT", one.customer_id, one.name, _ids([one]))


def _person(name: str, clients: frozenset[str] = frozenset()) -> Entity:
    return Entity("PERSON", fold(name), name, clients)


def _ids(group: Sequence[Identity]) -> frozenset[str]:
    return frozenset(one.customer_id for one in group)


def _written(word: str, name: str) -> str:
    found = next(w for w in words_of(name) if w.text == word)
    return name[found.start : found.end]


def _is(spelling: _Spelling, run: Sequence[Word]) -> bool:
    if tuple(word.text for word in run) != spelling.words:
        return False
    gaps = (after.start - before.end for before, after in pairwise(run))
    return all(gap <= _LONGEST_GAP for gap in gaps)


def _holds(spelling: _Spelling, text: str, words: Sequence[Word], place: int) -> bool:
    """Whether everyday words and bare digits stand where a name or an id is meant."""
    if not spelling.condition:
        return True
    first = words[place]
    before = words[place - 1].text if place else ""
    if before in _CUES or text[first.start - 1 : first.start] == "#":
        return True
    run = words[place : place + len(spelling.words)]
    if spelling.condition == "cue" or not all(text[word.start].isupper() for word in run):
        return False
    starts_sentence = (
        not text[: first.start].rstrip() or text[: first.start].rstrip()[-1] in ".!?\n"
    )
    return len(run) > 1 or not starts_sentence
