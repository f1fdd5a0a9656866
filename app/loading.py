"""`aura ingest`: load a file, or with `--check` only look at it; and what a load is told as."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from app.check_text import check_json, check_lines, load_words, reason_lines
from app.settings import Settings
from app.terminal import failing_in_one_line, settings_of_command

_DEFAULT_SOURCE = "demo"


def ingest(
    file: Annotated[Path, typer.Argument(help="CSV, Parquet or JSON lines; to check, a folder.")],
    entity: Annotated[
        str | None, typer.Option(help="What the rows are, e.g. support_tickets.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Mapping to read it with (demo); to check, loads to compare.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only look: quality report and a proposed mapping.")
    ] = False,
    write: Annotated[
        Path | None, typer.Option(help="With --check: save the proposed mapping here.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --check: the whole report as JSON.")
    ] = False,
) -> None:
    """Add a file to what is already loaded, and build again; or check it first."""
    if check and entity is not None:
        raise typer.BadParameter("--check proposes the entity itself: leave --entity out")
    if not check and (write is not None or as_json):
        raise typer.BadParameter("--write and --json belong to --check")
    if not check and entity is None:
        raise typer.BadParameter("--entity is needed, e.g. --entity support_tickets; or --check")
    settings = settings_of_command()
    with failing_in_one_line(settings):
        if entity is None:
            _check(settings, file, source, write, as_json=as_json)
        else:
            _load(settings, file, entity, source or _DEFAULT_SOURCE)


def tell(report: Any) -> None:
    """Say what a build loaded, rejected and lacks.

    Args:
        report: A `PrepareReport`.
    """
    rejected = sum(load.rejected for load in report.loads)
    typer.echo(
        f"Ready: {report.customers:,} customers from {report.source}, as of {report.as_of}; "
        f"{rejected:,} rows rejected; {sum(report.seconds.values()):.0f} s.",
        err=True,
    )
    for load in report.loads:
        typer.echo(f"  {_load_line(load)}", err=True)
        for line in reason_lines(load.reasons):
            typer.echo(f"    rejected {line}", err=True)
    if report.absent:
        typer.echo(f"  not in this source: {', '.join(report.absent)}", err=True)


def _load_line(load: Any) -> str:
    told = load_words(load.accepted, load.rejected, load.merged, load.skipped)
    already = " (already loaded: nothing changes)" if load.already_loaded else ""
    return f"{load.file} as {load.entity}: {told}{already}"


def _load(settings: Settings, file: Path, entity: str, source: str) -> None:
    from app import prepare as building  # noqa: PLC0415 - seconds of imports
    from data.ingest import ingest_file  # noqa: PLC0415
    from data.landing import Landing  # noqa: PLC0415
    from data.mapping import load_mapping  # noqa: PLC0415
    from data.quality.history import LoadHistory  # noqa: PLC0415

    mapping = load_mapping(source)
    landing = settings.home / "landing"
    report = ingest_file(file, entity, mapping, landing)
    typer.echo(_load_line(report))
    for line in reason_lines(report.reasons):
        typer.echo(f"  {line}")
    if report.already_loaded:
        return
    newest = LoadHistory(Landing(landing / mapping.name)).newest(report.file, report.entity)
    for anomaly in newest.anomalies if newest else ():
        typer.echo(f"  ! {anomaly.message}")
    tell(building.prepare(settings, mapping, None, progress))


def progress(line: str) -> None:
    """Tell one step of a build."""
    typer.echo(f"  {line}", err=True)


def _check(
    settings: Settings, file: Path, source: str | None, write: Path | None, *, as_json: bool
) -> None:
    from datetime import datetime  # noqa: PLC0415

    from data.check import CheckError, check  # noqa: PLC0415 - seconds of imports

    if write is not None and write.suffix not in {".yml", ".yaml"}:
        raise typer.BadParameter(f"{write} must end in .yml")
    if write is not None and write.exists():
        raise CheckError(f"{write} exists already: give --write another name.")
    today = datetime.now().astimezone().date()
    report = check(file, settings.home / "landing", today, source)
    if write is not None:
        report = replace(report, proposal=replace(report.proposal, name=write.stem))
        _save(write, report.proposal.to_yaml())
    if as_json:
        typer.echo(check_json(report))
        return
    for line in check_lines(report, str(write) if write else None):
        typer.echo(line)


def _save(target: Path, text: str) -> None:
    """Write beside and link: a file that appeared meanwhile is not overwritten."""
    draft = target.with_name(f".{target.name}.part")
    draft.write_text(text, encoding="utf-8")
    try:
        os.link(draft, target)
    finally:
        draft.unlink()
