"""What a tool refuses, told with the right status: whose fault it is decides."""

from pathlib import Path

import pytest

from app.failures import ApiError
from app.rest.tool_door import SHOWN_VALUES, told_as_api_errors
from data.gold import EntityAbsent, GoldMissing
from data.semantic_model import SemanticError
from tools.errors import FinalToolError, RetryableToolError, UnknownClient


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (RetryableToolError("No plan 'x'.", ["Starter"]), 422, "invalid_request"),
        (SemanticError("Unknown metric 'x'.", ["mrr"]), 422, "invalid_request"),
        (SemanticError("arr takes a number, got 'x'."), 422, "invalid_request"),
        (UnknownClient("No client called 'x'."), 404, "not_found"),
        (FinalToolError("They left."), 409, "cannot_answer"),
        (EntityAbsent("NPS", ["surveys"]), 409, "cannot_answer"),
    ],
)
def test_a_refusal_has_its_status(refusal: Exception, status: int, code: str) -> None:
    """The asker can mend 422, 404 hides nothing and tells nothing, 409 is the data's."""
    with pytest.raises(ApiError) as told, told_as_api_errors():
        raise refusal
    assert (told.value.status_code, told.value.body.code) == (status, code)
    assert str(refusal).startswith(told.value.body.message)


def test_an_outage_stays_an_outage() -> None:
    """Nothing is wrong with the question: the application answers 503."""
    with pytest.raises(GoldMissing), told_as_api_errors():
        raise GoldMissing(f"The warehouse {Path('w')} does not exist.")


def test_a_long_list_of_allowed_values_is_cut() -> None:
    """With how many more there are."""
    allowed = [f"client {n}" for n in range(SHOWN_VALUES + 5)]
    with pytest.raises(ApiError) as told, told_as_api_errors():
        raise RetryableToolError("No client 'x'.", allowed)
    assert told.value.body.hint.endswith(f"client {SHOWN_VALUES - 1} and 5 more.")
