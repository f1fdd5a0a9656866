"""The planner's own knowledge of English: `language.yml`, read once."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

HERE: Final = Path(__file__).parent


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    phrases: list[str] = Field(default_factory=list[str])


class Measure(_Entry):
    """A thing that is counted, summed or averaged.

    Attributes:
        metric: Its name as a metric of `query_metrics`, if it is one.
        metrics: Several metrics meant by one word.
        number: The column per client.
        attribute: The field on a client's card, where it is not a number.
        flow: Counted over a period, so a period is always meant.
        bad: More of it is worse.
        renewal: Looks ahead: its period is a horizon.
        condition: The condition on clients that it stands for in a list.
    """

    metric: str | None = None
    metrics: list[str] = Field(default_factory=list[str])
    number: str | None = None
    attribute: str | None = None
    flow: bool = False
    bad: bool = False
    renewal: bool = False
    condition: str | None = None

    @property
    def metric_names(self) -> list[str]:
        """All metrics meant."""
        return self.metrics or ([self.metric] if self.metric else [])


class Condition(_Entry):
    """A word that stands for filters on clients."""

    filters: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    sort: dict[str, Any] | None = None
    days_of: str | None = None
    horizon_of: str | None = None
    verb: str | None = None


class Rank(_Entry):
    """A superlative: which end comes first, and by what when that is part of the word."""

    descending: bool | None = None
    good: bool | None = None
    by: str | None = None


class Lacking(_Entry):
    """A figure that is not in the data, and what comes near."""

    near: str


class Language(BaseModel):
    """Everything in `language.yml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measures: dict[str, Measure]
    dimensions: dict[str, list[str]]
    values: dict[str, dict[str, list[str]]]
    weak_values: list[str]
    conditions: dict[str, Condition]
    strategies: dict[str, list[str]]
    playbooks: dict[str, list[str]]
    ranks: dict[str, Rank]
    cues: dict[str, list[str]]
    pronouns: dict[str, list[str]]
    negations: list[str]
    operators: dict[str, list[str]]
    formats: dict[str, list[str]]
    channels: dict[str, list[str]]
    tones: dict[str, list[str]]
    grains: dict[str, list[str]]
    contractions: dict[str, str]
    politeness: list[str]
    jargon: list[str]
    lacking: dict[str, Lacking]
    fillers: list[str]


@lru_cache(maxsize=1)
def language() -> Language:
    """Read the file, once a process."""
    raw: Mapping[str, Any] = yaml.safe_load((HERE / "language.yml").read_text(encoding="utf-8"))
    return Language.model_validate(raw)


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Everyday English words, which are neither misspelt nor names."""
    return frozenset((HERE / "common_words.txt").read_text(encoding="utf-8").split())
