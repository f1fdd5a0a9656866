"""Arguments of a question about what clients say: its topic, and how to split the answer."""

import re
from collections.abc import Mapping
from typing import Any, Final

from app.agent.planner import people, splitting, times
from app.agent.planner.need import Need

_TOPICS: Final[Mapping[str, str]] = {
    "price": r"pric(?:e|es|ing)|costs?|too expensive",
    "billing": r"billing|invoic(?:e|es|ing)|bills|payments?",
    "bugs": r"bugs?|errors?|crash(?:es)?|reliability|glitch(?:es)?",
    "performance": r"performance|speed|slowness|outages?|downtime",
    "support": r"support|help ?desk|customer service",
    "onboarding": r"onboarding|set ?up|implementation",
    "training": r"trainings?|courses|webinars",
    "access": r"log ?ins?|single sign on|passwords?|access",
    "missing_feature": r"missing (?:features?|functions?)|feature requests?|lacking features?",
    "integration": r"integrations?|connectors?|api",
    "usability": r"usability|ease of use|interface|ui|ux",
    "reporting": r"reporting|dashboards?",
    "account_management": r"account management|our account managers",
    "security": r"security|privacy|data protection",
}
_ABOUT: Final = (
    r"\b(?:about|on|of|regarding|concerning|with|around|towards?|like|think of)\s+"
    r"(?:(?:our|the|your|their)\s+)?(?P<said>{words})\b(?!\s+(?:tickets?|cases?|increase))"
    r"|\b(?P<first>{words})\s+(?:complaints?|sentiment|feedback|comments|gripes|quotes|praise)\b"
)
_PATTERNS: Final = {
    topic: re.compile(_ABOUT.format(words=words)) for topic, words in _TOPICS.items()
}
_QUOTES: Final = frozenset({"quote", "quotes", "verbatim", "verbatims"})
_BY_TOPIC: Final = re.compile(
    r"\bby (?:topic|theme|subject)s?\b"
    r"|\b(?:which|what) (?:\w+ )?(?:topic|theme|subject|issue|complaint)s?\b.*"
    r"\b(?:hurts?|harms?|costs?|damages?|drives?|lead|leads|churn|leave|leaving)\b"
)
_LEAVERS: Final = re.compile(
    r"\b(?:churned|lost|former|ex) (?:clients?|customers?|accounts?)\b"
    r"|\b(?:clients?|customers?|accounts?) (?:who|that) (?:have )?(?:left|churned|cancelled)\b"
)
_NPS: Final = "nps_score"
_STEPS: Final = frozenset({"month", "quarter", "year"})
_SIDES: Final = frozenset({"detractor", "passive", "promoter"})


def feedback_filters(need: Need) -> list[dict[str, Any]]:
    """Whose feedback, and about what."""
    found = people.filters(need)
    if _compares_nps(need):
        found = [each for each in found if each["dimension"] != _NPS]
    text = " ".join(need.clause.words)
    if _LEAVERS.search(text) and not any(each["dimension"] == "status" for each in found):
        found.append({"dimension": "status", "op": "=", "value": "churned"})
    topics = [topic for topic, pattern in _PATTERNS.items() if pattern.search(text)]
    if len(topics) == 1:
        found.append({"dimension": "topic", "op": "=", "value": topics[0]})
    return found


def feedback_by(need: Need) -> str | None:
    """The dimension to split by, NPS groups, topics or single quotes."""
    if _compares_nps(need):
        return "nps_group"
    names = splitting.dimensions(need)
    if names:
        return names[0]
    if _BY_TOPIC.search(" ".join(need.clause.words)):
        return "topic"
    return "quote" if _QUOTES & set(need.clause.words) else _step(need)


def _compares_nps(need: Need) -> bool:
    """Whether two sides are named: detractors and promoters."""
    return len(_conditions(need) & _SIDES) > 1


def _conditions(need: Need) -> set[Any]:
    return {span.value for span in need.clause.all("condition")}


def _step(need: Need) -> str | None:
    grain = times.grain(need)
    return grain if grain in _STEPS else None
