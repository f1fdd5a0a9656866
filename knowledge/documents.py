"""Reads playbook files: front matter, sections, and every problem with its line."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.front_matter import FrontMatter, FrontMatterError, parse
from knowledge.playbook import Playbook

_FENCE = "---"
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_CODE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend in a playbook file.

    Attributes:
        line: From 1.
        fatal: The file cannot be used; otherwise only the named field is left out.
    """

    file: Path
    line: int
    message: str
    fatal: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave: a playbook unless a problem is fatal."""

    playbook: Playbook | None
    problems: tuple[Problem, ...]


def playbook_files(folder: Path) -> list[Path]:
    """The playbook files of a folder, sorted; hidden files and the README are none."""
    return [folder / name for name in playbook_names(folder)]


def playbook_names(folder: Path) -> list[str]:
    """Their names; none when the folder is absent or closed to us."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    return sorted(name for name in names if _is_playbook(name))


def check_folder(folder: Path) -> list[Problem]:
    """Every problem of every playbook file in a folder."""
    return [problem for path in playbook_files(folder) for problem in read_playbook(path).problems]


def read_playbook(path: Path) -> Reading:
    """Read one file; it never raises for what a person may have written in it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return unopened(path, error)
    return parse_playbook(path, content)


def unopened(path: Path, error: OSError) -> Reading:
    """What a file gives that cannot be opened."""
    return _fatal(path, 1, f"cannot be opened: {error.strerror}")


def parse_playbook(path: Path, content: bytes) -> Reading:
    """Read a file's content; it never raises for what a person may have written in it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _fatal(path, 1, f"is not UTF-8 text: byte {error.start} cannot be read")
    lines = text.splitlines()
    end = _closing_fence(lines)
    if end is None:
        return _fatal(path, 1, "needs front matter between two lines of ---")
    try:
        matter, faults = parse("\n".join(lines[1:end]))
    except FrontMatterError as error:
        return _fatal(path, error.line + 2, str(error))
    sections, heading = _sections(lines[end + 1 :])
    if not sections:
        return _fatal(path, end + 2, "has no text below the front matter")
    problems = [Problem(path, line + 2, message) for line, message in faults]
    if matter.id is not None and matter.id != path.stem:
        problems.append(
            Problem(
                path, 2, f"id: {matter.id!r} differs from the file's name; {path.stem!r} is used"
            )
        )
    return Reading(_playbook(path.stem, matter, heading, sections), tuple(problems))


def _is_playbook(name: str) -> bool:
    stem = name.removesuffix(".md")
    return stem != name and not name.startswith((".", "_")) and stem.lower() != "readme"


def _fatal(path: Path, line: int, message: str) -> Reading:
    return Reading(None, (Problem(path, line, message, fatal=True),))


def _closing_fence(lines: list[str]) -> int | None:
    if not lines or lines[0].rstrip() != _FENCE:
        return None
    return next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)


def _playbook(
    stem: str, matter: FrontMatter, heading: str | None, sections: list[tuple[str, str]]
) -> Playbook:
    title = matter.title or heading or stem.replace("-", " ").capitalize()
    fields = matter.model_dump(exclude_none=True) | {"id": stem, "title": title}
    return Playbook(stem, title, fields, tuple(sections), matter.reviewed)


def _sections(lines: list[str]) -> tuple[list[tuple[str, str]], str | None]:
    """Split the body at its headings; a deeper heading carries its parents' names."""
    title: str | None = None
    path: list[tuple[int, str]] = []
    sections: list[tuple[str, list[str]]] = [("Overview", [])]
    for line, level, heading in _headings(lines):
        if level == 0:
            sections[-1][1].append(line)
        elif level == 1 and title is None:
            title = heading
        else:
            path = [*(step for step in path if step[0] < level), (level, heading)]
            sections.append((" › ".join(name for _, name in path), []))
    texts = [(name, "\n".join(body).strip()) for name, body in sections]
    return [(name, text) for name, text in texts if text], title


def _headings(lines: list[str]) -> Iterator[tuple[str, int, str]]:
    """Yield (line, heading level or 0, heading); what looks like one in code is none."""
    in_code = False
    for line in lines:
        if _CODE.match(line):
            in_code = not in_code
        match = None if in_code else _HEADING.match(line)
        yield (line, len(match[1]), match[2]) if match else (line, 0, "")
