"""Says figures in sentences: what a language model reads and a person may be shown."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from data.gold import QueryAnswer
from data.periods import bucket_key, describe, month_end
from data.query import Filter, Grain, Period
from data.semantic_model import Metric, SemanticModel
from tools.metric_answers import Cell, shares_pct
from tools.wording import format_value, join_words

__all__ = ["filter_words", "sentences_of", "title_of"]

_MOST_GROUPS: Final = 12
_OP_WORDS: Final = {
    "=": "",
    "!=": "not ",
    ">": "more than ",
    ">=": "at least ",
    "<": "less than ",
    "<=": "at most ",
    "in": "",
    "not_in": "not ",
    "between": "between ",
}


def filter_words(filters: Sequence[Filter], model: SemanticModel, currency: str) -> str:
    """The filters as a phrase: "segment Enterprise, open tickets more than 3"."""
    return ", ".join(_filter(asked, model, currency) for asked in filters)


def title_of(answer: QueryAnswer, metrics: Sequence[Metric]) -> str:
    """Heading of the table: "ARR by segment"."""
    split = [name.replace("_", " ") for name in answer.query.dimensions]
    if answer.query.grain and answer.query.grain not in answer.query.dimensions:
        split.append(answer.query.grain)
    by = f" by {join_words(split)}" if split else ""
    return f"{join_words([metric.label for metric in metrics])}{by}"


def sentences_of(
    cells: Sequence[Cell], answer: QueryAnswer, where: str, currency: str
) -> list[str]:
    """The figures in words, headline first.

    Args:
        cells: The figures, row by row.
        answer: The rows they come from.
        where: The filters as a phrase, "" without any.
        currency: ISO code of the base currency.
    """
    if not answer.rows:
        return [f"{title_of(answer, answer.metrics)}: there is nothing in any group."]
    writer = _Writer(answer, f" ({where})" if where else "", currency)
    by_metric = [[c for c in cells if c.metric.name == m.name] for m in answer.metrics]
    if answer.query.grain:
        return [writer.trend(line) for line in by_metric if line]
    if answer.query.dimensions:
        return [writer.groups(line) for line in by_metric if line]
    return writer.singles([line[0] for line in by_metric if line])


class _Writer:
    def __init__(self, answer: QueryAnswer, where: str, currency: str) -> None:
        self.answer, self.where, self.currency = answer, where, currency

    def singles(self, cells: Sequence[Cell]) -> list[str]:
        """One figure each: "MRR is $1.2M as of 20 October 2026, up $40,000 (3.4 %) from …".

        What is the same as in the sentence before, filters and date, is not repeated.
        """
        sentences: list[str] = []
        said = ""
        for cell in cells:
            when = self._when(cell.metric)
            head = cell.metric.label if sentences else f"{cell.metric.label}{self.where}"
            value = self._value(cell.value, cell.metric.unit)
            text = f"{head}{self._verb(cell.metric)} {value}"
            text += f" {when}" if when != said else ""
            if self.answer.query.compare_to is not None:
                text += self._comparison(cell)
            sentences.append(f"{text}.")
            said = when
        return sentences

    def groups(self, cells: Sequence[Cell]) -> str:
        """A breakdown: "ARR by segment as of …: Enterprise $5M, SMB $1M. All together: $6M."."""
        metric = cells[0].metric
        split = join_words([name.replace("_", " ") for name in self.answer.query.dimensions])
        parts = list(zip(cells, shares_pct(cells, self.answer), strict=True))
        said = [self._group(cell, share) for cell, share in parts[:_MOST_GROUPS]]
        rest = "; the table has the others" if len(cells) > len(said) else ""
        text = (
            f"{metric.label} by {split}{self.where} {self._when(metric)}: {'; '.join(said)}{rest}."
        )
        total = self.answer.totals.get(metric.name)
        if total is not None and len(cells) > 1:
            text += f" All together: {self._value(total, metric.unit)}."
        return text

    def trend(self, cells: Sequence[Cell]) -> str:
        """A series: where it began, where it ended, and its extremes."""
        if any(cell.group for cell in cells):
            return self._trends(cells)
        metric, grain = cells[0].metric, self.answer.query.grain or "month"
        known = [cell for cell in cells if cell.value is not None]
        head = f"{metric.label} by {grain}{self.where}"
        if not known:
            return f"{head}: n/a in every {grain}."
        first, last = known[0], known[-1]
        if len(known) == 1:
            return f"{head}: {self._at(first, grain)}."
        top = max(known, key=lambda cell: cell.value or 0)
        low = min(known, key=lambda cell: cell.value or 0)
        return (
            f"{head}: it went from {self._at(first, grain)} to {self._at(last, grain)}. "
            f"The highest was {self._at(top, grain)}, the lowest {self._at(low, grain)}."
        )

    def _trends(self, cells: Sequence[Cell]) -> str:
        metric, grain = cells[0].metric, self.answer.query.grain or "month"
        last = max(cell.bucket for cell in cells if cell.bucket)
        said = [self._group(cell) for cell in cells if cell.bucket == last][:_MOST_GROUPS]
        return (
            f"{metric.label} by {grain}{self.where}, "
            f"last in {_bucket(last, grain)}: {'; '.join(said)}."
        )

    def _group(self, cell: Cell, share_pct: float | None = None) -> str:
        text = f"{cell.label} {self._value(cell.value, cell.metric.unit)}"
        if self.answer.query.compare_to is not None:
            text += f" (before {self._value(cell.previous, cell.metric.unit)})"
        elif share_pct is not None:
            text += f" ({self._value(share_pct, 'pct')})"
        return text

    def _at(self, cell: Cell, grain: Grain) -> str:
        bucket = cell.bucket or self.answer.as_of
        return f"{self._value(cell.value, cell.metric.unit)} in {_bucket(bucket, grain)}"

    def _comparison(self, cell: Cell) -> str:
        period = self.answer.previous_period
        then = f" {_at_end(period, cell.metric)}" if period else ""
        if cell.previous is None:
            return ", with no earlier figure to compare with"
        before = f"{self._value(cell.previous, cell.metric.unit)}{then}"
        if not cell.change:
            return f", unchanged from {before}"
        way = "up" if cell.change > 0 else "down"
        size = self._value(abs(cell.change), cell.change_unit)
        size += " points" if cell.change_unit == "points" else ""
        share = cell.change_pct
        relative = cell.change_unit != "points" and share is not None
        note = f" ({self._value(abs(share or 0), 'pct')})" if relative else ""
        return f", {way} {size}{note} from {before}"

    def _when(self, metric: Metric) -> str:
        period = self.answer.periods.get(metric.name)
        if period is None:
            return f"as of {_day(self.answer.as_of)}"
        return _at_end(period, metric)

    def _verb(self, metric: Metric) -> str:
        period = self.answer.periods.get(metric.name)
        if metric.unit == "count":
            return ":"
        return " is" if period is None or period.end > self.answer.as_of else " was"

    def _value(self, value: float | None, unit: str) -> str:
        return format_value(value, unit, currency=self.currency)


def _at_end(period: Period, metric: Metric) -> str:
    if metric.kind == "point" and any("closing(" in sql for sql in metric.sources.values()):
        if period.end != month_end(period.end):
            return f"on {_day(period.end)}"
        return f"at the end of {period.end:%B %Y}"
    words = describe(period)
    return f"from {words}" if " to " in words else f"in {words}"


def _bucket(day: date, grain: Grain) -> str:
    if grain == "month":
        return f"{day:%B %Y}"
    if grain == "quarter":
        return bucket_key(day, grain)[5:] + f" {day.year}"
    return str(day.year) if grain == "year" else _day(day)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _filter(asked: Filter, model: SemanticModel, currency: str) -> str:
    attribute = model.attribute(asked.dimension)
    unit = getattr(attribute, "unit", "text")
    values = asked.value if isinstance(asked.value, list) else [asked.value]
    unit = "count" if unit == "days" else unit
    said = [format_value(value, unit, currency=currency) for value in values]
    words = join_words(said, last="and" if asked.op == "between" else "or")
    label = attribute.label if attribute.label.isupper() else _lower_first(attribute.label)
    return f"{label} {_OP_WORDS[asked.op]}{words}"


def _lower_first(label: str) -> str:
    head, _, tail = label.partition(" ")
    return label if head.isupper() else f"{head[0].lower()}{head[1:]}{' ' + tail if tail else ''}"
