"""The second opinion by meaning: what counts for how much, and when it is left unused."""

import numpy as np
import pytest

from app.agent.planner.clause import whole
from app.agent.planner.conversation import Conversation
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.meaning import Meaning, load_head, masked
from app.agent.planner.opinion import opinion, weighed
from app.agent.planner.spans.recognise import read


def test_names_and_numbers_are_masked(lexicon: Lexicon) -> None:
    """No name of a client reaches the encoder."""
    said = masked(whole(read("Will Fjord Outdoor leave in EMEA?", lexicon)))
    assert "fjord" not in said
    assert "Acme" in said


def test_two_views_that_agree_are_surer() -> None:
    """Agreement raises the probability above either view's."""
    both = weighed([("list", 0.7), ("metric", 0.3)], {"list": 0.7, "metric": 0.3})
    assert both[0][0] == "list"
    assert both[0][1] > 0.7


def test_meaning_wins_where_the_words_find_nothing() -> None:
    """A confident meaning overrules “that is off topic”."""
    both = weighed([("offtopic", 0.8), ("feedback", 0.2)], {"offtopic": 0.1, "feedback": 0.9})
    assert both[0][0] == "feedback"


def test_meaning_never_talks_words_out_of_a_refusal_of_harm() -> None:
    """What the words hold for unsafe does not lean on the meaning."""
    both = weighed([("unsafe", 0.9), ("list", 0.1)], {"unsafe": 0.2, "list": 0.8})
    assert both[0][0] == "unsafe"


@pytest.mark.parametrize("width", [384, 8])
def test_another_encoder_is_left_unused(width: int, lexicon: Lexicon) -> None:
    """Vectors that the head was not trained on change nothing."""
    clause = whole(read("Which clients are at risk?", lexicon))
    other = Meaning(lambda texts: np.eye(len(texts), width, dtype=np.float32))
    past = Conversation()
    assert opinion(clause, past, lexicon, other) == opinion(clause, past, lexicon, None)


def test_the_head_reads_a_vector() -> None:
    """Probabilities of all labels add up to one."""
    head = load_head()
    shares = head.rank(np.array(head.probe, dtype=np.float32), ("state:new", "target:group"))
    assert sum(shares.values()) == pytest.approx(1)
