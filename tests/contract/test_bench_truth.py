import json
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]


@pytest.mark.long
def test_the_planted_truth_is_covered() -> None:
    """Two hundred companies: effects, savings and churn scores tell what was planted."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "bench", "truth", "--json"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    marks = json.loads(done.stdout.splitlines()[-1])
    for strategy, effect in marks["effects"].items():
        assert effect["covered_pct"] >= 92, strategy
    assert marks["saved_covered_pct"] >= 85
    assert marks["ece_mean"] <= 0.03
