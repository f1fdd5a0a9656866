"""Writes a simulated company as the raw files a user would bring, and the truth beside them."""

# pyarrow ships no types.
# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false

import codecs
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.simulator.activity import SCHEMA, Activity
from data.simulator.config import SimulationConfig
from data.simulator.mess import make_a_mess, spell_badly
from data.simulator.report import truth_of
from data.simulator.world import TABLES, World, simulate

# One file has a byte-order mark and a few lines from a Windows program, one is all Windows.
WINDOWS = "cp1252"
_WINDOWS_LINE_SHARE = 0.15
_ROW_GROUP = 250_000
_EVENT_BROKEN_SHARE, _EVENT_REPEATED_SHARE, _EVENT_LATE_SHARE = 0.0006, 0.001, 0.001
_BROKEN_COLUMNS = ("customer_id", "timestamp")


def write_demo(
    out_dir: Path,
    *,
    customers: int = 2_000,
    months: int = 24,
    seed: int = 7,
    as_of: date,
    events_target: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Write raw files of a simulated company.

    Args:
        out_dir: Folder for the files, made if need be.
        customers: Clients that ever signed up.
        months: Length of the history.
        seed: Same arguments, same bytes.
        as_of: The last day with data.
        events_target: Roughly how many engagement events; natural volume when absent.
        progress: Told a line for each step.

    Returns:
        The folder.

    Raises:
        SimulationError: A size is outside what can be simulated.
    """
    tell = progress or (lambda _: None)
    config = SimulationConfig(as_of, customers, months, seed, events_target)
    out_dir.mkdir(parents=True, exist_ok=True)
    tell(f"simulating {customers:,} clients over {months} months")
    world = simulate(config)
    mess = {entity: _write_table(out_dir, world, entity, tell) for entity in TABLES}
    mess["engagement_events"] = _write_events(out_dir, world.activity, tell)
    tell("working out the truth")
    truth = truth_of(world) | {"mess": mess}
    text = json.dumps(truth, indent=2, sort_keys=True)
    (out_dir / "truth.json").write_text(text + "\n", encoding="utf-8")
    return out_dir


def _write_table(
    out_dir: Path, world: World, entity: str, tell: Callable[[str], None]
) -> dict[str, int]:
    rng = world.config.rng(f"mess of {entity}")
    table = world.table(entity)
    if entity == "customers":
        table = spell_badly(table, rng)
    messy, counts = make_a_mess(entity, table, rng)
    text: str = messy.to_csv(index=False, lineterminator="\n")
    (out_dir / f"{entity}.csv").write_bytes(_encoded(entity, text, rng))
    tell(f"{entity}: {len(messy):,} rows")
    return {"rows": len(messy), **counts}


def _encoded(entity: str, text: str, rng: np.random.Generator) -> bytes:
    if entity == "surveys":
        return text.encode(WINDOWS)
    if entity != "customers":
        return text.encode()
    lines = text.splitlines(keepends=True)
    windows = rng.random(len(lines)) < _WINDOWS_LINE_SHARE
    parts = [
        _windows_line(line) if odd else line.encode()
        for line, odd in zip(lines, windows, strict=True)
    ]
    return codecs.BOM_UTF8 + b"".join(parts)


def _windows_line(line: str) -> bytes:
    """The line in the Windows code page, or in UTF-8 where that lacks a letter."""
    try:
        return line.encode(WINDOWS)
    except UnicodeEncodeError:
        return line.encode()


def _write_events(out_dir: Path, activity: Activity, tell: Callable[[str], None]) -> dict[str, int]:
    rng = activity.config.rng("mess of events")
    counts = {"rows": 0, "broken": 0, "repeated": 0, "late": 0}
    held: list[pa.Table] = []
    late: list[pa.Table] = []
    with pq.ParquetWriter(out_dir / "engagement_events.parquet", SCHEMA) as writer:
        for block in activity.blocks():
            messy = _spoil_events(block, rng, late, counts)
            held.append(messy)
            if sum(part.num_rows for part in held) >= _ROW_GROUP:
                counts["rows"] += _flush(writer, held)
        counts["rows"] += _flush(writer, held + late)
    tell(f"engagement_events: {counts['rows']:,} rows")
    return counts


def _flush(writer: pq.ParquetWriter, held: list[pa.Table]) -> int:
    rows = pa.concat_tables(held) if held else SCHEMA.empty_table()
    writer.write_table(rows)
    held.clear()
    return rows.num_rows


def _spoil_events(
    block: pa.Table, rng: np.random.Generator, late: list[pa.Table], counts: dict[str, int]
) -> pa.Table:
    """Keep some rows for the end of the file, repeat some, add broken ones."""
    draw = rng.random(block.num_rows)
    delayed = draw < _EVENT_LATE_SHARE
    late.append(block.filter(pa.array(delayed)))
    repeated = block.filter(pa.array(draw > 1 - _EVENT_REPEATED_SHARE))
    broken = [
        _break(
            block.filter(
                pa.array(rng.random(block.num_rows) < _EVENT_BROKEN_SHARE / len(_BROKEN_COLUMNS))
            ),
            name,
        )
        for name in _BROKEN_COLUMNS
    ]
    counts["late"] += int(delayed.sum())
    counts["repeated"] += repeated.num_rows
    counts["broken"] += sum(part.num_rows for part in broken)
    return pa.concat_tables([block.filter(pa.array(~delayed)), repeated, *broken])


def _break(rows: pa.Table, column: str) -> pa.Table:
    """Blank a required column and give the rows keys of their own."""
    keys = pd.Series(rows["event_id"].to_pylist(), dtype=object) + f"-{column[0]}"
    out = rows.set_column(0, SCHEMA.field(0), pa.array(list(keys), pa.string()))
    place = SCHEMA.get_field_index(column)
    return out.set_column(
        place, SCHEMA.field(place), pa.nulls(rows.num_rows, SCHEMA.field(place).type)
    )
