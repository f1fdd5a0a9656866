from collections.abc import Callable
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from data.query import Filter, Scope
from tools.contract import ToolContext
from tools.errors import FinalToolError, RetryableToolError
from tools.resolve import check_filters, none_match, picture_note, resolve_customer

MakeContext = Callable[..., ToolContext]


@pytest.mark.parametrize("text", ["C3", "Café Noir", "cafe nior", "cafe"])
def test_a_client_is_found_by_id_name_or_typo(small_context: MakeContext, text: str) -> None:
    """People do not type names exactly."""
    assert resolve_customer(text, small_context()) == ("C3", "Café Noir")


def test_two_likely_clients_are_a_question(small_context: MakeContext) -> None:
    """Both names are offered; neither is chosen."""
    with pytest.raises(RetryableToolError) as caught:
        resolve_customer("Northwind", small_context())
    assert set(caught.value.allowed) == {"Northwind Traders", "Northwind Logistics"}


@pytest.mark.parametrize("text", ["Zzyqx Quuxbert Holdings", "'; DROP TABLE x; --", ""])
def test_strangers_are_no_client(small_context: MakeContext, text: str) -> None:
    """The message says that it was looked for among the visible clients."""
    with pytest.raises(FinalToolError, match="among the clients you can see"):
        resolve_customer(text, small_context())


def test_clients_outside_the_scope_are_strangers(small_context: MakeContext) -> None:
    """Their exact name gets the answer of a name that does not exist, word for word."""
    ana = small_context(Scope(account_manager=("Ana",)))
    messages: list[str] = []
    for name in ("Summit Legal", "Blorpt Xyqqz"):
        with pytest.raises(FinalToolError) as caught:
            resolve_customer(name, ana)
        messages.append(str(caught.value).replace(name, "…"))
    assert messages[0] == messages[1]


def test_a_shared_word_is_no_question_when_one_is_hidden(small_context: MakeContext) -> None:
    """A user who sees one Northwind only is not told of the other."""
    enterprise = small_context(Scope(segment=("Enterprise",)))
    assert resolve_customer("Northwind", enterprise) == ("C1", "Northwind Traders")


@pytest.mark.parametrize(
    ("dimension", "value", "expected"),
    [
        ("segment", "enterprise", ("segment", "Enterprise")),
        ("Segment", "small business", ("segment", "SMB")),
        ("churn_risk", "red", ("churn_risk", "high")),
        ("health_band", "poor health", ("health_band", "at_risk")),
        ("contract type", "month-to-month", ("contract_type", "monthly")),
        ("client", "Cafe Noir", ("customer", "C3")),
        ("segment", "unassigned", ("segment", "Unassigned")),
    ],
)
def test_filter_values_get_their_true_case(
    small_context: MakeContext, dimension: str, value: str, expected: tuple[str, str]
) -> None:
    """Synonyms and case are resolved to what stands in the data."""
    (found,) = check_filters([Filter(dimension=dimension, value=value)], small_context())
    assert (found.dimension, found.value) == expected


def test_lists_of_values_are_resolved_one_by_one(small_context: MakeContext) -> None:
    """`in` takes several values."""
    asked = Filter(dimension="segment", op="in", value=["smb", "ENTERPRISE"])
    (found,) = check_filters([asked], small_context())
    assert found.value == ["SMB", "Enterprise"]


@pytest.mark.parametrize(
    ("dimension", "value", "best"),
    [("segment", "Enterprize", "Enterprise"), ("segmnt", "SMB", "segment")],
)
def test_misspelt_filters_get_did_you_mean(
    small_context: MakeContext, dimension: str, value: Any, best: str
) -> None:
    """The model can mend its arguments from the message."""
    with pytest.raises(RetryableToolError, match=f"Did you mean {best}") as caught:
        check_filters([Filter(dimension=dimension, value=value)], small_context())
    assert caught.value.allowed[0] == best


def test_managers_outside_the_scope_are_not_told(small_context: MakeContext) -> None:
    """The list of allowed values holds nobody whom the user may not see."""
    with pytest.raises(RetryableToolError) as caught:
        check_filters(
            [Filter(dimension="account_manager", value="Bo")],
            small_context(Scope(account_manager=("Ana",))),
        )
    assert "Bo" not in caught.value.allowed


def test_nothing_in_scope_is_not_nothing_at_all() -> None:
    """A cut view says that it is one."""
    assert none_match(Scope(), "segment SMB") == "No clients match: 0 clients (segment SMB)."
    assert "in your scope" in none_match(Scope(region=("EMEA",)))


@pytest.mark.parametrize(("day", "said"), [(None, 0), (date(2017, 12, 31), 1)])
def test_a_picture_of_one_day_says_that_its_past_lacks_the_leavers(
    small_context: MakeContext, day: date | None, said: int
) -> None:
    """A source that was followed over time needs no such note."""
    build = SimpleNamespace(picture_date=day)
    context = replace(small_context(), gold=cast("Any", SimpleNamespace(build=build)))
    notes = picture_note(context)
    assert len(notes) == said
    assert all("31 December 2017" in note for note in notes)
