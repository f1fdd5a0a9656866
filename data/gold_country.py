"""Where most of the clients of a selection are."""

from collections.abc import Sequence

from data.client_selection import with_kept
from data.gold import Gold
from data.query import Filter, Scope
from data.semantic_filters import Params

__all__ = ["main_country"]


def main_country(gold: Gold, filters: Sequence[Filter], scope: Scope) -> str | None:
    """The country of more than half of the clients in scope that match; None without one.

    Args:
        gold: The reader.
        filters: Checked filters on lasting dimensions.
        scope: Whose rows may be seen.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    params = Params()
    kept = with_kept(gold.semantic, scope, filters, params, ("country",))
    sql = (
        f"{kept} SELECT country FROM kept GROUP BY country "
        "HAVING 2 * count(*) > (SELECT count(*) FROM kept)"
    )
    rows = gold.reader.rows(sql, params.values)[1]
    return rows[0][0] if rows else None
