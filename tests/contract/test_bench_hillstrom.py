import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from app.benchmarks.hillstrom import ARMS, CONTROL, OUTCOMES, hillstrom, lines, load
from data.ingest import IngestError

REPO = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    """Hillstrom's data."""
    found = shared / "data" / "hillstrom"
    if not found.exists():
        pytest.skip(f"no Hillstrom data at {found}")
    return found


def test_a_folder_without_the_file_is_told(tmp_path: Path) -> None:
    """What is missing, and where."""
    with pytest.raises(IngestError, match=r"hillstrom\.csv"):
        load(tmp_path)


def test_every_effect_is_the_textbook_difference_in_means(folder: Path) -> None:
    """To 6 digits, with the textbook's p; the draw was fair; the biased log is seen through."""
    frame = pd.read_csv(folder / "hillstrom.csv.gz")
    report = hillstrom(folder, replications=5, logs=2)
    assert {(each.arm, each.outcome) for each in report.effects} == {
        (arm, outcome) for arm in ARMS for outcome in OUTCOMES
    }
    for each in report.effects:
        treated = frame[frame["segment"] == each.arm][each.outcome]
        control = frame[frame["segment"] == CONTROL][each.outcome]
        assert each.found.effect == pytest.approx(treated.mean() - control.mean(), rel=1e-6)
        textbook = stats.ttest_ind(treated, control, equal_var=False).confidence_interval()
        assert each.found.low == pytest.approx(textbook.low, abs=0.02 * each.found.effect)
        assert each.found.high == pytest.approx(textbook.high, abs=0.02 * each.found.effect)
    assert report.sample_ratio_p == pytest.approx(0.90, abs=0.005)
    biased = report.biased
    assert biased.naive < 0.5 * biased.truth
    assert biased.ipw == pytest.approx(biased.truth, abs=0.01)
    assert biased.aipw == pytest.approx(biased.truth, abs=0.01)
    assert any("AIPW" in line for line in lines(report))


@pytest.mark.long
def test_intervals_hold_the_truth_as_often_as_they_say(folder: Path) -> None:
    """The command at full size: 94-96 % of simulated tests, whatever the outcome and the size."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "app.cli", "bench", "hillstrom", "--input", folder, "--json"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["replications"] >= 2_000
    for arm in report["effects"].values():
        for outcome in arm.values():
            assert all(0.94 <= share <= 0.96 for share in outcome["coverage"].values())
