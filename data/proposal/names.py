"""How alike a foreign column name and a field of Aura are, judged by their words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz

_FILE = Path(__file__).with_name("vocabulary.yml")
_NOISE = frozenset({"the", "of", "a", "is", "has", "usd", "eur", "gbp", "value"})
_ALIKE = 84  # of 100, below which two spellings are different words
_EXTRA_WORD = 0.12

Tokens = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words of `vocabulary.yml`, ready to compare."""

    content: dict[str, Any]

    @cached_property
    def _spelling(self) -> dict[str, str]:
        return {
            variant: word
            for word, variants in self.content["tokens"].items()
            for variant in variants
        }

    def words(self, name: str) -> frozenset[str]:
        """A plain list of the file, e.g. `churned_words`."""
        return frozenset(self.content[name])

    def tokens(self, name: str) -> Tokens:
        """The words of a name: `acctNo` and `Account numbers` are both (account, id)."""
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
        parts = re.split(r"[^a-z0-9äöüßéèñ]+", spaced.lower())
        found = [self._one(part) for part in parts if part]
        return tuple(dict.fromkeys(found))

    def _one(self, word: str) -> str:
        if word in self._spelling:
            return self._spelling[word]
        singular = (
            word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] not in "su" else word
        )
        return self._spelling.get(singular, singular)

    @cache  # noqa: B019 - one vocabulary a process
    def phrases(self, entity: str, field: str) -> tuple[tuple[Tokens, int], ...]:
        """What a field is called, best first, with the place of each phrase in the list."""
        fields = self.content["fields"]
        listed = fields.get(f"{entity}.{field}") or fields.get(field) or []
        own = [(self.tokens(field), 0)]
        return tuple(
            dict.fromkeys(
                own
                + [
                    (self.tokens(one), place)
                    for place, phrase in enumerate(listed)
                    for one in self._spelled_out(phrase)
                ]
            )
        )

    def _spelled_out(self, phrase: str) -> Sequence[str]:
        if "{customer}" not in phrase:
            return [phrase]
        return [phrase.replace("{customer}", noun) for noun in self.content["nouns"]["customer"]]

    def likeness(self, name: str, entity: str, field: str) -> float:
        """How much a column's name says that it is this field, 0-1."""
        tokens = self.tokens(name)
        if not tokens:
            return 0.0
        return max(
            _alike(tokens, phrase) - 0.005 * place for phrase, place in self.phrases(entity, field)
        )

    def likeness_to(self, name: str, list_name: str) -> float:
        """The same against one of the plain lists of phrases."""
        tokens = self.tokens(name)
        return max(_alike(tokens, self.tokens(phrase)) for phrase in self.content[list_name])

    def entity_named_by(self, file: str) -> dict[str, float]:
        """How much a file's name says of each entity, 0-1."""
        tokens = set(self.tokens(Path(file).name.split(".")[0]))
        found: dict[str, float] = {}
        for entity, words in self.content["entities"].items():
            nouns = {self._one(word) for word in words}
            own = set(self.tokens(entity))
            hits = [place_weight(words, self, token) for token in tokens if token in nouns]
            found[entity] = 1.0 if own <= tokens else max(hits, default=0.0)
        return found


def place_weight(words: Sequence[str], vocabulary: Vocabulary, token: str) -> float:
    """Earlier words of a list say more."""
    place = [vocabulary.tokens(word)[0] for word in words].index(token)
    return max(0.9 - 0.04 * place, 0.5)


def _alike(tokens: Tokens, phrase: Tokens) -> float:
    if set(tokens) == set(phrase):
        return 1.0
    told = [token for token in tokens if token not in _NOISE]
    if set(told) == set(phrase):
        return 0.96
    if set(phrase) <= set(told) and phrase != ("id",):
        return 0.9 - _EXTRA_WORD * (len(told) - len(phrase))
    if "".join(told) == "".join(phrase):
        return 0.95
    ratio = fuzz.token_sort_ratio(" ".join(told), " ".join(phrase))
    return 0.9 * ratio / 100 if ratio >= _ALIKE else 0.0


@cache
def vocabulary() -> Vocabulary:
    """The one vocabulary."""
    return Vocabulary(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
