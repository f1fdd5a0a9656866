"""A page of a few words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """What happened, and that the way on is the overview."""

    title: str
    text: str
