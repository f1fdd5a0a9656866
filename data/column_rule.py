"""What a mapping may say of one column: where its text comes from and what becomes of it.

The steps run in this order: take (`from`, `lookup`, `calculate`), `split`, `cast` or `decimal`,
`values` with `otherwise`, `before` or `after`, `default`; then the entity's own type is read,
dates by `format`.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

SNAPSHOT = "snapshot_date"
_YAML_WORDS = {True: ("true", "yes", "on"), False: ("false", "no", "off")}

Calculation = Literal["add", "subtract", "multiply", "divide"]
Combination = Literal["first", "last", "min", "max", "sum", "mean", "count"]
Unit = Literal["days", "weeks", "months", "years"]


class Rule(BaseModel):
    """A part of a mapping; an unknown key in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Lookup(Rule):
    """A value that stands in another file of the same export."""

    file: str = Field(description="Name of a CSV file beside the one being read.")
    key: str = Field(description="Column of that file to match with `from`.")
    value: str = Field(description="Column of that file to take.")
    pick: Literal["first", "last"] = "last"


class Split(Rule):
    """One part of a text that holds several."""

    by: str = Field(min_length=1, description="What stands between the parts.")
    part: int = Field(default=1, description="1 is the first part, -1 the last.")

    @field_validator("part")
    @classmethod
    def _counted_from_one(cls, value: int) -> int:
        if value == 0:
            msg = "parts are counted from 1, or from -1 at the end"
            raise ValueError(msg)
        return value


class Anchor(Rule):
    """A date that stands in the file as a code."""

    source: str = Field(alias="from", description="Column of the file.")
    values: dict[str, date] = Field(min_length=1, description="Any case to the date it means.")

    @field_validator("values", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {str(code).strip().lower(): day for code, day in value.items()}


class ColumnRule(Rule):
    """Where one canonical column comes from."""

    source: tuple[str, ...] = Field(default=(), alias="from")
    separator: str = Field(default="-", description="Between several columns joined to one text.")
    calculate: Calculation | None = Field(default=None, description="Over the `from` columns.")
    lookup: Lookup | None = None
    split: Split | None = None
    cast: Literal["integer"] | None = Field(default=None, description="13085.0 becomes 13085.")
    decimal: Literal[".", ","] | None = Field(default=None, description="$1,200.50 or 1.200,50 €.")
    values: dict[str, str] = Field(default_factory=dict, description="Any case to canonical.")
    otherwise: str | None = Field(default=None, description="For a text not among `values`.")
    before: str | Anchor | None = Field(default=None, description="`from` counts back from it.")
    after: str | Anchor | None = Field(default=None, description="`from` counts on from it.")
    unit: Unit | None = Field(default=None, description="What `from` counts.")
    negative: bool = Field(default=False, description="-5 after a date is 5 before it.")
    default: str | None = Field(default=None, description="For an empty value.")
    format: tuple[str, ...] = Field(default=(), description="strptime formats, tried in order.")
    combine: Combination = Field(default="last", description="Over rows that share a key.")

    @field_validator("source", "format", mode="before")
    @classmethod
    def _as_tuple(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("values", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            word: "" if new is None else str(new)
            for old, new in value.items()
            for word in _words(old)
        }

    @field_validator("default", "before", "after", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        return value if value is None or isinstance(value, dict | Anchor) else str(value)

    @field_validator("otherwise", mode="before")
    @classmethod
    def _text_or_empty(cls, value: Any) -> Any:
        return "" if value is None else str(value)

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        for fault in self._faults():
            raise ValueError(fault)
        return self

    def _faults(self) -> Iterator[str]:
        if self.before and self.after:
            yield "say `before` or `after`, not both"
        if (self.anchor is None) is not (self.unit is None):
            yield "a date counted from another needs `before` or `after`, and a `unit`"
        if self.negative and self.anchor is None:
            yield "`negative` needs `before` or `after`"
        if self.calculate and len(self.source) < 2:
            yield "`calculate` needs at least two columns in `from`"
        if self.lookup and len(self.source) != 1:
            yield "`lookup` needs exactly one column in `from`"
        if self.otherwise is not None and not self.values:
            yield "`otherwise` needs `values`"

    @property
    def anchor(self) -> str | None:
        """The date that `from` counts from: `snapshot_date`, a date, or a column of the file."""
        stated = self.before or self.after
        return stated.source if isinstance(stated, Anchor) else stated

    @property
    def anchor_dates(self) -> dict[str, date]:
        """Code to date, where `from` counts from a date that stands in the file as a code."""
        stated = self.before or self.after
        return stated.values if isinstance(stated, Anchor) else {}

    @property
    def is_plain(self) -> bool:
        """Whether the value is the source's own, neither rewritten nor replaced when empty."""
        told = self.model_fields_set - {"source", "combine", "separator"}
        return len(self.source) == 1 and not told


def _words(old: object) -> tuple[str, ...]:
    """The texts that a key stands for: YAML reads an unquoted Yes as true."""
    return _YAML_WORDS[old] if isinstance(old, bool) else (str(old).strip().lower(),)
