"""The words behind the figures: what metrics, scores, rules and arguments are defined as."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool

from data.semantic_model import SemanticModel, band_words
from tools.models.rules import RuleBook

_ASKS = re.compile(
    r"\b(?:defin\w+|calculat\w+|comput\w+|formula|meaning|means?|weights?|threshold\w*|example"
    r"|work\w* out|bands?|limits?|cut-?offs?|between which|(?:from|at|in) (?:which|what) (?:health )?scores?|(?:which|what) scores?|when (?:is|does) an?|how (?:is|are|do you|does)|what (?:counts|does|makes)|rules?)\b",
    re.IGNORECASE,
)


def asks_for_definition(text: str) -> bool:
    """Whether an answer may quote the constants of definitions ("how is NRR calculated?")."""
    return _ASKS.search(text) is not None


def house_definitions(
    semantic: SemanticModel, rules: RuleBook, tools: Sequence[BaseTool]
) -> dict[str, str]:
    """Name → words of every definition of this installation."""
    return {
        **{m.name: f"{m.label}: {m.definition} {m.formula}" for m in semantic.metrics},
        **{
            name: " ".join([*_words(score), band_words(score.get("bands") or {})])
            for name, score in semantic.scores.items()
        },
        **{rule.id: f"{rule.label()} {rule.threshold} {rule.weight}" for rule in rules.rules},
        "risk_bands": " ".join(_words(rules.model_dump(exclude={"rules"}))),
        **{f"{tool.name}.{name}": text for tool in tools for name, text in _choices(tool)},
    }


def _choices(tool: BaseTool) -> Iterator[tuple[str, str]]:
    """What the arguments of a tool may be, where they are numbers."""
    properties: Mapping[str, Any] = tool.args
    for name, schema in properties.items():
        choices = [value for value in schema.get("enum", ()) if isinstance(value, int | float)]
        if choices:
            yield name, f"{name.replace('_', ' ')} {', '.join(map(str, choices))}"


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _words(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _words(inner)
    else:
        yield str(value)
