"""How a foreign export maps onto the raw entities: YAML in, typed rules out."""

from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatch, fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from data.column_rule import SNAPSHOT, ColumnRule, Rule
from data.raw import ENTITIES, entity_named

SOURCES_DIR = Path(__file__).parent / "sources"
RATES_FILE = Path(__file__).parent / "rates.yml"

FileFormat = Literal["csv", "parquet", "jsonl", "database"]
_FORMATS: dict[str, FileFormat] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".sqlite": "database",
    ".db": "database",
    ".url": "database",
}


class MappingError(ValueError):
    """A source mapping is missing or does not make sense."""


class Join(Rule):
    """A file of the same export whose columns are added to each row."""

    file: str = Field(description="Name of a CSV or Parquet file beside the one being read.")
    match: dict[str, str] = Field(min_length=1, description="Column to that file's column.")

    @field_validator("match", mode="before")
    @classmethod
    def _named_alike(cls, value: Any) -> Any:
        names = [value] if isinstance(value, str) else value
        return {name: name for name in names} if isinstance(names, list) else value


class FileRule(Rule):
    """How the files of one name pattern are read."""

    file: str = Field(description="File name or glob.")
    entity: str
    format: FileFormat | None = None
    table: str | None = Field(default=None, description="Table of a database, or schema.table.")
    delimiter: str | None = None
    encoding: str | None = None
    columns: dict[str, ColumnRule] = Field(default_factory=dict[str, ColumnRule])
    ignore: tuple[str, ...] = Field(default=(), description="Columns to leave out, or globs.")
    keep: tuple[str, ...] = Field(default=(), description="Columns to keep as attr_* as well.")
    where: dict[str, tuple[str, ...]] = Field(
        default_factory=dict[str, tuple[str, ...]],
        description="Column to the values, or globs, of the rows that are this entity's.",
    )
    join: tuple[Join, ...] = Field(default=(), description="Files that add their columns.")
    one_row_per_key: bool = Field(
        default=False, description="Merge the rows that share the entity's key; see `combine`."
    )

    @field_validator("ignore", "keep", mode="before")
    @classmethod
    def _as_tuple(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("join", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, dict) else value

    @field_validator("where", mode="before")
    @classmethod
    def _patterns(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            column: tuple(str(one) for one in (found if isinstance(found, list) else [found]))
            for column, found in value.items()
        }

    @field_validator("entity")
    @classmethod
    def _known_entity(cls, value: str) -> str:
        return entity_named(value).name

    @field_validator("columns", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: {"from": rule} if isinstance(rule, str | list) else rule
            for name, rule in value.items()
        }

    @model_validator(mode="after")
    def _canonical_columns(self) -> Self:
        known = ENTITIES[self.entity].columns
        for name in self.columns:
            if name not in known:
                guess = get_close_matches(name, known, n=1)
                hint = f" Did you mean {guess[0]!r}?" if guess else ""
                msg = f"{self.entity} has no column {name!r}.{hint} Allowed: {', '.join(known)}."
                raise ValueError(msg)
        return self

    def rule(self, column: str) -> ColumnRule:
        """The rule of a canonical column; without one it is read under its own name."""
        rule = self.columns.get(column, ColumnRule())
        left_out = self.leaves_out(column) and column not in self.columns
        if rule.source or rule.default is not None or left_out:
            return rule
        return rule.model_copy(update={"source": (column,)})

    def leaves_out(self, column: str) -> bool:
        """Whether `ignore` names this column."""
        return any(fnmatchcase(column, pattern) for pattern in self.ignore)

    def format_of(self, path: Path) -> FileFormat:
        """The stated format, else what the file's ending says."""
        endings = [suffix for suffix in path.suffixes if suffix != ".gz"] or [""]
        found = self.format or _FORMATS.get(endings[-1].lower())
        if found is None:
            msg = f"{path.name}: cannot tell the format. Allowed endings: {', '.join(_FORMATS)}."
            raise MappingError(msg)
        return found


class ChurnRule(Rule):
    """What makes a client a churned one in this source."""

    by: Literal["auto", "churned_at", "status", "subscriptions", "inactivity"] = "auto"
    gap_days: int = Field(default=30, ge=0, description="Days without an open subscription.")
    inactivity_days: int = Field(default=90, ge=1, description="Days without a transaction.")


def _shipped_rates() -> dict[str, float]:
    return _read_yaml(RATES_FILE)


class Mapping(Rule):
    """A source: its files and what churn means there."""

    name: str
    description: str = ""
    read_from: Path | None = Field(
        default=None, exclude=True, description="The YAML file; set by `load_mapping`."
    )
    snapshot_date: date | None = Field(
        default=None, description="The day an export without dates was taken."
    )
    as_of: date | None = Field(
        default=None, description="Today; rows after it are kept and not yet known."
    )
    churned: ChurnRule = ChurnRule()
    rates: dict[str, float] = Field(
        default_factory=_shipped_rates, description="US dollars for one unit of a currency."
    )
    files: tuple[FileRule, ...] = ()

    @model_validator(mode="after")
    def _snapshot_is_stated(self) -> Self:
        if self.snapshot_date is not None and self.as_of is not None:
            msg = "say `snapshot_date`, which is today as well, or `as_of`, not both"
            raise ValueError(msg)
        for rule in self.files:
            for name, column in rule.columns.items():
                if column.anchor == SNAPSHOT and self.snapshot_date is None:
                    msg = (
                        f"{rule.entity}.{name} counts from snapshot_date: state `snapshot_date: "
                        "YYYY-MM-DD` at the top of the mapping"
                    )
                    raise ValueError(msg)
        return self

    def file_rule(self, path: Path, entity: str) -> FileRule:
        """The rule for this file; one without a rule carries the canonical columns."""
        for rule in self.files:
            if rule.entity == entity and fnmatch(path.name, rule.file):
                return rule
        same_entity = [rule for rule in self.files if rule.entity == entity]
        if len(same_entity) == 1:
            return same_entity[0]
        return FileRule(file=path.name, entity=entity)

    def entities_of(self, path: Path) -> tuple[str, ...]:
        """The entities that a file of this name feeds; its stem may name one."""
        named = tuple(rule.entity for rule in self.files if fnmatch(path.name, rule.file))
        stem = path.name.split(".")[0]
        return named or ((stem,) if stem in ENTITIES else ())

    def fingerprint(self) -> str:
        """Changes when any rule changes."""
        return sha256(self.model_dump_json().encode()).hexdigest()


def known_sources() -> tuple[str, ...]:
    """Names of the mappings that come with the product."""
    return tuple(sorted(path.stem for path in SOURCES_DIR.glob("*.yml")))


def load_mapping(name_or_path: str | Path) -> Mapping:
    """Read a mapping by its name, or from a YAML file of the user's own.

    Raises:
        MappingError: There is no such mapping, or a rule in it is wrong.
    """
    path = Path(name_or_path)
    if path.suffix not in {".yml", ".yaml"}:
        path = SOURCES_DIR / f"{name_or_path}.yml"
    if not path.is_file():
        raise MappingError(_no_such_source(str(name_or_path)))
    content = _read_yaml(path)
    content.setdefault("name", path.stem)
    content["rates"] = {**_shipped_rates(), **(content.get("rates") or {})}
    try:
        return Mapping.model_validate({**content, "read_from": path.resolve()})
    except ValidationError as error:
        raise MappingError(f"{path.name}: {_first_faults(error)}") from error


def _no_such_source(name: str) -> str:
    known: Sequence[str] = known_sources()
    guess = get_close_matches(name, known, n=1)
    hint = f" Did you mean {guess[0]!r}?" if guess else ""
    return f"No source mapping {name!r}.{hint} Allowed: {', '.join(known)}, or a .yml file."


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise MappingError(f"{path.name} is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise MappingError(f"{path.name} must hold a mapping of keys, got {type(content).__name__}")
    return content


def _first_faults(error: ValidationError) -> str:
    faults = [
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors()[:3]
    ]
    return "; ".join(faults)
