import pytest

from app.agent.planner.the_one import who_first


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (
            "Draft an email to our riskiest Enterprise client",
            "Who is our riskiest Enterprise client? Draft an email to that client",
        ),
        (
            "What should I do about our biggest SMB account this week?",
            "Who is our biggest SMB account? What should I do about that client this week?",
        ),
        (
            "Why is the largest customer at risk?",
            "Who is our largest customer? Why is that client at risk?",
        ),
    ],
)
def test_who_it_is_is_asked_first(text: str, asked: str) -> None:
    """A superlative names one client whom only the data know."""
    assert who_first(text) == asked


@pytest.mark.parametrize(
    "text",
    [
        "Who is our riskiest client?",
        "Which clients are riskiest?",
        "Draft an email to our riskiest clients",
        "What should I do about Northwind?",
        "Why do our best account managers lose clients?",
        "Why is the largest client in EMEA at risk?",
        "Our biggest client is Northwind, why?",
    ],
)
def test_other_questions_stay_as_they_are(text: str) -> None:
    """Several clients, named ones, and rankings by group are read as written."""
    assert who_first(text) == text
