"""Messages to clients: drafted, judged, sent after a yes, counted."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from app.asking import Identify
from app.failures import ApiError
from app.governance.identity import Asker
from app.rest.answers import RenderChart, ToolAnswer
from app.rest.queries import QueryModel
from app.rest.tool_door import ClientId, ToolDoor
from data.query import Scope
from tools.draft_log import Channel, Feedback, SavedDraft
from tools.outreach import DraftOutreachArgs, draft_outreach
from tools.outreach_args import ResultsBy
from tools.outreach_words import Tone

DraftId = Annotated[
    str,
    Path(min_length=1, max_length=64, description="A draft's id, as the drafting route gave it."),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OutreachBody(_Body):
    """How to write, and about what."""

    channel: Channel = Field(default="email", description="email, call or in_app")
    tone: Tone = Field(default="warm", description="warm, formal or direct")
    topic: str | None = Field(
        default=None,
        max_length=200,
        description="what it is about, in your own words; empty for the strongest reason",
    )
    variants: int = Field(default=1, ge=1, le=3, description="versions to choose from, 1 to 3")
    playbook: str | None = Field(
        default=None, max_length=100, description="fill this playbook's own template instead"
    )
    fill: dict[str, str] = Field(
        default_factory=dict[str, str],
        max_length=30,
        description="words for fields of that template that no data holds, by field name",
    )


class DraftEntry(BaseModel):
    """One version of a draft; `id` is what the other routes take."""

    id: str
    variant: str
    angle: str
    subject: str
    message: str = Field(description="Without the subject.")


class OutreachAnswer(ToolAnswer):
    """Drafts; nothing was sent."""

    drafted: str = Field(
        description="The channel, or `note`: without consent to contact it is one for a colleague."
    )
    subject: str | None = Field(description="Of the first version.")
    message: str = Field(description="The first version with its subject, or the note.")
    drafts: list[DraftEntry] = Field(description="Every version; none for a note.")


class FeedbackBody(_Body):
    """What became of a draft."""

    feedback: Feedback = Field(description="used, edited or rejected (required)")


class SendBody(_Body):
    """Whether it is to go out."""

    confirm: bool = Field(
        default=False, description="true sends; without it you get what would be sent"
    )
    override_cap: bool = Field(
        default=False, description="send although the client was contacted lately"
    )


class SendAnswer(ToolAnswer):
    """What was sent, or would be."""

    sent: bool


class ResultsQuery(QueryModel):
    """How to split the counts."""

    by: ResultsBy = Field(default="angle", description="angle, topic, channel or tone")


def add_draft_routes(
    router: APIRouter, door: ToolDoor, identify: Identify, render: RenderChart
) -> None:
    """Make the routes."""
    routes: tuple[
        tuple[str, Literal["GET", "POST"], Callable[..., Any], type[ToolAnswer], str], ...
    ]
    routes = (
        (
            "/customers/{customer_id}/outreach",
            "POST",
            _draft_with(door, identify, render),
            OutreachAnswer,
            "Draft a message to a client",
        ),
        (
            "/drafts/{draft_id}/feedback",
            "POST",
            _judge_with(door, identify, render),
            ToolAnswer,
            "Say what became of a draft",
        ),
        (
            "/drafts/{draft_id}/send",
            "POST",
            _send_with(door, identify, render),
            SendAnswer,
            "Send a draft, after a yes",
        ),
        (
            "/drafts/results",
            "GET",
            _count_with(door, identify, render),
            ToolAnswer,
            "How drafts fared",
        ),
    )
    for path, method, endpoint, model, summary in routes:
        router.add_api_route(
            f"/api/v1{path}",
            endpoint,
            methods=[method],
            response_model=model,
            summary=summary,
            tags=["drafts"],
        )


def _draft_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def draft(
        customer_id: ClientId,
        asker: Annotated[Asker, Depends(identify)],
        body: OutreachBody | None = None,
    ) -> OutreachAnswer:
        """Draft an e-mail, a call script or an in-app message; a person edits and sends it.

        Without the client's recorded consent to be contacted the draft is a note for a colleague
        (`drafted` is `note`). A template field that no data holds and `fill` does not give is 409.
        """
        args = DraftOutreachArgs(customer=customer_id, **(body or OutreachBody()).model_dump())
        called = await door.call(draft_outreach, args, asker, client=customer_id)
        facts = {fact.name: fact.value for fact in called.result.facts}
        ids = [str(value) for name, value in facts.items() if name.startswith("draft_id")]
        kept = await door.read(lambda: [door.drafts.find(key) for key in ids])
        return OutreachAnswer.of(
            called,
            render,
            drafted=facts["drafted"],
            subject=facts["subject"],
            message=facts["message"],
            drafts=[_entry(each) for each in kept if each is not None],
        )

    return draft


def _judge_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def judge(
        draft_id: DraftId, body: FeedbackBody, asker: Annotated[Asker, Depends(identify)]
    ) -> ToolAnswer:
        """Record that a draft was used, edited or rejected; a later word replaces an earlier one.

        A draft of a client outside your scope and one that does not exist are the same 404.
        """
        await door.read(lambda: _require(door, draft_id, asker.scope))
        args = DraftOutreachArgs(action=body.feedback, draft=draft_id)
        return ToolAnswer.of(await door.call(draft_outreach, args, asker), render)

    return judge


def _send_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def send(
        draft_id: DraftId, body: SendBody, asker: Annotated[Asker, Depends(identify)]
    ) -> SendAnswer:
        """Send a draft once, to the address on file; without `confirm` only say what would go out.

        Consent and the time since the last contact are looked at again. 409 says why nothing was
        sent: no mail server is set up, no consent, contacted lately, sent already, it failed.
        """
        await door.read(lambda: _require(door, draft_id, asker.scope))
        args = DraftOutreachArgs(action="send", draft=draft_id, override_cap=body.override_cap)
        called = await door.call(draft_outreach, args, asker, agreed=body.confirm)
        return SendAnswer.of(called, render, sent=not called.result.asks_first)

    return send


def _count_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def count(
        asked: Annotated[ResultsQuery, Query()], asker: Annotated[Asker, Depends(identify)]
    ) -> ToolAnswer:
        """Used, edited and rejected drafts for the clients in your scope, shares with intervals."""
        args = DraftOutreachArgs(action="results", by=asked.by)
        return ToolAnswer.of(await door.call(draft_outreach, args, asker), render)

    return count


def _require(door: ToolDoor, draft_id: str, scope: Scope) -> None:
    found = door.drafts.find(draft_id)
    if found is None or found.draft.customer_id not in door.gold.names(scope):
        raise ApiError(
            HTTPStatus.NOT_FOUND,
            "not_found",
            "There is no such draft among those of the clients you can see.",
            "POST /api/v1/customers/{customer_id}/outreach makes drafts and gives their ids.",
        )


def _entry(saved: SavedDraft) -> DraftEntry:
    draft = saved.draft
    return DraftEntry(
        id=saved.id,
        variant=draft.variant,
        angle=draft.angle,
        subject=draft.subject,
        message=draft.message,
    )
