"""The raw entities: what a user may bring, column by column."""

from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal

ColumnType = Literal["text", "integer", "number", "boolean", "date", "timestamp"]


class UnknownEntityError(ValueError):
    """No raw entity has this name.

    Args:
        name: What was asked for.
    """

    def __init__(self, name: str) -> None:
        guess = get_close_matches(name, [*ENTITIES, *ENTITY_ALIASES], n=1)
        hint = f" Did you mean {guess[0]!r}?" if guess else ""
        super().__init__(f"Unknown entity {name!r}.{hint} Allowed: {', '.join(ENTITIES)}.")


@dataclass(frozen=True)
class RawColumn:
    """What a value of one raw column must look like.

    Attributes:
        type: The type that the text is read as.
        required: An empty value rejects the row.
        minimum: Smallest number accepted.
        maximum: Largest number accepted.
        allowed: The only values accepted, in lower case.
        money: An amount in the row's `currency`.
    """

    type: ColumnType = "text"
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    money: bool = False


@dataclass(frozen=True)
class Entity:
    """One raw table.

    Attributes:
        name: Table name.
        key: The column that identifies a row; a later row with the same key replaces it.
        dated_by: The column that says when the row happened.
        columns: Every canonical column, in order.
    """

    name: str
    key: str
    dated_by: str
    columns: MappingProxyType[str, RawColumn]


def _entity(name: str, key: str, dated_by: str, /, **columns: RawColumn) -> Entity:
    return Entity(name, key, dated_by, MappingProxyType(columns))


_ID = RawColumn(required=True)
_TEXT = RawColumn()
_FLAG = RawColumn("boolean")
_DAY = RawColumn("date")
_MOMENT = RawColumn("timestamp")
_REQUIRED_DAY = RawColumn("date", required=True)
_REQUIRED_MOMENT = RawColumn("timestamp", required=True)
_COUNT = RawColumn("integer", minimum=0)
_MONEY = RawColumn("number", minimum=0, money=True)

_ALL = (
    _entity(
        "customers",
        "customer_id",
        "account_creation_date",
        customer_id=_ID,
        name=_TEXT,
        age=RawColumn("integer", minimum=0, maximum=130),
        gender=_TEXT,
        location=_TEXT,
        subscription_type=_TEXT,
        account_creation_date=_DAY,
        contact_name=_TEXT,
        email=_TEXT,
        phone=_TEXT,
        country=_TEXT,
        segment=_TEXT,
        region=_TEXT,
        industry=_TEXT,
        plan=_TEXT,
        seats=_COUNT,
        mrr=RawColumn("number", minimum=0),
        status=RawColumn(allowed=("active", "churned")),
        churned_at=_DAY,
        account_manager=_TEXT,
        contract_type=_TEXT,
        contract_end_date=_DAY,
        consent_ai=_FLAG,
        consent_contact=_FLAG,
    ),
    _entity(
        "subscriptions",
        "subscription_id",
        "start_date",
        subscription_id=_ID,
        customer_id=_ID,
        product=_TEXT,
        plan=_TEXT,
        mrr=RawColumn("number", required=True, minimum=0, money=True),
        currency=_TEXT,
        seats=_COUNT,
        start_date=_REQUIRED_DAY,
        end_date=_DAY,
        billing_period=_TEXT,
    ),
    _entity(
        "transactions",
        "transaction_id",
        "transaction_date",
        transaction_id=_ID,
        customer_id=_ID,
        amount=RawColumn("number", required=True, money=True),
        currency=_TEXT,
        payment_method=_TEXT,
        transaction_date=_REQUIRED_DAY,
        status=_TEXT,
    ),
    _entity(
        "engagement_events",
        "event_id",
        "timestamp",
        event_id=_ID,
        customer_id=_ID,
        event_type=_TEXT,
        timestamp=_REQUIRED_MOMENT,
        device_type=_TEXT,
        feature_used=_TEXT,
    ),
    _entity(
        "support_tickets",
        "ticket_id",
        "created_at",
        ticket_id=_ID,
        customer_id=_ID,
        issue_type=_TEXT,
        subject=_TEXT,
        body=_TEXT,
        priority=_TEXT,
        created_at=_REQUIRED_MOMENT,
        first_response_at=_MOMENT,
        resolved_at=_MOMENT,
        satisfaction_score=RawColumn("number", minimum=1, maximum=5),
    ),
    _entity(
        "surveys",
        "survey_id",
        "response_date",
        survey_id=_ID,
        customer_id=_ID,
        response_date=_REQUIRED_DAY,
        nps_score=RawColumn("integer", minimum=0, maximum=10),
        comments=_TEXT,
    ),
    _entity(
        "interventions",
        "intervention_id",
        "assigned_at",
        intervention_id=_ID,
        customer_id=_ID,
        strategy=_ID,
        arm=RawColumn(required=True, allowed=("treatment", "control")),
        assignment=RawColumn(required=True, allowed=("random", "targeted")),
        assigned_at=_REQUIRED_DAY,
        cost=_MONEY,
        outcome_retained=_FLAG,
        outcome_at=_DAY,
        propensity=RawColumn("number", minimum=0, maximum=1),
    ),
)

ENTITIES: dict[str, Entity] = {entity.name: entity for entity in _ALL}
ENTITY_ALIASES: dict[str, str] = {"demographics": "customers", "engagement": "engagement_events"}


def entity_named(name: str) -> Entity:
    """The entity of this name, or of the everyday word for it.

    Raises:
        UnknownEntityError: Nothing is called that.
    """
    canonical = ENTITY_ALIASES.get(name, name)
    if canonical not in ENTITIES:
        raise UnknownEntityError(name)
    return ENTITIES[canonical]
