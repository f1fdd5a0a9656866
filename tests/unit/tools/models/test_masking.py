import pytest
from hypothesis import given, strategies as st

from tools.models.masking import mask_people


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to jane.doe+x@mail.example.co.uk today", "Write to [e-mail] today"),
        ("Call me at +49 (0)30 1234-5678.", "Call me at [phone]."),
        ("Our number is 555 010 9999 now", "Our number is [phone] now"),
        ("See https://x.example/u?id=4 for it", "See [link] for it"),
        ("Maria Lopez never called back", "[name] never called back"),
        ("We asked maria lopez twice", "We asked [name] twice"),
        ("Lopez is great", "[name] is great"),
        (
            "Hi Peter Smith, it is slow. Regards, Anna-Lena",
            "Hi [name], it is slow. Regards, [name]",
        ),
        ("Thanks Aura, Hello Support", "Thanks Aura, Hello Support"),
        ("Prices rose 20 % to 12,500 in 2026", "Prices rose 20 % to 12,500 in 2026"),
    ],
)
def test_people_are_taken_out(text: str, masked: str) -> None:
    """Addresses, phones, known and introduced names go; figures and products stay."""
    assert mask_people(text, ["Maria Lopez"]) == masked


@given(st.text(max_size=80))
def test_masking_twice_changes_nothing(text: str) -> None:
    """What is masked is free of what would be masked."""
    once = mask_people(text, ["Maria Lopez"])
    assert mask_people(once, ["Maria Lopez"]) == once


@given(st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.(com|org)", fullmatch=True))
def test_no_address_survives(address: str) -> None:
    """Whatever stands around it."""
    assert address not in mask_people(f"mail ({address}), please")
