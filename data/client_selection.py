"""The clients that a statement is about: row scope and filters as the relation `kept`."""

from collections.abc import Collection, Sequence
from typing import Final

from data.query import Filter, Scope
from data.semantic_filters import CATALOG, Params, condition, conjunction
from data.semantic_model import SemanticModel
from data.semantic_sources import clients

__all__ = ["LASTING", "lacks_history", "table", "with_kept"]

LASTING: Final = frozenset(
    {
        *("customer", "segment", "region", "country", "industry", "plan"),
        *("account_manager", "contract_type"),
    }
)
"""Dimensions that clients who left keep too, so that a past can be told by them."""


def lacks_history(filters: Sequence[Filter]) -> list[str]:
    """Names of what the filters ask that only today's clients have."""
    return list(dict.fromkeys(f.dimension for f in filters if f.dimension not in LASTING))


def table(name: str, schema: str = "gold") -> str:
    """A table of the attached warehouse, as SQL."""
    return f"{CATALOG}.{schema}.{name}"


def with_kept(
    model: SemanticModel,
    scope: Scope,
    filters: Sequence[Filter],
    params: Params,
    columns: Collection[str] = (),
) -> str:
    """Open a statement with `kept`: one row a client, churned ones included.

    Args:
        model: The vocabulary.
        scope: Whose rows may be seen.
        filters: Checked filters.
        params: Takes the values.
        columns: Attributes that `kept` carries besides customer_id and name.

    Returns:
        `WITH clients AS (…), kept AS (…)`, to be followed by a select or a comma.
    """
    names = {*columns, *(asked.dimension for asked in filters)}
    everyone = clients(model, scope, params, names).sql("duckdb")
    matching = conjunction([condition(asked, params) for asked in filters]).sql("duckdb")
    return f"WITH clients AS ({everyone}), kept AS (SELECT * FROM clients WHERE {matching})"
