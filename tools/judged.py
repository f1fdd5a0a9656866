"""What the tools that judge clients share: whom they judge, and what they say when nobody is."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from tools.contract import Fact, Filter, Provenance, ToolContext, ToolResult
from tools.errors import FinalToolError
from tools.resolve import check_filters, mendable_errors, none_match, resolve_customer

__all__ = ["churn_caveat", "features_of_client", "features_of_group", "gone", "nobody"]


def features_of_client(
    text: str, context: ToolContext, lacking: str
) -> tuple[str, str, pd.DataFrame]:
    """Id, name and features of the one client that `text` means.

    Args:
        text: Id, name or misspelt name.
        context: Who asks.
        lacking: What a client who left does not have, e.g. "is no risk to explain".

    Raises:
        RetryableToolError: Several clients may be meant.
        FinalToolError: None is, or the one has left.
    """
    customer_id, name = resolve_customer(text, context)
    with mendable_errors():
        features = context.gold.features(context.scope, customer_ids=[customer_id])
    if features.empty:
        raise gone(name, lacking)
    return customer_id, name, features


def features_of_group(
    filters: Sequence[Filter], context: ToolContext
) -> tuple[list[Filter], pd.DataFrame]:
    """The filters in canonical form, and the features of the active clients that match."""
    checked = check_filters(filters, context)
    with mendable_errors():
        features = context.gold.features(context.scope, filters=checked)
    return checked, features.reset_index(drop=True)


def gone(name: str, lacking: str) -> FinalToolError:
    """The refusal to judge a client who has left."""
    return FinalToolError(
        f"{name} is no longer a client, so there {lacking}. "
        "Ask for their history with get_customer."
    )


def nobody(args: dict[str, Any], provenance: list[Provenance], context: ToolContext) -> ToolResult:
    """The answer when no client of the scope matches."""
    return ToolResult(
        summary=none_match(context.scope),
        args=args,
        facts=[Fact(name="customers", value=0, unit="count")],
        provenance=provenance,
    )


def churn_caveat(context: ToolContext) -> list[str]:
    """What an answer that rests on the churn model must add, when there is something."""
    return [context.churn.caveat] if context.churn.caveat else []
