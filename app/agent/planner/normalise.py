"""Text as the recognisers read it: folded, without contractions, cut into tokens."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
_TOKEN: Final = re.compile(
    r"(?P<clock>\b\d{1,2}[:/]\d{1,2}(?![\d/])(?:\s?pm\b)?|\b\d{1,2}(?:\s?pm|am)\b)"
    r"|(?P<date>(?<![\d-])(?:(?:19|20)\d\d[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](?:20)?\d\d"
    r"|\d{1,2}/(?:19|20)\d\d)(?![\d/-]))"
    r"|(?P<number>[$€£]?\s?\d{1,3}(?:[ ,\u00a0]\d{3})+(?:\.\d+)?(?![\d])|[$€£]?\d+(?:\.\d+)?)"
    r"(?P<scale>\s?(?:million|thousand|billion)\b|[kKmM](?![A-Za-z]))?(?P<percent>\s?%)?"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)"
    r"|(?P<mark>>=|<=|!=|[?.!,;:&><=])"
)
_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "'re": ("are",),
    "'ve": ("have",),
    "'ll": ("will",),
    "'d": ("would",),
    "'m": ("am",),
}
_ASKING: Final = frozenset(
    {"what", "who", "how", "where", "when", "why", "which", "it", "that", "there", "he", "she"}
)
_SCALES: Final = {"k": 1e3, "m": 1e6, "thousand": 1e3, "million": 1e6, "billion": 1e9}


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or mark.

    Attributes:
        text: Folded and lower case, spelling mended.
        stem: `text` without its plural, as phrases are compared.
        raw: As written.
        start: Offset in the source text; `end` is exclusive.
        number: The value of a number, else None.
        unit: `usd`, `pct` or empty.
    """

    text: str
    stem: str
    raw: str
    start: int
    end: int
    number: float | None = None
    unit: str = ""

    @property
    def capital(self) -> bool:
        """Whether it was written with a capital first letter."""
        return self.raw[:1].isupper()

    @property
    def is_mark(self) -> bool:
        """Whether it is punctuation."""
        return not self.text[:1].isalnum() and self.number is None

    def spelt(self, text: str) -> "Token":
        """Return the token with its spelling mended."""
        return replace(self, text=text, stem=stem(text))


def fold(text: str) -> str:
    """Lower case without accents, one character for one character where possible."""
    out: list[str] = []
    for char in text.translate(_QUOTES):
        base = unicodedata.normalize("NFKD", char)[0]
        out.append(base.lower())
    return "".join(out)


def stem(word: str) -> str:
    """Take the plural off a word."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def tokenise(text: str, contractions: Mapping[str, str]) -> list[Token]:
    """Cut a text into tokens.

    Args:
        text: What the person wrote.
        contractions: Short forms and the words they stand for (`whats` → `what is`).

    Returns:
        Tokens in order; a contraction gives several tokens with the same offsets.
    """
    folded = fold(text)
    tokens: list[Token] = []
    for match in _TOKEN.finditer(folded):
        raw, start, end = text[match.start() : match.end()], match.start(), match.end()
        if match["date"]:
            said = _date(match["date"])
            tokens.append(Token(said, said, raw, start, end))
        elif match["clock"]:
            tokens.append(Token(match["clock"], match["clock"], raw, start, end))
        elif match["number"]:
            tokens.append(_number(match, raw))
        elif match["word"]:
            words = _expand(match["word"], contractions)
            tokens.extend(Token(word, stem(word), raw, start, end) for word in words)
        else:
            tokens.append(Token(match["mark"], match["mark"], raw, start, end))
    return tokens


def _date(written: str) -> str:
    """A date in digits as year, month and day; 6/5/2026 is in June, 6.5.2026 in May."""
    parts = [int(part) for part in re.split(r"[-/.]", written)]
    if len(parts) == 2:
        year, month = sorted(parts, reverse=True)
        return f"{year} {month:02}"
    if parts[0] > 31:
        year, month, day = parts
    else:
        day, month, year = parts
        if month > 12 or ("/" in written and day <= 12):
            day, month = month, day
    return f"{year % 100 + 2000} {month:02} {day:02}"


def _number(match: re.Match[str], raw: str) -> Token:
    digits = match["number"].strip()
    money = digits[0] in "$€£"
    value = float(re.sub(r"[^\d.]", "", digits))
    if match["scale"]:
        value *= _SCALES[match["scale"].strip()]
    unit = "usd" if money else "pct" if match["percent"] else ""
    return Token(digits, digits, raw, match.start(), match.end(), value, unit)


def _expand(word: str, contractions: Mapping[str, str]) -> tuple[str, ...]:
    if "'" not in word:
        return tuple(contractions.get(word, word).split())
    head, _, tail = word.partition("'")
    if tail == "s":
        return (head, "is") if head in _ASKING else (head,)
    if tail == "t" and head.endswith("n"):
        base = {"ca": "can", "wo": "will", "sha": "shall"}.get(head[:-1], head[:-1])
        return (base, "not")
    extra = _ENDINGS.get(f"'{tail}")
    return (head, *extra) if extra else (head + tail,)


def words_of(phrase: str) -> tuple[str, ...]:
    """Stems of a phrase as the matcher compares them."""
    return tuple(stem(word) for word in re.findall(r"[^\W_]+", fold(phrase)))


def is_cased(tokens: Sequence[Token]) -> bool:
    """Whether capitals mean something: neither Title Case nor SHOUTING throughout."""
    letters = [token for token in tokens if token.text.isalpha()]
    capitals = sum(token.capital for token in letters)
    return len(letters) < 3 or capitals <= 0.7 * len(letters)
