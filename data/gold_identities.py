"""Who the clients are and who of them may be described to a language model elsewhere."""

from dataclasses import dataclass
from typing import Final

from data.gold import Gold
from data.semantic_filters import CATALOG

__all__ = ["ClientIdentity", "read_feedback_texts", "read_identities"]

_SQL: Final = f"""
SELECT
    m.customer_id, m.name, coalesce(m.consent_ai, false), m.account_manager,
    k.contact_name, k.email, k.phone
FROM {CATALOG}.gold.customer_metrics AS m
LEFT JOIN {CATALOG}.gold.customer_contacts AS k USING (customer_id)
ORDER BY m.customer_id
"""


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """Everything that names one client or a person beside it.

    Attributes:
        consent_ai: Whether the client agreed to be described to a model; unknown counts as no.
    """

    customer_id: str
    name: str
    consent_ai: bool
    account_manager: str | None
    contact_name: str | None
    email: str | None
    phone: str | None


def read_identities(gold: Gold) -> list[ClientIdentity]:
    """Every client of the warehouse, whoever asks: what must not leave knows no row scope.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    return [ClientIdentity(*row) for row in gold.reader.rows(_SQL, {})[1]]


def read_feedback_texts(gold: Gold) -> list[str]:
    """Every different text that clients wrote.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    sql = f"SELECT DISTINCT text FROM {CATALOG}.gold.feedback WHERE text IS NOT NULL"
    return [str(row[0]) for row in gold.reader.rows(sql, {})[1]]
