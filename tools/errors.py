"""What a tool may raise.

ToolError
├── RetryableToolError   the caller can mend its arguments: the allowed values are listed
└── FinalToolError       another try will not help: the message says what to do instead
    ├── NothingKnown     no strategy can be weighed: none is known, or nothing of its effect
    └── UnknownClient    none of the clients in scope is meant

Both messages are shown to the model and may be shown to a person.
"""

from collections.abc import Sequence


class ToolError(Exception):
    """Base of everything a tool raises on purpose."""


class RetryableToolError(ToolError):
    """An argument is wrong and can be mended.

    Args:
        problem: What was wrong, with the offending value.
        allowed: The values that would have been accepted, best guess first.
    """

    def __init__(self, problem: str, allowed: Sequence[str] = ()) -> None:
        self.problem = problem
        self.allowed = tuple(allowed)
        super().__init__(f"{problem} Allowed: {', '.join(self.allowed)}." if allowed else problem)


class FinalToolError(ToolError):
    """The question cannot be answered; the message says why and what to do."""


class UnknownClient(FinalToolError):  # noqa: N818 — said as what happened
    """None of the clients that the person may see is meant; there may be others."""


class NothingKnown(FinalToolError):  # noqa: N818 — said as what happened
    """No strategy can be weighed here: none is known, or nothing of the effect of one."""
