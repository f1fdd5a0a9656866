"""A small folder of plays and an embedder of words: same word, same direction."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge.library import Library
from knowledge.words import stems

PLAY = """\
---
id: {id}
title: {title}
drivers: [{drivers}]
segments: [{segments}]
trigger: {trigger}
strategy: training
steps:
  - {{day: 0, owner: Trainer, action: Teach}}
owner: Trainer
cost_per_customer: 40
expected_effect: {{low: 0.01, high: 0.03, source: guess, grade: assumed}}
metrics: [grr]
reviewed: 2026-05-04
---

# {title}

## Situation

{text}
"""


class WordEmbedder:
    """Counts stems in 256 buckets: deterministic, and honest about shared words."""

    def __init__(self, fingerprint: str = "words-1") -> None:
        self.fingerprint = fingerprint
        self.embedded: list[str] = []

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Array (text, 256), rows of length 1."""
        self.embedded += texts
        vectors = np.full((len(texts), 256), 1e-6, dtype=np.float32)
        for row, text in enumerate(texts):
            for stem in stems(text):
                vectors[row, hashlib.sha256(stem.encode()).digest()[0]] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def embedder() -> WordEmbedder:
    """A fresh embedder that remembers what it embedded."""
    return WordEmbedder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for playbooks."""
    path = tmp_path / "playbooks"
    path.mkdir()
    return path


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Write one playbook file; every field has a default."""

    def write(playbook_id: str, **fields: str) -> Path:
        values = {
            "id": playbook_id,
            "title": playbook_id.replace("-", " ").capitalize(),
            "drivers": "events_30d",
            "segments": "",
            "trigger": "Something happens",
            "text": "Some text.",
            **fields,
        }
        path = folder / f"{playbook_id}.md"
        path.write_text(PLAY.format(**values), "utf-8")
        return path

    return write


@pytest.fixture
def library(folder: Path, tmp_path: Path, embedder: WordEmbedder) -> Library:
    """A library over the folder of this test."""
    return Library(folder, tmp_path / "index", embedder)
