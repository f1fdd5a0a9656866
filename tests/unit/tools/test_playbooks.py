from collections.abc import Sequence
from datetime import date
from typing import Any, cast

import pytest
from pydantic import ValidationError

from tools.contract import Passage, Playbook, Scope, ToolContext
from tools.errors import RetryableToolError
from tools.playbooks import (
    GetPlaybookArgs,
    SearchPlaybooksArgs,
    get_playbook,
    search_playbooks,
)

WIN_BACK = Playbook(
    playbook_id="win-back",
    title="Win back a client",
    front_matter={
        "id": "win-back",
        "title": "Win back a client",
        "trigger": "Notice given.",
        "owner": "Retention specialist",
        "strategy": "discount",
        "drivers": ["revenue_decline_90d"],
        "segments": ["SMB", "Mid-Market"],
        "steps": [
            {"day": 0, "owner": "Retention specialist", "action": "Call"},
            {"action": "Wait"},
        ],
        "cost_per_customer": 240.0,
        "expected_effect": {"low": 0.02, "high": 0.07, "source": "a guess", "grade": "assumed"},
    },
    sections=(("Situation", "They leave."), ("Steps", "Call first. Then wait.")),
    reviewed=date(2026, 9, 21),
)
BARE = Playbook(
    "bare", "Bare play", {"id": "bare"}, (("Overview", "Only text."),), date(2026, 1, 1)
)


class Shelf:
    """A library of two plays that finds what it is told to find."""

    def __init__(self, passages: Sequence[Passage] = (), meant: Sequence[str] = ()) -> None:
        self.books = {book.playbook_id: book for book in (BARE, WIN_BACK)}
        self.passages = list(passages)
        self.meant = list(meant)
        self.asked: dict[str, Any] = {}

    def search(
        self, query: str, *, segment: str | None, driver: str | None, limit: int
    ) -> list[Passage]:
        """Remember the arguments, give the passages."""
        self.asked = {"query": query, "segment": segment, "driver": driver, "limit": limit}
        return self.passages[:limit]

    def get(self, playbook_id: str) -> Playbook | None:
        """By id."""
        return self.books.get(playbook_id)

    def ids(self) -> Sequence[str]:
        """Both."""
        return sorted(self.books)

    def match(self, text: str) -> list[str]:
        """What the test says, for any text."""
        return self.meant if text else []


def passage(text: str = "Call first. Then wait.", book: Playbook = WIN_BACK) -> Passage:
    """A passage of a book."""
    return Passage(book.playbook_id, book.title, "Steps", text, book.reviewed, 0.9)


def context_of(library: Shelf) -> ToolContext:
    """A context whose only part in use is the library."""
    unused = cast("Any", None)
    return ToolContext(
        user_id="u",
        role="analyst",
        scope=Scope(),
        gold=unused,
        churn=unused,
        playbooks=library,
    )


def test_passages_are_cited_and_quoted_with_their_date() -> None:
    """Each passage names playbook, heading and review date, in the playbook's own words."""
    library = Shelf([passage()])
    result = search_playbooks(SearchPlaybooksArgs(query=" who leaves "), context_of(library))
    (citation,) = result.citations
    assert (citation.source, citation.heading) == ("win-back", "Steps")
    assert citation.reviewed == date(2026, 9, 21)
    assert "“Call first. Then wait.”" in result.summary
    assert "2026-09-21" in result.summary
    assert result.args == {"query": "who leaves", "limit": 3}
    assert result.provenance[0].evidence == "assumed"
    assert result.suggestions == ['Open "Win back a client" in full']


def test_a_long_passage_is_quoted_in_whole_sentences() -> None:
    """A quotation is shortened at a full stop, and the citation keeps all of it."""
    text = "First sentence here. " + "word " * 60 + "end."
    result = search_playbooks(SearchPlaybooksArgs(query="x"), context_of(Shelf([passage(text)])))
    assert "“First sentence here.”" in result.summary
    assert result.citations[0].passage == text


def test_finding_nothing_says_so_and_names_what_there_is() -> None:
    """Silence is an answer, with a way on and without a citation."""
    result = search_playbooks(SearchPlaybooksArgs(query="cake"), context_of(Shelf()))
    assert result.summary.startswith("No playbook answers this.")
    assert "Win back a client" in result.summary
    assert result.citations == []
    assert result.suggestions


@pytest.mark.parametrize(("asked", "canonical"), [("smb", "SMB"), ("mid market", "Mid-Market")])
def test_a_segment_gets_the_playbooks_spelling(asked: str, canonical: str) -> None:
    """Arguments come back resolved."""
    library = Shelf([passage()])
    result = search_playbooks(SearchPlaybooksArgs(query="x", segment=asked), context_of(library))
    assert library.asked["segment"] == canonical
    assert result.args["segment"] == canonical


def test_a_driver_is_resolved_or_the_known_ones_are_listed() -> None:
    """A wrong driver can be mended by the caller."""
    library = Shelf([passage()])
    args = SearchPlaybooksArgs(query="x", driver="Revenue decline 90d")
    assert search_playbooks(args, context_of(library)).args["driver"] == "revenue_decline_90d"
    with pytest.raises(RetryableToolError) as caught:
        search_playbooks(SearchPlaybooksArgs(query="x", driver="mood"), context_of(library))
    assert caught.value.allowed == ("revenue_decline_90d",)
    assert "'mood'" in caught.value.problem


def test_a_whole_play_has_every_section_cited_and_its_figures_as_facts() -> None:
    """Cost and effect are facts with units, so that an answer may state them."""
    result = get_playbook(GetPlaybookArgs(playbook_id="win-back"), context_of(Shelf()))
    facts = {fact.name: (fact.value, fact.unit) for fact in result.facts}
    assert [citation.heading for citation in result.citations] == ["Situation", "Steps"]
    assert facts["cost_per_customer"] == (240.0, "usd")
    assert facts["expected_effect_low"] == (2.0, "points")
    assert facts["expected_effect_high"] == (7.0, "points")
    assert facts["evidence_grade"] == ("assumed", "text")
    assert facts["reviewed"] == (date(2026, 9, 21), "date")
    assert "2 to 7 percentage points" in result.summary
    assert "$240" in result.summary
    assert "They leave." in result.summary
    assert result.table is not None
    assert result.table.rows == [[0, "Retention specialist", "Call"], [None, None, "Wait"]]
    assert result.caveats == []


def test_only_a_measured_effect_is_called_measured() -> None:
    """A reported figure of somebody else is not our measurement."""
    grades = {"assumed": "assumed", "reported": "assumed", "measured": "measured"}
    for grade, evidence in grades.items():
        library = Shelf()
        effect = {"low": 0.1, "high": 0.1, "source": "s", "grade": grade}
        matter = {**WIN_BACK.front_matter, "expected_effect": effect}
        library.books["win-back"] = Playbook(
            "win-back", "T", matter, WIN_BACK.sections, WIN_BACK.reviewed
        )
        result = get_playbook(GetPlaybookArgs(playbook_id="win-back"), context_of(library))
        assert result.provenance[0].evidence == evidence


def test_a_play_with_little_front_matter_still_opens() -> None:
    """A user's first playbook is shown as far as it goes, nothing is invented."""
    result = get_playbook(GetPlaybookArgs(playbook_id="bare"), context_of(Shelf()))
    assert "Only text." in result.summary
    assert result.table is None
    assert not {"cost_per_customer", "expected_effect_low"} & {f.name for f in result.facts}


def test_a_title_or_typo_is_resolved() -> None:
    """The canonical id is reported."""
    library = Shelf(meant=["win-back"])
    result = get_playbook(GetPlaybookArgs(playbook_id="Win bcak"), context_of(library))
    assert result.args == {"playbook_id": "win-back"}
    assert result.caveats == []


def test_several_meant_plays_are_offered() -> None:
    """Aura asks instead of guessing."""
    with pytest.raises(RetryableToolError) as caught:
        get_playbook(
            GetPlaybookArgs(playbook_id="play b"), context_of(Shelf(meant=["bare", "win-back"]))
        )
    assert caught.value.allowed == ("bare", "win-back")


def test_an_unknown_name_opens_the_nearest_play_and_says_so() -> None:
    """A substitute is never passed off as what was asked for."""
    library = Shelf([passage()])
    result = get_playbook(GetPlaybookArgs(playbook_id="leavers"), context_of(library))
    assert result.args == {"playbook_id": "win-back"}
    assert 'No playbook is called "leavers"' in result.caveats[0]


def test_what_is_like_no_play_lists_all() -> None:
    """The caller sees what exists."""
    with pytest.raises(RetryableToolError) as caught:
        get_playbook(GetPlaybookArgs(playbook_id="zebra"), context_of(Shelf()))
    assert caught.value.allowed == ("bare", "win-back")


@pytest.mark.parametrize("bad", [{"limit": 0}, {"limit": 99}, {"query": ""}, {"extra": 1}])
def test_arguments_are_checked(bad: dict[str, Any]) -> None:
    """Unknown or senseless arguments never reach the library."""
    with pytest.raises(ValidationError):
        SearchPlaybooksArgs.model_validate({"query": "x", **bad})
