"""Scores a library on labelled questions: recall, mean reciprocal rank, silence where due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from knowledge.playbook import Passage

_CITED = 3


class Question(BaseModel):
    """One labelled question.

    Attributes:
        relevant: Any of these playbooks answers it; empty: none does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    question: str
    relevant: tuple[str, ...]


class Searches(Protocol):
    """What is scored."""

    def search(
        self, query: str, *, segment: str | None = None, driver: str | None = None, limit: int = 3
    ) -> list[Passage]:
        """Passages, best first."""
        ...


@dataclass(frozen=True, slots=True)
class RetrievalScore:
    """How well questions find their playbooks.

    Attributes:
        recall_at_3: Share of answerable questions with a right playbook among the first three.
        mrr: Mean reciprocal rank of the first right playbook.
        silent: Share of unanswerable questions that got no passage.
        abstention_f1: Harmonic mean of precision and recall of staying silent.
        missed: Ids of answerable questions without a right playbook.
        answered: Ids of unanswerable questions that got a passage.
    """

    answerable: int
    unanswerable: int
    recall_at_3: float
    mrr: float
    silent: float
    abstention_f1: float
    missed: tuple[str, ...]
    answered: tuple[str, ...]


def load_questions(path: Path) -> list[Question]:
    """Read a file of labelled questions."""
    return TypeAdapter(list[Question]).validate_python(yaml.safe_load(path.read_text("utf-8")))


def score(library: Searches, questions: Iterable[Question]) -> RetrievalScore:
    """Ask every question once, three passages each."""
    ranks: dict[str, float] = {}
    answered: dict[str, bool] = {}
    silenced = 0
    for question in questions:
        found = library.search(question.question, limit=_CITED)
        if question.relevant:
            ranks[question.id] = _reciprocal_rank(found, question.relevant)
            silenced += not found
        else:
            answered[question.id] = bool(found)
    rightly = sum(not spoke for spoke in answered.values())
    return RetrievalScore(
        answerable=len(ranks),
        unanswerable=len(answered),
        recall_at_3=_share(rank > 0 for rank in ranks.values()),
        mrr=_share(ranks.values()),
        silent=_share(not spoke for spoke in answered.values()),
        abstention_f1=2 * rightly / max(1, rightly + silenced + len(answered)),
        missed=tuple(name for name, rank in ranks.items() if rank == 0),
        answered=tuple(name for name, spoke in answered.items() if spoke),
    )


def _reciprocal_rank(found: Sequence[Passage], relevant: Sequence[str]) -> float:
    books = list(dict.fromkeys(passage.playbook_id for passage in found))
    return next((1 / rank for rank, book in enumerate(books, 1) if book in relevant), 0.0)


def _share(values: Iterable[float]) -> float:
    counted = list(values)
    return sum(counted) / len(counted) if counted else 0.0
