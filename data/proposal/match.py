"""One best assignment of a file's columns to the fields of an entity, each with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from data.proposal.names import vocabulary
from data.proposal.values import Known, fit
from data.quality.profile import ColumnProfile, FileProfile
from data.raw import ENTITIES

_ACCEPTED = 0.62
_NAME_WEIGHT = 0.72
_PROVEN = 0.72
_CLOSE = 0.07


@dataclass(frozen=True, slots=True)
class Match:
    """A column and the field that it is taken for.

    Attributes:
        column: Column of the file.
        field: Field of the entity.
        confidence: 0-1.
        reason: Why, in words.
        rivals: Other columns that could as well be this field.
    """

    column: str
    field: str
    confidence: float
    reason: str
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityMatch:
    """A file read as an entity.

    Attributes:
        entity: Raw entity.
        matches: One a field.
        score: How well the file suits the entity; comparable between entities.
    """

    entity: str
    matches: tuple[Match, ...]
    score: float

    def column_of(self, field: str) -> str | None:
        """The column taken for a field."""
        return next((match.column for match in self.matches if match.field == field), None)

    @property
    def taken(self) -> set[str]:
        """Columns that a field takes."""
        return {match.column for match in self.matches}


def match_entity(
    profile: FileProfile, entity: str, known: Known, *, without: frozenset[str] = frozenset()
) -> EntityMatch:
    """Assign columns to the fields of one entity, so that no two take the same field.

    Args:
        profile: The file.
        entity: Raw entity.
        known: Which columns hold ids of known customers.
        without: Columns that stand for something else already.
    """
    columns = [column for column in profile.columns if column.name not in without]
    fields = list(ENTITIES[entity].columns)
    judged = [[_judge(column, entity, field, known) for field in fields] for column in columns]
    scores = np.array([[score for score, _ in row] for row in judged]).reshape(
        len(columns), len(fields)
    )
    worth = np.where(scores >= _ACCEPTED, scores, 0.0)
    matches: list[Match] = []
    pairs = [
        (int(row), int(place))
        for row, place in zip(*linear_sum_assignment(-worth), strict=True)
        if worth[row, place] > 0
    ]
    taken = {row for row, _ in pairs}
    for row, place in pairs:
        rivals = _rivals(scores[:, place], row, columns, taken)
        score, reason = judged[row][place]
        matches.append(Match(columns[row].name, fields[place], score, reason, rivals))
    matches.sort(key=lambda match: fields.index(match.field))
    return EntityMatch(entity, tuple(matches), _suits(profile.file, entity, matches))


def _judge(column: ColumnProfile, entity: str, field: str, known: Known) -> tuple[float, str]:
    name = vocabulary().likeness(column.name, entity, field)
    if column.name.lower() == field:
        name = 1.0
    value = fit(column, entity, field, known)
    if value.score == 0:
        return 0.0, ""
    score = _NAME_WEIGHT * name + (1 - _NAME_WEIGHT) * value.score
    if value.proves:
        score = max(score, _PROVEN + (1 - _PROVEN) * name)
    if not name and not value.proves:
        score = 0.0
    told = ["named alike" if name >= 0.95 else "named much alike" if name >= 0.7 else ""]
    return score, "; ".join(part for part in (*told, value.reason) if part)


def _rivals(
    scores: np.ndarray, row: int, columns: Sequence[ColumnProfile], taken: set[int]
) -> tuple[str, ...]:
    close = np.flatnonzero(scores >= max(scores[row] - _CLOSE, _ACCEPTED)).tolist()
    return tuple(columns[one].name for one in close if one != row and one not in taken)


def _suits(file: str, entity: str, matches: Sequence[Match]) -> float:
    """Evidence for an entity: its fields found, its required fields missing, the file's name."""
    spec = ENTITIES[entity]
    found = {match.field: match.confidence for match in matches}
    score = 2.0 * vocabulary().entity_named_by(file)[entity]
    for field, column in spec.columns.items():
        own = sum(field in other.columns for other in ENTITIES.values()) == 1
        weight = 1.0 if column.required or field == spec.key else 0.6 if own else 0.3
        score += weight * found.get(field, 0.0)
        if column.required and field not in found:
            score -= 0.5 if field == spec.key else 1.0
    return score
