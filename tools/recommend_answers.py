"""Words of a recommendation for one client."""

from tools.driver_answers import say_driver
from tools.models.features import THEMES
from tools.models.frames import is_unknown
from tools.recommend_tables import Advice
from tools.simulation_answers import grade_words
from tools.strategies import spoken
from tools.strategy_evidence import Evidence
from tools.wording import MISSING, format_value, join_words

__all__ = ["client_caveats", "client_sentences"]


def client_sentences(advice: Advice, currency: str) -> str:
    """The action and what it is worth, the reason, the runner-up, the steps."""
    chosen, outcome = advice.chosen, advice.outcome
    if chosen is None or outcome is None:
        return _nothing(advice)
    prob = float(advice.row["churn_prob_90d"])
    saved = advice.choice.saved[chosen.strategy]
    head = (
        f"Next best action for {advice.name}: {spoken(chosen.strategy)}{_when(advice)}. It is expected to cut the "
        f"chance of leaving within 90 days from {_pct(prob)} to {_pct(prob - saved)}, "
        f"{_worth(advice, chosen, currency)}."
    )
    parts = [
        *(head, _without_value(advice), grade_words(chosen), _why(advice)),
        *(_second(advice, currency), _steps(advice)),
    ]
    return " ".join(part for part in parts if part)


def client_caveats(advice: Advice) -> list[str]:
    """Consent, what was left out, an unclear test, and what has changed since the last build."""
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
    shown = _word(advice.row.get("next_best_action"))
    if shown != advice.choice.best:
        caveats.append(
            f"Lists and the dashboard still name {spoken(shown) if shown else 'no action'}, chosen "
            "when the data were last prepared: since then an action was logged or a playbook "
            "changed."
        )
    return caveats


def _nothing(advice: Advice) -> str:
    prob = _pct(float(advice.row["churn_prob_90d"]))
    if not advice.choice.is_valued:
        return (
            f"No action stands out for {advice.name} now: the predicted chance of leaving within "
            f"90 days is {prob}, and no play that answers their reasons is expected to lower it by "
            f"a percentage point or more. {_without_value(advice)} Keep the usual care."
        )
    return (
        f"No action is worth its cost for {advice.name} now: the predicted chance of leaving "
        f"within 90 days is {prob}, and no strategy is expected to lower it by a percentage point "
        "or more and to pay for itself. Keep the usual care."
    )


def _worth(advice: Advice, chosen: Evidence, currency: str) -> str:
    """What the action brings and costs, as far as that is known."""
    cost, net = advice.cost_of(chosen), advice.choice.net_usd.get(chosen.strategy)
    if net is not None and cost is not None:
        return f"worth {_usd(net, currency)} of ARR a year after a cost of {_usd(cost, currency)}"
    priced = "that depends on their ARR" if cost is None else f"of {_usd(cost, currency)}"
    return f"at a cost {priced}"


def _without_value(advice: Advice) -> str:
    """Why there is no net value, where there is none."""
    if advice.choice.is_valued:
        return ""
    known = "Their ARR is 0" if advice.arr == 0 else "Their ARR is not recorded"
    return f"{known}, so no net value can be given: the reasons decide."


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
    net = choice.net_usd.get(second.strategy)
    why = "it keeps less"
    if net is not None and net <= 0:
        why = "it costs more than it keeps"
    elif advice.book and second.strategy not in choice.fitting:
        why = "no playbook of it fits their reasons"
    elif second.grade != chosen.grade:
        why = f"its effect is only {second.grade}"
    elif choice.saved[second.strategy] >= choice.saved[chosen.strategy]:
        why = "it costs more than it adds"
    elif second.measured is not None and not second.measured.is_clear:
        why = "its test showed no clear effect"
    worth = f"{_usd(net, currency)} net; " if net is not None else ""
    return f"Runner-up: {spoken(second.strategy)} ({worth}{why})."


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
