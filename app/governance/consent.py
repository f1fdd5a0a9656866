"""Which clients may be described to a language model elsewhere: those who said yes, nobody else."""

from collections.abc import Iterable
from dataclasses import dataclass

SMALLEST_GROUP = 5
"""A figure over fewer clients says something of each of them."""


@dataclass(frozen=True, slots=True)
class Consent:
    """The clients who agreed to be described; whoever is not among them is left out.

    Attributes:
        given: Their ids. No answer and an unknown client are no consent.
    """

    given: frozenset[str] = frozenset()

    def withheld(self, customer_ids: Iterable[str]) -> frozenset[str]:
        """Those of some clients who may not be described, not even under a pseudonym."""
        return frozenset(customer_ids) - self.given

    def singles_out(self, customer_ids: Iterable[str]) -> bool:
        """Whether a figure over these clients would tell of one who may not be described."""
        clients = frozenset(customer_ids)
        return bool(self.withheld(clients)) and len(clients) < SMALLEST_GROUP
