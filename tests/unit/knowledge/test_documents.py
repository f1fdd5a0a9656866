from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.documents import check_folder, playbook_files, read_playbook


def test_sections_carry_the_path_of_their_headings(folder: Path) -> None:
    """A deeper heading is cited with its parents; a heading in code is none."""
    path = folder / "a.md"
    path.write_text(
        "---\ntitle: A\n---\nIntro\n# A\n## Steps\nFirst\n### Day one\nCall\n"
        "```\n## not a heading\n```\n## Limits\nNone\n",
        "utf-8",
    )
    book = read_playbook(path).playbook
    assert book is not None
    assert book.sections == (
        ("Overview", "Intro"),
        ("Steps", "First"),
        ("Steps › Day one", "Call\n```\n## not a heading\n```"),
        ("Limits", "None"),
    )


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"# No front matter\n", 1, "front matter"),
        (b"---\ntitle: A\n", 1, "front matter"),
        (b"---\ntitle: A\nowner: [x\n---\ntext\n", 3, "YAML"),
        (b"---\n- a\n---\ntext\n", 2, "field: value"),
        (b"---\ntitle: A\n---\n\n", 4, "no text"),
        (b"---\ntitle: \xff\xfe\n---\ntext\n", 1, "UTF-8"),
    ],
)
def test_a_broken_file_is_reported_with_its_line(
    folder: Path, content: bytes, line: int, words: str
) -> None:
    """The person who wrote the file learns where to look."""
    path = folder / "broken.md"
    path.write_bytes(content)
    reading = read_playbook(path)
    assert reading.playbook is None
    assert [problem.fatal for problem in reading.problems] == [True]
    problem = reading.problems[0]
    assert words in problem.message
    assert str(problem).startswith(f"{path}:{line}: ")


def test_a_field_fault_names_the_line_of_the_file(write: Callable[..., Path]) -> None:
    """Line numbers are those of the editor."""
    path = write("a-play", drivers="evnts_30d")
    (problem,) = read_playbook(path).problems
    assert problem.line == 4
    assert not problem.fatal
    assert path.read_text("utf-8").splitlines()[problem.line - 1].startswith("drivers:")


def test_the_file_name_is_the_id(write: Callable[..., Path]) -> None:
    """Citations lead back to the file even when its id field says otherwise."""
    reading = read_playbook(write("a-play", id="other"))
    assert reading.playbook is not None
    assert reading.playbook.playbook_id == "a-play"
    assert reading.playbook.front_matter["id"] == "a-play"
    assert "other" in reading.problems[0].message


def test_a_byte_order_mark_and_windows_line_ends_are_fine(write: Callable[..., Path]) -> None:
    """Files come from any editor."""
    path = write("a-play")
    plain = read_playbook(path).playbook
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_playbook(path).playbook == plain


def test_only_playbooks_are_read(folder: Path, write: Callable[..., Path]) -> None:
    """A README, drafts and editors' hidden files are left alone."""
    write("a-play")
    for name in ("README.md", "_draft.md", ".#a-play.md", "notes.txt"):
        (folder / name).write_text("x", "utf-8")
    assert [path.name for path in playbook_files(folder)] == ["a-play.md"]
    assert check_folder(folder) == []
    assert playbook_files(folder / "absent") == []
