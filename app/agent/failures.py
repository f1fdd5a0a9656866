"""How an attempt of a language model can end without an answer, and how that is said.

AttemptError
├── EmptyAnswerError   it said nothing
└── NonsenseError      it stated figures without looking anything up
"""

from langchain.agents.middleware.model_call_limit import ModelCallLimitExceededError

from app.agent.provider_errors import classify


class AttemptError(Exception):
    """The model gave no usable answer."""


class EmptyAnswerError(AttemptError):
    """The model's answer holds no words."""


class NonsenseError(AttemptError):
    """The answer states figures, and no tool was asked for any."""


def fallback_note(error: Exception) -> str:
    """What the user reads when the built-in planner steps in; no figures in it."""
    return (
        f"> The language model {_what_happened(error)}; "
        "this answer comes from the built-in planner.\n\n"
    )


def apology(incident: str) -> str:
    """What the user reads when nothing could answer."""
    return (
        f"Something went wrong on our side, so I could not answer (incident {incident}). "
        "Please ask again; if it happens again, give the incident's letters to your administrator."
    )


def _what_happened(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "did not answer in time"
    if isinstance(error, ModelCallLimitExceededError):
        return "did not come to an answer"
    if isinstance(error, NonsenseError):
        return "did not answer from your data"
    return classify(error).words
