"""Which churn model scores a build: the newly trained one if it is not worse, or one chosen by hand."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from app.store import model_store, model_versions
from app.store.model_versions import Decision, ModelStoreError
from app.store.serving_churn import ServingChurn
from tools.models.promotion import Verdict, judge
from tools.models.rules import RuleBook
from tools.models.trained import TrainedChurn


@dataclass(frozen=True, slots=True)
class Choice:
    """The model that a build scores with, and what to write down when it succeeds.

    Attributes:
        decisions: New decisions by version.
        trained: The newly trained model, stored whether it serves or not.
        goes_back: The serving version gives way to the one before it.
    """

    model: TrainedChurn
    decisions: dict[str, Decision]
    trained: TrainedChurn | None = None
    goes_back: bool = False

    @property
    def serving(self) -> ServingChurn:
        """The model, ready to score."""
        return ServingChurn(self.model)

    @property
    def words(self) -> list[str]:
        """What was decided, a line a version."""
        return [
            f"{version} {'serves' if version == self.model.version else 'does not serve'}: "
            f"{decision.reason}"
            for version, decision in self.decisions.items()
        ]

    def keep(self, home: Path) -> None:
        """Store the models and let the chosen one serve."""
        if self.trained is not None:
            model_store.store(self.trained, home)
        for version, decision in self.decisions.items():
            model_versions.record(version, decision, home)
        if self.goes_back:
            model_versions.go_back(home)
        if model_versions.served(home)[:1] != [self.model.version]:
            model_versions.serve(self.model.version, home)


def decide(
    trained: TrainedChurn,
    history: pd.DataFrame,
    book: RuleBook,
    *,
    home: Path,
    source: str,
    today: date,
) -> Choice:
    """Compare a newly trained model with the serving one; the better of two equals is the newer.

    Args:
        trained: The new model.
        history: Features at all snapshots.
        book: The risk rules.
        home: AURA_HOME.
        source: Name of the data it learned from.
        today: When.
    """
    version = next(iter(model_versions.served(home)), None)
    earlier = model_versions.decision_on(trained.version, home)
    if version == trained.version and earlier is not None:
        return Choice(trained, {}, trained)
    serving, verdict = _against(version, trained, history, book, home=home, source=source)
    decision = Decision(
        source=source,
        trained_on=earlier.trained_on if earlier else today,
        decided_on=today,
        promoted=verdict.promoted,
        reason=verdict.reason,
        against=version if version != trained.version else None,
        comparison=verdict.comparison,
    )
    if verdict.promoted or serving is None:
        return Choice(trained, {trained.version: decision}, trained)
    return Choice(serving, {trained.version: decision}, trained)


def _against(
    version: str | None,
    trained: TrainedChurn,
    history: pd.DataFrame,
    book: RuleBook,
    *,
    home: Path,
    source: str,
) -> tuple[TrainedChurn | None, Verdict]:
    """The serving model, where there is one to compare with, and the verdict."""
    if version is None or version == trained.version:
        return None, Verdict(promoted=True, reason="The first model here.")
    decision = model_versions.decision_on(version, home)
    if decision is None:
        unknown = f"What {version} learned from was not recorded, so it could not be compared."
        return None, Verdict(promoted=True, reason=unknown)
    if decision.source != source:
        other = f"{version} learned from other data ({decision.source}, these are {source})."
        return None, Verdict(promoted=True, reason=other)
    try:
        serving = model_store.load(version, home)
    except ModelStoreError as error:
        return None, Verdict(promoted=True, reason=str(error).partition(":")[0] + ".")
    by_hand = decision.by == "hand"
    return serving, judge(serving, trained, history, book, chosen_by_hand=by_hand)


def promote(version: str, *, home: Path, source: str, today: date) -> Choice:
    """Choose a stored version by hand.

    Raises:
        ModelStoreError: It is not stored, cannot be read or learned from other data.
    """
    model_versions.check_stored(version, home)
    serving = model_versions.served(home)[:1]
    over = f" over {serving[0]}" if serving and serving[0] != version else ""
    decision = _own(version, home=home, source=source).by_hand(
        today,
        f"Promoted by hand{over}.",
        promoted=True,
        over_newer=model_versions.newest_first(home)[0] != version,
    )
    return Choice(model_store.load(version, home), {version: decision})


def go_back(*, home: Path, source: str, today: date) -> Choice:
    """Choose the version that served before, by hand.

    Raises:
        ModelStoreError: There is none, it cannot be read or learned from other data.
    """
    version, left = model_versions.predecessor(home), model_versions.served(home)[0]
    decisions = {
        version: _own(version, home=home, source=source).by_hand(
            today,
            f"Serves again: {left} was rolled back by hand.",
            promoted=True,
            over_newer=model_versions.newest_first(home)[0] != version,
        )
    }
    if left in model_versions.versions(home):
        decisions[left] = _own(left, home=home, source=source).by_hand(
            today, f"Rolled back by hand to {version}.", promoted=False, over_newer=False
        )
    return Choice(model_store.load(version, home), decisions, goes_back=True)


def _own(version: str, *, home: Path, source: str) -> Decision:
    """The decision recorded on a version of this source.

    Raises:
        ModelStoreError: The version learned from other data.
    """
    decision = model_versions.decision_on(version, home)
    if decision is None:
        made = model_versions.trained_on(version, home)
        return Decision(source=source, trained_on=made, decided_on=made, promoted=False, reason="")
    if decision.source != source:
        raise ModelStoreError(
            f"Churn model {version!r} learned from {decision.source!r}; this home holds {source!r}."
        )
    return decision
