"""What to do next for a client, weighed after their page is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.pages.charts import source_words
from data.gold import GoldError
from tools.contract import Column, Scalar, ToolContext
from tools.errors import ToolError
from tools.recommend import RecommendActionArgs, recommend_action
from tools.strategies import spoken
from tools.wording import format_value


@dataclass(frozen=True, slots=True)
class Advice:
    """The recommended action: sentences, then every strategy beside it.

    Attributes:
        head: Names of the columns of `rows`.
    """

    sentences: tuple[str, ...]
    source: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    caveats: tuple[str, ...] = ()


def client_advice(customer_id: str, context: ToolContext) -> Advice | None:
    """Weigh what could be done for a client; None when they are not among those in scope."""
    if context.gold.customer(customer_id, context.scope) is None:
        return None
    try:
        result = recommend_action(RecommendActionArgs(customer=customer_id), context)
    except (GoldError, ToolError) as error:
        return Advice((str(error),))
    currency = context.gold.build.currency
    columns = result.table.columns if result.table else []
    lines = result.table.rows if result.table else []
    return Advice(
        sentences=_sentences(result.summary),
        source=source_words(result.provenance),
        head=tuple(column.label for column in columns),
        rows=tuple(_words(line, columns, currency) for line in lines),
        caveats=tuple(result.caveats),
    )


def _words(
    line: Sequence[Scalar | None], columns: Sequence[Column], currency: str
) -> tuple[str, ...]:
    return tuple(
        _word(value, column, currency) for value, column in zip(line, columns, strict=True)
    )


def _word(value: Scalar | None, column: Column, currency: str) -> str:
    if column.name == "strategy":
        return spoken(str(value)).capitalize()
    if column.unit == "usd" and isinstance(value, float):
        value = round(value)
    return format_value(value, column.unit, currency=currency)


def _sentences(text: str) -> tuple[str, ...]:
    """One a line: what, what it is worth, on which evidence, and the play."""
    return tuple(line for line in text.replace(". ", ".\n").split("\n") if line)
