"""“Who has gone red since Monday?”: when a client's risk rose, which no list can tell."""

from typing import Final

from app.agent.planner.need import Need
from app.agent.planner.periods import When

TURNED: Final = (
    "I cannot list clients by the day their risk became high, so these are all that are at high "
    "risk now. The alerts name those whose risk has become high of late."
)
_TURNING: Final = frozenset(
    {"turned", "turn", "gone", "went", "became", "become", "slipped", "moved", "fell", "fallen",
     "into", "got", "getting"}
)  # fmt: skip
_REACH: Final = 3


def asks_when_it_turned(need: Need) -> bool:
    """Whether clients are asked for whose risk became high in a certain time, or lately."""
    clause = need.clause
    states = [span.start for span in clause.all("condition") if span.value == "at_risk"]
    places = {i for start in states for i in range(start - _REACH, start)}
    near = {clause.word(i) for i in places if clause.span_at(i) is None}
    timed = any(isinstance(s.value, When) and s.value.start for s in clause.all("period"))
    return bool(near & {"newly", "new"}) or (timed and bool(near & _TURNING))
