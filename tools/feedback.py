"""What clients say in surveys and tickets: `analyze_feedback`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, Literal, get_args

from pydantic import Field

from data.client_selection import LASTING
from data.gold_feedback import FeedbackReader
from data.query import Scope
from data.semantic_model import SemanticError, normalised
from tools.contract import (
    Fact,
    Filter,
    Period,
    Provenance,
    Table,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.errors import FinalToolError, RetryableToolError
from tools.feedback_answers import Spoken, facts_of, groups_table, spoken_topic, summary_of
from tools.feedback_charts import charts_of
from tools.feedback_groups import contrasts_of
from tools.feedback_impact import (
    ASSOCIATION,
    facts_of_impact,
    impacts_of,
    summary_of_impact,
    with_impact,
)
from tools.feedback_quotes import masked, quote_facts, quotes_table
from tools.resolve import check_filters, mendable_errors, never_filled, none_match
from tools.selected import spoken_filters

__all__ = ["AnalyzeFeedbackArgs", "analyze_feedback"]

_Own = Literal["topic", "source", "month", "quarter", "year"]
_QUOTE, _NPS_GROUP = "quote", "nps_group"
_OWN: Final[tuple[_Own, ...]] = get_args(_Own)
_MORE: Final = ("health_band", "churn_risk", "status")
_SPLITS: Final = (*_OWN, _NPS_GROUP, *sorted(LASTING), *_MORE, _QUOTE)
_QUOTES, _MANY_QUOTES = 5, 20
_MOST_GROUPS: Final = 50
_DEFINITION: Final = (
    "Mean sentiment of survey comments and support tickets, from -1 (angry) to 1 (delighted), "
    "read by a small model on this machine. A text may have several topics, each with the mood of "
    "the clauses about it; 0.2 and above counts as positive, -0.2 and below as negative, a "
    "complaint. Detractors answered at most 6 in their latest NPS survey, promoters at least 9."
)


class AnalyzeFeedbackArgs(ToolArgs):
    """Whose feedback, of when, and how to split it."""

    filters: list[Filter] = Field(
        default_factory=list[Filter],
        description="On clients; `topic` narrows to texts about a topic.",
    )
    period: Period | None = Field(default=None, description="None means all there is.")
    by: str | None = Field(
        default=None,
        description="topic (with what became of those who complained), nps_group (detractors "
        "against promoters), source, month, quarter, year, quote, or a dimension of clients.",
    )


def analyze_feedback(args: AnalyzeFeedbackArgs, context: ToolContext) -> ToolResult:
    """Read what clients say: sentiment, topics and quotes of survey comments and tickets.

    Use for: "what are clients saying?", complaints, praise, topics, mood, sentiment, quotes, what
    detractors complain about compared with promoters, which topic goes along with churn. Not for
    NPS, CSAT or ticket counts (`query_metrics`).
    """
    _require_feedback(context)
    by = _split(args.by, context)
    topic, filters = _topic(args.filters, context)
    filters = check_filters(filters, context)
    readers = [
        FeedbackReader(context.gold, filters, context.scope, period, topic)
        for period in (args.period, _before(args.period))
    ]
    where = spoken_filters(filters, context)
    if topic:
        where = f"topic {spoken_topic(topic)}" + (f", {where}" if where else "")
    resolved = _resolved(args, filters, topic, by)
    with mendable_errors():
        spoken = _spoken(readers, args, by, where)
    if spoken is None:
        return _silence(where, resolved, context)
    spoken = replace(spoken, topic=topic, quotes=masked(spoken.quotes, context))
    result = ToolResult(
        summary=summary_of(spoken),
        args=resolved,
        facts=[*facts_of(spoken), *quote_facts(spoken.quotes)],
        table=_table(spoken, topic),
        charts=charts_of(spoken),
        provenance=[_provenance(spoken.total.texts, context)],
        caveats=_caveats(spoken, by, context),
        suggestions=_suggestions(by),
    )
    with mendable_errors():
        return _widened(result, readers[0], by)


def _widened(result: ToolResult, reader: FeedbackReader, by: str | None) -> ToolResult:
    """The result with what only this split can tell."""
    if by == _NPS_GROUP and (contrast := contrasts_of(reader.voices())):
        return result.model_copy(
            update={
                "summary": f"{contrast.summary()} {result.summary}",
                "facts": [*result.facts, *contrast.facts()],
                "table": contrast.table(),
                "charts": [contrast.chart(), *result.charts],
                "caveats": [*result.caveats, ASSOCIATION],
            }
        )
    if by == "topic" and result.table and (impacts := impacts_of(reader.outcomes())):
        return result.model_copy(
            update={
                "summary": f"{result.summary} {summary_of_impact(impacts)}".strip(),
                "facts": [*result.facts, *facts_of_impact(impacts)],
                "table": with_impact(result.table, impacts),
                "caveats": [*result.caveats, ASSOCIATION],
            }
        )
    return result


def _table(spoken: Spoken, topic: str | None) -> Table:
    """The split where there is one, else the topics, else the quotes."""
    if spoken.groups and spoken.by:
        return groups_table(spoken.groups, spoken.by, spoken.total.texts)
    if spoken.by is None and spoken.topics and topic is None:
        return groups_table(spoken.topics, "topic", spoken.total.texts)
    return quotes_table(spoken.quotes)


def _require_feedback(context: ToolContext) -> None:
    everything = FeedbackReader(context.gold, (), Scope())
    with mendable_errors():
        if everything.count("source"):
            return
    absent = [name for name in ("surveys", "support_tickets") if name in context.gold.build.absent]
    said = " and ".join(name.replace("_", " ") for name in absent)
    why = f"has no {said}" if absent else "has no survey comments"
    if absent != ["surveys", "support_tickets"]:
        why += ", and its tickets carry no text" if "support_tickets" not in absent else ""
    raise FinalToolError(
        f"This data set {why}, so there is no feedback to read. Ask for CSAT or for the number of "
        "support tickets instead."
    )


def _split(word: str | None, context: ToolContext) -> str | None:
    if word is None:
        return None
    own = {"topics": "topic", "sources": "source", "theme": "topic", "themes": "topic"}
    own |= {"quotes": _QUOTE, "nps": _NPS_GROUP, "nps group": _NPS_GROUP}
    name = own.get(normalised(word), normalised(word))
    if name in {*_OWN, _QUOTE, _NPS_GROUP}:
        return name
    try:
        name = context.gold.semantic.dimension(word).name
    except SemanticError as error:
        raise RetryableToolError(f"Feedback cannot be split by {word!r}.", _SPLITS) from error
    if name not in _SPLITS:
        raise RetryableToolError(f"Feedback cannot be split by {name!r}.", _SPLITS)
    return name


def _topic(filters: Sequence[Filter], context: ToolContext) -> tuple[str | None, list[Filter]]:
    """The topic asked for, and the filters on clients."""
    asked = [f for f in filters if f.dimension.casefold() in {"topic", "topics"}]
    rest = [f for f in filters if f not in asked]
    if not asked:
        return None, rest
    everything = FeedbackReader(context.gold, (), Scope())
    known = [str(entry.group) for entry in everything.count("topic")]
    spelled = {normalised(name): name for name in known}
    if len(asked) > 1 or asked[0].op != "=" or isinstance(asked[0].value, list):
        raise RetryableToolError(f"One topic at a time, with '=', not {asked[0].value!r}.", known)
    found = spelled.get(normalised(str(asked[0].value)))
    if found is None:
        raise RetryableToolError(f"No topic {str(asked[0].value)!r}.", known)
    return found, rest


def _before(period: Period | None) -> Period | None:
    """The period of the same length just before."""
    if period is None:
        return None
    last = period.start - timedelta(days=1)
    return Period(start=last - (period.end - period.start), end=last)


def _spoken(
    readers: Sequence[FeedbackReader], args: AnalyzeFeedbackArgs, by: str | None, where: str
) -> Spoken | None:
    reader, earlier = readers
    totals = reader.count("all")
    if not totals:
        return None
    total = totals[0]
    before = (earlier.count("all") or [None])[0] if args.period else None
    if by in {None, _QUOTE}:
        groups = []
    elif by in _OWN:
        groups = reader.count(by)
    else:
        groups = reader.count_by(str(by))
    return Spoken(
        total=total,
        topics=reader.count("topic"),
        sources=reader.count("source"),
        months=reader.count("month"),
        before=before,
        groups=groups[:_MOST_GROUPS],
        by=by,
        quotes=reader.quotes(
            worst_first=(total.sentiment or 0) < 0,
            limit=_QUOTES if by not in {None, _QUOTE} else _MANY_QUOTES,
        ),
        where=where,
    )


def _resolved(
    args: AnalyzeFeedbackArgs, filters: Sequence[Filter], topic: str | None, by: str | None
) -> dict[str, Any]:
    resolved: dict[str, Any] = {"filters": [asked.model_dump() for asked in filters]}
    if topic:
        resolved["filters"].append({"dimension": "topic", "op": "=", "value": topic})
    if args.period:
        resolved["period"] = args.period.model_dump()
    if by:
        resolved["by"] = by
    return resolved


def _silence(where: str, resolved: dict[str, Any], context: ToolContext) -> ToolResult:
    asked = FeedbackReader(context.gold, (), context.scope).count("all")
    if not asked and not context.scope.is_full:
        text = "There is no feedback from the clients in your scope."
    else:
        about = f" ({where})" if where else ""
        when = resolved.get("period")
        span = f" between {when['start']} and {when['end']}" if when else ""
        among = "" if context.scope.is_full else " in your scope"
        text = f"No feedback from clients{among}{about}{span}: 0 texts."
    if context.gold.names(context.scope) == {}:
        text = none_match(context.scope, where)
    return ToolResult(
        summary=text,
        args=resolved,
        facts=[Fact(name="feedback", value=0, unit="count")],
        provenance=[_provenance(0, context)],
        suggestions=["What are clients saying?"],
    )


def _provenance(rows: int, context: ToolContext) -> Provenance:
    return Provenance(
        tool="analyze_feedback",
        table="gold.feedback",
        as_of=context.gold.as_of,
        rows=rows,
        definition=_DEFINITION,
        evidence="predicted",
        model_version="local sentiment model",
    )


def _caveats(spoken: Spoken, by: str | None, context: ToolContext) -> list[str]:
    found = [
        "A small model on this machine reads sentiment and topics; it may misread single texts."
    ]
    sources = {str(entry.group) for entry in spoken.sources}
    if sources == {"ticket"}:
        found.append("These are support tickets only, which are written when something is wrong.")
    if sources == {"survey"}:
        found.append("These are survey comments only.")
    if by in {*LASTING, *_MORE}:
        found += never_filled([by], context)
    return found


def _suggestions(by: str | None) -> list[str]:
    split = "feedback by segment" if by != "segment" else "feedback by topic"
    return [
        f"Show {split}",
        "How did sentiment develop over the last 6 months?",
        "Which clients are detractors?",
    ]
