import json
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]


@pytest.mark.long
def test_forecasts_of_a_shop_are_better_than_both_yardsticks(shared: Path) -> None:
    """On days that nothing has seen, what is served beats last week's repeat and the line."""
    folder = shared / "data" / "online_retail"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "app.cli", "bench", "forecast", "--input", str(folder), "--json"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    horizons = json.loads(done.stdout.splitlines()[-1])["horizons"]
    for days in ("30", "60", "90"):
        models = horizons[days]["models"]
        assert models["served"]["mase"] < models["repeat of last week"]["mase"]
        assert models["served"]["mase"] < models["linear trend"]["mase"]
    assert horizons["30"]["models"]["served"]["coverage_pct"] > 65
