"""The fields at the top of a playbook, and what is wrong with them.

A faulty field is reported and left out; the rest of the play stays usable.
"""

import difflib
import re
from datetime import date
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

_FEATURE_NAMES = """
tenure_days mrr arr seats mrr_change_90d revenue_90d revenue_decline_90d failed_payments_90d
days_since_last_login events_30d events_prev_30d events_90d avg_events_30d event_change_30d
active_days_30d features_used_30d engagement_score tickets_30d tickets_90d tickets_open
avg_resolution_hours csat_avg nps_score days_to_renewal health_score churn_prob_30d churn_prob_60d
churn_prob_90d total_revenue avg_transaction_value segment region country industry plan
contract_type
"""
FEATURES = frozenset(_FEATURE_NAMES.split())
"""Drivers a playbook may name, besides the `attr_*` columns of a source."""

EXPECTED = (
    "title",
    "drivers",
    "trigger",
    "strategy",
    "steps",
    "owner",
    "cost_per_customer",
    "expected_effect",
    "metrics",
    "reviewed",
)
"""Fields whose absence is reported."""
_ALL = re.compile(r"^(all|any|every(one)?|\*|)$", re.IGNORECASE)


def _listed(value: Any) -> Any:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _segments(value: Any) -> Any:
    names = _listed(value)
    if isinstance(names, list):
        return [name for name in names if not (isinstance(name, str) and _ALL.match(name))]
    return names


def _step(value: Any) -> Any:
    return {"action": value} if isinstance(value, str) else value


def _effect(value: Any) -> Any:
    if isinstance(value, str):
        return {"source": value}
    if isinstance(value, int | float):
        return {"low": value, "high": value}
    return value


class Step(BaseModel):
    """One step: who does what on which day after the start."""

    model_config = ConfigDict(extra="allow", frozen=True)

    action: str
    day: int | None = Field(default=None, ge=0)
    owner: str | None = None


class Effect(BaseModel):
    """Change of the 90-day retention rate among treated clients.

    Attributes:
        low: Fraction, 0.02 = two percentage points more clients kept; below 0 = harm.
        grade: How the range is known.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    low: float | None = Field(default=None, ge=-1, le=1)
    high: float | None = Field(default=None, ge=-1, le=1)
    source: str = ""
    grade: Literal["assumed", "reported", "measured"] = "assumed"

    @model_validator(mode="after")
    def _low_is_not_above_high(self) -> "Effect":
        if self.low is not None and self.high is not None and self.low > self.high:
            msg = f"low {self.low} is above high {self.high}"
            raise ValueError(msg)
        return self


Limits = tuple[float | None, float | None]
"""Lowest and highest value, both included; None = open."""
Listed = Annotated[list[str], BeforeValidator(_listed)]


class FrontMatter(BaseModel):
    """Every field is optional here: `parse` reports what is missing.

    Attributes:
        segments: Segments the play is for; empty = all.
        shown_by: Limits of the features that show the trigger, or "nothing": then the play is not
            proposed by drivers alone.
        cost_per_customer: In the base currency.
        questions: What people ask when they need this play; searched, never cited.
    """

    model_config = ConfigDict(extra="allow")

    id: str | None = None
    title: str | None = None
    drivers: Listed = Field(default_factory=list[str])
    segments: Annotated[list[str], BeforeValidator(_segments)] = Field(default_factory=list[str])
    trigger: str | None = None
    shown_by: Literal["nothing"] | dict[str, Limits] | None = None
    strategy: (
        Literal[
            "discount",
            "success_call",
            "training",
            "onboarding_help",
            "executive_sponsor",
            "contract_upgrade",
        ]
        | None
    ) = None
    steps: list[Annotated[Step, BeforeValidator(_step)]] = Field(default_factory=list[Step])
    owner: str | None = None
    cost_per_customer: float | None = Field(default=None, ge=0)
    expected_effect: Annotated[Effect, BeforeValidator(_effect)] | None = None
    metrics: Listed = Field(default_factory=list[str])
    questions: list[str] = Field(default_factory=list[str])
    reviewed: date | None = None


class FrontMatterError(Exception):
    """The block cannot be read at all.

    Args:
        line: Line within the block, from 0.
    """

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


Fault = tuple[int, str]
"""(line within the block, what is wrong)."""


def parse(block: str) -> tuple[FrontMatter, list[Fault]]:
    """Read a YAML block field by field.

    Args:
        block: The text between the two `---` lines.

    Returns:
        The usable fields, and a fault for each one that was left out, missing or doubtful.

    Raises:
        FrontMatterError: The block is no YAML mapping.
    """
    values, lines = _load(block)
    faults: list[Fault] = []
    while True:
        try:
            matter = FrontMatter.model_validate(values)
        except ValidationError as error:
            for name, message in _messages(error):
                faults.append((lines.get(name, 0), f"{name}: {message}"))
                values.pop(name, None)
        else:
            faults += [(0, f"{name}: missing") for name in EXPECTED if name not in lines]
            for field, names in _features_named(matter).items():
                faults += [(lines.get(field, 0), text) for text in _unknown(field, names)]
            return matter, sorted(faults)


def _load(block: str) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        node = yaml.compose(block, Loader=yaml.SafeLoader)
        values = yaml.safe_load(block)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise FrontMatterError(line, f"front matter is not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise FrontMatterError(0, f"front matter is not YAML: {error}") from error
    if not isinstance(node, yaml.MappingNode) or not isinstance(values, dict):
        raise FrontMatterError(0, "front matter must be `field: value` lines")
    lines = {str(key.value): key.start_mark.line for key, _ in node.value}
    return {str(key): value for key, value in values.items() if value is not None}, lines


def _messages(error: ValidationError) -> list[tuple[str, str]]:
    """One message a field, with the offending value."""
    found: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        path = ".".join(str(part) for part in detail["loc"][1:])
        where = f"{path}: " if path else ""
        found.setdefault(
            str(detail["loc"][0]), f"{where}{detail['msg']} (got {detail['input']!r:.80})"
        )
    return list(found.items())


def _features_named(matter: FrontMatter) -> dict[str, list[str]]:
    limits = matter.shown_by if isinstance(matter.shown_by, dict) else {}
    return {"drivers": matter.drivers, "shown_by": [*limits]}


def _unknown(field: str, names: list[str]) -> list[str]:
    unknown = [name for name in names if name not in FEATURES and not name.startswith("attr_")]
    return [f"{field}: {name!r} is no known feature{_hint(name)}" for name in unknown]


def _hint(driver: str) -> str:
    close = difflib.get_close_matches(driver, FEATURES, n=2)
    return f"; did you mean {' or '.join(close)}?" if close else ""
