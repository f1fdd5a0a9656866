"""Drafts for one client: versions to choose from, with what the manager must know of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from tools.contract import Fact, Playbook, ToolContext, ToolResult
from tools.draft_log import NewDraft, SavedDraft, Variant
from tools.outreach_answers import (
    Draft,
    angles_of,
    core_of,
    facts_of,
    length_words,
    quoted,
    with_core,
    write,
    write_note,
)
from tools.outreach_args import DraftOutreachArgs
from tools.outreach_cap import LastContact, last_contact
from tools.outreach_client import client_facts
from tools.outreach_reason import (
    Reason,
    fits,
    play_citations,
    play_for,
    reason_for,
    reason_provenance,
)
from tools.outreach_template import play_named, write_from_play
from tools.outreach_words import OWN, said_of
from tools.resolve import resolve_customer
from tools.wording import count_noun, join_words

__all__ = ["draft_for_client"]

_CHANNELS: Final = {"email": "e-mail", "call": "call script", "in_app": "in-app message"}
_REFINED: Final = "The language model polished the wording; every figure and date was checked."
_KEPT: Final = "The language model's wording did not keep every fact, or none came: this is the built-in draft."
_LETTERS: Final[tuple[Variant, ...]] = get_args(Variant)
_ANGLES: Final = {
    "question": "asks one question",
    "help": "offers a hand",
    "value": "talks about what it is worth",
    "template": "the play's own template",
}


def draft_for_client(args: DraftOutreachArgs, context: ToolContext) -> ToolResult:
    """Draft one or more versions of a message, or without consent a note for a colleague."""
    customer_id, name = resolve_customer(args.customer or "", context)
    client = client_facts(customer_id, name, context)
    reason = reason_for(args.topic, client, context)
    client["own_topic"] = reason.own_words or None
    may_contact = client["consent_contact"] is True
    template = play_named(args.playbook, context) if args.playbook else None
    if template is not None:
        reason = Reason(OWN, "you asked for its template", own_words=template.title)
    play = template or play_for(args.topic, reason, client, context)
    drafts = _drafts(args, reason, template, client) if may_contact else []
    drafts, note = _refined(drafts, args, customer_id, context)
    shown = drafts or [write_note(reason.topic, client)]
    saved = _save(drafts, reason, args, customer_id, context)
    recent = last_contact(customer_id, args.channel, context) if may_contact else None
    parts = [_head(args, name, len(shown), may_contact=may_contact)]
    parts += [_version(draft, place, len(shown)) for place, draft in enumerate(shown)]
    parts.append(_tail(reason, play, shown, client, recent, args, context))
    return ToolResult(
        summary="\n\n".join(parts),
        args=_resolved(args, customer_id, template),
        facts=[
            *_head_facts(name, shown[0], reason, args, may_contact=may_contact),
            *(recent.facts if recent else []),
            *_draft_facts(shown, saved),
        ],
        citations=play_citations(play, spoken=args.channel == "call"),
        provenance=reason_provenance(reason, play, context),
        caveats=[*_caveats(args, reason, client, play, recent, context), *note],
        suggestions=_suggestions(name, args, context, may_contact=may_contact),
    )


def _drafts(
    args: DraftOutreachArgs, reason: Reason, template: Playbook | None, client: dict[str, Any]
) -> list[Draft]:
    if template is not None:
        return [write_from_play(template, client, args.fill)]
    action = None if args.topic else client.get("next_best_action")
    angles = angles_of(reason.topic, args.variants, action=action)
    return [write(reason.topic, args.channel, args.tone, client, angle) for angle in angles]


def _refined(
    drafts: list[Draft], args: DraftOutreachArgs, customer_id: str, context: ToolContext
) -> tuple[list[Draft], list[str]]:
    """The draft in a language model's words, where there is one and all facts survive.

    A call script, a play's own template and versions for a test stay as they are.
    """
    plain = len(drafts) == 1 and args.channel != "call" and args.playbook is None
    if context.refine is None or not plain:
        return drafts, []
    better = context.refine(core_of(drafts[0]), customer_id)
    if better is None:
        return drafts, [_KEPT]
    return [with_core(drafts[0], better)], [_REFINED]


def _save(
    drafts: Sequence[Draft],
    reason: Reason,
    args: DraftOutreachArgs,
    customer_id: str,
    context: ToolContext,
) -> list[SavedDraft]:
    if context.drafts is None or not drafts:
        return []
    new = [
        NewDraft(
            customer_id=customer_id,
            channel=args.channel,
            tone=args.tone,
            topic=reason.topic,
            variant=letter,
            angle=draft.angle,
            subject=draft.subject,
            message=draft.body,
        )
        for letter, draft in zip(_LETTERS, drafts, strict=False)
    ]
    return context.drafts.save(new, user_id=context.user_id)


def _resolved(
    args: DraftOutreachArgs, customer_id: str, template: Playbook | None
) -> dict[str, Any]:
    resolved: dict[str, Any] = {
        "customer": customer_id,
        "channel": args.channel,
        "tone": args.tone,
    }
    if args.topic:
        resolved["topic"] = args.topic
    if args.variants > 1:
        resolved["variants"] = args.variants
    if template is not None:
        resolved |= {"playbook": template.playbook_id, "fill": args.fill}
    return resolved


def _head(args: DraftOutreachArgs, name: str, count: int, *, may_contact: bool) -> str:
    kind = _CHANNELS[args.channel]
    if not may_contact:
        return (
            f"No consent to be contacted is recorded for **{name}**, so there is no {kind}. "
            "Here is a note for your own team instead."
        )
    if count > 1:
        return (
            f"{count} versions of the {kind} to **{name}**, {args.tone} in tone; nothing has been "
            "sent."
        )
    return f"Draft {kind} to **{name}**, {args.tone} in tone; nothing has been sent."


def _version(draft: Draft, place: int, count: int) -> str:
    if count == 1:
        return quoted(draft)
    angle = _ANGLES[draft.angle]
    return f"**Version {_LETTERS[place]}** ({angle}; {length_words(draft)})\n\n{quoted(draft)}"


def _tail(
    reason: Reason,
    play: Playbook | None,
    shown: Sequence[Draft],
    client: Mapping[str, Any],
    recent: LastContact | None,
    args: DraftOutreachArgs,
    context: ToolContext,
) -> str:
    """What a manager reads below a draft: why, how long, whether it may go out."""
    said = [f"About {reason.label}, because {reason.why}."]
    if len(shown) == 1:
        said.append(f"Length: {length_words(shown[0])}.")
    if client["consent_contact"] is True:
        said.append("They have agreed to be contacted.")
        if context.drafts is not None and context.drafts.cap_days and recent is None:
            days = count_noun(context.drafts.cap_days, "day")
            kind = {"email": "e-mail", "call": "call", "in_app": "in-app message"}[args.channel]
            said.append(f"No {kind} to them is on file within the past {days}.")
    if play is not None:
        advised = client.get("next_best_action")
        matched = advised and play.front_matter.get("strategy") == advised
        action = f" (next best action: {str(advised).replace('_', ' ')})" if matched else ""
        said.append(f"The play that fits: {play.title}{action}.")
    return " ".join(said)


def _head_facts(
    name: str, first: Draft, reason: Reason, args: DraftOutreachArgs, *, may_contact: bool
) -> list[Fact]:
    return [
        Fact(name="name", value=name, unit="text"),
        Fact(name="subject", value=first.subject or None, unit="text"),
        Fact(name="topic", value=reason.label, unit="text"),
        Fact(name="consent_contact", value=may_contact, unit="text"),
        Fact(name="drafted", value=args.channel if may_contact else "note", unit="text"),
    ]


def _draft_facts(shown: Sequence[Draft], saved: Sequence[SavedDraft]) -> list[Fact]:
    """The first draft's facts under their plain names, those of the others with their letter."""
    facts: dict[str, Fact] = {}
    for place, draft in enumerate(shown):
        own = facts_of(draft)
        if draft.angle:
            own.append(Fact(name="angle", value=draft.angle, unit="text"))
        if place < len(saved):
            own.append(Fact(name="draft_id", value=saved[place].id, unit="text"))
        if place and draft.subject:
            own.append(Fact(name="subject", value=draft.subject, unit="text"))
        for fact in own:
            shared = fact.name in draft.stated
            key = fact.name if shared or not place else f"{fact.name}_{_LETTERS[place].lower()}"
            facts.setdefault(key, fact.model_copy(update={"name": key}))
    return list(facts.values())


def _caveats(
    args: DraftOutreachArgs,
    reason: Reason,
    client: Mapping[str, Any],
    play: Playbook | None,
    recent: LastContact | None,
    context: ToolContext,
) -> list[str]:
    caveats: list[str] = []
    if recent is not None:
        caveats.append(recent.sentence)
    if reason.evidence == "predicted" and context.churn.caveat:
        caveats.append(context.churn.caveat)
    if play is not None and not fits(play, client):
        meant = join_words([*play.front_matter["segments"]])
        caveats.append(f"The play “{play.title}” is written for {meant} clients.")
    if args.topic and reason.topic != OWN and not said_of(reason.topic, client):
        caveats.append(
            f"Nothing in the data of {client['client']} stands out on {reason.label}, so the draft "
            "states no figure on it."
        )
    if client["consent_contact"] is True:
        caveats += _gaps(client)
    return caveats


def _gaps(client: Mapping[str, Any]) -> list[str]:
    gaps: list[str] = []
    if not client["first_name"]:
        gaps.append("The contact's name is not known or not shown to your role: add it.")
    if not client.get("sender"):
        gaps.append("No account manager is recorded: put your own name under it.")
    return gaps


def _suggestions(
    name: str, args: DraftOutreachArgs, context: ToolContext, *, may_contact: bool
) -> list[str]:
    if not may_contact:
        return [f"Why is {name} at risk?", f"What should I do about {name}?"]
    other = "Make it more formal" if args.tone != "formal" else "Make it warmer"
    mailer = context.mailer
    sends = mailer is not None and mailer.takes(args.channel) and args.variants == 1
    more = "Send it" if sends else "Give me three versions"
    return [other, more if args.variants == 1 or sends else f"Why is {name} at risk?",
            f"What should I do about {name}?"]  # fmt: skip
