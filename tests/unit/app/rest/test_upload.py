import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, strategies as st

from app.failures import ApiError
from app.rest.upload import MAX_FIELD_BYTES, MAX_PARTS, Form, receive_form

BOUNDARY = "a-boundary"
HEADERS = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


def _part(name: str, content: bytes, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def _body(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


async def _chunks(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def _receive(body: bytes, folder: Path, *, size: int = 1000, max_bytes: int = 10_000) -> Form:
    return asyncio.run(
        receive_form(HEADERS, _chunks(body, size), folder, file_field="file", max_bytes=max_bytes)
    )


@given(
    content=st.one_of(
        st.binary(max_size=300), st.sampled_from([b"\r\n--a-bound", b"--a-boundary-"])
    ),
    size=st.integers(1, 60),
)
def test_a_file_arrives_whole_however_it_is_cut(content: bytes, size: int) -> None:
    """Bytes that look like a boundary's beginning included."""
    body = _body(_part("kind", b" csv "), _part("file", content, "t.csv"), _part("last", b"x"))
    with TemporaryDirectory() as name:
        form = _receive(body, Path(name), size=size)
        assert form.fields == {"kind": "csv", "last": "x"}
        assert form.file == Path(name) / "t.csv"
        assert (Path(name) / "t.csv").read_bytes() == content


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("tickets.csv", "tickets.csv"),
        ("../../etc/cron.d/x.csv", "x.csv"),
        ("C:\\files\\Q4 (final).csv", "Q4 (final).csv"),
        ("a;rm -rf $HOME.csv", "a_rm -rf _HOME.csv"),
        ("Größe.csv", "Größe.csv"),
        ("x" * 300 + ".csv", "x" * 120 + ".csv"),
    ],
)
def test_a_name_is_made_harmless(tmp_path: Path, given_name: str, kept: str) -> None:
    """What a person reads stays, what a path or a shell would read goes."""
    form = _receive(_body(_part("file", b"1", given_name)), tmp_path)
    assert form.file == tmp_path / kept
    assert [*tmp_path.iterdir()] == [form.file]


@pytest.mark.parametrize(
    "body",
    [
        _body(_part("file", b"1", "")),
        _body(_part("file", b"1", "..")),
        _body(_part("file", b"1")),
        _body(_part("file", b"1", "a.csv"), _part("file", b"2", "b.csv")),
        _body(_part("kind", b"a"), _part("kind", b"b")),
        _body(_part("kind", b"x" * (MAX_FIELD_BYTES + 1))),
        _body(*[_part(f"f{n}", b"x") for n in range(MAX_PARTS + 1)]),
        _part("file", b"1", "a.csv"),
        b"",
    ],
)
def test_another_form_is_refused(tmp_path: Path, body: bytes) -> None:
    """No name, no file in the file's field, a field twice or too long, too many, no end."""
    with pytest.raises(ApiError) as refused:
        _receive(body, tmp_path)
    assert refused.value.status_code == 422


def test_a_long_form_is_refused_before_it_is_on_the_disk(tmp_path: Path) -> None:
    """Its length was not announced, so it is counted as it comes."""
    body = _body(_part("file", b"x" * 5_000, "a.csv"))
    with pytest.raises(ApiError) as refused:
        _receive(body, tmp_path, size=100, max_bytes=1_000)
    assert refused.value.status_code == 413
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1_000
