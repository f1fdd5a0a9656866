"""Taking a change apart: what each group adds to it, exactly.

A change of a sum divides into the changes of its groups. A change of a quotient R = Σn ÷ Σd
divides into mix (the groups' weights moved) and rate (their own quotients moved), by the midpoint
rule of Marshall and Edgeworth as used by Kitagawa (1955); nothing is left over.
"""

from dataclasses import dataclass

import numpy as np

from tools.models.frames import Floats

__all__ = ["MixRate", "mix_and_rate", "surprise"]


@dataclass(frozen=True, slots=True)
class MixRate:
    """A quotient's change by group; all arrays (groups,).

    Attributes:
        before, now: The whole's quotient.
        own_before, own_now: Each group's own; NaN where its denominator is 0.
        weight_before, weight_now: Each group's share of the denominator (0-1).
        mix, rate: What the group adds by its weight and by its quotient; Σ(mix + rate) is
            now − before.
    """

    before: float
    now: float
    own_before: Floats
    own_now: Floats
    weight_before: Floats
    weight_now: Floats
    mix: Floats
    rate: Floats

    @property
    def change(self) -> Floats:
        """What each group adds: (groups,)."""
        return self.mix + self.rate


def mix_and_rate(
    numerator_before: Floats,
    denominator_before: Floats,
    numerator_now: Floats,
    denominator_now: Floats,
) -> MixRate:
    """Divide the change of Σnumerator ÷ Σdenominator among groups.

    A group's weight counts by how far its quotient lies from the whole's (both at the midpoint):
    a group that grows adds nothing by that when it is like the others. A group without a
    denominator in one period is taken to have had the quotient of the other.

    Args:
        numerator_before: (groups,) in the earlier period.
        denominator_before: (groups,) its sum is above 0.
        numerator_now: (groups,) in the later period.
        denominator_now: (groups,) its sum is above 0.
    """
    whole_before, whole_now = float(denominator_before.sum()), float(denominator_now.sum())
    before = float(numerator_before.sum()) / whole_before
    now = float(numerator_now.sum()) / whole_now
    weight_before, weight_now = denominator_before / whole_before, denominator_now / whole_now
    own_before = _quotients(numerator_before, denominator_before)
    own_now = _quotients(numerator_now, denominator_now)
    level = (_known(own_before, own_now) + _known(own_now, own_before)) / 2
    moved = weight_now - weight_before
    whole = numerator_now / whole_now - numerator_before / whole_before
    return MixRate(
        before=before,
        now=now,
        own_before=own_before,
        own_now=own_now,
        weight_before=weight_before,
        weight_now=weight_now,
        mix=moved * (level - (before + now) / 2),
        rate=whole - moved * level,
    )


def surprise(changes: Floats, shares: Floats) -> float:
    """How far one group is from its share of the whole change, at the most.

    Args:
        changes: (groups,) what each adds.
        shares: (groups,) what each would add were all alike, adding up to 1.
    """
    if changes.size == 0:
        return 0.0
    return float(np.abs(changes - shares * changes.sum()).max())


def _quotients(numerator: Floats, denominator: Floats) -> Floats:
    nothing = np.full_like(denominator, np.nan)
    return np.divide(numerator, denominator, out=nothing, where=denominator != 0)


def _known(own: Floats, other: Floats) -> Floats:
    """A group's quotient, else that of the other period, else 0."""
    return np.nan_to_num(np.where(np.isnan(own), other, own), nan=0.0)
