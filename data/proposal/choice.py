"""Which raw entity each file is, and which of its columns hold ids of clients."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from data.proposal.draft import Question
from data.proposal.keys import Source, ids_in, may_hold_ids, share_of_ids
from data.proposal.match import EntityMatch, match_entity
from data.proposal.values import Known
from data.raw import ENTITIES

_LEAST = -0.6
_CLOSE = 0.8
_CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a file is taken for.

    Attributes:
        source: The file.
        match: The entity with its columns; None when no entity fits.
        question: Two entities fit nearly as well.
    """

    source: Source
    match: EntityMatch | None
    question: Question | None = None

    @property
    def entity(self) -> str | None:
        """Raw entity."""
        return self.match.entity if self.match else None


def choose_entities(
    sources: Sequence[Source], known_ids: str | None, connection: duckdb.DuckDBPyConnection
) -> tuple[list[Choice], str | None]:
    """Say what every file of an export is.

    Args:
        sources: The files.
        known_ids: SELECT of the ids of customers loaded before.
        connection: To the staged files.

    Returns:
        One choice a file, and the SELECT of all customers' ids, if any are known.
    """
    first = [_ranked(source, Known({}), tuple(ENTITIES)) for source in sources]
    customers = _customer_files(sources, first)
    ids = known_ids
    for place in customers:
        key = first[place][0].column_of("customer_id")
        own = ids_in(key, sources[place]) if key else None
        ids = " UNION ALL ".join(part for part in (ids, own) if part) or None
    others = tuple(name for name in ENTITIES if name != _CUSTOMERS)
    choices: list[Choice] = []
    for place, source in enumerate(sources):
        if place in customers:
            choices.append(_choice(source, first[place]))
            continue
        known = Known(_joins(source, ids, connection) if ids else {})
        allowed = others if ids else tuple(ENTITIES)
        choices.append(_choice(source, _ranked(source, known, allowed)))
    return choices, ids


def _ranked(source: Source, known: Known, allowed: Sequence[str]) -> list[EntityMatch]:
    matches = [match_entity(source.profile, entity, known) for entity in allowed]
    return sorted(matches, key=lambda match: -_worth(source, match))


def _worth(source: Source, match: EntityMatch) -> float:
    """The score, less what makes a file of clients unlikely: the same client again and again."""
    key = match.column_of(ENTITIES[match.entity].key)
    if match.entity == _CUSTOMERS and key:
        share = source.profile.column(key).distinct_share
        return match.score - (2.5 if share < 0.5 else 0.0)
    return match.score


def _customer_files(
    sources: Sequence[Source], ranked: Sequence[Sequence[EntityMatch]]
) -> list[int]:
    """The best file of clients, and others that look the same."""
    found = [
        place
        for place, matches in enumerate(ranked)
        if matches[0].entity == _CUSTOMERS and matches[0].column_of("customer_id")
    ]
    if not found:
        return []
    best = max(found, key=lambda place: _worth(sources[place], ranked[place][0]))
    names = set(sources[best].staged.columns)
    return [
        place for place in found if place == best or set(sources[place].staged.columns) == names
    ]


def _joins(source: Source, ids: str, connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    tried = [column.name for column in source.profile.columns if may_hold_ids(column)]
    return {name: share_of_ids(name, source, ids, connection) for name in tried}


def _choice(source: Source, ranked: Sequence[EntityMatch]) -> Choice:
    best, second = ranked[0], ranked[1]
    if best.score < _LEAST or not best.matches:
        return Choice(source, None)
    if _worth(source, best) - _worth(source, second) > _CLOSE or second.score < 0:
        return Choice(source, best)
    text = f"does it hold {_words(best.entity)} or {_words(second.entity)}?"
    about = source.profile.table or source.profile.file
    return Choice(source, best, Question(about, text, _words(best.entity)))


def _words(entity: str) -> str:
    return entity.replace("_", " ")
