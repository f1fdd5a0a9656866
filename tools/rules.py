"""Which risk rules fire, for one client or a group: `evaluate_rules`."""

from typing import Final

from pydantic import Field

from tools.contract import Filter, Provenance, ToolArgs, ToolContext, ToolResult
from tools.judged import features_of_client, features_of_group, nobody
from tools.rule_answers import client_answer, group_answer, trippers_answer
from tools.rule_book import resolve_rule, rule_book

_TABLE: Final = "gold.ai_model_features"


class EvaluateRulesArgs(ToolArgs):
    """A client, or filters for a group; neither means all clients you can see."""

    customer: str | None = Field(default=None, description="Client id or name.")
    filters: list[Filter] = Field(default_factory=list[Filter])
    rule: str | None = Field(
        default=None,
        description='Only this rule, by its name or words of it, e.g. "inactivity": who trips it.',
    )


def evaluate_rules(args: EvaluateRulesArgs, context: ToolContext) -> ToolResult:
    """Hold the risk rules against a client or a group and show which fire.

    Use for: the rule score, rules triggered, thresholds and the client's values, who trips one
    rule. Not for the model's probability (`predict_churn`) or its reasons (`explain_churn`).
    """
    if args.customer is not None:
        return _one_client(args.customer, args.rule, context)
    return _group(args.filters, args.rule, context)


def _one_client(text: str, rule_text: str | None, context: ToolContext) -> ToolResult:
    lacking = "are no rules to hold against them"
    customer_id, name, features = features_of_client(text, context, lacking)
    book = rule_book(context.gold)
    rule = None if rule_text is None else resolve_rule(rule_text, book)
    result = book.evaluate(features.iloc[0].to_dict())
    answer = client_answer(name, result, rule, context.gold.build.currency)
    given = {"customer": customer_id} | ({} if rule is None else {"rule": rule.id})
    return answer.model_copy(update={"args": given, "provenance": [_provenance(context, 1)]})


def _group(filters: list[Filter], rule_text: str | None, context: ToolContext) -> ToolResult:
    book = rule_book(context.gold)
    rule = None if rule_text is None else resolve_rule(rule_text, book)
    checked, features = features_of_group(filters, context)
    args = {"filters": [f.model_dump() for f in checked]}
    args |= {} if rule is None else {"rule": rule.id}
    provenance = [_provenance(context, len(features))]
    if features.empty:
        return nobody(args, provenance, context)
    names, currency = context.gold.names(context.scope), context.gold.build.currency
    answer = (
        group_answer(book, features, names, currency)
        if rule is None
        else trippers_answer(book, rule, features, names, currency)
    )
    return answer.model_copy(update={"args": args, "provenance": provenance})


def _provenance(context: ToolContext, rows: int) -> Provenance:
    return Provenance(
        tool="evaluate_rules",
        table=_TABLE,
        as_of=context.gold.as_of,
        rows=rows,
        definition="Weights of the rules that fire, added up and capped at 1; unknown values never fire.",
        evidence="recorded",
    )
