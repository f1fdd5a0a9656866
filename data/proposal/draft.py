"""A proposed mapping: rules with their reasons, the questions left open, and the YAML of both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import yaml

from data.mapping import Mapping

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the file does not tell.

    Attributes:
        about: Entity and field, or the file.
        text: The question.
        assumed: What the proposal says until it is answered.
    """

    about: str
    text: str
    assumed: str


@dataclass(frozen=True, slots=True)
class FieldDraft:
    """Where one field comes from.

    Attributes:
        field: Field of the entity.
        rule: Value of the field in the mapping: a column's name, or a rule.
        confidence: 0-1.
        reason: Why, in words.
        question: What must be answered first.
    """

    field: str
    rule: str | dict[str, Any]
    confidence: float
    reason: str
    question: Question | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the file that it reads."""
        if isinstance(self.rule, str):
            return (self.rule,)
        taken = self.rule.get("from", [])
        return (taken,) if isinstance(taken, str) else tuple(taken)


@dataclass(frozen=True, slots=True)
class FileDraft:
    """One entry of `files`.

    Attributes:
        file: File name.
        entity: What its rows are.
        confidence: 0-1.
        reason: Why, in words.
        fields: One a field of the entity.
        options: Other keys of the entry.
        questions: About the file as a whole.
        left_out: Why the entry is shown as a comment; empty when it is in force.
    """

    file: str
    entity: str
    confidence: float
    reason: str
    fields: tuple[FieldDraft, ...]
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    questions: tuple[Question, ...] = ()
    left_out: str = ""

    @property
    def table(self) -> str | None:
        """Table of a database."""
        return self.options.get("table")

    @property
    def all_questions(self) -> Iterator[Question]:
        """About the file, then about its fields."""
        yield from self.questions
        yield from (one.question for one in self.fields if one.question)

    def field_of(self, name: str) -> FieldDraft | None:
        """The draft of one field."""
        return next((one for one in self.fields if one.field == name), None)

    def content(self) -> dict[str, Any]:
        """The entry as YAML would read it."""
        columns = {one.field: one.rule for one in self.fields}
        return {"file": self.file, "entity": self.entity, **self.options, "columns": columns}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping ready to be looked at, edited and used.

    Attributes:
        name: Name of the source.
        files: Entries.
        snapshot_date: Day of an export without dates.
        churned: Who counts as gone, where the proposal says it.
        questions: About the source as a whole.
        unused: Files that no entity fits, with the reason.
    """

    name: str
    files: tuple[FileDraft, ...]
    snapshot_date: date | None = None
    churned: dict[str, Any] = field(default_factory=dict[str, Any])
    questions: tuple[Question, ...] = ()
    unused: tuple[tuple[str, str], ...] = ()

    @property
    def in_force(self) -> tuple[FileDraft, ...]:
        """Entries that are not left out."""
        return tuple(one for one in self.files if not one.left_out)

    @property
    def all_questions(self) -> tuple[Question, ...]:
        """Every question, each once."""
        found = [*self.questions, *(q for one in self.in_force for q in one.all_questions)]
        return tuple(dict.fromkeys(found))

    def without(self, entry: FileDraft, why: str) -> "Proposal":
        """The same with one entry shown as a comment only."""
        changed = [replace(one, left_out=why) if one is entry else one for one in self.files]
        return replace(self, files=tuple(changed))

    def content(self) -> dict[str, Any]:
        """The mapping as YAML would read it."""
        content: dict[str, Any] = {"name": self.name}
        if self.snapshot_date:
            content["snapshot_date"] = self.snapshot_date
        if self.churned:
            content["churned"] = self.churned
        return {**content, "files": [one.content() for one in self.in_force]}

    def mapping(self) -> Mapping:
        """The mapping, checked."""
        return Mapping.model_validate(self.content())

    def to_yaml(self) -> str:
        """A mapping file with a reason behind every line."""
        return "\n".join(_lines(self)) + "\n"


def _lines(proposal: Proposal) -> Iterator[str]:
    questions = proposal.all_questions
    yield "# Proposed by `aura ingest --check`: look at every line, then `aura prepare --source` it."
    for place, question in enumerate(questions, start=1):
        yield f"# Question {place} ({question.about}): {question.text}"
        yield f"#   Assumed until you say otherwise: {question.assumed}"
    for file, why in proposal.unused:
        yield f"# Not used: {file}: {why}"
    yield f"name: {_inline(proposal.name)}"
    if proposal.snapshot_date:
        yield f"snapshot_date: {proposal.snapshot_date}{_asked(proposal.questions, questions)}"
    if proposal.churned:
        yield f"churned: {_inline(proposal.churned)}"
    yield "files:" if proposal.in_force else "files: []"
    for entry in proposal.files:
        lines = _entry(entry, questions)
        if entry.left_out:
            yield f"  # Left out: {entry.left_out}"
            yield from (f"  # {line[2:]}" for line in lines)
        else:
            yield from lines


def _entry(entry: FileDraft, questions: Sequence[Question]) -> Iterator[str]:
    why = f"  # {entry.confidence:.0%} sure: {entry.reason}" if entry.reason else ""
    yield f"  - file: {_inline(entry.file)}"
    yield f"    entity: {entry.entity}{why}{_asked(entry.questions, questions)}"
    for key, value in entry.options.items():
        yield f"    {key}: {_inline(value)}"
    yield "    columns:" if entry.fields else "    columns: {}"
    for one in entry.fields:
        asked = _asked((one.question,) if one.question else (), questions)
        yield f"      {one.field}: {_inline(one.rule)}  # {one.confidence:.0%}: {one.reason}{asked}"


def _asked(own: Sequence[Question], questions: Sequence[Question]) -> str:
    places = [str(questions.index(question) + 1) for question in own if question in questions]
    return f"  # see question {', '.join(places)}" if places else ""


def _inline(value: Any) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...").strip()
