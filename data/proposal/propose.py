"""Proposes a mapping for files that nobody has mapped yet."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb

from data.proposal.choice import Choice, choose_entities
from data.proposal.column_rules import rule_of
from data.proposal.completion import (
    amount_of_lines,
    counted_dates,
    currency_default,
    first_counted_day,
    line_items,
    looked_up_customer,
    repeated_clients,
    row_key,
)
from data.proposal.draft import FieldDraft, FileDraft, Proposal, Question
from data.proposal.keys import Source
from data.proposal.lookups import customer_dates
from data.proposal.match import EntityMatch, match_entity
from data.proposal.names import vocabulary
from data.proposal.values import Known
from data.raw import ENTITIES

_NAMED = 0.85
_INACTIVITY_DAYS = 90


def propose(
    name: str,
    sources: Sequence[Source],
    known_ids: str | None,
    connection: duckdb.DuckDBPyConnection,
    today: date,
) -> Proposal:
    """Match every file to an entity and every column to a field.

    Args:
        name: Name of the source to be.
        sources: The files of one export.
        known_ids: SELECT of the ids of customers loaded before, in one column `id`.
        connection: To the staged files.
        today: Base of dates that stand as numbers, until the user says otherwise.
    """
    choices, ids = choose_entities(sources, known_ids, connection)
    entries = [_entry(choice, choices, connection, today) for choice in choices if choice.match]
    if ids is None:
        entries += [_customers_from(choice, entries) for choice in _naming_customers(choices)][:1]
    entries = [_with_lookups(entry, choices, connection, ids) for entry in entries]
    only_looked_up = _files_of_dates(entries)
    entries = [entry for entry in entries if entry.file not in only_looked_up]
    used = {entry.file for entry in entries} | only_looked_up
    unused = tuple(
        (choice.source.profile.table or choice.source.profile.file, "no entity fits its columns")
        for choice in choices
        if choice.source.profile.file not in used
    )
    counted = next((one for one in entries if _counts_from_snapshot(one)), None)
    churned, question = _churn(entries)
    return Proposal(
        name=re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "source",
        files=tuple(entries),
        snapshot_date=today if counted else None,
        churned=churned,
        questions=(question,) if question else (),
        unused=unused,
    )


def _entry(
    choice: Choice,
    choices: Sequence[Choice],
    connection: duckdb.DuckDBPyConnection,
    today: date,
) -> FileDraft:
    match = choice.match
    assert match is not None  # noqa: S101 - the caller chose files with a match
    profile, entity = choice.source.profile, ENTITIES[match.entity]
    fields = {
        one.field: rule_of(one, profile.column(one.column), match.entity) for one in match.matches
    }
    extra: list[FieldDraft | None] = [
        amount_of_lines(profile, match),
        currency_default(match),
        looked_up_customer(choice, choices, connection),
        *counted_dates(profile, match, today, first_counted_day(choices, today)),
    ]
    fields |= {one.field: one for one in extra if one is not None}
    key = row_key(choice, list(fields.values()), connection)
    if key is not None:
        fields[entity.key] = key
    options: dict[str, Any] = dict(choice.source.rule_options)
    asked = (choice.question, repeated_clients(choice, connection))
    questions = [question for question in asked if question is not None]
    lines = line_items(choice, list(fields.values()))
    if lines is not None:
        options["one_row_per_key"] = True
        fields = {one.field: _combined(one, lines) for one in fields.values()}
    taken = {column for one in fields.values() for column in one.columns}
    options |= _left_alone(choice, entity.name, set(fields), taken)
    order = list(entity.columns)
    return FileDraft(
        file=profile.file,
        entity=entity.name,
        confidence=_sureness(choice, match),
        reason=_why(match, profile.file),
        fields=tuple(sorted(fields.values(), key=lambda one: order.index(one.field))),
        options=options,
        questions=tuple(questions),
        left_out=_missing(entity.name, set(fields)),
    )


def _combined(one: FieldDraft, question: Question) -> FieldDraft:
    how = {"amount": "sum", "transaction_date": "first"}.get(one.field)
    if how is None:
        return one
    rule = {"from": one.rule} if isinstance(one.rule, str) else one.rule
    asked = question if one.field == "amount" else one.question
    return replace(one, rule={**rule, "combine": how}, question=asked)


def _left_alone(choice: Choice, entity: str, fields: set[str], taken: set[str]) -> dict[str, Any]:
    """Columns with a field's name whose values are something else: kept, under another name."""
    others = set(ENTITIES[entity].columns) - fields
    misleading = [name for name in choice.source.staged.columns if name in others - taken]
    return {"ignore": misleading, "keep": misleading} if misleading else {}


def _missing(entity: str, fields: set[str]) -> str:
    lacking = [
        name
        for name, column in ENTITIES[entity].columns.items()
        if column.required and name not in fields
    ]
    return f"no column for {', '.join(lacking)}, which {entity} need" if lacking else ""


def _sureness(choice: Choice, match: EntityMatch) -> float:
    if not match.matches:
        return 0.0
    mean = sum(one.confidence for one in match.matches) / len(match.matches)
    return round(mean * (0.6 if choice.question else 0.95), 2)


def _why(match: EntityMatch, file: str) -> str:
    named = vocabulary().entity_named_by(file)[match.entity] > 0
    count = len(match.matches)
    told = "1 column fits" if count == 1 else f"{count} columns fit"
    return f"the file's name says so; {told}" if named else told


def _naming_customers(choices: Sequence[Choice]) -> Iterator[Choice]:
    for choice in choices:
        if choice.match and choice.match.column_of("customer_id"):
            yield choice


def _customers_from(choice: Choice, entries: Sequence[FileDraft]) -> FileDraft:
    """A list of clients from the rows of something else: one row an id."""
    profile = choice.source.profile
    own = next(one for one in entries if one.file == profile.file)
    customer, dated = own.field_of("customer_id"), own.field_of(ENTITIES[own.entity].dated_by)
    assert customer is not None  # noqa: S101 - the caller chose files that name customers
    taken = frozenset(column for one in own.fields for column in one.columns)
    found = match_entity(profile, "customers", Known({}), without=taken)
    fields = [replace(customer, reason="every client that the rows name")]
    if dated is not None:
        rule = {"from": dated.rule} if isinstance(dated.rule, str) else dated.rule
        told = "the first time that a client appears"
        fields.append(FieldDraft("account_creation_date", {**rule, "combine": "min"}, 0.7, told))
    certain = [
        one
        for one in found.matches
        if one.confidence >= _NAMED and one.field not in {"customer_id", "account_creation_date"}
    ]
    fields += [rule_of(one, profile.column(one.column), "customers") for one in certain]
    return FileDraft(
        file=profile.file,
        entity="customers",
        confidence=0.8,
        reason="no file lists the clients: they are taken from these rows",
        fields=tuple(fields),
        options={
            **choice.source.rule_options,
            "where": dict.fromkeys(customer.columns, "*"),
            "one_row_per_key": True,
            "ignore": "*",
        },
    )


def _with_lookups(
    entry: FileDraft,
    choices: Sequence[Choice],
    connection: duckdb.DuckDBPyConnection,
    ids: str | None,
) -> FileDraft:
    """Dates of clients that stand in a file of their own, such as a list of cancellations."""
    if entry.entity != "customers" or ids is None:
        return entry
    return replace(entry, fields=(*entry.fields, *customer_dates(entry, choices, connection)))


def _files_of_dates(entries: Sequence[FileDraft]) -> set[str]:
    """Files that only tell a date of a client: they are looked up, not loaded."""
    rules = [one.rule for entry in entries if entry.entity == "customers" for one in entry.fields]
    return {
        str(rule["lookup"]["file"]) for rule in rules if isinstance(rule, dict) and "lookup" in rule
    }


def _counts_from_snapshot(entry: FileDraft) -> bool:
    return any(
        isinstance(one.rule, dict) and one.rule.get("before") == "snapshot_date"
        for one in entry.fields
    )


def _churn(entries: Sequence[FileDraft]) -> tuple[dict[str, Any], Question | None]:
    present = {entry.entity for entry in entries if not entry.left_out}
    fields = {one.field for entry in entries if entry.entity == "customers" for one in entry.fields}
    if fields & {"status", "churned_at"} or "subscriptions" in present:
        return {}, None
    if "transactions" not in present:
        return {}, None
    text = "nothing says who is gone. After how many days without a payment does a client count so?"
    rule = {"by": "inactivity", "inactivity_days": _INACTIVITY_DAYS}
    return rule, Question("churned", text, f"{_INACTIVITY_DAYS} days")
