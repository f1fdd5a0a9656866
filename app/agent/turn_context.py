"""Who asks, from where, on which day: for the tools, the planner and the prompt."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage

from app.agent.context import PageContext, PlannerTurn
from app.agent.earlier import confirmed_call, last_results
from app.agent.outbox import Outbox
from app.agent.parts import TurnParts
from app.governance.identity import Asker
from tools.contract import ToolContext


@dataclass(frozen=True, slots=True)
class TurnContext(ToolContext):
    """What tools get, and what the planner or the prompt is told besides.

    Attributes:
        outbox: Where it is noted what a language model was sent.
    """

    planner: PlannerTurn = field(kw_only=True)
    outbox: Outbox = field(default_factory=Outbox, kw_only=True)


def turn_context(
    parts: TurnParts,
    asker: Asker,
    page: PageContext,
    history: Sequence[BaseMessage] = (),
    text: str = "",
) -> TurnContext:
    """What tools and models are told of who asks; a client out of scope is on no page.

    Args:
        parts: What turns are made of.
        asker: Who asks.
        page: The page around the chat.
        history: The conversation before.
        text: What they said now.
    """
    client = page.customer_id
    seen = client is not None and parts.gold.customer(client, asker.scope) is not None
    planner = PlannerTurn(
        scope=asker.scope,
        role=asker.role,
        user_name=asker.name,
        as_of=parts.gold.as_of,
        page_customer_id=client if seen else None,
        page_segment=page.segment,
    )
    return TurnContext(
        user_id=asker.user_id,
        role=asker.role,
        scope=asker.scope,
        gold=parts.gold,
        churn=parts.churn,
        playbooks=parts.playbooks,
        actions=parts.actions,
        files=parts.files,
        drafts=parts.drafts,
        mailer=parts.mailer,
        confirmed=confirmed_call(history, text),
        earlier=last_results(history),
        planner=planner,
        outbox=Outbox(earlier=len(history)),
    )


def in_words(turn: PlannerTurn) -> str:
    """What a language model is told of the turn."""
    lines = [
        f"Today is {turn.as_of.isoformat()}: the last day in the data.",
        f"The user is {turn.user_name}, role {turn.role}.",
    ]
    if not turn.scope.is_full:
        lines.append("The user sees only their own part of the clients; the tools apply it.")
    if turn.page_customer_id:
        lines.append(f'The page shows client {turn.page_customer_id} ("this client", "them").')
    if turn.page_segment:
        lines.append(
            f"The page is filtered to segment {turn.page_segment}: it holds when none is named."
        )
    return "\n".join(lines)
