"""The stored churn models as a person reads them: a list, and one model's card."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from app.store import model_store, model_versions
from app.store.model_versions import Decision, ModelStoreError
from tools.models.card import ModelCard
from tools.models.card_text import markdown, said
from tools.models.rules import load_default

State = Literal["serves", "served before", "stored"]
_ROW: Final = "{:<26}{:<15}{:<12}{:<12}{:>8}  {:<24}{}"


class StoredModel(BaseModel):
    """One stored version.

    Attributes:
        card: None where it cannot be read; `problem` then says why.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    state: State
    trained_on: date
    card: ModelCard | None
    decision: Decision | None
    problem: str = ""


def stored_models(home: Path) -> list[StoredModel]:
    """Read every stored version, the newest first.

    Raises:
        ModelStoreError: There is none.
    """
    found = [_stored(version, home) for version in model_versions.newest_first(home)]
    if not found:
        raise ModelStoreError("No churn model is stored yet: run `aura prepare`.")
    return found


def lines(models: Sequence[StoredModel]) -> Iterator[str]:
    """Two lines a version: its figures, and why it serves or not."""
    yield _ROW.format(
        "version", "state", "trained", "data to", "rows", "AUC (95 %)", "Brier (95 %)"
    )
    for each in models:
        card = each.card
        yield _ROW.format(
            each.version,
            each.state,
            each.trained_on.isoformat(),
            card.as_of.isoformat() if card else "",
            f"{card.rows:,}" if card else "",
            said(card.auc) if card else "",
            said(card.brier, 4) if card else "",
        ).rstrip()
        yield f"  {_why(each)}"


def card_page(home: Path, version: str | None, command: str) -> str:
    """Write the card of a version, of the serving one by default.

    Raises:
        ModelStoreError: It is not stored, or cannot be read.
    """
    if version is None:
        version = next(iter(model_versions.served(home)), None)
    if version is None:
        raise ModelStoreError("No churn model is stored yet: run `aura prepare`.")
    model_versions.check_stored(version, home)
    decision = model_versions.decision_on(version, home)
    return markdown(
        model_store.card_of(version, home),
        source=decision.source if decision else "not recorded",
        trained_on=model_versions.trained_on(version, home),
        decision=decision.reason if decision else None,
        bands=load_default().bands.churn_risk,
        command=command,
    )


def _why(stored: StoredModel) -> str:
    if stored.problem:
        return stored.problem
    decision = stored.decision
    if decision is None:
        return "Why was not recorded."
    word = "promoted" if decision.promoted else "not promoted"
    return f"{word} on {decision.decided_on}: {decision.reason}"


def _stored(version: str, home: Path) -> StoredModel:
    in_turn = model_versions.served(home)
    state: State = "stored"
    if version in in_turn:
        state = "serves" if in_turn[0] == version else "served before"
    card, problem = None, ""
    try:
        card = model_store.card_of(version, home)
    except ModelStoreError as error:
        problem = str(error)
    return StoredModel(
        version=version,
        state=state,
        trained_on=model_versions.trained_on(version, home),
        card=card,
        decision=model_versions.decision_on(version, home),
        problem=problem,
    )
