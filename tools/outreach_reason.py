"""What a message to a client is about, why, and which play fits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tools.contract import Citation, Evidence, Playbook, Provenance, ToolContext
from tools.outreach_template import TALK_TRACK
from tools.outreach_words import (
    CHECK_IN,
    FAREWELL,
    OWN,
    phrases,
    said_of,
    topic_named,
    topic_of,
)
from tools.playbook_answers import cite

__all__ = ["Reason", "fits", "play_citations", "play_for", "reason_for", "reason_provenance"]

RENEWAL_SOON_DAYS: Final = 90
_CITED: Final = ("Offer limits", "When not to")
"""What a writer must not promise, and when the play does not fit."""
_DEFINITION: Final = (
    "A draft made of fixed sentences and the client's own figures; only what is known is said, "
    "nothing is offered and nothing is sent."
)


@dataclass(frozen=True, slots=True)
class Reason:
    """What a message is about, and why.

    Attributes:
        label: The topic as it is said.
        own_words: The person's topic, where none of ours fits it.
        evidence: How the topic was chosen: a model named it, or the data and the person did.
    """

    topic: str
    why: str
    own_words: str = ""
    driver: str | None = None
    evidence: Evidence = "recorded"

    @property
    def label(self) -> str:
        """The topic as it is said."""
        return self.own_words or phrases().topics[self.topic].label


def reason_for(asked: str | None, client: Mapping[str, Any], context: ToolContext) -> Reason:
    """The person's topic, else the strongest reason of the churn model that can be put to them."""
    if asked and asked.strip():
        topic = topic_named(asked)
        if topic is None:
            return Reason(OWN, "you asked for it", own_words=_plain(asked))
        return Reason(topic, "you asked for it", driver=_lead(topic))
    if client["status"] != "active":
        return Reason(FAREWELL, "they have left", driver=_lead(FAREWELL))
    features = context.gold.features(context.scope, customer_ids=[client["customer_id"]])
    explained = context.churn.explain(features) if len(features) else []
    raising = [d.feature for e in explained for d in e.drivers if d.contribution > 0]
    topic = topic_of(raising, client)
    if topic is not None:
        driver = next(d for d in raising if d in phrases().topics[topic].drivers)
        why = "nothing that can be put to them weighs more in their predicted churn risk"
        return Reason(topic, why, driver=driver, evidence="predicted")
    days = client.get("days_to_renewal")
    if days is not None and 0 <= days <= RENEWAL_SOON_DAYS:
        return Reason("contract", "their contract ends soon", driver="days_to_renewal")
    return Reason(CHECK_IN, "no single reason stands out")


def play_for(
    asked: str | None, reason: Reason, client: Mapping[str, Any], context: ToolContext
) -> Playbook | None:
    """The play that fits.

    By the first sentence that is said, else by the person's words, else by the driver that a play
    names earliest, the one of the recommended action first.
    """
    library = context.playbooks
    for saying in said_of(reason.topic, client):
        book = library.get(saying.play) if saying.play else None
        if book is not None and fits(book, client):
            return book
    if asked and asked.strip():
        found = library.search(asked, segment=None, driver=None, limit=1)
        return library.get(found[0].playbook_id) if found else None
    advised = client.get("next_best_action")
    ranked = [
        (drivers.index(reason.driver), book.front_matter.get("strategy") != advised, key)
        for key in library.ids()
        if (book := library.get(key)) is not None
        and fits(book, client)
        and reason.driver in (drivers := [*book.front_matter.get("drivers", ())])
    ]
    return library.get(min(ranked)[2]) if ranked else None


def fits(play: Playbook, client: Mapping[str, Any]) -> bool:
    """Whether a play is written for the client's segment; one that names none is for all."""
    segment, segments = client.get("segment"), play.front_matter.get("segments")
    return not segment or not segments or segment in segments


def play_citations(play: Playbook | None, *, spoken: bool) -> list[Citation]:
    """The play's limits, and for a call what it would say."""
    if play is None:
        return []
    sections = dict(play.sections)
    wanted = (TALK_TRACK, *_CITED) if spoken else _CITED
    chosen = [heading for heading in wanted if heading in sections] or [*sections][:1]
    return [
        cite(play.playbook_id, play.title, heading, sections[heading], play.reviewed)
        for heading in chosen
    ]


def reason_provenance(
    reason: Reason, play: Playbook | None, context: ToolContext, *, rows: int = 1
) -> list[Provenance]:
    """Where the topic and the play come from."""
    predicted = reason.evidence == "predicted"
    made = Provenance(
        tool="draft_outreach",
        table="gold.customer_metrics",
        as_of=context.gold.as_of,
        rows=rows,
        definition=_DEFINITION,
        evidence=reason.evidence,
        model_version=context.churn.version if predicted else None,
    )
    cited = Provenance(
        tool="draft_outreach",
        table="playbooks",
        as_of=None,
        rows=1,
        definition="The play's own limits; its effect is the library's estimate.",
        evidence="assumed",
    )
    return [made, cited] if play is not None else [made]


def _plain(asked: str) -> str:
    """The person's words as a message may carry them: one line, no merge fields."""
    return " ".join(asked.translate({ord(char): None for char in "{}"}).split())


def _lead(topic: str) -> str | None:
    drivers = phrases().topics[topic].drivers
    return drivers[0] if drivers else None
