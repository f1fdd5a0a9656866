"""How an attempt of a language model can end without an answer, and how that is said.

AttemptError
├── EmptyAnswerError   it said nothing
├── NonsenseError      it stated figures without looking anything up
├── LeakError          a name was about to leave this machine
└── StaysHomeError     the question is about a client who may not be described; no failure
"""

from collections.abc import Iterable

from langchain.agents.middleware.model_call_limit import ModelCallLimitExceededError

from app.agent.provider_errors import classify


class AttemptError(Exception):
    """The model gave no usable answer."""


class EmptyAnswerError(AttemptError):
    """The model's answer holds no words."""


class NonsenseError(AttemptError):
    """The answer states figures, and no tool was asked for any."""


class LeakError(AttemptError):
    """Something that must not leave was still in what was about to be sent; nothing was.

    Args:
        kinds: What it was: "CLIENT", "EMAIL", …; never the name itself.
    """

    def __init__(self, kinds: Iterable[str]) -> None:
        super().__init__(", ".join(sorted(set(kinds))))


class StaysHomeError(AttemptError):
    """The question must be answered on this machine."""


STAYS_HOME_NOTE = (
    "> Answered on this machine: the question is about a client who has not agreed to be described "
    "to a language model.\n\n"
)


def fallback_note(error: Exception) -> str:
    """What the user reads when the built-in planner steps in; no figures in it."""
    return (
        f"> The language model {_what_happened(error)}; "
        "this answer comes from the built-in planner.\n\n"
    )


def apology(incident: str, cause: str | None = None) -> str:
    """What the user reads when nothing could answer; with the cause, where it can be mended."""
    if cause is not None:
        return f"I cannot answer right now. {cause}"
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
    if isinstance(error, LeakError):
        return "was not asked, to keep names on this machine"
    return classify(error).words
