"""Profiles of a source's loads, kept beside them, so that a later load can be compared."""

from collections import defaultdict
from pathlib import Path

from data.durable import put_in_place
from data.landing import Landing, Load
from data.quality.anomalies import comparable, find_anomalies
from data.quality.load_profile import LoadProfile, profile_load

_FOLDER = "profiles"
_KEPT_PER_ENTITY = 30


class LoadHistory:
    """Reads and writes the profiles of one source; a profile outlives its load.

    Args:
        landing: The source's loads.
    """

    def __init__(self, landing: Landing) -> None:
        self._landing = landing
        self._folder = landing.folder / _FOLDER

    def profiles(self) -> list[LoadProfile]:
        """Every profile, oldest first."""
        return [_read(path) for path in self._files()]

    def newest(self, file: str, entity: str) -> LoadProfile | None:
        """The profile of the last load of a file."""
        same = [one for one in self.profiles() if (one.file, one.entity) == (file, entity)]
        return same[-1] if same else None

    def record(self) -> list[LoadProfile]:
        """Profile the loads that have none yet, and compare each with those before it.

        Returns:
            The new profiles.
        """
        fresh: list[LoadProfile] = []
        for load in self._landing.loads():
            target = self._folder / _name(load)
            if target.exists():
                continue
            self._forget_same_content(load)
            report = load.report
            accepted = self._landing.folder / load.accepted_file
            profile = profile_load(accepted, report.file, report.entity)
            earlier = comparable(self.profiles(), report.file, report.entity)
            profile = profile.with_anomalies(find_anomalies(profile, earlier))
            _write(target, profile)
            fresh.append(profile)
        self._forget_oldest()
        return fresh

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"))

    def _forget_same_content(self, load: Load) -> None:
        """The same file under other rules is not an earlier load."""
        pattern = f"*-{load.content_hash[:16]}-*-{load.report.entity}.json"
        for path in self._folder.glob(pattern):
            path.unlink()

    def _forget_oldest(self) -> None:
        by_entity: defaultdict[str, list[Path]] = defaultdict(list)
        for path in self._files():
            by_entity[path.stem.rpartition("-")[2]].append(path)
        for paths in by_entity.values():
            for path in paths[:-_KEPT_PER_ENTITY]:
                path.unlink()


def _name(load: Load) -> str:
    return (
        f"{load.sequence:06d}-{load.content_hash[:16]}-{load.rules_hash[:8]}-"
        f"{load.report.entity}.json"
    )


def _read(path: Path) -> LoadProfile:
    return LoadProfile.from_json(path.read_text(encoding="utf-8"))


def _write(target: Path, profile: LoadProfile) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    draft.write_text(profile.to_json(), encoding="utf-8")
    put_in_place(draft, target)
