"""Drafts a message to a client, for a person to edit and send: `draft_outreach`."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import Field

from tools.contract import (
    Citation,
    Evidence,
    Fact,
    Playbook,
    Provenance,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.customer_panel import SEES_CONTACTS
from tools.errors import FinalToolError
from tools.outreach_answers import (
    CHECK_IN,
    FAREWELL,
    Channel,
    Draft,
    Tone,
    facts_of,
    phrases,
    quoted,
    said_of,
    topic_named,
    topic_of,
    write,
    write_note,
)
from tools.playbook_answers import cite
from tools.resolve import mendable_errors, resolve_customer
from tools.wording import count_noun, join_words

__all__ = ["DraftOutreachArgs", "draft_outreach"]

RENEWAL_SOON_DAYS: Final = 90
_CHANNELS: Final = {"email": "e-mail", "call": "call script", "in_app": "in-app message"}
_CITED: Final = ("Offer limits", "When not to")
"""What a writer must not promise, and when the play does not fit."""
_DEFINITION: Final = (
    "A draft made of fixed sentences and the client's own figures; only what is known is said, "
    "nothing is offered and nothing is sent."
)


class DraftOutreachArgs(ToolArgs):
    """To whom, how, and about what."""

    customer: str = Field(min_length=1, max_length=200, description="Client id or name.")
    channel: Channel = Field(default="email", description="How it will go out.")
    tone: Tone = "warm"
    topic: str | None = Field(
        default=None,
        max_length=200,
        description="What it is about in the person's words, e.g. low usage, the renewal; without "
        "it the strongest reason of the churn model is taken.",
    )


@dataclass(frozen=True, slots=True)
class _Reason:
    """What a message is about, and why.

    Attributes:
        own_words: The person's topic, where none of ours fits it.
        evidence: How the topic was chosen: a model named it, or the data and the person did.
    """

    topic: str
    why: str
    own_words: str = ""
    driver: str | None = None
    evidence: Evidence = "recorded"


def draft_outreach(args: DraftOutreachArgs, context: ToolContext) -> ToolResult:
    """Draft an e-mail, a call script or an in-app message to one client; nothing is sent.

    Use for "draft an email to X", "write them about the renewal", "what shall I say on the phone".
    The message states the client's own facts only and makes no offer; show it as it is. Without
    the client's consent to be contacted it is a note for a colleague instead. Not for advice on
    what to do (`recommend_action`).
    """
    customer_id, name = resolve_customer(args.customer, context)
    client = _client(customer_id, name, context)
    reason = _reason(args.topic, client, context)
    may_contact = client["consent_contact"] is True
    if may_contact:
        draft = write(reason.topic, args.channel, args.tone, client, reason.own_words)
    else:
        draft = write_note(reason.topic, client)
    play = _play(args.topic, reason, client, context)
    resolved = {"customer": customer_id, "channel": args.channel, "tone": args.tone}
    if args.topic:
        resolved["topic"] = args.topic
    return ToolResult(
        summary=_summary(draft, args, name, reason, play, may_contact=may_contact),
        args=resolved,
        facts=[
            Fact(name="name", value=name, unit="text"),
            Fact(name="subject", value=draft.subject or None, unit="text"),
            Fact(name="topic", value=phrases().topics[reason.topic].label, unit="text"),
            Fact(name="consent_contact", value=may_contact, unit="text"),
            Fact(name="drafted", value=args.channel if may_contact else "note", unit="text"),
            *facts_of(draft, client),
        ],
        citations=_citations(play),
        provenance=_provenance(reason, play, context),
        caveats=_caveats(args.topic, reason, client, play, context, may_contact=may_contact),
        suggestions=_suggestions(name, args, may_contact=may_contact),
    )


def _client(customer_id: str, name: str, context: ToolContext) -> dict[str, Any]:
    """The facts a draft may state; the contact's name only for roles that look after clients."""
    with mendable_errors():
        row = context.gold.customer(customer_id, context.scope)
        contact = context.gold.contact(customer_id, context.scope) or {}
    if row is None:
        raise FinalToolError(f"No client called {name!r} among the clients you can see.")
    person = contact.get("contact_name") if context.role in SEES_CONTACTS else None
    change = row.get("event_change_30d")
    return {
        **row,
        "client": name,
        "contact_name": person,
        "first_name": str(person).split()[0] if person else None,
        "sender": row.get("account_manager"),
        "usage_pct": None if change is None else 100 * change,
    }


def _reason(asked: str | None, client: dict[str, Any], context: ToolContext) -> _Reason:
    if asked:
        topic = topic_named(asked)
        if topic is None:
            return _Reason(CHECK_IN, "you asked for it", own_words=asked.strip())
        return _Reason(topic, "you asked for it", driver=_lead(topic))
    if client["status"] != "active":
        return _Reason(FAREWELL, "they have left", driver=_lead(FAREWELL))
    features = context.gold.features(context.scope, customer_ids=[client["customer_id"]])
    explained = context.churn.explain(features) if len(features) else []
    raising = [d.feature for e in explained for d in e.drivers if d.contribution > 0]
    topic = topic_of(raising, client)
    if topic is not None:
        driver = next(d for d in raising if d in phrases().topics[topic].drivers)
        why = "it weighs most in their predicted churn risk"
        return _Reason(topic, why, driver=driver, evidence="predicted")
    days = client.get("days_to_renewal")
    if days is not None and 0 <= days <= RENEWAL_SOON_DAYS:
        return _Reason("contract", "their contract ends soon", driver="days_to_renewal")
    return _Reason(CHECK_IN, "no single reason stands out")


def _lead(topic: str) -> str | None:
    drivers = phrases().topics[topic].drivers
    return drivers[0] if drivers else None


def _play(
    asked: str | None, reason: _Reason, client: dict[str, Any], context: ToolContext
) -> Playbook | None:
    """The play that fits: by the person's words, else by the driver it names earliest."""
    library = context.playbooks
    if asked:
        found = library.search(asked, segment=None, driver=None, limit=1)
        return library.get(found[0].playbook_id) if found else None
    said = [name for saying in said_of(reason.topic, client) for name in saying.when]
    for driver in [*said, reason.driver]:
        ranked: list[tuple[int, str]] = []
        for key in library.ids():
            book = library.get(key)
            drivers = [*book.front_matter.get("drivers", ())] if book else []
            if book and driver in drivers and _fits(book, client):
                ranked.append((drivers.index(driver), key))
        if ranked:
            return library.get(min(ranked)[1])
    return None


def _fits(play: Playbook, client: dict[str, Any]) -> bool:
    """Whether a play is written for the client's segment; one that names none is for all."""
    segment, segments = client.get("segment"), play.front_matter.get("segments")
    return not segment or not segments or segment in segments


def _summary(
    draft: Draft,
    args: DraftOutreachArgs,
    name: str,
    reason: _Reason,
    play: Playbook | None,
    *,
    may_contact: bool,
) -> str:
    label = phrases().topics[reason.topic].label if not reason.own_words else reason.own_words
    kind = _CHANNELS[args.channel]
    if may_contact:
        tone = args.tone
        head = f"Draft {kind} to **{name}**, {tone} in tone; nothing has been sent."
    else:
        head = (
            f"No consent to be contacted is recorded for **{name}**, so there is no {kind}. "
            "Here is a note for your own team instead."
        )
    seconds = count_noun(draft.reading_seconds, "second")
    tail = f"About {label}, because {reason.why}. Length: {draft.words} words, {seconds} to read."
    if play is not None:
        tail += f" The play that fits: {play.title}."
    return "\n\n".join([head, quoted(draft), tail])


def _caveats(
    asked: str | None,
    reason: _Reason,
    client: dict[str, Any],
    play: Playbook | None,
    context: ToolContext,
    *,
    may_contact: bool,
) -> list[str]:
    caveats: list[str] = []
    if reason.evidence == "predicted" and context.churn.caveat:
        caveats.append(context.churn.caveat)
    if play is not None and not _fits(play, client):
        meant = join_words([*play.front_matter["segments"]])
        caveats.append(f"The play “{play.title}” is written for {meant} clients.")
    topic = phrases().topics[reason.topic]
    if asked and not reason.own_words and not said_of(reason.topic, client):
        caveats.append(
            f"Nothing in the data of {client['client']} stands out on {topic.label}, so the draft "
            "states no figure on it."
        )
    if may_contact and not client["first_name"]:
        caveats.append("The contact's name is not known or not shown to your role: add it.")
    if may_contact and not client.get("sender"):
        caveats.append("No account manager is recorded: put your own name under it.")
    return caveats


def _citations(play: Playbook | None) -> list[Citation]:
    if play is None:
        return []
    sections = dict(play.sections)
    chosen = [heading for heading in _CITED if heading in sections] or [*sections][:1]
    return [
        cite(play.playbook_id, play.title, heading, sections[heading], play.reviewed)
        for heading in chosen
    ]


def _provenance(reason: _Reason, play: Playbook | None, context: ToolContext) -> list[Provenance]:
    predicted = reason.evidence == "predicted"
    made = Provenance(
        tool="draft_outreach",
        table="gold.customer_metrics",
        as_of=context.gold.as_of,
        rows=1,
        definition=_DEFINITION,
        evidence=reason.evidence,
        model_version=context.churn.version if predicted else None,
    )
    cited = Provenance(
        tool="draft_outreach",
        table="playbooks",
        as_of=None,
        rows=1,
        definition="The play's own limits; its effect is the library's estimate.",
        evidence="assumed",
    )
    return [made, cited] if play is not None else [made]


def _suggestions(name: str, args: DraftOutreachArgs, *, may_contact: bool) -> list[str]:
    if not may_contact:
        return [f"Why is {name} at risk?", f"What should I do about {name}?"]
    other = "Make it more formal" if args.tone != "formal" else "Make it warmer"
    return [other, f"Why is {name} at risk?", f"What should I do about {name}?"]
