"""`aura briefing`: one person's morning, from builds and tools, within their scope."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from app import briefing_parts
from app.alert_digest import alerts_in_scope, mark_read
from app.briefing import Briefing, brief
from app.cli import app
from app.governance.identity import Asker
from app.store.database import Database
from app.store.users import UserError, Users
from app.wiring import Parts
from data.gold_interventions import read_candidates
from data.query import Scope
from tools.best_actions import evidence_here, weigh
from tools.contract import ToolContext, ToolResult
from tools.errors import NothingKnown
from tools.models.alerts import Alert, AlertKind
from tools.models.frames import column
from tools.recommend import RecommendActionArgs, recommend_action
from tools.top_actions import worth_most

ANN = Asker(user_id="ann", name="Ann", role="account_manager", scope=Scope())
SMB = replace(ANN, user_id="bea", name="Bea", scope=Scope(segment=("SMB",)))
DUE = "Success call 30 days ago; still a client"


@pytest.fixture(scope="module")
def parts(wired: Callable[..., AbstractContextManager[Parts]]) -> Iterator[Parts]:
    """The whole product, with alerts on four clients at high risk."""
    with wired() as built:
        columns, rows = built.gold.reader.rows(
            "SELECT customer_id, name, arr FROM warehouse.gold.customer_metrics m JOIN "
            "warehouse.gold.customer_health_scores h USING (customer_id) "
            "WHERE churn_risk = 'high' ORDER BY segment DESC, arr_at_risk DESC LIMIT 4",
            {},
        )
        assert len(columns) == 3
        kinds: tuple[tuple[AlertKind, str], ...] = (
            ("newly_at_risk", "Now at high risk"),
            ("newly_at_risk", "Now at high risk"),
            ("mrr_drop", "MRR down 40 % in 90 days"),
            ("outcome_due", DUE),
        )
        built.alerts.record(
            [
                Alert(
                    kind=kind,
                    customer_id=str(row[0]),
                    name=str(row[1]),
                    headline=headline,
                    figures={},
                    arr=float(row[2]),
                    severity="high",
                    as_of=built.gold.as_of,
                )
                for row, (kind, headline) in zip(rows, kinds, strict=True)
            ]
        )
        yield built


def _brief(parts: Parts, asker: Asker = ANN) -> Briefing:
    return brief(asker, parts.turns.tool_context(asker), parts.alerts, parts.audit)


@pytest.fixture(scope="module")
def given(parts: Parts) -> Briefing:
    """Ann's, who sees every client."""
    return _brief(parts)


def _facts(given: Briefing, part: str) -> dict[str, Any]:
    return {fact.name: fact.value for fact in given.parts[part].facts}


def _column(given: Briefing, part: str, name: str) -> list[Any]:
    table = given.parts[part].section.table
    assert table is not None
    place = [column.name for column in table.columns].index(name)
    return [row[place] for row in table.rows]


def test_it_tells_what_changed_and_who_is_newly_at_risk(
    given: Briefing, truth: duckdb.DuckDBPyConnection
) -> None:
    """Unread alerts of every kind, ARR and expected loss as gold has them."""
    changes = " ".join(given.parts["changes"].section.lines)
    assert "2 clients newly at high risk" in changes
    assert "MRR down 40 % in 90 days" in changes
    names = _column(given, "newly_at_risk", "name")
    (arr, loss) = truth.execute(
        "SELECT sum(arr), sum(arr_at_risk) FROM gold.customer_metrics "
        "JOIN gold.customer_health_scores USING (customer_id) WHERE name IN (?, ?)",
        names,
    ).fetchall()[0]
    facts = _facts(given, "newly_at_risk")
    assert len(names) == facts["customers"] == 2
    assert facts["arr_total"] == pytest.approx(arr)
    assert facts["arr_at_risk_total"] == pytest.approx(loss)
    assert DUE in given.parts["outcomes_due"].section.lines[0]


def test_what_was_read_is_no_news(parts: Parts) -> None:
    """Who marked an alert as read still sees the clients it is about; others still find it new."""
    reader = replace(ANN, user_id="carl", name="Carl")
    context = parts.turns.tool_context(reader)
    mark_read(parts.alerts, parts.gold, reader)
    held = alerts_in_scope(parts.alerts, parts.gold, reader)
    caller = briefing_parts.Caller(reader, context, held, parts.audit, "a")
    changes, newly = (
        make(heading, caller)
        for heading, make in (briefing_parts.MAKERS[name] for name in ("changes", "newly_at_risk"))
    )
    assert changes.section.lines[0].startswith("No unread alert")
    assert "2 clients" in newly.section.lines[0]
    assert not any(stored.seen for stored in alerts_in_scope(parts.alerts, parts.gold, ANN))


def test_renewals_are_those_of_the_next_thirty_days(
    given: Briefing, truth: duckdb.DuckDBPyConnection
) -> None:
    """All are counted, those with the most at stake are listed with their risk."""
    (expected,) = truth.sql(
        "SELECT count(*) FROM gold.customer_metrics "
        "WHERE status = 'active' AND days_to_renewal BETWEEN 0 AND 30"
    ).fetchall()[0]
    assert _facts(given, "renewals")["customers"] == expected > 0
    at_stake = _column(given, "renewals", "arr_at_risk")
    assert at_stake == sorted(at_stake, reverse=True)
    assert all(risk is not None for risk in _column(given, "renewals", "churn_prob_90d"))


def test_the_actions_are_the_three_worth_most(given: Briefing, parts: Parts) -> None:
    """Of all clients in scope, each as `recommend_action` gives it."""
    context = parts.turns.tool_context(ANN)
    advised = [
        {
            fact.name: fact.value
            for fact in recommend_action(RecommendActionArgs(customer=key), context).facts
        }
        for key in worth_most(context, 3)
    ]
    assert len(advised) == 3
    assert _column(given, "actions", "name") == [facts["name"] for facts in advised]
    nets = _column(given, "actions", "expected_net_usd")
    assert nets == [facts["expected_net_usd"] for facts in advised]
    assert nets == sorted(nets, reverse=True)
    grades = _column(given, "actions", "evidence_grade")
    assert set(grades) <= {"measured", "assumed"}
    assert "predicted" in given.parts["actions"].evidence


def test_no_other_action_is_worth_more(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping early changes nothing: all clients weighed at once give the same three."""
    context = parts.turns.tool_context(ANN)
    everyone = read_candidates(parts.gold, [], context.scope)
    choices = weigh(everyone, evidence_here(context), context).choices
    worth = sorted(
        (-choice.net_usd[choice.best], str(key))
        for key, choice in zip(column(everyone, "customer_id"), choices, strict=True)
        if choice.best is not None and choice.is_valued
    )
    monkeypatch.setattr("tools.top_actions._CHUNK_ROWS", 7)
    assert worth_most(context, 3) == [key for _, key in worth[:3]]


def test_it_stays_within_the_scope(parts: Parts, truth: duckdb.DuckDBPyConnection) -> None:
    """No client of another segment is named or counted."""
    given = _brief(parts, SMB)
    others = truth.sql(
        "SELECT name FROM gold.customer_metrics WHERE segment <> 'SMB' AND name NOT IN "
        "(SELECT name FROM gold.customer_metrics WHERE segment = 'SMB')"
    ).fetchall()
    text = given.as_text()
    assert not [name for (name,) in others if name in text]
    assert "Only the clients you can see" in text
    assert set(_column(given, "renewals", "segment")) == {"SMB"}


def test_every_sentence_says_from_when_and_how_it_is_known(given: Briefing) -> None:
    """As-of day and grade of evidence; figures without them are not told."""
    stamp = re.compile(rf"\(as of {given.day}, .*(recorded|predicted|measured)")
    for name, part in given.parts.items():
        said = [line for line in part.section.lines if re.search(r"\d", line)]
        loose = [line for line in said if not stamp.search(line)]
        assert all(line.startswith("The first ") for line in loose), name


def test_an_altered_tool_alters_the_briefing_and_all_is_recorded(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No figure is made up beside what tools return; each call is in the audit log."""

    def altered(args: RecommendActionArgs, context: ToolContext) -> ToolResult:
        result = recommend_action(args, context)
        facts = [
            fact.model_copy(update={"value": 4_242.0}) if fact.name == "expected_net_usd" else fact
            for fact in result.facts
        ]
        return result.model_copy(update={"facts": facts})

    altered.__name__ = "recommend_action"
    monkeypatch.setattr(briefing_parts, "recommend_action", altered)
    before = parts.audit.verify().records
    assert _brief(parts).as_text().count("$4,242") == 3
    report = parts.audit.verify()
    assert report.ok
    events = [record.event for record in parts.audit.latest(limit=report.records - before)]
    assert {event.user_id for event in events} == {"ann"}
    assert {event.action for event in events} == {"briefing", "tool_call"}
    assert [event.tool for event in events].count("recommend_action") == 3


def test_what_the_data_cannot_give_is_said(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """One section has its reason, the others stand."""

    def nothing(_context: ToolContext, _count: int) -> list[str]:
        raise NothingKnown("There is nothing to recommend from.")

    monkeypatch.setattr(briefing_parts, "worth_most", nothing)
    given = _brief(parts)
    assert given.parts["actions"].section.lines == ("There is nothing to recommend from.",)
    assert given.parts["renewals"].section.table is not None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dora", "There is no user 'dora'. Users: Eve."),
        ("bob", "User 'Bob' is disabled. Users: Eve."),
        (None, "Name a user with --user. Users: Eve."),
    ],
    ids=["unknown", "disabled", "none named"],
)
def test_a_wrong_user_is_told_who_is_allowed(name: str | None, said: str, parts: Parts) -> None:
    """Once there are users, one must be named."""
    if not parts.users.exist():
        parts.users.add("Eve", "a long enough password", "analyst", Scope())
        parts.users.add("Bob", "a long enough password", "analyst", Scope())
        parts.users.disable("bob")
    assert parts.asker_named("eve").name == "Eve"
    with pytest.raises(UserError) as refused:
        parts.asker_named(name)
    assert str(refused.value) == said


@pytest.fixture
def run(
    prepared_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """The command over the prepared home, with a store of its own that has one user."""
    store = f"sqlite:///{tmp_path / 'aura.db'}"
    monkeypatch.setenv("AURA_HOME", str(prepared_home))
    monkeypatch.setenv("DATABASE_URL", store)
    database = Database.open(tmp_path, store)
    scope = Scope(segment=("SMB",))
    Users(database).add("Ann", "a long enough password", "account_manager", scope)
    database.close()
    return lambda *asked: CliRunner().invoke(app, ["briefing", *asked])


def test_the_command_prints_json(run: Callable[..., Result], parts: Parts) -> None:
    """One object, with every section."""
    done = run("--user", "ann", "--json")
    assert done.exit_code == 0, done.output
    given = json.loads(done.stdout)
    assert given["user"] == "Ann"
    assert given["as_of"] == parts.gold.as_of.isoformat()
    assert [section["name"] for section in given["sections"]] == list(briefing_parts.MAKERS)


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        (["--user", "carl"], 1, "aura: There is no user 'carl'. Users: Ann.\n"),
        (["--user"], 2, "requires an argument"),
        (["extra"], 2, "unexpected extra argument"),
    ],
    ids=["unknown user", "no name", "too much"],
)
def test_a_failure_is_one_line_and_wrong_usage_is_told_apart(
    asked: list[str], code: int, said: str, run: Callable[..., Result]
) -> None:
    """Exit codes as of every command."""
    done = run(*asked)
    assert done.exit_code == code
    assert said in done.stderr
    assert not done.stdout
