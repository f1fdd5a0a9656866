"""The gate: a figure is shown only if something this turn returned backs it.

Pure functions over one sentence at a time; `app/agent/gate.py` applies them to a stream.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.agent.derived import Setting, confirm, named_rows
from app.agent.evidence import CARRIED, Evidence, Origin, Support, content_words
from app.agent.matching import says
from app.agent.numbers import Kind, Number, numbers_in
from tools.contract import Fact, Unit

_UNITS: dict[Kind, Unit] = {"plain": "count", "usd": "usd", "pct": "pct", "points": "points"}
_WORDED: frozenset[Origin] = frozenset({"tool", "passage"})
"""A bare number in a text ("3 segments") is no amount and no percentage."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one sentence.

    Attributes:
        unsupported: The figures, as printed, that nothing backs.
        used: The values that back the others.
        facts: What the response must carry besides for every figure to be found in it.
        figures: How many figures the sentence states.
    """

    unsupported: tuple[str, ...] = ()
    used: tuple[Support, ...] = ()
    facts: tuple[Fact, ...] = ()
    figures: int = 0

    @property
    def ok(self) -> bool:
        """Whether the sentence may be shown."""
        return not self.unsupported


def judge(
    sentence: str, evidence: Evidence, before: Sequence[Support] = (), shown_rows: int = 0
) -> Verdict:
    """Check every figure of a sentence.

    Args:
        sentence: A sentence, a table row, a line.
        evidence: What this turn returned.
        before: Values that the sentence before stated; a difference may refer to them.
        shown_rows: Rows of the table that stands before the sentence.
    """
    numbers = numbers_in(sentence, literals=evidence.literals)
    if not numbers:
        return Verdict()
    words = content_words(sentence)
    direct = [_backing(number, words, evidence) for number in numbers]
    used = [support for support in direct if support is not None]
    facts = [
        _as_fact(support, number)
        for number, support in zip(numbers, direct, strict=True)
        if support is not None and support.origin not in CARRIED
    ]
    unsupported: list[str] = []
    anchors = [*dict.fromkeys([*used, *before, *named_rows(sentence, evidence)])]
    setting = Setting(sentence, anchors, shown_rows)
    for number, support in zip(numbers, direct, strict=True):
        if support is not None:
            continue
        derived = confirm(number, setting, evidence)
        if derived is None:
            unsupported.append(sentence[number.start : number.end].strip())
        else:
            facts.append(derived)
    return Verdict(tuple(unsupported), tuple(used), tuple(facts), len(numbers))


def unbacked(text: str, facts: Iterable[Fact], others: Evidence) -> list[str]:
    """Figures of a text that neither these facts nor other evidence state, as printed."""
    listed = tuple(
        Support(float(fact.value), fact.unit, fact.name, "fact")
        for fact in facts
        if isinstance(fact.value, int | float) and not isinstance(fact.value, bool)
    )
    return [
        text[number.start : number.end].strip()
        for number in numbers_in(text, literals=others.literals)
        if not any(
            says(number, support.value, support.unit)
            for support in (*listed, *others.supports)
            if support.origin in CARRIED
        )
    ]


def _backing(number: Number, words: frozenset[str], evidence: Evidence) -> Support | None:
    for support in evidence.supports:
        if says(number, support.value, support.unit) and _is_about(support, number, words):
            return support
    return None


def _is_about(support: Support, number: Number, words: frozenset[str]) -> bool:
    if support.unit is None and support.origin in _WORDED and number.kind != "plain":
        return False
    return not support.words or number.noun in support.words or bool(words & support.words)


def _as_fact(support: Support, number: Number) -> Fact:
    """The value in the unit it is printed in, where its source names none."""
    if support.unit is not None:
        return Fact(name=support.name, value=support.value, unit=support.unit)
    unit = _UNITS[number.kind]
    as_printed = says(number, support.value, unit)
    value = support.value if as_printed else 100 * support.value
    return Fact(name=support.name, value=value, unit=unit)
