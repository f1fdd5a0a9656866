"""Cutting an answer into pieces loses nothing and depends on no chunk size."""

from hypothesis import given, strategies as st

from app.agent.sentences import Splitter, is_table_row, split

_MARKDOWN = st.text(alphabet=st.sampled_from("aB1 .!?|\n-*)$%"), max_size=120)


def test_cuts_sentences_rows_and_lines() -> None:
    """A sentence, a list item, a table row stand alone."""
    text = "MRR is $1.2M. It grew!\n1. **Acme** is 3.5 % up.\n| a. b | 2 |\nEnd"
    assert split(text) == [
        "MRR is $1.2M. ",
        "It grew!\n",
        "1. **Acme** is 3.5 % up.\n",
        "| a. b | 2 |\n",
        "End",
    ]


def test_abbreviations_end_no_sentence() -> None:
    """“e.g.” and "Inc." are inside a sentence."""
    assert split("Acme Inc. lost 5 %, e.g. in May. So?") == [
        "Acme Inc. lost 5 %, e.g. in May. ",
        "So?",
    ]


def test_knows_table_rows() -> None:
    """A row is known by its bar."""
    assert is_table_row("  | a |")
    assert not is_table_row("a | b")


@given(_MARKDOWN)
def test_pieces_join_to_the_text(text: str) -> None:
    """Law: nothing is lost or added."""
    assert "".join(split(text)) == text


@given(_MARKDOWN, st.lists(st.integers(1, 9), max_size=60))
def test_chunks_do_not_matter(text: str, sizes: list[int]) -> None:
    """Law: a text that arrives in pieces is cut where the whole text is."""
    splitter = Splitter()
    pieces: list[str] = []
    rest = text
    for size in [*sizes, len(text)]:
        pieces += splitter.push(rest[:size])
        rest = rest[size:]
    assert pieces + splitter.rest() == split(text)
