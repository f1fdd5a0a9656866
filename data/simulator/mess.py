"""What real exports get wrong: broken rows, repeated rows, late rows, sloppy spelling.

Broken rows are additions with keys of their own, so no true fact is lost by rejecting them.
"""

import numpy as np
import pandas as pd

BROKEN_SHARE, REPEATED_SHARE, LATE_SHARE = 0.005, 0.005, 0.01
MISSPELT_SHARE = 0.03
SEGMENT_SPELLINGS: dict[str, tuple[str, ...]] = {
    "SMB": ("smb", "Smb", " SMB"),
    "Mid-Market": ("mid-market", "Mid Market", "MID-MARKET"),
    "Enterprise": ("enterprise", "ENTERPRISE", "Enterprise "),
}

Spoil = tuple[str, object]
# Column and the value that breaks it, by entity.
SPOILS: dict[str, tuple[Spoil, ...]] = {
    "customers": (("customer_id", None), ("account_creation_date", "31/13/2025"), ("seats", -4)),
    "subscriptions": (
        ("start_date", "2025-02-30"),
        ("currency", "ZZZ"),
        ("seats", -10),
        ("customer_id", None),
        ("mrr", "n/a"),
    ),
    "transactions": (
        ("transaction_date", "yesterday"),
        ("currency", "XBT?"),
        ("amount", "12,3,4"),
        ("customer_id", None),
    ),
    "support_tickets": (
        ("created_at", "not a date"),
        ("satisfaction_score", "great"),
        ("customer_id", None),
    ),
    "surveys": (("nps_score", "eleven"), ("response_date", "2025-00-10"), ("customer_id", None)),
    "interventions": (("assigned_at", "soon"), ("customer_id", None), ("strategy", None)),
}


def spell_badly(customers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Write some segments as people type them."""
    out = customers.copy()
    segment = out["segment"].to_numpy(dtype=object)
    for row in np.flatnonzero(rng.random(len(out)) < MISSPELT_SHARE):
        options = SEGMENT_SPELLINGS[segment[row]]
        segment[row] = options[int(rng.integers(len(options)))]
    out["segment"] = segment
    return out


def make_a_mess(
    entity: str, table: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Add broken and repeated rows, move some to the end.

    Args:
        entity: Name of the raw entity.
        table: Its clean rows.
        rng: Random stream.

    Returns:
        The messy table, and how many rows of each kind of mess it holds.
    """
    key, broken = table.columns[0], _count(table, BROKEN_SHARE)
    source = table.iloc[rng.integers(0, len(table), broken)].astype(object)
    source[key] = [f"{value}-X{number}" for number, value in enumerate(source[key])]
    spoils = SPOILS[entity]
    for row in range(broken):
        column, value = spoils[row % len(spoils)]
        source.iloc[row, source.columns.get_loc(column)] = value
    repeated = table.iloc[rng.integers(0, len(table), _count(table, REPEATED_SHARE))]
    everything = pd.concat([table.astype(object), source, repeated.astype(object)])
    late = rng.random(len(everything)) < LATE_SHARE
    place = np.arange(len(everything)) + np.where(late, len(everything), 0)
    place[len(table) :] = rng.integers(0, len(table), len(everything) - len(table))
    messy = everything.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
    return messy, {
        "broken": broken,
        "repeated": len(repeated),
        "late": int(late[: len(table)].sum()),
    }


def _count(table: pd.DataFrame, share: float) -> int:
    return max(1, round(share * len(table)))
