from collections import Counter

import pytest

from tools.models.feedback_examples import Examples, ExamplesError, load_default, pattern_of

SMALL = """
topics:
  noise: {words: [loud, too loud], negative: [It is too loud.]}
no_topic: {positive: [Nice.], negative: [Bad.], neutral: [Hello.]}
"""


def test_packaged_topics_can_be_told_apart() -> None:
    """At least nine sentences a topic, no sentence twice, no word in two topics."""
    examples = load_default()
    rows = examples.rows()
    assert all(len(topic.rows(name)) >= 9 for name, topic in examples.topics.items())
    assert [text for text, times in Counter(row.text for row in rows).items() if times > 1] == []
    words = Counter(word for topic in examples.topics.values() for word in set(topic.words))
    assert [word for word, times in words.items() if times > 1] == []


def test_sentences_carry_mood_and_topic() -> None:
    """A file of a user's needs one topic and the three moods."""
    rows = Examples.from_yaml(SMALL).rows()
    assert rows[0] == ("It is too loud.", -1, "noise")
    assert {(row.mood, row.topic) for row in rows[1:]} == {(1, ""), (-1, ""), (0, "")}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("noise:", "Noise Level:", "mine.yml: topics"),
        ("negative: [It is too loud.]", "negative: []", "topic noise has no sentence"),
        ("neutral: [Hello.]", "neutral: []", "needs positive, negative and neutral"),
        ("words:", "wrods:", "mine.yml: topics.noise.wrods: Extra inputs"),
        ("topics:", "topics: [", "mine.yml: it is not YAML"),
    ],
    ids=["name", "no sentence", "no neutral", "unknown key", "not YAML"],
)
def test_a_faulty_file_is_told_with_its_place(old: str, new: str, said: str) -> None:
    """File, key and what is wanted."""
    with pytest.raises(ExamplesError, match=said):
        Examples.from_yaml(SMALL.replace(old, new, 1), "mine.yml")


def test_words_are_found_whole_and_in_the_plural() -> None:
    """“loud” is not in “cloud”; a topic without words has no pattern."""
    pattern = pattern_of(("loud", "invoice"))
    assert pattern is not None
    assert [bool(pattern.search(text)) for text in ("Cloud", "LOUD!", "two invoices")] == [
        *(False, True, True),
    ]
    assert pattern_of(()) is None
