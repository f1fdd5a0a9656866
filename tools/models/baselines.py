"""The logistic regression the churn model has to beat."""

from typing import Final

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from tools.models.features import Design
from tools.models.frames import Floats

_L2: Final = 0.1


def fit_logistic(design: Design, X: Floats, y: Floats) -> Pipeline:
    """Fit an L2 logistic regression on the same design, with the usual care.

    Numbers are filled by their median with a flag, tamed by a signed logarithm and standardised;
    categories are one-hot.
    """
    types = design.layout.types
    numbers = [i for i, kind in enumerate(types) if kind == "q"]
    words = [i for i, kind in enumerate(types) if kind == "c"]
    number_steps = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        FunctionTransformer(_signed_log),
        StandardScaler(),
    )
    word_steps = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=-1.0),
        OneHotEncoder(handle_unknown="ignore"),
    )
    columns = ColumnTransformer(
        [("numbers", number_steps, numbers), ("words", word_steps, words)], sparse_threshold=0.0
    )
    model = make_pipeline(columns, LogisticRegression(C=_L2, max_iter=2000))
    model.fit(X, y)
    return model


def logistic_probability(model: Pipeline, X: Floats) -> Floats:
    """Score rows: (rows,) probabilities."""
    return np.asarray(model.predict_proba(X)[:, 1], dtype=np.float64)


def _signed_log(values: Floats) -> Floats:
    return np.sign(values) * np.log1p(np.abs(values))
