from collections import Counter

from hypothesis import given, strategies as st

from tools.models.split import deal

CLIENTS = st.lists(st.sampled_from(["SMB", "Mid-Market", "Enterprise"]), max_size=60)


@given(strata=CLIENTS, variants=st.integers(1, 3), seed=st.integers(0, 2**32 - 1))
def test_shares_are_equal_within_every_stratum_and_over_all(
    strata: list[str], variants: int, seed: int
) -> None:
    """The counts of two variants differ by one at most."""
    ids = [f"C{place:03}" for place in range(len(strata))]
    dealt = deal(ids, strata, variants, seed=seed)
    for group in [None, *set(strata)]:
        own = [v for v, name in zip(dealt, strata, strict=True) if group in (None, name)]
        counts = [Counter(own)[variant] for variant in range(variants)]
        assert max(counts) - min(counts) <= 1
        assert sum(counts) == len(own)


@given(strata=CLIENTS, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_clients_does_not_matter(strata: list[str], seed: int) -> None:
    """Who is listed first is not favoured."""
    ids = [f"C{place:03}" for place in range(len(strata))]
    dealt = dict(zip(ids, deal(ids, strata, 2, seed=seed), strict=True))
    turned = dict(zip(ids[::-1], deal(ids[::-1], strata[::-1], 2, seed=seed), strict=True))
    assert dealt == turned


def test_every_client_gets_every_variant_over_many_seeds() -> None:
    """With equal chances: of 3,000 deals a third each, give or take five standard deviations."""
    ids, strata = ["C1", "C2", "C3", "C4"], ["SMB", "SMB", "SMB", "Enterprise"]
    for place in range(4):
        counts = Counter(deal(ids, strata, 3, seed=seed)[place] for seed in range(3_000))
        assert all(abs(counts[variant] - 1_000) < 130 for variant in range(3))
