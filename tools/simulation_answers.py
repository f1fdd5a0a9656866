"""Words, facts, tables and charts of simulated strategies."""

from collections.abc import Sequence
from typing import Final

from tools.contract import (
    Chart,
    Column,
    Fact,
    Scalar,
    Series,
    Table,
    Unit,
)
from tools.models.hazards import EFFECT_DAYS
from tools.models.simulation import Outcome, Range
from tools.strategies import spoken
from tools.strategy_evidence import Evidence
from tools.wording import format_value

__all__ = [
    "grade_words",
    "look_back",
    "loses_money",
    "measure_rows",
    "outcome_facts",
    "outcome_sentences",
    "simulation_caveats",
    "strategy_row",
    "strategy_table",
    "tornado_chart",
]

_PRICE_CUT: Final = "discount"
"""Given to leavers and stayers alike, so the money spent on stayers is always said."""
_INPUTS: Final = {
    "effect": "Effect of the strategy",
    "churn_probability": "Churn probabilities",
    "value": "ARR of the clients kept",
    "cost": "Cost",
}
_MEASURES: Final[tuple[tuple[str, str, Unit], ...]] = (
    ("customers_retained", "Clients kept", "count"),
    ("arr_saved_usd", "ARR saved", "usd"),
    ("cost_usd", "Cost", "usd"),
    ("net_usd", "Net", "usd"),
    ("roi_pct", "ROI", "pct"),
)


def outcome_facts(outcome: Outcome, prefix: str = "") -> list[Fact]:
    """The fixed facts of a simulation; `prefix` names the strategy among several."""
    ranges: list[tuple[str, Unit, Range | None]] = [
        (name, unit, getattr(outcome, name)) for name, _, unit in _MEASURES
    ]
    ranges.append(("effect_pct", "pct", outcome.effect_pct))
    facts = [Fact(name=f"{prefix}customers_treated", value=outcome.customers_treated, unit="count")]
    for name, unit, value in ranges:
        ends: Sequence[float | None] = value if value is not None else (None, None, None)
        facts += [
            Fact(name=f"{prefix}{name}{end}", value=number, unit=unit)
            for end, number in zip(("", "_low", "_high"), ends, strict=True)
        ]
    return [
        *facts,
        Fact(name=f"{prefix}p_positive_prob", value=outcome.p_positive_prob, unit="prob"),
        Fact(
            name=f"{prefix}break_even_effect_pct", value=outcome.break_even_effect_pct, unit="pct"
        ),
        Fact(name=f"{prefix}leaving_untreated", value=outcome.leaving, unit="count"),
        Fact(name=f"{prefix}cost_on_stayers_usd", value=outcome.cost_on_stayers_usd, unit="usd"),
    ]


def outcome_sentences(who: str, outcome: Outcome, evidence: Evidence, currency: str) -> str:
    """Headline, then the money, then the grade of evidence."""
    head = (
        f"{spoken(evidence.strategy).capitalize()} for {who} would {_kept(outcome)} and save "
        f"{_usd(outcome.arr_saved_usd.value, currency)} of ARR for {_usd(outcome.cost_usd.value, currency)}."
    )
    return f"{head} {_verdict(outcome, currency)} {grade_words(evidence)}"


def _kept(outcome: Outcome) -> str:
    """How many stay who would leave; of one client, how much likelier it stays."""
    kept = outcome.customers_retained
    if outcome.customers_treated == 1:
        left = max(outcome.leaving - kept.value, 0.0)
        return f"bring its chance of leaving from {_pct(outcome.leaving)} to about {_pct(left)}"
    return (
        f"keep about {_some(kept.value)} of the {_some(outcome.leaving)} who would otherwise leave "
        f"(90 % range {_some(kept.low)} to {_some(kept.high)})"
    )


def loses_money(outcome: Outcome) -> bool:
    """Whether it surely keeps clients and still costs more than it saves."""
    return outcome.effect_pct.low > 0 and outcome.net_usd.value < 0


def _verdict(outcome: Outcome, currency: str) -> str:
    net = outcome.net_usd
    span = f"{_usd(net.low, currency)} to {_usd(net.high, currency)}"
    chance = format_value(outcome.p_positive_prob, "prob")
    roi = f", ROI {format_value(outcome.roi_pct.value, 'pct')}" if outcome.roi_pct else ""
    if loses_money(outcome):
        return (
            "It works and it loses money: clients are kept, yet the net result is "
            f"{_usd(net.value, currency)} (range {span}{roi}); the chance that it pays is {chance}."
        )
    if net.value < 0:
        return f"It does not pay: net {_usd(net.value, currency)} (range {span}{roi}), chance {chance}."
    return (
        f"Net {_usd(net.value, currency)} (range {span}{roi}); the chance that it pays is {chance}."
    )


def grade_words(evidence: Evidence) -> str:
    """How the effect is known, in one sentence."""
    arms, measured = evidence.arms, evidence.measured
    if arms is not None and measured is not None:
        return (
            f"The effect is measured: in a randomised test with {arms.clients:,} clients "
            f"{_pct(arms.treated_rate)} of the treated stayed against "
            f"{_pct(arms.control_rate)} of the control group."
        )
    backing = "no randomised test here backs it"
    if evidence.is_uneven:
        backing = "the test here is left out, for its arms are too uneven for a fair draw"
    low, high = (format_value(100 * (end or 0), "pct") for end in (evidence.low, evidence.high))
    return (
        f"The effect is assumed: the playbooks expect {low} to {high} more clients kept; {backing}."
    )


def simulation_caveats(
    evidence: Evidence,
    outcome: Outcome,
    horizon_days: int,
    mean_prob: float,
    currency: str,
) -> list[str]:
    """What must not be left out of a simulated result."""
    caveats: list[str] = []
    if horizon_days > EFFECT_DAYS:
        caveats.append(
            f"Assumption: the effect acts for {EFFECT_DAYS} days, as in the tests; after that "
            f"treated clients leave at their usual rate. Kept means still here after "
            f"{horizon_days} days."
        )
    elif horizon_days < EFFECT_DAYS:
        caveats.append(
            f"Assumption: the effect, known over {EFFECT_DAYS} days, acts evenly from the first day."
        )
    measured = evidence.measured
    if measured is not None and not measured.is_clear:
        caveats.append(
            "The test showed no clear effect: zero lies within its 95 % interval "
            f"({_points(measured.low)} to {_points(measured.high)} percentage points)."
        )
    if evidence.arms is not None and mean_prob > 2 * (1 - evidence.arms.control_rate):
        caveats.append(
            f"These clients run a {_pct(mean_prob)} risk, those of the test ran "
            f"{_pct(1 - evidence.arms.control_rate)}: the measured cut of the churn rate is "
            "carried over."
        )
    if evidence.costs.share_of_arr > 0:
        caveats.append(
            f"The cost is {_pct(evidence.costs.share_of_arr)} of a client's ARR, as in past cases; "
            f"{_usd(outcome.cost_on_stayers_usd, currency)} of it goes to clients who would stay "
            "anyway."
        )
    elif evidence.strategy == _PRICE_CUT:
        caveats.append(
            f"{_usd(outcome.cost_on_stayers_usd, currency)} of the cost goes to clients who would "
            "stay anyway."
        )
    return caveats


def look_back(evidence: Evidence) -> str:
    """The question that leads to what is known of a strategy."""
    name = spoken(evidence.strategy)
    if evidence.grade == "measured":
        return f"Did {name} work?"
    return f"What do the playbooks say about {name}?"


def measure_rows(outcome: Outcome, currency: str) -> Table:
    """The result as rows: expected, low, high."""
    rows: list[list[Scalar | None]] = []
    for name, label, unit in _MEASURES:
        value: Range | None = getattr(outcome, name)
        ends = value or (None, None, None)
        rows.append([label, *(format_value(number, unit, currency=currency) for number in ends)])
    return Table(
        title="Expected result with its 90 % range",
        columns=[
            Column(name="measure", unit="text", label="Measure"),
            Column(name="expected", unit="text", label="Expected"),
            Column(name="low", unit="text", label="Low"),
            Column(name="high", unit="text", label="High"),
        ],
        rows=rows,
    )


def tornado_chart(outcome: Outcome) -> Chart:
    """Which input moves the net result most."""
    swings = outcome.tornado
    return Chart(
        kind="bar",
        title="What the net result depends on",
        unit="usd",
        y_label="Net result (input low / high)",
        series=[
            Series(
                name=name,
                x=[_INPUTS[swing.name] for swing in swings],
                y=[getattr(swing, field) for swing in swings],
            )
            for name, field in (("Input low", "at_low_usd"), ("Input high", "at_high_usd"))
        ],
    )


def strategy_table(rows: list[list[Scalar | None]], title: str) -> Table:
    """Strategies side by side, as ranked."""
    return Table(
        title=title,
        columns=[
            Column(name="strategy", unit="text", label="Strategy"),
            Column(name="evidence", unit="text", label="Evidence"),
            Column(name="customers_treated", unit="count", label="Treated"),
            Column(name="customers_retained", unit="count", label="Kept"),
            Column(name="arr_saved_usd", unit="usd", label="ARR saved"),
            Column(name="cost_usd", unit="usd", label="Cost"),
            Column(name="net_usd", unit="usd", label="Net"),
            Column(name="roi_pct", unit="pct", label="ROI"),
            Column(name="net_usd_low", unit="usd", label="Net, low"),
            Column(name="net_usd_high", unit="usd", label="Net, high"),
            Column(name="p_positive_prob", unit="prob", label="Chance to pay"),
            Column(name="break_even_effect_pct", unit="pct", label="Break-even effect"),
        ],
        rows=rows,
    )


def strategy_row(evidence: Evidence, outcome: Outcome) -> list[Scalar | None]:
    """One row of `strategy_table`."""
    roi = outcome.roi_pct
    return [
        evidence.strategy,
        evidence.grade,
        outcome.customers_treated,
        outcome.customers_retained.value,
        outcome.arr_saved_usd.value,
        outcome.cost_usd.value,
        outcome.net_usd.value,
        roi.value if roi else None,
        outcome.net_usd.low,
        outcome.net_usd.high,
        outcome.p_positive_prob,
        outcome.break_even_effect_pct,
    ]


def _some(count: float) -> str:
    return format_value(round(count) if abs(count) >= 10 else round(count, 1), "count")


def _usd(amount: float, currency: str) -> str:
    return format_value(round(amount), "usd", currency=currency)


def _points(share: float) -> str:
    return format_value(100 * share, "points")


def _pct(share: float) -> str:
    return format_value(share, "prob")
