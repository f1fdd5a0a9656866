"""Failures that are the user's to mend: each message says what was wrong and what to do."""

from app.agent.llm import LlmSettingError
from app.archive import BackupError
from app.benchmarks.apart import MeasureError
from app.evaluation.cases import CaseError
from app.frontend import FrontendError
from app.governance.identity import IdentityError
from app.governance.passwords import PasswordError
from app.governance.scopes import RightsError
from app.governance.secret import SecretError
from app.governance.tokens import TokenError
from app.origin import OriginError
from app.settings import SettingsError
from app.store.audit_log import AuditUnreadableError
from app.store.database import DatabaseError
from app.store.model_versions import ModelStoreError
from app.store.users import UserError
from app.wiring import NotReadyError
from data.bronze import NothingLoadedError
from data.build import BuildError
from data.canonical import MissingColumnError
from data.check import CheckError
from data.gold_reader import GoldError
from data.home_lock import HomeBusyError
from data.ingest import IngestError
from data.mapping import MappingError
from data.raw import UnknownEntityError
from data.simulator.config import SimulationError
from data.source_file import SourceFileError
from knowledge.embedder import EmbedderMissingError
from knowledge.embedder_export import EmbedderExportError
from knowledge.index import IndexWriteError
from tools.models.feedback_examples import ExamplesError
from tools.models.rules import RuleBookError

EXPECTED: tuple[type[Exception], ...] = (
    AuditUnreadableError,
    BackupError,
    BuildError,
    CaseError,
    CheckError,
    DatabaseError,
    EmbedderExportError,
    EmbedderMissingError,
    ExamplesError,
    FrontendError,
    GoldError,
    HomeBusyError,
    IdentityError,
    IndexWriteError,
    IngestError,
    LlmSettingError,
    MappingError,
    MeasureError,
    MissingColumnError,
    ModelStoreError,
    NotReadyError,
    NothingLoadedError,
    OriginError,
    PasswordError,
    RightsError,
    RuleBookError,
    SecretError,
    SettingsError,
    SimulationError,
    SourceFileError,
    TokenError,
    UnknownEntityError,
    UserError,
)
