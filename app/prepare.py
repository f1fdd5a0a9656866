"""A build from raw files to gold: data → models → scores → gold → index.

The one place where data meets tools. Readers keep the old warehouse until the new one is whole.
"""

import shutil
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from time import perf_counter

import pandas as pd

from app import model_choice
from app.alerting import announce
from app.client_actions import logged_interventions, next_best_actions
from app.model_choice import Choice
from app.origin import Origin, OriginError, find_origin
from app.own_files import idle_rules, read_rules, read_topics
from app.settings import Settings
from app.store import model_versions
from app.store.serving_churn import ServingChurn
from data.build import WAREHOUSE, Build, BuildError
from data.demo import write_demo
from data.durable import alone
from data.gold import Gold
from data.ingest import LoadReport, ingest_folder
from data.mapping import Mapping, load_mapping
from data.semantic_model import SemanticModel, load_semantic_model
from knowledge.embedder import Embedder, EmbedderMissingError
from knowledge.embedder_export import export
from knowledge.library import Library
from tools.errors import NothingKnown, ToolError
from tools.models import churn, feedback, scoring
from tools.models.alerts import Alert, find_alerts
from tools.models.rules import RuleBook

Progress = Callable[[str], None]
DEMO = "demo"
MODEL_SEED = 7


@dataclass(frozen=True, slots=True)
class DemoSize:
    """How large a demo set is written; `events` is roughly how many, natural when None."""

    customers: int = 2_000
    months: int = 24
    seed: int = 7
    events: int | None = None


@dataclass(frozen=True, slots=True)
class PrepareReport:
    """What a build did.

    Attributes:
        loads: One report a file: rows read, accepted, rejected and why.
        model_version: The model that now serves.
        seconds: Wall time by step.
    """

    source: str
    as_of: date
    customers: int
    loads: tuple[LoadReport, ...]
    absent: tuple[str, ...]
    model_version: str
    seconds: dict[str, float]


def demo_folder(settings: Settings, size: DemoSize, as_of: date, progress: Progress) -> Path:
    """Write the demo's raw files, unless the same ones are there already."""
    name = f"{DEMO}-{size.customers}-{size.months}-{size.seed}-{as_of.isoformat()}"
    if size.events is not None:
        name += f"-{size.events}"
    folder = settings.home / "raw" / name
    with alone(settings.home / "raw" / ".writing.lock"):
        if not (folder / "truth.json").exists():
            beside = folder.with_name(".writing")
            shutil.rmtree(beside, ignore_errors=True)
            write_demo(
                beside,
                customers=size.customers,
                months=size.months,
                seed=size.seed,
                as_of=as_of,
                events_target=size.events,
                progress=progress,
            )
            shutil.rmtree(folder, ignore_errors=True)
            beside.rename(folder)
    return folder


def prepare(
    settings: Settings,
    mapping: Mapping,
    folder: Path | None,
    progress: Progress,
    *,
    replace_all: bool = False,
    chosen: Choice | None = None,
) -> PrepareReport:
    """Build everything the assistant answers from.

    Args:
        settings: Where things live.
        mapping: How the source's files map onto the raw entities.
        folder: The source's raw files; None builds again from what was ingested before.
        progress: Told one line a step.
        replace_all: The folder is the source's whole state: forget what it does not hold.
        chosen: The churn model to score with; None trains one and serves it if it is not worse.

    Raises:
        RuleBookError: The risk rules cannot be used; nothing has changed.
        ExamplesError: The topics of feedback cannot be used; nothing has changed.
        IngestError: A file cannot be read or mapped; nothing has changed.
        BuildError: A step or a test of the build failed; the old warehouse still serves.
    """
    watch = _Stopwatch(progress)
    semantic = load_semantic_model()
    book, examples = read_rules(settings), read_topics(settings)
    origin = Origin.of(settings.home, mapping, folder)
    loads: list[LoadReport] = []
    if folder is not None:
        with watch.step("Reading the raw files"):
            loads = ingest_folder(
                folder, mapping, settings.home / "landing", replace_all=replace_all
            )
    with Build(
        home=settings.home,
        source=mapping,
        currency=settings.currency,
        scores=semantic.scores,
    ) as build:
        with watch.step("Cleaning and joining"):
            build.bronze()
            build.silver()
        history = build.frame("silver.customer_features")
        choice = chosen or _train(build, history, book, settings.home, mapping.name, watch)
        for line in (*choice.words, *idle_rules(book, history.columns)):
            progress(line)
        with watch.step("Scoring every client"):
            _score(build, choice.serving, book, semantic, history)
        with watch.step("Preparing the embedding model"):
            embedder = _embedder(settings)
        with watch.step("Reading what clients say"):
            texts = build.frame("silver.feedback_texts")
            build.put("feedback", feedback.score_texts(texts, embedder.embed, examples))
        with watch.step("Adding what was done for clients"):
            build.put("interventions", logged_interventions(settings))
        with watch.step("Building the gold tables and testing them"):
            build.gold()
            customers = build.count("gold.customer_metrics")
            alerts = _alerts(build, settings.currency)
        with watch.step("Choosing the next best actions"):
            library = Library(settings.playbooks, settings.home / "index", embedder)
            _advise(build, settings, choice.serving, library, progress)
        choice.keep(settings.home)
        build.publish()
        model_versions.prune(settings.home)
        origin.save(settings.home)
    with watch.step("Indexing the playbooks"):
        library.refresh()
    with watch.step("Keeping the alerts"):
        announce(settings, alerts, build.as_of, progress)
    return PrepareReport(
        source=mapping.name,
        as_of=build.as_of,
        customers=customers,
        loads=tuple(loads),
        absent=build.absent,
        model_version=choice.model.version,
        seconds=watch.seconds,
    )


def prepare_demo(
    settings: Settings, size: DemoSize, as_of: date, progress: Progress
) -> PrepareReport:
    """Write the demo set and build from it."""
    folder = demo_folder(settings, size, as_of, progress)
    return prepare(settings, load_mapping(DEMO), folder, progress, replace_all=True)


def prepare_again(settings: Settings, progress: Progress) -> PrepareReport:
    """Build from the source and folder of the last time; what was added since stays loaded.

    Raises:
        OriginError: Nothing was prepared here yet.
    """
    origin = find_origin(settings.home) or _origin_of_warehouse(settings.home)
    folder = origin.folder_in(settings.home)
    return prepare(settings, load_mapping(origin.source), folder, progress)


def mapping_of(home: Path) -> Mapping:
    """The mapping that a home was prepared with.

    Raises:
        OriginError: Nothing was prepared here yet.
    """
    return load_mapping((find_origin(home) or _origin_of_warehouse(home)).source)


def _train(
    build: Build,
    history: pd.DataFrame,
    book: RuleBook,
    home: Path,
    source: str,
    watch: "_Stopwatch",
) -> Choice:
    with watch.step("Training the churn model"):
        trained = churn.train(history, as_of=build.as_of, seed=MODEL_SEED, rules=book)
    with watch.step("Comparing it with the serving model"):
        today = datetime.now().astimezone().date()
        return model_choice.decide(trained, history, book, home=home, source=source, today=today)


def _origin_of_warehouse(home: Path) -> Origin:
    """For a home that was prepared before origins were kept: its source, files as loaded."""
    warehouse = home / WAREHOUSE
    if not warehouse.exists():
        raise OriginError(f"Nothing is prepared in {home} yet; run `aura prepare` first.")
    with closing(Gold(warehouse, load_semantic_model())) as gold:
        return Origin(source=gold.build.source)


def _alerts(build: Build, currency: str) -> list[Alert]:
    return find_alerts(
        build.frame("gold.customer_metrics"),
        build.frame("gold.customer_health_scores"),
        build.frame("gold.health_history"),
        build.frame("silver.scored_interventions"),
        as_of=build.as_of,
        currency=currency,
    )


def _score(
    build: Build,
    model: ServingChurn,
    book: RuleBook,
    semantic: SemanticModel,
    history: pd.DataFrame,
) -> None:
    latest = history.loc[history["snapshot_date"] == history["snapshot_date"].max()]
    scored = scoring.score_book(
        model, book, semantic.scores["health"], latest=latest, history=history
    )
    build.put("rules", pd.DataFrame({"book": [book.model_dump_json()]}))
    build.put("health", scored.health)
    build.put("history", scored.history)


def _advise(
    build: Build, settings: Settings, churn: ServingChurn, library: Library, progress: Progress
) -> None:
    """Write the next best actions into gold; there are none where no strategy can be weighed."""
    try:
        actions = next_best_actions(settings, build.staging, churn, library)
    except NothingKnown as reason:
        progress(f"No client has a next best action: {reason}")
    except ToolError as error:
        raise BuildError(f"The warehouse was not rebuilt: {error}") from error
    else:
        build.advise(actions)


def _embedder(settings: Settings) -> Embedder:
    """The exported model; one that cannot be read is exported again."""
    folder = export(settings.home / "embedder")
    try:
        return Embedder(folder)
    except EmbedderMissingError:
        shutil.rmtree(folder)
        return Embedder(export(folder))


class _Stopwatch:
    """Names each step as it starts and keeps its wall time."""

    def __init__(self, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        self._progress(f"{name} ...")
        start = perf_counter()
        yield
        self.seconds[name] = round(perf_counter() - start, 2)
