from datetime import date
from pathlib import Path

import pytest

from knowledge.documents import check_folder, read_playbook
from knowledge.scaffold import PlaybookExistsError, new_playbook

TODAY = date(2026, 3, 4)


@pytest.mark.parametrize("title", ["Plain", 'With "quotes": and colon', "# hash \\ {brace}"])
def test_a_new_playbook_passes_every_check(folder: Path, title: str) -> None:
    """Nobody starts from a file with faults."""
    path = new_playbook(folder, "my-play", title, TODAY)
    assert check_folder(folder) == []
    book = read_playbook(path).playbook
    assert book is not None
    assert (book.title, book.reviewed) == (title, TODAY)


def test_nothing_is_overwritten(folder: Path) -> None:
    """Work is never lost."""
    path = new_playbook(folder, "my-play", "A", TODAY)
    with pytest.raises(PlaybookExistsError):
        new_playbook(folder, "my-play", "B", TODAY)
    assert 'title: "A"' in path.read_text("utf-8")


@pytest.mark.parametrize("name", ["My Play", "../evil", "a--b", "", "a_b", "-a"])
def test_ids_are_kebab_case(folder: Path, name: str) -> None:
    """An id is a file name that leaves the folder nowhere."""
    with pytest.raises(ValueError, match="hyphens"):
        new_playbook(folder, name, "T", TODAY)
