from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from app.agent.earlier import agrees, confirmed_call, last_results
from tools.contract import ToolResult

PENDING = {"name": "log_intervention", "args": {"customer": "C1", "strategy": "training"}}


def asked(pending: dict[str, Any] | None = PENDING) -> list[BaseMessage]:
    """A turn that ended with a question for a yes."""
    extra = {"kind": "confirmation", "pending": pending}
    return [HumanMessage("Log it"), AIMessage("Shall I?", additional_kwargs=extra)]


def turn(*results: tuple[str, ToolResult], status: str = "success") -> list[BaseMessage]:
    """A turn whose tools gave these results."""
    tools: list[BaseMessage] = [
        ToolMessage("…", name=name, tool_call_id="1", artifact=result, status=status)
        for name, result in results
    ]
    return [HumanMessage("question"), *tools, AIMessage("answer")]


LIST = ToolResult(summary="ten clients")
CARD = ToolResult(summary="one client")


@pytest.mark.parametrize("text", ["yes", "Yes, save it", "yes please", "go ahead!", "Log it", "ja"])
def test_a_short_assent_confirms_the_pending_call(text: str) -> None:
    """What was asked about, with its own arguments, is what is confirmed."""
    found = confirmed_call(asked(), text)
    assert found is not None
    assert (found.tool, dict(found.args)) == (PENDING["name"], PENDING["args"])


@pytest.mark.parametrize(
    "text", ["No, leave it", "don't", "cancel that", "What is our MRR?", "", "…", "do not save it"]
)
def test_a_no_or_a_question_confirms_nothing(text: str) -> None:
    """Nothing is written unless the person agreed."""
    assert not agrees(text)
    assert confirmed_call(asked(), text) is None


def test_nothing_pending_means_nothing_confirmed() -> None:
    """A yes out of the blue, or one turn too late, opens no door."""
    assert confirmed_call([], "yes") is None
    assert confirmed_call(asked(None), "yes") is None
    assert confirmed_call([*asked(), *turn(("get_customer", CARD))], "yes") is None


def test_a_long_text_needs_a_yes() -> None:
    """A new order in the place of an answer is no assent."""
    order = "Show me all the enterprise clients in EMEA that renew in the next quarter"
    assert not agrees(order)
    assert agrees(f"yes, and then {order.lower()}")


def test_the_last_turn_with_results_is_what_that_means() -> None:
    """Results of one turn, in order; small talk in between changes nothing."""
    history = [
        *turn(("get_customer", CARD)),
        *turn(("list_customers", LIST), ("get_customer", CARD)),
        HumanMessage("thanks"),
        AIMessage("You are welcome."),
    ]
    assert last_results(history) == (LIST, CARD)


def test_copies_notes_and_refusals_are_not_meant() -> None:
    """Asked for as CSV after a PDF was made of it, it is still the list that is meant."""
    copy = ToolResult(summary="clients.pdf", args={"what": "last_result", "format": "pdf"})
    history = [
        *turn(("list_customers", LIST)),
        *turn(("export_report", copy)),
        *turn(("log_intervention", ToolResult(summary="Saved"))),
        *turn(("get_customer", CARD), status="error"),
    ]
    assert last_results(history) == (LIST,)
    assert last_results([]) == ()


def test_an_export_of_its_own_can_be_made_again() -> None:
    """Asked for as a PDF after the clients at risk as CSV, the same clients are meant."""
    export = ToolResult(summary="clients.csv", args={"what": "list", "format": "csv"})
    assert last_results(turn(("export_report", export))) == (export,)
