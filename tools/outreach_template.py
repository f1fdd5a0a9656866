"""A play's own message template: filled from the client's facts, or refused field by field."""

from collections.abc import Mapping
from typing import Any, Final

from tools.contract import Playbook, ToolContext
from tools.errors import FinalToolError, RetryableToolError
from tools.outreach_answers import Draft, fill
from tools.outreach_words import FIELDS
from tools.wording import count_noun, join_words

__all__ = ["TALK_TRACK", "play_named", "write_from_play"]

TALK_TRACK: Final = "Talk track"
_TEMPLATE: Final = "Message template"
_SUBJECT: Final = "Subject:"
_SAME: Final[Mapping[str, str]] = {
    "account_manager": "sender", "success_manager": "sender", "renewal_date": "contract_end_date",
    "slot": "proposed_date", "slot_1": "proposed_date", "contact": "contact_name",
}  # fmt: skip
"""Names of templates for what the client's facts call otherwise."""


def play_named(text: str, context: ToolContext) -> Playbook:
    """The play that a person means.

    Raises:
        RetryableToolError: There is none of that name; the library's are listed.
    """
    library = context.playbooks
    for key in (text, *library.match(text)):
        found = library.get(key)
        if found is not None:
            return found
    raise RetryableToolError(f"There is no playbook {text!r}.", list(library.ids()))


def write_from_play(play: Playbook, client: Mapping[str, Any], given: Mapping[str, str]) -> Draft:
    """Fill a play's template.

    Args:
        play: The play.
        client: Its facts, see `client_facts`.
        given: What the person gave for fields that no data holds.

    Raises:
        FinalToolError: A field is neither known nor given; all such fields are named.
    """
    template = dict(play.sections).get(_TEMPLATE)
    if template is None:
        raise FinalToolError(f"The play “{play.title}” has no message template.")
    names = list(dict.fromkeys(FIELDS.findall(template)))
    values = {name: _value(name, client, given) for name in names}
    missing = [name for name in names if values[name] in (None, "")]
    if missing:
        raise FinalToolError(_refusal(play, missing))
    head, _, rest = template.strip().partition("\n")
    is_titled = head.startswith(_SUBJECT)
    subject = head.removeprefix(_SUBJECT).strip() if is_titled else ""
    paragraphs = (rest if is_titled else template).strip().split("\n\n")
    return fill(
        subject, [each.strip() for each in paragraphs], {**client, **values}, angle="template"
    )


def _value(name: str, client: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    """What a person gives comes first; braces in it would be another field."""
    if name in given:
        return given[name].translate({ord(char): None for char in "{}"}).strip()
    return client.get(_SAME.get(name, name))


def _refusal(play: Playbook, missing: list[str]) -> str:
    plain = join_words([f"“{name.replace('_', ' ')}”" for name in missing])
    count = count_noun(len(missing), "field")
    example = f"{missing[0]} = …"
    return (
        f"The template of “{play.title}” has {count} that no data of ours fills: {plain}. Nothing "
        f"was drafted, because nothing is guessed. Give each of them (fill: {example}), or ask for "
        "a draft without the template: it states only what is known."
    )
