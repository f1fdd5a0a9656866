"""Sentences pass as they are written; what fails never shows."""

from hypothesis import given, strategies as st

from app.agent.evidence import gather
from app.agent.gate import NO_FIGURE, Gate, close
from app.agent.grounding import judge, unbacked
from tools.contract import Column, Fact, Table, ToolResult

RESULT = ToolResult(
    summary="MRR is $1,203,400. It grew by 3.4 %.",
    facts=[
        Fact(name="mrr", value=1_203_400.0, unit="usd"),
        Fact(name="growth", value=3.4, unit="pct"),
    ],
)
NAMED = [("query_metrics", RESULT)]
EVIDENCE = gather(NAMED, user_text="", definitions={})


def _gate(text: str, *, released: bool = True) -> Gate:
    gate = Gate(EVIDENCE, released=released)
    gate.push(text)
    gate.finish()
    return gate


def test_shows_a_sentence_only_when_it_is_complete() -> None:
    """Half a sentence could still turn out wrong."""
    gate = Gate(EVIDENCE, released=True)
    assert gate.push("MRR is $1.2M") == ""
    assert gate.push(". It ") == "MRR is $1.2M. "


def test_holds_everything_from_the_first_failure_on() -> None:
    """What follows waits, so that the mended sentence can take its place."""
    gate = Gate(EVIDENCE, released=True)
    assert gate.push("Good day. MRR is $9M. It grew by 3.4 %. ") == "Good day. "
    assert gate.failed == ["MRR is $9M. "]


def test_nothing_shows_before_a_result() -> None:
    """Words before a look-up may be a preamble: they wait."""
    assert Gate(EVIDENCE, released=False).push("Let me see. ") == ""


def test_the_mended_sentence_takes_the_place() -> None:
    """A second try that passes stands where the first stood."""
    gate = _gate("Hello. MRR is $9M. Bye.")
    grounded = close(gate, EVIDENCE, NAMED, "MRR is $1.2M.")
    assert grounded.text == "Hello. MRR is $1.2M. Bye."
    assert (grounded.figures, grounded.unsupported) == (1, 1)


def test_the_tools_wording_takes_the_place_of_what_stays_wrong() -> None:
    """When the second try fails too, the tool speaks, once."""
    gate = _gate("MRR is $9M.\nIt grew by 99 %.\nBye.")
    grounded = close(gate, EVIDENCE, NAMED, "MRR is $8M.")
    assert grounded.text == f"{RESULT.summary}\nBye."


def test_a_failing_row_leaves_the_table_whole() -> None:
    """The tool's wording comes after a table, never into it."""
    gate = _gate("| a | b |\n|---|---|\n| MRR | $9M |\n| x | 3.4 % |\n")
    grounded = close(gate, EVIDENCE, NAMED)
    assert grounded.text == f"| a | b |\n|---|---|\n| x | 3.4 % |\n\n\n{RESULT.summary}"


def test_without_a_result_it_says_that_there_is_no_figure() -> None:
    """There is no wording to fall back to."""
    empty = gather([], user_text="", definitions={})
    gate = Gate(empty, released=False)
    gate.push("MRR is $9M.")
    gate.finish()
    assert close(gate, empty, []).text == NO_FIGURE


def test_what_must_be_kept_is_added_when_missing() -> None:
    """A caveat appears exactly once."""
    caveats = ["The month is not over.", "Hello."]
    grounded = close(_gate("Hello."), EVIDENCE, NAMED, must_keep=caveats)
    assert grounded.text == "Hello.\n\nThe month is not over."


def test_what_a_listing_leaves_out_is_counted() -> None:
    """“And 9 more” is the total less the rows above; another number is not."""
    result = ToolResult(summary="12 clients.", facts=[Fact(name="n", value=12, unit="count")])
    evidence = gather([("list_customers", result)], user_text="", definitions={})
    table = "| Client |\n| --- |\n| A |\n| B |\n| C |\n\n"
    for words, ok in (("and 9 more", True), ("and 8 more", False), ("worth 9", False)):
        gate = Gate(evidence, released=False)
        gate.push(f"{table}{words}")
        gate.finish()
        assert (gate.failed == []) == ok, words


def test_the_tools_wording_is_not_said_twice() -> None:
    """A failed sentence is left out when the summary stands in the answer already."""
    gate = _gate(f"{RESULT.summary} MRR is $9M.")
    assert close(gate, EVIDENCE, NAMED).text == RESULT.summary


_PIECES = st.lists(
    st.sampled_from(
        [
            "MRR is $1.2M. ",
            "MRR is $5M. ",
            "| MRR | $1.2M |\n",
            "| MRR | $7M |\n",
            "\n",
            "Fine. ",
            "- up 3.4 %\n",
            "- up 4.4 %\n",
            "**Bold** $1,203,400 ",
            "That is $500 more. ",
        ]
    ),
    max_size=8,
)


@given(_PIECES, st.sampled_from(["", "MRR is $1.2M.", "MRR is $6M."]))
def test_no_answer_holds_an_unbacked_figure(pieces: list[str], mended: str) -> None:
    """Law: whatever the model writes, every figure shown is in the facts."""
    grounded = close(_gate("".join(pieces)), EVIDENCE, NAMED, mended)
    assert unbacked(grounded.text, [*RESULT.facts, *grounded.facts], EVIDENCE) == []


@given(_PIECES, st.integers(1, 7))
def test_what_was_shown_stays(pieces: list[str], size: int) -> None:
    """Law: the final answer begins with what was streamed."""
    text = "".join(pieces)
    gate = Gate(EVIDENCE, released=True)
    shown = "".join(gate.push(text[i : i + size]) for i in range(0, len(text), size))
    gate.finish()
    assert shown == gate.shown
    assert close(gate, EVIDENCE, NAMED).text.startswith(shown.rstrip())


def test_the_table_still_ends_where_its_last_row_failed() -> None:
    """What follows a table never slides into it."""
    gate = _gate("| a | b |\n|---|---|\n| x | 3.4 % |\n| MRR | $9M |\n\nBye.")
    shown = close(gate, EVIDENCE, NAMED).text
    assert "| x | 3.4 % |\n\n" in shown
    assert "$9M" not in shown


def test_a_worded_cell_backs_its_figure() -> None:
    """A table of words ("4", "7.7 %") backs the rows that show them."""
    table = Table(
        columns=[Column(name="driver", unit="text"), Column(name="value", unit="text")],
        rows=[["events", "4"], ["usage", "7.7 %"], ["price", "$1,200"]],
    )
    results = [("explain_churn", ToolResult(summary="Why.", table=table))]
    evidence = gather(results, user_text="", definitions={})
    assert judge("| events | 4 |", evidence).ok
    assert judge("| price | $1,200 |", evidence).ok
    assert not judge("| events | 5 |", evidence).ok
