"""How many rows a question wants: "the top 5", "which client has the highest …"."""

from typing import Final

from app.agent.planner.clause import Clause
from app.agent.planner.figures import COUNT_NOUNS
from app.agent.planner.need import Need
from app.agent.planner.spans.figures import Figure
from app.agent.planner.spans.span import Span

_CLOCK: Final = frozenset({"minute", "min", "hour", "second", "sec", "o'clock", "degree", "time"})
_ONE_CLIENT: Final = frozenset({"client", "customer", "account", "company"})
_ENOUGH: Final = frozenset(
    {"enough", "do", "suffice", "suffices", "max", "maximum", "fine", "most"}
)
_ENOUGH_LENGTH: Final = 3
"""“Five of them is enough” has no more words after the number than “will be enough”."""
_RENEWALS: Final = ("renewals_due", "renewing")
_FEW_WORDS: Final = 5
_ONLY: Final = frozenset({"top", "just", "only", "name", "maximum", "max", "most", "pick"})
_NOT_ONE: Final = frozenset({"a", "an", "any", "each", "every", "per", "by", "all", "no"})


def limit(need: Need) -> int | None:
    """How many rows are wanted."""
    clause = need.clause
    for span in need.free("number"):
        figure = span.value
        if not isinstance(figure, Figure) or figure.unit or not 1 <= figure.value <= 1000:
            continue
        if _counts_no_rows(clause, span):
            continue
        near_rank = any(
            s.kind == "rank" and (0 <= span.start - s.end <= 1 or 0 <= s.start - span.end <= 3)
            for s in clause.spans
        )
        following = {clause.stem(span.end), clause.stem(span.end + 1), clause.stem(span.end + 2)}
        asked = clause.word(span.start - 1) in {
            "show",
            "list",
            "first",
            "limit",
            "give",
            "me",
            "top",
            "to",
        }
        counts = bool(following & COUNT_NOUNS) or clause.word(span.end) in {"with", "by"}
        split = clause.span_at(span.end)
        splits = split is not None and (split.kind == "dimension" or split.value in _RENEWALS)
        if near_rank or counts or splits or asked or _closes(clause, span):
            if figure.in_words and figure.value == 1:
                continue
            need.used.add(span)
            return int(figure.value)
    return _single(need)


def only_limits(clause: Clause) -> bool:
    """“Name four.”, “just the top 3” after a list: so many of it, in its order."""
    words = [word for word in clause.words if word[:1].isalnum()]
    numbers = clause.all("number")
    ranked = all(span.kind == "number" or clause.word(span.start) == "top" for span in clause.spans)
    return bool(numbers) and ranked and len(words) <= _FEW_WORDS and _closes(clause, numbers[0])


def _closes(clause: Clause, span: Span) -> bool:
    """“… , five is enough”, “…, just four”, “… . Name three.”: how many at the end of it all."""
    after = [clause.word(i) for i in range(span.end, clause.end)]
    said = [word for word in after if word[:1].isalnum()]
    enough = bool(said) and said[-1] in _ENOUGH and len(said) <= _ENOUGH_LENGTH
    return enough or (not said and clause.word(span.start - 1) in _ONLY)


def _counts_no_rows(clause: Clause, span: Span) -> bool:
    """“In ten minutes”, “at 2”, “the 360 on …”: a number that is part of a manner of speaking."""
    timed = clause.stem(span.end) in _CLOCK
    hour = clause.word(span.start - 1) == "at" and clause.stem(span.end) not in COUNT_NOUNS
    said = any(hint.start <= span.start < hint.end for hint in clause.hinted("cue"))
    return timed or hour or said


def _single(need: Need) -> int | None:
    """“Which client has the highest …” wants one."""
    clause = need.clause
    if not clause.all("rank") or clause.all("dimension") or len(clause.all("client")) > 1:
        return None
    if any(_who_leads(need, span) for span in clause.all("rank")):
        return 1
    alone = any(
        clause.word(i) in _ONE_CLIENT
        and ((span := clause.span_at(i)) is None or span.kind == "rank")
        and clause.word(i - 1) not in _NOT_ONE
        for i in range(clause.start, clause.end)
    )
    return 1 if alone else None


def _who_leads(need: Need, rank: Span) -> bool:
    """“Who is our riskiest …”, “who has the most …” want one."""
    clause = need.clause
    near = [clause.word(i) for i in range(rank.start - 4, rank.start)]
    return any(near[i : i + 1] == ["who"] and near[i + 1].endswith("s") for i in range(3))
