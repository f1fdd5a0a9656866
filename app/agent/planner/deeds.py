"""Statements of what was done for a client: “We gave Northwind a training this morning”."""

import re
from typing import Final

from app.agent.planner.clause import Clause

_DONE: Final = (
    r"gave|called|phoned|rang|spoke|talked|met|visited|offered|ran|held|delivered|trained|hosted|"
    r"sent|had|finished|completed|wrapped up|walked|helped|did|set up|promised|granted|agreed|got|"
    r"jumped|hopped|dialled|sat"
)
_BY_US: Final = re.compile(
    r"^(?:(?:so|ok|okay|fyi|hi|well|and|hey|today|yesterday|this morning|this afternoon|earlier|right"
    r"|for the record|also|then|log|last week|last night|done) ?[,:]? ?)*"
    r"(?:(?:i|we|he|she|they|my (?:team|colleague)|our (?:team|trainer)|somebody|someone|[a-z]+ and i)"
    r" )?(?:have )?(?:just |already |also |finally |now |only just )*(?:been on |off )?"
    rf"(?:{_DONE}|the phone with|a call with)\b"
)
_BY_THEM: Final = frozenset({"had", "got", "received", "attended", "completed", "did", "took"})
CALLS: Final = frozenset(
    {"call", "called", "phoned", "rang", "spoke", "talked", "phone", "dialled", "ring", "chat"}
)
_ASKING: Final = frozenset({"what", "which", "how", "who", "whose", "why", "where", "did", "if"})
_OTHERWISE: Final = ("simulate", "draft", "playbook", "recommend", "why", "export", "forecast")
_REACH: Final = 3


def tells_of_a_deed(clause: Clause) -> bool:
    """Whether a clause tells of something done for a client and asks nothing."""
    named = clause.first("client") or clause.first("clients")
    if named is None or "?" in clause.words or clause.has(*_OTHERWISE):
        return False
    words = set(clause.words)
    if _ASKING & words or not (clause.all("strategy") or CALLS & words):
        return False
    after = {clause.word(i) for i in range(named.end, named.end + _REACH)}
    by_them = named.start == clause.start and bool(_BY_THEM & after)
    return by_them or _BY_US.match(clause.text) is not None
