"""From when to when somebody was a client: the rules of churn, as silver reads them."""

from datetime import date
from pathlib import Path

import pandas as pd

from data.build import Build
from data.ingest import ingest_file, ingest_folder
from data.mapping import Mapping


def spans(home: Path, mapping: Mapping) -> list[tuple[str, str, str | None]]:
    """(client, start, end) as silver sees them on 30 June 2025."""
    with Build(home=home, source=mapping, as_of=date(2025, 6, 30)) as build:
        build.bronze()
        build.silver()
        frame = build.frame("silver.customer_spans")
    frame = frame.sort_values(["customer_id", "start_date"])
    return [
        (str(key), str(start.date()), None if pd.isna(end) else str(end.date()))
        for key, start, end in zip(
            frame["customer_id"], frame["start_date"], frame["end_date"], strict=True
        )
    ]


def test_a_gap_between_subscriptions_is_churn(tmp_path: Path) -> None:
    """A gap over 30 days ends a client, a shorter one does not; a later file corrects a row."""
    mapping = Mapping.model_validate({"name": "b2b", "churned": {"by": "subscriptions"}})
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "customers.csv").write_text("customer_id,name\n" + "a,A\nb,B\nc,C\nd,D\ne,E\n")
    header = "subscription_id,customer_id,mrr,start_date,end_date\n"
    (folder / "subscriptions.csv").write_text(
        header + "a1,a,10,2025-01-01,\n"
        "b1,b,10,2025-01-01,2025-02-01\nb2,b,10,2025-02-15,\n"
        "c1,c,10,2025-01-01,2025-02-01\nc2,c,10,2025-05-01,\n"
        "d1,d,10,2025-01-01,\ne1,e,10,2025-01-01,2025-03-01\n"
    )
    ingest_folder(folder, mapping, tmp_path / "landing")
    late = tmp_path / "late.csv"
    late.write_text(header + "d1,d,10,2025-01-01,2025-06-20\na1,a,10,2025-01-01,2025-04-01\n")
    ingest_file(late, "subscriptions", mapping, tmp_path / "landing")
    assert spans(tmp_path, mapping) == [
        ("a", "2025-01-01", "2025-04-01"),
        ("b", "2025-01-01", None),
        ("c", "2025-01-01", "2025-02-01"),
        ("c", "2025-05-01", None),
        ("d", "2025-01-01", None),
        ("e", "2025-01-01", "2025-03-01"),
    ]


def test_a_status_without_a_date_ends_with_the_last_sign_of_life(tmp_path: Path) -> None:
    """A source that only says churned gives the day after the client's last activity."""
    mapping = Mapping.model_validate({"name": "telco", "churned": {"by": "status"}})
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "customers.csv").write_text(
        "customer_id,account_creation_date,status,churned_at\n"
        "a,2025-01-01,active,\nb,2025-01-01,churned,2025-03-01\nc,2025-01-01,Churned,\n"
    )
    (folder / "surveys.csv").write_text(
        "survey_id,customer_id,response_date,nps_score\ns1,c,2025-02-10,3\n"
    )
    (folder / "support_tickets.csv").write_text(
        "ticket_id,customer_id,created_at\nt1,c,2025-02-05 10:00\n"
    )
    ingest_folder(folder, mapping, tmp_path / "landing")
    assert spans(tmp_path, mapping) == [
        ("a", "2025-01-01", None),
        ("b", "2025-01-01", "2025-03-01"),
        ("c", "2025-01-01", "2025-02-11"),
    ]
