"""What a person wrote, made canonical: client names, filter values, and errors made mendable."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Final

from data.gold import UNASSIGNED, GoldError
from data.query import Filter, Scalar, Scope
from data.semantic_filters import checked_filter
from data.semantic_model import Dimension, SemanticError, closest, normalised
from tools.contract import ToolContext
from tools.errors import FinalToolError, RetryableToolError, UnknownClient

__all__ = [
    "check_filters",
    "mendable_errors",
    "never_filled",
    "none_match",
    "picture_note",
    "resolve_customer",
]

_SURE: Final = 85
"""A likeness (0-100) that leaves no doubt which client is meant."""
_MARGIN: Final = 8
_MAYBE: Final = 62
_PERSONAL: Final = frozenset({"account_manager"})
"""Dimensions whose values outside the user's scope are not told."""


@contextmanager
def mendable_errors() -> Generator[None]:
    """Turn errors of the data layer into those a tool may raise.

    Raises:
        RetryableToolError: A name or value can be mended.
        FinalToolError: The data cannot answer.
    """
    try:
        yield
    except SemanticError as error:
        if error.allowed:
            raise RetryableToolError(error.problem, error.allowed) from error
        raise FinalToolError(error.problem) from error
    except GoldError as error:
        raise FinalToolError(str(error)) from error


def resolve_customer(text: str, context: ToolContext) -> tuple[str, str]:
    """The one client that `text` means, by id, name or misspelt name.

    Returns:
        The customer id and the client's name.

    Raises:
        RetryableToolError: Several clients may be meant; they are listed.
        UnknownClient: None of the clients in scope is meant.
    """
    with mendable_errors():
        matches = context.gold.find_customers(text, context.scope, limit=5)
    exact = [match for match in matches if match.exact]
    if len(exact) == 1:
        return exact[0].customer_id, exact[0].name
    near = [match for match in matches if match.score >= _MAYBE]
    if not near:
        raise UnknownClient(
            f"No client called {text!r} among the clients you can see. "
            "Check the spelling, or ask for a list of your clients."
        )
    best = near[0]
    rivals = [match for match in near if best.score - match.score < _MARGIN]
    if best.score >= _SURE and len(rivals) == 1:
        return best.customer_id, best.name
    names = [match.name for match in (rivals if best.score >= _SURE else near)]
    if best.score >= _SURE:
        raise RetryableToolError(f"{text!r} may be one of several clients.", names)
    raise RetryableToolError(
        f"No client called {text!r} among the clients you can see. Did you mean {names[0]}?", names
    )


def check_filters(filters: Sequence[Filter], context: ToolContext) -> list[Filter]:
    """Bring filters to canonical names, ids and values in their true case.

    Raises:
        RetryableToolError: An unknown name or value; the nearest are listed.
        FinalToolError: A client that is not among those in scope.
    """
    return [_checked(asked, context) for asked in filters]


def none_match(scope: Scope, where: str = "") -> str:
    """How an empty result is said: what a scope hides is not "none exist".

    Args:
        scope: What the person may see.
        where: The filters as a phrase.
    """
    among = "" if scope.is_full else " in your scope"
    return f"No clients{among} match: 0 clients{f' ({where})' if where else ''}."


def picture_note(context: ToolContext) -> list[str]:
    """A sentence for a source that shows one day: its past is that of those who are in it."""
    day = context.gold.build.picture_date
    if day is None:
        return []
    note = (
        f"This data set is a picture of {day.day} {day:%B %Y}: clients who left earlier are not in "
        "it, so its past looks better than it was."
    )
    return [note]


def never_filled(names: Iterable[str], context: ToolContext) -> list[str]:
    """A sentence for each attribute that no client of the data set has a value of."""
    labels = [
        context.gold.semantic.attribute(name).label
        for name in dict.fromkeys(names)
        if not context.gold.has_values(name)
    ]
    return [f"{label} is not filled for any client of this data set." for label in labels]


def _checked(asked: Filter, context: ToolContext) -> Filter:
    with mendable_errors():
        asked = checked_filter(asked, context.gold.semantic)
        attribute = context.gold.semantic.attribute(asked.dimension)
    if not isinstance(attribute, Dimension):
        return asked
    values = asked.value if isinstance(asked.value, list) else [asked.value]
    found: list[Scalar] = [_value(str(value), attribute, context) for value in values]
    value = found if isinstance(asked.value, list) else found[0]
    return Filter(dimension=asked.dimension, op=asked.op, value=value)


def _value(word: str, dimension: Dimension, context: ToolContext) -> str:
    if dimension.name == "customer":
        return resolve_customer(word, context)[0]
    scope = context.scope if dimension.name in _PERSONAL else Scope()
    with mendable_errors():
        known = context.gold.values(dimension.name, scope)
    known = list(dict.fromkeys([*known, *dimension.value_synonyms, UNASSIGNED]))
    spelled = {normalised(value): value for value in known}
    for value, others in dimension.value_synonyms.items():
        for other in others:
            spelled.setdefault(normalised(other), value)
    found = spelled.get(normalised(word))
    if found is not None:
        return found
    guesses = list(dict.fromkeys(spelled[hit] for hit in closest(word, spelled)))
    hint = f" Did you mean {guesses[0]}?" if guesses else ""
    raise RetryableToolError(
        f"No {dimension.label.casefold()} {word!r} among the clients you can see.{hint}",
        [*guesses, *(value for value in known if value not in guesses)],
    )
