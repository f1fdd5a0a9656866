import re

import pytest
from hypothesis import given, strategies as st

from tools.models.clauses import clauses_of


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Great support but too expensive.", ["Great support", "too expensive."]),
        ("Although the setup was hard, we like it", ["the setup was hard", "we like it"]),
        ("It is fast, however the price rose.", ["It is fast", "the price rose."]),
        (
            "Slow. Support is fine; reports are not!",
            ["Slow.", "Support is fine", "reports are not!"],
        ),
        (
            "Nice people on the phone, yet nothing works",
            ["Nice people on the phone", "nothing works"],
        ),
        ("A butter knife and a shout", ["A butter knife and a shout"]),
        ("?!", ["?!"]),
        ("", [""]),
    ],
    ids=["but", "although", "however", "sentences", "yet", "no turn", "signs", "empty"],
)
def test_a_text_is_split_where_the_speaker_turns(text: str, clauses: list[str]) -> None:
    """Sentence ends and contrasts split; a word that only looks like one does not."""
    assert clauses_of(text) == clauses


@given(st.text(max_size=120))
def test_clauses_are_pieces_of_the_text_in_order(text: str) -> None:
    """Nothing is made up, nothing comes twice, and there is always one."""
    place = 0
    clauses = clauses_of(text)
    assert clauses
    for clause in clauses:
        place = text.index(clause, place) + len(clause)
    assert clauses == [text] or all(re.search(r"\w", clause) for clause in clauses)
