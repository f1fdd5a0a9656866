import pytest
import yaml
from hypothesis import given, strategies as st

from knowledge.front_matter import EXPECTED, FrontMatterError, parse

FULL = """\
id: a-play
title: A play
drivers: [events_30d, attr_fleet_size]
segments: [SMB]
trigger: When it happens
strategy: discount
steps:
  - {day: 0, owner: Trainer, action: Teach}
owner: Trainer
cost_per_customer: 40
expected_effect: {low: 0.01, high: 0.03, source: guess, grade: assumed}
metrics: [grr]
reviewed: 2026-05-04
"""


def messages(block: str) -> list[tuple[int, str]]:
    """Faults of a block."""
    return parse(block)[1]


def test_a_complete_block_has_no_faults() -> None:
    """A good file is never nagged about."""
    matter, faults = parse(FULL)
    assert faults == []
    assert matter.cost_per_customer == 40
    assert matter.expected_effect is not None
    assert matter.expected_effect.high == 0.03


@pytest.mark.parametrize(
    ("good", "bad", "field"),
    [
        ("cost_per_customer: 40", "cost_per_customer: -5", "cost_per_customer"),
        ("strategy: discount", "strategy: bribery", "strategy"),
        ("reviewed: 2026-05-04", "reviewed: last spring", "reviewed"),
        ("{low: 0.01, high: 0.03,", "{low: 0.05, high: 0.03,", "expected_effect"),
        ("{low: 0.01, high: 0.03,", "{low: 1, high: 3,", "expected_effect"),
        ("grade: assumed", "grade: certain", "expected_effect"),
        ("{day: 0,", "{day: -1,", "steps"),
    ],
)
def test_a_faulty_field_is_named_with_its_line_and_left_out(
    good: str, bad: str, field: str
) -> None:
    """One slip costs one field, and the message leads to it."""
    block = FULL.replace(good, bad)
    matter, faults = parse(block)
    expected_line = next(i for i, text in enumerate(block.splitlines()) if text.startswith(field))
    assert [line for line, _ in faults] == [expected_line]
    assert faults[0][1].startswith(f"{field}: ")
    assert not getattr(matter, field)
    assert matter.title == "A play"


def test_the_offending_value_is_in_the_message() -> None:
    """Errors are built to be mended."""
    faults = messages(FULL.replace("strategy: discount", "strategy: bribery"))
    assert "'bribery'" in faults[0][1]
    assert "'discount'" in faults[0][1]


def test_a_misspelt_driver_gets_a_suggestion_and_stays() -> None:
    """A driver that no feature has would never be found: say so."""
    matter, faults = parse(FULL.replace("events_30d", "event_30d"))
    assert "did you mean events_30d" in faults[0][1]
    assert "event_30d" in matter.drivers


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("shown_by: nothing", "nothing"),
        ("shown_by: {tenure_days: [null, 90]}", {"tenure_days": (None, 90.0)}),
    ],
    ids=["nothing", "limits"],
)
def test_what_shows_a_trigger_is_understood(line: str, value: object) -> None:
    """Limits of features, or nothing at all."""
    matter, faults = parse(f"{FULL}\n{line}")
    assert faults == []
    assert matter.shown_by == value


def test_a_misspelt_limit_is_named() -> None:
    """A play that waits for a feature nobody has would never be proposed: say so."""
    _, faults = parse(f"{FULL}\nshown_by: {{tenure_day: [0, 90]}}")
    assert [text for _, text in faults] == [
        "shown_by: 'tenure_day' is no known feature; did you mean tenure_days?"
    ]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_missing_field_is_reported(name: str) -> None:
    """Nothing the tools show may be absent unnoticed."""
    values = yaml.safe_load(FULL)
    del values[name]
    assert (0, f"{name}: missing") in messages(yaml.safe_dump(values))


@pytest.mark.parametrize(
    ("short", "field", "value"),
    [
        ("segments: SMB, Enterprise", "segments", ["SMB", "Enterprise"]),
        ("segments: all", "segments", []),
        ("drivers: nps_score", "drivers", ["nps_score"]),
    ],
)
def test_short_forms_are_understood(short: str, field: str, value: list[str]) -> None:
    """People write lists as they speak."""
    assert getattr(parse(short)[0], field) == value


def test_plain_steps_and_effects_are_understood() -> None:
    """A list of sentences is a list of steps; a text is an effect's source."""
    matter, _ = parse("steps: [Call, Write]\nexpected_effect: hearsay")
    assert [step.action for step in matter.steps] == ["Call", "Write"]
    assert matter.expected_effect is not None
    assert matter.expected_effect.source == "hearsay"
    assert matter.expected_effect.low is None


@pytest.mark.parametrize(
    ("block", "line"), [("title: [open", 0), ("- a\n- b", 0), ("", 0), ("a: b\nc: d: e", 1)]
)
def test_what_is_no_mapping_is_refused_at_its_line(block: str, line: int) -> None:
    """Broken YAML points at the line."""
    with pytest.raises(FrontMatterError) as caught:
        parse(block)
    assert caught.value.line == line


@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "drivers", "steps", "owner", "reviewed", "segments", "x"]),
        st.one_of(
            st.none(),
            st.integers(),
            st.text(max_size=8),
            st.lists(st.one_of(st.integers(), st.text(max_size=5)), max_size=3),
        ),
        min_size=1,
    )
)
def test_no_mapping_raises(values: dict[str, object]) -> None:
    """Whatever somebody writes into the fields, the rest of the play stays usable."""
    _, faults = parse(yaml.safe_dump(values))
    assert all(line >= 0 and message for line, message in faults)
