"""Dealing variants out to clients: at random, in equal shares, within groups of like clients."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

__all__ = ["deal"]


def deal(ids: Sequence[str], strata: Sequence[str], variants: int, *, seed: int) -> list[int]:
    """Deal variants out.

    Each client gets each variant with probability 1 / `variants`; within every stratum, and over
    all, the counts of any two variants differ by one at most. The deal depends on the clients and
    the seed, never on the order in which the clients come.

    Args:
        ids: (clients,) distinct.
        strata: (clients,) name of each client's stratum.
        variants: How many there are.
        seed: The same seed and clients give the same deal.

    Returns:
        (clients,) place of each client's variant.
    """
    generator = np.random.default_rng(seed)
    order = [
        key
        for name in sorted(Counter(strata))
        for key in generator.permutation(
            sorted(each for each, own in zip(ids, strata, strict=True) if own == name)
        ).tolist()
    ]
    labels = generator.permutation(variants)
    dealt = {key: int(labels[place % variants]) for place, key in enumerate(order)}
    return [dealt[key] for key in ids]
