"""The files that pages load: ours and Plotly's, each under the hash of its content."""

import gzip
import hashlib
import importlib.util
import mimetypes
from dataclasses import dataclass
from pathlib import Path

PREFIX = "/static"
PUBLIC = Path(__file__).parents[1] / "public"
PLOTLY = "plotly.min.js"
WIDGET = "copilot.js"
_COMPRESSED = frozenset({".css", ".js", ".svg"})


class AssetMissingError(Exception):
    """A page names a file that is not there."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    media_type: str
    content: bytes
    compressed: bytes | None


class Assets:
    """Addresses that change with the content, so that a browser may keep a file for good."""

    def __init__(self) -> None:
        self._paths = {
            path.relative_to(PUBLIC).as_posix(): path
            for path in sorted(PUBLIC.rglob("*"))
            if path.suffix in {".css", ".js", ".svg"}
        }
        self._paths[PLOTLY] = _packaged("plotly", f"package_data/{PLOTLY}")
        self._paths[WIDGET] = _packaged("chainlit", "copilot/dist/index.js")
        self._hashes = {
            name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
            for name, path in self._paths.items()
        }
        self._kept: dict[str, Asset] = {}

    def url(self, name: str) -> str:
        """Address of a file.

        Raises:
            AssetMissingError: There is no such file.
        """
        return f"{PREFIX}/{self.version(name)}/{name}"

    def version(self, name: str) -> str:
        """Hash of a file's content.

        Raises:
            AssetMissingError: There is no such file.
        """
        if name not in self._hashes:
            known = ", ".join(self._hashes)
            raise AssetMissingError(f"no file {name!r} in {PUBLIC}; known: {known}")
        return self._hashes[name]

    def find(self, version: str, name: str) -> Asset | None:
        """The file of an address; None for an unknown name or an old version."""
        if self._hashes.get(name) != version:
            return None
        if name not in self._kept:
            self._kept[name] = _read(self._paths[name])
        return self._kept[name]


def _packaged(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise AssetMissingError(f"{package} is not installed; run `make run`, which installs it.")
    return Path(spec.origin).parent / name


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    compressed = gzip.compress(content, 6) if path.suffix in _COMPRESSED else None
    return Asset(media_type, content, compressed)
