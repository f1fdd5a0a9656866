"""What was done for clients, and how they stood before it and 30, 60 and 90 days after."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from data.gold_followup import ClientState, read_actions, read_states
from tools.contract import Period, ToolContext
from tools.models.alerts import FOLLOW_UP_DAYS
from tools.resolve import mendable_errors

__all__ = ["Deed", "Outcome", "look_back"]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done for a client, or, in the control group of a test, deliberately not done.

    Attributes:
        note: What the person who logged it wrote; "" for none.
        is_logged: Written down here; else it is in the source's data.
        is_held_back: The control group of a test: nothing was done.
        is_test: Chance chose the client.
    """

    id: str
    customer_id: str
    strategy: str
    day: date
    note: str
    is_logged: bool
    is_held_back: bool
    is_test: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """A deed with the client's state before it and since.

    Attributes:
        before: On the day itself; None when that is after the last day of the data.
        after: By days since, `FOLLOW_UP_DAYS` first and then today's while the last mark is ahead.
    """

    deed: Deed
    before: ClientState | None
    after: Mapping[int, ClientState]

    @property
    def latest(self) -> tuple[int, ClientState] | None:
        """The last look: days since, and the state."""
        return max(self.after.items()) if self.after else None


def look_back(
    context: ToolContext,
    *,
    customer_id: str | None,
    strategy: str | None,
    period: Period | None,
    limit: int,
) -> tuple[list[Outcome], int]:
    """Find what was done for the clients in scope, with what became of them.

    Args:
        context: Who asks, and where the data and the log are.
        customer_id: Only this client; None for all in scope.
        strategy: Only this one, by its canonical name.
        period: Only what was done on these days.
        limit: So many of the latest.

    Returns:
        The latest first, and how many there are in all.
    """
    with mendable_errors():
        recorded = read_actions(context.gold, context.scope, customer_id=customer_id, period=period)
        seen = context.gold.names(context.scope)
    logged = context.actions.past(customer_id=customer_id) if context.actions else []
    start, end = _days(period, context)
    by_id = {
        each.action_id: Deed(
            id=each.action_id,
            customer_id=each.customer_id,
            strategy=each.strategy,
            day=each.day,
            note="",
            is_logged=False,
            is_held_back=each.arm == "control",
            is_test=each.assignment == "random",
        )
        for each in recorded
    }
    # What was logged here is in the data too once they are built again: it counts once.
    by_id |= {
        each.id: Deed(
            id=each.id,
            customer_id=each.customer_id,
            strategy=each.strategy,
            day=each.day,
            note=each.note,
            is_logged=True,
            is_held_back=each.arm == "control",
            is_test=each.assignment == "random",
        )
        for each in logged
        if each.customer_id in seen and start <= each.day <= end
    }
    deeds = sorted(by_id.values(), key=lambda deed: deed.id)
    deeds = sorted(deeds, key=lambda deed: deed.day, reverse=True)
    if strategy is not None:
        deeds = [deed for deed in deeds if deed.strategy == strategy]
    if customer_id is None:
        deeds = [deed for deed in deeds if not deed.is_held_back]
    return _outcomes(deeds[:limit], context), len(deeds)


def _days(period: Period | None, context: ToolContext) -> tuple[date, date]:
    """First and last day asked for; a period up to the last day of the data goes on to today."""
    if period is None:
        return date.min, date.max
    if context.actions is None or period.end < context.gold.as_of:
        return period.start, period.end
    return period.start, max(period.end, context.actions.today)


def _outcomes(deeds: Sequence[Deed], context: ToolContext) -> list[Outcome]:
    as_of = context.gold.as_of
    looks = {deed.id: _looks(deed.day, as_of) for deed in deeds}
    wanted = [
        (deed.customer_id, day) for deed in deeds for day in (deed.day, *looks[deed.id].values())
    ]
    with mendable_errors():
        states = read_states(context.gold, context.scope, wanted)
    return [
        Outcome(
            deed,
            states.get((deed.customer_id, deed.day)),
            dict(_known(deed, looks[deed.id].items(), states)),
        )
        for deed in deeds
    ]


def _looks(day: date, as_of: date) -> dict[int, date]:
    """Days since → the day on which is looked."""
    since = (as_of - day).days
    passed = [mark for mark in FOLLOW_UP_DAYS if mark <= since]
    so_far = [since] if 0 < since < FOLLOW_UP_DAYS[-1] and since not in passed else []
    return {days: day + timedelta(days=days) for days in (*passed, *so_far)}


def _known(
    deed: Deed, looks: Iterable[tuple[int, date]], states: Mapping[tuple[str, date], ClientState]
) -> Iterable[tuple[int, ClientState]]:
    for days, day in looks:
        state = states.get((deed.customer_id, day))
        if state is not None:
            yield days, state
