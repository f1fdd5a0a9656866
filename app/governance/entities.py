"""Who and what must not be named, and where a text names them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["CLIENT", "ID", "PERSON", "EMAIL", "PHONE", "LINK", "NAME", "WORDS"]
"""`NAME` is a word that several clients share; `WORDS` are a client's own words."""


class Identity(Protocol):
    """One client of the warehouse with the people beside it."""

    @property
    def customer_id(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def account_manager(self) -> str | None: ...  # noqa: D102
    @property
    def contact_name(self) -> str | None: ...  # noqa: D102
    @property
    def email(self) -> str | None: ...  # noqa: D102
    @property
    def phone(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Entity:
    """Somebody or something that must not be named.

    Attributes:
        key: What its token is made from.
        text: What its token stands for.
        clients: Ids of the clients that may be meant; none for account managers.
    """

    kind: Kind
    key: str
    text: str
    clients: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity at a place in a text."""

    start: int
    end: int
    entity: Entity


def without_overlap(found: Iterable[Mention]) -> list[Mention]:
    """Mentions in order, each place in one of them; the longest wins."""
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: (m.start, -(m.end - m.start))):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
        elif mention.end > kept[-1].end:
            kept[-1] = _wider(kept[-1], mention)
    return kept


def _wider(first: Mention, second: Mention) -> Mention:
    """Two that overlap are one: what the longer names, over the ground of both."""
    longer = max(first, second, key=lambda m: m.end - m.start)
    clients = first.entity.clients | second.entity.clients
    entity = longer.entity
    merged = Entity(entity.kind, entity.key, entity.text, clients)
    return Mention(first.start, second.end, merged)
