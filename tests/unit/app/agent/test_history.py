"""A conversation survives the store, and models get the part they need."""

import json

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from app.agent.history import KEPT_ROWS, WINDOW, from_rows, result_of, to_rows, without_artifacts
from tools.contract import Chart, Column, Fact, Series, Table, ToolResult

RESULT = ToolResult(
    summary="Two.",
    facts=[Fact(name="n", value=2, unit="count")],
    table=Table(columns=[Column(name="n", unit="count")], rows=[[i] for i in range(500)]),
    charts=[Chart(kind="bar", title="t", series=[Series(name="s", x=[1], y=[1])], unit="count")],
)


def _turn(text: str, calls: int = 1) -> list[BaseMessage]:
    return [
        HumanMessage(text),
        AIMessage("", tool_calls=[{"name": "t", "args": {}, "id": str(i)} for i in range(calls)]),
        *(
            ToolMessage("Two.", name="t", tool_call_id=str(i), artifact=RESULT)
            for i in range(calls)
        ),
        AIMessage("It is 2.", additional_kwargs={"kind": "answer", "reasoning": "secret"}),
    ]


def test_a_turn_comes_back_with_its_results() -> None:
    """The planner reads earlier results after a restart."""
    rows = json.loads(json.dumps(to_rows(_turn("How many?"))))
    human, asked, answered, said = from_rows(rows)
    assert human.text == "How many?"
    assert isinstance(asked, AIMessage)
    assert asked.tool_calls[0]["name"] == "t"
    assert isinstance(answered, ToolMessage)
    result = result_of(answered)
    assert result is not None
    assert result.facts == RESULT.facts
    assert said.additional_kwargs == {"kind": "answer"}


def test_long_tables_and_charts_are_not_kept() -> None:
    """The store holds what a follow-up needs and no more."""
    (_, _, message, _) = from_rows(to_rows(_turn("How many?")))
    assert isinstance(message, ToolMessage)
    result = result_of(message)
    assert result is not None
    assert result.table is not None
    assert (len(result.table.rows), result.charts) == (KEPT_ROWS, [])


def test_only_the_last_whole_turns_are_remembered() -> None:
    """A window never begins in the middle of a turn."""
    rows = [row for i in range(12) for row in to_rows(_turn(f"q{i}"))]
    messages = from_rows(rows[2:])
    assert isinstance(messages[0], HumanMessage)
    assert len(messages) == WINDOW
    assert messages[-4].text == "q11"


def test_the_last_turn_is_remembered_whatever_its_length() -> None:
    """A turn longer than the window stays whole."""
    assert len(from_rows(to_rows(_turn("big", calls=30)))) == 33


def test_nothing_is_remembered_of_a_cut_turn() -> None:
    """A tool message without its question is dropped."""
    assert from_rows(to_rows(_turn("q")[2:])) == []


def test_a_language_model_gets_no_whole_results() -> None:
    """Summaries go out, artifacts do not; the conversation here keeps them."""
    messages = _turn("q")
    bare = without_artifacts(messages)
    assert all(getattr(message, "artifact", None) is None for message in bare)
    assert isinstance(messages[2], ToolMessage)
    assert messages[2].artifact == RESULT
