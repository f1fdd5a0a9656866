"""The tools that write: drafts, the action log and files, on a prepared warehouse."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.store.actions import Actions
from app.store.database import Database
from app.store.exports import Exports
from app.store.interventions import Interventions
from app.store.model_store import load_serving
from data.gold import Gold
from data.query import Filter, OrderBy, Scope
from knowledge.embedder import Embedder
from knowledge.library import Library
from tools.contract import ConfirmedCall, ToolContext, ToolResult
from tools.customers import ListCustomersArgs, list_customers
from tools.errors import FinalToolError, RetryableToolError
from tools.export import ExportReportArgs, export_report
from tools.interventions import ASK_FIRST, LogInterventionArgs, log_intervention
from tools.outreach import DraftOutreachArgs, draft_outreach
from tools.outreach_client import MEETING_MINUTES, derived

HIGH = Filter(dimension="churn_risk", value="high")
INTERNAL = ("churn", "risk", "probability", "ARR", "health score", "%s off", "discount")


@pytest.fixture(scope="module")
def reader(prepared_settings: Settings, gold: Gold) -> ToolContext:
    """An administrator who sees every client; nothing can be written."""
    home = prepared_settings.home
    library = Library(prepared_settings.playbooks, home / "index", Embedder(home / "embedder"))
    return ToolContext("u1", "admin", Scope(), gold, load_serving(home), library)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Interventions]:
    """An empty action log."""
    database = Database.open(tmp_path)
    yield Interventions(database)
    database.close()


@pytest.fixture
def shelf(tmp_path: Path) -> Exports:
    """No files yet."""
    return Exports(tmp_path / "files")


@pytest.fixture
def context(reader: ToolContext, store: Interventions, shelf: Exports) -> ToolContext:
    """The same person, who may write."""
    return replace(reader, actions=Actions(store), files=shelf)


@pytest.fixture
def content_of(shelf: Exports) -> Callable[[ToolResult], bytes]:
    """The bytes of the one file of a result, as its owner fetches them."""

    def read(result: ToolResult) -> bytes:
        (file,) = result.files
        found = shelf.at("u1", file.url)
        assert found is not None
        assert found.media_type == file.media_type
        return found.path.read_bytes()

    return read


def clients(gold: Gold, limit: int = 40, **row: Any) -> list[tuple[str, dict[str, Any]]]:
    """The riskiest clients whose gold row has these values."""
    by_risk = OrderBy(by="churn_prob_90d")
    rows = gold.customers(filters=[], scope=Scope(), sort_by=by_risk, limit=1_000).rows
    full = [(str(found[0]), gold.customer(str(found[0]), Scope()) or {}) for found in rows[:200]]
    kept = [(key, data) for key, data in full if all(data[k] == v for k, v in row.items())]
    assert kept
    return kept[:limit]


def facts_of(result: ToolResult) -> dict[str, Any]:
    """Facts by name."""
    return {fact.name: fact.value for fact in result.facts}


@pytest.mark.parametrize("channel", ["email", "call", "in_app"])
@pytest.mark.parametrize("topic", [None, "low usage", "the renewal", "support", "a new colleague"])
def test_a_draft_states_only_the_clients_own_facts(
    reader: ToolContext, gold: Gold, channel: Any, topic: str | None
) -> None:
    """Each figure in a message is the client's in gold; no field is left open, nothing offered."""
    for key, row in clients(gold, 15, consent_contact=True):
        args = DraftOutreachArgs(customer=key, channel=channel, topic=topic)
        result = draft_outreach(args, reader)
        facts = facts_of(result)
        message = str(facts["message"])
        assert not re.search(r"[{}]|n/a|None", message)
        assert not any(word in message for word in INTERNAL)
        own = {**row, **derived(row), "minutes": MEETING_MINUTES}
        stated = [name for name in facts if name in own and name != "consent_contact"]
        assert all(facts[name] == own[name] for name in stated)
        backed = {number for name in stated for number in re.findall(r"\d+", str(own[name]))}
        plain = re.sub(r"\d{1,2} [A-Z][a-z]+(?: \d{4})?", "", message)
        assert set(re.findall(r"\d+", plain)) <= backed, message


def test_a_draft_names_client_contact_and_sender(reader: ToolContext, gold: Gold) -> None:
    """The manager sees who it is for; the client sees a person on both ends."""
    key, row = clients(gold, consent_contact=True)[0]
    contact = (gold.contact(key, Scope()) or {})["contact_name"]
    result = draft_outreach(DraftOutreachArgs(customer=key), reader)
    message = str(facts_of(result)["message"])
    assert row["name"] in result.summary
    assert f"Hi {contact.split()[0]}," in message
    assert message.endswith(row["account_manager"])
    assert result.args == {"customer": key, "channel": "email", "tone": "warm"}
    assert "nothing has been sent" in result.summary
    assert result.citations
    assert f"{len(message.split())} words" in result.summary


def test_tones_differ_and_analysts_see_no_contact(reader: ToolContext, gold: Gold) -> None:
    """A tone is a wording, and a contact's name is for those who look after clients."""
    key, _ = clients(gold, consent_contact=True)[0]
    contact = (gold.contact(key, Scope()) or {})["contact_name"]
    tones: tuple[Any, ...] = ("warm", "formal", "direct")
    said = {
        str(facts_of(draft_outreach(DraftOutreachArgs(customer=key, tone=tone), reader))["message"])
        for tone in tones
    }
    assert len(said) == 3
    analyst = draft_outreach(DraftOutreachArgs(customer=key), replace(reader, role="analyst"))
    assert contact.split()[0] not in str(facts_of(analyst)["message"])
    assert any("contact's name" in caveat for caveat in analyst.caveats)


@pytest.mark.parametrize("channel", ["email", "call", "in_app"])
def test_without_consent_there_is_a_note_and_no_message(
    reader: ToolContext, gold: Gold, channel: Any
) -> None:
    """The refusal comes first, the help after it, and the contact is not in it."""
    key, row = clients(gold, consent_contact=False)[0]
    result = draft_outreach(DraftOutreachArgs(customer=key, channel=channel), reader)
    facts = facts_of(result)
    contact = gold.contact(key, Scope()) or {}
    assert result.summary.startswith("No consent to be contacted is recorded")
    assert (facts["consent_contact"], facts["drafted"], facts["subject"]) == (False, "note", None)
    assert row["name"] in result.summary
    assert contact["contact_name"].split()[0] not in result.summary
    assert result.args["channel"] == channel


def test_a_client_who_left_is_asked_why(reader: ToolContext, gold: Gold) -> None:
    """There is no risk to explain any more, and the draft does not pretend otherwise."""
    left = Filter(dimension="status", value="churned")
    rows = gold.customers(filters=[left], scope=Scope(), limit=200).rows
    key = next(str(r[0]) for r in rows if (gold.customer(r[0], Scope()) or {})["consent_contact"])
    result = draft_outreach(DraftOutreachArgs(customer=key), reader)
    assert facts_of(result)["topic"] == "their leaving"


def test_nobody_outside_the_scope_is_drafted_logged_or_exported(
    context: ToolContext, gold: Gold, store: Interventions
) -> None:
    """Another manager's client does not exist, whatever the tool."""
    key, row = clients(gold)[0]
    other = next(
        name for name in gold.values("account_manager", Scope()) if name != row["account_manager"]
    )
    args = {"customer": key, "strategy": "training"}
    blind = replace(
        context,
        scope=Scope(account_manager=(other,)),
        confirmed=ConfirmedCall("log_intervention", args),
    )
    with pytest.raises(FinalToolError, match="among the clients you can see"):
        draft_outreach(DraftOutreachArgs(customer=key), blind)
    with pytest.raises(FinalToolError, match="among the clients you can see"):
        log_intervention(LogInterventionArgs.model_validate(args), blind)
    with pytest.raises(FinalToolError, match="among the clients you can see"):
        export_report(ExportReportArgs(what="customer", customer=key), blind)
    assert store.latest() == []


def test_nothing_is_logged_without_a_yes_for_exactly_this(
    context: ToolContext, gold: Gold, store: Interventions
) -> None:
    """No yes, a yes to another tool, client or strategy: nothing is written."""
    (one, _), (two, _) = clients(gold)[:2]
    args = LogInterventionArgs(customer=one, strategy="training")
    agreed = [
        None,
        ConfirmedCall("start_experiment", {"customer": one, "strategy": "training"}),
        ConfirmedCall("log_intervention", {"customer": two, "strategy": "training"}),
        ConfirmedCall("log_intervention", {"customer": one, "strategy": "discount"}),
    ]
    for confirmed in agreed:
        with pytest.raises(FinalToolError, match=re.escape(ASK_FIRST)):
            log_intervention(args, replace(context, confirmed=confirmed))
    assert store.latest() == []


def test_a_yes_writes_once_and_a_second_entry_is_told(
    context: ToolContext, gold: Gold, store: Interventions
) -> None:
    """Client by name, strategy in words: stored canonically, by this user, never as a test."""
    key, row = clients(gold)[0]
    args = LogInterventionArgs(customer=row["name"], strategy="Success call", note=" spoke to Jo ")
    agreed = ConfirmedCall("log_intervention", args.model_dump())
    result = log_intervention(args, replace(context, confirmed=agreed))
    (kept,) = store.latest()
    assert (kept.intervention.customer_id, kept.intervention.strategy) == (key, "success_call")
    assert (kept.intervention.user_id, kept.intervention.note) == ("u1", "spoke to Jo")
    assert result.args == {"customer": key, "strategy": "success_call", "note": "spoke to Jo"}
    assert result.summary == f"Saved: success call for {row['name']}, with your note."
    assert result.caveats == []
    again = log_intervention(args, replace(context, confirmed=agreed))
    assert "already on file" in again.caveats[0]


def test_an_unknown_strategy_lists_the_known(context: ToolContext, gold: Gold) -> None:
    """A misspelt strategy can be mended; it is never stored as it is."""
    key, _ = clients(gold)[0]
    with pytest.raises(RetryableToolError) as caught:
        log_intervention(LogInterventionArgs(customer=key, strategy="sucess cal"), context)
    assert caught.value.allowed[0] == "success_call"


def test_an_exported_list_is_the_list_of_the_chat(
    context: ToolContext, content_of: Callable[[ToolResult], bytes]
) -> None:
    """All clients at risk, with the columns and values that list_customers shows."""
    shown = list_customers(ListCustomersArgs(filters=[HIGH], limit=1_000), context)
    result = export_report(ExportReportArgs(what="list", filters=[HIGH]), context)
    rows = list(csv.DictReader(io.StringIO(content_of(result).decode(), newline="")))
    assert shown.table is not None
    names = [column.name for column in shown.table.columns]
    assert set(names) <= set(rows[0])
    place, prob = names.index("customer_id"), names.index("churn_prob_90d")
    assert [row["customer_id"] for row in rows] == [row[place] for row in shown.table.rows]
    assert [float(row["churn_prob_90d"]) for row in rows] == [row[prob] for row in shown.table.rows]
    assert facts_of(result)["customers"] == len(rows)
    assert result.files[0].name == "clients-at-risk.csv"


def test_an_export_holds_no_client_outside_the_scope(
    context: ToolContext, gold: Gold, content_of: Callable[[ToolResult], bytes]
) -> None:
    """Neither a fresh list nor an earlier, wider result lets another's client out."""
    wide = list_customers(ListCustomersArgs(limit=100), context)
    manager = gold.values("account_manager", Scope())[0]
    scope = Scope(account_manager=(manager,))
    narrow = replace(context, scope=scope, earlier=(wide,))
    own = set(gold.names(scope))
    for what in ("list", "last_result"):
        result = export_report(ExportReportArgs.model_validate({"what": what}), narrow)
        rows = list(csv.DictReader(io.StringIO(content_of(result).decode(), newline="")))
        assert rows
        assert {row["customer_id"] for row in rows} <= own


def test_that_means_what_was_shown(
    context: ToolContext, content_of: Callable[[ToolResult], bytes]
) -> None:
    """Ten asked for are ten; a first page is exported whole; the order stays."""
    ten = list_customers(ListCustomersArgs(sort_by=OrderBy(by="arr"), limit=10), context)
    result = export_report(ExportReportArgs(what="last_result"), replace(context, earlier=(ten,)))
    rows = list(csv.DictReader(io.StringIO(content_of(result).decode(), newline="")))
    assert ten.table is not None
    assert [row["name"] for row in rows] == [row[0] for row in ten.table.rows]
    page = list_customers(ListCustomersArgs(filters=[HIGH]), context)
    whole = export_report(ExportReportArgs(what="last_result"), replace(context, earlier=(page,)))
    assert facts_of(whole)["rows"] == facts_of(page)["customers"]


@pytest.mark.parametrize("kind", ["csv", "txt", "pdf"])
@pytest.mark.parametrize("what", ["list", "briefing", "experiment", "customer", "last_result"])
def test_everything_can_be_had_in_every_format(
    context: ToolContext,
    gold: Gold,
    content_of: Callable[[ToolResult], bytes],
    what: Any,
    kind: Any,
) -> None:
    """Each file is of its kind, and the result says where its figures come from."""
    key, _ = clients(gold)[0]
    earlier = (list_customers(ListCustomersArgs(limit=5), context),)
    args = ExportReportArgs(what=what, format=kind, customer=key)
    result = export_report(args, replace(context, earlier=earlier))
    content = content_of(result)
    assert result.files[0].name.endswith(f".{kind}")
    assert result.provenance
    assert result.summary.startswith(f"**{result.files[0].name}** is ready")
    if kind == "pdf":
        assert content.startswith(b"%PDF-")
    else:
        assert content.decode().strip()


def test_an_export_can_be_made_again_in_another_format(context: ToolContext) -> None:
    """Asked for as a PDF after an export, the same content comes in the other format."""
    first = export_report(ExportReportArgs(what="list", filters=[HIGH]), context)
    again = export_report(
        ExportReportArgs(what="last_result", format="pdf"), replace(context, earlier=(first,))
    )
    assert again.files[0].name == "clients-at-risk.pdf"
    assert facts_of(again)["rows"] == facts_of(first)["rows"]


def test_what_cannot_be_exported_is_said(context: ToolContext, reader: ToolContext) -> None:
    """Nothing shown, nobody matches, nowhere to write: each says what to do."""
    with pytest.raises(FinalToolError, match="Nothing was shown yet"):
        export_report(ExportReportArgs(what="last_result"), context)
    nobody = Filter(dimension="arr", op=">", value=10**12)
    with pytest.raises(FinalToolError, match="nothing to export"):
        export_report(ExportReportArgs(what="list", filters=[nobody]), context)
    with pytest.raises(FinalToolError, match="in the chat"):
        export_report(ExportReportArgs(what="briefing"), reader)
