"""What may stand in a query string: conditions on clients, a period, an order."""

import math
import re
from datetime import date
from typing import Annotated, Final, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from data.query import Filter, Op, OrderBy, Period, Scalar

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]

MOST_VALUES: Final = 50
_CONDITION: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*(!=|>=|<=|=|>|<)\s*(\S.*?)\s*")
_NUMBER: Final = re.compile(r"[+-]?(nan|inf|infinity|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)", re.IGNORECASE)


def _read(text: str) -> Filter:
    found = _CONDITION.fullmatch(text)
    if found is None:
        msg = f"filter {text!r} is not NAME OPERATOR VALUE such as arr>=10000"
        raise ValueError(msg)
    name, op, value = found.groups()
    if _NUMBER.fullmatch(value) and not math.isfinite(float(value)):
        msg = f"{value!r} is not a number to compare with"
        raise ValueError(msg)
    return Filter(dimension=name, op=cast("Op", op), value=value)


def _readable(text: str) -> str:
    _read(text)
    return text


Condition = Annotated[Word, AfterValidator(_readable)]


class QueryModel(BaseModel):
    """Base of the query strings; an unknown parameter is refused by the route."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def any_of(what: str) -> list[Word]:
    """A parameter that may be repeated."""
    return Field(
        default_factory=list[Word],
        max_length=MOST_VALUES,
        description=f"{what}; repeat for any of several.",
    )


class ClientFilters(QueryModel):
    """Which clients are meant; all conditions hold."""

    segment: list[Word] = any_of("Segment, e.g. SMB")
    region: list[Word] = any_of("Region, e.g. EMEA")
    country: list[Word] = any_of("Country")
    industry: list[Word] = any_of("Industry")
    plan: list[Word] = any_of("Plan")
    account_manager: list[Word] = any_of("Account manager")
    contract_type: list[Word] = any_of("monthly, annual or multi_year")
    condition: list[Condition] = Field(
        default_factory=list[Condition],
        max_length=20,
        alias="filter",
        description="A dimension or a customer number, an operator (= != > >= < <=) and a value, "
        "e.g. `arr>=10000`; repeat for several conditions.",
    )

    def filters(self) -> list[Filter]:
        """The conditions as the tools take them."""
        named = {name: getattr(self, name) for name in _DIMENSIONS if hasattr(self, name)}
        chosen = [_one_of(name, values) for name, values in named.items() if values]
        return [*chosen, *(_read(text) for text in self.condition)]


_DIMENSIONS: Final = (
    *("customer", "segment", "region", "country", "industry", "plan", "product"),
    *("account_manager", "contract_type", "health_band", "churn_risk", "status"),
)
"""The parameters that name a dimension; not every query has all of them."""


class PeriodQuery(QueryModel):
    """A period; both of its ends are included."""

    start: date | None = Field(default=None, description="First day (YYYY-MM-DD).")
    end: date | None = Field(default=None, description="Last day (YYYY-MM-DD).")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.start is None) != (self.end is None):
            msg = "a period needs both `start` and `end`"
            raise ValueError(msg)
        self.period()
        return self

    def period(self) -> Period | None:
        """The period as the tools take it."""
        if self.start is None or self.end is None:
            return None
        return Period(start=self.start, end=self.end)


class Order(QueryModel):
    """What comes first."""

    sort: Word | None = Field(default=None, description="What to sort by, e.g. arr_at_risk.")
    descending: bool = Field(default=True, description="Whether the largest comes first.")

    def order(self) -> OrderBy | None:
        """The order as the tools take it."""
        return OrderBy(by=self.sort, descending=self.descending) if self.sort else None


def _one_of(name: str, values: list[Word]) -> Filter:
    if len(values) == 1:
        return Filter(dimension=name, op="=", value=values[0])
    several: list[Scalar] = [*dict.fromkeys(values)]
    return Filter(dimension=name, op="in", value=several)
