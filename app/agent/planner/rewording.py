"""Questions whose words name no figure or client, put as the questions they stand for."""

import re
from typing import Final

_COURTESY: Final = (
    r"(?:(?:hi|hello|hey|good morning|morning|ok|okay|so|well|right|aura|please|can you|could you|"
    r"would you|can i have|could i (?:have|get)|may i have|i would like|i'd like|now|first|and)\b[ ,!.]*)*"
)
_DAY: Final = (
    r"(?:today|this morning|now|right now|first(?: thing)?|this week|for (?:today|the day))"
)
_BRIEFING: Final = re.compile(
    rf"^{_COURTESY}(?:"
    r"brief me|(?:give me |show me |i need |i want |let me have |get me )?"
    r"(?:my|the|a|an|today[’']?s|this morning[’']?s)? ?(?:morning |daily |quick |short )*"
    r"(?:briefing|rundown|run-down|round-?up|stand-?up notes)|"
    r"(?:give me |get me )(?:my|the|a) (?:morning |daily |quick |short )*brief|"
    r"(?:what|which clients|who) (?:should|do|must|shall) i (?:need to )?"
    rf"(?:look at|look into|focus on|work on|tackle|start with|deal with|prioriti[sz]e|do) {_DAY}|"
    r"where (?:should|do|shall) i (?:start|begin)|"
    r"what(?:[’']s| is| has)? (?:new|changed|happened|happening|up|going on|on)"
    r"(?: (?:since (?:yesterday|last night|friday)|overnight|in my book|with my clients|for me))+|"
    r"what(?:[’']s| is) new|what needs (?:my|our) attention|what(?:[’']s| is) on my plate|"
    r"what(?:[’']s| is) urgent|anything (?:new|urgent|i should know|to worry about)|"
    r"start my day|how does my day look|what(?:[’']s| is) my day"
    rf")(?: (?:{_DAY}|since yesterday|overnight|please|about|like))*[ ?!.]*$",
    re.IGNORECASE,
)
_MORNING: Final = (
    "Which clients are at risk? Who renews in the next 30 days? What to do about at-risk clients?"
)
_BAND: Final = r"[\"'“”‘’]?(?:watch|amber|yellow|healthy|green)\b"
_LIMITS: Final = r"(?:limits?|thresholds?|cut-?offs?|boundar(?:y|ies)|ranges?)"
_SCORES: Final = rf"(?:health )?(?:scores?|points?|values?|numbers?|{_LIMITS})"
_BANDS: Final = re.compile(
    rf"\b(?:between|from|within|at|above|below|in|up to) (?:which|what) (?:\w+ )?{_SCORES}\b.*{_BAND}"
    rf"|\b(?:which|what)(?: is| are)?(?: the)? {_SCORES} (?:of scores )?(?:do|does|is|are|counts?|makes?|means?|"
    rf"puts?|defines?|for|of|behind)\b(?!.*\bclients have\b).{{0,40}}{_BAND}"
    rf"|\bwhat (?:counts|qualifies|is considered|is classed|is meant|is called)(?: as| by)?(?: a| an)? {_BAND}"
    rf"|\bwhat (?:does|do you mean by|is meant by)(?: the)? {_BAND}.*(?:\bmean\b|\?)"
    rf"|\bwhen (?:is|does|do) (?:a|an|any) (?:client|customer|account)\b.{{0,30}}{_BAND}(?! (?:client|customer|account))"
    rf"|\b(?:how|where) (?:is|are|do you|does \w+) (?:the )?(?:define |set |draw |cut )?(?:the )?(?:health )?bands?\b"
    rf"|\b{_LIMITS} (?:of|for|between) (?:the |a )?(?:health )?bands?\b|\bwhat (?:are|do) the health bands(?: mean)?\W*$"
    rf"|\b{_LIMITS} (?:of|for|to) (?:the |a |an |being )*{_BAND}",
    re.IGNORECASE,
)  # fmt: skip
_HEALTH: Final = "How is the health score defined?"


def reworded(text: str) -> str:
    """The questions that a text stands for; a text that names what it asks for stays as it is."""
    if _BRIEFING.search(text.strip()):
        return _MORNING
    return _HEALTH if _BANDS.search(text) else text
