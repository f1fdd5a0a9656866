"""Only figures that this turn returned are shown."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from app.agent.evidence import Evidence, gather
from app.agent.grounding import judge, unbacked
from tools.contract import Citation, Column, Fact, Provenance, Table, ToolResult

ARGS: dict[str, Any] = {
    "metrics": ["arr"],
    "horizon_days": 180,
    "treat_fraction": 0.25,
    "period": {"start": date(2026, 5, 1), "end": date(2026, 10, 31), "label": "last 6 months"},
}
RESULT = ToolResult(
    summary="ARR is $3,204,100. The 80 % interval is $3.0M to $3.4M.",
    args=ARGS,
    facts=[
        Fact(name="arr", value=3_204_100.0, unit="usd"),
        Fact(name="nrr", value=1.1234, unit="ratio"),
        Fact(name="change", value=-5.0, unit="points"),
        Fact(name="effect_prob", value=0.0766, unit="prob"),
    ],
    table=Table(
        columns=[
            Column(name="segment", unit="text"),
            Column(name="arr", unit="usd"),
            Column(name="clients", unit="count", label="Clients (last 45 days)"),
        ],
        rows=[
            ["Enterprise", 2_003_400.0, 310],
            ["Mid-Market", 801_300.0, 120],
            ["SMB", 399_400.0, 57],
        ],
    ),
    provenance=[
        Provenance(
            tool="query_metrics",
            table="gold.customer_metrics",
            as_of=date(2026, 10, 20),
            rows=487,
            definition="ARR is 12 × MRR of active clients",
            evidence="recorded",
            model_version="2026-10-20-3f9a",
        )
    ],
    citations=[
        Citation(
            source="win-back", title="Win-back", heading="Offer", passage="Give 15 % for 3 months."
        )
    ],
)


def _evidence(
    *results: ToolResult, user: str = "", definitions: Mapping[str, str] | None = None
) -> Evidence:
    named = [("query_metrics", result) for result in results]
    return gather(named, user_text=user, definitions=definitions or {})


EVIDENCE = _evidence(
    RESULT,
    user="What if we offer 35 % off to half of them for four weeks?",
    definitions={"engagement_score": "activity weighs 0.5, breadth 0.2"},
)


@pytest.mark.parametrize(
    "sentence",
    [
        "ARR is $3,204,100, or about $3.2M.",
        "NRR is 112.3 %, that is 1.12.",
        "It is down 5 points.",
        "The effect is 7.7 percentage points.",
        "| SMB | $399,400 | 57 |",
        "1. **Enterprise** leads with 310 clients.",
        "The 80 % interval runs from $3.0M to $3.4M.",
        "Over the next 180 days, that is 6 months, we treat 25 %.",
        "In the last 6 months, 1 May to 31 October 2026.",
        "The play offers 15 % for 3 months.",
        "At 35 % off for 4 weeks.",
        "ARR is 12 × MRR.",
        "Activity weighs 50 % of it.",
        "Source: gold.customer_metrics, 487 rows, model 2026-10-20-3f9a, as of 2026-10-20.",
        "All 3 segments are listed.",
        "| Segment | ARR | Clients (last 45 days) |",
        "No figures here.",
    ],
)
def test_passes(sentence: str) -> None:
    """Facts, cells, arguments, the user's words, passages and definitions back a sentence."""
    assert judge(sentence, EVIDENCE).unsupported == ()


@pytest.mark.parametrize(
    ("sentence", "figure"),
    [
        ("ARR is $3,204,200.", "$3,204,200"),
        ("ARR is $3.3M.", "$3.3M"),
        ("NRR is 113 %.", "113 %"),
        ("It is up 5 points.", "5 points"),
        ("| SMB | $399,400 | 58 |", "58"),
        ("Over 7 months.", "7"),
        ("We treat 26 %.", "26 %"),
        ("Forty-two clients left.", "Forty-two"),
        ("There are 12 tickets.", "12"),
        ("They pay 0.9 tickets.", "0.9"),
        ("It costs $45.", "$45"),
    ],
)
def test_fails(sentence: str, figure: str) -> None:
    """A figure that nothing returned is named as printed."""
    assert judge(sentence, EVIDENCE).unsupported == (figure,)


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("Enterprise is $1.2M ahead of Mid-Market.", 1_202_100.0),
        ("SMB has 253 fewer clients than Enterprise's 310.", -253.0),
        ("Enterprise holds 62.5 % of the ARR.", 2_003_400 / 3_204_100),
        ("Enterprise pays $6,463 per client.", 2_003_400 / 310),
        ("The first two, Enterprise and Mid-Market, are worth $2,804,700 together.", 2_804_700.0),
        ("Enterprise has 2.5 times the ARR of Mid-Market.", 2_003_400 / 801_300),
        ("Mid-Market is 60 % lower than Enterprise.", -100 * 1_202_100 / 2_003_400),
        ("In total there are 487 clients.", 487.0),
    ],
)
def test_confirms_arithmetic(sentence: str, value: float) -> None:
    """Differences, shares, ratios and sums are computed again and handed over as facts."""
    verdict = judge(sentence, EVIDENCE)
    assert verdict.ok
    values = [fact.value for fact in verdict.facts if isinstance(fact.value, float)]
    assert any(abs(found) == pytest.approx(abs(value)) for found in values)


@pytest.mark.parametrize(
    "sentence",
    [
        "Enterprise has 150 more clients than Mid-Market, says its ARR.",
        "Enterprise is $1.3M ahead of Mid-Market.",
        "Enterprise holds 63.5 % of the ARR.",
        "Together they are worth $2,904,700.",
        "That is $1,202,100.",
    ],
)
def test_refuses_wrong_or_unsaid_arithmetic(sentence: str) -> None:
    """A wrong result fails, and so does a right one that no word explains."""
    assert not judge(sentence, EVIDENCE).ok


def test_a_difference_may_refer_to_the_sentence_before() -> None:
    """The operands may be printed one sentence earlier."""
    first = judge("ARR is $3,204,100.", EVIDENCE)
    assert judge("That is $2,402,800 more than Mid-Market.", EVIDENCE, first.used).ok


def test_without_results_only_the_users_words_count() -> None:
    """A model that looked nothing up can repeat the question and no more."""
    evidence = _evidence(user="Is churn 8 %?")
    assert judge("You ask whether churn is 8 %.", evidence).ok
    assert not judge("Churn is 7 %.", evidence).ok


def test_a_constant_needs_its_context() -> None:
    """“12” of a definition backs no count of something else."""
    assert judge("ARR is 12 × MRR.", EVIDENCE).ok
    assert not judge("They opened 12 tickets.", EVIDENCE).ok


def test_what_the_response_does_not_carry_becomes_a_fact() -> None:
    """Wording, passages, definitions and side tables are added, facts and cells are not."""
    names = {
        sentence: [fact.name for fact in judge(sentence, EVIDENCE).facts]
        for sentence in (
            "ARR is $3,204,100.",
            "The 80 % interval.",
            "Give 15 %.",
            "It is 12 × MRR.",
        )
    }
    assert list(names.values()) == [
        [],
        ["said:query_metrics"],
        ["cited:win-back"],
        ["definition:query_metrics"],
    ]


def test_a_bare_constant_becomes_a_fact_as_printed() -> None:
    """A weight of 0.5 stated as 50 % is handed over as a percentage."""
    (fact,) = judge("Activity weighs 50 % of it.", EVIDENCE).facts
    assert (fact.value, fact.unit) == (50.0, "pct")


def test_cells_of_an_earlier_table_become_facts() -> None:
    """Only the last table goes into the response; a figure of another is added to its facts."""
    later = ToolResult(
        summary="Done.", table=Table(columns=[Column(name="n", unit="count")], rows=[[9]])
    )
    evidence = _evidence(RESULT, later)
    assert [fact.name for fact in judge("SMB: 57 clients.", evidence).facts] == [
        "cell:query_metrics.clients"
    ]
    assert judge("It is 9.", evidence).facts == ()


def test_changing_a_result_changes_the_verdict() -> None:
    """The same sentence fails once the tool returns something else."""
    changed = RESULT.model_copy(
        update={"summary": "Done.", "facts": [Fact(name="arr", value=2_900_000.0, unit="usd")]}
    )
    sentence = "ARR is $3,204,100."
    assert judge(sentence, _evidence(RESULT)).ok
    assert not judge(sentence, _evidence(changed)).ok


_SENTENCES = st.sampled_from(
    [
        "ARR is ${:,}.",
        "There are {:,} clients.",
        "Churn is {} %.",
        "| SMB | {:,} | x |",
        "We expect **{:,}** renewals.",
    ]
)


@given(_SENTENCES, st.integers(1_000, 10**9))
def test_a_random_figure_fails(shape: str, value: int) -> None:
    """Law: a figure drawn at random and stated plainly does not get through."""
    known = {3_204_100, 2_003_400, 801_300, 399_400, 3_000_000, 3_400_000}
    verdict = judge(shape.format(value), EVIDENCE)
    assert verdict.ok == (value in known and "$" in shape) or value in known


@given(
    st.lists(st.floats(0, 1e7).map(lambda value: round(value, 2)), min_size=1, max_size=6),
    st.floats(0, 1e7).map(lambda value: round(value, 2)),
)
def test_what_passes_is_found_in_the_response(values: list[float], other: float) -> None:
    """Law: after the gate, facts, table and arguments alone back every figure."""
    facts = [Fact(name=f"f{i}", value=value, unit="usd") for i, value in enumerate(values)]
    evidence = _evidence(ToolResult(summary=f"In all {len(values)} figures.", facts=facts))
    for text in (
        f"It is ${values[0]:,.2f}, {len(values)} figures in total, ${other:,.2f} more.",
        f"Together ${sum(values):,.2f}.",
        f"${values[0]:,.0f} is ${values[0] - values[-1]:,.2f} above ${values[-1]:,.2f}.",
    ):
        verdict = judge(text, evidence)
        if verdict.ok:
            assert unbacked(text, [*facts, *verdict.facts], evidence) == []
