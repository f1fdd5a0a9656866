"""The wording of answers: every figure comes from the result."""

from datetime import date

from app.agent.planner.compose import ROWS_SHOWN, compose
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.plan import Plan
from tools.contract import Citation, Column, Fact, Provenance, Table, ToolResult


def _source(evidence: str = "predicted") -> Provenance:
    return Provenance.model_validate(
        {
            "tool": "t",
            "table": "gold.customer_health_scores",
            "as_of": date(2026, 11, 20),
            "rows": 1,
            "definition": "d",
            "evidence": evidence,
            "model_version": "v7",
        }
    )


def _clients(count: int) -> Table:
    return Table(
        columns=[
            Column(name="customer_id", unit="text"),
            Column(name="name", unit="text", label="Client"),
            Column(name="arr", unit="usd", label="ARR"),
        ],
        rows=[[f"C{i}", f"Client {i}", 1000.0 * i] for i in range(1, count + 1)],
    )


def test_a_long_table_is_cut_and_says_so(lexicon: Lexicon) -> None:
    """Ten rows are shown, it is said that there are more, ids are left out."""
    result = ToolResult(summary="13 clients.", table=_clients(13))
    text = compose(["list_customers"], [result], Plan(), lexicon)
    assert text.count("\n| Client ") == 1 + ROWS_SHOWN  # the head has the word too
    assert "the whole table goes on" in text
    assert "C13" not in text
    assert "| Client 2 | $2,000 |" in text


def test_evidence_and_source_are_named(lexicon: Lexicon) -> None:
    """A prediction is called one, with its model and its day."""
    result = ToolResult(summary="High risk.", provenance=[_source()])
    text = compose(["predict_churn"], [result], Plan(), lexicon)
    assert "Source: client health scores, as of 20 Nov 2026 (predicted by model v7)" in text


def test_a_card_leads_with_what_was_asked(lexicon: Lexicon) -> None:
    """The fields asked for come first; an unknown one is said to be unknown."""
    result = ToolResult(
        summary="Meridian Foods is an active client.",
        facts=[
            Fact(name="name", value="Meridian Foods", unit="text"),
            Fact(name="arr", value=120_000.0, unit="usd"),
        ],
    )
    plan = Plan(focus={"fields": ["arr", "nps_score"]})
    text = compose(["get_customer"], [result], plan, lexicon)
    assert text.startswith("**Meridian Foods**: ARR $120,000.")
    assert "NPS score: not known for Meridian Foods." in text


def test_passages_are_quoted_with_their_source(lexicon: Lexicon) -> None:
    """A quote keeps its lines, so that numbered steps stay numbered."""
    quote = Citation(
        source="win-back", title="Win-back", heading="Steps", passage="1. Call\n2. Ask"
    )
    result = ToolResult(summary="1 playbook fits.\n- more", citations=[quote])
    text = compose(["search_playbooks"], [result], Plan(), lexicon)
    assert "> **Win-back**, Steps" in text
    assert "> 1. Call\n> 2. Ask" in text
    assert "- more" not in text


def test_several_results_make_several_sections(lexicon: Lexicon) -> None:
    """Each question gets its own answer, and what cannot be done is said after them."""
    results = [ToolResult(summary="MRR is $5."), ToolResult(summary="2 clients left.")]
    plan = Plan(text="I cannot forecast a figure yet.")
    text = compose(["query_metrics", "query_metrics"], results, plan, lexicon)
    assert text.index("MRR is $5.") < text.index("2 clients left.") < text.index("I cannot")


def test_a_part_of_the_whole_leads_with_its_share(lexicon: Lexicon) -> None:
    """The share asked for comes first; without one the figures stand alone."""
    shared = Fact(name="arr_share_pct[segment=SMB]", value=12.5, unit="pct")
    plan = Plan(focus={"part": "SMB"})
    said = compose(["query_metrics"], [ToolResult(summary="ARR.", facts=[shared])], plan, lexicon)
    assert said.startswith("**SMB** (segment) makes up 12.5 % of the whole.")
    assert compose(["query_metrics"], [ToolResult(summary="ARR.")], plan, lexicon) == "ARR."


def test_a_question_on_break_even_is_answered_in_its_words(lexicon: Lexicon) -> None:
    """How large the effect must be, beside what is expected."""
    facts = [
        Fact(name="break_even_effect_pct", value=4.2, unit="pct"),
        Fact(name="effect_pct", value=6.0, unit="pct"),
    ]
    result = ToolResult(summary="Training.", facts=facts)
    text = compose(["simulate_strategy"], [result], Plan(focus={"break_even": True}), lexicon)
    assert text.startswith("It breaks even when 4.2 % of the treated clients are kept")
    assert "6 % are expected" in text
