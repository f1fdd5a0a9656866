"""The mapping rules: what YAML may say, and what it is told when it says something else."""

from pathlib import Path

import pytest

from data.mapping import FileRule, Mapping, MappingError, known_sources, load_mapping
from data.raw import ENTITIES, UnknownEntityError, entity_named


def test_every_shipped_mapping_loads() -> None:
    """A typo in a shipped YAML file would stop every first run."""
    assert {"demo", "ravenstack"} <= set(known_sources())
    for name in known_sources():
        assert load_mapping(name).name == name


def test_demo_covers_every_entity() -> None:
    """The demo brings all raw entities; a missing one would show as absent."""
    assert {rule.entity for rule in load_mapping("demo").files} == set(ENTITIES)


def test_unknown_source_is_told_the_nearest() -> None:
    """A misspelt source name must be mendable from the message alone."""
    with pytest.raises(MappingError, match=r"Did you mean 'ravenstack'\?.*Allowed: .*demo"):
        load_mapping("ravenstak")


def test_unknown_column_is_told_the_nearest(tmp_path: Path) -> None:
    """A misspelt canonical column is named with the one that was meant."""
    path = tmp_path / "crm.yml"
    path.write_text("files: [{file: a.csv, entity: customers, columns: {sgment: tier}}]")
    with pytest.raises(MappingError, match=r"no column 'sgment'.*'segment'"):
        load_mapping(path)


def test_unknown_key_is_refused(tmp_path: Path) -> None:
    """A misspelt rule must not be ignored in silence."""
    path = tmp_path / "crm.yml"
    path.write_text("files: [{file: a.csv, entity: customers, delimeter: ';'}]")
    with pytest.raises(MappingError, match="delimeter"):
        load_mapping(path)


@pytest.mark.parametrize("text", ["files: [", "- just a list", ""])
def test_broken_yaml_says_which_file(tmp_path: Path, text: str) -> None:
    """A broken mapping is named, whatever is wrong with it."""
    path = tmp_path / "crm.yml"
    path.write_text(text)
    with pytest.raises(MappingError, match=r"crm\.yml"):
        load_mapping(path)


def test_user_mapping_takes_its_file_name_and_adds_rates(tmp_path: Path) -> None:
    """A new export needs YAML only: the name defaults, own rates join the shipped ones."""
    path = tmp_path / "crm.yml"
    path.write_text("rates: {XAU: 2400}\nfiles: []")
    mapping = load_mapping(path)
    assert mapping.name == "crm"
    assert mapping.rates["XAU"] == 2400
    assert mapping.rates["USD"] == 1


def test_entity_aliases_and_suggestions() -> None:
    """The everyday words of the ingest form name entities; a typo gets a suggestion."""
    assert entity_named("demographics").name == "customers"
    assert entity_named("engagement").name == "engagement_events"
    with pytest.raises(UnknownEntityError, match=r"Did you mean 'surveys'\?"):
        entity_named("survys")


def test_rule_falls_back_to_the_columns_own_name() -> None:
    """A column that is not mentioned is read under its own name, unless it is ignored."""
    rule = FileRule(file="a.csv", entity="customers", ignore=("seats",))
    assert rule.rule("segment").source == ("segment",)
    assert rule.rule("seats").source == ()


def test_file_finds_its_rule_by_pattern_then_by_entity() -> None:
    """An upload under another name still uses the source's only rule for the entity."""
    accounts = FileRule(file="accounts_*.csv", entity="customers")
    mapping = Mapping(name="crm", files=(accounts,))
    assert mapping.file_rule(Path("accounts_may.csv"), "customers") is accounts
    assert mapping.file_rule(Path("upload.csv"), "customers") is accounts
    assert mapping.file_rule(Path("x.csv"), "surveys").columns == {}
    assert mapping.entities_of(Path("surveys.csv")) == ("surveys",)
    assert mapping.entities_of(Path("notes.csv")) == ()


def test_values_match_in_any_case() -> None:
    """Value maps are keyed without case, numbers and booleans of YAML as text."""
    rule = FileRule.model_validate(
        {
            "file": "a.csv",
            "entity": "customers",
            "columns": {"segment": {"from": "tier", "values": {"ENT": "Enterprise", 1: "SMB"}}},
        }
    )
    assert rule.rule("segment").values == {"ent": "Enterprise", "1": "SMB"}
