"""Starts a new playbook file that passes every check and says what to fill in."""

import re
from datetime import date
from pathlib import Path

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TEMPLATE = """\
---
id: {playbook_id}
title: {title}
drivers: [engagement_score]
segments: []
trigger: When this play starts, in one sentence.
strategy: success_call
steps:
  - {{day: 0, owner: Account manager, action: The first step}}
owner: Account manager
cost_per_customer: 0
expected_effect:
  low: 0.0
  high: 0.0
  source: Where the range comes from
  grade: assumed
metrics: [logo_churn_rate]
questions:
  - How somebody asks for this play
reviewed: {reviewed}
---

# {title}

## Situation

What has happened and why it matters.

## Signals

- What one sees first.

## Steps

1. **Day 0 · Account manager.** What to do.

## Talk track

"What to say."

## Message template

Hello {{contact_name}},

## Offer limits

What may be given and who approves more.

## When not to

- When another play fits better.

## Measures

How to tell whether it worked.

## Evidence

Assumed, reported or measured, and where.
"""


class PlaybookExistsError(Exception):
    """A playbook of this id is there already."""


def new_playbook(folder: Path, playbook_id: str, title: str, reviewed: date) -> Path:
    """Write a playbook to fill in.

    Args:
        folder: The playbooks' folder; made where absent.
        playbook_id: Kebab-case, becomes the file's name.
        title: What people read.
        reviewed: Today, to the caller.

    Returns:
        The new file.

    Raises:
        ValueError: The id is not kebab-case.
        PlaybookExistsError: The file is there already; nothing is overwritten.
    """
    if not _ID.fullmatch(playbook_id):
        raise ValueError(
            f"{playbook_id!r} is no playbook id: lower-case words joined by hyphens, e.g. win-back"
        )
    title = " ".join(title.split())
    path = folder / f"{playbook_id}.md"
    quoted = '"' + title.replace("\\", "\\\\").replace('"', '\\"') + '"'
    text = _TEMPLATE.format(playbook_id=playbook_id, title=title, reviewed=reviewed.isoformat())
    text = text.replace(f"title: {title}", f"title: {quoted}", 1)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise PlaybookExistsError(f"{path} exists already") from error
    return path
