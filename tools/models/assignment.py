"""Drawing clients into the arms of a test: at random within strata, the shares exact.

Stratified (blocked) randomisation: Imai, King and Stuart (2008). The draw depends on the clients
and the seed, never on the order in which the clients come.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.models.frames import Floats

__all__ = ["OTHER", "Draw", "draw_arms", "imbalance", "merged_strata", "treated_by_stratum"]

OTHER: Final = "other"
"""What small strata are gathered under."""
_LEAST_IN_ARM: Final = 1


@dataclass(frozen=True, slots=True)
class Draw:
    """Who is treated.

    Attributes:
        treated: (clients,) whether a client is in the treatment arm.
        propensity: (clients,) share treated in the client's stratum (0-1).
    """

    treated: NDArray[np.bool_]
    propensity: Floats


def merged_strata(cells: Sequence[tuple[str, str]], *, least: int) -> list[str]:
    """Name each client's stratum, none of which has fewer than `least` clients if all have.

    Args:
        cells: (clients,) the two traits to stratify by, the stronger one first.
        least: Cells with fewer clients are gathered within the first trait; what is still small
            then is gathered over all, and joins the smallest stratum when even that is small.
    """
    names = [f"{first}, {second}" for first, second in cells]
    names = _gathered(names, [f"{first}, {OTHER}" for first, _ in cells], least)
    names = _gathered(names, [OTHER] * len(names), least)
    sizes = Counter(names)
    if len(sizes) > 1 and 0 < sizes[OTHER] < least:
        host = min((size, name) for name, size in sizes.items() if name != OTHER)[1]
        names = [host if name == OTHER else name for name in names]
    return names


def treated_by_stratum(sizes: dict[str, int], treat_fraction: float) -> dict[str, int]:
    """How many to treat in each stratum, so that the whole is as near to the fraction as can be.

    Largest remainders get the places that rounding down leaves; each arm of a stratum of two or
    more keeps at least one client.
    """
    wanted = {name: size * treat_fraction for name, size in sizes.items()}
    treated = {name: int(share) for name, share in wanted.items()}
    left = round(sum(sizes.values()) * treat_fraction) - sum(treated.values())
    by_remainder = sorted(wanted, key=lambda name: (treated[name] - wanted[name], name))
    for name in by_remainder[: max(left, 0)]:
        treated[name] += 1
    return {
        name: min(max(count, _LEAST_IN_ARM), sizes[name] - _LEAST_IN_ARM)
        if sizes[name] > _LEAST_IN_ARM
        else count
        for name, count in treated.items()
    }


def draw_arms(
    ids: Sequence[str], strata: Sequence[str], treat_fraction: float, *, seed: int
) -> Draw:
    """Draw the treatment arm.

    Args:
        ids: (clients,) distinct.
        strata: (clients,) name of each client's stratum.
        treat_fraction: Share to treat, inside (0, 1).
        seed: The same seed and clients give the same draw.
    """
    members: dict[str, list[str]] = {}
    for key, stratum in sorted(zip(ids, strata, strict=True)):
        members.setdefault(stratum, []).append(key)
    sizes = {name: len(members[name]) for name in sorted(members)}
    counts = treated_by_stratum(sizes, treat_fraction)
    generator = np.random.default_rng(seed)
    drawn: set[str] = set()
    for name, size in sizes.items():
        places = generator.permutation(size)[: counts[name]]
        drawn.update(members[name][place] for place in places)
    return Draw(
        treated=np.array([key in drawn for key in ids], dtype=bool),
        propensity=np.array([counts[name] / sizes[name] for name in strata], dtype=np.float64),
    )


def imbalance(values: Floats, draw: Draw) -> float:
    """How far the arms differ in a trait, in standard deviations (0 = alike).

    The standardised mean difference (Austin 2009), strata weighted as they are drawn; 0 where
    nothing is known or nothing varies.

    Args:
        values: (clients,) NaN where unknown.
        draw: Who is treated.
    """
    known = np.isfinite(values)
    treated, control = known & draw.treated, known & ~draw.treated
    if not treated.any() or not control.any():
        return 0.0
    spread = float(np.sqrt((values[treated].var() + values[control].var()) / 2))
    if spread == 0:
        return 0.0
    one = np.average(values[treated], weights=1 / draw.propensity[treated])
    other = np.average(values[control], weights=1 / (1 - draw.propensity[control]))
    return float(one - other) / spread


def _gathered(names: Sequence[str], wider: Sequence[str], least: int) -> list[str]:
    sizes = Counter(names)
    return [
        name if sizes[name] >= least else coarse for name, coarse in zip(names, wider, strict=True)
    ]
