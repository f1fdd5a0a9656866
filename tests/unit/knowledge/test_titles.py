import pytest

from knowledge.titles import match_titles

TITLES = {
    "win-back": "Win back a client who is leaving",
    "onboarding-stall": "Restart a stalled onboarding",
    "renewal-90-days": "Prepare a renewal 90 days ahead",
    "price-objection": "Answer a price objection",
    "low-nps": "Close the loop with a detractor",
    "silent-client": "Wake a silent client",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("win-back", "win-back"),
        ("the whole Win-Back playbook", "win-back"),
        ("winback", "win-back"),
        ("win bcak", "win-back"),
        ("onboarding", "onboarding-stall"),
        ("Restart a stalled onboarding", "onboarding-stall"),
        ("renewl 90 days", "renewal-90-days"),
        ("our price play", "price-objection"),
        ("NPS", "low-nps"),
    ],
)
def test_an_id_a_title_a_part_or_a_typo_is_understood(text: str, expected: str) -> None:
    """People name plays loosely."""
    assert match_titles(text, TITLES) == [expected]


@pytest.mark.parametrize("text", ["", "  ", "client", "the", "zebra", "quantum entanglement", "?!"])
def test_what_names_no_play_matches_none(text: str) -> None:
    """A wrong play is worse than a question back."""
    assert match_titles(text, TITLES) == []


def test_plays_that_fit_alike_all_come_back() -> None:
    """The caller can ask which one is meant."""
    titles = {"renewal-smb": "Small renewals", "renewal-enterprise": "Large renewals"}
    assert set(match_titles("renewal", titles)) == set(titles)
    assert match_titles("renewal smb", titles)[0] == "renewal-smb"
