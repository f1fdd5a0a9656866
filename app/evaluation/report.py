"""An evaluation report as lines for a terminal."""

from collections.abc import Iterator

from app.evaluation.judge import ASPECTS
from app.evaluation.run import Report


def lines(report: Report) -> Iterator[str]:
    """One line a tag, then the failures, the skipped cases and the latency."""
    yield f"{'tag':<20}{'cases':>6}{'right':>8}" + "".join(f"{name:>11}" for name in ASPECTS)
    for tag, mark in report.marks.items():
        shares = "".join(f"{mark.aspects[name]:>11.1%}" for name in ASPECTS)
        yield f"{tag:<20}{mark.cases:>6}{mark.passed:>8.1%}{shares}"
    for result in report.results:
        for user, fault in result.faults:
            yield f"FAIL {result.case.id} [{fault.aspect}] {user!r}: {fault.detail}"
    skipped = [result for result in report.results if result.skipped]
    if skipped:
        yield f"skipped {len(skipped)}:"
        reasons = sorted({str(result.skipped) for result in skipped})
        for reason in reasons:
            ids = [result.case.id for result in skipped if result.skipped == reason]
            yield f"  {reason}: {', '.join(ids)}"
    yield f"latency p50 {report.p50_ms:.0f} ms, p95 {report.p95_ms:.0f} ms"
