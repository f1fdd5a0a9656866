"""The drivers of churn as themes, facts, tables and charts."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from tools.contract import (
    Chart,
    Column,
    Driver,
    Explanation,
    Fact,
    GlobalDriver,
    Scalar,
    Series,
    Table,
    Unit,
)
from tools.models.features import THEMES, feature_of
from tools.models.frames import is_unknown
from tools.models.phrases import movement, say
from tools.wording import MISSING, format_value

PHRASES_PER_THEME: Final = 2
SPOKEN_SHARE: Final = 0.3
"""A driver is spoken of when it pushes this much of its theme's strongest."""
_ONE_SAYING: Final = frozenset({"events_30d", "event_change_30d"})
"""Drivers that are said alike: one of them is enough."""
_USAGE: Final = ("avg_events_30d", "events_30d")
"""From where to where a client's usage went."""
TABLE_DRIVERS: Final = 10
CHART_DRIVERS: Final = 8


@dataclass(frozen=True, slots=True)
class Theme:
    """Drivers that are one reason to a manager.

    Attributes:
        push: Their contributions added up; positive raises the risk.
        drivers: Those that push the same way, strongest first.
    """

    name: str
    push: float
    drivers: tuple[Driver, ...]


def themes_of(explanation: Explanation) -> list[Theme]:
    """Gather drivers by reason, strongest push first."""
    by_theme: dict[str, list[Driver]] = defaultdict(list)
    for driver in explanation.drivers:
        by_theme[feature_of(driver.feature).theme].append(driver)
    themes: list[Theme] = []
    for name, drivers in by_theme.items():
        push = sum(driver.contribution for driver in drivers)
        floor = SPOKEN_SHARE * max(abs(driver.contribution) for driver in drivers)
        alike = [d for d in drivers if d.contribution * push > 0 and abs(d.contribution) >= floor]
        alike.sort(key=lambda driver: driver.value == driver.typical)
        themes.append(Theme(name, push, tuple(_different(alike)[:PHRASES_PER_THEME])))
    return sorted(themes, key=lambda theme: -abs(theme.push))


def _different(drivers: list[Driver]) -> list[Driver]:
    usage = [driver for driver in drivers if driver.feature in _ONE_SAYING]
    return [driver for driver in drivers if driver not in usage[1:]]


def say_driver(driver: Driver, row: dict[str, Any], card: dict[str, Any]) -> str:
    """Say a driver in the client's own value beside the typical one.

    Args:
        driver: What to say.
        row: The client's row of `gold.ai_model_features`.
        card: The model card, with the typical values.
    """
    before, after = (row.get(name) for name in _USAGE)
    said = say(
        driver.feature,
        driver.label,
        None if driver.value == MISSING else driver.value,
        driver.typical,
        format_value(before, "count"),
        movement(before, after, driver.contribution),
    )
    if not _is_contrary(driver, row.get(driver.feature), card["typical"].get(driver.feature)):
        return said
    side = "against them" if driver.contribution > 0 else "in their favour"
    return f"{said.removesuffix(')')}; the model still counts it {side})"


def _is_contrary(driver: Driver, value: object, typical: object) -> bool:
    """Whether a value on the better side of the typical one raises the risk, or the reverse.

    The push is measured from the average client, who may be far from the typical one.
    """
    sign = feature_of(driver.feature).sign
    if sign == 0 or is_unknown(value) or is_unknown(typical) or driver.value == driver.typical:
        return False
    return (float(str(value)) - float(str(typical))) * sign * driver.contribution < 0


def value_facts(drivers: list[Driver], row: dict[str, Any], card: dict[str, Any]) -> list[Fact]:
    """Give the values and usual values that are spoken of, as facts."""
    names = list(dict.fromkeys([*(driver.feature for driver in drivers), *_USAGE]))
    facts: list[Fact] = []
    for name in names:
        for kind, value in (("value", row.get(name)), ("typical", card["typical"].get(name))):
            if isinstance(value, str):
                facts.append(Fact(name=f"{kind}:{name}", value=value, unit="text"))
            elif value is not None and not pd.isna(value):
                unit: Unit = feature_of(name).unit
                facts.append(Fact(name=f"{kind}:{name}", value=float(value), unit=unit))
    return facts


def driver_table(name: str, explanation: Explanation) -> Table:
    """List a client's strongest drivers beside the usual values."""
    rows: list[list[Scalar | None]] = [
        [d.label, d.value, d.typical, d.contribution, "raises" if d.contribution > 0 else "lowers"]
        for d in explanation.drivers[:TABLE_DRIVERS]
    ]
    return Table(
        title=f"What drives the risk of {name}",
        columns=[
            Column(name="driver", unit="text", label="Driver"),
            Column(name="value", unit="text", label="This client"),
            Column(name="typical", unit="text", label="Typical"),
            Column(name="contribution", unit="score", label="Push on the risk (log-odds)"),
            Column(name="effect", unit="text", label="Effect"),
        ],
        rows=rows,
    )


def waterfall(name: str, explanation: Explanation) -> Chart:
    """Draw how a client's risk departs from the average client's."""
    shown = explanation.drivers[:CHART_DRIVERS]
    rest = sum(driver.contribution for driver in explanation.drivers[CHART_DRIVERS:])
    return Chart(
        kind="waterfall",
        title=f"Why {name} differs from the average client",
        unit="score",
        y_label="Push on the risk (log-odds)",
        series=[
            Series(
                name="Push on the risk",
                x=[*(f"{d.label}: {d.value}" for d in shown), "all other factors"],
                y=[*(d.contribution for d in shown), rest],
            )
        ],
    )


def theme_shares(drivers: list[GlobalDriver]) -> list[tuple[str, float]]:
    """Share of all contributions by theme in percent, largest first."""
    total = sum(driver.importance for driver in drivers)
    shares: dict[str, float] = defaultdict(float)
    for driver in drivers:
        shares[feature_of(driver.feature).theme] += 100 * driver.importance / total if total else 0
    return sorted(shares.items(), key=lambda item: -item[1])


def importance_table(drivers: list[GlobalDriver]) -> Table:
    """List the drivers of a group."""
    return Table(
        title="Drivers of churn",
        columns=[
            Column(name="driver", unit="text", label="Driver"),
            Column(name="theme", unit="text", label="Reason"),
            Column(name="importance", unit="score", label="Mean push (log-odds)"),
            Column(name="direction", unit="text", label="Direction"),
        ],
        rows=[
            [d.label, THEMES[feature_of(d.feature).theme], d.importance, d.direction]
            for d in drivers[:TABLE_DRIVERS]
        ],
    )


def importance_chart(drivers: list[GlobalDriver]) -> Chart:
    """Draw the drivers of a group."""
    shown = drivers[:TABLE_DRIVERS]
    return Chart(
        kind="bar",
        title="What the churn model reacts to most",
        unit="score",
        x_label="Mean push on the risk (log-odds)",
        series=[
            Series(name="Importance", x=[d.label for d in shown], y=[d.importance for d in shown])
        ],
    )
