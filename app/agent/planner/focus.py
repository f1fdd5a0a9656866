"""What a question about one client asks for: the fields that the answer leads with."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.agent.planner.assemble import Draft
from app.agent.planner.clause import Clause

_OF_CONDITION: Final = {
    "churned": ("status", "churned_at"),
    "active": ("status",),
    "renewing": ("contract_end_date", "days_to_renewal"),
    "silent": ("days_since_last_login",),
    "at_risk": ("churn_risk", "churn_prob_90d"),
    "healthy": ("health_score", "health_band"),
    "poor_health": ("health_score", "health_band"),
    "new": ("signup_date",),
}
_OF_WORDS: Final = (
    (("pay", "pays", "paying", "worth"), ("arr", "mrr")),
    (("manages", "owns", "responsible"), ("account_manager",)),
    (("joined", "since"), ("signup_date",)),
)


def card_fields(drafts: Sequence[Draft]) -> list[str]:
    """Fields asked for over all clauses about one client, in order."""
    fields: list[str] = []
    for draft in drafts:
        if draft.tool == "get_customer":
            fields += _fields(draft)
    return list(dict.fromkeys(fields))


def _fields(draft: Draft) -> Iterator[str]:
    clause, measures = draft.need.clause, draft.need.lexicon.measures
    for span in clause.spans:
        if span.kind == "measure":
            measure = measures[str(span.value)]
            yield from _named(str(span.value), measure.attribute or measure.number)
        elif span.kind == "dimension" and span.value not in {"customer", "status"}:
            yield from _dimension(str(span.value), clause)
        elif span.kind == "condition":
            yield from _OF_CONDITION.get(str(span.value), ())
    if not any(span.kind == "measure" for span in clause.spans):
        for words, fields in _OF_WORDS:
            if set(words) & set(clause.words):
                yield from fields


def _named(key: str, field: str | None) -> Iterator[str]:
    if key in {"days_to_renewal", "renewals_due", "renewal_arr", "contract_end_date"}:
        yield from ("contract_end_date", "days_to_renewal")
    elif field:
        yield field


def _dimension(name: str, clause: Clause) -> Iterator[str]:
    ends = {"end", "ends", "expire", "expires", "run"} & set(clause.words)
    if name == "contract_type" and ends:
        yield from ("contract_end_date", "days_to_renewal")
    else:
        yield name
