"""`aura bench`: what a turn, a page or a prepare costs here, and how good the estimates are."""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.settings import Settings
from app.terminal import failing_in_one_line, settings_of_command

if TYPE_CHECKING:
    from app.benchmarks.machine import Timing
    from app.wiring import Parts

bench = typer.Typer(help="Measure what Aura costs here, and how good its estimates are.")

AsJson = Annotated[bool, typer.Option("--json", help="One object on the last line.")]
Input = Annotated[Path, typer.Option("--input", help="Folder of the public data set.")]


@bench.callback(invoke_without_command=True)
def default(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Measure; without a name, `latency`."""
    if context.invoked_subcommand is None:
        latency(as_json=as_json)


@bench.command()
def latency(*, as_json: AsJson = False) -> None:
    """Time whole turns and their parts."""
    from app.benchmarks.latency import latency as measure  # noqa: PLC0415 - seconds of imports

    _time_parts(measure, as_json=as_json)


@bench.command()
def pages(*, as_json: AsJson = False) -> None:
    """Time the pages, cold and warm."""
    from app.benchmarks.pages import pages as measure  # noqa: PLC0415 - seconds of imports

    _time_parts(measure, as_json=as_json)


@bench.command()
def scale(
    *,
    customers: Annotated[int, typer.Option(min=50, help="Clients of the demo set.")] = 2_000,
    events: Annotated[int, typer.Option(min=1, help="Engagement events.")] = 1_000_000,
    home: Annotated[
        Path | None, typer.Option(help="Home to use and keep; a temporary one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Time a whole prepare and its peak memory."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app.benchmarks.machine import machine  # noqa: PLC0415
        from app.benchmarks.scale import lines, scale as measure  # noqa: PLC0415

        report = measure(settings, customers=customers, events=events, folder=home)
        say([machine(), *lines(report)], asdict(report), as_json=as_json)


@bench.command()
def scoring(
    *,
    clients: Annotated[int, typer.Option(min=1, help="Clients to score.")] = 1_000_000,
    as_json: AsJson = False,
) -> None:
    """Score many clients: churn, rules and SHAP, with peak memory."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app.benchmarks.machine import machine  # noqa: PLC0415
        from app.benchmarks.scoring import lines, scoring as measure  # noqa: PLC0415

        report = measure(settings, clients=clients)
        say([machine(), *lines(report)], report.as_json(), as_json=as_json)


@bench.command()
def telco(
    *,
    folder: Input,
    permute: Annotated[
        bool, typer.Option(help="Shuffle the outcomes first; the AUC must be 0.5.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Cross-validate the churn recipe on IBM's Telco data."""
    with failing_in_one_line(settings_of_command()):
        from app.benchmarks.telco import lines, telco as measure  # noqa: PLC0415

        report = measure(folder, permute=permute)
        say(lines(report), report.as_json(), as_json=as_json)


@bench.command()
def oulad(*, folder: Input, as_json: AsJson = False) -> None:
    """Foretell who drops out among the Open University's learners (OULAD)."""
    with failing_in_one_line(settings_of_command()):
        from app.benchmarks.oulad import lines, oulad as measure  # noqa: PLC0415

        report = measure(folder)
        say(lines(report), report.as_json(), as_json=as_json)


@bench.command()
def retrieval(
    *,
    folder: Annotated[
        Path | None, typer.Option("--input", help="Folder of labelled questions; our own.")
    ] = None,
    documents: Annotated[
        int, typer.Option(min=0, help="Size of the large library; 0 leaves it out.")
    ] = 2_000,
    as_json: AsJson = False,
) -> None:
    """Score the search for plays: meaning, words, both; then time a large library."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app.benchmarks.retrieval import QUESTIONS, lines, retrieval as measure  # noqa: PLC0415

        report = measure(settings, folder or QUESTIONS, documents)
        say(lines(report), report.as_json(), as_json=as_json)


@bench.command()
def forecast(
    *,
    folder: Annotated[
        Path | None, typer.Option("--input", help="Online Retail's folder; this home's series.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forecast days that neither the choice of a model nor its range has seen."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app.benchmarks.daily_series import series_of_home, series_of_shop  # noqa: PLC0415
        from app.benchmarks.forecast import forecast as measure, lines  # noqa: PLC0415

        report = measure(series_of_shop(folder) if folder else series_of_home(settings.home))
        say(lines(report), report.as_json(), as_json=as_json)


@bench.command()
def hillstrom(*, folder: Input, as_json: AsJson = False) -> None:
    """Measure Hillstrom's randomised e-mails, and how often the intervals hold the truth."""
    with failing_in_one_line(settings_of_command()):
        from app.benchmarks import qini  # noqa: PLC0415
        from app.benchmarks.hillstrom import hillstrom as measure, lines, load  # noqa: PLC0415

        report, orders = measure(folder), qini.qini_rows(load(folder))
        text = [*lines(report), "", *qini.lines(orders)]
        say(text, report.as_json() | {"qini": qini.as_json(orders)}, as_json=as_json)


@bench.command()
def feedback(
    *,
    folder: Input,
    labelled: Annotated[
        Path, typer.Option(help="Texts with topics and moods, as in tests/eval/feedback.yml.")
    ] = Path("tests/eval/feedback.yml"),
    as_json: AsJson = False,
) -> None:
    """Read labelled reviews and comments: mood and topics against what people say of them."""
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app.benchmarks.feedback import feedback as measure, lines  # noqa: PLC0415

        report = measure(folder, labelled, settings.home / "embedder")
        say(lines(report), asdict(report), as_json=as_json)


@bench.command()
def truth(
    *,
    replications: Annotated[int, typer.Option(min=1, help="Companies to simulate.")] = 200,
    customers: Annotated[int, typer.Option(min=100, help="Clients of each.")] = 2_000,
    as_json: AsJson = False,
) -> None:
    """Compare effects, simulated savings and churn scores with what the simulator planted."""
    with failing_in_one_line(settings_of_command()):
        from app.benchmarks.truth import lines, truth as measure  # noqa: PLC0415

        report = measure(replications, customers=customers)
        say(lines(report), report.as_json(), as_json=as_json)


def say(text: Iterable[str], report: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the lines, then with `--json` one object on the last line."""
    for line in text:
        typer.echo(line)
    if as_json:
        typer.echo(json.dumps(report))


def apart(settings: Settings, folder: Path) -> Settings:
    """The same data with a store of its own: questions asked as a test leave no trace."""
    return settings.model_copy(update={"database_url": f"sqlite:///{folder / 'aura.db'}"})


def _time_parts(measure: "Callable[[Parts], list[Timing]]", *, as_json: bool) -> None:
    settings = settings_of_command()
    with failing_in_one_line(settings):
        from app import wiring  # noqa: PLC0415 - seconds of imports
        from app.benchmarks.machine import machine  # noqa: PLC0415

        with tempfile.TemporaryDirectory() as folder:
            parts = wiring.build(apart(settings, Path(folder)))
            timings = measure(parts)
            parts.close()
        text = (
            f"{timing.name:<32}{timing.samples:>6} samples"
            f"  p50 {timing.p50_ms:>8.2f} ms  p95 {timing.p95_ms:>8.2f} ms"
            for timing in timings
        )
        say(
            [machine(), *text], {timing.name: asdict(timing) for timing in timings}, as_json=as_json
        )
