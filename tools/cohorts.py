"""How many of the clients who joined together are still there: `cohort_retention`."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import Field

from data.client_selection import LASTING
from data.gold_cohorts import read_cohorts
from data.semantic_model import SemanticError
from tools.cohort_answers import (
    KEY_MONTHS,
    Curve,
    Measure,
    curves_by,
    headline,
    heat_map,
    pooled,
    retention_facts,
    retention_table,
    small_base,
)
from tools.contract import Fact, Filter, Provenance, ToolArgs, ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.resolve import mendable_errors, never_filled, none_match, picture_note
from tools.selected import check_lasting_filters, spoken_filters
from tools.wording import count_noun, format_value, join_words

__all__ = ["CohortRetentionArgs", "cohort_retention"]

_TIMES: Final = ("month", "quarter", "year")
_SPLITS: Final = (*_TIMES, *sorted(LASTING - {"customer"}))
_SPOKEN_GROUPS: Final = 4
_DEFINITION: Final = (
    "A cohort is the clients who started in the same month. Retention after k months = Σ retained "
    "÷ Σ customers over the cohorts that have completed k months; MRR retention = Σ MRR then ÷ Σ "
    "MRR at the end of the first month, growth included. Cells not yet complete are left empty."
)


class CohortRetentionArgs(ToolArgs):
    """How to cut the cohorts and what to follow."""

    by: str | None = Field(
        default=None,
        description="month (default), quarter or year of joining, or segment, region, country, "
        "industry, plan, account_manager, contract_type to compare groups.",
    )
    measure: Measure = Field(default="customers", description="Clients, or their MRR.")
    filters: list[Filter] = Field(default_factory=list[Filter])
    months_since: int | None = Field(
        default=None, ge=0, le=240, description="The month of interest, e.g. 6."
    )


def cohort_retention(args: CohortRetentionArgs, context: ToolContext) -> ToolResult:
    """Show the share of clients, or of their MRR, that is still there k months after joining.

    Use for: cohorts, retention curves and heat maps, "still with us after 6 months". Not for
    churn, GRR or NRR of a period (`query_metrics`).
    """
    by = _split(args.by, context)
    filters = check_lasting_filters(args.filters, context, "retention")
    dimension = None if by in {None, *_TIMES} else by
    with mendable_errors():
        cells, source = read_cohorts(context.gold, filters, context.scope, dimension)
    where = spoken_filters(filters, context)
    resolved: dict[str, Any] = {"by": by or "month", "measure": args.measure}
    if filters:
        resolved["filters"] = [asked.model_dump() for asked in filters]
    if args.months_since is not None:
        resolved["months_since"] = args.months_since
    if not cells:
        return ToolResult(summary=_nothing(where, context), args=resolved)
    whole, curves = pooled(cells), curves_by(cells, by)
    if args.measure == "mrr" and not any(cell.mrr_start for cell in cells):
        raise FinalToolError(
            "This data set has no MRR, so only the retention of clients can be shown."
        )
    about = f" ({where})" if where else ""
    months = _columns(whole, by, args.months_since)
    return ToolResult(
        summary=_summary(whole, curves, dimension, args, about),
        args=resolved,
        facts=_facts(whole, curves, dimension),
        table=retention_table(curves, whole, args.measure, by, months),
        charts=[heat_map(curves, args.measure, by, about)],
        provenance=[
            Provenance(
                tool="cohort_retention",
                table=source,
                as_of=context.gold.as_of,
                rows=len(cells),
                definition=_DEFINITION,
                evidence="recorded",
            )
        ],
        caveats=[
            *_caveats(whole, args),
            *picture_note(context),
            *never_filled([dimension] if dimension else [], context),
        ],
        suggestions=_suggestions(args.measure, dimension),
    )


def _split(word: str | None, context: ToolContext) -> str | None:
    if word is None:
        return None
    try:
        name = context.gold.semantic.dimension(word).name
    except SemanticError as error:
        raise RetryableToolError(f"Cohorts cannot be cut by {word!r}.", _SPLITS) from error
    if name not in _SPLITS:
        label = context.gold.semantic.dimension(name).label
        raise FinalToolError(
            f"{label} is known of today's clients only, so cohorts cannot be cut by it. They can "
            f"be cut by {join_words([split.replace('_', ' ') for split in _SPLITS], last='or')}."
        )
    return None if name == "month" else name


def _nothing(where: str, context: ToolContext) -> str:
    with mendable_errors():
        known = context.gold.names(context.scope)
    if not known or where:
        return none_match(context.scope, where)
    return "No cohort has completed its first month yet."


def _summary(
    whole: Curve,
    curves: Sequence[Curve],
    dimension: str | None,
    args: CohortRetentionArgs,
    about: str,
) -> str:
    text = headline(whole, args.measure, about, args.months_since)
    if dimension is None:
        return f"{text} These are {count_noun(whole.customers, 'client')} in {count_noun(len(whole.cohorts), 'monthly cohort')}."
    shown = [k for k in (args.months_since, 12, 6, 3, 1) if k is not None]
    k = next((k for k in shown if any(curve.share(k, args.measure) for curve in curves)), None)
    if k is None:
        return text
    ranked = sorted(curves, key=lambda curve: -(curve.share(k, args.measure) or -1))
    said = [
        f"{curve.label} {format_value(curve.share(k, args.measure), 'pct')}"
        for curve in ranked[:_SPOKEN_GROUPS]
    ]
    rest = "; the table has the others" if len(ranked) > len(said) else ""
    return f"{text} By {dimension.replace('_', ' ')} after {count_noun(k, 'month')}: {join_words(said)}{rest}."


def _facts(whole: Curve, curves: Sequence[Curve], dimension: str | None) -> list[Fact]:
    facts = [
        Fact(name="customers", value=whole.customers, unit="count"),
        Fact(name="cohorts", value=len(whole.cohorts), unit="count"),
        *retention_facts(whole),
    ]
    if dimension is not None:
        for curve in curves:
            facts += retention_facts(curve, f"[{dimension}={curve.label}]")
    return facts


def _columns(whole: Curve, by: str | None, asked: int | None) -> list[int]:
    """All months for the triangle; those that matter where groups are compared."""
    months = [k for k in whole.months if k > 0]
    if by in {None, "month"}:
        return months
    return [k for k in months if k in KEY_MONTHS or k == asked] or months


def _caveats(whole: Curve, args: CohortRetentionArgs) -> list[str]:
    found: list[str] = []
    asked = args.months_since
    if asked is not None and whole.share(asked, args.measure) is None:
        found.append(
            f"No cohort has completed {count_noun(asked, 'month')} yet; the longest is "
            f"{count_noun(max(whole.months), 'month')}."
        )
    if args.measure == "mrr":
        found.append("MRR retention counts growth of those who stayed, so it can exceed 100 %.")
    last = asked if asked in whole.months else max(k for k in whole.months if k <= 12)
    if small_base(whole, last):
        found.append(
            f"After {count_noun(last, 'month')} this rests on {count_noun(whole.base(last), 'client')}."
        )
    return found


def _suggestions(measure: Measure, dimension: str | None) -> list[str]:
    other = (
        "Revenue retention by cohort" if measure == "customers" else "Client retention by cohort"
    )
    split = "Show the cohort retention heat map" if dimension else "Cohort retention by segment"
    return [split, other, "What is our churn rate?"]
