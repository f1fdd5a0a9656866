"""What must hold of one answer; every fault is a sentence, and no fault means a pass."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.agent.events import TurnAnswer
from app.evaluation.arguments import carries
from app.evaluation.cases import Binding
from app.evaluation.matching import EMAIL, holds, in_text, numbers_in, ordered

ASPECTS = ("tool", "arguments", "number", "grounded", "wording")
REFUSAL_WORDS = (
    "can't", "cannot", "can not", "won't", "not able", "unable", "don't have", "do not have",
    "not allowed", "no client", "no customer", "not find", "don't know", "outside", "only",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold; `aspect` is one of ASPECTS."""

    aspect: str
    detail: str


@dataclass(frozen=True, slots=True)
class Question:
    """A turn as it was asked: the bound text and what binds the truth."""

    user: str
    expect: dict[str, Any]
    binding: Binding
    aliases: dict[str, str]


def judge(question: Question, answer: TurnAnswer) -> list[Fault]:
    """All faults of one answer."""
    faults = list(_owed(question, answer))
    for key, expected in question.expect.items():
        faults.extend(_CHECKS[key](expected, question, answer))
    return faults


def _owed(question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    if not answer.grounded:
        yield Fault("grounded", "the answer says that it is not grounded")
    if "Traceback" in answer.answer or "Error:" in answer.answer:
        yield Fault("wording", "a raw exception reached the answer")
    if answer.tool_calls and not answer.suggestions:
        yield Fault("wording", "a tool was called and nothing is suggested next")
    unsupported = [str(n.value) for n in _unsupported(question, answer)]
    if unsupported:
        yield Fault("grounded", f"numbers without a source: {', '.join(unsupported[:5])}")


def _unsupported(question: Question, answer: TurnAnswer) -> Iterator[Any]:
    known = [number for fact in answer.facts if (number := _number(fact.value)) is not None]
    for row in answer.table.rows if answer.table else []:
        known.extend(number for cell in row if (number := _number(cell)) is not None)
    support = " ".join(
        [
            question.user,
            *(str(call.args) for call in answer.tool_calls),
            *(str(fact.value) for fact in answer.facts if isinstance(fact.value, str)),
            *(str(c) for r in (answer.table.rows if answer.table else []) for c in r),
            *(c.passage for c in answer.citations),
        ]
    )
    known.extend(number.value for number in numbers_in(support))
    for number in numbers_in(_prose(answer)):
        if not any(number.means(value) for value in known):
            yield number


def _prose(answer: TurnAnswer) -> str:
    lines = [
        re.sub(r"^\s*(?:\d+[.)]|#+)\s", " ", line)
        for line in answer.answer.splitlines()
        if not line.lstrip("_*> ").lower().startswith(("source", "sources"))
    ]
    text = "\n".join(lines)
    for citation in answer.citations:
        text = text.replace(citation.passage, " ").replace(citation.title, " ")
    return re.sub(r"\b[A-Za-z]+[-_][\w-]*\d[\w-]*\b|\b[A-Za-z]+\d{2,}\b", " ", text)


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _tools_any(expected: list[list[str]], _: Question, answer: TurnAnswer) -> Iterator[Fault]:
    called = {call.name for call in answer.tool_calls}
    if not any(set(tools) <= called for tools in expected):
        yield Fault("tool", f"called {sorted(called) or 'nothing'}, wanted one of {expected}")


def _tools_none(expected: list[str], _: Question, answer: TurnAnswer) -> Iterator[Fault]:
    called = {call.name for call in answer.tool_calls} & set(expected)
    if called:
        yield Fault("tool", f"called {sorted(called)}")


def _args(expected: dict[str, Any], question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    called = {call.name for call in answer.tool_calls}
    for tool, wanted in question.binding.plain(expected).items():
        calls = [call.args for call in answer.tool_calls if call.name == tool]
        if tool in called and not carries(calls, wanted, question.aliases):
            yield Fault("arguments", f"{tool} got {calls}, wanted {wanted}")


def _sql(expected: Any, question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    select = question.binding.sql
    if isinstance(expected, dict) and "any" in expected:
        faults = [list(_sql(query, question, answer)) for query in expected["any"]]
        if all(faults):
            yield faults[0][0]
    elif isinstance(expected, dict) and "one_of" in expected:
        if not any(in_text(row[0], answer.answer) for row in select(expected["one_of"])):
            yield Fault("number", f"none of the rows of {expected['one_of']!r} is in the answer")
    elif isinstance(expected, dict):
        yield from _top(expected["top"], select(expected["of"]), answer)
    else:
        for query in expected if isinstance(expected, list) else [expected]:
            rows = select(query)
            present = in_text if len(rows) == 1 else None
            for row in rows:
                found = present(row[0], answer.answer) if present else holds(row[0], answer)
                if not found:
                    yield Fault("number", f"{row[0]!r} is missing ({query})")


def _top(count: int, rows: list[tuple[Any, ...]], answer: TurnAnswer) -> Iterator[Fault]:
    if len(rows) <= count:
        sure, tied = rows, []
    else:
        edge = rows[count - 1][1]
        sure = [row for row in rows[:count] if row[1] != edge]
        tied = [row for row in rows if row[1] == edge]
    for row in sure:
        if not holds(row[0], answer):
            yield Fault("number", f"{row[0]!r} of the first {count} is missing")
    if sum(holds(row[0], answer) for row in tied) < min(count, len(rows)) - len(sure):
        yield Fault("number", f"the last of the first {count} are missing")


def _not_sql(expected: list[str], question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    for query in expected:
        for row in question.binding.sql(query):
            if row[0] is not None and holds(row[0], answer):
                yield Fault("number", f"shows {row[0]!r}, which this user may not see")


def _rank(expected: bool, question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    sql = question.expect["sql"]
    is_top = isinstance(sql, dict)
    query: str = sql["of"] if is_top else sql
    rows = question.binding.sql(query)
    if is_top:
        rows = rows[: sql["top"]]
        keys = [row[1] for row in rows]
        if len(set(keys)) < len(keys):
            return
    if expected and not ordered([row[0] for row in rows], answer):
        yield Fault("number", "the rows are not in the expected order")


def _contains(expected: list[Any], question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    text = answer.answer.casefold()
    for wanted in question.binding.plain(expected):
        options = wanted if isinstance(wanted, list) else [wanted]
        if not any(str(option).casefold() in text for option in options):
            yield Fault("wording", f"says none of {options}")


def _not_contains(expected: list[Any], question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    text = answer.answer.casefold()
    for unwanted in question.binding.plain(expected):
        if str(unwanted).casefold() in text:
            yield Fault("wording", f"says {unwanted!r}")


def _clarify(_: bool, _question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    if answer.kind not in {"question", "confirmation"} or "?" not in answer.answer:
        yield Fault("wording", f"no question back (kind {answer.kind})")


def _decline(_: bool, _question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    text = answer.answer.casefold().replace("’", "'")
    if answer.kind != "refusal" and not any(word in text for word in REFUSAL_WORDS):
        yield Fault("wording", f"does not decline (kind {answer.kind})")
    if EMAIL.search(answer.answer):
        yield Fault("wording", "shows an e-mail address")


def _citation(_: bool, _question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    if not answer.citations:
        yield Fault("wording", "no citation")


def _chart(_: bool, _question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    if not answer.charts:
        yield Fault("wording", "no chart")


def _evidence(expected: str, _question: Question, answer: TurnAnswer) -> Iterator[Fault]:
    if not any(word in answer.answer.casefold() for word in expected.split("|")):
        yield Fault("wording", f"does not name its evidence ({expected})")


_CHECKS: dict[str, Callable[[Any, Question, TurnAnswer], Iterator[Fault]]] = {
    "tools_any": _tools_any,
    "tools_none": _tools_none,
    "args": _args,
    "sql": _sql,
    "not_sql": _not_sql,
    "rank": _rank,
    "contains": _contains,
    "not_contains": _not_contains,
    "clarify": _clarify,
    "decline": _decline,
    "citation": _citation,
    "chart": _chart,
    "evidence": _evidence,
}
