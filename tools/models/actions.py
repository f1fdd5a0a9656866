"""The next best action: the reason that weighs most, and the strategy that answers it."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.models.features import THEMES
from tools.models.rules import Band

_RANK: Final[Mapping[Band, int]] = {"low": 0, "medium": 1, "high": 2}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Play(_Part):
    """A strategy and the clients it is meant for."""

    strategy: str
    themes: tuple[str, ...] = Field(min_length=1)
    segments: tuple[str, ...] | None = None
    max_tenure_days: int | None = None
    min_risk: Band = "low"

    @model_validator(mode="after")
    def _themes_exist(self) -> Self:
        if unknown := sorted(set(self.themes) - set(THEMES)):
            msg = f"unknown themes {', '.join(unknown)}; allowed: {', '.join(THEMES)}"
            raise ValueError(msg)
        return self

    def fits(self, theme: str, client: Mapping[str, Any], risk: Band) -> bool:
        """Whether the play answers this reason for this client."""
        tenure = client.get("tenure_days")
        return (
            theme in self.themes
            and _RANK[risk] >= _RANK[self.min_risk]
            and (self.segments is None or client.get("segment") in self.segments)
            and (
                self.max_tenure_days is None
                or (tenure is not None and tenure <= self.max_tenure_days)
            )
        )


class PlayList(_Part):
    """All plays, the most specific first."""

    plays: tuple[Play, ...] = Field(min_length=1)

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """Read a list of plays."""
        return cls.model_validate(yaml.safe_load(text))


def load_default() -> PlayList:
    """Read the list that is part of the package."""
    return PlayList.from_yaml(files("tools.models").joinpath("actions.yml").read_text("utf-8"))


def next_best_action(
    plays: PlayList, themes: Sequence[str], client: Mapping[str, Any], risk: Band
) -> str | None:
    """Choose a strategy.

    Args:
        plays: What there is to choose from.
        themes: Reasons that raise the risk, strongest first.
        client: The client's features (`segment`, `tenure_days`).
        risk: Band of the churn probability.

    Returns:
        The strategy, or None when nothing needs doing or nothing fits.
    """
    for theme in themes:
        for play in plays.plays:
            if play.fits(theme, client, risk):
                return play.strategy
    return None
