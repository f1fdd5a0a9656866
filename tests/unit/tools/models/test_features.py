import numpy as np
import pandas as pd

from tools.models.features import Design, feature_of, outcome, typical_values


def _frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "segment": ["SMB", None, "Enterprise", "SMB"],
            "mrr": pd.array([10, None, 30, 50], dtype="Int64"),
            "tickets_30d": [2, 2, 2, 2],
            "attr_age": ["31", "40", "", "52"],
            "attr_channel": ["web", "web", "sales", None],
            "attr_note": ["x1", "x2", "x3", "x4"],
            "churned_90d": pd.array([True, False, None, False], dtype="boolean"),
        }
    )


def test_design_keeps_what_varies() -> None:
    """Constants, keys and labels are no features; attributes of the source are."""
    design = Design.fit(_frame())
    assert {"segment", "mrr", "attr_channel"} <= set(design.columns)
    assert not {"customer_id", "tickets_30d", "churned_90d"} & set(design.columns)


def test_unknown_is_nan_never_a_level() -> None:
    """Missing, unseen and absent values are all NaN."""
    design = Design.fit(_frame())
    strange = _frame().assign(segment=["Moon", None, "SMB", "SMB"]).drop(columns=["mrr"])
    encoded = design.matrix(strange)
    segment = encoded[:, design.columns.index("segment")]
    assert np.isnan(segment[:2]).all()
    assert segment[2] == segment[3] == design.levels["segment"].index("SMB")
    assert np.isnan(encoded[:, design.columns.index("mrr")]).all()


def test_layout_matches_the_columns() -> None:
    """Types and directions stand in matrix order."""
    design = Design.fit(_frame())
    kinds = dict(zip(design.columns, design.layout.types, strict=True))
    assert kinds["segment"] == "c"
    assert kinds["mrr"] == "q"
    assert len(design.layout.signs) == len(design.columns)


def test_typical_values() -> None:
    """The median of the known numbers, the commonest word."""
    typical = typical_values(_frame(), Design.fit(_frame()))
    assert typical["mrr"] == 30
    assert typical["segment"] == "SMB"


def test_outcome_keeps_the_unknown() -> None:
    """An open outcome is neither 0 nor 1."""
    y = outcome(_frame(), "churned_90d")
    assert y[:2].tolist() == [1, 0]
    assert np.isnan(y[2])


def test_an_attribute_has_a_readable_name() -> None:
    """Columns nobody foresaw are still said in words."""
    assert feature_of("attr_referral_source").label == "referral source"
