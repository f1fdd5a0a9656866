import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge import folder as module
from knowledge.folder import PlaybookFolder
from knowledge.playbook import Playbook

Write = Callable[..., Path]
HOUR_NS = 3_600_000_000_000


@pytest.fixture
def looked(folder: Path) -> PlaybookFolder:
    """The folder of this test, before the first look."""
    return PlaybookFolder(folder)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look happens an hour after the files were written: they have settled."""
    now = time.time_ns
    monkeypatch.setattr(module.time, "time_ns", lambda: now() + HOUR_NS)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were opened, as they are."""
    names: list[str] = []
    read_bytes = Path.read_bytes

    def note(path: Path) -> bytes:
        names.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", note)
    return names


def texts(looked: PlaybookFolder) -> dict[str, str]:
    """{playbook id: its first section}."""
    return {book.playbook_id: book.sections[0][1] for book in looked.playbooks}


def books(looked: PlaybookFolder) -> dict[str, Playbook]:
    """{playbook id: playbook}."""
    return {book.playbook_id: book for book in looked.playbooks}


@pytest.mark.usefixtures("later")
def test_only_files_that_changed_are_opened(
    looked: PlaybookFolder, write: Write, read: list[str]
) -> None:
    """A look at a large folder costs no reading."""
    write("zebra")
    write("giraffe")
    assert looked.look()
    read.clear()
    assert not looked.look()
    assert read == []
    write("zebra", text="Other text.")
    assert looked.look()
    assert read == ["zebra.md"]
    assert looked.look(trust_stamps=False) is False
    assert sorted(read[1:]) == ["giraffe.md", "zebra.md"]


@pytest.mark.usefixtures("later")
def test_a_touched_file_is_not_parsed_again(looked: PlaybookFolder, write: Write) -> None:
    """The same content gives the same object, so that nothing is done again behind it."""
    path = write("zebra")
    looked.look()
    before = books(looked)["zebra"]
    os.utime(path)
    assert not looked.look()
    assert books(looked)["zebra"] is before


@pytest.mark.usefixtures("later")
def test_an_edit_of_the_same_size_that_keeps_the_time_is_seen(
    looked: PlaybookFolder, write: Write
) -> None:
    """`cp -p` and `rsync -t` set the old time; the file's entry tells."""
    path = write("zebra", text="Feed.")
    looked.look()
    was = path.stat()
    while path.stat().st_ctime_ns == was.st_ctime_ns:
        path.write_text(path.read_text("utf-8").replace("Feed.", "Lead."), "utf-8")
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (was.st_size, was.st_mtime_ns)
    assert looked.look()
    assert texts(looked) == {"zebra": "Lead."}


@pytest.mark.usefixtures("later")
def test_a_file_of_the_same_size_and_times_moved_into_place_is_seen(
    looked: PlaybookFolder, write: Write, folder: Path
) -> None:
    """Careful editors write beside and rename."""
    path = write("zebra", text="Feed.")
    looked.look()
    was = path.stat()
    draft = folder / ".draft"
    draft.write_text(path.read_text("utf-8").replace("Feed.", "Lead."), "utf-8")
    os.utime(draft, ns=(was.st_atime_ns, was.st_mtime_ns))
    draft.rename(path)
    assert looked.look()
    assert texts(looked) == {"zebra": "Lead."}


def test_a_second_edit_within_one_tick_of_the_clock_is_seen(
    looked: PlaybookFolder, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Size, times and inode are all as they were: a file that changed just now is not trusted."""
    path = write("zebra", text="Feed.")
    stat = path.stat()
    stamp = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)
    monkeypatch.setattr(module, "_stamp", lambda _: stamp)
    looked.look()
    write("zebra", text="Lead.")
    assert looked.look()
    assert texts(looked) == {"zebra": "Lead."}


@pytest.mark.usefixtures("later")
def test_a_file_that_cannot_be_opened_is_tried_again(
    looked: PlaybookFolder, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rights given back, or a disk that answers again, need no edit to be noticed."""
    path = write("zebra")
    looked.look()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", _refuse)
        os.utime(path)
        assert looked.look()
        assert texts(looked) == {}
        assert [problem.fatal for problem in looked.problems] == [True]
        assert not looked.look()
    assert looked.look()
    assert texts(looked) == {"zebra": "Some text."}
    assert looked.problems == ()


def test_a_folder_or_a_dangling_link_in_place_of_a_file_is_reported(
    looked: PlaybookFolder, write: Write, folder: Path
) -> None:
    """What only looks like a playbook stops nothing."""
    write("zebra")
    (folder / "fold.md").mkdir()
    (folder / "link.md").symlink_to(folder / "gone")
    looked.look()
    assert [problem.file.name for problem in looked.problems] == ["fold.md", "link.md"]
    assert set(texts(looked)) == {"zebra"}


def test_files_come_and_go(looked: PlaybookFolder, write: Write, folder: Path) -> None:
    """Also by a new name, and also all of them at once."""
    path = write("zebra")
    assert looked.look()
    path.rename(folder / "giraffe.md")
    assert looked.look()
    assert set(texts(looked)) == {"giraffe"}
    folder.rename(folder.with_name("elsewhere"))
    assert looked.look()
    assert texts(looked) == {}
    assert not looked.look()


def _refuse(path: Path) -> bytes:
    raise PermissionError(13, "Permission denied", str(path))
