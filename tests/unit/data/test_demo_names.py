import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from data.simulator.names import SHARED_SHARE, company_names
from data.simulator.people import addresses, contact_names, phone_numbers
from data.simulator.vocabulary import INDUSTRIES


def make_names(count: int, seed: int) -> list[str]:
    """Names of clients of mixed industries."""
    rng = np.random.default_rng(seed)
    return company_names(rng.integers(0, len(INDUSTRIES), count), rng).tolist()


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 3_000), st.integers(0, 2**32 - 1))
def test_names_are_unique_and_some_share_a_first_word(count: int, seed: int) -> None:
    """A name identifies a client, yet a first word alone sometimes does not."""
    names = make_names(count, seed)
    words = Counter(name.split()[0] for name in names)
    sharing = sum(number for number in words.values() if number > 1)

    assert len(set(names)) == count
    assert words["Northwind"] == 2
    assert sharing / count == pytest.approx(SHARED_SHARE, abs=2 / count)


def test_names_look_like_names() -> None:
    """Words with capitals, no digits."""
    shape = re.compile(r"[A-ZÀ-Ž][^\W\d_]+( [A-Z][a-z]+)+")
    assert all(shape.fullmatch(name) for name in make_names(2_000, 7))


def test_many_names_stay_unique() -> None:
    """Beyond the supply of first words names share them more, and stay unique."""
    names = make_names(40_000, 1)
    assert len(set(names)) == 40_000


def test_contact_data_is_fictional() -> None:
    """Addresses and numbers can reach nobody."""
    rng = np.random.default_rng(3)
    companies = np.array(make_names(200, 3), dtype=object)
    mails = addresses(contact_names(200, rng), companies)
    phones = phone_numbers(np.full(200, 44), rng)
    assert all(re.fullmatch(r"[a-z.]+@[a-z-]+\.example", mail) for mail in mails)
    assert all(re.fullmatch(r"\+44 \d{3} 555 01\d\d", phone) for phone in phones)
