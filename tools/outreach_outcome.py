"""What became of drafts: recorded for one, counted for all."""

from typing import Any, Final, cast

from tools.contract import Column, Fact, Provenance, Scalar, Table, ToolContext, ToolResult
from tools.draft_log import DraftsPort, DraftTally, Feedback, SavedDraft
from tools.errors import FinalToolError
from tools.models.effects import wilson_interval
from tools.outreach_args import DraftOutreachArgs, ResultsBy
from tools.outreach_words import phrases
from tools.resolve import resolve_customer
from tools.wording import count_noun, format_value

__all__ = ["draft_meant", "kept_drafts", "record_feedback", "show_results"]

_SAID: Final[dict[Feedback, str]] = {
    "used": "used as it was", "edited": "used after an edit", "rejected": "rejected",
}  # fmt: skip
_GROUPS: Final[dict[ResultsBy, str]] = {
    "angle": "Version", "topic": "Topic", "channel": "Channel", "tone": "Tone",
}  # fmt: skip
_LABELS: Final = {
    "question": "asks one question", "help": "offers a hand", "value": "talks about worth",
    "template": "a play's template", "email": "e-mail", "in_app": "in-app message",
}  # fmt: skip
_FEW: Final = 10
"""Below so many decisions a share says little."""
_DEFINITION: Final = (
    "Drafts made here. Decided: it is known what became of the draft, or of another version shown "
    "beside it. Share used: used as it was or after an edit, of the decided; 95 % interval after "
    "Wilson."
)


def record_feedback(args: DraftOutreachArgs, context: ToolContext) -> ToolResult:
    """Record that a draft was used, edited or rejected; a later word replaces an earlier one."""
    drafts = kept_drafts(context)
    meant, name = draft_meant(args, context)
    feedback = cast("Feedback", args.action)
    if drafts.judge(meant.id, feedback, user_id=context.user_id) is None:
        raise FinalToolError("That draft is no longer kept, so nothing was recorded.")
    before = "" if meant.feedback in (None, feedback) else f" Before it said {meant.feedback}."
    which = _which(meant, several=args.variant is not None)
    return ToolResult(
        summary=f"Recorded: {which} for **{name}** was {_SAID[feedback]}.{before}",
        args={"action": args.action, "customer": meant.draft.customer_id, "draft": meant.id},
        facts=[
            Fact(name="name", value=name, unit="text"),
            Fact(name="feedback", value=feedback, unit="text"),
            Fact(name="variant", value=meant.draft.variant, unit="text"),
            Fact(name="angle", value=meant.draft.angle, unit="text"),
        ],
        provenance=[_source(1, drafts)],
        suggestions=["How do our drafts do?", f"How is {name} doing?"],
    )


def show_results(args: DraftOutreachArgs, context: ToolContext) -> ToolResult:
    """Count what became of the drafts for clients in scope, with intervals."""
    drafts = kept_drafts(context)
    found = drafts.tally(args.by, context.gold.names(context.scope))
    resolved: dict[str, Any] = {"action": "results", "by": args.by}
    total = sum(each.drafted for each in found)
    if not found:
        return ToolResult(
            summary="No drafts are on file yet for the clients you can see.",
            args=resolved,
            facts=[Fact(name="drafted", value=0, unit="count")],
            suggestions=["Which clients are at risk?"],
        )
    decided = sum(each.decided for each in found)
    used = sum(each.used + each.edited for each in found)
    rejected = sum(each.rejected for each in found)
    head = (
        f"**{count_noun(total, 'draft')}** on file: {used} used, {rejected} rejected; of "
        f"{total - decided} it is not known what became of them."
    )
    lines = [f"- {_group_line(each, args.by)}" for each in found if each.decided]
    few = [each for each in found if each.decided < _FEW]
    return ToolResult(
        summary="\n".join([head, "", *lines] if lines else [head]),
        args=resolved,
        facts=[
            Fact(name="drafted", value=total, unit="count"),
            Fact(name="decided", value=decided, unit="count"),
            Fact(name="used", value=used, unit="count"),
            Fact(name="rejected", value=rejected, unit="count"),
            Fact(name="undecided", value=total - decided, unit="count"),
            *(fact for each in found for fact in _facts(each)),
        ],
        table=_table(found, args.by),
        provenance=[_source(total, drafts)],
        caveats=[_too_few()] if few else [],
        suggestions=["How do our drafts do by topic?", "How do our drafts do by channel?"],
    )


def draft_meant(args: DraftOutreachArgs, context: ToolContext) -> tuple[SavedDraft, str]:
    """The draft that a person means: by id, else of those shown to them last.

    Returns:
        The draft and its client's name.

    Raises:
        FinalToolError: There is none, it is not of a client in scope, or several may be meant.
    """
    drafts, names = kept_drafts(context), context.gold.names(context.scope)
    if args.draft is not None:
        found = drafts.find(args.draft)
        if found is None or found.draft.customer_id not in names:
            raise FinalToolError("There is no such draft among those of the clients you can see.")
        return found, names[found.draft.customer_id]
    key = resolve_customer(args.customer, context)[0] if args.customer else None
    shown = drafts.latest(user_id=context.user_id, customer_id=key)
    shown = [each for each in shown if each.draft.customer_id in names]
    if not shown:
        whom = f" for {names[key]}" if key in names else ""
        raise FinalToolError(f"No draft{whom} is on file for you yet. Ask for one first.")
    if key is None and shown[0].draft.propensity is not None:
        raise FinalToolError("The drafts shown last went to a group. Which client do you mean?")
    letters = [each.draft.variant for each in shown]
    if args.variant is None and len(shown) > 1:
        raise FinalToolError(f"Which version do you mean: {', '.join(letters)}?")
    chosen = [each for each in shown if args.variant in (None, each.draft.variant)]
    if not chosen:
        raise FinalToolError(
            f"There is no version {args.variant} among the drafts shown last: {', '.join(letters)}."
        )
    return chosen[0], names[chosen[0].draft.customer_id]


def kept_drafts(context: ToolContext) -> DraftsPort:
    """Where drafts are kept.

    Raises:
        FinalToolError: This installation keeps none.
    """
    if context.drafts is None:
        raise FinalToolError("This installation keeps no drafts, so nothing can be recorded.")
    return context.drafts


def _which(meant: SavedDraft, *, several: bool) -> str:
    kind = {"email": "e-mail", "call": "call script", "in_app": "in-app message"}
    version = f"version {meant.draft.variant} of " if several else ""
    return f"{version}the {kind[meant.draft.channel]}"


def _group_line(each: DraftTally, by: ResultsBy) -> str:
    low, high = wilson_interval(each.used + each.edited, each.decided)
    share = (each.used + each.edited) / each.decided
    edited = f", {each.edited} of them after an edit" if each.edited else ""
    return (
        f"{_label(each.group, by).capitalize()}: {each.used + each.edited} of {each.decided} used "
        f"({format_value(share, 'prob')}, 95 % interval {format_value(low, 'prob')} to "
        f"{format_value(high, 'prob')}){edited}."
    )


def _facts(each: DraftTally) -> list[Fact]:
    if not each.decided:
        return []
    low, high = wilson_interval(each.used + each.edited, each.decided)
    share = (each.used + each.edited) / each.decided
    return [
        Fact(name=f"used_share:{each.group}", value=share, unit="prob"),
        Fact(name=f"used_share_low:{each.group}", value=low, unit="prob"),
        Fact(name=f"used_share_high:{each.group}", value=high, unit="prob"),
    ]


def _table(found: list[DraftTally], by: ResultsBy) -> Table:
    columns = [
        Column(name=by, unit="text", label=_GROUPS[by]),
        Column(name="drafted", unit="count", label="Drafted"),
        Column(name="decided", unit="count", label="Decided"),
        Column(name="used", unit="count", label="Used as it was"),
        Column(name="edited", unit="count", label="Used after an edit"),
        Column(name="rejected", unit="count", label="Rejected"),
        Column(name="used_share", unit="prob", label="Share used"),
    ]
    rows: list[list[Scalar | None]] = [
        [
            _label(each.group, by), each.drafted, each.decided, each.used, each.edited,
            each.rejected,
            (each.used + each.edited) / each.decided if each.decided else None,
        ]
        for each in found
    ]  # fmt: skip
    return Table(title="What became of the drafts", columns=columns, rows=rows)


def _label(group: str, by: ResultsBy) -> str:
    topics = phrases().topics
    if by == "topic" and group in topics:
        return topics[group].label
    return _LABELS.get(group, group)


def _too_few() -> str:
    return (
        f"With fewer than {_FEW} decided drafts a share says little: look at its interval. Managers "
        "choose whom they write to, so a difference is no proof; a random split is."
    )


def _source(rows: int, drafts: DraftsPort) -> Provenance:
    return Provenance(
        tool="draft_outreach",
        table="drafts on file",
        as_of=drafts.today,
        rows=rows,
        definition=_DEFINITION,
        evidence="recorded",
    )
