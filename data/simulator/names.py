"""Company names that look real: all unique, about one in twenty shares its first word."""

import numpy as np
from numpy.typing import NDArray

from data.simulator.config import SimulationError
from data.simulator.vocabulary import INDUSTRIES

SHARED_SHARE = 0.05
FAMOUS_PAIR = "Northwind"


def _words(text: str) -> list[str]:
    return text.split()


_FRONTS = _words(
    "Alder Amber Ash Autumn Bay Birch Black Blue Bright Broad Brook Cedar Clear Cliff Clover Coast "
    "Copper Crane Crest Dawn Deep East Elm Ever Fair Falcon Fern Fox Frost Glen Gold Granite Green "
    "Grey Harbor Hawk Hazel Heron High Holly Iron Ivy Juniper Kings Lake Lark Laurel Light Lime "
    "Long Lower Maple Marsh Mead Mill Moss New North Oak Old Otter Pine Quarry Quick Raven Red "
    "Ridge River Rock Rose Rowan Sage Sand Silver Sky South Spring Star Steel Still Stone Summer "
    "Sun Swift Thorn Timber Upper Vale West White Wild Willow Winter Wolf Wood"
)
_BACKS = _words(
    "bank bay bridge brook burn bury cliff combe court crest croft dale den edge fall field ford "
    "forge gate glen grove hall harbor haven hill holm hurst keep land lane leaf ley line lock "
    "lodge mark mead mere mill moor mount pass path peak point pool port quay reach ridge rise "
    "run shore side spire spring stead stone stream thorpe tide ton vale view ville wall ward "
    "water way well wick wind wood worth yard"
)
_SURNAMES = _words(
    "Abernathy Almqvist Baptista Bergström Bianchi Björklund Castellano Chaudhary Côté Delacroix "
    "Dvořák Eriksen Fernández Fitzgerald Gagnon Gallagher González Gonçalves Halvorsen Hartmann "
    "Hashimoto Ibáñez Jørgensen Kaminski Kowalski Krüger Lefèvre Lindgren MacAllister Marchetti "
    "Müller Nakagawa Nørgaard Okafor Oyelaran Petersson Quintero Ramaswamy Rossi Schäfer Söderberg "
    "Takahashi Thibault Ueda Vandenberg Villanueva Wójcik Yamamoto Zamora Ziegler"
)
_COINED_STARTS = _words(
    "Ab Acc Ad Aer Al Alt An Aqu Arc Ast Av Ax Bel Ben Bor Bri Cal Cas Cel Cor Cyr Dal Del Dor Dy "
    "Ed El Em En Er Est Ev Fab Fel Fin Flo Gal Gen Gry Hal Hel Hex In Is Jor Kal Kel Kin Kor Lam "
    "Len Lin Lor Lum Mag Mar Mer Mir Mon Nal Nav Nex Nim Nor Nov Ob Ol Om Or Os Pal Par Pel Per "
    "Pol Pra Quan Quor Rad Ral Ren Rom Sal Sel Ser Sol Syl Tal Tel Ten Tor Tri Ul Val Vel Ver Vin "
    "Vor Wel Xan Yar Zen Zor"
)
_COINED_ENDS = _words(
    "abria acore adia alta amir andis antra ara aria aris astra atron avia axis edia elio ella "
    "embra endra enta entis era eris estra etic evia exa ibra idia igo ilia imo inda inex inor "
    "ionis ira isto itas ium iva ivo izon obis odia ola omni onda onix ora orbis oria osys otix "
    "ova ovia uma umbra undo ura uris utis uvia yra ysis yx"
)

_TAILS: dict[str, tuple[str, ...]] = {
    "Software": ("Software", "Labs", "Systems", "Digital", "Technologies", "Cloud", "Apps"),
    "Manufacturing": ("Manufacturing", "Industries", "Works", "Tooling", "Components", "Metals"),
    "Retail": ("Traders", "Outfitters", "Foods", "Stores", "Goods", "Market", "Home"),
    "Healthcare": ("Health", "Clinics", "Medical", "Care", "Diagnostics", "Dental"),
    "Financial Services": ("Capital", "Finance", "Insurance", "Credit", "Advisors", "Payments"),
    "Logistics": ("Logistics", "Freight", "Shipping", "Transport", "Couriers", "Warehousing"),
    "Education": ("Academy", "Learning", "Schools", "Institute", "Education", "Tutors"),
    "Media": ("Media", "Studios", "Publishing", "Pictures", "Press", "Broadcasting"),
    "Energy": ("Energy", "Power", "Solar", "Renewables", "Utilities", "Grid"),
    "Professional Services": ("Partners", "Consulting", "Associates", "Group", "Legal", "Design"),
}


def company_names(industry: NDArray[np.integer], rng: np.random.Generator) -> NDArray[np.object_]:
    """One unique name a client; its last word fits its industry.

    Args:
        industry: Code of each client's industry.
        rng: Random stream of the names.

    Raises:
        SimulationError: More clients than names can be told apart.
    """
    count = len(industry)
    first = _first_words(count, rng)
    options = [_TAILS[name] for name in INDUSTRIES]
    names: list[str] = []
    taken: set[str] = set()
    for word, code, start in zip(first, industry, rng.integers(0, 1_000, count), strict=True):
        names.append(_free_name(word, options[code], int(start), taken))
        taken.add(names[-1])
    return np.array(names, dtype=object)


def _free_name(word: str, tails: tuple[str, ...], start: int, taken: set[str]) -> str:
    own = [f"{word} {tails[(start + step) % len(tails)]}" for step in range(len(tails))]
    others = [f"{word} {tail}" for name in INDUSTRIES for tail in _TAILS[name]]
    for name in own + others:
        if name not in taken:
            return name
    raise SimulationError(f"no unused company name begins with {word!r}; ask for fewer customers")


def _first_words(count: int, rng: np.random.Generator) -> list[str]:
    compounds = [
        front + back
        for front in _FRONTS
        for back in _BACKS
        if front.lower() not in back and back not in front.lower() and front[-1] != back[0]
    ]
    natural = [word for word in dict.fromkeys(compounds + _SURNAMES) if word != FAMOUS_PAIR]
    coined = [start + end for start in _COINED_STARTS for end in _COINED_ENDS]
    rng.shuffle(natural)
    rng.shuffle(coined)
    pool = [FAMOUS_PAIR, *natural, *coined]
    pairs = max(1, round(count * SHARED_SHARE / 2))
    distinct = pool[: count - pairs]
    repeated = [distinct[index % pairs] for index in range(count - len(distinct))]
    if len(repeated) > pairs:  # more clients than first words: share them evenly
        repeated = [distinct[index % len(distinct)] for index in range(len(repeated))]
    words = distinct + repeated
    rng.shuffle(words)
    return words
