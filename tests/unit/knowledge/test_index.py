import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge.chunks import Chunk
from knowledge.index import Index, Vectors

REPO = Path(__file__).parents[3]
OTHER = """
import os, sys
from pathlib import Path
sys.path.append("tests/unit/knowledge")
from test_index import NumberEmbedder, chunks
from knowledge.index import Index

class Mortal(NumberEmbedder):
    def embed(self, texts):
        if "die" in sys.argv and self.embedded:
            os._exit(9)
        return super().embed(texts)

index = Index(Path(sys.argv[1]), Mortal())
for line in sys.stdin:
    print(index.sync(chunks(int(line))).embedded, flush=True)
"""


class NumberEmbedder:
    """A direction of its own for each number."""

    fingerprint = "numbers"

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: list[str]) -> Vectors:
        """Array (text, 8), rows of length 1."""
        self.embedded += texts
        rows: list[NDArray[np.float64]] = [
            np.random.default_rng(int(text.split()[-1])).normal(size=8) for text in texts
        ]
        vectors = np.array(rows, dtype=np.float32).reshape(-1, 8)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def chunks(number: int) -> dict[str, Chunk]:
    """The first chunks of a library that only grows."""
    every = (
        Chunk(f"b:{i}", "b", "passage", "Title", "Heading", f"text {i}", (), (), None)
        for i in range(number)
    )
    return {chunk.chunk_id: chunk for chunk in every}


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Another process with the same index, which syncs as many chunks as it is told."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", OTHER, str(folder), *arguments],
        cwd=REPO,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def tell(child: subprocess.Popen[str], number: int) -> str:
    """Let it sync, and hear how many chunks it embedded."""
    assert child.stdin
    assert child.stdout
    child.stdin.write(f"{number}\n")
    child.stdin.flush()
    return child.stdout.readline().strip()


def test_two_processes_share_a_folder_and_lose_nothing(tmp_path: Path) -> None:
    """What one wrote the other need not embed, and all of it is there for a third."""
    index = Index(tmp_path / "index", NumberEmbedder())
    with start(tmp_path / "index") as child:
        for mine, its in [(600, 1_200), (1_800, 2_400)]:
            assert index.sync(chunks(mine)).embedded == 600
            assert tell(child, its) == "600"
        child.communicate()
    third = Index(tmp_path / "index", embedder := NumberEmbedder()).sync(chunks(2_400))
    assert third.embedded == 0
    expected = embedder.embed([f"text {i}" for i in range(2_400)])
    np.testing.assert_allclose(third.vectors, expected, atol=1e-6)


def test_what_a_killed_process_had_stored_is_not_embedded_again(tmp_path: Path) -> None:
    """It dies with the lock held, between two batches."""
    with start(tmp_path / "index", "die") as child:
        assert tell(child, 800) == ""
        child.communicate()
    assert child.returncode == 9
    index = Index(tmp_path / "index", NumberEmbedder())
    assert index.sync(chunks(800)).embedded == 300


def test_only_what_changed_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit of a large library costs the edit."""
    from chromadb import Collection  # noqa: PLC0415 - a second

    index = Index(tmp_path / "index", NumberEmbedder())
    index.sync(chunks(600))
    calls: list[tuple[str, list[str]]] = []
    for name in ("upsert", "delete", "get"):
        monkeypatch.setattr(
            Collection, name, lambda _, ids=None, name=name, **__: calls.append((name, ids or []))
        )
    monkeypatch.setattr(Collection, "count", lambda _: 600)
    wanted = chunks(601)
    del wanted["b:5"]
    synced = index.sync(wanted)
    assert calls == [("upsert", ["b:600"]), ("delete", ["b:5"])]
    assert synced.embedded == 1
    assert len(synced.vectors) == 600


def test_stored_vectors_that_are_lost_are_made_again(tmp_path: Path) -> None:
    """Chroma may know an id and not its vector."""
    index = Index(tmp_path / "index", NumberEmbedder())
    whole = index.sync(chunks(1_200)).vectors
    for segment in (tmp_path / "index").glob("*/*.bin"):
        segment.unlink()
    again = Index(tmp_path / "index", NumberEmbedder()).sync(chunks(1_200))
    assert again.embedded == 1_200
    np.testing.assert_array_equal(again.vectors, whole)
    assert index.sync(chunks(1_200), thorough=True).embedded == 0
