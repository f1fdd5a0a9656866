"""`aura bench oulad`: drop-out foretold on the newest run, with what the earlier ones taught."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]


def _bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "app.cli", "bench", "oulad", *arguments],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_folder_without_the_files_is_refused_in_one_line(tmp_path: Path) -> None:
    """The line names the file that is missing."""
    done = _bench("--input", str(tmp_path))
    assert done.returncode == 1
    assert "student_registration" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.long
def test_drop_out_is_told_better_than_by_chance_on_every_day(shared: Path) -> None:
    """In the newest run, with nothing learned from it; the base rates are the files' own."""
    folder = shared / "data" / "oulad"
    if not folder.exists():
        pytest.skip(f"no {folder}")
    done = _bench("--input", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["clients"], report["withdrew"]) == (32_593, 10_072)
    bases = {
        day: (cell["learners"], cell["base_rate"])
        for day, cell in report["outcomes"]["next_28_days"].items()
    }
    assert bases == {
        "0": (10_228, pytest.approx(0.1111, abs=1e-4)),
        "28": (9_210, pytest.approx(0.0366, abs=1e-4)),
        "56": (8_876, pytest.approx(0.0350, abs=1e-4)),
        "84": (8_566, pytest.approx(0.0291, abs=1e-4)),
    }
    for cells in report["outcomes"].values():
        for cell in cells.values():
            assert cell["served"]["auc"]["low"] > 0.6
            assert cell["served"]["precision_top_decile"]["low"] > cell["base_rate"]
