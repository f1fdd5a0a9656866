import pytest
from hypothesis import given, strategies as st

from data.customer_names import CustomerNames, plain

NAMES = {
    "C1": "Northwind Traders",
    "C2": "Northwind Logistics",
    "C3": "Café Noir",
    "C4": "Harbor Health Group",
    "C5": "Lakeside Foods Group",
    "C6": "Summit Legal Group",
}
INDEX = CustomerNames(NAMES)


@pytest.mark.parametrize("text", ["Café Noir", "cafe noir", "CAFE-NOIR ", "C3", "c3"])
def test_ids_and_whole_names_are_exact(text: str) -> None:
    """Case, accents and punctuation do not stand between a person and the client."""
    best = INDEX.find(text)[0]
    assert (best.customer_id, best.exact) == ("C3", True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Harbour Helth", "C4"),
        ("lakesid foods", "C5"),
        ("Sumimt Legal Group", "C6"),
        ("Lakeside", "C5"),
    ],
)
def test_typos_and_parts_find_the_client(text: str, wanted: str) -> None:
    """The right client leads by a margin."""
    best, second = INDEX.find(text)[:2]
    assert best.customer_id == wanted
    assert not best.exact
    assert best.score >= 85 > second.score + 8


def test_a_shared_first_word_is_a_tie() -> None:
    """Two Northwinds are equally likely: nobody chooses for the user."""
    first, second = INDEX.find("Northwind")[:2]
    assert {first.customer_id, second.customer_id} == {"C1", "C2"}
    assert abs(first.score - second.score) < 8


@pytest.mark.parametrize("text", ["Zzyqx Quuxbert Group", "", "   ", "'; DROP TABLE x; --"])
def test_strangers_are_not_forced_onto_a_client(text: str) -> None:
    """A common word such as "Group" does not make a match."""
    assert all(match.score < 62 for match in INDEX.find(text))


@given(key=st.sampled_from(list(NAMES)), place=st.integers(1, 8))
def test_two_swapped_letters_never_hide_a_client(key: str, place: int) -> None:
    """The commonest typo keeps the client on top."""
    name = NAMES[key]
    swapped = name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :]
    assert INDEX.find(swapped)[0].customer_id == key


def test_plain_names() -> None:
    """Accents and punctuation are left out."""
    assert plain("Café-Noir & Söhne") == "cafe noir sohne"
