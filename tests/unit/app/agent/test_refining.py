import pytest

from app.agent.refining import lost_in

TEXT = (
    "Over the past month your team has worked with us about 45 % less than it usually does. Has "
    "something changed on your side?\n\nCould we take 20 minutes on Wednesday 25 November?"
)
REWORDED = (
    "Your team has done about 45 % less with us over the past month than it usually does. Did "
    "something change on your side?\n\nWould Wednesday 25 November suit you for 20 minutes?"
)


@pytest.mark.parametrize(
    "better",
    [
        TEXT,
        REWORDED,
    ],
    ids=["same", "reworded"],
)
def test_the_same_facts_in_other_words_are_kept(better: str) -> None:
    """Order and wording may change."""
    assert lost_in(TEXT, better) == ""


@pytest.mark.parametrize(
    ("better", "reason"),
    [
        ("", "empty"),
        (TEXT.replace("45", "54"), "figures"),
        (TEXT.replace("about 45 % ", ""), "figures"),
        (TEXT.replace("your team", "your team of 12"), "figures"),
        (TEXT.replace("Wednesday", "Thursday"), "words for figures"),
        (TEXT.replace("Wednesday ", ""), "dates"),
        (TEXT.replace("the past month", "the past two months"), "words for figures"),
        (TEXT.replace("your side", "your side at Northwind"), "names"),
        (TEXT.replace("Has something", "Northwind told me. Has something"), "names"),
        (TEXT.replace("your side?", "your side? We could talk about a discount."), "additions"),
        (TEXT.replace("your side?", "your side? See https://x.example"), "additions"),
        (f"{TEXT} {TEXT.replace('45', '').replace('20', '').replace('25', '')}", "longer"),
    ],
)
def test_a_changed_fact_is_found(better: str, reason: str) -> None:
    """A figure, a day, a name, an offer: the built-in draft is kept."""
    assert lost_in(TEXT, better) == reason
