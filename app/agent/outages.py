"""Failures of the installation, not of a question: what stands in the way and what mends it."""

import errno

from app.store.database import DatabaseError
from app.store.model_versions import ModelStoreError
from data.gold_reader import GoldMissing
from knowledge.embedder import EmbedderMissingError
from knowledge.index import IndexWriteError

OUTAGES = (DatabaseError, EmbedderMissingError, GoldMissing, IndexWriteError, ModelStoreError)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def outage(error: BaseException) -> str | None:
    """One line for the person who asks and for whoever runs Aura; None for any other failure."""
    if isinstance(error, OUTAGES):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.errno in _FULL:
        return "The disk of this installation is full. Free some space on it and ask again."
    return None
