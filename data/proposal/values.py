"""How well a column's values suit a field of Aura: what names cannot tell, and what they get wrong."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale

from data.proposal.names import vocabulary
from data.quality.profile import ColumnProfile
from data.raw import ENTITIES, RawColumn

IMPOSSIBLE: Final = 0.0
_FREE_TEXT: Final = frozenset({"body", "comments", "subject"})
_LABELS: Final = frozenset({"name", "contact_name"})
_CATEGORY_VALUES = 60


@dataclass(frozen=True, slots=True)
class Fit:
    """How values suit a field.

    Attributes:
        score: 0 impossible, 1 perfect.
        reason: Why, in words; empty when nothing is worth saying.
        proves: Whether the values alone are evidence enough, whatever the name.
    """

    score: float
    reason: str = ""
    proves: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the customers elsewhere.

    Attributes:
        joins: Column to the share of its values that are ids of known customers.
    """

    joins: dict[str, float]


def fit(column: ColumnProfile, entity: str, field: str, known: Known) -> Fit:
    """Judge a column for a field of an entity."""
    spec = ENTITIES[entity].columns[field]
    if column.reading.kind == "empty":
        return Fit(0.5, "the column is empty")
    if field == ENTITIES[entity].key:
        return _key(column)
    if field == "customer_id":
        return _customer(column, known)
    if spec.allowed:
        return _allowed(column, spec)
    if spec.type != "text":
        return _typed(column, spec)
    return _text(column, field)


def _key(column: ColumnProfile) -> Fit:
    if column.reading.kind in {"date", "timestamp", "boolean"} or column.reading.mean_length > 60:
        return Fit(IMPOSSIBLE)
    if column.is_unique and not column.missing:
        return Fit(1.0, "every value is different")
    share = column.distinct_share
    if share >= 0.98:
        return Fit(0.85, f"{share:.1%} of the values are different")
    return Fit(0.35 if share > 0.02 else 0.1, "values repeat")


def _customer(column: ColumnProfile, known: Known) -> Fit:
    if column.reading.kind in {"date", "timestamp", "boolean"} or column.reading.mean_length > 60:
        return Fit(IMPOSSIBLE)
    share = known.joins.get(column.name)
    if share is None:
        return Fit(0.6)
    if share >= 0.5:
        return Fit(1.0, f"{share:.0%} of the values are ids of known customers", proves=True)
    return Fit(0.05, "the values are not ids of known customers")


def _allowed(column: ColumnProfile, spec: RawColumn) -> Fit:
    words = {value.lower() for value, _ in column.top}
    if column.distinct > len(column.top) or column.reading.kind in {"date", "timestamp"}:
        return Fit(IMPOSSIBLE)
    if words <= set(spec.allowed):
        return Fit(1.0, f"the values are {' and '.join(sorted(words))}", proves=True)
    if "churned" not in spec.allowed:
        return Fit(IMPOSSIBLE)
    gone, there = churn_words(column)
    if gone and len(gone) + len(there) == column.distinct:
        return Fit(0.95, "the values say who is gone")
    return Fit(0.6 if gone else IMPOSSIBLE, "some values say who is gone" if gone else "")


def churn_words(column: ColumnProfile) -> tuple[list[str], list[str]]:
    """The values that say gone, and those that say active; a column named "active" turns round."""
    words = vocabulary()
    gone = [value for value, _ in column.top if value.lower() in words.words("churned_words")]
    there = [value for value, _ in column.top if value.lower() in words.words("active_words")]
    turned = {"active", "retained"} & set(words.tokens(column.name))
    plain = {value.lower() for value in gone} <= {"yes", "true", "1", "y"}
    return (there, gone) if turned and plain else (gone, there)


def _typed(column: ColumnProfile, spec: RawColumn) -> Fit:
    kind = column.reading.kind
    if spec.type in {"date", "timestamp"}:
        return Fit(1.0, "dates") if kind in {"date", "timestamp"} else Fit(IMPOSSIBLE)
    if spec.type == "boolean":
        binary = kind == "boolean" or (kind == "integer" and _range(column) == (0, 1))
        return Fit(1.0, "yes or no") if binary else Fit(IMPOSSIBLE)
    if kind not in {"integer", "number"} or (spec.type == "integer" and kind != "integer"):
        return Fit(IMPOSSIBLE)
    low, high = _range(column)
    if spec.maximum is not None and (high > spec.maximum or low < (spec.minimum or 0)):
        return Fit(0.2, f"some numbers lie outside {spec.minimum:g} to {spec.maximum:g}")
    if spec.minimum is not None and column.negative:
        return Fit(0.5, "some numbers are negative")
    told = f"numbers from {low:,g} to {high:,g}"
    return Fit(1.0, told)


def _range(column: ColumnProfile) -> tuple[float, float]:
    low, high = column.minimum, column.maximum
    return (float(low), float(high)) if low is not None and high is not None else (0.0, 0.0)


def _text(column: ColumnProfile, field: str) -> Fit:
    if field in {"email", "phone"}:
        return _address(column, field)
    if column.reading.kind in {"date", "timestamp", "boolean", "number"}:
        return Fit(IMPOSSIBLE)
    if field in {"country", "currency", "gender"}:
        return _members(column, field)
    if field in _FREE_TEXT:
        free = column.reading.kind == "text" and column.reading.mean_length >= 12
        return Fit(0.9 if free else 0.3, "texts" if free else "")
    if field in _LABELS:
        label = column.reading.kind == "text" and column.distinct_share > 0.3
        return Fit(0.9 if label else 0.25, "mostly different texts" if label else "")
    return _category(column)


def _address(column: ColumnProfile, field: str) -> Fit:
    wanted = {"email": "e-mail addresses", "phone": "phone numbers"}[field]
    if column.reading.personal == wanted:
        return Fit(1.0, wanted, proves=True)
    return Fit(0.4 if field == "phone" and column.reading.kind == "integer" else IMPOSSIBLE)


def _members(column: ColumnProfile, field: str) -> Fit:
    """Whether the values are known words: countries, currencies, genders."""
    allowed, told = {
        "country": (countries(), "names or codes of countries"),
        "currency": (currencies(), "currency codes"),
        "gender": (vocabulary().words("gender_words"), "words for a gender"),
    }[field]
    words = {value.lower() for value, _ in column.top}
    share = len(words & allowed) / len(words) if words else 0.0
    if share >= 0.7:
        return Fit(1.0, told, proves=True)
    return Fit(0.3 if share > 0 else 0.1, f"few are {told}")


def _category(column: ColumnProfile) -> Fit:
    kind = column.reading.kind
    few = column.distinct <= _CATEGORY_VALUES or column.distinct_share < 0.05
    if not few:
        return Fit(0.35, f"{column.distinct:,} different values")
    return Fit(0.9 if kind == "text" else 0.5, f"{column.distinct:,} different values")


@cache
def countries() -> frozenset[str]:
    """Names and two-letter codes of countries, in lower case."""
    found = {str(code): str(text) for code, text in Locale("en").territories.items()}
    named = {text.lower() for code, text in found.items() if code.isalpha()}
    codes = {code.lower() for code in found if code.isalpha()}
    return frozenset(named | codes | {"usa", "uk", "great britain", "eire", "england"})


@cache
def currencies() -> frozenset[str]:
    """Codes of currencies, in lower case."""
    return frozenset(str(code).lower() for code in Locale("en").currencies)
