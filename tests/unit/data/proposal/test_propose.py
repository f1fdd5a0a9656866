"""Mappings proposed for small files: what is found, what is asked, what really loads."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from data.check import CheckError, CheckReport, check
from data.ingest import ingest_folder
from data.mapping import load_mapping
from data.proposal.draft import FileDraft

TODAY = date(2026, 6, 30)


def checked(folder: Path, **files: str) -> CheckReport:
    """Write files (`name` for name.csv) and check their folder."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return check(folder, folder.parent / "landing", TODAY)


def entry(report: CheckReport, entity: str) -> FileDraft:
    """The proposal's entry of an entity."""
    return next(one for one in report.proposal.in_force if one.entity == entity)


def columns_of(report: CheckReport, entity: str) -> dict[str, tuple[str, ...]]:
    """Field to the columns that it reads."""
    return {one.field: one.columns for one in entry(report, entity).fields}


CLIENTS = "account_id,account_name,signup\n" + "".join(
    f"A{place},Firm {place},2025-01-{place + 10}\n" for place in range(10)
)

# Field to what an export might call it; none is Aura's own word.
HEADERS = {
    "customer_id": ("Account No", "client_id", "CustomerNumber", "acct_id", "Member ID"),
    "name": ("Company", "Client Name", "accountName", "Business name"),
    "account_creation_date": ("Signup Date", "created", "joinedAt", "Customer since"),
    "email": ("E-Mail", "contact_email", "Kontakt"),
    "country": ("Land", "Country Code", "nation", "Standort"),
    "industry": ("Sector", "vertical"),
    "mrr": ("Monthly Fee", "MRR_USD", "monthlyCharges"),
    "seats": ("Licenses", "user_count"),
    "status": ("Churned", "is_active", "Churn Flag"),
    "contract_end_date": ("Renewal date", "expires_at"),
}
VALUES = {
    "customer_id": lambda row: f"K-{row * 37:04d}",
    "name": lambda row: f"Firm {chr(65 + row)} Ltd",
    "account_creation_date": lambda row: f"{row + 5:02d}.03.2025",
    "email": lambda row: f"info@firm{row}.example.com",
    "country": lambda row: ("France", "Spain", "Germany")[row % 3],
    "industry": lambda row: ("Retail", "Mining")[row % 2],
    "mrr": lambda row: f"{100 + 13.5 * row}",
    "seats": lambda row: str(3 + row),
    "contract_end_date": lambda row: f"2027-01-{row + 1:02d}",
}


@settings(max_examples=10)
@given(data=st.data())
def test_renamed_and_shuffled_columns_still_map(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever the columns are called and wherever they stand, each finds its field and loads."""
    order = data.draw(st.permutations(sorted(HEADERS)))
    names = {field: data.draw(st.sampled_from(HEADERS[field])) for field in order}
    active = names["status"] == "is_active"
    values = VALUES | {"status": lambda row: "Yes" if (row < 2) is not active else "No"}
    lines = [",".join(names[field] for field in order)]
    lines += [",".join(values[field](row) for field in order) for row in range(24)]
    folder = tmp_path_factory.mktemp("renamed")
    report = checked(folder / "in", export="\n".join(lines) + "\n")
    expected = {field: (name,) for field, name in names.items()}
    assert columns_of(report, "customers") == expected
    assert [(one.accepted, one.rejected) for one in report.trials] == [(24, 0)]
    status = entry(report, "customers").field_of("status")
    assert status is not None
    assert isinstance(status.rule, dict)
    assert status.rule["values"] == (
        {"Yes": "active", "No": "churned"} if active else {"Yes": "churned", "No": "active"}
    )


def test_what_is_written_is_what_was_tried(tmp_path: Path) -> None:
    """The YAML loads as a mapping, equals the proposal and takes as many rows as was said."""
    report = checked(
        tmp_path / "in",
        accounts=CLIENTS,
        tickets="case_no,account_id,opened,closed_at,prio\n"
        + "".join(f"T{place},A{place % 10},{place + 1:02d}/03/2026,,high\n" for place in range(20)),
    )
    path = tmp_path / "crm.yml"
    path.write_text(report.proposal.to_yaml(), encoding="utf-8")
    written = load_mapping(path)
    assert written.fingerprint() == report.proposal.mapping().fingerprint()
    loads = ingest_folder(tmp_path / "in", written, tmp_path / "landing")
    assert {(one.entity, one.accepted, one.rejected) for one in loads} == {
        (one.entity, one.accepted, one.rejected) for one in report.trials
    }
    assert columns_of(report, "support_tickets") == {
        "ticket_id": ("case_no",),
        "customer_id": ("account_id",),
        "priority": ("prio",),
        "created_at": ("opened",),
        "resolved_at": ("closed_at",),
    }


def test_keys_are_found_across_files(tmp_path: Path) -> None:
    """A use that names only the subscription finds its client through the subscriptions."""
    report = checked(
        tmp_path / "in",
        accounts=CLIENTS,
        subscriptions="subscription_id,account_id,monthly_fee,start_date\n"
        + "".join(f"S{place},A{place},100,2025-02-01\n" for place in range(10)),
        usage="usage_id,subscription_id,usage_date,feature_name\n"
        + "".join(f"U{place},S{place % 10},2026-03-01,export\n" for place in range(30)),
    )
    rule = entry(report, "engagement_events").field_of("customer_id")
    assert rule is not None
    assert rule.rule == {
        "from": "subscription_id",
        "lookup": {"file": "subscriptions.csv", "key": "subscription_id", "value": "account_id"},
    }
    assert [one.unknown_customers for one in report.trials] == [0, 0, 0]


def test_rows_of_unknown_clients_are_counted(tmp_path: Path) -> None:
    """The build would reject them: the check says so first."""
    tickets = "".join(f"T{place},A{place},2026-03-01\n" for place in range(13))
    report = checked(
        tmp_path / "in", accounts=CLIENTS, tickets=f"ticket_id,account_id,created_at\n{tickets}"
    )
    trial = next(one for one in report.trials if one.entity == "support_tickets")
    assert trial.unknown_customers == 3


def test_invoice_lines_become_payments_and_clients(tmp_path: Path) -> None:
    """Quantity times price, added up an invoice; who is not listed anywhere is taken from them."""
    rows = "".join(
        f"I{row // 3},B{row // 6},Spain,2026-03-{row // 3 + 1:02d},{row + 1},2.5\n"
        for row in range(24)
    )
    report = checked(
        tmp_path / "in", sales=f"Invoice,Customer ID,Country,InvoiceDate,Quantity,Price\n{rows}"
    )
    payments = entry(report, "transactions")
    assert payments.options == {"one_row_per_key": True}
    amount = payments.field_of("amount")
    assert amount is not None
    assert amount.rule == {
        "from": ["Quantity", "Price"],
        "calculate": "multiply",
        "combine": "sum",
    }
    clients = next(one for one in report.trials if one.entity == "customers")
    assert clients.accepted - clients.merged == 4
    assert report.proposal.churned == {"by": "inactivity", "inactivity_days": 90}
    assert {one.about for one in report.proposal.all_questions} == {
        "churned",
        "transactions.amount",
    }


@pytest.mark.parametrize(
    ("files", "about", "words"),
    [
        (
            {
                "accounts": "id,name,signup_date\n1,Aa,01/02/2025\n2,Bb,03/04/2025\n",
            },
            "customers.account_creation_date",
            "day first or month first",
        ),
        (
            {"members": "member_id,name,tenure\n1,Aa,3\n2,Bb,15\n"},
            "customers.account_creation_date",
            "on which day was this export taken",
        ),
        (
            {"students": "id_student,name,final_result\n1,Aa,Pass\n2,Bb,Withdrawn\n3,Cc,Fail\n"},
            "customers.status",
            "Not known: 'Pass', 'Fail'",
        ),
        (
            {"accounts": "customer_no,account_no,name\n1,7,Aa\n2,8,Bb\n3,9,Cc\n"},
            "customers.customer_id",
            "which column is the customer id: 'customer_no', 'account_no'",
        ),
        (
            {"students": "id_student,course,name\n1,A,Aa\n1,B,Aa\n2,A,Bb\n3,A,Cc\n"},
            "customers.customer_id",
            "'id_student', 'course' together tell all rows apart",
        ),
        (
            {
                "accounts": CLIENTS,
                "events": "event_id,account_id,date_submitted\n"
                + "".join(f"e{row},A{row},{row * 3}\n" for row in range(10)),
            },
            "engagement_events.timestamp",
            "from which day",
        ),
    ],
)
def test_what_cannot_be_known_is_asked(
    tmp_path: Path, files: dict[str, str], about: str, words: str
) -> None:
    """Never guessed in silence: a question, what is assumed, and the line that it is about."""
    report = checked(tmp_path / "in", **files)
    question = next(one for one in report.proposal.all_questions if one.about == about)
    assert words in question.text
    assert question.assumed
    text = report.proposal.to_yaml()
    place = report.proposal.all_questions.index(question) + 1
    assert f"# Question {place} ({about})" in text
    assert f"# see question {place}" in text


def test_a_column_that_only_sounds_like_a_field_is_kept_aside(tmp_path: Path) -> None:
    """Mapped by its name it would reject every row."""
    rows = "".join(f"c{row},Firm {row},gold-{row}\n" for row in range(30))
    report = checked(tmp_path / "in", customers=f"customer_id,name,status\n{rows}")
    assert entry(report, "customers").options == {"ignore": ["status"], "keep": ["status"]}
    assert [one.rejected for one in report.trials] == [0]


def test_what_cannot_be_loaded_is_shown_as_a_comment(tmp_path: Path) -> None:
    """Subscriptions without a price are not loaded, and the reason stands beside them."""
    report = checked(
        tmp_path / "in",
        accounts=CLIENTS,
        subscriptions="subscription_id,account_id,start_date\n"
        + "".join(f"S{place},A{place},2025-02-01\n" for place in range(10)),
    )
    assert [one.entity for one in report.proposal.in_force] == ["customers"]
    text = report.proposal.to_yaml()
    assert "# Left out: no column for mrr, which subscriptions need" in text
    assert [one["entity"] for one in yaml.safe_load(text)["files"]] == ["customers"]


def test_a_new_file_is_compared_with_the_source_that_knows_its_clients(tmp_path: Path) -> None:
    """Ids of clients loaded before identify the column, whatever it is called."""
    clients = "".join(f"A{row},Firm {row}\n" for row in range(30))
    first = checked(tmp_path / "in", accounts=f"account_id,account_name\n{clients}")
    landing = tmp_path / "landing"
    ingest_folder(tmp_path / "in", first.proposal.mapping(), landing)
    path = tmp_path / "calls.csv"
    path.write_text(
        "case_id,betreff,opened_at\n" + "".join(f"{row},A{row},2026-03-01\n" for row in range(30))
    )
    report = check(path, landing, TODAY)
    assert report.source == "in"
    assert columns_of(report, "support_tickets")["customer_id"] == ("betreff",)
    stranger = tmp_path / "orders.csv"
    stranger.write_text("order_id,buyer_id,amount,order_date\nx,zz,1,2026-03-01\n")
    assert check(stranger, landing, TODAY).source is None


def test_nothing_is_loaded_by_a_check(tmp_path: Path) -> None:
    """Neither the folder checked nor the landing changes."""
    checked(tmp_path / "in", accounts=CLIENTS)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["accounts.csv", "in"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("nothing.csv", None, "No file or folder"),
        ("empty.csv", "", "is empty"),
        ("picture.png", "x", "cannot tell the format"),
        ("twice.csv", "a,a\n1,2\n", "repeats"),
    ],
)
def test_what_cannot_be_checked_says_why(
    tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    """One clear sentence."""
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(CheckError, match=message):
        check(tmp_path / name, tmp_path / "landing", TODAY)
