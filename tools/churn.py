"""How likely clients are to leave, and what that would cost: `predict_churn`."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from tools.contract import (
    Chart,
    Column,
    Fact,
    Filter,
    OrderBy,
    Provenance,
    Scalar,
    Series,
    Table,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.judged import churn_caveat, gone, nobody
from tools.model_answers import model_quality
from tools.resolve import check_filters, resolve_customer
from tools.wording import count_noun, format_value

HorizonDays = Literal[30, 60, 90]
HORIZONS: Final[tuple[HorizonDays, ...]] = (30, 60, 90)
MAX_CLIENTS: Final = 10_000
TOP_CLIENTS: Final = 10
_TABLE: Final = "gold.customer_health_scores"


class PredictChurnArgs(ToolArgs):
    """A client, or filters for a group; neither means all clients you can see."""

    about: Literal["clients", "model"] = Field(
        default="clients",
        description="`model`: not clients but the churn model itself: its quality and version.",
    )
    customer: str | None = Field(default=None, description="Client id or name.")
    filters: list[Filter] = Field(default_factory=list[Filter])
    horizon_days: HorizonDays = Field(default=90, description="30, 60 or 90 days ahead.")


def predict_churn(args: PredictChurnArgs, context: ToolContext) -> ToolResult:
    """Say how likely a client, or a group of clients, is to churn within 30, 60 or 90 days.

    Use for: churn probability, risk level, "will they leave?", the expected loss of ARR, the mean
    probability of a segment; with `about="model"` how good the churn model is, whether its scores
    can be trusted, which version serves and when it was trained. Not for the reasons
    (`explain_churn`), the rules (`evaluate_rules`) or plain lists of clients (`list_customers`).
    """
    if args.about == "model":
        return model_quality(context)
    if args.customer is not None:
        return _one_client(args.customer, args.horizon_days, context)
    return _group(args.filters, args.horizon_days, context)


@dataclass(frozen=True, slots=True)
class _Score:
    """A client's probability within the horizon; the doubt is that of the 90 days, scaled."""

    name: str
    customer_id: str
    segment: str | None
    risk: str
    prob: float
    low: float
    high: float
    arr: float

    @property
    def loss(self) -> float:
        return self.prob * self.arr


def _score(row: dict[str, Any], days: HorizonDays) -> _Score:
    prob, prob_90 = float(row[f"churn_prob_{days}d"]), float(row["churn_prob_90d"])
    share = prob / prob_90 if prob_90 > 0 else 0.0
    return _Score(
        name=str(row["name"]),
        customer_id=str(row["customer_id"]),
        segment=row["segment"],
        risk=str(row["churn_risk"]),
        prob=prob,
        low=float(row["churn_prob_90d_low"]) * share,
        high=float(row["churn_prob_90d_high"]) * share,
        arr=float(row["arr"] or 0.0),
    )


def _one_client(text: str, days: HorizonDays, context: ToolContext) -> ToolResult:
    customer_id, name = resolve_customer(text, context)
    row = context.gold.customer(customer_id, context.scope)
    if row is None or row.get("churn_prob_90d") is None:
        raise gone(name, "is no churn probability")
    scores: dict[HorizonDays, _Score] = {horizon: _score(row, horizon) for horizon in HORIZONS}
    asked = scores[days]
    facts = [
        *(Fact(name=f"churn_prob_{h}d", value=s.prob, unit="prob") for h, s in scores.items()),
        Fact(name=f"churn_prob_{days}d_low", value=asked.low, unit="prob"),
        Fact(name=f"churn_prob_{days}d_high", value=asked.high, unit="prob"),
        Fact(name="churn_risk", value=asked.risk, unit="text"),
        Fact(name="arr", value=asked.arr, unit="usd"),
        Fact(name="arr_at_risk", value=scores[90].loss, unit="usd"),
        Fact(name=f"expected_loss_{days}d", value=asked.loss, unit="usd"),
    ]
    summary = (
        f"{name} has a predicted {_pct(asked.prob)} chance of churning within {days} days "
        f"(90 % interval {_pct(asked.low)} to {_pct(asked.high)}): {asked.risk} risk. "
        f"With an ARR of {_usd(asked.arr)} the expected loss is {_usd(asked.loss)}."
    )
    return ToolResult(
        summary=summary,
        args={"customer": customer_id, "horizon_days": days},
        facts=facts,
        table=_horizon_table(name, scores),
        charts=[_horizon_chart(name, scores)],
        provenance=[_provenance(context, 1, days)],
        caveats=churn_caveat(context),
        suggestions=[
            f"Why is {name} at risk?",
            f"What should I do about {name}?",
            f"Which risk rules did {name} trigger?",
        ],
    )


def _group(filters: list[Filter], days: HorizonDays, context: ToolContext) -> ToolResult:
    checked = check_filters(filters, context)
    found = context.gold.customers(
        filters=checked,
        scope=context.scope,
        sort_by=OrderBy(by="arr_at_risk", descending=True),
        limit=MAX_CLIENTS,
        columns=[
            "customer_id",
            "name",
            "segment",
            "arr",
            "churn_risk",
            "churn_prob_30d",
            "churn_prob_60d",
            "churn_prob_90d",
            "churn_prob_90d_low",
            "churn_prob_90d_high",
        ],
    )
    names = [column.name for column in found.columns]
    rows = [dict(zip(names, row, strict=True)) for row in found.rows]
    scores = [_score(row, days) for row in rows if row["churn_prob_90d"] is not None]
    scores.sort(key=lambda score: (-score.loss, score.customer_id))
    args = {"filters": [f.model_dump() for f in checked], "horizon_days": days}
    provenance = [_provenance(context, len(scores), days)]
    if not scores:
        return nobody(args, provenance, context)
    caveats = churn_caveat(context)
    if found.total > len(found.rows):
        caveats.append(f"Only the {count_noun(len(scores), 'client')} with the most ARR at risk.")
    return ToolResult(
        summary=_group_summary(scores, days),
        args=args,
        facts=_group_facts(scores, days),
        table=_client_table(scores[:TOP_CLIENTS], days),
        charts=[_band_chart(scores)],
        provenance=provenance,
        caveats=caveats,
        suggestions=[
            f"Why is {scores[0].name} at risk?",
            "What drives churn among these clients?",
            "What should we do about them?",
        ],
    )


def _group_facts(scores: list[_Score], days: HorizonDays) -> list[Fact]:
    mean = sum(score.prob for score in scores) / len(scores)
    high = [score for score in scores if score.risk == "high"]
    facts = [
        Fact(name="customers", value=len(scores), unit="count"),
        Fact(name=f"avg_churn_prob_{days}d", value=mean, unit="prob"),
        Fact(name="expected_churners", value=mean * len(scores), unit="count"),
        Fact(name="arr", value=sum(score.arr for score in scores), unit="usd"),
        Fact(name=f"expected_loss_{days}d", value=sum(s.loss for s in scores), unit="usd"),
        Fact(name="arr_of_high_risk", value=sum(score.arr for score in high), unit="usd"),
        Fact(name="expected_loss_of_high_risk", value=sum(s.loss for s in high), unit="usd"),
    ]
    counts = ((band, sum(s.risk == band for s in scores)) for band in ("high", "medium", "low"))
    return facts + [Fact(name=f"customers_{b}_risk", value=n, unit="count") for b, n in counts]


def _group_summary(scores: list[_Score], days: HorizonDays) -> str:
    value = {fact.name: fact.value for fact in _group_facts(scores, days)}
    count = int(str(value["customers"]))
    return (
        f"{count_noun(count, 'active client')}: the mean predicted probability of churning within "
        f"{days} days is {_pct(value[f'avg_churn_prob_{days}d'])}; "
        f"{value['customers_high_risk']:,} at high, {value['customers_medium_risk']:,} at medium and "
        f"{value['customers_low_risk']:,} at low risk. "
        f"The expected loss is {_usd(value[f'expected_loss_{days}d'])} of {_usd(value['arr'])} "
        f"ARR; the high-risk clients hold {_usd(value['arr_of_high_risk'])} ARR, of which "
        f"{_usd(value['expected_loss_of_high_risk'])} is expected to be lost."
    )


def _client_table(scores: list[_Score], days: HorizonDays) -> Table:
    rows: list[list[Scalar | None]] = [
        [s.customer_id, s.name, s.segment, s.risk, s.prob, s.low, s.high, s.arr, s.loss]
        for s in scores
    ]
    return Table(
        title="Largest expected losses",
        columns=[
            Column(name="customer_id", unit="text", label="Client id"),
            Column(name="name", unit="text", label="Client"),
            Column(name="segment", unit="text", label="Segment"),
            Column(name="churn_risk", unit="text", label="Risk"),
            Column(name=f"churn_prob_{days}d", unit="prob", label=f"Churn within {days} days"),
            Column(name=f"churn_prob_{days}d_low", unit="prob", label="Low"),
            Column(name=f"churn_prob_{days}d_high", unit="prob", label="High"),
            Column(name="arr", unit="usd", label="ARR"),
            Column(name=f"expected_loss_{days}d", unit="usd", label="Expected loss"),
        ],
        rows=rows,
    )


def _horizon_table(name: str, scores: dict[HorizonDays, _Score]) -> Table:
    return Table(
        title=f"Churn probability of {name}",
        columns=[
            Column(name="horizon_days", unit="days", label="Within"),
            Column(name="churn_prob", unit="prob", label="Probability"),
            Column(name="churn_prob_low", unit="prob", label="Low"),
            Column(name="churn_prob_high", unit="prob", label="High"),
            Column(name="expected_loss", unit="usd", label="Expected loss"),
        ],
        rows=[[days, s.prob, s.low, s.high, s.loss] for days, s in scores.items()],
    )


def _horizon_chart(name: str, scores: dict[HorizonDays, _Score]) -> Chart:
    return Chart(
        kind="line",
        title=f"Churn probability of {name}",
        unit="prob",
        x_label="Within days",
        series=[
            Series(
                name="Churn probability",
                x=list(scores),
                y=[s.prob for s in scores.values()],
                low=[s.low for s in scores.values()],
                high=[s.high for s in scores.values()],
            )
        ],
    )


def _band_chart(scores: list[_Score]) -> Chart:
    bands = ("low", "medium", "high")
    counts: list[float | None] = [float(sum(s.risk == band for s in scores)) for band in bands]
    return Chart(
        kind="bar",
        title="Clients by churn risk",
        unit="count",
        x_label="Churn risk",
        series=[Series(name="Clients", x=list(bands), y=counts)],
    )


def _provenance(context: ToolContext, rows: int, days: HorizonDays) -> Provenance:
    return Provenance(
        tool="predict_churn",
        table=_TABLE,
        as_of=context.gold.as_of,
        rows=rows,
        definition=(
            f"Calibrated probability of churning within {days} days of the as-of date, with a "
            "90 % interval; risk bands by the 90-day probability; expected loss = probability × ARR."
        ),
        evidence="predicted",
        model_version=context.churn.version,
    )


def _pct(value: object) -> str:
    return format_value(value, "prob")


def _usd(value: object) -> str:
    return format_value(value, "usd")
