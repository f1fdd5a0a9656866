"""The start of a day for one person: what changed, who is at risk, who renews, what to do."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.agent.outages import OUTAGES
from app.alert_digest import alerts_in_scope
from app.briefing_parts import MAKERS, Caller, Part, day_of
from app.governance.audit import AuditTrail
from app.governance.identity import Asker
from app.store.alerts import Alerts
from tools.contract import ToolContext
from tools.errors import ToolError
from tools.export_answers import about
from tools.report import Report, Section
from tools.report_text import as_text

__all__ = ["Briefing", "brief"]


@dataclass(frozen=True, slots=True)
class Briefing:
    """What one person should know this morning.

    Attributes:
        user: Who they are.
        as_of: The last day of the data, in ISO.
        day: The same in words.
        about: Whose clients it covers.
        parts: Its sections by name, in reading order.
    """

    user: str
    as_of: str
    day: str
    about: str
    currency: str
    model_version: str | None
    parts: dict[str, Part]

    @property
    def notes(self) -> list[str]:
        """What must not be left out."""
        return list(dict.fromkeys(note for part in self.parts.values() for note in part.notes))

    def as_text(self) -> str:
        """For a terminal."""
        report = Report(
            name="briefing",
            title=f"Briefing for {self.user}, {self.day}",
            about=self.about,
            sections=tuple(part.section for part in self.parts.values()),
            notes=tuple(self.notes),
        )
        return as_text(report, self.currency).decode()

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        return {
            "user": self.user,
            "as_of": self.as_of,
            "currency": self.currency,
            "model_version": self.model_version,
            "sections": [_section(name, part) for name, part in self.parts.items()],
            "notes": self.notes,
        }


def brief(asker: Asker, context: ToolContext, alerts: Alerts, audit: AuditTrail) -> Briefing:
    """Gather a briefing; that it was given, and each call of a tool, is recorded.

    Args:
        asker: For whom.
        context: What tools may use for them.
        alerts: What the builds found.
        audit: The record of who asked what.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    found = alerts_in_scope(alerts, context.gold, asker)
    caller = Caller(asker, context, found, audit, secrets.token_hex(8))
    caller.record("briefing")
    return Briefing(
        user=asker.name,
        as_of=context.gold.as_of.isoformat(),
        day=day_of(context),
        about=about(context),
        currency=context.gold.build.currency,
        model_version=context.gold.build.model_version,
        parts={name: _made(*each, caller) for name, each in MAKERS.items()},
    )


def _made(heading: str, make: Callable[[str, Caller], Part], caller: Caller) -> Part:
    """A section, or why the data do not give it; without the installation there is no briefing."""
    try:
        return make(heading, caller)
    except ToolError as error:
        if isinstance(error.__cause__, OUTAGES):
            raise error.__cause__ from error
        return Part(Section(heading, (str(error),)))


def _section(name: str, part: Part) -> dict[str, Any]:
    table = part.section.table
    return {
        "name": name,
        "title": part.section.heading,
        "evidence": list(part.evidence),
        "lines": [line.replace("**", "") for line in part.section.lines],
        "facts": [fact.model_dump(mode="json") for fact in part.facts],
        "table": None if table is None else table.model_dump(mode="json"),
    }
