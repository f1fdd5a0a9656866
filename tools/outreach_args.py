"""The arguments of `draft_outreach`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from tools.contract import Filter, ToolArgs
from tools.draft_log import Channel, Variant
from tools.outreach_words import Tone

__all__ = ["DraftOutreachArgs", "ResultsBy"]

ResultsBy = Literal["angle", "topic", "channel", "tone"]


class DraftOutreachArgs(ToolArgs):
    """To whom, how, and about what; or what to do with a draft that was shown."""

    customer: str | None = Field(
        default=None, min_length=1, max_length=200, description="Client id or name."
    )
    channel: Channel = Field(default="email", description="How it will go out.")
    tone: Tone = "warm"
    topic: str | None = Field(
        default=None,
        max_length=200,
        description="What it is about in the person's words, e.g. low usage, the renewal; without "
        "it the strongest reason of the churn model is taken.",
    )
    variants: int = Field(default=1, ge=1, le=3, description="Versions to choose from or to test.")
    filters: list[Filter] = Field(
        default_factory=list[Filter],
        description="Instead of a customer: a group whose clients get one of the variants each, "
        "drawn at random in equal shares.",
    )
    playbook: str | None = Field(
        default=None,
        max_length=100,
        description="Fill this playbook's own message template instead; only when asked for.",
    )
    fill: dict[str, str] = Field(
        default_factory=dict[str, str],
        max_length=30,
        description="The person's own words for fields of that template, by field name.",
    )
    action: Literal["draft", "send", "used", "edited", "rejected", "results"] = Field(
        default="draft",
        description="draft: write. used, edited, rejected: record what the person says became of "
        "the draft shown before. send: send that draft, after a yes. results: how drafts fared.",
    )
    variant: Variant | None = Field(default=None, description="Which version is meant.")
    draft: str | None = Field(default=None, max_length=64, description="Id of a draft; its last.")
    override_cap: bool = Field(
        default=False, description="Send although the client was contacted lately; only if asked."
    )
    by: ResultsBy = Field(default="angle", description="How results are split.")

    @model_validator(mode="after")
    def _has_an_addressee(self) -> Self:
        if self.action == "draft" and not self.customer and not self.filters:
            raise ValueError("customer or filters: say whom the draft is for")
        return self
