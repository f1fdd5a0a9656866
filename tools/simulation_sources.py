"""Where a simulated result comes from, and the result when there is nobody to treat."""

from collections.abc import Sequence
from typing import Any, Final

from tools.contract import (
    Fact,
    Provenance,
    ToolContext,
    ToolResult,
)
from tools.models.simulation import VALUE_SPREAD
from tools.strategy_evidence import Evidence

__all__ = ["nobody_to_treat", "simulation_provenance"]

DEFINITION: Final = (
    "Net = ARR saved − cost; ROI = net ÷ cost. 10,000 draws of effect, churn probability, ARR "
    f"(± {100 * VALUE_SPREAD:g} %) and cost; ranges are 90 % intervals. ARR saved = a year's ARR "
    "of clients kept who would have left."
)


def simulation_provenance(
    tool: str, evidence: Sequence[Evidence], clients: int, context: ToolContext
) -> list[Provenance]:
    """The test or the playbooks behind the effect, then the model behind the risk."""
    sources: list[Provenance] = []
    measured = [each for each in evidence if each.grade == "measured"]
    assumed = [each for each in evidence if each.grade == "assumed"]
    if measured:
        sources.append(
            Provenance(
                tool=tool,
                table="gold.interventions",
                as_of=context.gold.as_of,
                rows=sum(each.rows for each in measured),
                definition=f"{DEFINITION} Effect: ratio of churn hazards in randomised rows, by "
                "segment with partial pooling, applied to each client's churn probability.",
                evidence="measured",
            )
        )
    if assumed:
        sources.append(
            Provenance(
                tool=tool,
                table="playbooks",
                as_of=None,
                rows=sum(len(each.books) for each in assumed),
                definition=f"{DEFINITION} Effect: the playbooks' expected range, every value in "
                "it equally likely.",
                evidence="assumed",
            )
        )
    sources.append(
        Provenance(
            tool=tool,
            table="gold.customer_health_scores",
            as_of=context.gold.as_of,
            rows=clients,
            definition="Predicted probability of churning within 90 days and ARR of each client.",
            evidence="predicted",
            model_version=context.churn.version,
        )
    )
    return sources


def nobody_to_treat(
    resolved: dict[str, Any],
    why: str,
    evidence: Sequence[Evidence],
    tool: str,
    context: ToolContext,
) -> ToolResult:
    """The result when no client can be treated, with the reason."""
    return ToolResult(
        summary=why,
        args=resolved,
        facts=[Fact(name="customers_treated", value=0, unit="count")],
        provenance=simulation_provenance(tool, evidence, 0, context),
        suggestions=["Which clients are at risk?"],
    )
