from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.governance.secret import SECRET_FILE, load_secret


def test_a_given_secret_wins_and_nothing_is_written(tmp_path: Path) -> None:
    """The operator's own secret is used as it is."""
    assert load_secret(tmp_path, "mine") == "mine"
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    """Tokens stay valid after a restart, and other users of the machine cannot sign."""
    home = tmp_path / "home"
    first = load_secret(home)
    assert len(first) >= 32
    assert load_secret(home) == first
    assert (home / SECRET_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == [SECRET_FILE]


def test_all_who_start_at_once_share_one_secret(tmp_path: Path) -> None:
    """Server and command line must accept each other's tokens."""
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: load_secret(tmp_path), range(8)))) == 1
