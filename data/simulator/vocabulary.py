"""The closed sets of the simulated company; positions in these tuples are the codes of arrays."""

import numpy as np
from numpy.typing import NDArray

SEGMENTS = ("SMB", "Mid-Market", "Enterprise")
PLANS = ("Starter", "Growth", "Business", "Premium")
CONTRACTS = ("monthly", "annual", "multi_year")
TERM_MONTHS = np.array([0, 12, 24])
PRODUCTS = ("Aura Core", "Insights", "Automation")
STRATEGIES = (
    "discount",
    "success_call",
    "training",
    "onboarding_help",
    "executive_sponsor",
    "contract_upgrade",
)

REGIONS = ("North America", "EMEA", "APAC", "LATAM")
PLACES: dict[str, dict[str, tuple[str, ...]]] = {
    "North America": {
        "United States": ("Boston", "Austin", "Chicago", "Denver", "Seattle", "Atlanta"),
        "Canada": ("Toronto", "Montréal", "Vancouver"),
    },
    "EMEA": {
        "United Kingdom": ("London", "Leeds", "Bristol"),
        "Germany": ("Hamburg", "München", "Köln"),
        "France": ("Lyon", "Paris", "Nantes"),
        "Netherlands": ("Utrecht", "Rotterdam"),
        "Sweden": ("Göteborg", "Stockholm"),
        "Spain": ("Madrid", "Málaga"),
    },
    "APAC": {
        "Australia": ("Melbourne", "Sydney", "Perth"),
        "Japan": ("Osaka", "Tokyo"),
        "Singapore": ("Singapore",),
        "India": ("Pune", "Bengaluru"),
    },
    "LATAM": {
        "Brazil": ("São Paulo", "Curitiba"),
        "Mexico": ("Monterrey", "Mérida"),
        "Chile": ("Santiago",),
        "Colombia": ("Bogotá", "Medellín"),
    },
}
COUNTRIES = tuple(country for region in REGIONS for country in PLACES[region])
DIAL_CODES = (1, 1, 44, 49, 33, 31, 46, 34, 61, 81, 65, 91, 55, 52, 56, 57)

INDUSTRIES = (
    "Software",
    "Manufacturing",
    "Retail",
    "Healthcare",
    "Financial Services",
    "Logistics",
    "Education",
    "Media",
    "Energy",
    "Professional Services",
)
ACCOUNT_MANAGERS = (
    "Priya Raman",
    "Daniel Osei",
    "Hannah Lindqvist",
    "Marcus Bell",
    "Sofia Almeida",
    "Tom Whitaker",
    "Yuki Tanaka",
    "Camille Laurent",
    "Ethan Brooks",
    "Leila Haddad",
    "Grace Nakamura",
    "Andrés Molina",
)
MANAGERS_OF_REGION: dict[str, tuple[int, ...]] = {
    "North America": (0, 3, 5, 8),
    "EMEA": (1, 2, 7, 9),
    "APAC": (6, 10),
    "LATAM": (4, 11),
}

# Why a client cools off; position 0 is "it does not".
NO_EPISODE = 0
EPISODES = ("none", "poor_fit", "support", "price", "sponsor_left", "onboarding")


def labels(names: tuple[str, ...], codes: NDArray[np.integer]) -> NDArray[np.object_]:
    """The words behind codes."""
    return np.array(names, dtype=object)[codes]
