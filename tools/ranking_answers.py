"""Words on all strategies by their measured effect; what is assumed stands apart."""

from itertools import groupby
from typing import Any, Final

from tools.contract import Period, Provenance, ToolContext, ToolResult
from tools.experiment_answers import DEFINITION, payment
from tools.models.pooling import false_alarm_probability
from tools.ranking_tables import (
    UNTESTED_SPOKEN,
    is_one_ranking,
    ranking_chart,
    ranking_facts,
    ranking_table,
)
from tools.running_tests import running_note
from tools.strategies import spoken
from tools.trial_ranking import EVERY, Ranked, Ranking
from tools.trial_words import points, start_words
from tools.wording import count_noun, format_value, join_words

__all__ = ["ranking_result"]

_GROUPS_SPOKEN: Final = 4
_ASSUMED: Final = (
    "What the playbooks of a strategy that was never tested here expect; no measurement."
)


def ranking_result(ranking: Ranking, period: Period | None, context: ToolContext) -> ToolResult:
    """The whole answer."""
    resolved: dict[str, Any] = {"strategy": EVERY}
    resolved |= {"by": ranking.by} if ranking.by else {}
    resolved |= {"group": ranking.asked} if ranking.asked else {}
    resolved |= {"period": period.model_dump(mode="json")} if period else {}
    first = ranking.lines[0].strategy if ranking.lines else "success_call"
    tested = {line.strategy for line in ranking.lines}
    return ToolResult(
        summary=_summary(ranking, context.gold.build.currency),
        args=resolved,
        facts=ranking_facts(ranking),
        table=ranking_table(ranking),
        charts=[ranking_chart(ranking)] if is_one_ranking(ranking) else [],
        provenance=_sources(ranking, context),
        caveats=_caveats(ranking),
        suggestions=[
            f"Did {spoken(first)} work?",
            "Which strategy works best by segment?"
            if ranking.by is None
            else f"Show the effect of {spoken(first)} by {ranking.label}",
            f"Start an experiment with {spoken(ranking.assumed[0].strategy)}"
            if ranking.assumed
            else "Compare all strategies for clients at risk",
        ]
        if tested
        else ["Compare all strategies for clients at risk"],
    )


def _summary(ranking: Ranking, currency: str) -> str:
    if not ranking.lines:
        return f"No strategy has a measured effect yet. {start_words('success call')}"
    if ranking.by is not None and not ranking.asked:
        return _by_group(ranking)
    first, *rest = ranking.lines
    where = _where(ranking)
    opened = f"{where}{_verdict(first)}"
    parts = [
        f"{opened[:1].upper()}{opened[1:]}: {_figures(first)}.{_money(first, ranking, currency)}",
        _lead(first, rest[0]) if rest else "",
        _others(rest),
        _steadied(ranking),
    ]
    return " ".join(part for part in parts if part)


def _where(ranking: Ranking) -> str:
    if not ranking.asked:
        return ""
    if ranking.by == "churn_risk":
        return f"Among clients at {ranking.asked} risk "
    return f"In {ranking.asked} "


def _verdict(first: Ranked) -> str:
    name = spoken(first.strategy)
    if first.low > 0:
        return f"{name} has worked best"
    return f"no strategy has a clear effect; the largest is that of {name}"


def _figures(line: Ranked) -> str:
    return (
        f"{points(abs(line.effect))} points {'more' if line.effect >= 0 else 'fewer'} clients kept "
        f"after 90 days (95 % interval {points(line.low)} to {points(line.high)}; "
        f"{line.arms.treated:,} treated, {line.arms.control:,} control clients)"
    )


def _money(line: Ranked, ranking: Ranking, currency: str) -> str:
    """Whether it paid; money is known for the test as a whole."""
    money = line.trial.money
    if money is None:
        return " Whether it paid is not on record."
    net = format_value(round(money.net_usd.value), "usd", currency=currency)
    scope = "over all clients tested " if ranking.by else ""
    said = payment(money).removeprefix(" and ").removeprefix("; ")
    verb = f"it {said}" if "lost" in said or "paid" in said.split()[:2] else said
    return f" As to money, {scope}{verb}: {net} net a treated client."


def _lead(first: Ranked, second: Ranked) -> str:
    """Whether the first is ahead of the second for sure."""
    gap = first.effect - second.effect
    doubt = (((first.high - first.low) ** 2 + (second.high - second.low) ** 2) ** 0.5) / 2
    name = spoken(second.strategy)
    if gap > doubt:
        return f"It is clearly ahead of the next, {name} ({points(second.effect)} points)."
    return (
        f"Whether it beats the next, {name} ({points(second.effect)} points), is not certain: the "
        "difference may be chance."
    )


def _others(rest: list[Ranked]) -> str:
    """Which of the others work, do harm, or show nothing."""
    kinds = (
        ([line for line in rest if line.low > 0], "Also clear"),
        ([line for line in rest if line.high < 0], "Clearly harmful"),
        ([line for line in rest if not line.is_clear], "No clear effect"),
    )
    return " ".join(
        f"{head}: {join_words([spoken(line.strategy) for line in lines])}."
        for lines, head in kinds
        if lines
    )


def _steadied(ranking: Ranking) -> str:
    said = "All of it is measured by randomised tests"
    if not ranking.by:
        return f"{said}."
    return f"{said}, each steadied by what it shows in the other groups."


def _by_group(ranking: Ranking) -> str:
    groups = [list(lines) for _, lines in groupby(ranking.lines, key=lambda line: line.group)]
    said = [
        f"in {lines[0].group} {spoken(lines[0].strategy)} ({points(lines[0].effect)} points, "
        f"{points(lines[0].low)} to {points(lines[0].high)}"
        f"{'' if lines[0].low > 0 else ', not clear'})"
        for lines in groups[:_GROUPS_SPOKEN]
    ]
    return (
        f"The largest measured effect by {ranking.label}: {join_words(said)}. {_steadied(ranking)}"
    )


def _caveats(ranking: Ranking) -> list[str]:
    tests = len(ranking.lines)
    caveats: list[str] = []
    if tests > 1:
        chance = format_value(false_alarm_probability(tests), "prob")
        caveats.append(
            f"{tests} effects are compared, and the first of several is flattered by luck: even if "
            f"nothing worked, at least one would look clear with a probability of {chance}."
        )
    worked = {line.strategy: line for line in ranking.lines if line.low > 0}
    caveats += [
        f"{spoken(name).capitalize()} kept clients{payment(line.trial.money)}."
        for name, line in worked.items()
        if line.trial.money is not None and "lost" in payment(line.trial.money)
    ]
    if ranking.uneven:
        names = join_words([spoken(name) for name in ranking.uneven])
        caveats.append(f"The test of {names} was no fair draw, so its effect is not measured.")
    caveats += [
        f"{spoken(test.strategy).capitalize()}: {running_note(test)}" for test in ranking.running
    ]
    if ranking.assumed:
        caveats.append(_untested(ranking))
    return caveats


def _untested(ranking: Ranking) -> str:
    names = [spoken(each.strategy) for each in ranking.assumed]
    shown = names if len(names) <= UNTESTED_SPOKEN + 1 else names[:UNTESTED_SPOKEN]
    more = len(names) - len(shown)
    said = join_words([*shown, *([f"{count_noun(more, 'other')}"] if more else [])])
    them = "it" if len(names) == 1 else "them"
    return f"Never tested here: {said}. What a playbook expects of {them} is only assumed."


def _sources(ranking: Ranking, context: ToolContext) -> list[Provenance]:
    as_of = context.gold.as_of
    clients = sum({line.strategy: line.trial.arms.clients for line in ranking.lines}.values())
    sources = [
        Provenance(
            tool="analyze_experiment",
            table="gold.interventions",
            as_of=as_of,
            rows=clients,
            definition=DEFINITION,
            evidence="measured" if ranking.lines else "recorded",
        )
    ]
    if ranking.assumed:
        sources.append(
            Provenance(
                tool="analyze_experiment",
                table="playbooks",
                as_of=None,
                rows=len(ranking.assumed),
                definition=_ASSUMED,
                evidence="assumed",
            )
        )
    return sources
