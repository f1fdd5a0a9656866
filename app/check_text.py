"""The report of `aura ingest --check` as lines for a terminal."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from data.check import CheckedFile, CheckReport
from data.quality.profile import ColumnProfile
from data.trial import Trial

_TOP_VALUES = 3
_TOP_REASONS = 5
_TOLD_FINDINGS = 12
_SEVERITIES = {"mend": "MEND", "look": "look", "note": "note"}


def check_lines(report: CheckReport, written: str | None) -> Iterator[str]:
    """What a person reads: figures, findings, the trial, the questions, the mapping.

    Args:
        report: The check.
        written: File to which the proposal was saved.
    """
    for checked in report.files:
        yield from _file(checked)
    for name, why in report.passed_over:
        yield f"{name} was passed over: {why}"
    yield "If it were loaded with the mapping below (nothing is loaded by a check):"
    for trial in report.trials:
        yield from _trial(trial, report.source)
    questions = report.proposal.all_questions
    if questions:
        yield ""
        yield "Only you can answer:"
        for place, question in enumerate(questions, start=1):
            yield f"  {place}. {question.about}: {question.text}"
            yield f"     Assumed until you say otherwise: {question.assumed}"
    yield ""
    if written:
        yield f"The proposed mapping is in {written}: look at it, then `aura prepare --source`."
        return
    yield "Proposed mapping (save it with --write NAME.yml):"
    yield ""
    yield from report.proposal.to_yaml().splitlines()


def check_json(report: CheckReport) -> str:
    """The whole report for programs."""
    content = asdict(report)
    content["proposal"]["yaml"] = report.proposal.to_yaml()
    content["questions"] = [asdict(question) for question in report.proposal.all_questions]
    return json.dumps(content, default=str, indent=2, ensure_ascii=False)


def load_words(accepted: int, rejected: int, merged: int, skipped: int) -> str:
    """What became of the rows of a file."""
    told = [f"{accepted:,} of {accepted + rejected:,} rows accepted", f"{rejected:,} rejected"]
    if merged:
        told.append(f"{merged:,} merged into others")
    if skipped:
        told.append(f"{skipped:,} left to other entities")
    return ", ".join(told)


def reason_lines(reasons: dict[str, int]) -> Iterator[str]:
    """The most frequent reasons for rejects."""
    ordered = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    for reason, count in ordered[:_TOP_REASONS]:
        yield f"{count:,} × {reason}"
    if len(ordered) > _TOP_REASONS:
        yield f"and {len(ordered) - _TOP_REASONS} more reasons"


def _file(checked: CheckedFile) -> Iterator[str]:
    profile = checked.profile
    table = f", table {profile.table}" if profile.table else ""
    yield f"{profile.file}{table}: {profile.rows:,} rows, {len(profile.columns)} columns"
    width = min(max((len(one.name) for one in profile.columns), default=0), 32)
    for column in profile.columns:
        yield f"  {column.name:<{width}}  {column_words(column)}"
    for finding in checked.findings[:_TOLD_FINDINGS]:
        where = f"{finding.column}: " if finding.column else ""
        shown = ", ".join(f"row {row}: {value!r}" for row, value in finding.examples[:3])
        told = f"{where}{finding.message}{f' ({shown})' if shown else ''}. {finding.advice}"
        yield f"  [{_SEVERITIES[finding.severity]}] {told.strip()}"
    if len(checked.findings) > _TOLD_FINDINGS:
        yield f"  … and {len(checked.findings) - _TOLD_FINDINGS} more; --json has all"
    yield ""


def column_words(column: ColumnProfile) -> str:
    """One line about a column: what it holds, how full it is and what is typical."""
    reading = column.reading
    told = [
        reading.kind if not reading.formats else f"{reading.kind} {' or '.join(reading.formats)}"
    ]
    if column.missing:
        told.append(f"{column.missing:,} empty")
    told.append(f"{column.distinct:,} different")
    if column.minimum is not None:
        low, high = (_figure(one) for one in (column.minimum, column.maximum))
        told.append(f"{low} to {high}")
    elif reading.kind in {"text", "boolean"} and column.distinct < column.filled:
        told.append(", ".join(value[:30] for value, _ in column.top[:_TOP_VALUES]))
    return "; ".join(told)


def _figure(value: float | str | None) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _trial(trial: Trial, source: str | None) -> Iterator[str]:
    told = load_words(trial.accepted, trial.rejected, trial.merged, trial.skipped)
    yield f"  {trial.table or trial.file} as {trial.entity}: {told}"
    yield from (f"    {line}" for line in reason_lines(trial.reasons))
    if trial.unknown_customers:
        told = "is in no file here" + (f", nor loaded for {source!r}" if source else "")
        yield f"    {trial.unknown_customers:,} rows name a customer who {told}"
    if trial.compared_with:
        loads = "load" if trial.compared_with == 1 else "loads"
        against = f"{trial.compared_with} earlier {loads} of {source!r}"
        yield f"    compared with {against}: {'unusual:' if trial.anomalies else 'nothing unusual'}"
    yield from (f"    ! {anomaly.message}" for anomaly in trial.anomalies)
