"""Turns text into vectors with onnxruntime: half a second to load, milliseconds a question, no torch.

`knowledge.embedder_export.export` makes the folder this file reads.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

FORMAT = 1
INFO_FILE = "embedder.json"
MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"


Vectors = NDArray[np.float32]
_BATCH = 8
"""A batch that fits the processor's cache; 32 take a third longer."""


class EmbedderMissingError(Exception):
    """The exported model is missing or does not fit this version."""


class EmbedderInfo(BaseModel):
    """What `embedder.json` says about the export beside it.

    Attributes:
        fingerprint: Hash of weights and tokenizer; vectors of two fingerprints never mix.
        max_tokens: Longer texts are cut here.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: int
    model: str
    fingerprint: str
    dimensions: int
    max_tokens: int
    inputs: tuple[str, ...]


class Embedder:
    """A sentence encoder read from an export folder; safe to share between threads.

    Args:
        folder: Where `export` wrote the model.

    Raises:
        EmbedderMissingError: The folder holds no complete export.
    """

    def __init__(self, folder: Path) -> None:
        self.info = _read_info(folder)
        import onnxruntime  # noqa: PLC0415 - only who embeds pays for the import
        from tokenizers import Tokenizer  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # more threads are slower on short texts
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        except Exception as error:  # both libraries raise types of their own, and bare Exception
            raise EmbedderMissingError(
                f"The embedding model in {folder} is damaged. Run `aura prepare`."
            ) from error
        self._tokenizer.enable_truncation(self.info.max_tokens)
        self._tokenizer.enable_padding()

    @property
    def fingerprint(self) -> str:
        """Identifies the model: vectors with another fingerprint are not comparable."""
        return self.info.fingerprint

    def embed(self, texts: list[str]) -> Vectors:
        """Embed texts; a scalar product of two rows is their cosine similarity.

        Args:
            texts: Any number of texts, an empty list included.

        Returns:
            Array (text, dimension), float32, each row of length 1.
        """
        vectors = np.zeros((len(texts), self.info.dimensions), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(by_length), _BATCH):
            batch = by_length[start : start + _BATCH]
            vectors[batch] = self._embed_batch([texts[i] for i in batch])
        return vectors

    def _embed_batch(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(texts)
        columns = {
            "input_ids": [e.ids for e in encoded],
            "attention_mask": [e.attention_mask for e in encoded],
            "token_type_ids": [e.type_ids for e in encoded],
        }
        inputs = {name: np.array(columns[name], dtype=np.int64) for name in self.info.inputs}
        vectors = np.asarray(self._session.run(None, inputs)[0], dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(norms, 1e-12)


def _read_info(folder: Path) -> EmbedderInfo:
    missing = [
        name for name in (INFO_FILE, MODEL_FILE, TOKENIZER_FILE) if not (folder / name).is_file()
    ]
    if missing:
        raise EmbedderMissingError(
            f"No embedding model in {folder}: {', '.join(missing)} missing. Run `aura prepare`."
        )
    try:
        info = EmbedderInfo.model_validate(json.loads((folder / INFO_FILE).read_text("utf-8")))
    except (ValidationError, ValueError) as error:
        raise EmbedderMissingError(
            f"{folder / INFO_FILE} cannot be read ({error}). Run `aura prepare`."
        ) from error
    if info.format != FORMAT:
        raise EmbedderMissingError(
            f"{folder} was exported in format {info.format}, this version reads {FORMAT}. "
            "Run `aura prepare`."
        )
    return info
