from datetime import date

from hypothesis import given, strategies as st

from knowledge.chunks import AT_A_GLANCE, cut
from knowledge.playbook import Playbook

MATTER = {
    "title": "A play",
    "trigger": "Usage falls",
    "owner": "Trainer",
    "segments": ["SMB"],
    "drivers": ["events_30d"],
    "questions": ["Use it less"],
}


def book(*sections: tuple[str, str], title: str = "A play") -> Playbook:
    """A playbook of these sections."""
    return Playbook("a-play", title, MATTER, sections, date(2026, 1, 2))


def test_every_section_and_the_front_matter_become_passages() -> None:
    """What a person wrote can be found and cited."""
    passages = [c for c in cut(book(("Situation", "It falls."))) if c.kind == "passage"]
    assert [(c.heading, c.title) for c in passages] == [
        (AT_A_GLANCE, "A play"),
        ("Situation", "A play"),
    ]
    assert "When: Usage falls" in passages[0].text
    assert passages[1].full_text == "A play › Situation\nIt falls."


def test_pointers_are_the_short_lines_people_ask_with() -> None:
    """Title, trigger, questions and signals lead to the play."""
    chunks = cut(book(("Signals", "- Fewer logins\n- Silence\nNot a bullet")))
    pointers = [c.text for c in chunks if c.kind == "pointer"]
    assert pointers == ["A play", "Usage falls", "Use it less", "Fewer logins", "Silence"]


@given(st.text(alphabet="ab .\n", max_size=6000))
def test_no_text_is_lost_and_no_passage_is_too_long(text: str) -> None:
    """The embedding model reads each passage to its end."""
    passages = [c.text for c in cut(book(("Body", text))) if c.heading == "Body"]
    assert all(len(passage) <= 1000 for passage in passages)
    assert set("".join(passages)) >= set(text.strip(" .\n"))


def test_equal_content_has_an_equal_id_and_any_change_another() -> None:
    """Incremental indexing rests on this."""
    same = [c.chunk_id for c in cut(book(("A", "x")))]
    assert same == [c.chunk_id for c in cut(book(("A", "x")))]
    changed = {c.chunk_id for c in cut(book(("A", "y")))}
    assert len(set(same) - changed) == 1
    assert not set(same) & {c.chunk_id for c in cut(book(("A", "x"), title="B"))}


def test_a_repeated_paragraph_is_kept_once() -> None:
    """Ids are unique within the index."""
    ids = [c.chunk_id for c in cut(book(("A", "x"), ("A", "x")))]
    assert len(ids) == len(set(ids))
