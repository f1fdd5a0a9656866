"""Slot fillers: each reads one argument from a clause. `frames.yml` names them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.agent.planner import (
    client_words,
    exporting,
    figures,
    hindsight,
    limits,
    people,
    reasons,
    spending,
    splitting,
    times,
)
from app.agent.planner.deeds import CALLS
from app.agent.planner.drafting import topic_before, versions_wanted, without_versions
from app.agent.planner.named_rule import named_rule
from app.agent.planner.need import Need
from app.agent.planner.periods import When
from data.gold_interventions import EFFECT_GROUPS

_FORECASTS: Final = ("mrr", "revenue", "customers", "tickets", "events", "arr")
_PLAIN: Final = frozenset(
    {
        "playbook", "playbooks", "play", "plays", "guidance", "guide", "what", "do", "does", "our",
        "your", "the", "say", "about", "is", "there", "a", "an", "any", "on", "for", "from", "in",
        "of", "to", "which", "should", "we", "how", "find", "search", "show", "me", "have", "got",
        "give", "look", "up", "tell", "documentation", "best", "practice", "advice", "tips",
        "manual", "handbook", "please", "can", "you", "i", "with", "when", "says",
        "recommend", "are", "that", "some", "it", "and", "us", "my", "procedure", "guideline",
        "guidelines", "need", "know", "read", "see",
    }
)  # fmt: skip


_ABOUT: Final = frozenset({"about", "regarding", "concerning"})
_POSSESSIVE: Final = frozenset({"their", "its", "the", "his", "her"})


def logged_strategy(need: Need) -> str | None:
    """The strategy to log: named, or the one that was recommended just before."""
    named = spending.strategy(need)
    if named:
        return named
    for result in reversed(need.past.results):
        for fact in result.facts:
            if fact.name in {"strategy", "next_best_action", "recommended_strategy"}:
                return str(fact.value)
        said = result.args.get("strategy")
        if said:
            return str(said)
    if CALLS & set(need.clause.words):
        return "success_call" if "success_call" in need.lexicon.strategies else None
    return None


def months_since(need: Need) -> int | None:
    """The month of a cohort's life that is asked about: "after 6 months"."""
    for span in need.free("period"):
        when = span.value
        if isinstance(when, When) and when.direction in {"open", "future"} and when.count:
            months = {"month": 1, "quarter": 3, "year": 12}.get(when.unit)
            return when.count * months if months else None
    return None


def forecast_metric(need: Need) -> str | None:
    """The figure to forecast."""
    names = [
        m for s in need.free("measure") for m in need.lexicon.measures[str(s.value)].metric_names
    ]
    for name in names:
        return {"arpa": "mrr", "net_new_mrr": "mrr"}.get(name, name)
    if need.clause.has("client"):
        return "customers"
    earlier = need.past.frame.args.get("metrics") if need.past.frame else None
    pointed = any(hint.value == "one" for hint in need.clause.hinted("pronoun"))
    return str(earlier[0]) if earlier and pointed else None


def playbook(need: Need) -> str | None:
    """The playbook named, or the one of the last search that is pointed at."""
    position = need.clause.first("ordinal")
    cited = need.past.cited()
    if position is not None and cited:
        index = int(position.value)
        index = index if index < 0 else index - 1
        if -len(cited) <= index < len(cited):
            return cited[index]
    hints = sorted(need.clause.hinted("playbook"), key=lambda hint: -hint.size)
    if hints:
        return str(hints[0].value)
    pointed = {str(hint.value) for hint in need.clause.hinted("pronoun")}
    return cited[0] if cited and (pointed or need.clause.has("open_full")) else None


def playbook_query(need: Need) -> str | None:
    """What to search the playbooks for, without the words around it."""
    words = [
        token.text
        for token in need.clause.tokens[need.clause.start : need.clause.end]
        if not token.is_mark and token.text not in _PLAIN
    ]
    if words:
        return " ".join(words)
    return need.clause.text if need.clause.hinted("playbook") else None


def segment(need: Need) -> str | None:
    """A segment that is named."""
    for span in need.clause.all("value"):
        if span.value[0] == "segment":
            return str(span.value[1])
    return None


def by(need: Need) -> str | None:
    """The dimension to split by."""
    names = splitting.dimensions(need)
    return names[0] if names else None


def effect_by(need: Need) -> str | None:
    """The dimension to split an effect by: named, or that of the group that is named."""
    return by(need) or _effect_value(need)[0] or hindsight.effect_split(need)


def effect_group(need: Need) -> str | None:
    """The group that an effect is asked for: "did it work for SMB?"."""
    dimension, group = _effect_value(need)
    return group if dimension == effect_by(need) else None


def _effect_value(need: Need) -> tuple[str | None, str | None]:
    kept = [each for each in people.simulation_filters(need) if each.get("op", "=") == "="]
    usable = [each for each in kept if each["dimension"] in EFFECT_GROUPS]
    if len(usable) != 1:
        return None, None
    return str(usable[0]["dimension"]), str(usable[0]["value"])


def cohort_measure(need: Need) -> str | None:
    """Whether clients or MRR are followed."""
    words = set(need.clause.words)
    money = words & {"mrr", "revenue", "money", "dollar", "dollars", "arr", "recurring"}
    return "mrr" if money else "customers" if need.clause.has("client") else None


def _hint(need: Need, kind: Any) -> str | None:
    hints = need.clause.hinted(kind)
    return str(max(hints, key=lambda hint: (hint.size, hint.start)).value) if hints else None


def channel(need: Need) -> str | None:
    """How the message goes out."""
    return _hint(need, "channel")


def tone(need: Need) -> str | None:
    """The tone of a message."""
    return _hint(need, "tone")


def topic(need: Need) -> str | None:
    """What a message is about: the words after "about", or the one before "e-mail"."""
    words = [(t.raw, t.text) for t in need.clause.tokens[need.clause.start : need.clause.end]]
    starts = [i for i, (_, text) in enumerate(words) if text in _ABOUT]
    if not starts:
        named = [topic_before(need.clause.words, h.start - need.clause.start)
                 for h in need.clause.hinted("channel")]  # fmt: skip
        return next((each for each in named if each), None)
    said = [raw for raw, text in words[starts[0] + 1 :] if text not in _POSSESSIVE]
    return without_versions(" ".join(said)).strip(" .!?") or None


def variants(need: Need) -> int | None:
    """How many versions of a message are wanted."""
    return versions_wanted(need.clause.text)


def template(need: Need) -> str | None:
    """The play whose own template is to be filled, where a template is asked for."""
    return playbook(need) if {"template", "templates"} & set(need.clause.words) else None


def note(need: Need) -> str:
    """What was done, in the person's own words."""
    tokens = need.clause.tokens[need.clause.start : need.clause.end]
    words: list[str] = []
    seen = -1
    for token in tokens:
        if token.start != seen and token.is_mark and words:
            words[-1] += token.raw
        elif token.start != seen:
            words.append(token.raw)
        seen = token.start
    return " ".join(words)


def churn_about(need: Need) -> str | None:
    """Whether the question is about the churn model itself."""
    return "model" if need.notes.get("intent") == "model" else None


FILLERS: Final[Mapping[str, Callable[[Need], Any]]] = {
    "budget": spending.budget,
    "budget_targeting": spending.budget_targeting,
    "by": by,
    "card_about": hindsight.card_about,
    "card_customer": hindsight.card_customer,
    "card_period": hindsight.card_period,
    "card_strategy": hindsight.card_strategy,
    "channel": channel,
    "churn_about": churn_about,
    "churn_horizon": times.churn_horizon,
    "cohort_measure": cohort_measure,
    "compare_to": times.compare_to,
    "cost_per_customer": spending.cost_per_customer,
    "customer": people.customer,
    "dimensions": splitting.dimensions,
    "decompose": reasons.decompose,
    "discount_pct": spending.discount_pct,
    "effect_by": effect_by,
    "effect_group": effect_group,
    "effect_strategy": hindsight.effect_strategy,
    "exported_customer": exporting.exported_customer,
    "exported_filters": exporting.exported_filters,
    "feedback_by": client_words.feedback_by,
    "feedback_filters": client_words.feedback_filters,
    "filters": people.filters,
    "forecast_metric": forecast_metric,
    "format": exporting.file_format,
    "grain": times.grain,
    "horizon": times.horizon,
    "limit": limits.limit,
    "list_filters": people.list_filters,
    "logged_strategy": logged_strategy,
    "metrics": figures.metrics,
    "months_since": months_since,
    "note": note,
    "open_horizon": times.open_horizon,
    "order_by": figures.order_by,
    "period": times.period,
    "playbook": playbook,
    "playbook_query": playbook_query,
    "rule": named_rule,
    "segment": segment,
    "simulation_filters": people.simulation_filters,
    "sort_by": figures.sort_by,
    "strategies": spending.strategies,
    "strategy": spending.strategy,
    "target_filters": people.target_filters,
    "targeting": spending.targeting,
    "tone": tone,
    "template": template,
    "topic": topic,
    "treat_fraction": spending.treat_fraction,
    "variants": variants,
    "what": exporting.exported,
}
"""Filler by the name used in `frames.yml`."""
