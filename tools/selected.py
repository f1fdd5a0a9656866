"""Whose past a question is about: filters that hold for the clients who left, too."""

from collections.abc import Sequence
from typing import Final

from data.client_selection import LASTING, lacks_history
from data.query import Filter
from tools.contract import ToolContext
from tools.errors import FinalToolError
from tools.metric_sentences import filter_words
from tools.resolve import check_filters
from tools.wording import join_words

__all__ = ["check_lasting_filters", "spoken_filters"]

_PERSONAL: Final = "customer"


def check_lasting_filters(
    filters: Sequence[Filter], context: ToolContext, what: str
) -> list[Filter]:
    """Make filters canonical and keep those that a history can be cut by.

    Args:
        filters: As asked; "active" is what a history counts anyway and is dropped.
        context: Who asks.
        what: The answer that needs the history, e.g. "forecast".

    Raises:
        RetryableToolError: An unknown name or value.
        FinalToolError: A filter on what only today's clients have.
    """
    checked = [asked for asked in check_filters(filters, context) if not _is_active(asked)]
    missing = lacks_history(checked)
    if not missing:
        return checked
    labels = [context.gold.semantic.attribute(name).label for name in missing]
    lasting = [context.gold.semantic.dimension(name).label for name in sorted(LASTING)]
    raise FinalToolError(
        f"{join_words(labels)} describes clients as they are today. Those who left are missing from "
        f"such a group's past, so a {what} of it would look too good. A {what} can be narrowed by "
        f"{join_words([label.lower() for label in lasting], last='or')}."
    )


def spoken_filters(filters: Sequence[Filter], context: ToolContext) -> str:
    """The filters as a phrase, clients by name; "" without any."""
    names = context.gold.names(context.scope)

    def named(asked: Filter) -> Filter:
        if asked.dimension != _PERSONAL:
            return asked
        if isinstance(asked.value, list):
            return asked.model_copy(update={"value": [names.get(str(v), v) for v in asked.value]})
        return asked.model_copy(update={"value": names.get(str(asked.value), asked.value)})

    shown = [named(asked) for asked in filters]
    return filter_words(shown, context.gold.semantic, context.gold.build.currency)


def _is_active(asked: Filter) -> bool:
    return asked.dimension == "status" and asked.op == "=" and asked.value == "active"
