"""What turns are made of, and what is known of one under way."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from langchain_core.language_models import BaseChatModel

from app.agent.context import PageContext, RenderChart, SessionStore
from app.agent.llm import LlmChoice
from app.agent.naming import LexiconFor
from app.governance.audit import AuditEvent, AuditTrail
from app.governance.identity import Asker
from data.gold import Gold
from tools.contract import ActionsPort, ChurnPort, FilesPort, PlaybookPort
from tools.draft_log import DraftsPort, MailerPort
from tools.registry import TOOLS, ToolFunction


@dataclass(frozen=True, slots=True)
class TurnParts:
    """The long-lived objects behind every turn.

    Attributes:
        planner: The built-in planner.
        llm: The language model, if there is one.
        sessions: Where conversations are kept.
        audit: The audit log.
        render_chart: Chart → Plotly spec.
        timeout_seconds: Longest wait for a language model in one turn.
        functions: The tools.
        definitions: Name → words of each definition; those of the installation by default.
        actions: Where tools log what was done; None where nothing may be written.
        files: Where tools keep files; None where none can be made.
        drafts: Where drafts are kept; None where none are.
        mailer: What sends drafts; None where nothing does.
        lexicon_for: The planner's words, to find misspelt names in what leaves.
        secret: The installation's secret, which pseudonyms are made with.
    """

    gold: Gold
    churn: ChurnPort
    playbooks: PlaybookPort
    planner: BaseChatModel
    llm: LlmChoice
    sessions: SessionStore
    audit: AuditTrail
    render_chart: RenderChart
    timeout_seconds: float = 30.0
    functions: Sequence[ToolFunction] = TOOLS
    definitions: Mapping[str, str] | None = None
    actions: ActionsPort | None = None
    files: FilesPort | None = None
    drafts: DraftsPort | None = None
    mailer: MailerPort | None = None
    lexicon_for: LexiconFor | None = None
    secret: str = field(default_factory=secrets.token_hex, repr=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question under way."""

    asker: Asker
    text: str
    page: PageContext
    session_id: str
    started: float = field(default_factory=perf_counter)
    audit_id: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def latency_ms(self) -> float:
        """Time since the question came in."""
        return round(1000 * (perf_counter() - self.started), 1)

    def event(self, action: str) -> AuditEvent:
        """An audit event of this turn, to be completed."""
        return AuditEvent(self.audit_id, self.asker.user_id, self.asker.role, action)
