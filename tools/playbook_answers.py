"""How plays and passages are put into an answer: always quoted and dated, never reworded."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from tools.contract import Citation, Column, Evidence, Fact, Passage, Playbook, Scalar, Table
from tools.wording import count_noun, format_value

_QUOTE_CHARS: Final = 260
_SENTENCE_END: Final = re.compile(r"(?<=[.!?:])\s+")


def search_summary(passages: Sequence[Passage]) -> str:
    """Headline and one quoted, dated line a passage."""
    books = dict.fromkeys(passage.title for passage in passages)
    fits = "fits" if len(books) == 1 else "fit"
    head = f"{count_noun(len(books), 'playbook')} {fits}: {'; '.join(books)}."
    lines = [
        f"- **{passage.title}** ({_stamp(passage.heading, passage.reviewed)}): "
        f"“{_quote(passage.text)}”"
        for passage in passages
    ]
    return "\n".join([head, *lines])


def book_summary(book: Playbook) -> str:
    """The whole play as markdown: trigger, owner, money, steps, then every section."""
    matter = book.front_matter
    lines = [f"**{book.title}** ({_stamp('', book.reviewed)}).", ""]
    lines += [
        f"- **{label}:** {matter[name]}"
        for name, label in (("trigger", "When"), ("owner", "Owner"))
        if matter.get(name)
    ]
    lines += _money_lines(matter)
    told_below = any(heading == "Steps" for heading, _ in book.sections)
    if matter.get("steps") and not told_below:
        lines.append("\n**Steps**\n")
        lines += [f"{number}. {_step(step)}" for number, step in enumerate(matter["steps"], 1)]
    lines += [f"\n**{heading}**\n\n{text}" for heading, text in book.sections]
    return "\n".join(lines)


def _money_lines(matter: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    if (cost := matter.get("cost_per_customer")) is not None:
        lines.append(f"- **Cost:** {format_value(cost, 'usd')} a client.")
    effect = _effect(matter)
    if "low" in effect and "high" in effect:
        low, high = (format_value(100 * effect[end], "points") for end in ("low", "high"))
        lines.append(
            f"- **Expected effect:** {low} to {high} percentage points more clients kept after 90 days "
            f"({effect['grade']}: {effect.get('source') or 'no source given'})."
        )
    return lines


def book_facts(book: Playbook) -> list[Fact]:
    """Cost, expected effect in percentage points, grade of evidence, strategy, review date."""
    matter = book.front_matter
    effect = _effect(matter)
    facts = [Fact(name="playbook", value=book.title, unit="text")]
    if (cost := matter.get("cost_per_customer")) is not None:
        facts.append(Fact(name="cost_per_customer", value=cost, unit="usd"))
    facts += [
        Fact(name=f"expected_effect_{end}", value=round(100 * effect[end], 4), unit="points")
        for end in ("low", "high")
        if effect.get(end) is not None
    ]
    if effect:
        facts.append(Fact(name="evidence_grade", value=effect["grade"], unit="text"))
    if strategy := matter.get("strategy"):
        facts.append(Fact(name="strategy", value=strategy, unit="text"))
    if steps := matter.get("steps"):
        facts.append(Fact(name="steps", value=len(steps), unit="count"))
    if book.reviewed:
        facts.append(Fact(name="reviewed", value=book.reviewed, unit="date"))
    return facts


def step_table(book: Playbook) -> Table | None:
    """Who does what on which day; None where the play names no steps."""
    steps = book.front_matter.get("steps")
    if not steps:
        return None
    rows: list[list[Scalar | None]] = [
        [step.get("day"), step.get("owner"), step["action"]] for step in steps
    ]
    columns = [
        Column(name="day", unit="count", label="Day"),
        Column(name="owner", unit="text", label="Owner"),
        Column(name="action", unit="text", label="Step"),
    ]
    return Table(columns=columns, rows=rows, title=book.title)


def passage_table(passages: Sequence[Passage]) -> Table:
    """Which playbook and section each passage is from."""
    columns = [
        Column(name="playbook_id", unit="text", label="Playbook"),
        Column(name="title", unit="text", label="Title"),
        Column(name="heading", unit="text", label="Section"),
        Column(name="reviewed", unit="date", label="Reviewed"),
    ]
    rows: list[list[Scalar | None]] = [
        [passage.playbook_id, passage.title, passage.heading, passage.reviewed]
        for passage in passages
    ]
    return Table(columns=columns, rows=rows, title="Playbooks that fit")


def book_suggestions(matter: dict[str, Any]) -> list[str]:
    """What to ask after reading a play."""
    strategy = matter.get("strategy")
    if not strategy:
        return ["Which clients are at risk?"]
    name = strategy.replace("_", " ")
    return [
        f"What if we use {name} with the clients at risk?",
        f"Did {name} work so far?",
        "Which clients are at risk?",
    ]


def _step(step: dict[str, Any]) -> str:
    when = f"Day {step['day']}" if "day" in step else ""
    who = " · ".join(part for part in (when, step.get("owner", "")) if part)
    return f"{who}: {step['action']}" if who else step["action"]


def _stamp(heading: str, reviewed: date | None) -> str:
    seen = f"reviewed {reviewed.isoformat()}" if reviewed else "review date unknown"
    return f"{heading}, {seen}" if heading else seen


def _quote(text: str) -> str:
    """Whole sentences from the start of a passage, as long as they fit; never reworded."""
    flat = " ".join(text.split())
    if len(flat) <= _QUOTE_CHARS:
        return flat
    quoted = ""
    for sentence in _SENTENCE_END.split(flat):
        longer = f"{quoted} {sentence}".strip()
        if len(longer) > _QUOTE_CHARS:
            break
        quoted = longer
    return quoted or flat[:_QUOTE_CHARS].rsplit(" ", 1)[0] + " …"


def cite(source: str, title: str, heading: str, passage: str, reviewed: date | None) -> Citation:
    """A citation of one passage."""
    return Citation(source=source, title=title, heading=heading, passage=passage, reviewed=reviewed)


def evidence_of(matter: dict[str, Any]) -> Evidence:
    """How the play's effect is known: only a randomised test counts as measured."""
    return "measured" if _effect(matter).get("grade") == "measured" else "assumed"


def _effect(matter: dict[str, Any]) -> dict[str, Any]:
    return matter.get("expected_effect") or {}
