"""Definitions that an answer may quote come from the installation's own files."""

import pytest

from app.agent.definitions import asks_for_definition, house_definitions
from app.agent.evidence import gather
from app.agent.grounding import judge
from data.semantic_model import load_semantic_model
from tools.models.rules import load_default
from tools.registry import TOOLS, build_tools

DEFINITIONS = house_definitions(load_semantic_model(), load_default(), build_tools(TOOLS))
EVIDENCE = gather([], user_text="", definitions=DEFINITIONS)


@pytest.mark.parametrize(
    "sentence",
    [
        "At risk means a churn risk of 35 % or more.",
        "The inactive rule fires after more than 30 days without a login.",
        "Do you mean a horizon of 30, 60 or 90 days?",
        "Engagement: activity weighs 50 %, breadth 20 %.",
        "A healthy score is 70 or more.",
        "Bands: healthy 70 and more, watch 40 to 69, at risk 0 to 39.",
    ],
)
def test_constants_of_the_house_pass(sentence: str) -> None:
    """Thresholds, weights, bands and allowed arguments may be stated."""
    assert judge(sentence, EVIDENCE).ok


@pytest.mark.parametrize("sentence", ["Churn is 7 %.", "There are 30 unicorns.", "MRR is $70."])
def test_other_figures_do_not(sentence: str) -> None:
    """A definition backs only what it is about."""
    assert not judge(sentence, EVIDENCE).ok


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("How is NRR calculated?", True),
        ("What does at risk mean?", True),
        ("Define GRR", True),
        ("Between which scores is a client in the watch group?", True),
        ("What is our MRR?", False),
        ("Which clients are at risk?", False),
    ],
)
def test_knows_a_question_for_a_definition(text: str, asks: bool) -> None:
    """Only such a question opens the definitions to an answer with figures."""
    assert asks_for_definition(text) == asks
