"""What people say of a draft that was shown: used it, reject it, send it, more versions of it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from app.agent.planner.conversation import Conversation, Frame
from app.agent.planner.plan import Plan
from tools.outreach_words import topic_named

__all__ = ["about_a_draft", "topic_before", "versions_wanted", "without_versions"]

_TOOL: Final = "draft_outreach"
_COUNTS: Final[Mapping[str, int]] = {"two": 2, "2": 2, "three": 3, "3": 3}
_ORDINALS: Final[Mapping[str, str]] = {"first": "A", "second": "B", "third": "C"}
_GROUPS: Final[Mapping[str, str]] = {
    "version": "angle", "variant": "angle", "angle": "angle", "topic": "topic",
    "channel": "channel", "tone": "tone",
}  # fmt: skip
_VERSIONS: Final = re.compile(
    r"\b(?:in |as )?(two|three|2|3) (?:different |more |other )?"
    r"(?:versions?|variants?|alternatives?|drafts|options|variations)\b"
)
_VARIANT: Final = re.compile(
    r"(?:\b(?:version|variant|option|draft) |^)([abc])\b|\b(first|second|third) (?:one|version|variant|draft)\b"
)
_IT: Final = (
    r"(?:it|this|that|the (?:draft|e ?mail|mail|message|script|text)|(?:this|that|your) "
    r"(?:draft|e ?mail|mail|message|one|script|text)|(?:the )?(?:version|variant|option|draft) [abc]|"
    r"the (?:first|second|third)(?: one| version| variant| draft)?)\b"
)
_WE: Final = r"^(?:ok |okay |yes |so |thanks )*(?:i|we)(?: have| ve)? (?:just |now |already )?"
_FEEDBACK: Final = (
    ("rejected", rf"{_WE}(?:rejected|discarded|binned|(?:did|will|would|do) not use|cannot use|dropped) {_IT}"),
    ("rejected", rf"^(?:please )?(?:reject|discard|scrap|bin|throw away) {_IT}"),
    ("edited", rf"{_WE}(?:edited|changed|rewrote|reworded|adapted|tweaked|adjusted) {_IT}"),
    ("edited", rf"{_WE}(?:used|sent|took|mailed) {_IT}.*\b(?:edit|edits|edited|editing|changes|changed|tweaks)\b"),
    ("used", rf"{_WE}(?:used|sent|took|picked|chose|mailed|went with|go with) {_IT}"),
)  # fmt: skip
_ON_ONE: Final = frozenset({"used", "edited", "rejected", "send"})
_LETTER: Final = re.compile(
    r"^(?:the )?(?:version |variant )?[abc]$|^the (?:first|second|third)(?: one)?$"
)
_SEND: Final = re.compile(
    rf"^(?:please |ok |okay |then |now |can you |could you )*(?:send|mail) {_IT}"
    r"(?: (?:now|off|out|please|anyway|all the same|regardless|nevertheless))*$"
)
_LONGEST_REQUEST: Final = 7
"""Words of a request for versions that is about nothing else."""
_ANYWAY: Final = re.compile(r"\b(?:anyway|all the same|regardless|nevertheless)\b")
_RESULTS: Final = re.compile(
    r"\bhow (?:well |often )?(?:do|did|are|have|were|was) (?:our|my|the|your) "
    r"(?:e ?mail |outreach )?(?:drafts|versions|variants)\b"
    r"|\bwhich (?:draft|version|variant|drafts|versions|variants)\b.*\b(?:used|best|chosen|rejected|most)\b"
    r"|\b(?:draft|drafts|outreach) (?:results|statistics|stats|feedback|performance)\b"
    r"|\bhow many (?:of (?:our|my|the) )?drafts\b"
)
_NOT_DRAFTS: Final = re.compile(r"\b(?:model|playbook|plan|data)\b")
_BY: Final = re.compile(rf"\bby ({'|'.join(_GROUPS)})\b")


def about_a_draft(text: str, past: Conversation) -> Plan | None:
    """Plan what is said of drafts; None when it is about something else."""
    said = _plain(text)
    if _RESULTS.search(said) and not _NOT_DRAFTS.search(said):
        by = _BY.search(said)
        args = {"action": "results"} | ({"by": _GROUPS[by[1]]} if by else {})
        return _call(args)
    last = past.frame
    shown = last.args if last is not None and last.tool == _TOOL else None
    if shown is None:
        named = "draft" in said or _VARIANT.search(said)
        return _feedback(said, {}) if named else None
    return _feedback(said, shown) or _sending(said, shown) or _more_versions(said, shown)


def versions_wanted(text: str) -> int | None:
    """How many versions a text asks for."""
    found = _VERSIONS.search(text)
    return _COUNTS[found[1]] if found else None


def without_versions(topic: str) -> str:
    """A topic without the words that say in how many versions."""
    found = _VERSIONS.search(topic.casefold())
    return topic[: found.start()].strip() if found else topic


def topic_before(words: list[str], place: int) -> str | None:
    """The topic right before the word for the message: "a renewal e-mail"."""
    word = words[place - 1] if place else ""
    return word if word and topic_named(word) else None


def _more_versions(said: str, shown: Mapping[str, Any]) -> Plan | None:
    """“Give me three versions” of what was drafted just now."""
    count = versions_wanted(said)
    words = len(said.split())
    if count is None or words > _LONGEST_REQUEST or shown.get("action", "draft") != "draft":
        return None
    kept = {key: value for key, value in shown.items() if key not in {"playbook", "fill"}}
    return _call({**kept, "variants": count})


def _feedback(said: str, shown: Mapping[str, Any]) -> Plan | None:
    """“I used version B”, or only “B” where we asked which version."""
    meant = _meant(said, shown)
    if shown.get("action") in _ON_ONE and _LETTER.search(said):
        return _call({**shown, **meant})
    found = (action for action, pattern in _FEEDBACK if re.search(pattern, said))
    action = next(found, None)
    return _call({"action": action, **meant}) if action else None


def _sending(said: str, shown: Mapping[str, Any]) -> Plan | None:
    """“Send it”, “send it anyway”."""
    if not _SEND.search(said):
        return None
    anyway = {"override_cap": True} if _ANYWAY.search(said) else {}
    return _call({"action": "send", **_meant(said, shown), **anyway})


def _meant(said: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Which draft: its client, and its letter where one is said now or was before."""
    found = _VARIANT.search(said)
    letter = (found[1] or _ORDINALS[found[2]]).upper() if found else shown.get("variant")
    meant = {"customer": shown.get("customer"), "variant": letter}
    return {name: value for name, value in meant.items() if value}


def _call(args: Mapping[str, Any]) -> Plan:
    return Plan(calls=(Frame(_TOOL, args),))


def _plain(text: str) -> str:
    """Lower-case words, one blank between them."""
    spelt = re.sub(r"n['’]t\b", " not", text.casefold()).replace("wo not", "will not")
    return " ".join(re.sub(r"[^\w\s]|_", " ", spelt).split())
