"""The `aura` command. Exit codes: 0 fine, 1 failed with one line on stderr, 2 wrong usage."""

import asyncio
import json
import sys
import tempfile
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from app import admin, benching, loading, modelling, playbooks, safekeeping
from app.benching import apart
from app.build_process import tidy_when_ended
from app.loading import progress, tell
from app.settings import Settings
from app.terminal import failing_in_one_line, settings_of_command

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Aura: a chat assistant for the people who keep clients.",
)
app.add_typer(admin.users, name="users")
app.add_typer(admin.audit, name="audit")
app.add_typer(benching.bench, name="bench")
app.add_typer(playbooks.playbooks, name="playbooks")
app.add_typer(modelling.model, name="model")

Size = Annotated[int, typer.Option(min=50, help="Clients of the demo set.")]


def main() -> None:
    """Run the command; an expected failure is one line on stderr."""
    app()


def _yesterday() -> date:
    return datetime.now().astimezone().date() - timedelta(days=1)


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on.")] = None,
) -> None:
    """Prepare if nothing is prepared yet, then serve."""
    settings = settings_of_command()
    changes = {"host": host, "port": port}
    settings = settings.model_copy(update={k: v for k, v in changes.items() if v is not None})
    with failing_in_one_line(settings):
        if not (settings.home / "warehouse.duckdb").exists():
            _prepare_demo(settings, customers=2_000, months=24, seed=7, as_of=_yesterday())
        from app.server import create_app, serve  # noqa: PLC0415 - seconds of imports

        application = create_app(settings)
        typer.echo(f"Aura answers at http://{settings.host}:{settings.port}", err=True)
        serve(application, settings)


@app.command()
def prepare(
    source: Annotated[
        str | None, typer.Option(help="Mapping to use: a name in data/sources or a YAML file.")
    ] = None,
    input_dir: Annotated[
        Path | None, typer.Option("--input", help="Folder with the source's files.")
    ] = None,
    customers: Size = 2_000,
    months: Annotated[int, typer.Option(min=6, max=120, help="Months of the demo set.")] = 24,
    seed: Annotated[int, typer.Option(help="Seed of the demo set.")] = 7,
    as_of: Annotated[
        str | None, typer.Option(help="Last day of the demo set (YYYY-MM-DD); yesterday.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="From the same source and folder as the last time.")
    ] = False,
) -> None:
    """Build the gold tables, the churn model and the playbook index."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        if again:
            _prepare_again(settings, alone=source is None and input_dir is None)
            return
        if source is None and input_dir is None:
            day = _day(as_of) if as_of else _yesterday()
            _prepare_demo(settings, customers=customers, months=months, seed=seed, as_of=day)
            return
        if source is None:
            raise typer.BadParameter("--input needs --source, the mapping to read it with")
        from app import prepare as building  # noqa: PLC0415 - seconds of imports
        from data.mapping import load_mapping  # noqa: PLC0415

        mapping = load_mapping(source)
        is_demo = mapping.name == building.DEMO
        tell(building.prepare(settings, mapping, input_dir, progress, replace_all=is_demo))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date like 2026-01-31") from error


def _prepare_demo(
    settings: Settings, *, customers: int, months: int, seed: int, as_of: date
) -> None:
    from app import prepare as building  # noqa: PLC0415 - seconds of imports

    size = building.DemoSize(customers, months, seed)
    tell(building.prepare_demo(settings, size, as_of, progress))


def _prepare_again(settings: Settings, *, alone: bool) -> None:
    if not alone:
        raise typer.BadParameter("--again takes source and folder from the last time")
    from app import prepare as building  # noqa: PLC0415 - seconds of imports

    tidy_when_ended()
    tell(building.prepare_again(settings, progress))


app.command()(loading.ingest)
app.command()(safekeeping.backup)
app.command()(safekeeping.restore)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="In plain language.")],
    user: Annotated[str | None, typer.Option(help="Ask as this user of the store.")] = None,
    session: Annotated[str | None, typer.Option(help="Go on with this conversation.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")] = False,
) -> None:
    """Ask one question."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app import wiring  # noqa: PLC0415 - seconds of imports
        from app.agent.context import PageContext  # noqa: PLC0415

        parts = wiring.build(settings)
        asker = parts.asker_named(user)
        answer = asyncio.run(parts.turns.answer(asker, question, session, PageContext(page="cli")))
        files = [parts.files.at(asker.user_id, file.url) for file in answer.files]
        parts.close()
        if as_json:
            typer.echo(answer.model_dump_json(indent=2))
        else:
            typer.echo(answer.answer)
            for stored in files:
                if stored is not None:
                    typer.echo(f"  written: {stored.path}")
            for suggestion in answer.suggestions:
                typer.echo(f"  → {suggestion}")


@app.command()
def briefing(
    user: Annotated[str | None, typer.Option(help="For this user of the store.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole briefing as JSON.")] = False,
) -> None:
    """Start a day: what changed, who is newly at risk, who renews, and what to do first."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app import wiring  # noqa: PLC0415 - seconds of imports
        from app.briefing import brief  # noqa: PLC0415

        with closing(wiring.build(settings)) as parts:
            asker = parts.asker_named(user)
            given = brief(asker, parts.turns.tool_context(asker), parts.alerts, parts.audit)
        text = json.dumps(given.as_json(), indent=2) if as_json else given.as_text()
        typer.echo(text.rstrip("\n"))


@app.command(name="eval")
def evaluate(
    cases: Annotated[Path | None, typer.Option(help="Case file; the project's own.")] = None,
    llm: Annotated[str | None, typer.Option(help="Model to evaluate, as AURA_LLM.")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
) -> None:
    """Ask the evaluation cases and print the marks."""
    settings = settings_of_command()
    if llm is not None:
        settings = settings.model_copy(update={"llm": llm})
    with failing_in_one_line(settings):
        from app import wiring  # noqa: PLC0415 - seconds of imports
        from app.evaluation.cases import OWN_CASES, load_cases  # noqa: PLC0415
        from app.evaluation.report import lines  # noqa: PLC0415
        from app.evaluation.run import evaluate as run  # noqa: PLC0415

        loaded = load_cases(cases or OWN_CASES)
        with tempfile.TemporaryDirectory() as folder:
            parts = wiring.build(apart(settings, Path(folder)))
            report = asyncio.run(run(parts, loaded))
            parts.close()
        for line in lines(report):
            typer.echo(line)
        if json_out is not None:
            json_out.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
