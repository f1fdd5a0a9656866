"""Writes the answer of a turn from what the tools returned, and only from that."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from app.agent.planner.lexicon import Lexicon
from app.agent.planner.plan import Plan
from tools.contract import Citation, Fact, Table, ToolResult
from tools.wording import format_value, join_words

ROWS_SHOWN: Final = 10
COLUMNS_SHOWN: Final = 7
_HIDDEN: Final = frozenset({"customer_id", "playbook_id"})
_QUOTED: Final = 3
_WORDED: Final = frozenset({"text", "date"})
_CODE_NAME: Final = re.compile(r"[a-z]+(?:_[a-z]+)+")
_CARD_PART: Final = re.compile(r"(?<=\.) (?=[A-Z][a-z ]+: )")
_TABLE_WORDS: Final = MappingProxyType(
    {
        "gold.ai_model_features": "client features",
        "gold.customer_health_scores": "client health scores",
        "gold.customer_metrics": "client metrics",
        "gold.customer_months": "monthly client figures",
        "gold.customer_products": "products in use",
        "gold.dashboard_kpis": "monthly figures",
        "gold.feedback": "client feedback",
        "gold.health_history": "health history",
        "gold.interventions": "recorded interventions",
        "gold.metric_daily": "daily figures",
        "gold.mrr_movements": "MRR movements",
        "gold.cohort_retention": "cohorts",
    }
)
_LONG: Final = 400
_NO_TABLE: Final = frozenset({"get_customer", "get_playbook", "search_playbooks"})


def compose(
    tools: Sequence[str], results: Sequence[ToolResult], plan: Plan, lexicon: Lexicon
) -> str:
    """Word the answer: headline, table, caveats, evidence and source.

    Args:
        tools: The tool of each result.
        results: What they returned.
        plan: What was asked for: it says what the answer leads with.
        lexicon: Labels of what is named.
    """
    sections = [
        _section(tool, result, plan.focus, lexicon)
        for tool, result in zip(tools, results, strict=True)
    ]
    parts = [plan.text] if plan.text else []
    return "\n\n".join([*sections, *parts])


def suggestions_of(results: Sequence[ToolResult]) -> list[str]:
    """Two or three next questions."""
    offered = [item for result in reversed(results) for item in result.suggestions]
    return list(dict.fromkeys(offered))[:3]


def _section(tool: str, result: ToolResult, focus: Mapping[str, Any], lexicon: Lexicon) -> str:
    lead = _lead(tool, result, focus, lexicon)
    blocks = [lead] if lead else []
    blocks.append(_body(tool, result))
    if tool == "search_playbooks":
        blocks += [_quote(citation) for citation in result.citations[:_QUOTED]]
    table = result.table
    listed = tool not in _NO_TABLE or _lists_actions(result)
    if table is not None and len(table.rows) > 1 and listed:
        blocks.append(_markdown(table))
    blocks += result.caveats
    source = _source(result)
    return "\n\n".join([*blocks, source] if source else blocks)


def _body(tool: str, result: ToolResult) -> str:
    """The tool's own words, broken up where they are long."""
    if tool == "search_playbooks" and result.citations:
        return result.summary.splitlines()[0]
    if tool != "get_customer" or _lists_actions(result):
        return result.summary
    first, *parts = _CARD_PART.split(result.summary)
    points = [f"- **{head}:** {text}" for head, _, text in (part.partition(": ") for part in parts)]
    return "\n".join([first, *([""] if points else []), *points])


def _lists_actions(result: ToolResult) -> bool:
    """Whether it is what was done for a client, and not the client's card."""
    return result.args.get("about") == "actions"


def _lead(tool: str, result: ToolResult, focus: Mapping[str, Any], lexicon: Lexicon) -> str:
    """What was asked for, first: a definition, or fields of a client's card."""
    if tool == "query_metrics" and focus.get("define"):
        return _definition(result, lexicon)
    if tool == "query_metrics" and focus.get("part"):
        return _part(result, str(focus["part"]))
    if tool == "simulate_strategy" and focus.get("break_even"):
        return _break_even(result)
    fields = focus.get("fields")
    if tool == "get_customer" and fields:
        return _fields(result, fields, lexicon)
    return ""


def _part(result: ToolResult, part: str) -> str:
    """The share of the group that was asked for, of the whole."""
    shares = [
        fact for fact in result.facts if "_share_pct[" in fact.name and f"={part}]" in fact.name
    ]
    said = [format_value(fact.value, fact.unit) for fact in shares[:1]]
    kind = shares[0].name.partition("[")[2].partition("=")[0] if shares else ""
    name = f"**{part.replace('_', ' ')}** ({kind.replace('_', ' ')})"
    return f"{name} makes up {said[0]} of the whole." if said else ""


def _break_even(result: ToolResult) -> str:
    """How large the effect must be for the strategy to pay."""
    facts = {fact.name: format_value(fact.value, fact.unit) for fact in result.facts}
    least, expected = facts.get("break_even_effect_pct"), facts.get("effect_pct")
    if least is None or expected is None:
        return ""
    return (
        f"It breaks even when {least} of the treated clients are kept who would otherwise leave; "
        f"{expected} are expected."
    )


def _definition(result: ToolResult, lexicon: Lexicon) -> str:
    asked = [str(name) for name in result.args.get("metrics", [])]
    own = [lexicon.definitions[name] for name in asked if name in lexicon.definitions]
    given = [entry.definition for entry in result.provenance[: max(len(asked), 1)]]
    return " ".join(dict.fromkeys([*own, *given]))


def _fields(result: ToolResult, fields: Sequence[str], lexicon: Lexicon) -> str:
    facts = {fact.name: fact for fact in result.facts}
    name = facts.get("name")
    said = [_field(facts[field], lexicon) for field in fields if field in facts]
    missing = [lexicon.label(field) for field in fields if field not in facts]
    who = str(name.value) if name else "This client"
    text = f"**{who}**: {join_words(said)}." if said else ""
    if missing:
        text = f"{text} {join_words(missing)}: not known for {who}.".strip()
    return text


def _field(fact: Fact, lexicon: Lexicon) -> str:
    return f"{lexicon.label(fact.name)} {_said(fact.value, fact.unit)}"


def _said(value: Any, unit: str) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return format_value(value, unit)


def _markdown(table: Table) -> str:
    shown = [
        i
        for i, column in enumerate(table.columns)
        if column.name not in _HIDDEN and any(row[i] is not None for row in table.rows)
    ]
    shown = shown[:COLUMNS_SHOWN]
    heads = [table.columns[i].label or table.columns[i].name.replace("_", " ") for i in shown]
    rules = ["---" if table.columns[i].unit in _WORDED else "---:" for i in shown]
    lines = [_row(heads), _row(rules)]
    lines += [
        _row([_cell(row[i], table.columns[i].unit) for i in shown])
        for row in table.rows[:ROWS_SHOWN]
    ]
    more = "\n\nThese are the first rows; the whole table goes on."
    return "\n".join(lines) + (more if len(table.rows) > ROWS_SHOWN else "")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any, unit: str) -> str:
    said = _said(value, unit).replace("|", "/").replace("\n", " ")
    return said.replace("_", " ") if _CODE_NAME.fullmatch(said) else said


def _quote(citation: Citation) -> str:
    passage = citation.passage.strip()
    if len(passage) > _LONG:
        passage = passage[:_LONG].rsplit(" ", 1)[0] + " …"
    lines = [f"**{citation.title}**, {citation.heading}", "", *passage.splitlines()]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _source(result: ToolResult) -> str:
    entries: dict[str, str] = {}
    for item in result.provenance:
        when = f", as of {item.as_of.day} {item.as_of:%b %Y}" if item.as_of else ""
        model = f" by model {item.model_version}" if item.model_version else ""
        table = _TABLE_WORDS.get(item.table, item.table)
        entries.setdefault(f"{table}{when}", f"{item.evidence}{model}")
    said = "; ".join(f"{table} ({how})" for table, how in entries.items())
    return f"Source: {said}" if said else ""
