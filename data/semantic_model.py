"""The business vocabulary: metrics, dimensions and customer numbers, loaded from `semantic.yml`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import fuzz, process

__all__ = [
    "Dimension",
    "Metric",
    "Number",
    "SemanticError",
    "SemanticModel",
    "closest",
    "load_semantic_model",
    "normalised",
]

Kind = Literal["point", "flow", "rate"]
TimeGrain = Literal["month", "quarter", "year"]
Table = Literal["customer_metrics", "customer_health_scores", "customer_products"]

SEMANTIC_FILE: Final = Path(__file__).with_name("semantic.yml")
_GOOD_GUESS = 60


class SemanticError(ValueError):
    """A question the semantic layer cannot take as asked.

    Args:
        problem: What was wrong, with the offending value.
        allowed: What would have been accepted, best guess first; empty when nothing would.
    """

    def __init__(self, problem: str, allowed: Sequence[str] = ()) -> None:
        self.problem = problem
        self.allowed = tuple(allowed)
        super().__init__(f"{problem} Allowed: {', '.join(self.allowed)}." if allowed else problem)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    synonyms: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Raw entities without which this is unknown."""

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Every way to say it, normalised."""
        return frozenset(normalised(word) for word in (self.name, self.label, *self.synonyms))


class Metric(_Entry):
    """A figure over a set of clients.

    Attributes:
        noun: What is counted, for sentences ("active clients"); the label where empty.
        kind: `point` is a state on a day, `flow` adds up over a period, `rate` is a quotient
            over a period.
        sources: SQL expression by row source of `data.semantic_sources`.
        predicted: Rests on the churn model.
        companions: Metrics that an answer on this one owes as well.
        default_months: Full months taken when a flow or rate is asked without a period.
        default_next_days: Days ahead taken instead, for what lies in the future.
    """

    noun: str = ""
    unit: str
    kind: Kind
    definition: str
    formula: str
    sources: dict[str, str] = Field(min_length=1)
    predicted: bool = False
    companions: tuple[str, ...] = ()
    default_months: int = 1
    default_next_days: int | None = None

    def explain(self) -> str:
        """The definition with its formula, as a sentence a person reads."""
        return f"{self.label}: {self.definition} Formula: {self.formula}."


class Dimension(_Entry):
    """Something to split or filter by.

    Attributes:
        column: Column of `table`; the name where empty.
        time: The grain, for a time dimension.
        changes: Known as of today only: not a key to split past months by, unless `history`
            says how to read it from the history of scores.
        value_synonyms: Other words for a value of the data.
    """

    column: str = ""
    table: Table = "customer_metrics"
    time: TimeGrain | None = None
    changes: bool = False
    history: str | None = None
    value_synonyms: dict[str, tuple[str, ...]] = Field(default_factory=dict[str, tuple[str, ...]])


class Number(_Entry):
    """A figure or date of one client, usable as a filter and as a sort key."""

    unit: str
    table: Table = "customer_metrics"
    predicted: bool = False


_E = TypeVar("_E", bound=_Entry)


class SemanticModel(BaseModel):
    """The whole vocabulary; look things up by name, label or synonym."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    formats: dict[str, str]
    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]
    numbers: tuple[Number, ...]
    scores: dict[str, dict[str, Any]]

    def metric(self, word: str) -> Metric:
        """Find a metric.

        Raises:
            SemanticError: There is none of this name; the nearest are listed.
        """
        return _find(word, self.metrics, "metric")

    def dimension(self, word: str) -> Dimension:
        """Find a dimension.

        Raises:
            SemanticError: There is none of this name; the nearest are listed.
        """
        return _find(word, self.dimensions, "dimension")

    def number(self, word: str) -> Number:
        """Find a customer number.

        Raises:
            SemanticError: There is none of this name; the nearest are listed.
        """
        return _find(word, self.numbers, "customer number")

    def attribute(self, word: str) -> Dimension | Number:
        """Find what a filter or a sort key names: a dimension or a customer number.

        An exact name wins over a label or a synonym.

        Raises:
            SemanticError: There is none of this name; the nearest are listed.
        """
        entries: tuple[Dimension | Number, ...] = (
            *(d for d in self.dimensions if d.time is None),
            *self.numbers,
        )
        return _find(word, entries, "dimension or customer number")

    @cached_property
    def time_dimensions(self) -> dict[str, TimeGrain]:
        """Grain by name of the time dimensions."""
        return {d.name: d.time for d in self.dimensions if d.time is not None}


def load_semantic_model(path: Path = SEMANTIC_FILE) -> SemanticModel:
    """Read and check the vocabulary.

    Raises:
        SemanticError: The file breaks the rules of the model; every fault is listed.
    """
    try:
        model = SemanticModel.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise SemanticError(f"{path.name} is not a semantic model: {error}") from error
    faults = [*_repeated(model), *_loose_companions(model)]
    if faults:
        raise SemanticError(f"{path.name} is not a semantic model: {' '.join(faults)}")
    return model


def normalised(word: str) -> str:
    """Lower case, punctuation as blanks: "Mid-Market" and "mid market" are one."""
    return " ".join(re.findall(r"[^\W_]+", word.casefold()))


def closest(word: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """The names that `word` may have meant, best first; empty when none is near."""
    hits = process.extract(
        normalised(word),
        list(names),
        scorer=fuzz.WRatio,
        processor=normalised,
        limit=limit,
        score_cutoff=_GOOD_GUESS,
    )
    return [name for name, _, _ in hits]


def _find(word: str, entries: Sequence[_E], what: str) -> _E:
    asked = normalised(word)
    for entry in entries:
        if entry.name == word.strip().casefold():
            return entry
    for entry in entries:
        if asked and asked in entry.spellings:
            return entry
    names = [entry.name for entry in entries]
    spelled = {spelling: entry.name for entry in entries for spelling in entry.spellings}
    guesses = list(dict.fromkeys(spelled[hit] for hit in closest(word, spelled, limit=6)))
    hint = f" Did you mean {guesses[0]}?" if guesses else ""
    rest = [name for name in names if name not in guesses]
    raise SemanticError(f"Unknown {what} {word!r}.{hint}", [*guesses, *rest])


def _repeated(model: SemanticModel) -> list[str]:
    groups: tuple[tuple[_Entry, ...], ...] = (model.metrics, (*model.dimensions, *model.numbers))
    faults: list[str] = []
    for group in groups:
        names = [entry.name for entry in group]
        faults += [f"{name!r} is defined twice." for name in set(names) if names.count(name) > 1]
    return faults


def _loose_companions(model: SemanticModel) -> list[str]:
    names = {metric.name for metric in model.metrics}
    return [
        f"companion {word!r} of {metric.name!r} is no metric."
        for metric in model.metrics
        for word in metric.companions
        if word not in names
    ]


def band_words(lowest: Mapping[str, int]) -> str:
    """Say where each band lies: “healthy 70 and more, watch 40 to 69, at risk 0 to 39”.

    Args:
        lowest: The lowest score of each band.
    """
    said: list[str] = []
    above: int | None = None
    for name, least in sorted(lowest.items(), key=lambda pair: -pair[1]):
        reach = f"{least} and more" if above is None else f"{least} to {above - 1}"
        said.append(f"{name.replace('_', ' ')} {reach}")
        above = least
    return f"Bands: {', '.join(said)}." if said else ""
