"""A form's file into the landing of the prepared source, whole or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal, Protocol, get_args

from app.failures import ApiError
from app.origin import OriginError, find_origin
from app.refresh import RebuildStatus
from app.rest.data_answers import SHOWN_FAULTS
from app.rest.upload import Form
from data.ingest import IngestError, LoadReport, ingest_file
from data.landing import Landing
from data.mapping import Mapping, MappingError, load_mapping
from data.raw import ENTITIES, ENTITY_ALIASES, UnknownEntityError, entity_named
from data.rejects import Faults, read_faults

FORMATS: Final = (".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson", ".json")
CATEGORIES: Final = (*ENTITIES, *ENTITY_ALIASES)
FIELDS: Final = ("source_type", "data_category")
SourceType = Literal["csv", "crm", "api"]


class Rebuilds(Protocol):
    """What builds the data again: `app.refresh.Refresher`."""

    @property
    def status(self) -> RebuildStatus:
        """Where the data stand."""
        ...

    def request_rebuild(self, reason: str) -> RebuildStatus:
        """Queue a rebuild."""
        ...


@dataclass(frozen=True, slots=True)
class Intake:
    """Where files go.

    Attributes:
        home: AURA_HOME.
        source: Name of the source that serves.
        max_bytes: The longest form that is taken.
        rebuilds: What builds the data again.
    """

    home: Path
    source: Callable[[], str]
    max_bytes: int
    rebuilds: Rebuilds


def load(form: Form, intake: Intake) -> tuple[LoadReport, Faults]:
    """Load a form's file into the prepared source.

    Raises:
        ApiError: A field or the file is not what it must be; nothing was loaded.
    """
    source_type, category = (_field(form, name) for name in FIELDS)
    if form.file is None:
        raise _wrong("The form has no file.", "Send it as the field `file`.")
    if source_type not in get_args(SourceType):
        allowed = f"Allowed: {', '.join(get_args(SourceType))}."
        raise _wrong(f"There is no source_type {source_type[:80]!r}.", allowed)
    try:
        entity = entity_named(category).name
    except UnknownEntityError as error:
        problem = f"There is no data_category {category[:80]!r}."
        raise _wrong(problem, f"Allowed: {', '.join(CATEGORIES)}.") from error
    try:
        mapping = _mapping(source_type, intake)
        _refuse_other_formats(form.file, entity, mapping)
        landing = intake.home / "landing"
        report = ingest_file(form.file, entity, mapping, landing)
        faults = read_faults(form.file, report, landing / mapping.name, limit=SHOWN_FAULTS)
    except (IngestError, MappingError, OriginError) as error:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "not_loaded",
            str(error).replace(f"{form.folder}/", "").replace(str(form.folder), "the upload"),
            "Nothing was loaded. docs/DATA.md lists the columns and how a mapping renames them.",
        ) from error
    return report, faults


def loads_of(intake: Intake, source: str) -> list[LoadReport]:
    """What was loaded of a source, oldest first."""
    return [each.report for each in Landing(intake.home / "landing" / source).loads()]


def _mapping(source_type: str, intake: Intake) -> Mapping:
    """The prepared source's own, or another's rules that land in the prepared source."""
    origin = find_origin(intake.home)
    prepared = load_mapping(origin.source if origin else intake.source())
    if source_type == "csv":
        return prepared
    return load_mapping(source_type).model_copy(update={"name": prepared.name})


def _refuse_other_formats(path: Path, entity: str, mapping: Mapping) -> None:
    """A database's address, or an archive, is nobody's business to upload."""
    rule = mapping.file_rule(path, entity)
    if path.suffix.lower() not in FORMATS or rule.format == "database":
        raise _wrong(
            f"A file like {path.name!r} cannot be loaded here.",
            f"Allowed endings: {', '.join(FORMATS)}.",
        )


def _field(form: Form, name: str) -> str:
    value = form.fields.get(name, "")
    if not value:
        raise _wrong(f"The form has no field {name!r}.", "Send source_type, data_category, file.")
    return value


def _wrong(message: str, hint: str) -> ApiError:
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", message, hint)
