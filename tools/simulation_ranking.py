"""Which strategy comes first, and how that is said; measured and assumed are ranked apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tools.contract import Chart, Fact, Series
from tools.models.simulation import Outcome, Plan
from tools.simulation_answers import loses_money
from tools.strategies import spoken
from tools.strategy_evidence import Evidence
from tools.wording import count_noun, format_value, join_words

__all__ = [
    "Mix",
    "Tried",
    "by_grade",
    "net_chart",
    "ranking_caveats",
    "ranking_facts",
    "ranking_sentences",
]


@dataclass(frozen=True, slots=True)
class Tried:
    """A strategy with its result.

    Attributes:
        outcome: None when there is no client for whom it pays.
        covered: Clients of the kind its effect is known for.
    """

    evidence: Evidence
    outcome: Outcome | None
    covered: int


@dataclass(frozen=True, slots=True)
class Mix:
    """Several strategies within one budget.

    Attributes:
        treated: Clients by strategy.
        whole: What they bring together.
    """

    treated: Mapping[str, int]
    whole: Plan


Money = Callable[[float], str]


def by_grade(tried: Sequence[Tried], budget: float | None) -> list[Tried]:
    """Measured first; within a grade by ARR saved under a budget, else by ROI."""

    def key(each: Tried) -> tuple[bool, float, str]:
        outcome = each.outcome
        if outcome is None:
            worth = float("-inf")
        elif budget is not None:
            worth = outcome.arr_saved_usd.value
        else:
            worth = outcome.roi_pct.value if outcome.roi_pct else float("inf")
        return each.evidence.grade != "measured", -worth, each.evidence.strategy

    return sorted(tried, key=key)


def ranking_facts(tried: Sequence[Tried], mix: Mix | None) -> list[Fact]:
    """Who is first, and the sums of the mix."""
    facts = [
        Fact(name=f"evidence:{each.evidence.strategy}", value=each.evidence.grade, unit="text")
        for each in tried
    ]
    best = _first(tried)
    if best is not None:
        facts.insert(0, Fact(name="best_strategy", value=best.evidence.strategy, unit="text"))
    most = _largest_net(tried)
    if most is not None:
        facts.insert(
            1, Fact(name="largest_net_strategy", value=most.evidence.strategy, unit="text")
        )
    if mix:
        facts += [
            Fact(name="mix_customers_treated", value=mix.whole.customers_treated, unit="count"),
            *(
                Fact(name=f"mix_{name}{end}", value=value, unit="usd")
                for name in ("arr_saved_usd", "cost_usd", "net_usd")
                for end, value in zip(("", "_low", "_high"), getattr(mix.whole, name), strict=True)
            ),
            Fact(name="mix_p_positive_prob", value=mix.whole.p_positive_prob, unit="prob"),
            *(
                Fact(name=f"mix_treated:{name}", value=clients, unit="count")
                for name, clients in mix.treated.items()
            ),
        ]
    return facts


def ranking_sentences(
    tried: Sequence[Tried], mix: Mix | None, who: str, budget: float | None, currency: str
) -> str:
    """The winner with its figures, the others' order in one clause, the best mix of a budget."""

    def usd(amount: float) -> str:
        return format_value(round(amount), "usd", currency=currency)

    best = _first(tried)
    if best is None or best.outcome is None:
        return f"No strategy is worth its cost for any of the {who}."
    outcome, name = best.outcome, spoken(best.evidence.strategy)
    roi = f", ROI {format_value(outcome.roi_pct.value, 'pct')}" if outcome.roi_pct else ""
    figures = (
        f"{usd(outcome.arr_saved_usd.value)} of ARR saved for {usd(outcome.cost_usd.value)} "
        f"(net {usd(outcome.net_usd.value)}, 90 % range {usd(outcome.net_usd.low)} to "
        f"{usd(outcome.net_usd.high)}{roi}); effect {best.evidence.grade}."
    )
    treated = count_noun(outcome.customers_treated, "client")
    if budget is not None:
        head = f"With {usd(budget)} for {who}, {name} saves the most ARR: {treated} treated, "
    elif outcome.net_usd.value < 0:
        head = f"No strategy pays for {who}. The best return of them has {name}: "
    else:
        head = f"For {who}, {name} has the highest return: "
    parts = [head + figures, _runner(tried, best, budget, usd), _mixed(mix, usd)]
    return " ".join(part for part in parts if part)


def ranking_caveats(tried: Sequence[Tried], clients: int) -> list[str]:
    """Losses, uncertain winners and mixed grades are not left out."""
    caveats: list[str] = []
    losing = [
        spoken(each.evidence.strategy)
        for each in tried
        if each.outcome and loses_money(each.outcome)
    ]
    if losing:
        keeps, loses = ("keeps", "loses") if len(losing) == 1 else ("keep", "lose")
        caveats.append(f"{join_words(losing).capitalize()} {keeps} clients and {loses} money here.")
    caveats += [
        f"{spoken(each.evidence.strategy).capitalize()} counts only for the {each.covered:,} of "
        f"{clients:,} clients it is known for ({each.evidence.kind})."
        for each in tried
        if each.covered < clients
    ]
    unclear = [
        spoken(each.evidence.strategy)
        for each in tried
        if each.evidence.measured is not None and not each.evidence.measured.is_clear
    ]
    if unclear:
        caveats.append(
            f"The test of {join_words(unclear)} did not show a clear effect: zero is within the "
            "95 % interval."
        )
    grades = {each.evidence.grade for each in tried}
    if len(grades) > 1:
        caveats.append("Measured effects are ranked before assumed ones; the two are not mixed.")
    elif grades == {"assumed"}:
        caveats.append(
            "All effects are assumed: this data set has no randomised test with enough outcomes, "
            "so the playbooks' expected ranges stand in."
        )
    return caveats


def _runner(tried: Sequence[Tried], best: Tried, budget: float | None, usd: Money) -> str:
    """The largest net result when it is another strategy; else the second in rank."""
    most = _largest_net(tried)
    if budget is None and most is not None and most is not best and most.outcome is not None:
        said = "brings the largest net result" if most.outcome.net_usd.value > 0 else "loses least"
        name = spoken(most.evidence.strategy).capitalize()
        return f"{name} {said}: net {usd(most.outcome.net_usd.value)}."
    second = next(
        (
            each
            for each in tried
            if each is not best
            and each.outcome is not None
            and each.evidence.grade == best.evidence.grade
        ),
        None,
    )
    if second is None or second.outcome is None:
        return ""
    return (
        f"Next is {spoken(second.evidence.strategy)} with "
        f"{usd(second.outcome.arr_saved_usd.value)} saved for "
        f"{usd(second.outcome.cost_usd.value)}."
    )


def _mixed(mix: Mix | None, usd: Money) -> str:
    if not mix:
        return ""
    parts = [f"{spoken(name)} for {clients:,}" for name, clients in mix.treated.items()]
    arr, cost, net = mix.whole.arr_saved_usd, mix.whole.cost_usd, mix.whole.net_usd
    return (
        f"A mix saves more: {join_words(parts)} clients, {usd(arr.value)} for {usd(cost.value)} "
        f"(net {usd(net.value)}, 90 % range {usd(net.low)} to {usd(net.high)})."
    )


def _first(tried: Sequence[Tried]) -> Tried | None:
    return next((each for each in tried if each.outcome is not None), None)


def _largest_net(tried: Sequence[Tried]) -> Tried | None:
    best = _first(tried)
    if best is None:
        return None
    alike = [t for t in tried if t.outcome and t.evidence.grade == best.evidence.grade]
    return max(alike, key=lambda t: t.outcome.net_usd.value if t.outcome else 0.0)


def net_chart(tried: Sequence[Tried]) -> Chart:
    """Net result of each strategy that was simulated."""
    known = [(each.evidence.strategy, each.outcome.net_usd) for each in tried if each.outcome]
    return Chart(
        kind="bar",
        title="Net result by strategy",
        unit="usd",
        series=[
            Series(
                name="Net",
                x=[spoken(name) for name, _ in known],
                y=[net.value for _, net in known],
                low=[net.low for _, net in known],
                high=[net.high for _, net in known],
            )
        ],
    )
