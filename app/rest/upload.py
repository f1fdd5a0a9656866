"""A multipart form with one file, written to the disk while it arrives."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from app.failures import ApiError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FIELD_BYTES: Final = 1_000
MAX_PARTS: Final = 10
_UNSAFE: Final = re.compile(r"[^\w. ()-]+")
_LONGEST_NAME: Final = 120


@dataclass(slots=True)
class Form:
    """What a form holds so far.

    Attributes:
        folder: Where its file is written.
        fields: Its short fields.
        file: The file, under a safe form of the name that the sender gave it.
    """

    folder: Path
    fields: dict[str, str] = field(default_factory=dict[str, str])
    file: Path | None = None


async def receive_form(
    headers: Mapping[str, str],
    stream: AsyncIterator[bytes],
    folder: Path,
    *,
    file_field: str,
    max_bytes: int,
) -> Form:
    """Read a whole form; its file goes to `folder` piece by piece.

    Args:
        headers: The request's headers.
        stream: Its body.
        folder: An empty folder of its own.
        file_field: Name of the field that carries the file.
        max_bytes: The most that is taken.

    Raises:
        ApiError: It is too long, or not such a form.
    """
    _check_length(headers, max_bytes)
    form = Form(folder)
    reader = _Reader(form, file_field)
    seen = 0
    try:
        parser = MultipartParser(_boundary(headers), reader.callbacks())
        async for chunk in stream:
            seen += len(chunk)
            if seen > max_bytes:
                raise _too_long(max_bytes)
            await asyncio.to_thread(parser.write, chunk)
        await asyncio.to_thread(parser.finalize)
    except FormParserError as error:
        raise _malformed(f"The form cannot be read: {error}") from error
    finally:
        reader.close()
    if not reader.ended:
        raise _malformed("The form ends too early.")
    return form


class _Reader:
    """Follows the parser through the parts of a form."""

    def __init__(self, form: Form, file_field: str) -> None:
        self._form = form
        self._file_field = file_field
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._text = bytearray()
        self._file: BinaryIO | None = None
        self._parts = 0
        self.ended = False

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._keep_header,
            "on_headers_finished": self._open,
            "on_part_data": self._write,
            "on_part_end": self._finish,
            "on_end": self._end,
        }

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _malformed(f"The form has more than {MAX_PARTS} parts.")
        self._headers = {}
        self._text = bytearray()

    def _keep_header(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if self._name != self._file_field:
            return
        if b"filename" not in options or self._form.file is not None:
            raise _malformed(f"The field {self._file_field!r} carries exactly one file.")
        path = self._form.folder / _safe_name(options[b"filename"].decode("utf-8", "replace"))
        self._form.file = path
        self._file = path.open("xb")

    def _write(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > MAX_FIELD_BYTES:
            raise _malformed(f"The field {self._name[:80]!r} is too long.")

    def _finish(self) -> None:
        if self._file is not None:
            self.close()
            return
        if self._name in self._form.fields:
            raise _malformed(f"The field {self._name[:80]!r} stands twice.")
        self._form.fields[self._name] = self._text.decode("utf-8", "replace").strip()

    def _end(self) -> None:
        self.ended = True


def _boundary(headers: Mapping[str, str]) -> bytes:
    kind, options = parse_options_header(headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise ApiError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "This route takes a form with a file.",
            "Send Content-Type: multipart/form-data, as `curl -F` does.",
        )
    return boundary


def _safe_name(given: str) -> str:
    """The last part of the name, without what a path or a shell would take for its own."""
    last = re.split(r"[\\/]", given)[-1]
    name = _UNSAFE.sub("_", last).strip(" .")
    if not name:
        raise _malformed("The file has no name.")
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{ending}" if dot else name[:_LONGEST_NAME]


def _check_length(headers: Mapping[str, str], max_bytes: int) -> None:
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise _too_long(max_bytes)


def _too_long(max_bytes: int) -> ApiError:
    return ApiError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too_large",
        "The file is too long.",
        f"Send at most {max_bytes // 1_000_000:,} MB at once, or use `aura ingest` on the server.",
    )


def _malformed(message: str) -> ApiError:
    return ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_request",
        message,
        "Send the fields source_type, data_category and file, once each.",
    )
