"""Clients' own words: dated, with their source, without the people in them."""

from collections.abc import Sequence
from dataclasses import replace

from data.gold_feedback import FeedbackQuote
from data.query import Scope
from tools.contract import Column, Fact, Table, ToolContext
from tools.feedback_answers import clipped, spoken_topic
from tools.models.masking import mask_people
from tools.resolve import mendable_errors

__all__ = ["masked", "quote_facts", "quotes_table"]


def masked(quotes: Sequence[FeedbackQuote], context: ToolContext) -> list[FeedbackQuote]:
    """Quotes without the people in them."""
    with mendable_errors():
        managers = context.gold.values("account_manager", Scope())
        contacts = [context.gold.contact(quote.customer_id, context.scope) for quote in quotes]
    names = [*managers, *(str(c["contact_name"]) for c in contacts if c and c["contact_name"])]
    return [replace(quote, text=mask_people(quote.text, names)) for quote in quotes]


def quote_facts(quotes: Sequence[FeedbackQuote]) -> list[Fact]:
    """`quote_1` and so on, each with its date."""
    return [
        Fact(
            name=f"quote_{place}",
            value=f"{quote.day.isoformat()}: {clipped(quote.text)}",
            unit="text",
        )
        for place, quote in enumerate(quotes, start=1)
    ]


def quotes_table(quotes: Sequence[FeedbackQuote]) -> Table:
    """One row a quote."""
    return Table(
        title="Quotes",
        columns=[
            Column(name="date", unit="date", label="Date"),
            Column(name="client", unit="text", label="Client"),
            Column(name="source", unit="text", label="Source"),
            Column(name="topics", unit="text", label="Topics"),
            Column(name="sentiment", unit="score", label="Sentiment"),
            Column(name="quote", unit="text", label="Quote"),
        ],
        rows=[
            [
                quote.day,
                quote.name,
                quote.source,
                ", ".join(spoken_topic(topic) for topic in quote.topics),
                quote.sentiment,
                clipped(quote.text),
            ]
            for quote in quotes
        ],
    )
