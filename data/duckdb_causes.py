"""What a failure of DuckDB means to whoever runs this installation."""

_BUILD_AGAIN = "build it again with `aura prepare`"
_FULL = "the disk is full; free some space and try again"
_OUTSIDE = (
    (("No space left", "quota exceeded", "File too large", "max_temp_directory_size"), _FULL),
    (
        ("Out of Memory", "Allocation failure", "Failed to allocate"),
        "there is not enough memory; close other programs and try again",
    ),
    (
        ("Could not set lock",),
        "another program has it open for writing; close that program and try again",
    ),
)
_IN_THE_FILE = (
    (("version number",), f"another version of DuckDB wrote it; {_BUILD_AGAIN}"),
    (
        ("not a valid DuckDB", "Corrupt", "checksum", "Could not read"),
        f"it is damaged; {_BUILD_AGAIN}",
    ),
    (
        ("Catalog Error", "Binder Error"),
        f"another version of Aura made it, or another program; {_BUILD_AGAIN}",
    ),
)


def outside_cause(error: object) -> str | None:
    """What stands in the way on this machine and what to do, in half a sentence.

    Args:
        error: DuckDB's exception, or its text as another program passed it on.

    Returns:
        None for a failure that is neither the disk's, nor the memory's, nor another program's.
    """
    return _first(_OUTSIDE, str(error))


def file_cause(error: object) -> str:
    """Why a warehouse file cannot be read and what to do, in half a sentence."""
    said = str(error).partition("\n")[0]
    return _first((*_OUTSIDE, *_IN_THE_FILE), str(error)) or f"{said}; {_BUILD_AGAIN}"


def _first(causes: tuple[tuple[tuple[str, ...], str], ...], text: str) -> str | None:
    found = (words for signs, words in causes if any(sign in text for sign in signs))
    return next(found, None)
