"""The e-mails' benchmark on a small set of the same columns, with a response that was planted."""

import json

import numpy as np
import pandas as pd
import pytest

from app.benchmarks.qini import QiniRow, as_json, lines, qini_rows


@pytest.fixture(scope="module")
def rows() -> list[QiniRow]:
    """Newcomers answer the women's e-mail; the men's does nothing."""
    rng = np.random.default_rng(3)
    size = 6_000
    group = rng.choice(["Mens E-Mail", "Womens E-Mail", "No E-Mail"], size)
    newbie = rng.integers(0, 2, size)
    recency = rng.integers(1, 13, size)
    answering = (group == "Womens E-Mail") & (newbie == 1)
    visit = rng.random(size) < 0.05 + 0.2 * answering + 0.01 * (12 - recency)
    clients = pd.DataFrame(
        {
            "recency": recency,
            "history": rng.lognormal(5, 1, size),
            "mens": rng.integers(0, 2, size),
            "womens": rng.integers(0, 2, size),
            "zip_code": rng.choice(["Rural", "Urban"], size),
            "newbie": newbie,
            "channel": rng.choice(["Phone", "Web"], size),
            "segment": group,
            "visit": visit.astype(int),
            "conversion": (visit & (rng.random(size) < 0.2)).astype(int),
        }
    )
    return qini_rows(clients)


def test_uplift_beats_risk_only_for_the_mail_that_some_answer(rows: list[QiniRow]) -> None:
    """The planted responders are found, and nothing is found where there is none."""
    by_case = {(row.arm, row.outcome): row for row in rows}
    womens, mens = by_case["womens", "visit"], by_case["mens", "visit"]
    assert womens.beyond_risk.low is not None
    assert womens.beyond_risk.low > 0
    assert mens.beyond_risk.low is not None
    assert mens.beyond_risk.low < 0


def test_random_orders_are_around_zero(rows: list[QiniRow]) -> None:
    """The yardstick of chance is shown beside the others."""
    for row in rows:
        chance = row.orders["random"]
        assert chance.low is not None
        assert chance.high is not None
        assert chance.low < 0 < chance.high


def test_every_case_is_told_and_reported(rows: list[QiniRow]) -> None:
    """Two e-mails, two outcomes: a line and an entry each."""
    told, report = lines(rows), json.loads(json.dumps(as_json(rows)))
    assert len(told) == 2 + 4
    assert set(report) == {
        f"{arm}_{outcome}" for arm in ("mens", "womens") for outcome in ("visit", "conversion")
    }
    shown = f"{report['womens_visit']['uplift']['value']:.3f}"
    assert any("womens, visit" in line and shown in line for line in told)
