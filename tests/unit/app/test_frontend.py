import re
from pathlib import Path

from app.frontend import FOLLOW_THE_SYSTEM, OUTSIDE_LINK, build


def test_page_names_no_outside_host(tmp_path: Path) -> None:
    """The page of the chat loads nothing from anywhere else."""
    root = build(tmp_path / "chat")
    page = (root / "public" / "build" / "index.html").read_text(encoding="utf-8")
    assert not re.findall(r"(?:href|src)=\"(?:https?:)?//", page)
    assert (root / ".chainlit" / "config.toml").exists()
    assert (root / "public" / "build" / "index.js").exists()


def test_page_follows_the_systems_light_or_dark(tmp_path: Path) -> None:
    """Until somebody chooses, the page is as light or dark as the rest of the screen."""
    page = build(tmp_path / "chat") / "public" / "build" / "index.html"
    assert FOLLOW_THE_SYSTEM in page.read_text(encoding="utf-8")


def test_second_build_keeps_the_first(tmp_path: Path) -> None:
    """A restart does not copy the front end again."""
    root = build(tmp_path / "chat")
    marker = root / "public" / "build" / "kept"
    marker.touch()
    build(root)
    assert marker.exists()


def test_only_outside_links_are_removed() -> None:
    """Our own style sheet stays."""
    html = '<link rel="x" href="https://fonts.gstatic.com" />\n<link href="/assets/a.css">'
    assert OUTSIDE_LINK.sub("", html) == '<link href="/assets/a.css">'
