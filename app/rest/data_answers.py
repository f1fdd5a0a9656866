"""What the data routes give back: what became of a file, and what is loaded."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Final, Self

from pydantic import BaseModel, Field

from app.refresh import RebuildStatus, State
from data.gold import BuildInfo
from data.landing import LoadReport
from data.rejects import Faults

SHOWN_FAULTS: Final = 100


class Rebuild(BaseModel):
    """Where the data stand."""

    state: State
    words: str = Field(description="The state in one line.")
    since: datetime | None
    last_built_at: datetime | None

    @classmethod
    def of(cls, status: RebuildStatus) -> Self:
        """What may be told of a status: neither files nor what went wrong inside."""
        return cls(
            state=status.state,
            words=status.words,
            since=_utc(status.since),
            last_built_at=_utc(status.last_built_at),
        )


class RejectedValue(BaseModel):
    """One value that kept its row out."""

    file: str
    row: int = Field(description="Place of the record in the file, from 1.")
    column: str | None = Field(description="Null when the whole record cannot be read.")
    value: str | None
    reason: str


class IngestAnswer(BaseModel):
    """What became of a file."""

    file: str
    entity: str
    rows_read: int
    accepted: int = Field(description="Rows that were loaded.")
    rejected: int = Field(description="Rows with at least one fault; they were kept out.")
    reasons: dict[str, int] = Field(description="`column: reason` and how often.")
    rejected_values: list[RejectedValue] = Field(
        description=f"The first {SHOWN_FAULTS} faults in the order of the file."
    )
    rejected_values_total: int
    already_loaded: bool = Field(description="The same content was loaded before: no change.")
    rebuild: Rebuild = Field(description="Answers change when the queued rebuild is through.")
    audit_id: str

    @classmethod
    def of(cls, report: LoadReport, faults: Faults, status: RebuildStatus, audit_id: str) -> Self:
        """The answer to one upload."""
        return cls(
            file=report.file,
            entity=report.entity,
            rows_read=report.rows_read,
            accepted=report.accepted,
            rejected=report.rejected,
            reasons=report.reasons,
            rejected_values=[RejectedValue(**asdict(fault)) for fault in faults.first],
            rejected_values_total=faults.total,
            already_loaded=report.already_loaded,
            rebuild=Rebuild.of(status),
            audit_id=audit_id,
        )


class LoadedFile(BaseModel):
    """One file that was loaded."""

    file: str
    entity: str
    rows_read: int
    accepted: int
    rejected: int


class DataStatus(BaseModel):
    """What is loaded, and how fresh it is."""

    source: str
    as_of: date = Field(description="The last day of the data: today, in every answer.")
    built_at: datetime | None
    currency: str
    churn_rule: str = Field(description="How it is told that a client left.")
    absent: list[str] = Field(description="Entities that this source does not have.")
    model_version: str | None
    rebuild: Rebuild
    rows: dict[str, int] | None = Field(description="Rows by entity; null without full scope.")
    loads: list[LoadedFile] | None = Field(description="Null without full scope.")

    @classmethod
    def of(cls, build: BuildInfo, status: RebuildStatus, loads: list[LoadReport] | None) -> Self:
        """What a build says of itself.

        Args:
            build: The build that serves.
            status: Where the rebuilding stands.
            loads: What was loaded; None for who may not see the whole company.
        """
        return cls(
            source=build.source,
            as_of=build.as_of,
            built_at=_utc(build.built_at),
            currency=build.currency,
            churn_rule=build.churn_rule,
            absent=[*build.absent],
            model_version=build.model_version,
            rebuild=Rebuild.of(status),
            rows=None if loads is None else build.rows,
            loads=None if loads is None else [_loaded(load) for load in loads],
        )


def _loaded(load: LoadReport) -> LoadedFile:
    return LoadedFile(**{name: getattr(load, name) for name in LoadedFile.model_fields})


def _utc(moment: datetime | None) -> datetime | None:
    """Moments without a zone are UTC here; said outside, they carry it."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
