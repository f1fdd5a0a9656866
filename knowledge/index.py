"""The dense half of the search: vectors in Chroma, kept equal to the playbooks by content hash."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.chunks import Chunk

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api import ClientAPI

_T = TypeVar("_T")
_PREFIX = "playbooks-"
_BATCH = 500
_EVERY_SEGMENT = "segment:*"


class IndexLostError(Exception):
    """The stored vectors are gone or unreadable; `Index.sync` makes them again."""


class IndexWriteError(Exception):
    """The vectors cannot be stored; the message says where and what to do."""


class Embeds(Protocol):
    """What the index needs of an embedder."""

    @property
    def fingerprint(self) -> str:
        """Identifies the model."""
        ...

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Embed texts: array (text, dimension), rows of length 1."""
        ...


class Index:
    """Vectors of chunks in one folder; another embedding model gets another collection.

    A folder that Chroma cannot read is thrown away and filled again: it holds nothing that
    the playbooks do not hold.
    """

    def __init__(self, folder: Path, embedder: Embeds) -> None:
        self._folder = folder
        self._embedder = embedder
        self._client: ClientAPI | None = None

    def sync(self, chunks: Sequence[Chunk]) -> int:
        """Make the index hold exactly these chunks.

        Returns:
            How many had to be embedded; those that were there already are not.

        Raises:
            IndexWriteError: The folder cannot be written, not even when it is begun again.
        """
        from chromadb.errors import ChromaError  # noqa: PLC0415 - a second, on first use only

        try:
            return self._sync(chunks)
        except (ChromaError, OSError, ValueError):
            self._start_again()
        try:
            return self._sync(chunks)
        except (ChromaError, OSError, ValueError) as error:
            said = str(error).partition("\n")[0]
            raise IndexWriteError(
                f"The playbook index {self._folder} cannot be written: {said}. Make sure that the "
                "disk has space, then run `aura prepare`; the other answers do not need it."
            ) from error

    def nearest(
        self, vector: NDArray[np.float32], limit: int, where: dict[str, Any] | None
    ) -> dict[str, float]:
        """Cosine similarity of the chunks nearest to a query.

        Args:
            vector: The query, embedded: array (dimension,).
            limit: At most so many.
            where: A condition made by `condition`, None for all chunks.

        Returns:
            {chunk id: similarity}, nearest first.

        Raises:
            IndexLostError: Somebody deleted or damaged the folder.
        """
        from chromadb.errors import ChromaError  # noqa: PLC0415

        try:
            collection = self._collection()
            if collection.count() == 0:
                raise IndexLostError(f"{self._folder} holds no vectors")
            found = collection.query(
                query_embeddings=[vector], n_results=limit, where=where, include=["distances"]
            )
        except (ChromaError, OSError) as error:
            raise IndexLostError(f"{self._folder} cannot be read: {error}") from error
        distances = found["distances"] or [[]]
        pairs = zip(found["ids"][0], distances[0], strict=True)
        return {chunk_id: 1.0 - float(distance) for chunk_id, distance in pairs}

    def _sync(self, chunks: Sequence[Chunk]) -> int:
        collection = self._collection()
        wanted = {chunk.chunk_id: chunk for chunk in chunks}
        stored = set(collection.get(include=[])["ids"])
        new = [chunk for chunk_id, chunk in wanted.items() if chunk_id not in stored]
        for batch in _batches(new):
            collection.upsert(
                ids=[chunk.chunk_id for chunk in batch],
                embeddings=self._embedder.embed([chunk.full_text for chunk in batch]),
                documents=[chunk.text for chunk in batch],
                metadatas=[_metadata(chunk) for chunk in batch],
            )
        for batch in _batches(sorted(stored - set(wanted))):
            collection.delete(ids=batch)
        self._drop_other_models()
        return len(new)

    def _open(self) -> "ClientAPI":
        if self._client is None:
            import chromadb  # noqa: PLC0415 - a second, on first use only
            from chromadb.config import Settings  # noqa: PLC0415

            self._folder.mkdir(parents=True, exist_ok=True)
            self._client = chromadb.PersistentClient(
                self._folder, Settings(anonymized_telemetry=False, is_persistent=True)
            )
        return self._client

    def _collection(self) -> "Collection":
        return self._open().get_or_create_collection(
            _PREFIX + self._embedder.fingerprint,
            configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
            embedding_function=None,  # ours is passed as vectors: Chroma's own would download
        )

    def _drop_other_models(self) -> None:
        client = self._open()
        for collection in client.list_collections():
            if collection.name != _PREFIX + self._embedder.fingerprint:
                client.delete_collection(collection.name)

    def _start_again(self) -> None:
        from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415

        self._client = None
        SharedSystemClient.clear_system_cache()
        shutil.rmtree(self._folder, ignore_errors=True)


def condition(
    *,
    segment: str | None = None,
    driver: str | None = None,
    playbooks: Sequence[str] = (),
    passages_only: bool = False,
) -> dict[str, Any] | None:
    """A Chroma filter: for this segment (or for all), with this driver, in these playbooks."""
    parts: list[dict[str, Any]] = []
    if segment is not None:
        parts.append({"$or": [{_segment_key(segment): True}, {_EVERY_SEGMENT: True}]})
    if driver is not None:
        parts.append({f"driver:{driver}": True})
    if playbooks:
        parts.append({"playbook_id": {"$in": list(playbooks)}})
    if passages_only:
        parts.append({"kind": "passage"})
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"$and": parts}


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
