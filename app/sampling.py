"""Writes drafts for ten clients of the demo, to be read by a person: `make samples`."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from app import wiring
from app.benching import apart
from app.store.drafts import Drafts
from app.terminal import failing_in_one_line, settings_of_command
from data.query import Filter, OrderBy
from tools.contract import ToolContext, ToolResult
from tools.errors import FinalToolError
from tools.outreach import DraftOutreachArgs, draft_outreach

__all__ = ["CASES", "Case", "sample", "write_samples"]

FILE: Final = "outreach.md"
_LOOKED_AT: Final = 400
_HEAD: Final = """# Drafts for ten clients of the demo

What `draft_outreach` writes, as the chat shows it, for ten invented clients of the demo data as of
{as_of}, and a note for one who must not be contacted. Written by `make samples`, without a language
model. Nothing here was edited by hand.
"""


_RISKIEST: Final = OrderBy(by="churn_prob_90d")


@dataclass(frozen=True, slots=True)
class Case:
    """One client to write to, and how.

    Attributes:
        title: What the case shows.
        segment: Of the client.
        where: What else must hold.
        args: Of the draft.
        consent: Whether the client has agreed to be contacted.
        order: Which such client is taken; the riskiest one by default.
    """

    title: str
    segment: str
    where: Sequence[Filter] = ()
    args: dict[str, Any] = field(default_factory=dict[str, Any])
    consent: bool = True
    order: OrderBy = _RISKIEST


def _is(dimension: str, value: Any, op: Any = "=") -> Filter:
    return Filter(dimension=dimension, op=op, value=value)


CASES: Final = (
    Case("A small client at high risk", "SMB", [_is("churn_risk", "high")]),
    Case(
        "A large client at high risk, three versions",
        "Enterprise",
        [_is("churn_risk", "high"), _is("days_since_last_login", 14, "<=")],
        {"tone": "formal", "variants": 3},
    ),
    Case(
        "Open support cases, by phone",
        "Mid-Market",
        [_is("tickets_open", 2, ">=")],
        {"channel": "call", "topic": "their support cases"},
    ),
    Case(
        "A bad answer to the survey",
        "SMB",
        [_is("nps_score", 4, "<=")],
        {"tone": "direct", "topic": "their survey answer"},
    ),
    Case(
        "A renewal ahead",
        "Enterprise",
        [_is("days_to_renewal", [20, 60], "between")],
        {"tone": "formal", "topic": "the renewal"},
    ),
    Case(
        "Nobody signs in any more",
        "Mid-Market",
        [_is("days_since_last_login", 25, ">=")],
        {"tone": "direct"},
    ),
    Case(
        "A new client, inside the product",
        "SMB",
        [_is("tenure_days", 120, "<=")],
        {"channel": "in_app", "topic": "getting started"},
    ),
    Case(
        "Is the plan still right?",
        "Mid-Market",
        [_is("churn_risk", "medium")],
        {"topic": "price and plan"},
    ),
    Case(
        "A healthy client, by phone",
        "Enterprise",
        [_is("health_band", "healthy")],
        {"channel": "call", "tone": "formal"},
        order=OrderBy(by="churn_prob_90d", descending=False),
    ),
    Case(
        "A client who left",
        "SMB",
        [_is("status", "churned")],
        {"tone": "formal"},
        order=OrderBy(by="arr"),
    ),
    Case(
        "A client who must not be contacted",
        "Mid-Market",
        [_is("churn_risk", "high")],
        consent=False,
    ),
)


def sample(case: Case, context: ToolContext, taken: set[str]) -> ToolResult:
    """Draft for the first client of a case that no case before has taken.

    Raises:
        FinalToolError: The data have no such client.
    """
    filters = [_is("segment", case.segment), *case.where]
    rows = context.gold.customers(
        filters=filters,
        scope=context.scope,
        sort_by=case.order,
        limit=_LOOKED_AT,
    ).rows
    for key in (str(row[0]) for row in rows):
        client = context.gold.customer(key, context.scope) or {}
        if key not in taken and bool(client.get("consent_contact")) is case.consent:
            taken.add(key)
            return draft_outreach(DraftOutreachArgs(customer=key, **case.args), context)
    raise FinalToolError(f"No client for the sample {case.title!r}: {case.segment}.")


def write_samples(context: ToolContext, folder: Path, cases: Sequence[Case] = CASES) -> Path:
    """Write all samples into one file.

    Args:
        context: Who asks; drafts must be kept apart from those of the installation.
        folder: Where the file goes.
        cases: Whom to write to.
    """
    taken: set[str] = set()
    parts = [_HEAD.format(as_of=f"{context.gold.as_of:%d %B %Y}".lstrip("0"))]
    for number, case in enumerate(cases, start=1):
        result = sample(case, context, taken)
        caveats = "".join(f"\n\n*{text}*" for text in result.caveats)
        parts.append(f"## {number}. {case.title}\n\n{result.summary}{caveats}\n")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    beside = path.with_suffix(".new")
    beside.write_text("\n".join(parts), encoding="utf-8")
    beside.replace(path)
    return path


def main(
    folder: Annotated[Path, typer.Argument(help="Where the file goes.")],
) -> None:
    """Write the samples from what is prepared in AURA_HOME."""
    settings = settings_of_command()
    with failing_in_one_line(settings), tempfile.TemporaryDirectory() as home:
        parts = wiring.build(apart(settings, Path(home)))
        morning = datetime.combine(parts.gold.as_of, time(9), ZoneInfo("UTC"))
        drafts = Drafts(parts.database, cap_days=settings.outreach_cap_days, now=lambda: morning)
        context = parts.turns.tool_context(parts.asker_named(None))
        path = write_samples(replace(context, drafts=drafts), folder)
        parts.close()
        typer.echo(f"written: {path}")


if __name__ == "__main__":
    typer.run(main)
