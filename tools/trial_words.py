"""How the figures of a test are worded."""

from datetime import date
from typing import Final

from tools.wording import format_value

__all__ = ["SMALLEST_P", "day_words", "p_words", "points", "start_words"]

SMALLEST_P: Final = 0.001


def points(share: float) -> str:
    """A share (0-1) in points."""
    return format_value(100 * share, "points")


def p_words(p_value: float) -> str:
    """A probability of chance, as much of it as matters."""
    return f"p = {p_value:.3f}" if p_value >= SMALLEST_P else f"p below {SMALLEST_P}"


def day_words(day: date) -> str:
    """A day as it is said."""
    return f"{day.day} {day:%B %Y}"


def start_words(name: str) -> str:
    """What to do for a measured effect."""
    return f'To measure it, say "Start an experiment with {name}".'
