"""Sends a draft after a yes, to the address on file: consent and cap are looked at once more."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from tools.contract import Fact, Provenance, ToolContext, ToolResult
from tools.customer_panel import SEES_CONTACTS
from tools.draft_log import Letter, MailerPort, SavedDraft
from tools.errors import FinalToolError
from tools.outreach_args import DraftOutreachArgs
from tools.outreach_cap import LastContact, last_contact
from tools.outreach_client import spoken_date
from tools.outreach_outcome import draft_meant, kept_drafts
from tools.resolve import mendable_errors

__all__ = ["masked", "send_draft"]

_NOT_SENT: Final = "Nothing is sent yet."
_DEFINITION: Final = (
    "Sent by this installation to the address on file, once, after a person's yes; consent and the "
    "time since the last contact were looked at right before."
)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A draft that may go out."""

    saved: SavedDraft
    name: str
    address: str
    recent: LastContact | None
    mailer: MailerPort

    @property
    def resolved(self) -> dict[str, Any]:
        """The call that a yes is for."""
        args: dict[str, Any] = {"action": "send", "customer": self.saved.draft.customer_id}
        args["draft"] = self.saved.id
        return args | ({"override_cap": True} if self.recent is not None else {})


def send_draft(args: DraftOutreachArgs, context: ToolContext) -> ToolResult:
    """Send the draft that is meant, or first ask whether to.

    Raises:
        FinalToolError: It may not or cannot be sent; the message says why.
    """
    ready = _ready(args, context)
    if not _said_yes(ready, args, context):
        return _question(ready)
    draft = ready.saved.draft
    letter = Letter(
        draft_id=ready.saved.id,
        channel=draft.channel,
        customer_id=draft.customer_id,
        address=ready.address,
        sender_name=_sender(draft.customer_id, context),
        subject=draft.subject,
        body=draft.message,
    )
    outcome, word = ready.mailer.send(letter, user_id=context.user_id, role=context.role)
    if outcome != "sent":
        known = (
            "Nothing was sent and nothing is marked as sent: try again later."
            if outcome == "refused"
            else "It is not known whether it arrived, so it is not sent again: ask the client."
        )
        raise FinalToolError(f"The message to {ready.name} failed ({word}). {known}")
    return _sent(ready, context)


def masked(address: str) -> str:
    """An address as it may be shown: "g•••@aldercombe.example"."""
    local, _, host = address.partition("@")
    return f"{local[:1]}•••@{host}"


def _ready(args: DraftOutreachArgs, context: ToolContext) -> _Ready:
    mailer = context.mailer
    if context.role not in SEES_CONTACTS:
        raise FinalToolError("Your role does not write to clients, so nothing can be sent.")
    saved, name = draft_meant(args, context)
    if mailer is None or not mailer.takes(saved.draft.channel):
        raise FinalToolError(
            "Nothing can be sent from here: no mail server or webhook is set up for this channel "
            "(AURA_SMTP_HOST or AURA_OUTREACH_WEBHOOK_URL). Copy the message, send it yourself and "
            "tell me that you used it."
        )
    if saved.sent_at is not None:
        day = spoken_date(saved.sent_at.date())
        raise FinalToolError(f"This message to {name} was sent on {day}; it is never sent twice.")
    with mendable_errors():
        contact = context.gold.contact(saved.draft.customer_id, context.scope) or {}
    if contact.get("consent_contact") is not True:
        raise FinalToolError(f"{name} has not agreed to be contacted, so nothing is sent.")
    address = str(contact.get("email") or "")
    if "@" not in address:
        raise FinalToolError(f"No e-mail address is on file for {name}, so nothing is sent.")
    recent = last_contact(saved.draft.customer_id, saved.draft.channel, context)
    if recent is not None and not args.override_cap:
        raise FinalToolError(
            f"{recent.sentence} Nothing was sent. Say “send it anyway” if it cannot wait."
        )
    return _Ready(saved, name, address, recent, mailer)


def _said_yes(ready: _Ready, args: DraftOutreachArgs, context: ToolContext) -> bool:
    """Whether the yes was for sending exactly this draft."""
    confirmed = context.confirmed
    if confirmed is None or confirmed.tool != "draft_outreach":
        return False
    try:
        agreed = DraftOutreachArgs.model_validate(dict(confirmed.args))
    except ValidationError:
        return False
    return (
        agreed.action == args.action == "send"
        and agreed.draft == ready.saved.id
        and (ready.recent is None or agreed.override_cap)
    )


def _question(ready: _Ready) -> ToolResult:
    draft = ready.saved.draft
    about = f" with the subject “{draft.subject}”" if draft.subject else ""
    paragraphs = draft.message.split("\n\n")
    first = paragraphs[1 if len(paragraphs) > 1 else 0].split("\n")[0]
    anyway = f"{ready.recent.sentence} " if ready.recent else ""
    return ToolResult(
        summary=(
            f"{_NOT_SENT} {anyway}Shall I send this message to **{ready.name}** "
            f"({masked(ready.address)}){about}? It begins: “{first}”"
        ),
        args=ready.resolved,
        facts=[
            Fact(name="name", value=ready.name, unit="text"),
            Fact(name="recipient", value=masked(ready.address), unit="text"),
            Fact(name="subject", value=draft.subject or None, unit="text"),
            *(ready.recent.facts if ready.recent else []),
        ],
        suggestions=["Yes, send it", "No, leave it"],
        asks_first=True,
    )


def _sent(ready: _Ready, context: ToolContext) -> ToolResult:
    day = kept_drafts(context).today
    return ToolResult(
        summary=f"Sent to **{ready.name}** ({masked(ready.address)}), and recorded as used.",
        args=ready.resolved,
        facts=[
            Fact(name="name", value=ready.name, unit="text"),
            Fact(name="recipient", value=masked(ready.address), unit="text"),
            Fact(name="sent_on", value=day, unit="date"),
        ],
        provenance=[
            Provenance(
                tool="draft_outreach",
                table="drafts on file",
                as_of=day,
                rows=1,
                definition=_DEFINITION,
                evidence="recorded",
            )
        ],
        suggestions=[f"How is {ready.name} doing?", "How do our drafts do?"],
    )


def _sender(customer_id: str, context: ToolContext) -> str:
    row = context.gold.customer(customer_id, context.scope) or {}
    return str(row.get("account_manager") or "")
