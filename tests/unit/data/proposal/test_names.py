"""Column names that stand for the fields of Aura, and those that do not."""

import pytest

from data.proposal.names import vocabulary


@pytest.mark.parametrize(
    "name", ["Account No", "acct_id", "accountNumber", "ACCOUNT-NR", "account ids", "cust_id"]
)
def test_spellings_of_an_id_are_one(name: str) -> None:
    """Case, separators, short forms and plurals make no difference."""
    assert vocabulary().likeness(name, "customers", "customer_id") > 0.7


@pytest.mark.parametrize(
    ("name", "entity", "field"),
    [
        ("MonthlyCharges", "customers", "mrr"),
        ("signup_date", "customers", "account_creation_date"),
        ("Sign-up Dt", "customers", "account_creation_date"),
        ("submittedAt", "support_tickets", "created_at"),
        ("Country Code", "customers", "country"),
        ("pymt_method", "transactions", "payment_method"),
        ("Qty", "transactions", "line_quantity"),
    ],
)
def test_other_words_for_a_field(name: str, entity: str, field: str) -> None:
    """What exports call it."""
    words = vocabulary()
    found = (
        words.likeness_to(name, field)
        if field.startswith("line_")
        else words.likeness(name, entity, field)
    )
    assert found > 0.6


@pytest.mark.parametrize(
    ("name", "entity", "field"),
    [
        ("Favourite colour", "customers", "country"),
        ("paperless_billing", "customers", "plan"),
        ("escalation_flag", "support_tickets", "priority"),
        ("", "customers", "name"),
    ],
)
def test_what_is_no_field_is_not_called_one(name: str, entity: str, field: str) -> None:
    """A column that merely exists is left alone."""
    assert vocabulary().likeness(name, entity, field) < 0.5
