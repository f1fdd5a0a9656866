import json
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.embedder import Embedder, EmbedderMissingError
from knowledge.embedder_export import EmbedderExportError, export

REPO = Path(__file__).parents[3]


def test_a_missing_export_says_what_to_do(tmp_path: Path) -> None:
    """The error names the folder, the files and the command."""
    with pytest.raises(EmbedderMissingError, match=r"model\.onnx.*aura prepare"):
        Embedder(tmp_path)


@pytest.mark.parametrize("info", ["{", "{}", json.dumps({"format": 99})])
def test_an_unreadable_or_foreign_export_is_refused(tmp_path: Path, info: str) -> None:
    """An export of another version is made again, not misread."""
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "embedder.json").write_text(info, "utf-8")
    with pytest.raises(EmbedderMissingError, match="aura prepare"):
        Embedder(tmp_path)


def test_a_folder_without_weights_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    """A wrong path fails before anything is written."""
    source = tmp_path / "model"
    source.mkdir()
    with pytest.raises(EmbedderExportError, match="safetensors"):
        export(tmp_path / "out", source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]


def test_the_library_imports_without_torch_or_chroma() -> None:
    """Start-up pays for neither."""
    script = (
        "import sys, knowledge.library, knowledge.embedder;"
        "print([m for m in ('torch', 'chromadb', 'scipy', 'onnxruntime', 'tools', 'data')"
        " if m in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], cwd=REPO, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
