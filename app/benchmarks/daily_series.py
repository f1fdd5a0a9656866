"""The daily series that `aura bench forecast` forecasts."""

from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.build import Build
from data.gold import EntityAbsent, Gold
from data.gold_country import main_country
from data.gold_series import DailyFigure, read_daily
from data.ingest import ingest_folder
from data.mapping import load_mapping
from data.query import Filter, Scope
from data.semantic_model import load_semantic_model

Floats = NDArray[np.float64]

_FIGURES: Final[tuple[DailyFigure, ...]] = (
    *("mrr", "revenue", "active_customers", "events", "tickets"),
)
_LEVELS: Final = frozenset({"mrr", "active_customers"})


@dataclass(frozen=True, slots=True)
class Daily:
    """A series to forecast.

    Attributes:
        name: What it is.
        start: Day of the first value.
        values: (days,) one value a day.
        is_flow: Whether a forecast is told as a sum; otherwise as the last day's level.
        country: Whose public holidays count.
    """

    name: str
    start: date
    values: Floats
    is_flow: bool
    country: str | None


def series_of_home(home: Path) -> list[Daily]:
    """Every figure that can be forecast, of the company and of each segment.

    Raises:
        GoldError: Nothing is prepared in this home.
    """
    with closing(Gold(home / "warehouse.duckdb", load_semantic_model())) as gold:
        return _series_of(gold)


def _series_of(gold: Gold) -> list[Daily]:
    slices = [
        (),
        *((Filter(dimension="segment", value=v),) for v in gold.values("segment", Scope())),
    ]
    found: list[Daily] = []
    for figure in _FIGURES:
        for filters in slices:
            try:
                read = read_daily(gold, figure, filters, Scope())
            except EntityAbsent:
                break
            if read is None or not any(read.values):
                continue
            known = read.since_first()
            where = "".join(f" {asked.value}" for asked in filters)
            found.append(
                Daily(
                    figure + where,
                    known.first,
                    np.array(known.values),
                    figure not in _LEVELS,
                    main_country(gold, filters, Scope()),
                )
            )
    return found


def series_of_shop(folder: Path) -> list[Daily]:
    """Daily revenue of the Online Retail invoices.

    Raises:
        IngestError: The folder does not hold the file.
    """
    mapping = load_mapping("online_retail")
    with TemporaryDirectory(prefix="aura-forecast-") as name:
        home = Path(name)
        ingest_folder(folder, mapping, home / "landing")
        with Build(home=home, source=mapping) as build:
            build.bronze()
            build.silver()
            sales = build.frame("silver.transactions")
            countries = build.frame("silver.customers")["country"]
    sales = sales[sales["is_revenue"]]
    start: date = sales["transaction_date"].min().date()
    revenue = np.zeros((sales["transaction_date"].max().date() - start).days + 1)
    for sold_on, amount in zip(sales["transaction_date"], sales["amount"], strict=True):
        revenue[(sold_on.date() - start).days] += float(amount)
    main = countries.value_counts(normalize=True)
    country = str(main.index[0]) if main.iloc[0] > 0.5 else None
    return [Daily("revenue", start, revenue, is_flow=True, country=country)]
