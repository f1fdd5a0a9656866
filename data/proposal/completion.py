"""Fields that no single column holds: reckoned, counted from a date, joined or looked up."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb

from data.proposal.choice import Choice
from data.proposal.column_rules import currency_of
from data.proposal.draft import FieldDraft, Question
from data.proposal.keys import ids_in, looks_like_id, share_of_ids, unique_together
from data.proposal.match import EntityMatch
from data.proposal.names import vocabulary
from data.quality.profile import ColumnProfile, FileProfile
from data.raw import ENTITIES

_NAMED = 0.8
_TIED = 0.9
_LINES = 0.9
_FEW_CLASHES = 0.01
_MOST_DAYS = 36_500
_COUNTED_UNITS = ("days", "months", "weeks", "years")


def amount_of_lines(profile: FileProfile, match: EntityMatch) -> FieldDraft | None:
    """Quantity times price, where a file of payments has no amount."""
    if match.entity != "transactions" or match.column_of("amount"):
        return None
    numbers = [one for one in profile.columns if one.reading.kind in {"integer", "number"}]
    quantity = _best(numbers, "line_quantity")
    price = _best([one for one in numbers if one is not quantity], "line_price")
    if quantity is None or price is None:
        return None
    rule: dict[str, Any] = {"from": [quantity.name, price.name], "calculate": "multiply"}
    return FieldDraft("amount", rule, 0.85, "no column holds an amount: quantity times price")


def currency_default(match: EntityMatch) -> FieldDraft | None:
    """The currency that the amount's column names."""
    columns = ENTITIES[match.entity].columns
    if "currency" not in columns or match.column_of("currency"):
        return None
    money = [match.column_of(name) for name, spec in columns.items() if spec.money]
    found = next((code for one in money if one and (code := currency_of(one))), None)
    if found is None:
        return None
    return FieldDraft("currency", {"default": found}, 0.9, "the amount's name states it")


def first_counted_day(choices: Sequence[Choice], today: date) -> date:
    """The day that counted dates start from, if the last one of all files is today."""
    highest = [
        float(column.maximum or 0)
        for choice in choices
        if choice.match
        for _, column in _counted_columns(choice.source.profile, choice.match)
    ]
    return today - timedelta(days=int(min(max(highest, default=0.0), _MOST_DAYS)))


def counted_dates(
    profile: FileProfile, match: EntityMatch, today: date, first_day: date
) -> Iterator[FieldDraft]:
    """Dates that stand in the file as a number of days or months.

    Args:
        profile: The file.
        match: The entity with its columns.
        today: Day of the export, until the user says otherwise.
        first_day: Day from which numbers of days are counted, likewise.
    """
    tenure = _tenure_column(profile, match)
    if tenure is not None:
        yield _tenure(tenure, today)
    for field, column in _counted_columns(profile, match):
        yield _days(match.entity, field, column, first_day)


def _tenure_column(profile: FileProfile, match: EntityMatch) -> ColumnProfile | None:
    if match.entity != "customers" or match.column_of("account_creation_date"):
        return None
    wholes = [one for one in profile.columns if one.reading.kind == "integer" and not one.negative]
    return _best(wholes, "tenure")


def _counted_columns(
    profile: FileProfile, match: EntityMatch
) -> Iterator[tuple[str, ColumnProfile]]:
    taken = match.taken
    for field, spec in ENTITIES[match.entity].columns.items():
        if spec.type not in {"date", "timestamp"} or match.column_of(field):
            continue
        named = [
            (vocabulary().likeness(one.name, match.entity, field), one)
            for one in profile.columns
            if one.reading.kind == "integer" and one.name not in taken
        ]
        likeness, column = max(named, key=lambda pair: pair[0], default=(0.0, None))
        if column is not None and likeness >= _NAMED and column.maximum is not None:
            taken.add(column.name)
            yield field, column


def _tenure(column: ColumnProfile, today: date) -> FieldDraft:
    unit = next(
        (one for one in _COUNTED_UNITS if one[:-1] in vocabulary().tokens(column.name)), None
    )
    rule = {"from": column.name, "unit": unit or "months", "before": "snapshot_date"}
    highest = float(column.maximum or 0)
    text = (
        f"on which day was this export taken, and does {column.name!r} (0 to {highest:,.0f}) "
        f"count {unit or 'months'}? Sign-up dates are counted back from that day."
    )
    question = Question("customers.account_creation_date", text, f"{today}, {unit or 'months'}")
    return FieldDraft(
        "account_creation_date", rule, 0.7, "how long they have been clients", question
    )


def _days(entity: str, field: str, column: ColumnProfile, first_day: date) -> FieldDraft:
    low, high = float(column.minimum or 0), float(column.maximum or 0)
    text = (
        f"{column.name!r} holds whole numbers ({low:,.0f} to {high:,.0f}), not dates. If they "
        "count days, from which day?"
    )
    question = Question(f"{entity}.{field}", text, f"from {first_day}: the last one is today")
    rule = {"from": column.name, "unit": "days", "after": first_day.isoformat()}
    return FieldDraft(field, rule, 0.5, "named like a date, but holds numbers", question)


def looked_up_customer(
    choice: Choice, choices: Sequence[Choice], connection: duckdb.DuckDBPyConnection
) -> FieldDraft | None:
    """The client's id from another file, where this one names only, say, the subscription."""
    if choice.match is None or choice.match.column_of("customer_id"):
        return None
    for other in choices:
        if other is choice or other.match is None or not _is_csv(other):
            continue
        key = other.match.column_of(ENTITIES[other.match.entity].key)
        customer = other.match.column_of("customer_id")
        if key is None or customer is None or key == customer:
            continue
        for column in choice.source.profile.columns:
            if not looks_like_id(column):
                continue
            share = share_of_ids(column.name, choice.source, ids_in(key, other.source), connection)
            if share >= _TIED:
                lookup = {"file": other.source.profile.file, "key": key, "value": customer}
                told = f"{share:.0%} of its values stand in {other.source.profile.file}"
                rule = {"from": column.name, "lookup": lookup}
                return FieldDraft("customer_id", rule, round(0.6 + 0.35 * share, 2), told)
    return None


def row_key(
    choice: Choice, fields: Sequence[FieldDraft], connection: duckdb.DuckDBPyConnection
) -> FieldDraft | None:
    """An id joined from several columns, where none tells the rows apart."""
    if choice.match is None or choice.match.entity == "customers":
        return None
    profile, entity = choice.source.profile, ENTITIES[choice.match.entity]
    own = choice.match.column_of(entity.key)
    if own is not None:
        column = profile.column(own)
        clashes = column.filled - column.distinct - profile.duplicate_rows
        if clashes <= 0 or column.distinct_share < _LINES:
            return None
    by_field = {one.field: one.columns for one in fields}
    preferred = [own] if own else []
    for name in ("customer_id", entity.dated_by):
        preferred += by_field.get(name, ())
    found = unique_together(choice.source, [one for one in preferred if one], connection)
    if found and len(found) == 1:
        return FieldDraft(entity.key, found[0], 0.7, "the only column whose values never repeat")
    if found:
        told = "together they tell every row apart"
        if own:
            told = f"{clashes_of(profile, own):,} values of {own!r} stand for two rows; {told}"
        return FieldDraft(entity.key, {"from": list(found)}, 0.75, told)
    if own is not None or not preferred:
        return None
    text = f"which column is the id of one row ({entity.key})? None tells the rows apart."
    question = Question(f"{entity.name}.{entity.key}", text, f"{' and '.join(preferred)} together")
    return FieldDraft(entity.key, {"from": preferred}, 0.3, "a guess", question)


def clashes_of(profile: FileProfile, key: str) -> int:
    """How many records repeat another one's key without being its copy."""
    column = profile.column(key)
    return column.filled - column.distinct - profile.duplicate_rows


def repeated_clients(choice: Choice, connection: duckdb.DuckDBPyConnection) -> Question | None:
    """Whether an id that repeats in a list of clients is the whole id."""
    if choice.match is None or choice.match.entity != "customers":
        return None
    profile, key = choice.source.profile, choice.match.column_of("customer_id")
    if key is None or clashes_of(profile, key) <= _FEW_CLASHES * profile.rows:
        return None
    text = f"{clashes_of(profile, key):,} rows repeat an id of {key!r}. Is one row one client?"
    others = unique_together(choice.source, [key], connection)
    if others and len(others) > 1 and key in others:
        text += f" {', '.join(map(repr, others))} together tell all rows apart."
    return Question("customers.customer_id", text, "no: the last row of a client counts")


def line_items(choice: Choice, fields: Sequence[FieldDraft]) -> Question | None:
    """Whether the rows of a file of payments are lines of invoices, to be added up."""
    if choice.match is None or choice.match.entity != "transactions":
        return None
    key = choice.match.column_of("transaction_id")
    amount = next((one for one in fields if one.field == "amount"), None)
    if key is None or amount is None or choice.source.profile.column(key).distinct_share >= _LINES:
        return None
    column = choice.source.profile.column(key)
    text = (
        f"{column.distinct:,} different values of {key!r} stand in {column.filled:,} rows. "
        "Are the rows lines of one payment, to be added up?"
    )
    return Question("transactions.amount", text, "yes, their amounts are added up")


def _best(columns: Sequence[ColumnProfile], words: str) -> ColumnProfile | None:
    scored = [(vocabulary().likeness_to(one.name, words), one) for one in columns]
    likeness, column = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return column if likeness >= _NAMED else None


def _is_csv(choice: Choice) -> bool:
    return choice.source.staged.path.suffix.lower() in {".csv", ".tsv", ".txt"}
