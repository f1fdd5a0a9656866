"""What detractors talk about against promoters, topic by topic, with the doubt of few clients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from data.gold_feedback import TopicVoices
from tools.contract import Chart, Column, Fact, Scalar, Series, Table
from tools.feedback_answers import spoken_topic
from tools.models.effects import ALPHA, ArmCounts, Difference, difference
from tools.shapes import Unit
from tools.wording import count_noun, format_value, join_words

__all__ = ["Contrast", "contrasts_of"]

DETRACTOR, PROMOTER = "detractor", "promoter"
_SPOKEN: Final = 3
_LEVEL_PCT: Final = 95
_NOBODY: Final = 0


@dataclass(frozen=True, slots=True)
class TopicContrast:
    """One topic: clients of either group who talk, complain and praise.

    Attributes:
        gap: Share of complaining detractors less that of complaining promoters; the interval
            allows for as many comparisons as there are topics.
    """

    topic: str
    detractors: TopicVoices
    promoters: TopicVoices
    gap: Difference


@dataclass(frozen=True, slots=True)
class Contrast:
    """All topics, the widest gap first; `detractors` and `promoters` are clients who wrote."""

    topics: tuple[TopicContrast, ...]
    detractors: int
    promoters: int

    def summary(self) -> str:
        """Sizes, the topics that differ, those that cannot be told, and what promoters praise."""
        clear = [each for each in self.topics if each.gap.is_clear and each.gap.effect > 0]
        sizes = (
            f"{count_noun(self.detractors, 'detractor')} (NPS at most 6) and "
            f"{count_noun(self.promoters, 'promoter')} (NPS at least 9) wrote something."
        )
        if clear:
            said = join_words([_gap_words(each) for each in clear[:_SPOKEN]])
            told = f"Detractors complain clearly more about {said}."
        else:
            told = "No topic sets their complaints clearly apart: too few clients, or the same worries."
        return " ".join(part for part in (sizes, told, self._praise()) if part)

    def facts(self) -> list[Fact]:
        """Sizes, shares by topic and group, gaps with intervals."""
        facts = [
            Fact(name="detractors", value=self.detractors, unit="count"),
            Fact(name="promoters", value=self.promoters, unit="count"),
            Fact(name="detractor_nps_at_most", value=6, unit="score"),
            Fact(name="promoter_nps_at_least", value=9, unit="score"),
            Fact(name="interval_level_pct", value=_LEVEL_PCT, unit="pct"),
        ]
        for each in self.topics:
            for voices in (each.detractors, each.promoters):
                key = f"[nps_group={voices.group},topic={each.topic}]"
                facts += [
                    Fact(name=f"about_pct{key}", value=_pct(voices.about, voices), unit="pct"),
                    Fact(
                        name=f"complaining_pct{key}",
                        value=_pct(voices.complaining, voices),
                        unit="pct",
                    ),
                    Fact(
                        name=f"praising_pct{key}", value=_pct(voices.praising, voices), unit="pct"
                    ),
                ]
            key = f"[topic={each.topic}]"
            gap = each.gap
            for name, share in (("", gap.effect), ("_low", gap.low), ("_high", gap.high)):
                facts.append(
                    Fact(name=f"complaining_gap{name}{key}", value=100 * share, unit="points")
                )
        return facts

    def table(self) -> Table:
        """One row a topic."""
        heads: tuple[tuple[str, Unit, str], ...] = (
            ("topic", "text", "Topic"),
            ("detractors_about", "pct", "Detractors who mention it"),
            ("promoters_about", "pct", "Promoters who mention it"),
            ("detractors_complaining", "pct", "Detractors who complain"),
            ("promoters_complaining", "pct", "Promoters who complain"),
            ("gap_low", "points", "Gap in points, low"),
            ("gap_high", "points", "Gap in points, high"),
        )
        return Table(
            title="What detractors and promoters talk about",
            columns=[Column(name=name, unit=unit, label=label) for name, unit, label in heads],
            rows=[
                [
                    spoken_topic(each.topic),
                    _pct(each.detractors.about, each.detractors),
                    _pct(each.promoters.about, each.promoters),
                    _pct(each.detractors.complaining, each.detractors),
                    _pct(each.promoters.complaining, each.promoters),
                    *(100 * share for share in (each.gap.low, each.gap.high)),
                ]
                for each in self.topics
            ],
        )

    def chart(self) -> Chart:
        """Complaining clients by topic, the two groups side by side."""
        names: list[Scalar] = [spoken_topic(each.topic) for each in self.topics]
        return Chart(
            kind="bar",
            title="Clients who complain, by topic",
            unit="pct",
            y_label="Share of clients who wrote",
            series=[
                Series(
                    name="Detractors",
                    x=names,
                    y=[_pct(each.detractors.complaining, each.detractors) for each in self.topics],
                ),
                Series(
                    name="Promoters",
                    x=names,
                    y=[_pct(each.promoters.complaining, each.promoters) for each in self.topics],
                ),
            ],
        )

    def _praise(self) -> str:
        praised = sorted(self.topics, key=lambda each: -_liking(each.promoters))[:_SPOKEN]
        named = [
            f"{spoken_topic(each.topic)} ({_share(each.promoters.praising, each.promoters)})"
            for each in praised
            if _liking(each.promoters) > 0
        ]
        return f"Promoters praise most of all {join_words(named)}." if named else ""


def contrasts_of(voices: Sequence[TopicVoices]) -> Contrast | None:
    """Set the two groups against each other; None where one of them wrote nothing."""
    found = {(each.group, each.topic): each for each in voices}
    sizes = {each.group: each.clients for each in voices}
    if not {DETRACTOR, PROMOTER} <= set(sizes):
        return None
    topics = sorted({topic for group, topic in found if group in {DETRACTOR, PROMOTER}})
    level = 1 - ALPHA / len(topics)

    def of(group: str, topic: str) -> TopicVoices:
        silent = TopicVoices(group, topic, sizes[group], _NOBODY, _NOBODY, _NOBODY)
        return found.get((group, topic), silent)

    pairs = [(topic, of(DETRACTOR, topic), of(PROMOTER, topic)) for topic in topics]
    rows = [TopicContrast(topic, low, high, _gap(low, high, level)) for topic, low, high in pairs]
    rows.sort(key=lambda each: (-each.gap.effect, each.topic))
    return Contrast(tuple(rows), sizes[DETRACTOR], sizes[PROMOTER])


def _gap(detractors: TopicVoices, promoters: TopicVoices, level: float) -> Difference:
    arms = ArmCounts(
        detractors.clients, detractors.complaining, promoters.clients, promoters.complaining
    )
    return difference(arms, level=level)


def _gap_words(each: TopicContrast) -> str:
    return (
        f"{spoken_topic(each.topic)} ({_share(each.detractors.complaining, each.detractors)} of "
        f"them against {_share(each.promoters.complaining, each.promoters)} of promoters; the gap "
        f"is {_points(each.gap.effect)} points, {_LEVEL_PCT} % interval over all topics "
        f"{_points(each.gap.low)} to {_points(each.gap.high)})"
    )


def _liking(voices: TopicVoices) -> int:
    """Clients who praise, less those who complain."""
    return voices.praising - voices.complaining


def _pct(part: int, voices: TopicVoices) -> float:
    return 100 * part / voices.clients


def _share(part: int, voices: TopicVoices) -> str:
    return format_value(_pct(part, voices), "pct")


def _points(share: float) -> str:
    return format_value(100 * share, "points")
