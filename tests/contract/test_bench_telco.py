import json
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]


def _bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "app.cli", "bench", "telco", *arguments],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_folder_is_needed() -> None:
    """Wrong usage says what is missing."""
    done = _bench()
    assert done.returncode == 2
    assert "--input" in done.stderr


@pytest.mark.long
@pytest.mark.parametrize("permuted", [False, True])
def test_telco_is_told_as_well_as_the_field_can_and_shuffled_outcomes_are_not(
    shared: Path, permuted: bool
) -> None:
    """The served recipe reaches the marks of the best on this data, and chance on noise."""
    flag = ["--permute"] if permuted else []
    done = _bench("--input", str(shared / "data" / "telco"), "--json", *flag)
    assert done.returncode == 0, done.stderr
    marks = json.loads(done.stdout.splitlines()[-1])
    if permuted:
        assert marks["auc"] == pytest.approx(0.5, abs=0.02)
        return
    assert marks["auc"] >= 0.850
    assert marks["brier"] <= 0.1335
    assert marks["ece"] <= 0.022
    assert marks["auc"] > marks["baselines"]["logistic"]["auc"]
    assert marks["auc"] > marks["baselines"]["xgboost_defaults"]["auc"] + 0.02
