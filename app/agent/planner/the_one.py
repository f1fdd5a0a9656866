"""“Draft an email to our riskiest client”: who that is comes first, what is wanted of them second."""

import re
from typing import Final

_RANKS: Final = (
    "riskiest|most at[- ]risk|highest[- ]risk|most endangered|most critical|biggest|largest|top|"
    "most valuable|most important|best|worst|unhappiest|unhealthiest|smallest|newest|oldest|"
    "least active|least engaged|most engaged|longest[- ]silent"
)
_THE_ONE: Final = re.compile(
    rf"\b(?:our|my|the)\s+(?P<who>(?:{_RANKS})\s+(?:[\w-]+\s+){{0,2}}?(?:client|customer|account))\b"
    r"(?!\s+(?:manager|managers|in|by|per|with|of|from)\b)",
    re.IGNORECASE,
)
_DONE_TO_THEM: Final = re.compile(
    r"\b(?:draft|write|compose|e-?mail|message|call script|explain|"
    r"why|(?:what|how) (?:should|shall|can|could|do|would) (?:i|we)|what to do|next best action)\b",
    re.IGNORECASE,
)


def who_first(text: str) -> str:
    """Ask who the one client is before what is wanted of them; other texts stay as they are."""
    named = _THE_ONE.search(text)
    if named is None or not _DONE_TO_THEM.search(text[: named.start()]):
        return text
    rest = f"{text[: named.start()]}that client{text[named.end() :]}"
    return f"Who is our {named['who']}? {rest}"
