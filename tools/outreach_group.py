"""Drafts for a group: each client gets one of the versions, drawn at random in equal shares."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import ValidationError

from tools.action_log import ASK_FIRST
from tools.candidates import Population, read_population
from tools.contract import Column, Fact, FileRef, Provenance, Scalar, Table, ToolContext, ToolResult
from tools.draft_log import DraftsPort, NewDraft, Variant
from tools.errors import FinalToolError
from tools.models.frames import column
from tools.models.split import deal
from tools.outreach_answers import Draft, angles_of, length_words, quoted, write
from tools.outreach_args import DraftOutreachArgs
from tools.outreach_cap import last_contacts
from tools.outreach_client import client_facts, writing_day
from tools.outreach_outcome import kept_drafts
from tools.outreach_words import CHECK_IN, OWN, AngleName, phrases, topic_named
from tools.report import Report, Section
from tools.report_text import as_csv
from tools.resolve import none_match
from tools.wording import count_noun, join_words

__all__ = ["draft_for_group"]

MOST_CLIENTS: Final = 300
_LETTERS: Final[tuple[Variant, ...]] = get_args(Variant)
_DEFINITION: Final = (
    "Active clients who may be contacted and were not within the cap. Versions are dealt out at "
    "random, in equal shares within groups of like segment and churn risk."
)


@dataclass(frozen=True, slots=True)
class _Split:
    """Who would get which version.

    Attributes:
        ids: Clients who get one, those with the most ARR at risk first.
        names: By id.
        places: (ids,) the version of each.
        refused, recent: How many are left out, without consent or contacted lately.
    """

    population: Population
    ids: list[str]
    names: dict[str, str]
    places: list[int]
    refused: int
    recent: int


def draft_for_group(args: DraftOutreachArgs, context: ToolContext) -> ToolResult:
    """Show an example of each version and ask; after a yes, deal them out and write the file.

    Raises:
        FinalToolError: Nobody can be written to, or too many would be.
    """
    drafts = kept_drafts(context)
    topic = _topic(args.topic)
    angles = angles_of(topic, args.variants)
    split = _split(args, context)
    resolved = _resolved(args, split)
    if not split.ids:
        return _nobody(split, resolved, context)
    if len(split.ids) > MOST_CLIENTS:
        raise FinalToolError(
            f"{len(split.ids)} clients could be written to; {MOST_CLIENTS} are the most at once. "
            "Narrow the group, e.g. by segment or risk."
        )
    if not _said_yes(resolved, context):
        return _preview(args, topic, angles, split, resolved, context)
    return _dealt(args, topic, angles, split, resolved, drafts, context)


def _topic(asked: str | None) -> str:
    if not (asked and asked.strip()):
        return CHECK_IN
    return topic_named(asked) or OWN


def _split(args: DraftOutreachArgs, context: ToolContext) -> _Split:
    population = read_population(args.filters, context, valued=False)
    rows = population.rows
    recent = last_contacts(args.channel, context)
    agreed = column(rows, "consent_contact").to_numpy(bool)
    keys = [str(key) for key in column(rows, "customer_id")]
    kept = [place for place, key in enumerate(keys) if agreed[place] and key not in recent]
    ids = [keys[place] for place in kept]
    like = [
        f"{segment} {risk}"
        for segment, risk in zip(column(rows, "segment"), column(rows, "churn_risk"), strict=True)
    ]
    seed = _seed([args.topic or "", args.channel, str(writing_day(context)), *sorted(ids)])
    return _Split(
        population=population,
        ids=ids,
        names=dict(zip(keys, map(str, column(rows, "name")), strict=True)),
        places=deal(ids, [like[place] for place in kept], args.variants, seed=seed),
        refused=int((~agreed).sum()),
        recent=sum(bool(agreed[place]) and key in recent for place, key in enumerate(keys)),
    )


def _resolved(args: DraftOutreachArgs, split: _Split) -> dict[str, Any]:
    resolved: dict[str, Any] = {
        "filters": [each.model_dump(mode="json") for each in split.population.filters],
        "channel": args.channel,
        "tone": args.tone,
        "variants": args.variants,
    }
    return resolved | ({"topic": args.topic} if args.topic else {})


def _said_yes(resolved: dict[str, Any], context: ToolContext) -> bool:
    """Whether the yes was for exactly this group and these versions."""
    confirmed = context.confirmed
    if confirmed is None or confirmed.tool != "draft_outreach":
        return False
    try:
        agreed = DraftOutreachArgs.model_validate(dict(confirmed.args))
        asked = DraftOutreachArgs.model_validate(resolved)
    except ValidationError:
        return False
    return agreed == asked


def _nobody(split: _Split, resolved: dict[str, Any], context: ToolContext) -> ToolResult:
    left_out = _left_out(split)
    none = none_match(context.scope, split.population.where) if not left_out else ""
    return ToolResult(
        summary=f"{none} There is nobody to write to. {left_out}".strip(),
        args=resolved,
        facts=[Fact(name="customers", value=0, unit="count")],
        suggestions=["Which clients are at risk?"],
    )


def _write(
    args: DraftOutreachArgs, topic: str, angle: AngleName, customer_id: str, context: ToolContext
) -> Draft:
    name = context.gold.names(context.scope)[customer_id]
    client = client_facts(customer_id, name, context)
    client["own_topic"] = " ".join((args.topic or "").split()) or None
    return write(topic, args.channel, args.tone, client, angle)


def _preview(
    args: DraftOutreachArgs,
    topic: str,
    angles: list[AngleName],
    split: _Split,
    resolved: dict[str, Any],
    context: ToolContext,
) -> ToolResult:
    counts = Counter(split.places)
    shown: list[str] = []
    for place, angle in enumerate(angles):
        if place not in split.places:
            continue
        key = split.ids[split.places.index(place)]
        draft = _write(args, topic, angle, key, context)
        shown.append(
            f"**Version {_LETTERS[place]}** for {count_noun(counts[place], 'client')}, e.g. "
            f"{split.names[key]} ({length_words(draft)})\n\n{quoted(draft)}"
        )
    where = split.population.words(len(split.ids))
    versions = "one version" if args.variants == 1 else f"{args.variants} versions, drawn at random"
    ask = f"{ASK_FIRST} Shall I write to {where} in {versions}, and put who gets which in a file?"
    return ToolResult(
        summary="\n\n".join([ask, *shown, *filter(None, [_left_out(split)])]),
        args=resolved,
        facts=_facts(args, topic, split),
        provenance=[_source(split, context)],
        caveats=[] if args.topic else ["No topic was named, so it is a general check-in."],
        suggestions=["Yes, split them", "No, leave it"],
        asks_first=True,
    )


def _dealt(
    args: DraftOutreachArgs,
    topic: str,
    angles: list[AngleName],
    split: _Split,
    resolved: dict[str, Any],
    drafts: DraftsPort,
    context: ToolContext,
) -> ToolResult:
    written = [
        NewDraft(
            customer_id=key,
            channel=args.channel,
            tone=args.tone,
            topic=topic,
            variant=_LETTERS[place],
            angle=angles[place],
            subject=(draft := _write(args, topic, angles[place], key, context)).subject,
            message=draft.body,
            propensity=1 / args.variants,
        )
        for key, place in zip(split.ids, split.places, strict=True)
    ]
    drafts.save(written, user_id=context.user_id)
    counts = Counter(each.variant for each in written)
    parts = [f"{count} get version {letter}" for letter, count in sorted(counts.items())]
    table = _table(written, split)
    return ToolResult(
        summary=(
            f"Written for {split.population.words(len(written))}: {join_words(parts)}. Who gets "
            "which is recorded and in the file; nothing has been sent. Say of a client's draft "
            "that you used, edited or rejected it, and I count it."
        ),
        args=resolved,
        facts=_facts(args, topic, split),
        table=table.model_copy(
            update={"columns": table.columns[:3], "rows": [row[:3] for row in table.rows]}
        ),
        provenance=[_source(split, context)],
        files=_files(args, topic, table, context),
        suggestions=["How do our drafts do?"],
    )


def _table(written: list[NewDraft], split: _Split) -> Table:
    columns = [
        Column(name="customer_id", unit="text", label="Client id"),
        Column(name="name", unit="text", label="Client"),
        Column(name="variant", unit="text", label="Version"),
        Column(name="angle", unit="text", label="Angle"),
        Column(name="subject", unit="text", label="Subject"),
        Column(name="message", unit="text", label="Message"),
    ]
    rows: list[list[Scalar | None]] = [
        [each.customer_id, split.names[each.customer_id], each.variant, each.angle, each.subject,
         each.message]
        for each in written
    ]  # fmt: skip
    return Table(title="Who gets which version", columns=columns, rows=rows)


def _files(
    args: DraftOutreachArgs, topic: str, table: Table, context: ToolContext
) -> list[FileRef]:
    if context.files is None:
        return []
    day = writing_day(context)
    name = f"drafts-{topic.replace('_', '-')}-{args.channel.replace('_', '-')}-{day.isoformat()}"
    report = Report(name=name, title=table.title, about="", sections=(Section("", (), table),))
    return [
        context.files.save(
            user_id=context.user_id,
            name=f"{name}.csv",
            content=as_csv(report),
            media_type="text/csv",
        )
    ]


def _facts(args: DraftOutreachArgs, topic: str, split: _Split) -> list[Fact]:
    counts = Counter(split.places)
    return [
        Fact(name="customers", value=len(split.ids), unit="count"),
        Fact(name="topic", value=args.topic or phrases().topics[topic].label, unit="text"),
        Fact(name="without_consent", value=split.refused, unit="count"),
        Fact(name="contacted_lately", value=split.recent, unit="count"),
        *(
            Fact(name=f"version_{_LETTERS[place].lower()}", value=counts[place], unit="count")
            for place in range(args.variants)
        ),
    ]


def _left_out(split: _Split) -> str:
    parts = [
        f"{split.refused} without consent to be contacted" if split.refused else "",
        f"{split.recent} contacted lately by this channel" if split.recent else "",
    ]
    said = join_words([part for part in parts if part])
    return f"Left out: {said}." if said else ""


def _source(split: _Split, context: ToolContext) -> Provenance:
    return Provenance(
        tool="draft_outreach",
        table="gold.customer_metrics",
        as_of=context.gold.as_of,
        rows=len(split.ids),
        definition=_DEFINITION,
        evidence="recorded",
    )


def _seed(parts: list[str]) -> int:
    return int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:4], "big")
