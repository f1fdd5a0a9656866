"""Sentences on what was done for a client and what changed since."""

from collections.abc import Sequence
from datetime import timedelta

from data.gold_followup import USAGE_DAYS, ClientState
from tools.contract import Period, ToolContext
from tools.followup import Outcome
from tools.followup_tables import is_later
from tools.models.alerts import FOLLOW_UP_DAYS
from tools.strategies import spoken
from tools.trial import Trial
from tools.trial_words import day_words, points, start_words
from tools.wording import count_noun, format_value, join_words

__all__ = ["change_words", "head_words", "measured_words", "nothing_words", "when_words"]


def nothing_words(name: str, when: str, context: ToolContext) -> str:
    """That no action is on file, and how to write one down."""
    whom = f" for {name}" if name else "" if context.scope.is_full else " for your clients"
    return (
        f"Nothing is on file{whom}{when}: no action was logged here and the data record none. To "
        f'write one down, say "Log a success call for {name or "…"}".'
    )


def when_words(period: Period | None) -> str:
    """The days that were asked for; "" for all."""
    if period is None:
        return ""
    if period.label:
        return f" ({period.label})"
    return f" from {day_words(period.start)} to {day_words(period.end)}"


def head_words(name: str, told: Outcome, treated: Sequence[Outcome], total: int, when: str) -> str:
    """How much is on file, and the latest action; or that nothing was done on purpose."""
    deed = told.deed
    if not treated:
        return (
            f"Nothing was done for {name}{when}, on purpose: it was drawn into the control group "
            f"of the test of {spoken(deed.strategy)} on {day_words(deed.day)}."
        )
    kept_out = total - len(treated)
    entries = f"{count_noun(total, 'entry', 'entries')} {'is' if total == 1 else 'are'} on file"
    control = f", {kept_out} of them as control of a test, without treatment" if kept_out else ""
    kind = "logged here" if deed.is_logged else "recorded in the data"
    kind = f"drawn by chance for its test, {kind}" if deed.is_test else kind
    return (
        f"{entries} for {name}{when}{control}{':' if total == 1 else '; the latest:'} "
        f"{spoken(deed.strategy)} on {day_words(deed.day)} ({kind})."
    )


def change_words(told: Outcome, context: ToolContext) -> str:
    """What changed between the day and the last look."""
    before, latest = told.before, told.latest
    if before is None or latest is None:
        return (
            f"The data go up to {day_words(context.gold.as_of)}, so nothing can be seen of it yet; "
            f"ask again from {day_words(told.deed.day + timedelta(days=FOLLOW_UP_DAYS[0]))}."
        )
    days, after = latest
    day = told.deed.day + timedelta(days=days)
    opened = f"{format_value(days, 'days')} later, on {day_words(day)},"
    opened = opened[:1].upper() + opened[1:]
    if not before.is_client:
        return f"{opened} it was {_standing(after)}; on the day itself it was no client."
    if not after.is_client:
        return f"{opened} it was no longer a client (MRR {_usd(before, context)} on the day)."
    said = [
        "" if after.mrr is None else _moved("MRR", _usd(after, context), _usd(before, context)),
        _risk(told, before, after),
        _counted(f"product events in {USAGE_DAYS} days", after.events, before.events),
        _counted("open tickets", after.tickets_open, before.tickets_open),
    ]
    return f"{opened} it was still a client: {join_words([each for each in said if each])}."


def _counted(what: str, after: int | None, before: int | None) -> str:
    return "" if after is None or before is None else _moved(what, f"{after:,}", f"{before:,}")


def _moved(what: str, after: str, before: str) -> str:
    return f"{what} {after} (unchanged)" if after == before else f"{what} {after} (was {before})"


def _standing(state: ClientState) -> str:
    return "a client" if state.is_client else "no client"


def _usd(state: ClientState, context: ToolContext) -> str:
    return format_value(state.mrr, "usd", currency=context.gold.build.currency)


def _risk(told: Outcome, before: ClientState, after: ClientState) -> str:
    if after.churn_prob is None or not is_later(told, after):
        return ""
    now, then = (format_value(state.churn_prob, "prob") for state in (after, before))
    if before.churn_prob is None:
        return f"predicted churn probability {now}"
    return _moved("predicted churn probability", now, then)


def measured_words(strategy: str, trial: Trial | None) -> str:
    """What the strategy did on average, where a test tells."""
    name = spoken(strategy)
    if trial is None:
        return f"What {name} does on average is not measured here. {start_words(name)}"
    arms, effect = trial.arms, trial.effect
    kept = [format_value(rate, "prob") for rate in (arms.treated_rate, arms.control_rate)]
    clear = "clear" if effect.is_clear else "not clear"
    return (
        f"On average, in the test of {name}, {kept[0]} of {arms.treated:,} treated clients were "
        f"still clients after 90 days, and {kept[1]} of {arms.control:,} who were not treated: a "
        f"measured effect of {points(effect.effect)} points (95 % interval {points(effect.low)} "
        f"to {points(effect.high)}, {clear})."
    )
