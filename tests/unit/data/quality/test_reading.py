"""What a sample of values says about its column."""

from datetime import date

import pytest
from hypothesis import given, strategies as st

from data.quality.profile import Reading
from data.quality.reading import read_sample


def reading_of(*values: str) -> Reading:
    """The reading of a few values, each seen once."""
    return read_sample([(value, 1) for value in dict.fromkeys(values)])


@pytest.mark.parametrize(
    ("values", "kind", "formats"),
    [
        (("2026-01-31", "2026-02-01"), "date", ()),
        (("2026-01-31T10:00:00+02:00", "2026-02-01 11:00"), "timestamp", ()),
        (("31/01/2026", "01/02/2026"), "date", ("%d/%m/%Y",)),
        (("01/31/2026", "02/01/2026"), "date", ("%m/%d/%Y",)),
        (("31.1.26", "2.1.26"), "date", ("%d.%m.%y",)),
        (("27-07-2023 03:00", "28-07-2023 14:30"), "timestamp", ("%d-%m-%Y %H:%M",)),
        (("5 Jan 2026", "17 Mar 2026"), "date", ("%d %b %Y",)),
        (("20260131", "20260201"), "date", ("%Y%m%d",)),
        (("1767225600", "1767312000"), "timestamp", ("epoch",)),
        (("1767225600000", "1767312000000"), "timestamp", ("epoch_ms",)),
        (("12", "-3", "4.0"), "integer", ()),
        (("1.5", "2e3", ".5"), "number", ()),
        (("Yes", "no"), "boolean", ()),
        (("Gold", "Silver"), "text", ()),
        (("A-1", "A-2"), "text", ()),
        (("null", "N/A"), "empty", ()),
    ],
)
def test_kinds_and_date_formats(
    values: tuple[str, ...], kind: str, formats: tuple[str, ...]
) -> None:
    """What each of these is, and how its dates are written."""
    found = reading_of(*values)
    assert (found.kind, found.formats, found.ambiguous_dates) == (kind, formats, False)


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (("01/02/2026", "03/04/2026"), ("%d/%m/%Y",)),
        (("31/01/2026", "01/31/2026"), ("%d/%m/%Y", "%m/%d/%Y")),
    ],
)
def test_days_and_months_that_nothing_tells_apart_are_said(
    values: tuple[str, ...], formats: tuple[str, ...]
) -> None:
    """A guess of day or month would move every date: it must be asked."""
    found = reading_of(*values)
    assert found.ambiguous_dates
    assert found.formats == formats


@given(st.lists(st.dates(date(2001, 1, 1), date(2099, 12, 31)), min_size=1, max_size=40))
def test_day_first_dates_are_read_day_first_or_asked(days: list[date]) -> None:
    """Never month first while a day above twelve stands first, whatever else is there."""
    found = reading_of(*(f"{day:%d/%m/%Y}" for day in days))
    assert found.formats == ("%d/%m/%Y",)
    assert found.ambiguous_dates is all(day.day <= 12 for day in days)


@pytest.mark.parametrize(
    ("values", "decimal", "ambiguous"),
    [
        (("1.200,50 €", "80,00 €"), ",", False),
        (("$1,200.50", "$80.00"), ".", False),
        (("1,200", "3,400"), ".", True),
        (("1.200.300,5", "12,25"), ",", False),
    ],
)
def test_numbers_written_for_people(values: tuple[str, ...], decimal: str, ambiguous: bool) -> None:
    """Cents and thousands are told apart by their places, or it is said that they cannot be."""
    found = reading_of(*values)
    assert (found.kind, found.decimal, found.ambiguous_decimal) == ("number", decimal, ambiguous)


@pytest.mark.parametrize(
    ("values", "personal"),
    [
        (("ana@example.com", "bo@example.org"), "e-mail addresses"),
        (("+44 20 7946 0958", "(030) 123-4567"), "phone numbers"),
        (("call me", "or write to ana@example.com today"), "e-mail addresses inside texts"),
        (("Gold", "Silver"), None),
        (("4711", "4712"), None),
    ],
)
def test_personal_data_is_noticed(values: tuple[str, ...], personal: str | None) -> None:
    """Addresses and numbers of people are marked, ids are not."""
    assert reading_of(*values).personal == personal
