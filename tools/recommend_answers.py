"""Words, facts, tables and charts of a recommendation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tools.contract import (
    Chart,
    Citation,
    Column,
    Fact,
    Playbook,
    Scalar,
    Series,
    Table,
)
from tools.driver_answers import Theme, say_driver
from tools.models.features import THEMES
from tools.models.frames import is_unknown
from tools.models.simulation import Outcome
from tools.next_actions import Choice
from tools.simulation_answers import grade_words
from tools.strategies import spoken
from tools.strategy_evidence import Evidence
from tools.wording import MISSING, format_value, join_words

__all__ = [
    "Advice",
    "cite_steps",
    "client_caveats",
    "client_facts",
    "client_sentences",
    "client_table",
    "net_chart",
]

_QUOTED: Final = ("Steps", "When not to")


@dataclass(frozen=True, slots=True)
class Advice:
    """What is advised for one client.

    Attributes:
        row: The candidate's row.
        chosen: Evidence of the best strategy; None when nothing pays.
        outcome: Its simulation for this client.
        themes: Reasons that raise the risk, strongest first.
        features: The client's features.
        card: The model card, with the typical values.
    """

    name: str
    row: Mapping[str, Any]
    choice: Choice
    chosen: Evidence | None
    outcome: Outcome | None
    runner_up: Evidence | None
    book: Playbook | None
    themes: tuple[Theme, ...]
    features: dict[str, Any]
    card: dict[str, Any]


def client_sentences(advice: Advice, currency: str) -> str:
    """The action and what it is worth, the reason, the runner-up, the steps."""
    chosen, outcome = advice.chosen, advice.outcome
    if chosen is None or outcome is None:
        return _nothing(advice)
    prob = float(advice.row["churn_prob_90d"])
    saved = advice.choice.saved[chosen.strategy]
    net = advice.choice.net_usd[chosen.strategy]
    cost = outcome.cost_usd.value
    head = (
        f"Next best action for {advice.name}: {spoken(chosen.strategy)}{_when(advice)}. It is expected to cut the "
        f"chance of leaving within 90 days from {_pct(prob)} to {_pct(prob - saved)}, worth "
        f"{_usd(net, currency)} of ARR a year after a cost of {_usd(cost, currency)}."
    )
    parts = [head, grade_words(chosen), _why(advice), _second(advice, currency), _steps(advice)]
    return " ".join(part for part in parts if part)


def client_caveats(advice: Advice) -> list[str]:
    """Consent, what was left out, an unclear test, and a differing overview."""
    caveats: list[str] = []
    consent = advice.row.get("consent_contact")
    if is_unknown(consent):
        caveats.append("Whether they agreed to be contacted is not known: check before you write.")
    elif not consent:
        caveats.append(
            f"No consent to be contacted is recorded for {advice.name}: do not call or write; act "
            "when they get in touch."
        )
    if advice.choice.barred:
        whys = join_words([each.why for each in advice.choice.barred])
        caveats.append(f"Left out for now: {whys}.")
    measured = advice.chosen.measured if advice.chosen else None
    if measured is not None and not measured.is_clear:
        caveats.append("The test of this strategy showed no clear effect: treat it as a bet.")
    shown = advice.row.get("next_best_action")
    if advice.chosen and isinstance(shown, str) and shown != advice.chosen.strategy:
        caveats.append(
            f"The overview suggests {spoken(shown)}, which answers the strongest reason; here the "
            "expected value decides too."
        )
    return caveats


def client_facts(advice: Advice) -> list[Fact]:
    """The choice and its figures by name."""
    choice, chosen, outcome = advice.choice, advice.chosen, advice.outcome
    prob = float(advice.row["churn_prob_90d"])
    facts = [
        Fact(name="name", value=advice.name, unit="text"),
        Fact(name="churn_prob_90d", value=prob, unit="prob"),
        Fact(name="churn_risk", value=_word(advice.row.get("churn_risk")), unit="text"),
        Fact(name="arr", value=float(advice.row["arr"]), unit="usd"),
        Fact(name="arr_at_risk", value=float(advice.row["arr_at_risk"]), unit="usd"),
    ]
    if chosen is not None and outcome is not None:
        saved = choice.saved[chosen.strategy]
        facts = [
            Fact(name="next_best_action", value=chosen.strategy, unit="text"),
            Fact(name="evidence_grade", value=chosen.grade, unit="text"),
            *facts,
            Fact(name="churn_prob_treated", value=prob - saved, unit="prob"),
            Fact(name="saved_prob", value=saved, unit="prob"),
            Fact(name="expected_net_usd", value=choice.net_usd[chosen.strategy], unit="usd"),
            Fact(name="cost_per_customer", value=outcome.cost_usd.value, unit="usd"),
            Fact(name="effect_pct_low", value=outcome.effect_pct.low, unit="pct"),
            Fact(name="effect_pct_high", value=outcome.effect_pct.high, unit="pct"),
        ]
        if chosen.arms is not None:
            facts += [
                Fact(name="retention_treated", value=chosen.arms.treated_rate, unit="prob"),
                Fact(name="retention_control", value=chosen.arms.control_rate, unit="prob"),
                Fact(name="test_clients", value=chosen.arms.clients, unit="count"),
            ]
    if advice.runner_up is not None:
        name = advice.runner_up.strategy
        facts += [
            Fact(name="runner_up", value=name, unit="text"),
            Fact(name="runner_up_net_usd", value=choice.net_usd[name], unit="usd"),
        ]
    if advice.book is not None:
        facts.append(Fact(name="playbook", value=advice.book.playbook_id, unit="text"))
    return facts


def client_table(advice: Advice, evidence: Sequence[Evidence]) -> Table:
    """Every strategy that may be used for the client, as ranked."""
    by_name = {each.strategy: each for each in evidence}
    rows: list[list[Scalar | None]] = [
        [
            name,
            by_name[name].grade,
            "yes" if name in advice.choice.fitting else "no",
            advice.choice.saved[name],
            advice.choice.saved[name] * float(advice.row["arr"]) - advice.choice.net_usd[name],
            advice.choice.net_usd[name],
        ]
        for name in advice.choice.ranked
    ]
    return Table(
        title=f"What could be done for {advice.name}",
        columns=[
            Column(name="strategy", unit="text", label="Strategy"),
            Column(name="evidence", unit="text", label="Evidence"),
            Column(name="fits", unit="text", label="A playbook fits"),
            Column(name="saved_prob", unit="prob", label="Lowers the chance of leaving by"),
            Column(name="cost_usd", unit="usd", label="Cost"),
            Column(name="expected_net_usd", unit="usd", label="Expected net"),
        ],
        rows=rows,
    )


def net_chart(advice: Advice) -> Chart:
    """Expected net value of the strategies."""
    ranked = advice.choice.ranked
    return Chart(
        kind="bar",
        title=f"Expected net value for {advice.name}",
        unit="usd",
        series=[
            Series(
                name="Expected net",
                x=[spoken(name) for name in ranked],
                y=[advice.choice.net_usd[name] for name in ranked],
            )
        ],
    )


def cite_steps(book: Playbook) -> list[Citation]:
    """The play's steps and its limits, as written."""
    return [
        Citation(
            source=book.playbook_id,
            title=book.title,
            heading=heading,
            passage=text,
            reviewed=book.reviewed,
        )
        for heading, text in book.sections
        if heading in _QUOTED
    ] or [
        Citation(
            source=book.playbook_id,
            title=book.title,
            heading=heading,
            passage=text,
            reviewed=book.reviewed,
        )
        for heading, text in book.sections[:1]
    ]


def _nothing(advice: Advice) -> str:
    prob = _pct(float(advice.row["churn_prob_90d"]))
    return (
        f"No action is worth its cost for {advice.name} now: the predicted chance of leaving "
        f"within 90 days is {prob}, and no strategy is expected to lower it by a percentage point "
        "or more and to pay for itself. Keep the usual care."
    )


def _when(advice: Advice) -> str:
    consent = advice.row.get("consent_contact")
    return "" if is_unknown(consent) or consent else ", once they get in touch"


def _why(advice: Advice) -> str:
    """The strongest reasons, in the client's own values."""
    reasons: list[str] = []
    for theme in advice.themes:
        driver = theme.drivers[0]
        if driver.value in {MISSING, driver.typical}:
            continue
        said = say_driver(driver, advice.features, advice.card)
        aside = said.replace(" (", "; ").replace(")", "")
        reasons.append(f"{THEMES[theme.name]} ({aside})")
    lead = "It answers what raises the risk" if advice.book else "What raises the risk"
    return f"{lead}: {join_words(reasons)}." if reasons else ""


def _second(advice: Advice, currency: str) -> str:
    second, chosen = advice.runner_up, advice.chosen
    if second is None or chosen is None:
        return ""
    choice = advice.choice
    net = choice.net_usd[second.strategy]
    why = "it keeps less"
    if net <= 0:
        why = "it costs more than it keeps"
    elif advice.book and second.strategy not in choice.fitting:
        why = "no playbook of it fits their reasons"
    elif second.grade != chosen.grade:
        why = f"its effect is only {second.grade}"
    elif choice.saved[second.strategy] >= choice.saved[chosen.strategy]:
        why = "it costs more than it adds"
    elif second.measured is not None and not second.measured.is_clear:
        why = "its test showed no clear effect"
    return f"Runner-up: {spoken(second.strategy)} ({_usd(net, currency)} net; {why})."


def _steps(advice: Advice) -> str:
    if advice.book is None:
        return "No playbook's trigger shows in their data: agree the steps with your team."
    steps = advice.book.front_matter.get("steps") or []
    first = f", first step: {steps[0]['action']}" if steps and "action" in steps[0] else ""
    return f'Follow the playbook "{advice.book.title}"{first}.'


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _usd(amount: float, currency: str) -> str:
    return format_value(round(amount), "usd", currency=currency)


def _pct(share: float) -> str:
    return format_value(share, "prob")
