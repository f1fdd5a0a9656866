"""What the library hands out: whole plays and single passages."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Playbook:
    """One whole play.

    Attributes:
        playbook_id: The file's stem.
        front_matter: Validated fields; a faulty one is left out.
        sections: (heading, text) in the order of the file.
        reviewed: None where the file does not say.
    """

    playbook_id: str
    title: str
    front_matter: dict[str, Any]
    sections: tuple[tuple[str, str], ...]
    reviewed: date | None


@dataclass(frozen=True, slots=True)
class Passage:
    """One retrieved passage with its fused relevance (0-1, comparable within a query)."""

    playbook_id: str
    title: str
    heading: str
    text: str
    reviewed: date | None
    score: float
