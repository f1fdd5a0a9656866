"""`aura playbooks`: check the library, begin a new play."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.terminal import failing_in_one_line, settings_of_command
from knowledge.documents import playbook_files
from knowledge.lint import lint_folder
from knowledge.scaffold import PlaybookExistsError, new_playbook
from tools.wording import count_noun

playbooks = typer.Typer(no_args_is_help=True, help="The library of retention plays.")

Folder = Annotated[
    Path | None, typer.Option("--folder", help="Folder of playbooks; the one that is served.")
]


@playbooks.command()
def check(folder: Folder = None) -> None:
    """Say what is wrong with the plays, by file and line; exit code 1 when something is."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from data.semantic_model import load_semantic_model  # noqa: PLC0415 - slow to import

        where = folder or settings.playbooks
        if not where.is_dir():
            raise typer.BadParameter(f"{where} is no folder")
        metrics = [metric.name for metric in load_semantic_model().metrics]
        problems = lint_folder(where, metrics)
        for problem in problems:
            typer.echo(str(problem))
        if problems:
            raise typer.Exit(1)
        typer.echo(f"{count_noun(len(playbook_files(where)), 'play')}, nothing to mend.")


@playbooks.command()
def new(
    playbook_id: Annotated[str, typer.Argument(help="Lower-case words joined by hyphens.")],
    title: Annotated[str | None, typer.Option(help="What people read; from the id.")] = None,
    folder: Folder = None,
) -> None:
    """Begin a play: a file with every field and section to fill in."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        today = datetime.now().astimezone().date()
        spoken = title or playbook_id.replace("-", " ").capitalize()
        try:
            path = new_playbook(folder or settings.playbooks, playbook_id, spoken, today)
        except (PlaybookExistsError, ValueError) as error:
            raise typer.BadParameter(str(error)) from error
        typer.echo(f"Fill in {path}; then run `aura playbooks check`.")
