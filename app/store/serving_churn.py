"""The serving churn model as the tools and the score book see it."""

from typing import Any, Final

import pandas as pd

from app.store.model_versions import Decision
from tools.contract import Driver, Explanation, GlobalDriver
from tools.models.attribution import Attribution, attribute, direction, join
from tools.models.frames import is_unknown
from tools.models.trained import TrainedChurn
from tools.wording import format_value

_MAX_EXPLAINED: Final = 50_000


class ServingChurn:
    """A trained model behind `tools.contract.ChurnPort`; explanations are kept by row.

    Args:
        model: The model.
        decision: Why it serves, where that was recorded.
    """

    def __init__(self, model: TrainedChurn, decision: Decision | None = None) -> None:
        self.model = model
        self.card: dict[str, Any] = model.card.model_dump(mode="json")
        if decision is not None:
            self.card["decision"] = decision.model_dump(mode="json")
        self._explained: dict[bytes, Attribution] = {}

    @property
    def version(self) -> str:
        """Version of the serving model."""
        return self.model.version

    @property
    def caveat(self) -> str | None:
        """A sentence to show when the model is not to be trusted over its baselines."""
        return self.model.caveat

    def predict(self, features: pd.DataFrame) -> pd.DataFrame:
        """Score rows as they are known today."""
        return self.model.predict(features)

    def predict_past(self, features: pd.DataFrame) -> pd.DataFrame:
        """Score past rows without hindsight."""
        return self.model.predict_past(features)

    def pushes(self, features: pd.DataFrame) -> pd.DataFrame:
        """Contribution of each feature to the margin of each row."""
        attribution = self._attribute(features)
        return pd.DataFrame(attribution.shares, columns=list(attribution.features))

    def _attribute(self, features: pd.DataFrame) -> Attribution:
        """Explain rows; the same values are explained once, whoever asks."""
        keys = [row.tobytes() for row in self.model.design.matrix(features)]
        explained = dict(self._explained) if len(self._explained) < _MAX_EXPLAINED else {}
        missing = [row for row, key in enumerate(keys) if key not in explained]
        if missing:
            fresh = attribute(self.model, features.iloc[missing])
            explained |= {keys[row]: fresh.at(place) for place, row in enumerate(missing)}
            self._explained = explained
        return join(self.model, [explained[key] for key in keys])

    def explain(self, features: pd.DataFrame) -> list[Explanation]:
        """Explain each row, drivers sorted by |contribution|."""
        attribution = self._attribute(features)
        rows = features.to_dict("records")
        return [self._explanation(attribution, i, row) for i, row in enumerate(rows)]

    def explain_all(self, features: pd.DataFrame) -> list[GlobalDriver]:
        """Rank the drivers over all rows, strongest first."""
        attribution = self._attribute(features)
        encoded = self.model.design.matrix(features)
        drivers = [
            GlobalDriver(
                feature=name,
                label=self.model.design.describe(name).label,
                importance=float(abs(attribution.shares[:, i]).mean()) if len(features) else 0.0,
                direction="depends on the group"
                if name in self.model.design.levels
                else direction(encoded[:, i], attribution.shares[:, i]),
            )
            for i, name in enumerate(attribution.features)
        ]
        return sorted(drivers, key=lambda driver: (-driver.importance, driver.feature))

    def _explanation(
        self, attribution: Attribution, index: int, row: dict[Any, Any]
    ) -> Explanation:
        drivers: list[Driver] = []
        for name, push in zip(attribution.features, attribution.shares[index], strict=True):
            feature = self.model.design.describe(name)
            unit = "prob" if feature.unit == "ratio" else feature.unit  # said in percent
            value = row.get(name)
            drivers.append(
                Driver(
                    feature=name,
                    label=feature.label,
                    value=format_value(None if is_unknown(value) else value, unit),
                    typical=format_value(self.model.card.typical.get(name), unit),
                    contribution=float(push),
                )
            )
        drivers.sort(key=lambda driver: (-abs(driver.contribution), driver.feature))
        margin = attribution.base + float(attribution.shares[index].sum())
        return Explanation(attribution.base, margin, tuple(drivers), self.model.calibrator.link)
