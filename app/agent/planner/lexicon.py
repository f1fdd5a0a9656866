"""What one asker can talk about: metrics, dimensions, values, clients, strategies, playbooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from app.agent.planner.language import Language, Measure, common_words, language
from app.agent.planner.normalise import fold
from app.agent.planner.ranker import load_ranker
from app.agent.planner.spans.names import NameIndex
from app.agent.planner.spans.phrases import PhraseIndex
from app.agent.planner.spelling import Speller, build_speller


@dataclass(frozen=True)
class Term:
    """A metric or a client column of the semantic model."""

    label: str
    synonyms: tuple[str, ...] = ()
    unit: str = "count"
    flow: bool = False


@dataclass(frozen=True)
class Lexicon:
    """The names that are in use; built once per scope and gold version.

    Attributes:
        metrics: Metrics of the semantic model.
        numbers: Columns per client usable in filters and sorting.
        dimensions: Dimension names with the values that occur.
        customers: Clients this asker may see, id to name.
        strategies: Names as in `gold.interventions`.
        playbooks: Playbook ids with their titles.
        as_of: The day that counts as today.
        definitions: How a score is computed, by metric; beyond what the tool says.
        value_synonyms: Other words for values, by dimension.
    """

    metrics: Mapping[str, Term]
    numbers: Mapping[str, Term]
    dimensions: Mapping[str, Sequence[str]]
    customers: Mapping[str, str]
    strategies: Sequence[str]
    playbooks: Mapping[str, str]
    as_of: date
    definitions: Mapping[str, str] = field(default_factory=dict[str, str])
    value_synonyms: Mapping[str, Mapping[str, Sequence[str]]] = field(
        default_factory=dict[str, Mapping[str, Sequence[str]]]
    )

    @cached_property
    def phrases(self) -> PhraseIndex:
        """Every phrase that means something here."""
        return _build_phrases(self, language())

    @cached_property
    def clients(self) -> NameIndex:
        """Client names."""
        return NameIndex(self.customers)

    @cached_property
    def managers(self) -> NameIndex:
        """Account managers' names."""
        return NameIndex({name: name for name in self.dimensions.get("account_manager", ())})

    @cached_property
    def speller(self) -> Speller:
        """Mends words towards this vocabulary."""
        words = set(self.phrases.words) | set(language().fillers)
        for phrases in (*language().politeness, *language().contractions.values()):
            words.update(phrases.split())
        words |= load_ranker().words
        everyday = common_words() | set(language().jargon)
        return build_speller(words | _CALENDAR, self.phrases.topics | _CALENDAR, everyday)

    @cached_property
    def ids(self) -> dict[str, str]:
        """Folded client ids."""
        return {fold(key): key for key in self.customers}

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """Measures that exist here: those of the language file and those only the model knows."""
        known = {
            key: measure for key, measure in language().measures.items() if self._exists(measure)
        }
        named = {name for m in language().measures.values() for name in m.metric_names}
        numbers = {m.number for m in language().measures.values()}
        for name, term in self.metrics.items():
            if name not in named:
                number = name if name in self.numbers else None
                known[name] = Measure(metric=name, number=number, flow=term.flow)
        for name in self.numbers:
            if name not in numbers and name not in self.metrics:
                known[name] = Measure(number=name)
        return known

    def label(self, name: str) -> str:
        """What a person calls a metric, a number or a dimension."""
        term = self.metrics.get(name) or self.numbers.get(name)
        return term.label if term else name.replace("_", " ")

    def unit_of(self, name: str) -> str:
        """Unit of a metric or a number."""
        term = self.numbers.get(name) or self.metrics.get(name)
        return term.unit if term else "text"

    def _exists(self, measure: Measure) -> bool:
        if measure.attribute:
            return True
        metrics = measure.metric_names
        return any(name in self.metrics for name in metrics) or measure.number in self.numbers


_CALENDAR = frozenset(
    {
        "january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december", "today", "yesterday", "tomorrow", "day", "days", "week",
        "weeks", "month", "months", "quarter", "quarters", "year", "years", "last", "first",
        "second", "third", "fourth", "half", "two", "three", "four", "five", "six", "seven", "eight",
        "nine", "ten", "twelve", "twenty", "thirty", "past", "next", "previous", "current", "this",
        "since", "between", "until", "ago", "coming", "trailing", "recent",
    }
)  # fmt: skip


def _build_phrases(lexicon: Lexicon, words: Language) -> PhraseIndex:
    index = PhraseIndex()
    for key, measure in lexicon.measures.items():
        index.add("measure", key, [*measure.phrases, *_own_names(lexicon, key, measure)])
    for dimension in lexicon.dimensions:
        own = [] if dimension == "customer" else [dimension.replace("_", " ")]
        index.add("dimension", dimension, [*words.dimensions.get(dimension, ()), *own])
    _add_values(index, lexicon, words)
    for key, condition in words.conditions.items():
        index.add("condition", key, condition.phrases)
    for strategy in lexicon.strategies:
        plain = strategy.replace("_", " ")
        index.add("strategy", strategy, [plain, *words.strategies.get(strategy, ())])
    for playbook, title in lexicon.playbooks.items():
        said = [playbook.replace("-", " "), title, *words.playbooks.get(playbook, ())]
        index.add("playbook", playbook, said)
    _add_hints(index, words)
    _add_model_words(index, lexicon)
    return index


def _own_names(lexicon: Lexicon, key: str, measure: Measure) -> list[str]:
    """Name and label of a measure in the semantic model."""
    words = [key.replace("_", " ")]
    for name in measure.metric_names[:1]:
        words += [name.replace("_", " "), lexicon.label(name)]
    return [word for word in words if word.lower() not in _TOO_PLAIN]


def _add_model_words(index: PhraseIndex, lexicon: Lexicon) -> None:
    """Take the semantic model's synonyms that mean nothing else yet."""
    for key, measure in lexicon.measures.items():
        terms = [lexicon.metrics.get(name) for name in measure.metric_names[:1]]
        if measure.number:
            terms.append(lexicon.numbers.get(measure.number))
        for term in terms if not measure.condition else ():
            for phrase in (term.label, *term.synonyms) if term else ():
                plain = phrase.lower().startswith(("how ", "by "))
                if not plain and phrase.lower() not in _TOO_PLAIN and not index.knows(phrase):
                    index.add("measure", key, [phrase])


_TOO_PLAIN = frozenset(
    {"customers", "clients", "accounts", "customer", "client", "churn", "risk", "joined", "onboarded",
     "newest", "users", "spend", "spent", "loyalty", "exposure", "portfolio size",
     "tickets this month", "new tickets"}
)  # fmt: skip


_CODED = frozenset({"health_band", "churn_risk", "status", "rule_risk", "next_best_action"})
"""Dimensions whose values are said as conditions ("at risk"), not by their codes."""


def _add_values(index: PhraseIndex, lexicon: Lexicon, words: Language) -> None:
    for dimension, values in lexicon.dimensions.items():
        if dimension in {"customer", "account_manager", *_CODED}:
            continue
        for value in values:
            meaning: Any = (dimension, value)
            index.add("value", meaning, words.values.get(dimension, {}).get(value, ()))
            said = lexicon.value_synonyms.get(dimension, {}).get(value, ())
            index.add("value", meaning, [phrase for phrase in said if _is_clear(phrase)])
            if value not in words.weak_values:
                index.add("value", meaning, [value.replace("_", " ")])


def _is_clear(phrase: str) -> bool:
    """Whether a synonym of a value cannot be taken for an everyday word."""
    return " " in phrase.strip() or phrase.lower() not in common_words()


def _add_hints(index: PhraseIndex, words: Language) -> None:
    for key, rank in words.ranks.items():
        index.add("rank", key, rank.phrases)
    for key, phrases in words.cues.items():
        index.add("cue", key, phrases)
    for key, phrases in words.pronouns.items():
        index.add("pronoun", key, phrases)
    index.add("negation", "not", words.negations)
    for key, phrases in words.operators.items():
        index.add("operator", key, phrases)
    for key, phrases in words.grains.items():
        index.add("grain", key, phrases)
    for key, phrases in words.formats.items():
        index.add("format", key, phrases)
    for key, phrases in words.channels.items():
        index.add("channel", key, phrases)
    for key, phrases in words.tones.items():
        index.add("tone", key, phrases)
