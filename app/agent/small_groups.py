"""Which rows of a breakdown tell of so few clients that they tell of one without consent."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.governance.consent import SMALLEST_GROUP, Consent
from tools.contract import Filter, Scalar, Table

__all__ = ["Members", "SmallGroups", "dimensions_of"]

Key = tuple[str, ...]
Members = Callable[[Sequence[Filter], Sequence[str]], Mapping[str, Key] | None]
"""(filters, dimensions) → the values of these dimensions by id of each client that matches; None
where no client has such filters or dimensions."""

_CLIENT_COUNTS: Final = frozenset(
    {"customers", "new_customers", "reactivated_customers", "churned_customers"}
    | {"customers_at_risk", "renewals_due"}
)
_TIMES: Final = frozenset({"month", "quarter", "year"})
_AT_RISK: Final = Filter(dimension="churn_risk", value="high")
_ANY_STATUS: Final = Filter(dimension="status", op="in", value=["active", "churned"])


@dataclass(frozen=True, slots=True)
class SmallGroups:
    """Finds them in the table of one result.

    Attributes:
        filters: The result's filters.
        dimensions: What it is split by.
    """

    consent: Consent
    members: Members
    filters: Sequence[Filter]
    dimensions: Sequence[str]

    def hidden(self, table: Table) -> set[int]:
        """The places of the rows that may not go out.

        A group may not if it has fewer than five clients, one of them without consent, or if it
        counts so few among clients of whom one gave none. A total would give a single such group
        away, so the next smallest are hidden with it until five clients stand behind the gap.
        """
        columns = [column.name for column in table.columns]
        names = [n for n in self.dimensions if n in columns and n not in _TIMES]
        if not (names or self.filters):
            return set()
        places = [columns.index(name) for name in names]
        keys: list[Key] = [tuple(str(row[place]) for place in places) for row in table.rows]
        now = self._groups(names, [*self.filters, *_narrower(columns)])
        ever = now
        if all(one.dimension != "status" for one in self.filters):
            ever = self._groups(names, [*self.filters, _ANY_STATUS])
        few = [self._counted(columns, row) for row in table.rows]
        hidden = {
            place
            for place, key in enumerate(keys)
            if self.consent.singles_out(now.get(key, ()))
            or (few[place] and self.consent.withheld(ever.get(key, ())))
        }
        sizes = [few[place] or len(now.get(key, ())) for place, key in enumerate(keys)]
        return self._with_cover(hidden, sizes) if names else hidden

    def _groups(self, names: Sequence[str], filters: Sequence[Filter]) -> Mapping[Key, set[str]]:
        groups: dict[Key, set[str]] = defaultdict(set)
        for customer_id, key in (self.members(filters, names) or {}).items():
            groups[key].add(customer_id)
        return groups

    def _with_cover(self, hidden: set[int], sizes: Sequence[int]) -> set[int]:
        lost = sum(sizes[place] for place in hidden)
        others = sorted(set(range(len(sizes))) - hidden, key=lambda place: (sizes[place], place))
        for place in others:
            if not hidden or lost >= SMALLEST_GROUP:
                break
            hidden = {*hidden, place}
            lost += sizes[place]
        return hidden

    def _counted(self, columns: Sequence[str], row: Sequence[Scalar | None]) -> int:
        """The smallest number of clients that a row counts beside other figures, if it is small."""
        counts = [_count(row[columns.index(name)]) for name in _CLIENT_COUNTS & set(columns)]
        others = sum(isinstance(cell, int | float) for cell in row) - len(counts)
        small = [count for count in counts if 0 < count < SMALLEST_GROUP]
        return min(small) if small and others else 0


def _narrower(columns: Sequence[str]) -> list[Filter]:
    """What a figure's own definition narrows its clients to."""
    return [_AT_RISK] if any("at_risk" in name for name in columns) else []


def _count(cell: Scalar | None) -> int:
    return int(cell) if isinstance(cell, int | float) else 0


def dimensions_of(args: Mapping[str, Any]) -> list[str]:
    """What a result is split by, as its arguments say."""
    split: Iterable[Any] = args.get("dimensions") or ([args["by"]] if args.get("by") else [])
    return [str(name) for name in split]
