"""Which strategy suits which client: reasons first, then the expected net value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tools.candidates import clients_of
from tools.contract import Playbook
from tools.models.frames import Floats, is_unknown, numbers
from tools.strategies import spoken
from tools.strategy_evidence import Evidence

__all__ = ["NO_REPEAT_DAYS", "Barred", "Choice", "Client", "best_book", "choose", "fits"]

NO_REPEAT_DAYS: Final = 60
"""A client is not treated alike twice within so many days."""
FITTING_SHARE: Final = 0.1
"""A play fits when its drivers carry this share of what raises the risk."""

LEAST_SAVED: Final = 0.01
"""A smaller chance of keeping a client is not worth anybody's call."""

Touched = Mapping[str, Sequence[tuple[str, str, date, bool]]]


@dataclass(frozen=True, slots=True)
class Client:
    """What a choice needs to know of a client beside the candidate's row.

    Attributes:
        pushes: Feature → what it adds to the risk (log-odds), only where it raises it.
        fired: Features of the risk rules that fire.
        features: All features by name.
    """

    customer_id: str
    segment: str | None
    pushes: Mapping[str, float]
    fired: frozenset[str]
    features: Mapping[str, Any]

    @classmethod
    def of(
        cls, row: Mapping[str, Any], pushes: Mapping[str, float], fired: Sequence[str]
    ) -> "Client":
        """From a client's features, what each adds to the risk and those of the fired rules."""
        raising = {name: push for name, push in pushes.items() if push > 0}
        segment = row.get("segment")
        known = segment if isinstance(segment, str) else None
        return cls(str(row["customer_id"]), known, raising, frozenset(fired), row)


@dataclass(frozen=True, slots=True)
class Barred:
    """A strategy that suits and is left out, and why."""

    strategy: str
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Strategies for a client, the best first; none when nothing pays.

    Attributes:
        saved: Probability, by strategy, that it keeps a client who would leave.
        net_usd: Expected ARR saved less the cost, by strategy; empty when the client has no ARR.
        ranked: Strategies that may be used, by expected net value, or without ARR by what they
            save; those with a fitting play first, then measured before assumed.
        barred: Those left out.
        fitting: Strategies with a play that fits.
    """

    saved: Mapping[str, float]
    net_usd: Mapping[str, float]
    ranked: tuple[str, ...]
    barred: tuple[Barred, ...] = ()
    fitting: frozenset[str] = frozenset()

    @property
    def best(self) -> str | None:
        """The strategy to use, when one pays; without ARR, when one answers the reasons."""
        return next(
            (n for n in self.ranked if self._pays(n) and self.saved[n] >= LEAST_SAVED), None
        )

    @property
    def runner_up(self) -> str | None:
        """The next in rank that pays; the next at all when none does."""
        others = [name for name in self.ranked if name != self.best]
        paying = [name for name in others if self._pays(name)]
        return next(iter(paying or others), None)

    @property
    def is_valued(self) -> bool:
        """Whether the client has an ARR, without which nothing has a net value."""
        return bool(self.net_usd)

    def _pays(self, name: str) -> bool:
        return self.net_usd[name] > 0 if self.is_valued else name in self.fitting


def choose(
    rows: pd.DataFrame, clients: Sequence[Client], evidence: Sequence[Evidence], touched: Touched
) -> list[Choice]:
    """Choose for each client, as if nobody else was looked at.

    Args:
        rows: Candidates, see `data.gold_interventions.read_candidates`.
        clients: Their reasons, in the same order.
        evidence: What is known of each strategy.
        touched: What was done lately, see `data.gold_interventions.read_touched`.
    """
    saved: dict[str, Floats] = {}
    net: dict[str, Floats] = {}
    covered: dict[str, NDArray[np.bool_]] = {}
    for each in evidence:
        arrays = clients_of(rows, each)
        kept = each.effect.saved_each(arrays)
        saved[each.strategy] = kept
        net[each.strategy] = kept * arrays.value_usd - each.costs.of(arrays.value_usd)
        covered[each.strategy] = each.covers(rows)
    valued = numbers(rows, "arr") > 0
    choices: list[Choice] = []
    for position, client in enumerate(clients):
        open_to = [each for each in evidence if covered[each.strategy][position]]
        fitting = {each.strategy for each in open_to if best_book(each, client)}
        barred = _barred(open_to, client, touched)
        out = {each.strategy for each in barred}
        keeps = {name: float(values[position]) for name, values in saved.items()}
        worth = {name: float(values[position]) for name, values in net.items() if valued[position]}
        rank = {
            each.strategy: (
                each.strategy not in fitting,
                each.grade != "measured",
                -(worth or keeps)[each.strategy],
            )
            for each in open_to
            if each.strategy not in out
        }
        choices.append(
            Choice(
                saved=keeps,
                net_usd=worth,
                ranked=tuple(sorted(rank, key=lambda name: rank[name])),
                barred=tuple(each for each in barred if each.strategy in fitting or not fitting),
                fitting=frozenset(fitting),
            )
        )
    return choices


def fits(book: Playbook, client: Client) -> bool:
    """Whether a play is for this segment, its trigger shows and it answers what raises the risk."""
    segments = book.front_matter.get("segments") or ()
    if client.segment and segments and client.segment not in segments:
        return False
    if not _shows(book, client):
        return False
    return _share(book, client) >= FITTING_SHARE or bool(client.fired & _drivers(book))


def best_book(evidence: Evidence, client: Client) -> Playbook | None:
    """The strategy's play that fits and answers most of what raises the risk."""
    return max(
        (book for book in evidence.books if fits(book, client)),
        key=lambda book: (_share(book, client), book.playbook_id),
        default=None,
    )


def _barred(evidence: Sequence[Evidence], client: Client, touched: Touched) -> tuple[Barred, ...]:
    names = {each.strategy for each in evidence}
    barred: list[Barred] = []
    for strategy, arm, when, is_open in touched.get(client.customer_id, ()):
        if strategy not in names:
            continue
        day = f"{when.day} {when:%b %Y}"
        name = spoken(strategy)
        if arm == "treatment":
            barred.append(
                Barred(
                    strategy, f"{name} was done on {day} (no repeat within {NO_REPEAT_DAYS} days)"
                )
            )
        elif is_open:
            barred.append(
                Barred(strategy, f"they are in the control group of a test of {name} since {day}")
            )
    return tuple(barred)


def _shows(book: Playbook, client: Client) -> bool:
    """Whether the data show the play's trigger; one without limits is shown by its drivers."""
    shown_by = book.front_matter.get("shown_by")
    if shown_by is None:
        return True
    if shown_by == "nothing":
        return False
    return all(_is_within(client.features.get(name), *ends) for name, ends in shown_by.items())


def _is_within(value: object, low: float | None, high: float | None) -> bool:
    if is_unknown(value):
        return False
    known = float(str(value))
    return (low is None or known >= low) and (high is None or known <= high)


def _share(book: Playbook, client: Client) -> float:
    total = sum(client.pushes.values())
    answered = sum(client.pushes.get(name, 0.0) for name in _drivers(book))
    return answered / total if total else 0.0


def _drivers(book: Playbook) -> frozenset[str]:
    return frozenset(book.front_matter.get("drivers") or ())
