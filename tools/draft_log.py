"""What was drafted for clients, and what became of it: the store as the tools see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

__all__ = [
    "Channel",
    "Contact",
    "Delivery",
    "DraftTally",
    "DraftsPort",
    "Feedback",
    "Letter",
    "MailerPort",
    "NewDraft",
    "SavedDraft",
    "Variant",
]

Channel = Literal["email", "call", "in_app"]
Feedback = Literal["used", "edited", "rejected"]
Variant = Literal["A", "B", "C"]
Delivery = Literal["sent", "refused", "unknown"]
"""`refused`: certainly not delivered, so it may be tried again; `unknown`: it may have arrived."""


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A draft to keep.

    Attributes:
        topic: A topic of `outreach.yml`.
        variant: Its letter among those shown together.
        angle: How it approaches the client.
        propensity: Probability of this variant in a random split; None where a person chooses.
    """

    customer_id: str
    channel: Channel
    tone: str
    topic: str
    variant: Variant
    angle: str
    subject: str
    message: str
    propensity: float | None = None


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A draft as it is kept; `feedback` is the last word on it."""

    id: str
    batch: str
    user_id: str
    at: datetime
    draft: NewDraft
    feedback: Feedback | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """The last time a client was reached.

    Attributes:
        what: "draft", or the strategy of a logged action.
        channel: Of a draft; None for an action, whose strategy says it.
    """

    customer_id: str
    on: date
    what: str
    channel: Channel | None


@dataclass(frozen=True, slots=True)
class DraftTally:
    """How drafts of one kind fared.

    Attributes:
        decided: Drafts of which, or of a variant shown beside which, it is known what was done.
    """

    group: str
    drafted: int
    decided: int
    used: int
    edited: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed to the mail server or the webhook; the address comes from gold alone."""

    draft_id: str
    channel: Channel
    customer_id: str
    address: str
    sender_name: str
    subject: str
    body: str


class DraftsPort(Protocol):
    """The drafts of this installation."""

    @property
    def cap_days(self) -> int:
        """Days between two contacts of a client by one channel; 0 for no cap."""
        ...

    @property
    def today(self) -> date:
        """The day an entry made now would carry."""
        ...

    def save(self, drafts: Sequence[NewDraft], *, user_id: str) -> list[SavedDraft]:
        """Keep drafts that were shown together; the same ones shown again are not kept twice."""
        ...

    def find(self, draft_id: str) -> SavedDraft | None:
        """One draft by its id."""
        ...

    def latest(self, *, user_id: str, customer_id: str | None) -> list[SavedDraft]:
        """What was shown to a person last, for one client where it is named."""
        ...

    def judge(self, draft_id: str, feedback: Feedback, *, user_id: str) -> SavedDraft | None:
        """Record what became of a draft; a later word replaces an earlier one."""
        ...

    def contacts(self, *, customer_id: str | None = None) -> Sequence[Contact]:
        """Contacts within the cap, the oldest first, of one client or of all."""
        ...

    def tally(self, by: str, customer_ids: Mapping[str, str]) -> list[DraftTally]:
        """Count drafts for these clients by variant, angle, topic or channel, most drafted first."""
        ...


class MailerPort(Protocol):
    """Where a letter can be sent from."""

    def takes(self, channel: Channel) -> bool:
        """Whether letters of a channel can be sent."""
        ...

    def send(self, letter: Letter, *, user_id: str, role: str) -> tuple[Delivery, str]:
        """Send a letter once; says how it went and, in a word, why.

        Raises:
            FinalToolError: This draft has been sent, or may have been.
        """
        ...
