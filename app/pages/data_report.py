"""The page about the data: what is loaded, what to mend, what is absent, what was unusual."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.check_text import column_words, load_words, reason_lines
from data.check import CheckReport
from data.gold import Gold
from data.landing import Landing
from data.loaded_quality import (
    LoadedEntity,
    RejectReason,
    costs_of_absence,
    loaded_entities,
    reject_reasons,
)
from data.quality.history import LoadHistory
from data.quality.load_profile import LoadProfile
from data.raw import ENTITIES

_SHOWN_REASONS = 15
_SHOWN_LOADS = 12
_MOSTLY_EMPTY = 0.5
_MANY_REJECTED = 0.01
_LONGEST_VALUE = 60

SEVERITIES = {"mend": "Mend", "look": "Look at", "note": "Note"}
_ORDER = tuple(SEVERITIES)
_ADVICE = {
    "not a date": "state its date format in the mapping",
    "not a date and time": "state its date format in the mapping",
    "not a number": "say in the mapping how decimals are written, or mend the value",
    "unknown currency": "add the currency under rates in the mapping",
    "unknown customer": "the id is written in another way there, or the client is not exported",
    "missing": "fill it where the export is made: the column is required",
}


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One entity in figures, written out."""

    label: str
    rows: str
    read: str
    rejected: str
    repeated: str
    dates: str


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """One thing to mend or to know."""

    severity: str
    where: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class RejectRow:
    """Records refused for one reason, with an example."""

    label: str
    file: str
    column: str
    reason: str
    rows: str
    example: str


@dataclass(frozen=True, slots=True)
class AbsentRow:
    """What the source does not have, and what cannot be answered without it."""

    label: str
    costs: str


@dataclass(frozen=True, slots=True)
class LoadRow:
    """One earlier load."""

    when: str
    file: str
    label: str
    rows: str
    anomalies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedFileView:
    """One uploaded file, looked at."""

    name: str
    summary: str
    columns: tuple[tuple[str, str], ...]
    findings: tuple[QualityFinding, ...]


@dataclass(frozen=True, slots=True)
class CheckView:
    """What a check of an uploaded file says."""

    files: tuple[CheckedFileView, ...]
    trials: tuple[tuple[str, str, tuple[str, ...]], ...]
    questions: tuple[tuple[str, str, str], ...]
    mapping: str


@dataclass(frozen=True, slots=True)
class DataReport:
    """The page.

    Attributes:
        source: Name of the source that serves.
        built: When it was built, in words.
        check: An uploaded file's check.
        problem: Why an uploaded file could not be checked.
        most_mb: The longest file that may be uploaded.
    """

    source: str
    built: str
    entities: tuple[EntityRow, ...]
    findings: tuple[QualityFinding, ...]
    rejects: tuple[RejectRow, ...]
    more_reasons: int
    absent: tuple[AbsentRow, ...]
    loads: tuple[LoadRow, ...]
    most_mb: int
    check: CheckView | None = None
    problem: str = ""


def data_report(
    gold: Gold,
    landing: Landing,
    most_mb: int,
    *,
    check: CheckReport | None = None,
    problem: str = "",
) -> DataReport:
    """Put the page together."""
    build = gold.build
    profiles = LoadHistory(landing).profiles()
    entities, reasons = loaded_entities(gold), reject_reasons(gold)
    return DataReport(
        source=build.source,
        built=f"{build.built_at:%-d %b %Y, %H:%M} UTC",
        entities=tuple(_entity(one, profiles) for one in entities),
        findings=tuple(_findings(entities, reasons, profiles)),
        rejects=tuple(_reject(one) for one in reasons[:_SHOWN_REASONS]),
        more_reasons=max(len(reasons) - _SHOWN_REASONS, 0),
        absent=tuple(
            AbsentRow(_words(entity), ", ".join(labels) or "no figure of its own")
            for entity, labels in costs_of_absence(gold).items()
        ),
        loads=tuple(_load(one) for one in reversed(profiles[-_SHOWN_LOADS:])),
        most_mb=most_mb,
        check=_check(check) if check else None,
        problem=problem,
    )


def _words(entity: str) -> str:
    return entity.replace("_", " ").capitalize()


def _entity(one: LoadedEntity, profiles: Sequence[LoadProfile]) -> EntityRow:
    repeated = one.duplicates + one.merged
    return EntityRow(
        label=_words(one.entity),
        rows=f"{one.rows:,}",
        read=f"{one.rows_read:,}",
        rejected=f"{one.rejected:,}" if one.rejected else "none",
        repeated=f"{repeated:,}" if repeated else "none",
        dates=_dates(one.entity, profiles),
    )


def _dates(entity: str, profiles: Sequence[LoadProfile]) -> str:
    name = ENTITIES[entity].dated_by
    found = [one.columns[name] for one in profiles if one.entity == entity and name in one.columns]
    if not found:
        return "no dates"
    first, last = min(str(one.minimum) for one in found), max(str(one.maximum) for one in found)
    return f"{first} to {last}"


def _findings(
    entities: Sequence[LoadedEntity],
    reasons: Sequence[RejectReason],
    profiles: Sequence[LoadProfile],
) -> list[QualityFinding]:
    """The costliest first: rows that are lost, then what is unusual, then what is empty."""
    found: list[tuple[int, int, QualityFinding]] = []
    read = {one.entity: one.rows_read for one in entities}
    for one in reasons:
        severity = "mend" if one.rows >= _MANY_REJECTED * read.get(one.entity, 1) else "look"
        column = f" for the {_plain(one.column)}" if one.column else ""
        rows = "1 row is" if one.rows == 1 else f"{one.rows:,} rows are"
        message = f"{rows} left out{column}: {one.reason}."
        advice = _ADVICE.get(one.reason, "")
        finding = QualityFinding(severity, _words(one.entity), message, _sentence(advice))
        found.append((_ORDER.index(severity), -one.rows, finding))
    newest = {one.entity: one for one in profiles}
    for entity, profile in newest.items():
        for anomaly in profile.anomalies:
            finding = QualityFinding("mend", _words(entity), anomaly.message, "")
            found.append((0, -profile.rows, finding))
        for name, column in profile.columns.items():
            if column.missing_share >= _MOSTLY_EMPTY:
                told = f"{_plain(name).capitalize()} is empty in {column.missing_share:.0%} of the rows of {profile.file}."
                found.append((2, 0, QualityFinding("note", _words(entity), told, "")))
    for one in entities:
        if one.after_as_of:
            told = f"{one.after_as_of:,} rows are dated after the last day of the data."
            found.append(
                (1, -one.after_as_of, QualityFinding("look", _words(one.entity), told, ""))
            )
    return [finding for _, _, finding in sorted(found, key=lambda item: item[:2])]


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _reject(one: RejectReason) -> RejectRow:
    value = "nothing" if one.value is None else f"“{one.value[:_LONGEST_VALUE]}”"
    return RejectRow(
        label=_words(one.entity),
        file=one.file,
        column=_plain(one.column) if one.column else "the whole row",
        reason=one.reason,
        rows=f"{one.rows:,}",
        example=f"row {one.row:,}: {value}",
    )


def _load(one: LoadProfile) -> LoadRow:
    return LoadRow(
        when=one.loaded_at[:16].replace("T", " "),
        file=one.file,
        label=_words(one.entity),
        rows=f"{one.rows:,}",
        anomalies=tuple(anomaly.message for anomaly in one.anomalies),
    )


def _check(report: CheckReport) -> CheckView:
    return CheckView(
        files=tuple(_checked_files(report)),
        trials=tuple(
            (
                f"{trial.file} as {_words(trial.entity).lower()}",
                load_words(trial.accepted, trial.rejected, trial.merged, trial.skipped),
                (*reason_lines(trial.reasons), *(one.message for one in trial.anomalies)),
            )
            for trial in report.trials
        ),
        questions=tuple(
            (question.about, question.text, question.assumed)
            for question in report.proposal.all_questions
        ),
        mapping=report.proposal.to_yaml(),
    )


def _checked_files(report: CheckReport) -> Iterator[CheckedFileView]:
    for checked in report.files:
        profile = checked.profile
        yield CheckedFileView(
            name=profile.file,
            summary=f"{profile.rows:,} rows, {len(profile.columns)} columns",
            columns=tuple((one.name, column_words(one)) for one in profile.columns),
            findings=tuple(
                QualityFinding(
                    one.severity, one.column or "the file", f"{one.message}.", one.advice
                )
                for one in checked.findings
            ),
        )
