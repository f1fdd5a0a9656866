import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from tools.models.attribution import attribute, direction
from tools.models.trained import TrainedChurn


def test_contributions_sum_to_the_margin(model: TrainedChurn, latest: pd.DataFrame) -> None:
    """Nothing of a score is left unexplained."""
    attribution = attribute(model, latest)
    total = attribution.base + attribution.shares.sum(axis=1)
    np.testing.assert_allclose(total, attribution.margin, atol=1e-4)


def test_equals_the_explainers_of_shap(model: TrainedChurn, latest: pd.DataFrame) -> None:
    """The contributions are those of SHAP: of the trees, and of the terms of the lines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shap's own imports
        shap = pytest.importorskip("shap")
        assert model.ensemble is not None
        matrix, line = model.design.matrix(latest), model.ensemble.line
        data = model.ensemble._data(matrix)
        trees = [
            np.asarray(shap.TreeExplainer(member).shap_values(data))
            for member in model.ensemble.members
        ]
        assert line is not None
        terms_of_rows = line.terms.of(matrix)
        average = np.zeros((1, terms_of_rows.shape[1]))
        by_term = np.mean(
            [
                shap.LinearExplainer(member, average).shap_values(terms_of_rows)
                for member in zip(line.coefficients, line.intercepts, strict=True)
            ],
            axis=0,
        )
    by_column = np.zeros_like(matrix)
    for term, column in enumerate(line.terms.columns):
        by_column[:, column] += by_term[:, term]
    expected = (1 - line.share) * np.mean(trees, axis=0) + line.share * by_column
    np.testing.assert_allclose(attribute(model, latest).shares, expected, atol=1e-4)


def test_names_the_planted_reason(model: TrainedChurn, latest: pd.DataFrame) -> None:
    """Usage was planted as the strongest reason and comes out as such."""
    attribution = attribute(model, latest)
    weights: Counter[str] = Counter()
    for name, pushes in zip(attribution.features, attribution.shares.T, strict=True):
        weights[model.design.describe(name).theme] += abs(pushes).mean()
    assert weights.most_common(1)[0][0] == "usage"


def test_direction_in_words() -> None:
    """Rising, falling and flat pushes are told apart; missing values do not matter."""
    values = np.array([1.0, 2, 3, 4, np.nan])
    assert direction(values, np.array([0.1, 0.2, 0.3, 0.4, 9])) == "higher means more risk"
    assert direction(values, np.array([0.4, 0.3, 0.2, 0.1, 9])) == "lower means more risk"
    assert direction(values, np.zeros(5)) == "no clear direction"
