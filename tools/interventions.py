"""Writes down what was done for a client, after a yes: `log_intervention`."""

import re
from difflib import get_close_matches
from typing import Final

from pydantic import Field

from tools.action_log import ASK_FIRST
from tools.contract import Fact, LoggedAction, Provenance, ToolArgs, ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.resolve import resolve_customer
from tools.strategies import known_strategies

__all__ = ["ASK_FIRST", "LogInterventionArgs", "log_intervention"]

_DEFINITION: Final = (
    "Actions logged by people in this installation. A person chose the client, so an entry is no "
    "test: it never counts as measured."
)


class LogInterventionArgs(ToolArgs):
    """What was done for whom."""

    customer: str = Field(min_length=1, max_length=200, description="Client id or name.")
    strategy: str = Field(
        min_length=1, max_length=100, description="What was done, e.g. success_call, training."
    )
    note: str = Field(default="", max_length=2_000, description="The person's own words.")


def log_intervention(args: LogInterventionArgs, context: ToolContext) -> ToolResult:
    """Write down that something was done for a client, to close the loop.

    Use only after the person has said yes to exactly this client and strategy: first say what
    will be saved and ask. Never for planning, advice (`recommend_action`) or assigning a test
    (`start_experiment`).
    """
    customer_id, name = resolve_customer(args.customer, context)
    strategy = _resolve_strategy(args.strategy, context)
    spoken = strategy.replace("_", " ")
    if context.actions is None:
        raise FinalToolError("Nothing can be saved here: this installation keeps no action log.")
    if not _said_yes(customer_id, strategy, context):
        raise FinalToolError(f"{ASK_FIRST} Ask first: shall I log this: {spoken} for {name}?")
    before = context.actions.last(customer_id=customer_id, strategy=strategy)
    note = args.note.strip()
    logged = context.actions.log(
        customer_id=customer_id, strategy=strategy, note=note, user_id=context.user_id
    )
    return ToolResult(
        summary=f"Saved: {spoken} for {name}{', with your note' if note else ''}.",
        args={"customer": customer_id, "strategy": strategy, "note": note},
        facts=[
            Fact(name="name", value=name, unit="text"),
            Fact(name="strategy", value=strategy, unit="text"),
            Fact(name="intervention_id", value=logged.id, unit="text"),
            Fact(name="logged_on", value=logged.at.date(), unit="date"),
        ],
        provenance=[
            Provenance(
                tool="log_intervention",
                table="action log",
                as_of=logged.at.date(),
                rows=1,
                definition=_DEFINITION,
                evidence="recorded",
            )
        ],
        caveats=[_again(spoken, name, before)] if before else [],
        suggestions=[f"How is {name} doing?", f"Draft an email to {name}"],
    )


def _again(spoken: str, name: str, before: LoggedAction) -> str:
    return (
        f"A {spoken} for {name} was already on file from {before.at.day} {before.at:%b %Y}; both "
        "entries are kept."
    )


def _said_yes(customer_id: str, strategy: str, context: ToolContext) -> bool:
    """Whether the yes was for this client and this strategy, not merely for something."""
    confirmed = context.confirmed
    if confirmed is None or confirmed.tool != "log_intervention":
        return False
    asked = str(confirmed.args.get("customer", ""))
    same_strategy = _plain(str(confirmed.args.get("strategy", ""))) == strategy
    return same_strategy and resolve_customer(asked, context)[0] == customer_id


def _resolve_strategy(text: str, context: ToolContext) -> str:
    known = known_strategies(context)
    wanted = _plain(text)
    if wanted in known:
        return wanted
    near = get_close_matches(wanted, known, n=3, cutoff=0.6)
    raise RetryableToolError(
        f"There is no strategy {text!r}.", [*near, *(name for name in known if name not in near)]
    )


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.strip().casefold()).strip("_")
