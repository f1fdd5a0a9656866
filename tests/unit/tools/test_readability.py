import pytest

from tools.readability import reading_ease, reading_words


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("The cat sat on the mat. It was hot. We went out.", 95, 100),
        ("Could we take 20 minutes on Friday? If another time suits you better, name it.", 70, 95),
        (
            "Aforementioned contractual obligations necessitate organisational reconsideration.",
            0,
            10,
        ),
    ],
)
def test_plain_words_read_easier_than_long_ones(text: str, low: float, high: float) -> None:
    """In the order a reader would put them."""
    assert low <= reading_ease(text) <= high


def test_nothing_reads_easily() -> None:
    """An empty text is no division by zero."""
    assert reading_ease("") == 100
    assert reading_ease("20 %") == 100


def test_a_level_has_a_word() -> None:
    """From easy to very hard."""
    assert [reading_words(ease) for ease in (95, 60, 40, 5)] == [
        "easy",
        "fairly plain",
        "hard",
        "very hard",
    ]
