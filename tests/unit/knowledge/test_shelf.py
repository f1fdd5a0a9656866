import numpy as np
from hypothesis import given, strategies as st

from knowledge.playbook import Playbook
from knowledge.shelf import Shelf

BOOKS = st.dictionaries(
    st.sampled_from("abcd"), st.text(alphabet="pqrst \n", min_size=1, max_size=30), max_size=4
)


def plays(texts: dict[str, str]) -> list[Playbook]:
    """One play a text."""
    return [
        Playbook(name, f"Play {name}", {}, (("Steps", text),), None) for name, text in texts.items()
    ]


@given(st.lists(BOOKS, min_size=1, max_size=4), st.text(alphabet="pqrst ", max_size=20))
def test_a_shelf_that_keeps_work_is_one_made_afresh(
    states: list[dict[str, str]], query: str
) -> None:
    """Whatever came, went and changed before: ids, order and every score are the same."""
    library: dict[tuple[str, str], Playbook] = {}
    shelf = Shelf([])
    for state in states:
        now = [library.setdefault((p.playbook_id, p.sections[0][1]), p) for p in plays(state)]
        shelf = Shelf(now, shelf)
    fresh = Shelf(plays(states[-1]))
    assert list(shelf.books) == list(fresh.books)
    assert list(shelf.chunks) == list(fresh.chunks)
    assert shelf.book_words(query) == fresh.book_words(query)
    assert shelf.chunk_words(query) == fresh.chunk_words(query)


def test_the_words_of_a_book_are_those_of_its_best_chunk() -> None:
    """A book without a word of the question has no score at all."""
    shelf = Shelf(plays({"a": "renewal of seats", "b": "seats and seats", "c": "nothing"}))
    assert set(shelf.chunk_words("seats")) == set(shelf.book_words("seats")) == {"a", "b"}
    assert shelf.chunk_words("seats")["b"] > shelf.chunk_words("seats")["a"]
    assert Shelf([]).chunk_words("seats") == {}


def test_the_nearest_chunks_are_those_of_the_chosen_books() -> None:
    """Pointers lead to a book; only passages can be cited."""
    shelf = Shelf(plays({"a": "renewal of seats", "b": "seats"}))
    cosines = np.linspace(0, 1, len(shelf.chunks), dtype=np.float32)
    kinds = [shelf.chunks[key].kind for key in shelf.nearest(cosines, {"a"}, 9)]
    assert kinds == ["pointer", "passage"]
    cited = shelf.nearest(cosines, {"a", "b"}, 9, citable=True)
    assert [shelf.chunks[key].playbook_id for key in cited] == ["b", "a"]
    assert len(shelf.nearest(cosines, {"a", "b"}, 3)) == 3
