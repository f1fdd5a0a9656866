"""Drafts on a prepared warehouse: versions, consent, cap, feedback, groups, sending, samples."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.mailing import Mailer
from app.sampling import CASES, Case, sample, write_samples
from app.settings import Settings
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.drafts import Drafts
from app.store.exports import Exports
from app.store.interventions import Intervention, Interventions
from app.store.model_store import load_serving
from data.gold import Gold
from data.query import Filter, Scope
from knowledge.embedder import Embedder
from knowledge.library import Library
from tools.contract import ConfirmedCall, ToolContext, ToolResult
from tools.draft_log import Channel, Delivery, Letter
from tools.errors import FinalToolError
from tools.outreach import DraftOutreachArgs, draft_outreach

GROUP = [Filter(dimension="segment", value="Mid-Market")]


class Post:
    """Takes letters, or fails as a test says."""

    host = "mail.example"
    channels: frozenset[Channel] = frozenset({"email"})

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.outcome: Delivery = "sent"

    def deliver(self, letter: Letter) -> tuple[Delivery, str]:
        """Keep a letter."""
        self.letters.append(letter)
        return self.outcome, "a reason"


class Clock:
    """Nine o'clock on the day of the data, until a test moves it."""

    def __init__(self, gold: Gold) -> None:
        day = gold.as_of
        self.now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@pytest.fixture(scope="module")
def reader(prepared_settings: Settings, gold: Gold) -> ToolContext:
    """An administrator who sees every client; nothing is kept."""
    home = prepared_settings.home
    library = Library(prepared_settings.playbooks, home / "index", Embedder(home / "embedder"))
    return ToolContext("ann", "admin", Scope(), gold, load_serving(home), library)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty store."""
    opened = Database.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def clock(gold: Gold) -> Clock:
    """The clock of the store."""
    return Clock(gold)


@pytest.fixture
def post() -> Post:
    """No letters yet."""
    return Post()


@pytest.fixture
def context(
    reader: ToolContext, database: Database, clock: Clock, post: Post, tmp_path: Path
) -> ToolContext:
    """The same person where drafts are kept and can be sent."""
    drafts = Drafts(database, cap_days=14, now=clock)
    mailer = Mailer([post], drafts, AuditLog(database))
    return replace(reader, drafts=drafts, mailer=mailer, files=Exports(tmp_path / "files"))


@pytest.fixture
def client(context: ToolContext) -> str:
    """An active client who may be contacted and was not lately."""
    gold = context.gold
    rows = gold.customers(filters=[], scope=Scope(), limit=200).rows
    for row in rows:
        found = draft_outreach(DraftOutreachArgs(customer=str(row[0]), channel="email"), context)
        facts = facts_of(found)
        if facts["drafted"] == "email" and "last_contact" not in facts:
            return str(row[0])
    raise AssertionError("no such client")


def facts_of(result: ToolResult) -> dict[str, Any]:
    """Facts by name."""
    return {fact.name: fact.value for fact in result.facts}


def do(context: ToolContext, **args: Any) -> ToolResult:
    """Call the tool."""
    return draft_outreach(DraftOutreachArgs(**args), context)


def agree(context: ToolContext, result: ToolResult) -> ToolResult:
    """Say yes to what a result asks."""
    assert result.asks_first
    confirmed = ConfirmedCall("draft_outreach", result.args)
    return do(replace(context, confirmed=confirmed), **result.args)


def test_three_versions_are_three_messages(context: ToolContext, client: str) -> None:
    """Each with its letter, length and id; the arguments come back resolved."""
    result = do(context, customer=client, variants=3, tone="formal")
    facts = facts_of(result)
    assert len({facts["message"], facts["message_b"], facts["message_c"]}) == 3
    assert len({facts["draft_id"], facts["draft_id_b"], facts["draft_id_c"]}) == 3
    assert all(f"**Version {letter}**" in result.summary for letter in "ABC")
    assert result.args["variants"] == 3
    assert "have agreed to be contacted" in result.summary


def test_what_was_used_is_counted_with_its_interval(context: ToolContext, client: str) -> None:
    """By version, of the decided ones; the others shown beside it were passed over."""
    do(context, customer=client, variants=2)
    with pytest.raises(FinalToolError, match="Which version do you mean: A, B"):
        do(context, action="used", customer=client)
    said = do(context, action="used", variant="B")
    assert said.summary.startswith("Recorded: version B of the e-mail")
    results = do(context, action="results")
    facts = facts_of(results)
    angle = facts_of(said)["angle"]
    assert facts[f"used_share:{angle}"] == 1
    assert 0 < facts[f"used_share_low:{angle}"] < 1
    assert (facts["used"], facts["decided"]) == (1, 2)
    assert results.table is not None


def test_nobody_judges_or_sees_drafts_outside_their_scope(
    context: ToolContext, client: str
) -> None:
    """Neither by id nor in the counts."""
    key = facts_of(do(context, customer=client))["draft_id"]
    row = context.gold.customer(client, Scope()) or {}
    others = [
        name
        for name in context.gold.values("account_manager", Scope())
        if name != row["account_manager"]
    ]
    blind = replace(context, scope=Scope(account_manager=(others[0],)))
    with pytest.raises(FinalToolError, match="no such draft"):
        do(blind, action="used", draft=key)
    with pytest.raises(FinalToolError, match="No draft"):
        do(blind, action="rejected")


def test_the_cap_is_said_and_ends(
    context: ToolContext, client: str, clock: Clock, database: Database
) -> None:
    """Per channel, with both dates; a logged call counts for calls, a day later for nothing."""
    do(context, action="used", draft=facts_of(do(context, customer=client))["draft_id"])
    today = clock.now.date()
    capped = do(context, customer=client)
    facts = facts_of(capped)
    assert (facts["last_contact"], facts["fine_from"]) == (today, today + timedelta(days=14))
    assert "With 14 days between two" in capped.caveats[0]
    assert facts["drafted"] == "email"
    assert "last_contact" not in facts_of(do(context, customer=client, channel="in_app"))
    Interventions(database, now=clock).log([Intervention(client, "success_call", "ann")])
    assert "last_contact" in facts_of(do(context, customer=client, channel="call"))
    clock.now += timedelta(days=14)
    assert "last_contact" not in facts_of(do(context, customer=client))


def test_a_template_is_filled_or_refused(context: ToolContext, client: str) -> None:
    """What no data holds is named, and can be given."""
    with pytest.raises(FinalToolError, match="“reason”, “fix” and “offer end”"):
        do(context, customer=client, playbook="win-back")
    given = {"reason": "the price", "fix": "a smaller plan", "offer_end": "Friday"}
    result = do(context, customer=client, playbook="win-back", fill=given)
    assert "a smaller plan" in str(facts_of(result)["message"])
    assert result.args["playbook"] == "win-back"


def test_sending_asks_then_sends_once(context: ToolContext, client: str, post: Post) -> None:
    """Recipient masked, subject and first line shown; the address comes from gold."""
    drafted = facts_of(do(context, customer=client))
    contact = context.gold.contact(client, Scope()) or {}
    asked = do(context, action="send", customer=client)
    assert post.letters == []
    assert contact["email"] not in asked.summary
    assert f"{contact['email'][0]}•••@" in asked.summary
    assert str(drafted["subject"]) in asked.summary
    sent = agree(context, asked)
    assert sent.summary.startswith("Sent to")
    (letter,) = post.letters
    assert (letter.address, letter.subject) == (contact["email"], drafted["subject"])
    assert f"Subject: {letter.subject}\n\n{letter.body}" == drafted["message"]
    with pytest.raises(FinalToolError, match="never sent twice"):
        agree(context, asked)
    assert facts_of(do(context, action="results"))["used"] == 1


def test_a_yes_to_another_draft_sends_nothing(
    context: ToolContext, client: str, post: Post
) -> None:
    """The yes is for exactly what was shown."""
    first = do(context, action="send", draft=facts_of(do(context, customer=client))["draft_id"])
    other = facts_of(do(context, customer=client, tone="direct"))["draft_id"]
    confirmed = ConfirmedCall("draft_outreach", first.args)
    again = do(replace(context, confirmed=confirmed), action="send", draft=other)
    assert again.asks_first
    assert post.letters == []


def test_within_the_cap_sending_needs_a_word_more(
    context: ToolContext, client: str, post: Post
) -> None:
    """It warns a draft and forbids the sending, unless it is asked for all the same."""
    used = facts_of(do(context, customer=client, tone="formal"))["draft_id"]
    do(context, action="used", draft=used)
    new = facts_of(do(context, customer=client))["draft_id"]
    with pytest.raises(FinalToolError, match="send it anyway"):
        do(context, action="send", draft=new)
    asked = do(context, action="send", draft=new, override_cap=True)
    assert "With 14 days between two" in asked.summary
    agree(context, asked)
    assert len(post.letters) == 1


@pytest.mark.parametrize(
    ("outcome", "said"), [("refused", "Nothing was sent"), ("unknown", "not known")]
)
def test_a_failure_is_told_and_nothing_is_marked(
    context: ToolContext, client: str, post: Post, outcome: Any, said: str
) -> None:
    """In one line."""
    post.outcome = outcome
    do(context, customer=client)
    with pytest.raises(FinalToolError, match=said):
        agree(context, do(context, action="send"))
    assert facts_of(do(context, action="results"))["used"] == 0


def test_who_may_not_write_cannot_send(context: ToolContext, client: str) -> None:
    """An analyst, an installation without a mail server, a client without consent."""
    key = facts_of(do(context, customer=client))["draft_id"]
    for blocked, said in (
        (replace(context, role="analyst"), "does not write to clients"),
        (replace(context, mailer=None), "AURA_SMTP_HOST"),
    ):
        with pytest.raises(FinalToolError, match=said):
            do(blocked, action="send", draft=key)
    spoken = facts_of(do(context, customer=client, channel="call"))["draft_id"]
    with pytest.raises(
        FinalToolError, match="no mail server or webhook is set up for this channel"
    ):
        do(context, action="send", draft=spoken)


def test_a_group_is_split_at_random_in_equal_shares(context: ToolContext) -> None:
    """Asked first; then recorded with its probability and written to a file for everybody."""
    asked = do(context, filters=GROUP, topic="the renewal", variants=2)
    assert asked.summary.startswith("Nothing is saved yet.")
    assert context.drafts is not None
    assert context.drafts.tally("angle", context.gold.names(Scope())) == []
    done = agree(context, asked)
    (file,) = done.files
    assert isinstance(context.files, Exports)
    stored = context.files.at("ann", file.url)
    assert stored is not None
    rows = list(csv.DictReader(io.StringIO(stored.path.read_text("utf-8"), newline="")))
    counts = Counter(row["variant"] for row in rows)
    assert len(rows) == facts_of(done)["customers"] > 10
    assert abs(counts["A"] - counts["B"]) <= 1
    for row in rows[:20]:
        client = context.gold.customer(row["customer_id"], Scope()) or {}
        assert client["consent_contact"] is True
        assert client["segment"] == "Mid-Market"
        kept = context.drafts.latest(user_id="ann", customer_id=row["customer_id"])
        assert [(each.draft.variant, each.draft.propensity) for each in kept] == [
            (row["variant"], 0.5)
        ]
        assert kept[0].draft.message == row["message"]
    with pytest.raises(FinalToolError, match="Which client"):
        do(context, action="used")


def test_clients_contacted_lately_are_left_out_of_a_group(context: ToolContext) -> None:
    """They are counted, not written to."""
    before = facts_of(do(context, filters=GROUP))
    rows = context.gold.customers(filters=GROUP, scope=Scope(), limit=8).rows
    drafted = [facts_of(do(context, customer=str(row[0]))) for row in rows]
    fresh = [each for each in drafted if each["drafted"] == "email" and "last_contact" not in each]
    do(context, action="used", draft=fresh[0]["draft_id"])
    after = facts_of(do(context, filters=GROUP))
    assert after["customers"] == before["customers"] - 1
    assert after["contacted_lately"] == before["contacted_lately"] + 1


def test_samples_are_written_for_every_case_that_the_data_have(
    context: ToolContext, tmp_path: Path
) -> None:
    """One file, no field left open."""
    found: list[Case] = []
    for case in CASES:
        with suppress(FinalToolError):
            sample(case, context, set())
            found.append(case)
    assert len(found) >= 8
    text = write_samples(context, tmp_path / "samples", found).read_text("utf-8")
    assert text.count("\n## ") == len(found)
    assert "{" not in text
    assert "None" not in text
