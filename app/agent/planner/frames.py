"""Frame specifications: which slots each tool has, read from `frames.yml`."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from app.agent.planner.language import HERE


class FrameSpec(BaseModel):
    """How a tool's arguments are filled; the keys are explained in `frames.yml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intents: list[str]
    slots: dict[str, str]
    cues: list[str] = Field(default_factory=list[str])
    target: Literal["customer", "filters", "either", "none"] = "none"
    needs: list[str] = Field(default_factory=list[str])
    unless: list[str] = Field(default_factory=list[str])
    ask: dict[str, str] = Field(default_factory=dict[str, str])
    alone: list[str] = Field(default_factory=list[str])
    carry: list[str] = Field(default_factory=list[str])
    defaults: dict[str, Any] = Field(default_factory=dict[str, Any])
    confirm: bool = False
    name: str
    instead: str


@lru_cache(maxsize=1)
def frame_specs() -> Mapping[str, FrameSpec]:
    """Specifications by tool."""
    raw = yaml.safe_load((HERE / "frames.yml").read_text(encoding="utf-8"))
    return {tool: FrameSpec.model_validate(spec) for tool, spec in raw.items()}


@lru_cache(maxsize=1)
def tool_of_intent() -> Mapping[str, str]:
    """The tool that serves each intent."""
    return {intent: tool for tool, spec in frame_specs().items() for intent in spec.intents}
