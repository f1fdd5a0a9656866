"""Builds every long-lived object once, and keeps them for the doors (composition root)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.agent.llm import choose_llm
from app.agent.planner.model import BuiltinPlanner
from app.agent.planner.shelf import LexiconShelf
from app.agent.turn import TurnParts, Turns
from app.build_process import BuildProcess
from app.governance.identity import Identity
from app.governance.secret import load_secret
from app.governance.tokens import Asker, Tokens
from app.mailing import Mailer, build_mailer
from app.own_files import read_rules
from app.refresh import FitProgress, Refresher, Served
from app.render import plotly_spec
from app.settings import Settings, child_environment
from app.store.actions import Actions
from app.store.alerts import Alerts
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.drafts import Drafts
from app.store.exports import Exports
from app.store.following_churn import FollowingChurn
from app.store.interventions import Interventions
from app.store.sessions import Sessions
from app.store.users import UserError, Users
from app.telemetry import switch_off_telemetry
from data.gold import Gold
from data.home_lock import SERVING, HomeLock
from data.semantic_model import load_semantic_model
from knowledge.embedder import Embedder
from knowledge.library import Library
from tools.forecast import warm_forecasts
from tools.registry import TOOLS
from tools.rule_book import rule_book


class NotReadyError(Exception):
    """Something must be prepared or configured first; the message says how."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that lives as long as the process."""

    settings: Settings
    lock: HomeLock
    database: Database
    gold: Gold
    churn: FollowingChurn
    library: Library
    tokens: Tokens
    identity: Identity
    users: Users
    audit: AuditLog
    files: Exports
    turns: Turns
    alerts: Alerts
    drafts: Drafts
    mailer: Mailer | None
    refresher: Refresher

    @property
    def tool_names(self) -> set[str]:
        """Names of the tools that are real."""
        return {tool.__name__ for tool in TOOLS}

    def asker_named(self, name: str | None) -> Asker:
        """A user of this installation, or on this machine alone the demo user.

        Raises:
            UserError: There is no such user, they are disabled, or one must be named and none is.
        """
        if name is None and self.identity.is_open:
            return self.identity.identify(None)
        if name is None:
            raise self._no_user("Name a user with --user.")
        user = self.users.find(name)
        if user is None:
            raise self._no_user(f"There is no user {name!r}.")
        if user.disabled:
            raise self._no_user(f"User {user.name!r} is disabled.")
        return user.asker

    def _no_user(self, problem: str) -> UserError:
        known = ", ".join(sorted(each.name for each in self.users.all() if not each.disabled))
        return UserError(f"{problem} Users: {known or 'none yet, see `aura users add`'}.")

    def close(self) -> None:
        """Close what holds files or connections."""
        self.gold.close()
        self.database.close()
        self.lock.close()


def build(settings: Settings) -> Parts:
    """Wire the application for these settings.

    Raises:
        NotReadyError: Nothing is prepared yet.
        HomeBusyError: A backup is being restored.
        SettingsError, LlmSettingError, DatabaseError, ModelStoreError, RuleBookError: What is
            wrong, and what to do.
    """
    lock = HomeLock(settings.home, SERVING, shared=True)
    try:
        return _wire(settings, lock)
    except BaseException:
        lock.close()
        raise


def _wire(settings: Settings, lock: HomeLock) -> Parts:
    switch_off_telemetry()
    warehouse = settings.home / "warehouse.duckdb"
    if not warehouse.exists():
        raise NotReadyError(f"nothing is prepared in {settings.home}; run `aura prepare` first")
    read_rules(settings)
    gold = Gold(warehouse, load_semantic_model())
    embedder = Embedder(settings.home / "embedder")
    library = Library(settings.playbooks, settings.home / "index", embedder)
    database = Database.open(settings.home, settings.database_url)
    users = Users(database)
    given = settings.auth_secret.get_secret_value() if settings.auth_secret else None
    secret = load_secret(settings.home, given)
    tokens = Tokens(secret)
    identity = Identity(tokens, users, loopback=settings.is_local)
    audit = AuditLog(database)
    files = Exports(settings.home / "files")
    llm = choose_llm(
        llm=settings.llm,
        groq_api_key=settings.groq_api_key,
        base_url=settings.llm_base_url,
        trust=settings.llm_trust,
        timeout_seconds=settings.chatbot_timeout_seconds,
    )
    churn = FollowingChurn(settings.home, lambda: gold.build.model_version)
    drafts = Drafts(database, cap_days=settings.outreach_cap_days)
    mailer = build_mailer(settings, drafts, audit)
    lexicons = LexiconShelf(gold, library)
    turns = Turns(
        TurnParts(
            gold=gold,
            churn=churn,
            playbooks=library,
            planner=BuiltinPlanner(lexicon_for=lexicons, embed=embedder.embed),
            llm=llm,
            sessions=Sessions(database),
            audit=audit,
            render_chart=plotly_spec,
            timeout_seconds=settings.chatbot_timeout_seconds,
            actions=Actions(Interventions(database)),
            files=files,
            drafts=drafts,
            mailer=mailer,
            lexicon_for=lexicons,
            secret=secret,
        )
    )
    return Parts(
        settings=settings,
        lock=lock,
        database=database,
        gold=gold,
        churn=churn,
        library=library,
        tokens=tokens,
        identity=identity,
        users=users,
        audit=audit,
        files=files,
        turns=turns,
        alerts=Alerts(database),
        drafts=drafts,
        mailer=mailer,
        refresher=_refresher(settings, gold, library, turns),
    )


def _refresher(settings: Settings, gold: Gold, library: Library, turns: Turns) -> Refresher:
    def built_at() -> datetime | None:
        at = gold.build.built_at
        return at.replace(tzinfo=UTC) if at else None

    def warm(tell: FitProgress) -> None:
        """Pay for late imports and first answers before the first user does."""
        library.refresh()
        turns.warm_up()
        warm_forecasts(gold, tell=tell)

    def stale() -> str:
        return "" if read_rules(settings) == rule_book(gold) else "the risk rules changed"

    return Refresher(
        settings.home,
        Served(
            version=lambda: gold.version,
            built_at=built_at,
            warm=warm,
            stale=stale,
        ),
        BuildProcess(child_environment(settings)),
        every_minutes=settings.data_refresh_minutes,
    )


_current: list[Parts] = []


def use(parts: Parts) -> None:
    """Keep these parts for the doors that cannot be handed any (Chainlit's callbacks)."""
    _current[:] = [parts]


def current() -> Parts:
    """The parts in use.

    Raises:
        NotReadyError: The server was not started through `create_app`.
    """
    if not _current:
        raise NotReadyError("the chat runs inside the server; start it with `aura up`")
    return _current[0]
