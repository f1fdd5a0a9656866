"""Tests whose outcomes are not known yet: how far they are, and nothing of how they go."""

from datetime import timedelta
from typing import Any, Final

from tools.contract import Fact, Period, Provenance, ToolContext, ToolResult
from tools.models.hazards import EFFECT_DAYS
from tools.strategies import spoken
from tools.trial import Running
from tools.trial_cases import Cases, days_of, is_treated
from tools.trial_words import day_words
from tools.wording import format_value

__all__ = ["logged_test", "not_readable", "open_test", "running_note"]

_DEFINITION: Final = (
    "Clients drawn at random whose outcome, still a client after 90 days, is not known yet."
)


def open_test(strategy: str, cases: Cases, context: ToolContext) -> Running | None:
    """The randomised clients of the data whose outcome is open."""
    drawn, readable = cases.open, cases.open_until
    if readable is None:
        return None
    treated = int(is_treated(drawn).sum())
    return Running(
        strategy=strategy,
        treated=treated,
        control=len(drawn) - treated,
        first=min(days_of(drawn)),
        readable=readable,
        days_left=max((readable - context.gold.as_of).days, 0),
    )


def logged_test(strategy: str, period: Period | None, context: ToolContext) -> Running | None:
    """A test that was started after the data were built; the build takes it over later."""
    if context.actions is None:
        return None
    logged = context.actions.running(strategy=strategy, test_days=EFFECT_DAYS)
    if logged is None or logged.last_assigned <= context.gold.as_of:
        return None
    if period is not None and not period.start <= logged.last_assigned <= period.end:
        return None
    readable = logged.last_assigned + timedelta(days=EFFECT_DAYS)
    return Running(
        strategy=strategy,
        treated=logged.treated,
        control=logged.control,
        first=logged.started,
        readable=readable,
        days_left=(readable - context.actions.today).days,
    )


def not_readable(running: Running, resolved: dict[str, Any], context: ToolContext) -> ToolResult:
    """The answer while nothing can be read: size and date, no outcome."""
    return ToolResult(
        summary=_sentences(running),
        args=resolved,
        facts=_facts(running),
        provenance=[
            Provenance(
                tool="analyze_experiment",
                table="gold.interventions",
                as_of=context.gold.as_of,
                rows=running.treated + running.control,
                definition=_DEFINITION,
                evidence="recorded",
            )
        ],
        suggestions=["Which strategies were measured already?", "Which clients are at risk?"],
    )


def running_note(running: Running) -> str:
    """That a later test is no part of what was measured."""
    return (
        f"A newer test, started on {day_words(running.first)}, is not part of this: it can be read from "
        f"{day_words(running.readable)}."
    )


def _sentences(running: Running) -> str:
    """What is known of a test that cannot be read yet: nothing of its outcome."""
    return (
        f"Not known yet: a test of {spoken(running.strategy)} is running, with "
        f"{running.treated:,} treated and {running.control:,} control clients since "
        f"{day_words(running.first)}. All outcomes are known on {day_words(running.readable)}, in "
        f"{format_value(running.days_left, 'days')}. It is not read before that: looking early "
        "makes chance look like an effect."
    )


def _facts(running: Running) -> list[Fact]:
    """The figures of a running test by name."""
    return [
        Fact(name="strategy", value=running.strategy, unit="text"),
        Fact(name="treated", value=running.treated, unit="count"),
        Fact(name="control", value=running.control, unit="count"),
        Fact(name="first_assigned", value=running.first, unit="date"),
        Fact(name="readable_on", value=running.readable, unit="date"),
        Fact(name="days_left", value=running.days_left, unit="days"),
    ]
