"""How often a client is contacted: the last time by a channel, and when it is fine again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from data.gold_interventions import read_touched
from tools.contract import Fact, ToolContext
from tools.draft_log import Channel, Contact
from tools.outreach_client import spoken_date, writing_day
from tools.outreach_words import phrases
from tools.resolve import mendable_errors

__all__ = ["CHANNEL_WORDS", "LastContact", "last_contact", "last_contacts"]

CHANNEL_WORDS: Final[Mapping[Channel, str]] = {
    "email": "an e-mail", "call": "a call", "in_app": "an in-app message",
}  # fmt: skip
_TREATED: Final = "treatment"


@dataclass(frozen=True, slots=True)
class LastContact:
    """A contact within the cap.

    Attributes:
        fine_from: First day on which the next one keeps to the cap.
    """

    on: date
    fine_from: date
    channel: Channel
    cap_days: int

    @property
    def sentence(self) -> str:
        """What must be said of it, without the client's name."""
        return (
            f"They had {CHANNEL_WORDS[self.channel]} on {spoken_date(self.on)}. With "
            f"{self.cap_days} days between two, the next is fine from "
            f"{spoken_date(self.fine_from)}."
        )

    @property
    def facts(self) -> list[Fact]:
        """The two dates."""
        return [
            Fact(name="last_contact", value=self.on, unit="date"),
            Fact(name="fine_from", value=self.fine_from, unit="date"),
        ]


def last_contact(customer_id: str, channel: Channel, context: ToolContext) -> LastContact | None:
    """The last contact of a client by a channel, where it is within the cap."""
    return last_contacts(channel, context, customer_id=customer_id).get(customer_id)


def last_contacts(
    channel: Channel, context: ToolContext, *, customer_id: str | None = None
) -> dict[str, LastContact]:
    """The last contacts within the cap by client, of one client or of all in scope.

    A draft that was used or sent counts for its channel; an action that was logged here or came
    with the data counts for the channel by which it reaches a client.
    """
    drafts = context.drafts
    if drafts is None or drafts.cap_days == 0:
        return {}
    by_channel = phrases().contacts
    latest: dict[str, date] = {}
    for contact in [*drafts.contacts(customer_id=customer_id), *_recorded(context)]:
        reached_by = contact.channel or by_channel.get(contact.what)
        if reached_by == channel and contact.on <= drafts.today:
            before = latest.get(contact.customer_id, contact.on)
            latest[contact.customer_id] = max(before, contact.on)
    span = timedelta(days=drafts.cap_days)
    return {
        key: LastContact(on, on + span, channel, drafts.cap_days)
        for key, on in latest.items()
        if on + span > writing_day(context)
    }


def _recorded(context: ToolContext) -> list[Contact]:
    """What the data say was done for clients lately."""
    days = context.drafts.cap_days if context.drafts else 0
    with mendable_errors():
        touched = read_touched(context.gold, context.scope, within_days=days)
    return [
        Contact(key, on, strategy, None)
        for key, done in touched.items()
        for strategy, arm, on, _ in done
        if arm == _TREATED
    ]
