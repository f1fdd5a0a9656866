"""A trial of a proposed mapping: what it would accept and reject, and what is unusual about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from data.landing import Landing
from data.proposal.draft import FileDraft, Proposal
from data.proposal.keys import Source
from data.quality.anomalies import comparable, find_anomalies
from data.quality.history import LoadHistory
from data.quality.load_profile import Anomaly, profile_load
from data.sql_text import literal, literals
from data.translation import translate


@dataclass(frozen=True, slots=True)
class Trial:
    """What loading a file by the proposal would do.

    Attributes:
        file: File name.
        table: Table of a database.
        entity: Raw entity.
        accepted: Records that would become rows, or part of one.
        rejected: Records with a fault.
        merged: Accepted records that would join the row of another one.
        skipped: Records left to other entities.
        reasons: "column: reason" to the number of faults.
        unknown_customers: Rows of customers that no file and no earlier load names.
        compared_with: Number of earlier loads that it was compared with.
        anomalies: What differs from them.
    """

    file: str
    table: str | None
    entity: str
    accepted: int
    rejected: int
    merged: int
    skipped: int
    reasons: dict[str, int]
    unknown_customers: int = 0
    compared_with: int = 0
    anomalies: tuple[Anomaly, ...] = ()

    @property
    def accepted_share(self) -> float:
        """Share of the entity's records that would be taken, 0-1."""
        records = self.accepted + self.rejected
        return self.accepted / records if records else 1.0


def try_load(
    proposal: Proposal,
    sources: Sequence[Source],
    before: Landing | None,
    known_ids: str | None,
    scratch: Path,
) -> tuple[Trial, ...]:
    """Load every entry of a proposal into a scratch folder.

    Args:
        proposal: The mapping.
        sources: The files that it is about.
        before: Earlier loads to compare with.
        known_ids: SELECT of the ids of customers loaded before.
        scratch: Folder for what comes out.
    """
    mapping = proposal.mapping()
    history = LoadHistory(before).profiles() if before else []
    done: list[tuple[Trial, Path]] = []
    for place, (entry, rule) in enumerate(zip(proposal.in_force, mapping.files, strict=True)):
        staged = _source_of(entry, sources).staged
        folder = scratch / f"trial-{place}"
        folder.mkdir()
        own = rule if rule.table is None else rule.model_copy(update={"format": "parquet"})
        result = translate(
            staged.readable, entry.file, own, mapping, folder=staged.path.parent, scratch=folder
        )
        new = profile_load(result.accepted, entry.file, entry.entity)
        earlier = comparable(history, entry.file, entry.entity, any_name=True)
        trial = Trial(
            entry.file,
            entry.table,
            entry.entity,
            result.rows_accepted,
            result.rows_rejected,
            result.rows_merged,
            result.rows_skipped,
            result.reasons,
            compared_with=len(earlier),
            anomalies=tuple(find_anomalies(new, earlier)),
        )
        done.append((trial, result.accepted))
    return tuple(_with_unknown(done, known_ids))


def _source_of(entry: FileDraft, sources: Sequence[Source]) -> Source:
    return next(
        one for one in sources if (one.profile.file, one.profile.table) == (entry.file, entry.table)
    )


def _with_unknown(done: Sequence[tuple[Trial, Path]], known_ids: str | None) -> list[Trial]:
    """Count the rows whose client nobody knows; without any client there is nothing to say."""
    own = [path for trial, path in done if trial.entity == "customers"]
    parts = [f"SELECT customer_id AS id FROM read_parquet([{literals(own)}])"] if own else []
    ids = " UNION ALL ".join([*parts, *([known_ids] if known_ids else [])])
    if not ids:
        return [trial for trial, _ in done]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TEMP TABLE ids AS SELECT DISTINCT id FROM ({ids})")
        found: list[Trial] = []
        for trial, path in done:
            row = connection.execute(
                f"SELECT count(*) FROM read_parquet({literal(path)}) AS t "
                "WHERE NOT EXISTS (SELECT 1 FROM ids WHERE ids.id = t.customer_id)"
            ).fetchone()
            found.append(replace(trial, unknown_customers=int(row[0]) if row else 0))
    return found
