"""Cuts a playbook into what is searched: passages to cite, and pointers that lead to them.

A pointer is one short line - the title, the trigger, a signal, a question the play answers. Short
questions resemble short lines far more than they resemble whole sections.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from knowledge.playbook import Playbook

AT_A_GLANCE = "At a glance"
SIGNALS = "Signals"
_FORMAT = 1
_MAX_CHARS = 1000
"""About 256 tokens, the length at which the embedding model stops reading."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One searchable text.

    Attributes:
        chunk_id: Playbook and content hash: equal ids mean equal text and metadata.
        kind: A passage can be cited; a pointer only leads to its playbook.
        segments: Segments the play is for; empty = all.
    """

    chunk_id: str
    playbook_id: str
    kind: Literal["passage", "pointer"]
    title: str
    heading: str
    text: str
    segments: tuple[str, ...]
    drivers: tuple[str, ...]
    reviewed: date | None

    @property
    def full_text(self) -> str:
        """As it is embedded and searched: a passage stands below its title path."""
        if self.kind == "pointer":
            return self.text
        return f"{self.title} › {self.heading}\n{self.text}"


def cut(playbook: Playbook) -> list[Chunk]:
    """Chunks of a playbook: passages in reading order, then pointers; equal ones once."""
    sections = [(AT_A_GLANCE, _glance(playbook.front_matter)), *playbook.sections]
    chunks = [
        _chunk(playbook, "passage", heading, text)
        for heading, section in sections
        for text in _pieces(section)
    ]
    chunks += [_chunk(playbook, "pointer", "", text) for text in _pointers(playbook)]
    return list({chunk.chunk_id: chunk for chunk in chunks}.values())


def _chunk(
    playbook: Playbook, kind: Literal["passage", "pointer"], heading: str, text: str
) -> Chunk:
    matter = playbook.front_matter
    segments, drivers = tuple(matter.get("segments", ())), tuple(matter.get("drivers", ()))
    reviewed = playbook.reviewed.isoformat() if playbook.reviewed else ""
    content = [_FORMAT, kind, playbook.title, heading, text, segments, drivers, reviewed]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:20]
    return Chunk(
        chunk_id=f"{playbook.playbook_id}:{digest}",
        playbook_id=playbook.playbook_id,
        kind=kind,
        title=playbook.title,
        heading=heading,
        text=text,
        segments=segments,
        drivers=drivers,
        reviewed=playbook.reviewed,
    )


def _pointers(playbook: Playbook) -> list[str]:
    matter = playbook.front_matter
    signals = [
        line.strip()[2:].strip()
        for heading, text in playbook.sections
        if heading.endswith(SIGNALS)
        for line in text.splitlines()
        if line.strip().startswith(("- ", "* "))
    ]
    lines = [playbook.title, matter.get("trigger", ""), *matter.get("questions", ()), *signals]
    return [line[:_MAX_CHARS] for line in lines if line]


def _glance(matter: dict[str, Any]) -> str:
    """The front matter as sentences, so that a question can find it."""
    lines = {
        "When": matter.get("trigger"),
        "Owner": matter.get("owner"),
        "Strategy": str(matter.get("strategy") or "").replace("_", " "),
        "For": ", ".join(matter.get("segments", ())),
    }
    return "\n".join(f"{label}: {value}" for label, value in lines.items() if value)


def _pieces(text: str) -> list[str]:
    """Split a long text at blank lines, then at line ends, then at sentences."""
    for separator in ("\n\n", "\n", ". "):
        if len(text) <= _MAX_CHARS:
            break
        parts = text.split(separator)
        if len(parts) > 1:
            return [piece for part in _packed(parts, separator) for piece in _pieces(part)]
    return [text[i : i + _MAX_CHARS] for i in range(0, len(text), _MAX_CHARS)]


def _packed(parts: list[str], separator: str) -> list[str]:
    """Join neighbours as long as they fit together."""
    packed = [parts[0]]
    for part in parts[1:]:
        joined = packed[-1] + separator + part
        if len(joined) <= _MAX_CHARS:
            packed[-1] = joined
        else:
            packed.append(part)
    return packed
