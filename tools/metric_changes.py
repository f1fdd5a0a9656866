"""Why a key figure changed: its movements, its groups, its clients, over two periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import pandas as pd

from data.gold_changes import read_changes
from data.periods import describe
from data.query import Filter
from data.semantic_model import Metric
from tools.change_span import Span
from tools.contract import ToolContext
from tools.errors import FinalToolError, RetryableToolError
from tools.metric_parts import PARTS, Flow, Level, Part, Ratio
from tools.models.decomposition import MixRate, mix_and_rate, surprise
from tools.models.frames import Floats, numbers
from tools.resolve import mendable_errors

__all__ = ["BY_CLIENT", "Change", "Group", "part_of", "take_apart"]

BY_CLIENT: Final = "customer"
_TRIED: Final = ("segment", "region", "plan", "contract_type", "industry")
"""The splits among which the most telling one is looked for, the plainer ones first."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group's part of a change; `moves` are signed and stand in the order of the movements."""

    name: str
    before: float
    now: float
    change: float
    moves: tuple[float, ...] = ()
    mix: float = 0.0
    rate: float = 0.0
    weight_before: float = 0.0
    weight_now: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """A change taken apart.

    Attributes:
        split: What the groups are by.
        chosen: Whether the split was looked for, because none was asked.
        groups: The largest parts first.
        moves: Signed totals of the movements.
        movers: Clients behind each movement.
        clients: Clients with the largest parts, losses first; none for quotients.
        responses: What the quotient's denominators count, before and now.
    """

    metric: Metric
    part: Part
    span: Span
    before: float
    now: float
    split: str
    chosen: bool
    groups: tuple[Group, ...]
    moves: tuple[float, ...]
    movers: tuple[int, ...]
    clients: tuple[tuple[str, float], ...]
    responses: tuple[float, float]

    @property
    def change(self) -> float:
        """Now minus before."""
        return self.now - self.before


def part_of(metric: Metric, context: ToolContext) -> Part:
    """How a metric is taken apart.

    Raises:
        RetryableToolError: It cannot be; those that can are listed.
        FinalToolError: Its data are absent.
    """
    part = PARTS.get(metric.name)
    if part is None:
        raise RetryableToolError(f"A change of {metric.label} cannot be taken apart.", list(PARTS))
    absent = [entity for entity in metric.needs if entity in context.gold.build.absent]
    if absent:
        missing = " and ".join(entity.replace("_", " ") for entity in absent)
        raise FinalToolError(f"This data set has no {missing}, so {metric.label} is unknown.")
    if _needs_mrr(part) and not context.gold.has_values("mrr"):
        raise FinalToolError(
            f"This data set has no recurring revenue, so {metric.label} is unknown."
        )
    return part


def take_apart(
    metric: Metric,
    part: Part,
    split: str | None,
    span: Span,
    filters: Sequence[Filter],
    context: ToolContext,
) -> Change | None:
    """Divide a change among movements, groups and clients.

    Returns:
        The change; None when no client matches.

    Raises:
        FinalToolError: A quotient has nothing to be divided by.
    """
    with mendable_errors():
        periods = [span.bridge] if isinstance(part, Level) else [span.before, span.now]
        frames = [read_changes(context.gold, filters, context.scope, each) for each in periods]
    if all(frame.empty for frame in frames):
        return None
    before, now = (frames[0], frames[0]) if isinstance(part, Level) else (frames[0], frames[1])
    pair = _Pair(metric, part, span, before, now)
    chosen = split or pair.most_telling()
    groups = sorted(pair.groups(chosen), key=lambda group: (-abs(group.change), group.name))
    moves, movers = pair.movements()
    whole_before, whole_now = pair.whole()
    return Change(
        metric=metric,
        part=part,
        span=span,
        before=whole_before,
        now=whole_now,
        split=chosen,
        chosen=split is None,
        groups=tuple(groups),
        moves=moves,
        movers=movers,
        clients=() if isinstance(part, Ratio) else pair.clients(),
        responses=pair.responses(),
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    """The clients of both periods, and the sums taken over them."""

    metric: Metric
    part: Part
    span: Span
    before: pd.DataFrame
    now: pd.DataFrame

    def whole(self) -> tuple[float, float]:
        """The figure in both periods."""
        if isinstance(self.part, Ratio):
            _, parts = self._mix_rate("segment", self.part)
            return self.part.scale * parts.before, self.part.scale * parts.now
        before, now = self._sums(None)
        return float(before.sum()), float(now.sum())

    def groups(self, split: str) -> list[Group]:
        """Each group's part."""
        if isinstance(self.part, Ratio):
            return self._ratio_groups(split, self.part)
        names, before, now = self._both(split)
        moves = self._moves(split, names)
        return [
            Group(name, float(one), float(two), float(two - one), tuple(map(float, move)))
            for name, one, two, move in zip(names, before, now, moves, strict=True)
        ]

    def most_telling(self) -> str:
        """The split in which one group departs furthest from its share of the change."""
        usable = [name for name in _TRIED if self._values(name) > 1]
        return max(usable, key=self._surprise, default=_TRIED[0])

    def movements(self) -> tuple[tuple[float, ...], tuple[int, ...]]:
        """Signed totals of a level's movements, and the clients behind each."""
        if not isinstance(self.part, Level):
            return (), ()
        columns = [numbers(self.now, move.column) for move in self.part.movements]
        totals = tuple(
            move.sign * self.part.scale * float(values.sum()) + 0.0
            for move, values in zip(self.part.movements, columns, strict=True)
        )
        return totals, tuple(int((values > 0).sum()) for values in columns)

    def clients(self) -> tuple[tuple[str, float], ...]:
        """Clients with a part of their own, from the largest loss to the largest gain."""
        parts = [(each.name, each.change) for each in self.groups(BY_CLIENT) if each.change]
        return tuple(sorted(parts, key=lambda each: (each[1], each[0])))

    def responses(self) -> tuple[float, float]:
        """Sums of a quotient's denominator."""
        if not isinstance(self.part, Ratio):
            return 0.0, 0.0
        name = self.part.denominator
        return float(numbers(self.before, name).sum()), float(numbers(self.now, name).sum())

    def _values(self, split: str) -> int:
        return len({*self.before[split], *self.now[split]})

    def _surprise(self, split: str) -> float:
        if isinstance(self.part, Ratio):
            _, parts = self._mix_rate(split, self.part)
            return surprise(parts.change, (parts.weight_before + parts.weight_now) / 2)
        _, before, now = self._both(split)
        size = np.abs(before) + np.abs(now)
        whole = float(size.sum())
        return surprise(now - before, size / whole if whole else np.zeros_like(size))

    def _ratio_groups(self, split: str, part: Ratio) -> list[Group]:
        names, parts = self._mix_rate(split, part)
        return [
            Group(
                name=name,
                before=part.scale * float(parts.own_before[place]),
                now=part.scale * float(parts.own_now[place]),
                change=part.scale * float(parts.change[place]),
                mix=part.scale * float(parts.mix[place]),
                rate=part.scale * float(parts.rate[place]),
                weight_before=float(parts.weight_before[place]),
                weight_now=float(parts.weight_now[place]),
            )
            for place, name in enumerate(names)
        ]

    def _mix_rate(self, split: str, part: Ratio) -> tuple[list[str], MixRate]:
        columns = [*dict.fromkeys([*part.numerator, part.denominator])]
        one, two = (_by(frame, split, columns) for frame in (self.before, self.now))
        names = sorted({str(name) for name in (*one.index, *two.index)})
        one, two = one.reindex(names, fill_value=0.0), two.reindex(names, fill_value=0.0)
        for frame, period in ((one, self.span.before), (two, self.span.now)):
            if float(numbers(frame, part.denominator).sum()) <= 0:
                raise FinalToolError(
                    f"{self.metric.label} has no value for {describe(period)} here, so there is no "
                    "change to explain."
                )
        return names, mix_and_rate(
            _weighted(one, part.numerator),
            numbers(one, part.denominator),
            _weighted(two, part.numerator),
            numbers(two, part.denominator),
        )

    def _both(self, split: str) -> tuple[list[str], Floats, Floats]:
        before, now = self._sums(split)
        names = sorted({str(name) for name in (*before.index, *now.index)})
        one, two = (side.reindex(names, fill_value=0.0).to_numpy(float) for side in (before, now))
        return names, one, two

    def _sums(self, split: str | None) -> tuple[pd.Series, pd.Series]:
        """The figure by group (by client id without a split) in both periods."""
        part = self.part
        if isinstance(part, Level):
            sides = ({part.opening: part.scale}, {part.closing: part.scale})
        elif isinstance(part, Flow):
            sides = (part.weights, part.weights)
        else:
            raise TypeError("a quotient is no sum")
        sums: list[pd.Series] = []
        for frame, weights in zip((self.before, self.now), sides, strict=True):
            grouped = _by(frame, split or "customer_id", list(weights))
            sums.append(pd.Series(_weighted(grouped, weights), index=grouped.index))
        return sums[0], sums[1]

    def _moves(self, split: str, names: Sequence[str]) -> list[list[float]]:
        if not isinstance(self.part, Level):
            return [[] for _ in names]
        part = self.part
        sums = _by(self.now, split, [move.column for move in part.movements]).reindex(names)
        # adding 0 makes a plain zero of a negative one
        signed = [
            move.sign * part.scale * numbers(sums, move.column) + 0.0 for move in part.movements
        ]
        return np.array(signed).T.tolist()


def _by(frame: pd.DataFrame, split: str, columns: Sequence[str]) -> pd.DataFrame:
    """Sums of some columns by group; clients by name, of one name together."""
    key = "name" if split == BY_CLIENT else split
    return cast("pd.DataFrame", frame.groupby(key, sort=True)[list(columns)].sum())


def _weighted(frame: pd.DataFrame, weights: Mapping[str, float]) -> Floats:
    terms = [weight * numbers(frame, name) for name, weight in weights.items()]
    return np.sum(terms, axis=0)


def _needs_mrr(part: Part) -> bool:
    if isinstance(part, Level):
        columns = [part.opening]
    elif isinstance(part, Flow):
        columns = list(part.weights)
    else:
        columns = [*part.numerator, part.denominator]
    return any("mrr" in name for name in columns)
