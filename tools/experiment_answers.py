"""Words of a randomised test's result: verdict, effect, money, parts, and every reservation."""

from typing import Final

from tools.models.effects import ALPHA, Difference, detectable_effect, power_for
from tools.models.returns import Returns
from tools.strategies import spoken
from tools.strategy_evidence import LEAST_PER_ARM
from tools.trial import Group, Groups, Trial
from tools.trial_cases import EVEN_SHARE
from tools.trial_words import SMALLEST_P, day_words, p_words, points, start_words
from tools.wording import count_noun, format_value, join_words

__all__ = [
    "CHOSEN_BESIDE",
    "DEFINITION",
    "payment",
    "trial_caveats",
    "trial_sentences",
    "uneven_sentences",
]

DEFINITION: Final = (
    "Effect = share retained in the treatment arm − share retained in the control arm, randomised "
    "clients with a known 90-day outcome, each once and in the arm first drawn; 95 % interval by "
    "Newcombe, two-sided p by the pooled score test (Fisher's exact test where fewer than 5 are "
    f"expected in a cell). Below p = {SMALLEST_P} arms are too uneven for a fair draw, and nothing "
    "is measured. ARR saved = ARR at assignment lost by a control client − that lost by a treated "
    "one; net = ARR saved − cost as recorded, discounts included; ROI = net ÷ cost; 95 % bootstrap "
    "intervals. Groups are partially pooled: each is drawn towards the common mean as far as it is "
    "uncertain."
)
CHOSEN_BESIDE: Final = (
    "Clients chosen with a known probability, weighted by it (AIPW, cross-fitted); no test."
)
USEFUL: Final = 0.05
"""A true effect of 5 points, for which the power is told."""
_PROBABLY: Final = 0.8
"""From this share of the bootstrap samples on a gain or a loss is called probable."""


def trial_sentences(trial: Trial, groups: Groups | None, currency: str) -> str:
    """Verdict and effect, the doubt, the money or the groups."""
    effect, arms = trial.effect, trial.arms
    asked = next((g for g in groups.parts if g.name == groups.asked), None) if groups else None
    first = f"{_asked_sentence(asked, trial, groups)} All clients together: " if asked else ""
    verdict = _verdict(trial) if asked else _capitalised(_verdict(trial))
    figures = (
        f"{first}{verdict}. Of {arms.treated:,} treated clients {_pct(arms.treated_rate)} were "
        f"still clients after 90 days, against {_pct(arms.control_rate)} of {arms.control:,} in "
        f"the control group: {_more(effect.effect)} (95 % interval {points(effect.low)} to "
        f"{points(effect.high)}, {p_words(effect.p_value)}, {_significance(effect)})."
    )
    size = "" if effect.is_clear else f"{_size_sentence(trial)}."
    last = _group_sentence(groups) if groups else _money_sentence(trial, currency)
    parts = (figures, size, last, "This is measured by a randomised test.")
    return " ".join(part for part in parts if part)


def uneven_sentences(trial: Trial) -> str:
    """The answer where the draw was not fair: what is recorded, and that nothing is measured."""
    arms, name = trial.arms, spoken(trial.strategy)
    planned = EVEN_SHARE if trial.planned_share is None else trial.planned_share
    plan = f"{_pct(planned)} treatment was planned"
    mend = "Find out how clients were assigned before you use it."
    if trial.planned_share is None:
        plan = "the planned share is not on record, so even arms are expected"
        mend = "If another share was planned, load it as the propensity of each row."
    treated, control = trial.drawn
    return (
        f"The test of {name} cannot be trusted, so its effect is not measured: {treated:,} clients "
        f"were treated and {control:,} were not, but {plan}. A fair draw hardly ever gives arms so "
        f"uneven ({p_words(trial.ratio_p)}), so something besides chance decided who was treated. "
        f"As recorded, {_pct(arms.treated_rate)} of the treated and {_pct(arms.control_rate)} of "
        f"the others stayed; the difference is no effect. {mend} {start_words(name)}"
    )


def trial_caveats(trial: Trial, groups: Groups | None) -> list[str]:
    """Size, open and lost outcomes, who got more or less than drawn, and what is no test."""
    caveats = [*_size_caveats(trial), *_case_caveats(trial)]
    if groups is not None:
        caveats += _group_caveats(groups)
    elif trial.money is None:
        caveats.append(
            "What it cost or the clients' ARR is not on record: whether it paid is open."
        )
    elif trial.unpriced:
        caveats.append(
            f"{count_noun(trial.unpriced, 'client')} without a known ARR are no part of the money."
        )
    if trial.chosen is not None and trial.chosen.effect is not None:
        found = trial.chosen.effect
        caveats.append(
            f"Clients chosen by hand point to {points(found.effect)} points ({points(found.low)} "
            f"to {points(found.high)}); that is estimated from assignments that were not random, "
            "and no part of the measured effect."
        )
    return caveats


def _verdict(trial: Trial) -> str:
    """Whether it worked and whether it paid, each on its own."""
    name = spoken(trial.strategy)
    paid = payment(trial.money) if trial.money else ""
    if trial.effect.is_clear:
        did = "worked" if trial.effect.effect > 0 else "did harm"
        return f"{name} {did}{paid}"
    kind = "a borderline" if trial.effect.is_borderline else "no clear"
    return f"{name} has {kind} effect{paid if 'lost' in paid else ''}"


def payment(money: Returns) -> str:
    """Whether what was saved pays for what was spent, as sure as the interval is."""
    if money.net_usd.high < 0:
        return " and lost money"
    if money.net_usd.low > 0:
        return " and paid"
    if money.p_positive_prob <= 1 - _PROBABLY:
        return " and probably lost money"
    if money.p_positive_prob >= _PROBABLY:
        return " and probably paid"
    return "; whether it paid is not certain"


def _significance(effect: Difference) -> str:
    if effect.is_borderline:
        return "on the border of statistical significance"
    return f"{'' if effect.is_clear else 'not '}statistically significant"


def _more(effect: float) -> str:
    if effect == 0:
        return "no difference"
    return f"{points(abs(effect))} points {'more' if effect > 0 else 'fewer'}"


def _money_sentence(trial: Trial, currency: str) -> str:
    """What a treated client saved and cost, and what is left of it."""
    money = trial.money
    if money is None:
        return ""
    lost = [_usd(value, currency) for value in (money.treated_lost_usd, money.control_lost_usd)]
    saved, net = money.arr_saved_usd, money.net_usd
    return (
        f"A treated client lost {lost[0]} of ARR on average, an untreated one {lost[1]}: "
        f"{_usd(saved.value, currency)} saved (95 % interval {_usd(saved.low, currency)} to "
        f"{_usd(saved.high, currency)}). Treating a client cost {_usd(money.cost_usd, currency)}, "
        f"any discount included, so the net is {_usd(net.value, currency)} a treated client "
        f"({_usd(net.low, currency)} to {_usd(net.high, currency)}){_roi(money)}; it is above zero "
        f"with a probability of {_pct(money.p_positive_prob)}."
    )


def _roi(money: Returns) -> str:
    if money.roi_pct is None:
        return ""
    value, low, high = (format_value(round(end), "pct") for end in money.roi_pct)
    return f", an ROI of {value} ({low} to {high})"


def _asked_sentence(group: Group, trial: Trial, groups: Groups | None) -> str:
    """The part that was asked for, before the whole."""
    arms, name = group.arms, spoken(trial.strategy)
    verdict = f"{name} has no clear effect"
    if group.low > 0 or group.high < 0:
        verdict = f"{name} {'worked' if group.low > 0 else 'did harm'}"
    by_risk = groups is not None and groups.by == "churn_risk"
    who = f"Among clients at {group.name} risk" if by_risk else f"In {group.name}"
    return (
        f"{who} {verdict}: {_pct(arms.treated_rate)} of {arms.treated:,} treated clients "
        f"stayed against {_pct(arms.control_rate)} of {arms.control:,} in the control group, "
        f"{_more(group.own.effect)}; steadied by what the other groups show, "
        f"{points(group.pooled)} points (95 % interval {points(group.low)} to "
        f"{points(group.high)})."
    )


def _group_sentence(groups: Groups) -> str:
    ranked = sorted(groups.parts, key=lambda group: -group.pooled)
    if len(ranked) < 2:
        return ""
    best, worst = ranked[0], ranked[-1]
    return (
        f"By {groups.label}, each steadied by the others, it is largest in {best.name} "
        f"({points(best.pooled)} points, {points(best.low)} to {points(best.high)}) and smallest "
        f"in {worst.name} ({points(worst.pooled)} points, {points(worst.low)} to "
        f"{points(worst.high)})."
    )


def _size_sentence(trial: Trial) -> str:
    """Whether the test was big enough, and for what."""
    least = points(detectable_effect(trial.arms))
    return (
        f"The test was big enough to find a true effect of {least} points or more 8 times in 10, "
        f"and one of {points(USEFUL)} points with a probability of "
        f"{_pct(power_for(trial.arms, USEFUL))}; a smaller effect may well be missed"
    )


def _size_caveats(trial: Trial) -> list[str]:
    arms = trial.arms
    caveats: list[str] = []
    if min(arms.treated, arms.control) < LEAST_PER_ARM:
        caveats.append(
            f"The test is small ({arms.treated:,} treated, {arms.control:,} control): take it as a "
            "hint."
        )
    if trial.effect.is_clear:
        caveats.append(f"{_size_sentence(trial)}.")
    if trial.planned_share is None:
        caveats.append(
            "The planned share of treatment is not on record; even arms were taken as the plan."
        )
    return caveats


def _case_caveats(trial: Trial) -> list[str]:
    """Who is left out, and who got something else than drawn."""
    cases, name = trial.cases, spoken(trial.strategy)
    caveats: list[str] = []
    if len(cases.open):
        until = f" until {day_words(cases.open_until)}" if cases.open_until else ""
        caveats.append(
            f"{count_noun(len(cases.open), 'client')} are left out: their outcome is still "
            f"open{until}."
        )
    if cases.lost:
        caveats.append(
            f"{count_noun(cases.lost, 'client')} are left out because nobody wrote down whether "
            "they stayed. If it is written down more often in one arm, the effect misleads."
        )
    if cases.repeated:
        caveats.append(
            f"{count_noun(cases.repeated, 'later assignment')} of clients who were in the test "
            "already are left out: each client counts once, in the arm first drawn."
        )
    if cases.leaked:
        caveats.append(
            f"{count_noun(cases.leaked, 'control client')} got {name} as well. They count as "
            "control, so the true effect is likely to be larger than shown."
        )
    if cases.treated_again:
        caveats.append(f"{count_noun(cases.treated_again, 'treated client')} got {name} twice.")
    if cases.also_treated or cases.also_control:
        caveats.append(
            f"{cases.also_treated:,} of the treated and {cases.also_control:,} of the control "
            "clients got another strategy within 90 days of the draw; its effect is mixed in."
        )
    return caveats


def _group_caveats(groups: Groups) -> list[str]:
    caveats: list[str] = []
    if len(groups.parts) > 1:
        caveats.append(
            f"{len(groups.parts)} groups are compared: even if nothing works, chance makes at "
            f"least one of them look significant with a probability of "
            f"{_pct(groups.false_alarm_prob)}. The groups differ "
            f"{'more' if groups.differ_p < ALPHA else 'no more'} than chance explains "
            f"({p_words(groups.differ_p)})"
            + (
                "."
                if groups.differ_p < ALPHA
                else ", so do not conclude that it works in one and not in another."
            )
        )
    if groups.left_out:
        caveats.append(
            f"{join_words(groups.left_out)} cannot be compared: an arm has no client there."
        )
    return caveats


def _capitalised(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _pct(share: float) -> str:
    return format_value(share, "prob")


def _usd(value: float, currency: str) -> str:
    return format_value(round(value), "usd", currency=currency)
