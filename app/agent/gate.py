"""The gate applied to an answer: sentences pass as they come, the first that fails holds the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.agent.evidence import Evidence, Support, content_words
from app.agent.grounding import Verdict, judge
from app.agent.sentences import Splitter, is_table_row, split
from tools.contract import Fact, ToolResult

NO_FIGURE = "I have no figure from your data for that."
MEND_REQUEST = (
    "These sentences state figures that no tool returned in this turn:\n\n{sentences}\n\n"
    "Write them again with figures from the tool results only, exactly as returned or rounded. "
    "Reply with the corrected sentences and nothing else; leave out what you cannot correct."
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A piece of the answer and its verdict."""

    text: str
    verdict: Verdict


class Gate:
    """Judges one answer while it is written.

    Args:
        evidence: What the turn returned so far.
        released: Whether passed pieces may be shown at once, or only at the end.
    """

    def __init__(self, evidence: Evidence, *, released: bool) -> None:
        self._evidence = evidence
        self._released = released
        self._splitter = Splitter()
        self._before: tuple[Support, ...] = ()
        self._rows = 0
        self._shown = 0
        self.pieces: list[Judged] = []
        self.text = ""

    @property
    def shown(self) -> str:
        """What `push` has given out."""
        return "".join(piece.text for piece in self.pieces[: self._shown])

    @property
    def failed(self) -> list[str]:
        """The pieces that may not be shown."""
        return [piece.text for piece in self.pieces if not piece.verdict.ok]

    def push(self, chunk: str) -> str:
        """Take a chunk; what may be shown now."""
        self.text += chunk
        self._judge(self._splitter.push(chunk))
        return self._release() if self._released else ""

    def finish(self) -> None:
        """Judge what is left."""
        self._judge(self._splitter.rest())

    def _judge(self, pieces: list[str]) -> None:
        for text in pieces:
            verdict = judge(text, self._evidence, self._before, self._rows)
            self._before = verdict.used
            self._rows = _rows_after(self._rows, text)
            self.pieces.append(Judged(text, verdict))

    def _release(self) -> str:
        start = self._shown
        while self._shown < len(self.pieces) and self.pieces[self._shown].verdict.ok:
            self._shown += 1
        return "".join(piece.text for piece in self.pieces[start : self._shown])


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer in which every figure is backed.

    Attributes:
        facts: What the gate adds to the turn's facts.
        figures: How many figures the draft stated.
        unsupported: How many of them nothing backed.
    """

    text: str
    facts: tuple[Fact, ...]
    figures: int
    unsupported: int


def close(
    gate: Gate,
    evidence: Evidence,
    results: Sequence[tuple[str, ToolResult]],
    mended: str = "",
    must_keep: Sequence[str] = (),
) -> Grounded:
    """Put the answer together: what passed, and in place of what did not, the best there is.

    Args:
        gate: A finished gate.
        evidence: What the turn returned, the mending included.
        results: (tool, result) of the turn; their own wording replaces a failed sentence.
        mended: The model's second try at the failed sentences.
        must_keep: Sentences that must not be left out; those missing are added at the end.
    """
    replacement = _replacement(gate, evidence, results, mended)
    parts: list[Judged] = []
    placed = not gate.failed
    for piece in gate.pieces:
        if piece.verdict.ok:
            parts.append(piece)
        elif not placed and not is_table_row(piece.text):
            parts += replacement
            placed = True
        elif is_table_row(piece.text) and piece.text.endswith("\n\n"):
            parts.append(Judged("\n", Verdict()))  # what ended the table with the last row
    if not placed:
        parts += [Judged("\n\n", Verdict()), *replacement]
    said = "".join(part.text for part in parts)
    for sentence in dict.fromkeys(text for text in must_keep if text not in said):
        parts += [Judged("\n\n", Verdict()), *_judged(sentence, evidence)]
    facts = [fact for part in parts for fact in part.verdict.facts]
    return Grounded(
        text="".join(part.text for part in parts).rstrip(),
        facts=tuple(dict.fromkeys(facts)),
        figures=sum(piece.verdict.figures for piece in gate.pieces),
        unsupported=sum(len(piece.verdict.unsupported) for piece in gate.pieces),
    )


def _replacement(
    gate: Gate, evidence: Evidence, results: Sequence[tuple[str, ToolResult]], mended: str
) -> list[Judged]:
    if not gate.failed:
        return []
    second = _judged(mended.strip(), evidence)
    if second and all(piece.verdict.ok for piece in second):
        return [*second, _tail(gate)]
    passed = "".join(piece.text for piece in gate.pieces if piece.verdict.ok)
    wording = _judged(_own_wording(" ".join(gate.failed), results), evidence)
    unsaid = [piece for piece in wording if piece.text.strip() not in passed]
    return [*unsaid, _tail(gate)] if unsaid else []


def _rows_after(rows: int, text: str) -> int:
    """How many rows of a table stand just before what comes next; its head is none."""
    if is_table_row(text):
        is_rule = set(text.strip()) <= set("|-: ")
        return 0 if is_rule else rows + 1
    return rows if not text.strip() else 0


def _judged(text: str, evidence: Evidence) -> list[Judged]:
    return [Judged(piece, judge(piece, evidence)) for piece in split(text)]


def _tail(gate: Gate) -> Judged:
    """The white space that stood after the first failed piece."""
    first = gate.failed[0]
    return Judged(first[len(first.rstrip()) :], Verdict())


def _own_wording(failed: str, results: Sequence[tuple[str, ToolResult]]) -> str:
    """The summary of the result that the failed sentences are most about."""
    if not results:
        return NO_FIGURE
    words = content_words(failed)
    ranked = sorted(
        results, key=lambda item: len(words & content_words(item[1].summary)), reverse=True
    )
    result = ranked[0][1]
    return " ".join([result.summary, *result.caveats])
