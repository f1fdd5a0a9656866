"""The dense half of the search: vectors, kept in Chroma and held equal to the playbooks.

Chroma keeps vectors and metadata from one start to the next; a question is answered by the
vectors in memory, exactly. Its own search is not asked: Chroma is not safe to share between
processes - one does not find what another wrote, and two that write lose vectors for good. So
the folder is opened afresh for each change, by one process at a time, and closed again.
"""

import fcntl
import shutil
from collections.abc import Collection as Items, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.chunks import Chunk

if TYPE_CHECKING:
    from chromadb import Collection

_T = TypeVar("_T")
_PREFIX = "playbooks-"
_BATCH = 500
_EVERY_SEGMENT = "segment:*"

Vectors = NDArray[np.float32]
"""Array (text, dimension), rows of length 1."""


class IndexWriteError(Exception):
    """The vectors cannot be stored; the message says where and what to do."""


class Embeds(Protocol):
    """What the index needs of an embedder."""

    @property
    def fingerprint(self) -> str:
        """Identifies the model."""
        ...

    def embed(self, texts: list[str]) -> Vectors:
        """Embed texts: array (text, dimension), rows of length 1."""
        ...


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync gave.

    Attributes:
        vectors: One row a chunk, in the order of the chunks.
        embedded: How many chunks had to be embedded.
    """

    vectors: Vectors
    embedded: int


class Index:
    """Vectors of chunks in one folder; another embedding model gets another collection.

    A folder that Chroma cannot read is thrown away and filled again: it holds nothing that
    the playbooks do not hold.
    """

    def __init__(self, folder: Path, embedder: Embeds) -> None:
        self._folder = folder
        self._embedder = embedder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def sync(self, chunks: Mapping[str, Chunk], *, thorough: bool = False) -> Synced:
        """Make the index hold exactly these chunks.

        Args:
            chunks: By id.
            thorough: Compare every id with the stored ones, whatever was known before.

        Raises:
            IndexWriteError: The folder cannot be written, not even when it is begun again.
        """
        from chromadb.errors import ChromaError  # noqa: PLC0415 - a second, on first use only

        faults = (ChromaError, OSError, ValueError)
        try:
            with self._alone():
                try:
                    return self._sync(chunks, thorough=thorough)
                except faults:
                    self._start_again()
                    return self._sync(chunks, thorough=True)
        except faults as error:
            said = str(error).partition("\n")[0]
            raise IndexWriteError(
                f"The playbook index {self._folder} cannot be written: {said}. Make sure that the "
                "disk has space, then run `aura prepare`; the other answers do not need it."
            ) from error

    def _sync(self, chunks: Mapping[str, Chunk], *, thorough: bool) -> Synced:
        with self._collection() as collection:
            stored = self._stored(collection, thorough=thorough)
            self._read(collection, (stored & chunks.keys()) - self._vectors.keys())
            embedded = 0
            for batch in _batches([chunk for key, chunk in chunks.items() if key not in stored]):
                embedded += self._embed(batch)
                collection.upsert(
                    ids=[chunk.chunk_id for chunk in batch],
                    embeddings=[self._vectors[chunk.chunk_id] for chunk in batch],
                    documents=[chunk.text for chunk in batch],
                    metadatas=[_metadata(chunk) for chunk in batch],
                )
            for batch in _batches(sorted(stored - chunks.keys())):
                collection.delete(ids=batch)
        held = [self._vectors[chunk_id] for chunk_id in chunks]
        vectors = np.stack(held) if held else np.empty((0, 0), dtype=np.float32)
        self._vectors = dict(zip(chunks, vectors, strict=True))
        return Synced(vectors, embedded)

    def _stored(self, collection: "Collection", *, thorough: bool) -> set[str]:
        """Ids in the collection; those we left there, unless somebody changed their number."""
        if thorough or not self._vectors or collection.count() != len(self._vectors):
            return set(collection.get(include=[])["ids"])
        return set(self._vectors)

    def _read(self, collection: "Collection", chunk_ids: Items[str]) -> None:
        for batch in _batches([*chunk_ids]):
            found = collection.get(ids=batch, include=["embeddings"])
            vectors = np.asarray(found["embeddings"], dtype=np.float32)
            self._vectors |= zip(found["ids"], vectors, strict=True)

    def _embed(self, chunks: Sequence[Chunk]) -> int:
        new = [chunk for chunk in chunks if chunk.chunk_id not in self._vectors]
        vectors = self._embedder.embed([chunk.full_text for chunk in new])
        self._vectors |= zip((chunk.chunk_id for chunk in new), vectors, strict=True)
        return len(new)

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Wait until no other process is at the folder; a killed one lets go by itself."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        with self._folder.with_name(f".{self._folder.name}.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _collection(self) -> Generator["Collection"]:
        from chromadb.api.client import Client  # noqa: PLC0415 - a second, on first use only
        from chromadb.config import Settings  # noqa: PLC0415

        self._folder.mkdir(parents=True, exist_ok=True)
        settings = Settings(
            anonymized_telemetry=False, is_persistent=True, persist_directory=str(self._folder)
        )
        with Client(settings=settings) as client:
            ours = client.get_or_create_collection(
                _PREFIX + self._embedder.fingerprint,
                configuration={"hnsw": {"space": "cosine"}},
                embedding_function=None,  # ours is passed as vectors: Chroma's own would download
            )
            yield ours
            for collection in client.list_collections():
                if collection.name != ours.name:
                    client.delete_collection(collection.name)

    def _start_again(self) -> None:
        from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415

        SharedSystemClient.clear_system_cache()
        shutil.rmtree(self._folder, ignore_errors=True)


def segment_name(segment: str) -> str:
    """A segment without case and punctuation: "Mid-Market" = "mid market"."""
    return "".join(char for char in segment.casefold() if char.isalnum())


def _segment_key(segment: str) -> str:
    return f"segment:{segment_name(segment)}"


def _metadata(chunk: Chunk) -> dict[str, str | bool]:
    fields: dict[str, str | bool] = {
        "playbook_id": chunk.playbook_id,
        "kind": chunk.kind,
        "title": chunk.title,
        "heading": chunk.heading,
        "reviewed": chunk.reviewed.isoformat() if chunk.reviewed else "",
    }
    segments = [_segment_key(name) for name in chunk.segments] or [_EVERY_SEGMENT]
    drivers = [f"driver:{name}" for name in chunk.drivers]
    return fields | dict.fromkeys([*segments, *drivers], True)


def _batches(items: Sequence[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(items), _BATCH):
        yield list(items[start : start + _BATCH])
