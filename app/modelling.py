"""`aura model`: which churn model serves, why, and how to change that."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.settings import Settings
from app.terminal import failing_in_one_line, settings_of_command

model = typer.Typer(
    no_args_is_help=True, help="Versions of the churn model: list them, choose one, read its card."
)

Version = Annotated[str, typer.Argument(help="A version that `aura model list` shows.")]
CARD_COMMAND: Final = "aura model card --write docs/MODEL_CARD.md"


@model.command("list")
def list_versions(
    *, as_json: Annotated[bool, typer.Option("--json", help="One object on the last line.")] = False
) -> None:
    """Show the stored versions, the newest first, and which serves."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app.model_list import lines, stored_models  # noqa: PLC0415 - seconds of imports

        found = stored_models(settings.home)
        for line in lines(found):
            typer.echo(line)
        if as_json:
            typer.echo(json.dumps([each.model_dump(mode="json") for each in found]))


@model.command("promote")
def promote(version: Version) -> None:
    """Let a version serve: score every client by it; a running server takes it over.

    Chosen over a newer one, it stays until a new one is clearly better on later outcomes; choose
    the newest to leave the choice to the builds again.
    """
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app import model_choice, prepare  # noqa: PLC0415 - seconds of imports

        source = prepare.mapping_of(settings.home).name
        choice = model_choice.promote(version, home=settings.home, source=source, today=_today())
        _score(settings, choice)


@model.command("rollback")
def rollback() -> None:
    """Let the version serve again that served before; a running server takes it over."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app import model_choice, prepare  # noqa: PLC0415 - seconds of imports

        source = prepare.mapping_of(settings.home).name
        _score(settings, model_choice.go_back(home=settings.home, source=source, today=_today()))


@model.command("card")
def card(
    version: Annotated[str | None, typer.Argument(help="The serving one by default.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write the card to this file.")] = None,
) -> None:
    """Print a version's model card: data, quality, baselines, limits, how to read a score."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app.model_list import card_page  # noqa: PLC0415 - seconds of imports

        page = card_page(settings.home, version, CARD_COMMAND)
        if write is None:
            typer.echo(page, nl=False)
            return
        draft = write.with_name(f".{write.name}.part")
        draft.write_text(page, encoding="utf-8")
        draft.replace(write)
        typer.echo(f"Written: {write}")


def _score(settings: Settings, choice: Any) -> None:
    from app.prepare import mapping_of, prepare  # noqa: PLC0415 - seconds of imports

    report = prepare(settings, mapping_of(settings.home), None, _tell, chosen=choice)
    typer.echo(
        f"{report.model_version} serves: {report.customers:,} customers, as of {report.as_of}, "
        f"scored in {sum(report.seconds.values()):.0f} s. A running server uses it from now on."
    )


def _tell(line: str) -> None:
    typer.echo(f"  {line}", err=True)


def _today() -> date:
    return datetime.now().astimezone().date()
