"""The chat's front end, made from the installed Chainlit with every outside link removed."""

import importlib.util
import json
import re
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
WELCOME = HERE.parent / "chainlit.md"
LANGUAGE = "en-US"
PLACEHOLDER = "Ask about your clients …"
OUTSIDE_LINK = re.compile(
    r"<link\b[^>]*?(?:googleapis|gstatic|jsdelivr)[^>]*?>\s*", flags=re.IGNORECASE
)

FOLLOW_THE_SYSTEM = (
    '<script>localStorage["vite-ui-theme"] ??= "system"</script>'  # Chainlit knows no such default
)


class FrontendError(Exception):
    """The installed Chainlit is not laid out as expected."""


def build(root: Path, widget_origins: Sequence[str] = ()) -> Path:
    """Lay out Chainlit's app root: front end, theme, configuration and welcome page.

    Nothing is fetched: the pages load only what this server serves.

    Args:
        root: Folder to write to; the build inside it is renewed when Chainlit's version changes.
        widget_origins: Sites that may embed the widget.

    Returns:
        The folder, to be used as Chainlit's app root.

    Raises:
        FrontendError: The package has no front end, or its page still names an outside host.
    """
    package = _package_folder()
    public = root / "public"
    public.mkdir(parents=True, exist_ok=True)
    (root / ".chainlit").mkdir(exist_ok=True)
    stamp = public / ".built-from"
    wanted = version("chainlit") + FOLLOW_THE_SYSTEM
    built = (public / "build" / "index.html").exists() and stamp.exists()
    if not built or stamp.read_text() != wanted:
        _copy_build(package, public / "build")
        stamp.write_text(wanted)
    for file in (HERE / "public").iterdir():
        if file.is_file() and file.suffix != ".toml":
            shutil.copyfile(file, public / file.name)
    _write_configuration(root / ".chainlit" / "config.toml", widget_origins)
    for name in ("chainlit.md", f"chainlit_{LANGUAGE}.md"):
        shutil.copyfile(WELCOME, root / name)
    _write_wording(package, root / ".chainlit" / "translations")
    return root


def _package_folder() -> Path:
    spec = importlib.util.find_spec("chainlit")
    if spec is None or spec.origin is None:
        msg = "Chainlit is not installed; run `make run`, which installs it."
        raise FrontendError(msg)
    return Path(spec.origin).parent


def _write_configuration(target: Path, widget_origins: Sequence[str]) -> None:
    nobody, listed = "allow_origins = []", f"allow_origins = {json.dumps(list(widget_origins))}"
    text = (HERE / "public" / "chainlit.toml").read_text(encoding="utf-8")
    target.write_text(text.replace(nobody, listed), encoding="utf-8")


def _write_wording(package: Path, target: Path) -> None:
    """Say what a manager would: a step is named by what it does, not as a tool that was used."""
    target.mkdir(exist_ok=True)
    wording = json.loads(
        (package / "translations" / f"{LANGUAGE}.json").read_text(encoding="utf-8")
    )
    wording["chat"]["input"]["placeholder"] = PLACEHOLDER
    wording["chat"]["messages"]["status"].update(using="", used="")
    (target / f"{LANGUAGE}.json").write_text(json.dumps(wording, indent=2), encoding="utf-8")


def _copy_build(package: Path, target: Path) -> None:
    page = package / "frontend" / "dist" / "index.html"
    widget = package / "copilot" / "dist"
    if not page.exists() or not widget.exists():
        msg = f"Chainlit {version('chainlit')} has no built front end at {page.parent}."
        raise FrontendError(msg)
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    no_maps = shutil.ignore_patterns("*.map")
    shutil.copytree(page.parent, fresh, ignore=no_maps)
    shutil.copytree(widget, fresh, ignore=no_maps, dirs_exist_ok=True)
    html = OUTSIDE_LINK.sub("", page.read_text(encoding="utf-8"))
    if "https://" in html:
        msg = f"Chainlit {version('chainlit')}'s page names an outside host: {page}"
        raise FrontendError(msg)
    html = html.replace("<head>", f"<head>{FOLLOW_THE_SYSTEM}", 1)
    (fresh / "index.html").write_text(html, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
