"""`aura backup` and `aura restore`."""

from pathlib import Path
from typing import Annotated

import typer

from app.terminal import failing_in_one_line, settings_of_command


def backup(
    file: Annotated[Path, typer.Argument(help="Ends in .tar.zst, .tar.gz, .tgz or .tar.")],
) -> None:
    """Write everything that Aura cannot make again by itself to one file; it may serve meanwhile."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app.backup import backup as write  # noqa: PLC0415 - seconds of imports

        report = write(settings, file)
        size = report.size_bytes / 1_000_000
        typer.echo(f"{report.files:,} files, {size:,.1f} MB: {file}")
        for note in report.notes:
            typer.echo(f"  {note}")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `aura backup` wrote.")],
) -> None:
    """Replace what AURA_HOME holds by a backup, whole or not at all; stop the server first."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app.restore import restore as read  # noqa: PLC0415 - seconds of imports

        manifest = read(settings.home, file)
        made = f"made {manifest.made_at} by Aura {manifest.aura}"
        typer.echo(f"Restored {len(manifest.files):,} files, {made}.")
