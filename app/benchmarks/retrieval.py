"""`aura bench retrieval`: how well questions find their play, and what 2,000 documents cost."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

from app.benchmarks.apart import MeasureError, measure_apart
from app.benchmarks.machine import Timing, timing
from app.settings import Settings
from knowledge.documents import playbook_files
from knowledge.embedder import Embedder
from knowledge.library import Library
from knowledge.retrieval_score import Question, RetrievalScore, load_questions, score
from knowledge.search import HYBRID, MEANING_ONLY, WORDS_ONLY

QUESTIONS: Final = Path(__file__).parents[2] / "tests" / "eval" / "retrieval"
_RANKINGS: Final = {
    "meaning only (dense)": MEANING_ONLY,
    "words only (BM25)": WORDS_ONLY,
    "hybrid, served": HYBRID,
}
_ASKED: Final = 200


@dataclass(frozen=True, slots=True)
class Size:
    """What a library of many documents costs.

    Attributes:
        chunks: Pieces that are searched.
        index_seconds: From no index to the first answer.
        seen_seconds: From an edited file to the answer that cites it.
    """

    documents: int
    chunks: int
    index_seconds: float
    seen_seconds: float
    query: Timing
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
    return [
        *text,
        "",
        (
            f"{size.documents:,} documents, {size.chunks:,} chunks: indexed in {size.index_seconds:.0f} s,"
            f" an edit is seen in {size.seen_seconds:.2f} s,"
            f" a query takes p50 {size.query.p50_ms:.0f} ms, p95 {size.query.p95_ms:.0f} ms,"
            f" peak memory {size.peak_mb:,.0f} MB"
        ),
    ]


def _share(value: float, questions: int) -> str:
    return f"{value:.3f}" if questions else "–"


def _size(settings: Settings, questions: Path, documents: int) -> Size:
    measured = measure_apart(
        "library", __name__, [settings.playbooks, questions, documents], settings.home
    )
    found = measured.found
    return Size(query=Timing(**found.pop("query")), peak_mb=measured.peak_mb, **found)


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
    with TemporaryDirectory(prefix="aura-library-") as name:
        folder = Path(name) / "playbooks"
        folder.mkdir()
        for stem, text in _many(playbooks, documents):
            (folder / f"{stem}.md").write_text(text, "utf-8")
        library = Library(folder, Path(name) / "index", Embedder(home / "embedder"))
        start = perf_counter()
        chunks = library.refresh().embedded
        indexed = perf_counter() - start
        asked: Sequence[Question] = [
            question
            for path in sorted(questions.glob("*.yml"))
            for question in load_questions(path)
        ]
        times: list[float] = []
        for question in asked[:_ASKED]:
            start = perf_counter()
            library.search(question.question)
            times.append(1000 * (perf_counter() - start))
        (folder / "play-0.md").write_text(
            "---\ntitle: Delayed drone delivery\n---\n## Steps\nGround the drone when wind delays it.\n",
            "utf-8",
        )
        start = perf_counter()
        found = library.search("steps when a drone delivery is delayed by wind")
        if not found or found[0].playbook_id != "play-0":
            raise MeasureError("the edited play was not found")
        return {
            "documents": documents,
            "chunks": chunks,
            "index_seconds": round(indexed, 1),
            "seen_seconds": round(perf_counter() - start, 2),
            "query": asdict(timing("query", times)),
        }


if __name__ == "__main__":
    from app.settings import load_settings

    given = sys.argv[1:]
    report = _measure(load_settings().home, Path(given[0]), Path(given[1]), int(given[2]))
    sys.stdout.write(json.dumps(report) + "\n")
