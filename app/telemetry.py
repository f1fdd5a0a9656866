"""Switches off what installed packages would send to their makers or to a tracing service.

LangChain traces whole conversations to LangSmith when a variable asks for it, Chainlit keeps whole
threads at Literal AI when it finds a key, and several packages count their users. Nothing of that
passes the guard, so none of it is left to the environment.
"""

import os
import sys
from typing import Final

import structlog

log = structlog.get_logger(__name__)

_OFF: Final = {
    "LANGSMITH_TRACING": "false",
    "LANGSMITH_TRACING_V2": "false",
    "LANGCHAIN_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "TRACELOOP_TELEMETRY": "false",
    "TRACELOOP_TRACE_CONTENT": "false",
    "OTEL_SDK_DISABLED": "true",
    "ANONYMIZED_TELEMETRY": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
_GONE: Final = ("LITERAL_API_KEY", "LITERAL_API_URL", "LITERAL_SERVER")


def switch_off_telemetry() -> list[str]:
    """Switch it off for this process and those it starts; the variables that had asked for it."""
    environment = os.environ  # noqa: TID251 - nothing is read as a setting
    asked = [name for name in _GONE if environment.pop(name, None)]
    for name, off in _OFF.items():
        if name.startswith("LANG") and environment.get(name, "").casefold() in {"true", "1"}:
            asked.append(name)
        environment[name] = off
    for name in asked:
        log.warning("switched off: it would send conversations past the guard", variable=name)
    langsmith = sys.modules.get("langsmith.utils")
    if langsmith is not None:
        langsmith.get_env_var.cache_clear()  # it remembers what it has read before
    return asked
