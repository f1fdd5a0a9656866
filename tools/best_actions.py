"""The next best action of clients, chosen in one place: for an answer, and for gold in a build."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pandas as pd

from data.gold_interventions import read_candidates, read_touched
from tools.contract import PastAction, ToolContext
from tools.errors import NothingKnown
from tools.models.frames import column
from tools.models.hazards import EFFECT_DAYS
from tools.next_actions import NO_REPEAT_DAYS, Choice, Client, Touched, choose
from tools.resolve import mendable_errors
from tools.rule_book import rule_book
from tools.strategies import Named, known_strategies
from tools.strategy_evidence import Evidence, evidence_where_known

__all__ = ["Weighed", "best_actions", "evidence_here", "weigh"]

_CHUNK_ROWS: Final = 5_000
"""Clients weighed at a time in a build."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What may be done for some clients.

    Attributes:
        features: Their features, in the order of the clients.
        choices: What is best for each, in the same order.
    """

    features: pd.DataFrame
    clients: tuple[Client, ...]
    choices: tuple[Choice, ...]


def best_actions(context: ToolContext) -> pd.DataFrame:
    """Choose for every active client in scope; without ARR the reasons decide.

    Returns:
        customer_id and next_best_action, None where nothing pays.

    Raises:
        NothingKnown: No strategy to choose from has a known effect.
        FinalToolError: The data cannot answer.
    """
    with mendable_errors():
        everyone = read_candidates(context.gold, [], context.scope, valued=False)
    evidence = evidence_here(context) if len(everyone) else []
    chosen: list[str | None] = []
    for start in range(0, len(everyone), _CHUNK_ROWS):
        rows = everyone.iloc[start : start + _CHUNK_ROWS]
        chosen += [choice.best for choice in weigh(rows, evidence, context).choices]
    ids = column(everyone, "customer_id").to_numpy()
    return pd.DataFrame({"customer_id": ids, "next_best_action": pd.Series(chosen, dtype="object")})


def evidence_here(context: ToolContext) -> list[Evidence]:
    """What is known of the strategies that were tried here or that a playbook names.

    Raises:
        NothingKnown: There is none, or nothing is known of any.
    """
    names = known_strategies(context)
    if not names:
        raise NothingKnown(
            "There is nothing to recommend from: no strategy was tried and no playbook names one. "
            "Add a playbook to the playbooks folder."
        )
    return evidence_where_known([Named(name) for name in names], context)


def weigh(rows: pd.DataFrame, evidence: Sequence[Evidence], context: ToolContext) -> Weighed:
    """Weigh every strategy for each of some clients.

    Args:
        rows: Candidates, see `data.gold_interventions.read_candidates`.
        evidence: What is known of each strategy.
        context: Where features, scores and past actions are.
    """
    ids = [str(key) for key in column(rows, "customer_id")]
    with mendable_errors():
        features = context.gold.features(context.scope, customer_ids=ids)
    features = features.set_index("customer_id", drop=False).reindex(ids).reset_index(drop=True)
    clients = tuple(_clients(features, context))
    choices = choose(rows, clients, evidence, _touched(ids, context))
    return Weighed(features, clients, tuple(choices))


def _clients(features: pd.DataFrame, context: ToolContext) -> Iterator[Client]:
    book = rule_book(context.gold)
    fired = column(book.evaluate_frame(features), "rules_fired")
    pushes = context.churn.pushes(features).to_dict("records")
    for row, push, names in zip(features.to_dict("records"), pushes, fired, strict=True):
        known = {str(name): value for name, value in row.items()}
        by_name = {str(name): float(value) for name, value in push.items()}
        yield Client.of(known, by_name, [book.rule(name).feature for name in names])


def _touched(ids: Sequence[str], context: ToolContext) -> Touched:
    """What the data hold, and what people logged here since they were built."""
    with mendable_errors():
        recorded = read_touched(context.gold, context.scope, within_days=NO_REPEAT_DAYS)
    touched = {key: list(found) for key, found in recorded.items()}
    for each in _logged(ids, context):
        lately = touched.setdefault(each.customer_id, [])
        entry = (each.strategy, each.arm or "treatment", each.day, True)
        if entry[:3] not in [known[:3] for known in lately]:
            lately.append(entry)
    return touched


def _logged(ids: Sequence[str], context: ToolContext) -> Iterator[PastAction]:
    """Actions not to be repeated yet, and draws into the control group of a running test."""
    if context.actions is None:
        return
    done_since = context.gold.as_of - timedelta(days=NO_REPEAT_DAYS)
    held_since = context.gold.as_of - timedelta(days=EFFECT_DAYS - 1)
    alone = ids[0] if len(ids) == 1 else None
    for each in context.actions.past(customer_id=alone, since=min(done_since, held_since)):
        if each.day >= (held_since if each.arm == "control" else done_since):
            yield each
