"""Figures that are described and not named: “extra revenue from the clients we already had”."""

import re
from collections.abc import Iterator
from typing import Final

_CLIENTS: Final = r"(?:clients|customers|accounts|subscriptions)"
_MONEY: Final = r"(?:how much\s)?(?:less\s)?(?:(?:monthly|recurring|subscription)\s)*(?:revenue|money|mrr|income|dollars)(?!\sat\srisk)"
_STEADY: Final = (
    r"(?:how much\s)?(?:monthly|recurring|subscription)\s(?:recurring\s)?(?:revenue|money|income)"
)
_SAME: Final = rf"(?:existing|current|present|{_CLIENTS}\s(?:that\s|who\s)?we\s(?:already|had))\b"
_GREW: Final = (
    r"(?:upgrad(?:e|ed|es|ing)|(?:bought|buying|took|taking)\smore(?:\sseats)?"
    r"|add(?:ed|ing)\s(?:more\s)?(?:seats|licences|licenses|users))"
)
_SHRANK: Final = (
    r"(?:downgrad(?:e|ed|es|ing)|(?:smaller|cheaper|lower)\splans?"
    r"|(?:cut|removed|dropped|gave up)\s(?:some\s)?(?:seats|licences|licenses|users)|fewer\sseats)"
)
_LEFT: Final = rf"{_CLIENTS}\s(?:who|that)\s(?:have\s)?(?:left|cancelled|quit|churned|went away)"
_NEW: Final = rf"(?:from|with|by|through)\s(?:our\s|the\s)?(?:brand new|new|fresh|newly won|just won)\s{_CLIENTS}"
_RATE: Final = r"(?:(?:each|every|per|a|in a)\s{unit}|{often})"
_PAY: Final = r"(?:bring in|bring us|bring|pay us|pay|earn us|generate|give us)"
_SO: Final = r"(?:\s(?:all|together|altogether|currently|now|in total|taken together))*"
_THEN: Final = re.compile(
    r"\b(?:how many|did|paid|brought|last|past|previous|since|average|typical|mean|ago|20\d\d|q [1-4])\b"
)
_MANY: Final = re.compile(rf"\b{_CLIENTS}(?:\s\w+){{0,6}}?\s{_PAY}\b|\bmoney comes\b")
"""Clients in the plural do the paying, not one of them."""

_SENTENCE: Final = re.compile(r"[^?!.]+")


def _leading(lead: str, *proofs: str, tail: str = "") -> tuple[re.Pattern[str], ...]:
    """The words that stand for the figure, and what must be said beside them."""
    parts = f"{lead}|{tail}" if tail else lead
    return tuple(re.compile(rf"(?<!\w)(?:{part})(?!\w)") for part in (parts, lead, *proofs))


_MOVES: Final = (
    ("expansion_mrr", _leading(rf"(?:extra|additional|incremental|more)\s{_MONEY}|how much more",
                               rf"{_SAME}|{_GREW}", r"extra|additional|incremental|more",
                               _MONEY + r"|pay|paying|spend|spending", tail=_GREW)),
    ("contraction_mrr", _leading(_MONEY, _SHRANK, r"lose|lost|less|down|drop|dropped",
                                 tail=_SHRANK)),
    ("churned_mrr", _leading(_MONEY, _LEFT, r"lose|lost|gone|disappeared|vanished|went|walked|take|took|cost")),
    ("new_mrr", _leading(_STEADY, _NEW, tail=_NEW)),
)  # fmt: skip
_PAID: Final = tuple(
    (
        name,
        re.compile(
            rf"(?<!\w)(?:(?:{_CLIENTS}{_SO}\s)?{_PAY}{_SO}|money\scomes\sin\sfrom\s(?:\w+\s){{0,3}}{_CLIENTS})"
            rf"\s{_RATE.format(unit=unit, often=often)}(?:\s(?:in total|altogether|together))?(?!\w)"
        ),
    )
    for name, unit, often in (("mrr", "month", "monthly"), ("arr", "year", "yearly|annually"))
)


def find_described(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, measure) of what stands for a figure in each sentence of a text."""
    for sentence in _SENTENCE.finditer(text):
        said, offset = sentence.group(), sentence.start()
        for name, (words, *proofs) in _MOVES:
            if all(proof.search(said) for proof in proofs):
                for match in words.finditer(said):
                    yield offset + match.start(), offset + match.end(), name
        if _MANY.search(said) and not _THEN.search(said):
            for name, pattern in _PAID:
                for match in pattern.finditer(said):
                    yield offset + match.start(), offset + match.end(), name
