import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge.index import Index
from knowledge.library import Library

Write = Callable[..., Path]


class CountingEmbedder(Protocol):
    """What these tests use of the embedder in `conftest.py`."""

    fingerprint: str
    embedded: list[str]

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Embed texts."""
        ...


def found(library: Library, query: str, **filters: str) -> list[str]:
    """Ids of the plays found."""
    passages = library.search(
        query, segment=filters.get("segment"), driver=filters.get("driver"), limit=5
    )
    return list(dict.fromkeys(passage.playbook_id for passage in passages))


def test_a_new_file_is_found_by_the_next_question(library: Library, write: Write) -> None:
    """A user adds a file and can ask about it a moment later."""
    write("renewal", text="The contract ends soon.")
    assert found(library, "zebra migration") == []
    write("zebra", title="Zebra migration", text="When zebras migrate, call the ranger.")
    assert found(library, "zebra migration") == ["zebra"]


def test_an_edit_counts_and_only_its_text_is_embedded(
    library: Library, write: Write, embedder: CountingEmbedder
) -> None:
    """Re-indexing costs what changed, not the library."""
    path = write("zebra", title="Zebra migration", text="Call the ranger.")
    write("giraffe", title="Giraffe feeding", text="Bring acacia leaves.")
    library.refresh()
    embedder.embedded.clear()
    path.write_text(path.read_text("utf-8").replace("ranger", "warden of parks"), "utf-8")
    report = library.refresh()
    assert (report.added, report.changed, report.removed) == ((), ("zebra",), ())
    assert embedder.embedded == ["Zebra migration › Situation\nCall the warden of parks."]
    (passage, *_) = library.search("zebra migration warden of parks", limit=1)
    assert "warden" in passage.text


def test_a_deleted_file_is_never_cited_again(library: Library, write: Write) -> None:
    """What is gone is gone."""
    path = write("zebra", title="Zebra migration")
    write("giraffe", title="Giraffe feeding")
    assert found(library, "zebra migration") == ["zebra"]
    path.unlink()
    assert found(library, "zebra migration") == []
    assert library.get("zebra") is None
    assert library.ids() == ("giraffe",)


def test_a_broken_file_is_reported_and_the_rest_works(
    library: Library, write: Write, folder: Path
) -> None:
    """One bad file takes nothing else down, and mends itself when the file is mended."""
    write("zebra", title="Zebra migration")
    (folder / "broken.md").write_text("---\ntitle: [\n---\nx\n", "utf-8")
    report = library.refresh()
    assert [problem.fatal for problem in report.problems] == [True]
    assert library.problems == report.problems
    assert found(library, "zebra migration") == ["zebra"]
    write("broken", title="Giraffe feeding")
    assert library.problems == ()
    assert found(library, "giraffe feeding") == ["broken"]


def test_filters_keep_plays_for_the_segment_and_the_driver(library: Library, write: Write) -> None:
    """A play for all segments fits each; another segment's play fits none but its own."""
    write(
        "zebra-smb", title="Zebra small", text="Feed the foal.", segments="SMB", drivers="nps_score"
    )
    write("zebra-mid", title="Zebra middle", text="Count stripes.", segments="Mid-Market")
    write("zebra-all", title="Zebra any", text="Mend the fence.")
    assert set(found(library, "zebra")) == {"zebra-smb", "zebra-mid", "zebra-all"}
    assert set(found(library, "zebra", segment="SMB")) == {"zebra-smb", "zebra-all"}
    assert set(found(library, "zebra", segment="mid market")) == {"zebra-mid", "zebra-all"}
    assert found(library, "zebra", driver="nps_score") == ["zebra-smb"]
    assert found(library, "zebra", driver="tickets_30d") == []


def test_nothing_changed_embeds_nothing_even_in_a_new_process(
    folder: Path, tmp_path: Path, write: Write, embedder: CountingEmbedder
) -> None:
    """A restart reuses the index."""
    write("zebra")
    first = Library(folder, tmp_path / "index", embedder).refresh()
    again = Library(folder, tmp_path / "index", embedder).refresh()
    assert first.embedded > 0
    assert again.embedded == 0


def test_another_embedding_model_fills_the_index_anew(
    folder: Path, tmp_path: Path, write: Write, embedder: CountingEmbedder
) -> None:
    """Vectors of two models never mix."""
    write("zebra", title="Zebra migration")
    old = Library(folder, tmp_path / "index", embedder).refresh()
    embedder.fingerprint = "words-2"
    library = Library(folder, tmp_path / "index", embedder)
    assert library.refresh().embedded == old.embedded
    assert found(library, "zebra migration") == ["zebra"]


def test_a_lost_or_damaged_index_is_made_again(
    library: Library, folder: Path, tmp_path: Path, write: Write, embedder: CountingEmbedder
) -> None:
    """The index holds nothing that the playbooks do not hold."""
    write("zebra", title="Zebra migration")
    library.refresh()
    shutil.rmtree(tmp_path / "index")
    write("giraffe", title="Giraffe feeding")
    assert found(library, "giraffe feeding") == ["giraffe"]
    assert found(library, "zebra migration") == ["zebra"]

    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "chroma.sqlite3").write_bytes(os.urandom(4096))
    other = Library(folder, damaged, embedder)
    assert found(other, "zebra migration") == ["zebra"]


def test_an_emptied_index_is_filled_while_serving(
    library: Library, folder: Path, tmp_path: Path, write: Write, embedder: CountingEmbedder
) -> None:
    """Another process that prepares other playbooks does not make us forget."""
    write("zebra", title="Zebra migration")
    first = library.refresh()
    Index(tmp_path / "index", embedder).sync({})
    assert found(library, "zebra migration") == ["zebra"]
    write("giraffe", title="Giraffe feeding")
    again = library.refresh()
    assert again.embedded == first.embedded
    assert Library(folder, tmp_path / "index", embedder).refresh().embedded == 0


@pytest.mark.parametrize("query", ["", "   ", "\n"])
def test_an_empty_question_or_library_finds_nothing(library: Library, query: str) -> None:
    """No special case reaches the caller as an error."""
    assert library.search(query) == []
    assert library.search("zebra") == []
    assert library.ids() == ()
    assert library.match("zebra") == []


def test_the_limit_holds_and_scores_fall(library: Library, write: Write) -> None:
    """Passages come best first, at most as many as asked."""
    for name in ("one", "two", "three", "four"):
        write(f"zebra-{name}", title=f"Zebra {name}", text=f"Zebra work of kind {name}.")
    passages = library.search("zebra work", limit=3)
    assert len(passages) == 3
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)
    assert all(0 < p.score <= 1 for p in passages)


def test_many_threads_may_ask_while_files_change(library: Library, write: Write) -> None:
    """One process serves many people."""
    write("zebra", title="Zebra migration")
    answers: list[list[str]] = []

    def ask() -> None:
        answers.extend(found(library, "zebra migration") for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    write("giraffe", title="Giraffe feeding")
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert all("zebra" in answer for answer in answers)
    assert set(library.ids()) == {"zebra", "giraffe"}
