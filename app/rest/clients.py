"""A client as the REST interface gives it out: the gold columns by their own names."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field


class Client(BaseModel):
    """One row a client; a value that is not known is null. Amounts are in the base currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customer_id: str
    name: str | None
    segment: str | None
    region: str | None
    country: str | None
    industry: str | None
    plan: str | None
    account_manager: str | None
    contract_type: str | None
    contract_end_date: date | None
    days_to_renewal: int | None = Field(description="Negative once past.")
    signup_date: date | None
    tenure_days: int | None
    status: str = Field(description="`active` or `churned`.")
    churned_at: date | None
    mrr: float | None
    arr: float | None
    seats: int | None
    mrr_90d_ago: float | None
    revenue_decline_90d: float | None = Field(description="0-1.")
    total_revenue: float | None
    avg_transaction_value: float | None
    days_since_last_login: int | None
    events_30d: int | None
    avg_events_30d: float | None = Field(description="The client's own mean of 30-day windows.")
    engagement_score: float | None = Field(description="0-100.")
    active_days_30d: int | None
    features_used_30d: int | None
    tickets_open: int | None
    tickets_30d: int | None
    avg_resolution_hours: float | None
    csat_avg: float | None = Field(description="1-5.")
    nps_score: float | None = Field(description="0-10.")
    health_score: float | None = Field(description="0-100; null for a client who left.")
    health_band: str | None = Field(description="`healthy`, `watch` or `at_risk`.")
    churn_prob_30d: float | None = Field(description="0-1.")
    churn_prob_60d: float | None = Field(description="0-1.")
    churn_prob_90d: float | None = Field(description="0-1.")
    churn_prob_90d_low: float | None = Field(description="Lower end of the 90 % interval.")
    churn_prob_90d_high: float | None = Field(description="Upper end of the 90 % interval.")
    churn_risk: str | None = Field(description="`low`, `medium` or `high`.")
    rule_score: float | None = Field(description="0-1.")
    rule_risk: str | None
    arr_at_risk: float | None = Field(description="Expected loss: churn_prob_90d × arr.")
    next_best_action: str | None = Field(
        description="What `recommend_action` chose when the data were last prepared; null when "
        "nothing is worth its cost or the client left."
    )

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The fields of a gold row; its other columns are left out."""
        return cls.model_validate({name: row.get(name) for name in cls.model_fields})


class ClientInFull(Client):
    """One client with what the rules found, and what may be done with its data."""

    rules_fired: list[str] | None
    consent_ai: bool | None
    consent_contact: bool | None


CLIENT_COLUMNS = tuple(Client.model_fields)
