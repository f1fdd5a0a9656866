"""Which playbook a person means by a few words of its id or title."""

import re
from collections.abc import Mapping

_FILLER = re.compile(
    r"\b(the|a|an|our|my|whole|full|clients?|playbooks?|plays?|guides?|on|for|about|of)\b"
)
_GOOD = 78.0
_NEAR_BEST = 6.0


def match_titles(text: str, titles: Mapping[str, str]) -> list[str]:
    """Ids meant by `text`, best first; those clearly worse than the best are left out.

    Args:
        text: An id, a title or a part of one, typos allowed.
        titles: {id: title}.
    """
    wanted = _plain(text)
    if not wanted:
        return []
    scores = {
        playbook_id: max(_score(wanted, _plain(playbook_id)), 0.98 * _score(wanted, _plain(title)))
        for playbook_id, title in titles.items()
    }
    best = max(scores.values(), default=0.0)
    if best < _GOOD:
        return []
    meant = [i for i, score in scores.items() if score >= max(_GOOD, best - _NEAR_BEST)]
    return sorted(meant, key=lambda i: (-scores[i], i))


def _plain(text: str) -> str:
    words = re.sub(r"[^a-z0-9]+", " ", text.casefold())
    return " ".join(_FILLER.sub(" ", words).split()) or words.strip()


def _score(wanted: str, name: str) -> float:
    """0-100: equal 100; a whole word of the name nearly as good; else the share of equal letters."""
    from rapidfuzz import fuzz  # noqa: PLC0415

    if wanted == name:
        return 100.0
    glued = fuzz.ratio(wanted.replace(" ", ""), name.replace(" ", ""))
    words = fuzz.token_sort_ratio(wanted, name)
    part = _words_found(wanted.split(), name.split())
    return max(glued, words, part)


def _words_found(wanted: list[str], name: list[str]) -> float:
    """How well every wanted word is found in the name, a little lower for each word left over."""
    from rapidfuzz import fuzz  # noqa: PLC0415

    found = [max(fuzz.ratio(word, other) for other in name) for word in wanted]
    if min(found) < _GOOD:
        return 0.0
    return sum(found) / len(found) - min(10.0, 2.0 * max(0, len(name) - len(wanted)))
