"""A user's file as a DuckDB relation: one row a record, columns still untyped."""

import codecs
import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import duckdb

from data.mapping import FileRule
from data.sql_text import identifier, literal

_CHUNK_BYTES = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
_LINE_LIMIT_BYTES = 16 << 20
BAD_LINES = "bad_lines"


class SourceFileError(ValueError):
    """A file cannot be read at all; the message says why."""


@dataclass(frozen=True)
class SourceFile:
    """What the loader needs to know of a file.

    Attributes:
        name: File name as the user knows it.
        columns: Column name to DuckDB type.
        scan: A SELECT with `_row` (1-based record), `_broken` (why a record cannot be read, else
            NULL) and the columns.
        keeps_bad_lines: Whether scanning fills the `bad_lines` table.
    """

    name: str
    columns: dict[str, str]
    scan: str
    keeps_bad_lines: bool = False


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        digest = sha256()
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def open_source(
    path: Path, rule: FileRule, scratch: Path, connection: duckdb.DuckDBPyConnection
) -> SourceFile:
    """Look at a file and say how to scan it.

    Args:
        path: The user's file.
        rule: Format, delimiter and encoding, where the mapping states them.
        scratch: Folder for a re-encoded copy, if one is needed.
        connection: Used to read Parquet headers and JSON keys.

    Raises:
        SourceFileError: The file is absent, empty, or not what its ending says.
    """
    if not path.is_file():
        raise SourceFileError(f"No file {path}.")
    if path.stat().st_size == 0:
        raise SourceFileError(f"{path.name} is empty.")
    kind = rule.format_of(path)
    if kind == "parquet":
        return _open_parquet(path, connection)
    try:
        return _open_lines(path, kind, rule, scratch, connection)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceFileError(
            f"{path.name} is cut short or damaged inside its compression: get the file again."
        ) from error


def _open_lines(
    path: Path, kind: str, rule: FileRule, scratch: Path, connection: duckdb.DuckDBPyConnection
) -> SourceFile:
    readable = _as_utf8(path, rule.encoding, scratch)
    if kind == "jsonl":
        return _open_json_lines(path, readable, connection)
    return _open_csv(path, readable, rule.delimiter)


def _open_parquet(path: Path, connection: duckdb.DuckDBPyConnection) -> SourceFile:
    source = f"read_parquet({literal(path)}, file_row_number = true)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as error:
        said = str(error).partition("\n")[0]
        raise SourceFileError(
            f"{path.name} is not a whole Parquet file: get the file again. ({said})"
        ) from error
    columns = {str(row[0]): str(row[1]) for row in described if row[0] != "file_row_number"}
    scan = (
        "SELECT file_row_number + 1 AS _row, NULL::VARCHAR AS _broken, "
        f"* EXCLUDE (file_row_number) FROM {source}"
    )
    return SourceFile(path.name, columns, scan)


def _open_csv(path: Path, readable: Path, delimiter: str | None) -> SourceFile:
    with _open_text(readable) as stream:
        first_line = stream.readline().lstrip("\ufeff")
        separator = delimiter or _guess_delimiter(first_line)
        rest = (line for line in stream)
        header = next(csv.reader(_chain(first_line, rest), delimiter=separator))
    names = [name.strip() for name in header]
    repeated = [name for name, count in Counter(names).items() if count > 1 or not name]
    if repeated:
        raise SourceFileError(
            f"{path.name}: the header repeats or leaves empty {repeated}; each column needs a name."
        )
    declared = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    scan = (
        "SELECT row_number() OVER () AS _row, NULL::VARCHAR AS _broken, * FROM read_csv("
        f"{literal(readable)}, auto_detect = false, header = true, delim = {literal(separator)}, "
        f"quote = '\"', escape = '\"', columns = {{{declared}}}, "
        f"max_line_size = {_LINE_LIMIT_BYTES}, store_rejects = true, rejects_limit = 0, "
        f"rejects_table = '{BAD_LINES}', rejects_scan = 'bad_scans')"
    )
    columns = dict.fromkeys(names, "VARCHAR")
    return SourceFile(path.name, columns, scan, keeps_bad_lines=True)


def _open_json_lines(
    path: Path, readable: Path, connection: duckdb.DuckDBPyConnection
) -> SourceFile:
    lines = (
        "SELECT row_number() OVER () AS _row, trim(line) AS line FROM read_csv("
        f"{literal(readable)}, auto_detect = false, header = false, delim = '\x01', quote = '', "
        f"escape = '', columns = {{'line': 'VARCHAR'}}, max_line_size = {_LINE_LIMIT_BYTES})"
    )
    keys = connection.execute(
        f"SELECT DISTINCT unnest(json_keys(line)) FROM ({lines}) "
        "WHERE json_valid(line) AND json_type(line) = 'OBJECT' ORDER BY 1"
    ).fetchall()
    names = [str(row[0]) for row in keys]
    if not names:
        raise SourceFileError(f"{path.name} holds no JSON object: one object a line is needed.")
    taken = ", ".join(
        f"CASE WHEN readable THEN json_extract_string(line, {literal('$.' + identifier(name))}) "
        f"END AS {identifier(name)}"
        for name in names
    )
    scan = (
        "SELECT _row, CASE WHEN NOT readable THEN 'not a JSON object' END AS _broken, "
        f"{taken} FROM (SELECT *, coalesce(CASE WHEN json_valid(line) "
        f"THEN json_type(line) = 'OBJECT' END, false) AS readable FROM ({lines}) "
        "WHERE line IS NOT NULL AND line <> '')"
    )
    return SourceFile(path.name, dict.fromkeys(names, "VARCHAR"), scan)


def first_line(path: Path) -> str:
    """The first line of a text file, as far as it can be read before its encoding is known."""
    with _open_bytes(path) as stream:
        return stream.readline(_CHUNK_BYTES).decode("utf-8", errors="replace")


def _guess_delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _open_bytes(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def _open_text(path: Path) -> TextIO:
    return TextIOWrapper(_open_bytes(path), encoding="utf-8", newline="")


def _as_utf8(path: Path, encoding: str | None, scratch: Path) -> Path:
    """The file itself, or a copy in UTF-8 beside it when its bytes are something else."""
    if encoding is not None:
        _check_encoding(path, encoding)
    if encoding is None or codecs.lookup(encoding).name == "utf-8":
        if _is_utf8(path):
            return path
        encoding = encoding or _encoding_by_mark(path)
    copy = scratch / f"{path.name.removesuffix('.gz')}.utf8"
    try:
        with _open_bytes(path) as stream, copy.open("w", encoding="utf-8", newline="") as out:
            if encoding is None or codecs.lookup(encoding).name == "utf-8":
                out.writelines(_decode_mixed(line) for line in stream)
            else:
                out.writelines(codecs.getreader(encoding)(stream))
    except UnicodeDecodeError as error:
        raise SourceFileError(f"{path.name} is not {encoding}: {error}.") from error
    return copy


def _check_encoding(path: Path, encoding: str) -> None:
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise SourceFileError(
            f"{path.name}: unknown encoding {encoding!r}. Allowed: utf-8, cp1252, utf-16, …"
        ) from error


def _encoding_by_mark(path: Path) -> str | None:
    with _open_bytes(path) as stream:
        mark = stream.read(2)
    return "utf-16" if mark in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else None


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with _open_bytes(path) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _decode_mixed(line: bytes) -> str:
    """One line in UTF-8, or in the encoding of Windows where it is not that."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")
