"""`aura bench retrieval`: how well questions find their play, and what 2,000 documents cost."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Final

from app.benchmarks.apart import MeasureError, measure_apart
from app.benchmarks.machine import Timing, timing
from app.settings import Settings
from knowledge.documents import playbook_files
from knowledge.embedder import Embedder
from knowledge.library import Library
from knowledge.retrieval_score import RetrievalScore, load_questions, score
from knowledge.search import HYBRID, MEANING_ONLY, WORDS_ONLY

QUESTIONS: Final = Path(__file__).parents[2] / "tests" / "eval" / "retrieval"
_RANKINGS: Final = {
    "meaning only (dense)": MEANING_ONLY,
    "words only (BM25)": WORDS_ONLY,
    "hybrid, served": HYBRID,
}
_ASKED: Final = 200
_EDITS: Final = 9
_EDITED: Final = """---
title: Delayed drone delivery
---
## Steps
Ground the drone when wind delays it, and phone recipient {number}.
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Times of one operation: by the clock, and of the processor, which other work leaves alone."""

    wall: Timing
    cpu: Timing


@dataclass(frozen=True, slots=True)
class Size:
    """What a library of many documents costs.

    Attributes:
        chunks: Pieces that are searched.
        index: From no index to all of it.
        start: From a new process's library to its first answer, the index being there.
        seen: From an edited file to the answer that cites it.
    """

    documents: int
    chunks: int
    index: Taken
    start: Taken
    seen: Taken
    query: Taken
    peak_mb: float


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """Marks by question set and ranking, and the cost of a large library."""

    marks: dict[str, dict[str, RetrievalScore]]
    size: Size | None

    def as_json(self) -> dict[str, Any]:
        """The report as one object."""
        marks = {
            name: {ranking: asdict(found) for ranking, found in by_ranking.items()}
            for name, by_ranking in self.marks.items()
        }
        return {"sets": marks, "size": asdict(self.size) if self.size else None}


def retrieval(
    settings: Settings, questions: Path = QUESTIONS, documents: int = 0
) -> RetrievalReport:
    """Ask every set of questions under each ranking; then build a large library.

    Args:
        settings: Names the playbooks and the home with the embedding model.
        questions: Folder of YAML files of labelled questions.
        documents: Size of the large library; 0 leaves it out.

    Raises:
        MeasureError: There are no questions, or the measured process failed.
    """
    sets = {path.stem: load_questions(path) for path in sorted(questions.glob("*.yml"))}
    if not sets:
        raise MeasureError(f"{questions} holds no questions (*.yml)")
    embedder = Embedder(settings.home / "embedder")
    marks: dict[str, dict[str, RetrievalScore]] = {name: {} for name in sets}
    with TemporaryDirectory(prefix="aura-retrieval-") as folder:
        for ranking, weights in _RANKINGS.items():
            library = Library(settings.playbooks, Path(folder), embedder, weights)
            for name, asked in sets.items():
                marks[name][ranking] = score(library, asked)
    return RetrievalReport(marks, _size(settings, questions, documents) if documents else None)


def lines(report: RetrievalReport) -> list[str]:
    """The report as tables."""
    text = [f"{'':<12}{'ranking':<24}{'recall@3':>9}{'MRR':>7}{'silent where due':>18}{'F1':>7}"]
    for name, by_ranking in report.marks.items():
        text += [
            f"{name:<12}{ranking:<24}"
            f"{_share(m.recall_at_3, m.answerable):>9}{_share(m.mrr, m.answerable):>7}"
            f"{f'{m.unanswerable - len(m.answered)} of {m.unanswerable}':>18}"
            f"{_share(m.abstention_f1, m.answerable):>7}"
            for ranking, m in by_ranking.items()
        ]
    if report.size is None:
        return text
    size = report.size
    rows = {
        "first indexing": size.index,
        "start, until the first answer": size.start,
        "edit, until an answer cites it": size.seen,
        "query": size.query,
    }
    return [
        *text,
        "",
        f"{size.documents:,} documents, {size.chunks:,} chunks, peak memory {size.peak_mb:,.0f} MB",
        f"{'':<34}{'times':>6}{'p50 s':>9}{'p95 s':>9}{'p50 CPU s':>11}{'p95 CPU s':>11}",
        *(
            f"{name:<34}{taken.wall.samples:>6}"
            f"{taken.wall.p50_ms / 1000:>9.3f}{taken.wall.p95_ms / 1000:>9.3f}"
            f"{taken.cpu.p50_ms / 1000:>11.3f}{taken.cpu.p95_ms / 1000:>11.3f}"
            for name, taken in rows.items()
        ),
    ]


def _share(value: float, questions: int) -> str:
    return f"{value:.3f}" if questions else "–"


def _size(settings: Settings, questions: Path, documents: int) -> Size:
    measured = measure_apart(
        "library", __name__, [settings.playbooks, questions, documents], settings.home
    )
    found = measured.found
    taken = {
        name: Taken(Timing(**found[name]["wall"]), Timing(**found[name]["cpu"]))
        for name in ("index", "start", "seen", "query")
    }
    return Size(documents, found["chunks"], **taken, peak_mb=measured.peak_mb)


def _many(playbooks: Path, documents: int) -> Iterator[tuple[str, str]]:
    """Documents of the plays' own text, each for a trade of its own and without questions."""
    plays = [path.read_text("utf-8") for path in playbook_files(playbooks)]
    for number in range(documents):
        front, _, body = plays[number % len(plays)].removeprefix("---\n").partition("\n---\n")
        title = next(line for line in front.splitlines() if line.startswith("title:"))
        trade = f"trade {number // len(plays)}"
        yield (
            f"play-{number}",
            f"---\n{title} ({trade})\n---\n" + body.replace(". ", f", {trade}. "),
        )


def _measure(home: Path, playbooks: Path, questions: Path, documents: int) -> dict[str, Any]:
    asked = [
        question.question
        for path in sorted(questions.glob("*.yml"))
        for question in load_questions(path)
    ][:_ASKED]
    with TemporaryDirectory(prefix="aura-library-") as name:
        folder, index = Path(name) / "playbooks", Path(name) / "index"
        folder.mkdir()
        for stem, text in _many(playbooks, documents):
            (folder / f"{stem}.md").write_text(text, "utf-8")
        embedder = Embedder(home / "embedder")
        embedded: list[int] = []
        indexing = _take(
            "index", [lambda: embedded.append(Library(folder, index, embedder).refresh().embedded)]
        )
        library = Library(folder, index, embedder)
        starting = _take("start", [lambda: library.search(asked[0])])
        querying = _take("query", [partial(library.search, question) for question in asked])
        edits = [partial(_edit, library, folder / f"play-{n}.md") for n in range(_EDITS)]
        seeing = _take("seen", edits)
        taken = {"index": indexing, "start": starting, "seen": seeing, "query": querying}
        return {"chunks": embedded[0], **{name: asdict(one) for name, one in taken.items()}}


def _edit(library: Library, play: Path) -> None:
    """Write over a play and ask for what it says now."""
    play.write_text(_EDITED.format(number=play.stem), "utf-8")
    found = library.search(f"steps when wind delays a drone: phone recipient {play.stem}")
    if play.stem not in [passage.playbook_id for passage in found]:
        raise MeasureError("the edited play was not found")


def _take(name: str, works: Iterable[Callable[[], object]]) -> Taken:
    wall: list[float] = []
    cpu: list[float] = []
    for work in works:
        start, start_cpu = perf_counter(), process_time()
        work()
        wall.append(1000 * (perf_counter() - start))
        cpu.append(1000 * (process_time() - start_cpu))
    return Taken(timing(name, wall), timing(name, cpu))


if __name__ == "__main__":
    from app.settings import load_settings

    given = sys.argv[1:]
    report = _measure(load_settings().home, Path(given[0]), Path(given[1]), int(given[2]))
    sys.stdout.write(json.dumps(report) + "\n")
