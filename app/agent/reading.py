"""What a language model elsewhere may read of a tool's result.

Built from the result's parts and never by cutting names out of prose that tells of a client
without consent: such a client's rows are left out and counted, sentences that name it stay here,
and a result about it alone stays here whole. What the model does not read, the person still does.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from app.agent.sentences import split
from app.agent.small_groups import Members, SmallGroups, dimensions_of
from app.governance.consent import SMALLEST_GROUP, Consent
from app.governance.entities import Mention
from app.governance.identifiers import Register
from app.governance.pseudonyms import Vault
from tools.contract import Filter, Scalar, Table, ToolResult

__all__ = ["Reader", "Reading", "subjects_of"]

SHOWN_DIRECTLY: Final = (
    "The result is shown to the person directly, below your answer. It tells of a client who may "
    "not be described, or of so few clients that it would: say nothing about it."
)
DRAFT_SHOWN: Final = (
    "The message was written and is shown to the person directly, below your answer. Do not write "
    "another one; say in a sentence that it stands below and that nothing was sent."
)
DRAFT_HANDLED: Final = "It is shown to the person directly, below your answer: say so."
PART_SHOWN: Final = "One part of the result is shown to the person directly, below your answer."
_MOST_ROWS: Final = 20
_MARK: Final = "\ue000"
"""Stands for what must not leave while sentences are told apart."""
_DRAFTS: Final = frozenset({"draft_outreach"})
_QUOTES: Final = frozenset({"analyze_feedback"})
_MOST_FACTS: Final = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """What goes out of a result, and what stays.

    Attributes:
        text: For the model, with tokens.
        kept_home: For the person alone, as the tool says it.
        described: Clients with a row or a sentence in `text`.
        left_out: Clients without consent who are in the result.
    """

    text: str
    kept_home: str = ""
    described: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a table that may go out.

    Attributes:
        is_cut: Whether rows of clients who agreed are held back too, to cover for the others.
    """

    rows: list[list[Scalar | None]] = field(default_factory=list[list[Scalar | None]])
    described: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    small_groups: int = 0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes readings with one turn's tokens.

    Attributes:
        members: Who is behind the figures of a result.
    """

    register: Register
    consent: Consent
    vault: Vault
    members: Members

    def read(self, tool: str, result: ToolResult) -> Reading:
        """Build what may go out of a result."""
        subjects = subjects_of(result.args, self.register)
        withheld = self.consent.withheld(subjects)
        group = self._group(result)
        if withheld or (group and self.consent.singles_out(group)):
            left_out = withheld or self.consent.withheld(group or ())
            return Reading(SHOWN_DIRECTLY, result.summary, left_out=left_out)
        if tool in _DRAFTS and result.args.get("action") != "results":
            said = DRAFT_HANDLED if "action" in result.args else DRAFT_SHOWN
            return Reading(said, result.summary, described=frozenset(subjects))
        rows = self._rows(result, group)
        return self._built(tool, result, rows, frozenset(subjects))

    def _built(
        self, tool: str, result: ToolResult, rows: _Rows, subjects: frozenset[str]
    ) -> Reading:
        sure = {*subjects, *rows.described}
        if rows.small_groups:
            said, kept = "", result.summary
        else:
            said, kept = self._sentences(tool, result, sure, only_sure=rows.is_cut)
        parts = [said]
        if kept:
            parts.append(_about_quotes(result) if tool in _QUOTES else "")
            parts.append(self._facts(result, sure) if not rows.small_groups else "")
        quoted = tool in _QUOTES and result.table and result.table.title == "Quotes"
        if result.table and not quoted and (rows.described or rows.small_groups):
            parts.append(self._table(result.table, rows, sure))
        parts += [self._caveat(text, sure) for text in result.caveats]
        if kept:
            parts.append(PART_SHOWN)
        return Reading(
            text="\n".join(part for part in parts if part),
            kept_home=kept,
            described=subjects | rows.described,
            left_out=rows.left_out,
        )

    def _sentences(
        self, tool: str, result: ToolResult, sure: Collection[str], *, only_sure: bool
    ) -> tuple[str, str]:
        """The summary's sentences that may go out, with tokens, and those that may not."""
        text = result.summary
        for name in (reference.name for reference in result.files):
            text = text.replace(name, "the file")
        for quote in _quotes(tool, result):
            text = text.replace(quote, _MARK)
        mentions = self.register.find(text, sure)
        allowed = frozenset(sure) if only_sure else self.consent.given
        if self._may_go(text, mentions, allowed):
            return self.vault.replace(text, mentions), ""
        pieces = _pieces(text, mentions)
        clean = [piece for piece, inside in pieces if self._may_go(piece, inside, allowed)]
        out = self.vault.hide("".join(clean).strip(), sure)
        kept = _kept(result.summary, clean)
        return out, kept

    def _may_go(self, piece: str, inside: Sequence[Mention], allowed: frozenset[str]) -> bool:
        named = frozenset(key for mention in inside for key in mention.entity.clients)
        return _MARK not in piece and named <= allowed and not _words_in(inside)

    def _facts(self, result: ToolResult, sure: Collection[str]) -> str:
        lines: list[str] = []
        for fact in result.facts:
            text = f"{fact.name} = {fact.value} ({fact.unit})"
            mentions = self.register.find(text, sure)
            if fact.value is None or _words_in(mentions) or self.vault.withheld_in(mentions):
                continue
            if fact.name.startswith("quote_"):
                continue
            lines.append(self.vault.replace(text, mentions))
        return "Figures: " + "; ".join(lines[:_MOST_FACTS]) if lines else ""

    def _table(self, table: Table, rows: _Rows, sure: Collection[str]) -> str:
        shown = rows.rows[:_MOST_ROWS]
        head = " | ".join(f"{column.name} ({column.unit})" for column in table.columns)
        lines = [" | ".join(_cell(cell) for cell in row) for row in shown]
        text = "\n".join([f"Table {table.title}:", head, *lines])
        notes: list[str] = []
        if count := len(rows.left_out):
            more = "client is" if count == 1 else "clients are"
            notes.append(
                f"{count} more {more} in the table shown to the person but may not be described "
                "here."
            )
        if rows.small_groups:
            notes.append(
                "Groups of few clients are in the table shown to the person but may not be "
                "described here."
            )
        others = len(rows.rows) - len(shown)
        if others:
            notes.append(f"The table shown to the person goes on for {others} rows.")
        return "\n".join([self.vault.hide(text, sure), *notes])

    def _caveat(self, text: str, sure: Collection[str]) -> str:
        mentions = self.register.find(text, sure)
        return "" if self.vault.withheld_in(mentions) else self.vault.replace(text, mentions)

    def _group(self, result: ToolResult) -> frozenset[str] | None:
        """The clients behind the figures, where filters choose them; None for a larger circle."""
        filters = _filters(result.args)
        if not filters:
            return None
        found = self.members(filters, ())
        return frozenset(found) if found is not None else None

    def _rows(self, result: ToolResult, group: frozenset[str] | None) -> _Rows:
        if result.table is None:
            return _Rows()
        ids = [self._clients_in(row) for row in result.table.rows]
        if not any(ids):
            return self._groups(result, result.table)
        kept = [
            (row, clients)
            for row, clients in zip(result.table.rows, ids, strict=True)
            if not self.consent.withheld(clients)
        ]
        everyone = frozenset(key for clients in ids for key in clients)
        left_out = self.consent.withheld(everyone)
        if left_out or group is not None:
            whole = group or frozenset(self.members((), ()) or ()) or everyone
            if self.consent.withheld(whole):
                # so many are not described one by one that the total tells of none of them
                kept = kept[: max(len(whole | everyone) - SMALLEST_GROUP, 0)]
        is_cut = len(kept) < sum(not self.consent.withheld(clients) for clients in ids)
        described = frozenset(key for _, clients in kept[:_MOST_ROWS] for key in clients)
        return _Rows([row for row, _ in kept], described, left_out, is_cut=is_cut)

    def _clients_in(self, row: Sequence[Scalar | None]) -> frozenset[str]:
        found = (self.register.clients_of(cell) for cell in row if isinstance(cell, str))
        return frozenset(key for clients in found for key in clients)

    def _groups(self, result: ToolResult, table: Table) -> _Rows:
        """A breakdown without the groups that are too small, nor what would give them away."""
        small = SmallGroups(
            self.consent, self.members, _filters(result.args), dimensions_of(result.args)
        )
        hidden = small.hidden(table)
        kept = [row for place, row in enumerate(table.rows) if place not in hidden]
        return _Rows(rows=kept, small_groups=len(hidden))


def subjects_of(args: Any, register: Register) -> frozenset[str]:
    """The clients that a call names, by id or by name."""
    named: list[Any] = [args.get("customer")]
    named += [f.value for f in _filters(args) if f.dimension == "customer"]
    flat = [one for value in named for one in (value if isinstance(value, list) else [value])]
    return frozenset(
        key for one in flat if isinstance(one, str) for key in register.clients_of(one)
    )


def _filters(args: Any) -> list[Filter]:
    try:
        return [Filter.model_validate(item) for item in args.get("filters") or ()]
    except ValidationError:
        return []


def _quotes(tool: str, result: ToolResult) -> Iterable[str]:
    """Clients' own words within a summary."""
    if tool not in _QUOTES:
        return
    for fact in result.facts:
        if fact.name.startswith("quote_") and isinstance(fact.value, str):
            yield fact.value.partition(": ")[2]


def _about_quotes(result: ToolResult) -> str:
    lengths = [
        len(str(fact.value).partition(": ")[2])
        for fact in result.facts
        if fact.name.startswith("quote_")
    ]
    if not lengths:
        return ""
    said = ", ".join(map(str, lengths))
    return f"Clients' own words are shown to the person only ({said} characters)."


def _words_in(mentions: Iterable[Mention]) -> bool:
    return any(mention.entity.kind == "WORDS" for mention in mentions)


def _pieces(text: str, mentions: Sequence[Mention]) -> list[tuple[str, list[Mention]]]:
    """The sentences of a text with the mentions in each; one that spans two joins them."""
    pieces: list[tuple[str, list[Mention]]] = []
    place = 0
    for sentence in split(text):
        end = place + len(sentence)
        inside = [m for m in mentions if m.start < end and m.end > place]
        if pieces and any(m.start < place for m in inside):
            before, known = pieces.pop()
            pieces.append((before + sentence, [*known, *inside]))
        else:
            pieces.append((sentence, inside))
        place = end
    return pieces


def _kept(summary: str, clean: Sequence[str]) -> str:
    """The summary without the sentences that went out."""
    for piece in clean:
        if piece.strip():
            summary = summary.replace(piece.strip(), "", 1)
    return " ".join(summary.split()) if "\n" not in summary else summary.strip()


def _cell(cell: Scalar | None) -> str:
    if isinstance(cell, float):
        return f"{cell:.6g}" if abs(cell) < 1 else f"{cell:.2f}"
    return "n/a" if cell is None else str(cell)
