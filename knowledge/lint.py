"""What a play of the library must hold beyond what can be read: `aura playbooks check`.

A thrifty file of a user is served all the same; this says what it lacks to be a whole play.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

from knowledge.documents import Problem, playbook_files, read_playbook
from knowledge.playbook import Playbook

SECTIONS: Final = (
    "Situation",
    "Signals",
    "Steps",
    "Talk track",
    "Message template",
    "Offer limits",
    "When not to",
    "Measures",
    "Evidence",
)
"""In this order."""
_STEP: Final = re.compile(r"^\d+\. \*\*Day (\d+) · ([^.*]+)\.\*\*", re.MULTILINE)


def lint_folder(folder: Path, metrics: Collection[str]) -> list[Problem]:
    """Every problem of every playbook file, in the order of files and lines.

    Args:
        folder: The playbooks.
        metrics: Names that `metrics` may hold.
    """
    return [problem for path in playbook_files(folder) for problem in lint(path, metrics)]


def lint(path: Path, metrics: Collection[str]) -> list[Problem]:
    """Problems of one file: front matter, sections, steps, metrics and evidence."""
    reading = read_playbook(path)
    found = list(reading.problems)
    if reading.playbook is not None:
        lines = path.read_text("utf-8-sig").splitlines()
        checks = (*_sections(reading.playbook), *_agreement(reading.playbook, metrics))
        found += [Problem(path, _line_of(where, lines), message) for where, message in checks]
    return sorted(found, key=lambda problem: problem.line)


def _sections(book: Playbook) -> Iterator[tuple[str, str]]:
    """(text by which the line is found, what is wrong)."""
    headings = [heading for heading, _ in book.sections]
    for name in SECTIONS:
        if name not in headings:
            yield "", f"section '{name}' is missing or empty"
    known = [name for name in headings if name in SECTIONS]
    for name, due in zip(known, sorted(known, key=SECTIONS.index), strict=True):
        if name != due:
            yield f"## {name}", f"section '{name}' stands where '{due}' belongs"
            return


def _agreement(book: Playbook, metrics: Collection[str]) -> Iterator[tuple[str, str]]:
    matter, sections = book.front_matter, dict(book.sections)
    for name in matter.get("metrics", ()):
        if name not in metrics:
            yield "metrics:", f"metrics: {name!r} is no metric; allowed: {', '.join(metrics)}"
    written = [(int(day), owner.strip()) for day, owner in _STEP.findall(sections.get("Steps", ""))]
    planned = [(step.get("day"), step.get("owner")) for step in matter.get("steps", ())]
    if "Steps" in sections and written != planned:
        yield (
            "## Steps",
            (
                f"steps: the front matter says {_spoken(planned)}, the section {_spoken(written)}; "
                "a step reads '1. **Day 0 · Owner.** What to do.'"
            ),
        )
    grade = str(matter.get("expected_effect", {}).get("grade", "assumed")).capitalize()
    if not sections.get("Evidence", grade).startswith(grade):
        yield "## Evidence", f"Evidence: must begin with '{grade}', the grade in the front matter"


def _spoken(steps: list[tuple[Any, Any]]) -> str:
    return ", ".join(f"day {day} {owner}" for day, owner in steps) or "none"


def _line_of(text: str, lines: list[str]) -> int:
    return next((n for n, line in enumerate(lines, 1) if text and line.startswith(text)), 1)
