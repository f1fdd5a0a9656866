"""Names out, names back in: stable tokens in place of whatever names a client or a person.

A token is made with the installation's secret, so it is the same in every conversation and nobody
outside can work out whom it stands for. Its letters are consonants: it is no word by chance, and
it holds no digit that could be taken for a figure. Only tokens that went out in this turn come
back as names; what a model invents is shown as "a client" or the like.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from app.governance.consent import Consent
from app.governance.entities import Entity, Kind, Mention
from app.governance.folded import fold
from app.governance.identifiers import Register

__all__ = ["LEFT_OUT", "StreamRestorer", "Vault"]

LEFT_OUT: Final = "a client who may not be described"
"""What stands in a text in place of a client without consent."""

_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
_LENGTH: Final = 6
_UNKNOWN: Final[Mapping[str, str]] = {
    "CLIENT": "a client",
    "ID": "a client",
    "NAME": "a client",
    "PERSON": "a colleague",
    "EMAIL": "an e-mail address",
    "PHONE": "a phone number",
    "LINK": "a link",
}
_KINDS: Final = "|".join(_UNKNOWN)
_JOINT: Final = r"(?:\\?[_\- \u00a0]){1,2}"
_TOKEN: Final = re.compile(
    rf"(?<![^\W_])(?P<kind>{_KINDS})(?P<joint>{_JOINT})(?P<code>[{_LETTERS}]{{{_LENGTH}}})(?![^\W_])"
    rf"|(?<![^\W_])(?-i:(?P<made_up>{_KINDS})\\?_[A-Z0-9]{{2,16}})(?![^\W_])",
    re.IGNORECASE,
)
_BEGUN: Final = re.compile(rf"(?<![^\W_])(?:{_KINDS})(?:\\?[_\- \u00a0]){{0,2}}\\?$", re.IGNORECASE)
_SPACE: Final = re.compile(r"[ \t\n\r]")


class Vault:
    """The tokens of one turn and whom they stand for.

    Args:
        secret: The installation's secret.
        register: Everyone who must not be named.
        consent: Who may be described at all.
        visible: Ids of the clients that the asker may see, None for all. A word that names another
            one comes back as it was typed: half a name must not become a whole one.
    """

    def __init__(
        self,
        secret: str,
        register: Register,
        consent: Consent,
        visible: frozenset[str] | None = None,
    ) -> None:
        self._key = hmac.digest(secret.encode(), b"aura pseudonyms", "sha256")
        self._register = register
        self._consent = consent
        self._visible = visible
        self._texts: dict[tuple[str, str], str] = {}
        self._codes: dict[str, tuple[str, str]] = {}
        self._ids: dict[str, str] = {}

    def hide(self, text: str, sure: Iterable[str] = ()) -> str:
        """The text with tokens for names; a client without consent gets none.

        Args:
            text: Any text.
            sure: Clients that it is known to be about.
        """
        return self.replace(text, self._register.find(text, sure))

    def replace(self, text: str, mentions: Iterable[Mention]) -> str:
        """The text with these mentions replaced; they are in order and do not overlap."""
        parts: list[str] = []
        done = 0
        for mention in mentions:
            said = text[mention.start : mention.end]
            parts += [text[done : mention.start], self.stand_in(mention.entity, said)]
            done = mention.end
        return "".join([*parts, text[done:]])

    def withheld_in(self, mentions: Iterable[Mention]) -> frozenset[str]:
        """The clients without consent that some mentions may mean."""
        return self.withheld(key for mention in mentions for key in mention.entity.clients)

    def withheld(self, customer_ids: Iterable[str]) -> frozenset[str]:
        """Those of some clients that the asker may see and a model may not."""
        clients = frozenset(customer_ids)
        return self._consent.withheld(clients if self._visible is None else clients & self._visible)

    def token(self, entity: Entity) -> str:
        """The token of an entity; from now on it can be restored."""
        code = self._code(entity)
        self._texts[(entity.kind, code)] = entity.text
        if entity.kind in {"CLIENT", "ID"}:
            self._ids[code] = next(iter(entity.clients), entity.key)
        return f"{entity.kind}_{code}"

    def restore(self, text: str) -> str:
        """The text with names in place of tokens, however a model has dressed them up."""
        return _TOKEN.sub(self._restored, text)

    def restore_value(self, value: Any) -> Any:
        """The arguments of a call with names in place of tokens; a client alone becomes its id."""
        if isinstance(value, Mapping):
            return {key: self.restore_value(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.restore_value(inner) for inner in value]
        if not isinstance(value, str):
            return value
        match = _TOKEN.fullmatch(value.strip().strip("*`"))
        alone = self._ids.get(match["code"].upper()) if match and match["code"] else None
        is_client = match is not None and (match["kind"] or "").upper() in {"CLIENT", "ID"}
        return alone if alone is not None and is_client else self.restore(value)

    def stand_in(self, entity: Entity, said: str) -> str:
        """What goes out in place of a mention.

        Args:
            entity: Who is meant.
            said: The words that mean it.
        """
        if entity.kind == "WORDS":
            return f"[a client's own words, {len(entity.text)} characters]"
        if self.withheld(entity.clients):
            return LEFT_OUT
        return self.token(self._as_seen(entity, said))

    def _as_seen(self, entity: Entity, said: str) -> Entity:
        if self._visible is None or (entity.clients and entity.clients <= self._visible):
            return entity
        kind: Kind = "NAME" if entity.clients else entity.kind
        return Entity(kind, fold(said), said, entity.clients & self._visible)

    def _code(self, entity: Entity) -> str:
        """Client and id share their code, so that a model can match one with the other."""
        family = "CLIENT" if entity.kind in {"CLIENT", "ID"} else entity.kind
        for attempt in range(1_000):
            seed = f"{family}\0{entity.key}\0{attempt}".encode()
            number = int.from_bytes(hmac.digest(self._key, seed, hashlib.sha256), "big")
            code = ""
            for _ in range(_LENGTH):
                number, place = divmod(number, len(_LETTERS))
                code += _LETTERS[place]
            if self._codes.setdefault(code, (family, entity.key)) == (family, entity.key):
                return code
        raise AssertionError  # a thousand collisions in a row do not happen

    def _restored(self, match: re.Match[str]) -> str:
        kind = (match["kind"] or match["made_up"]).upper()
        if match["code"]:
            known = self._texts.get((kind, match["code"].upper()))
            if known is not None:
                return known
            if "_" not in match["joint"]:
                return match[0]
        return _UNKNOWN[kind]


class StreamRestorer:
    """Restores a text that arrives in chunks; a token is held back until it is whole.

    Args:
        restore: Restores a whole text.
    """

    def __init__(self, restore: Callable[[str], str]) -> None:
        self._restore = restore
        self._held = ""

    def push(self, chunk: str) -> str:
        """Take a chunk; what can be said for certain now."""
        self._held += chunk
        cut = 0
        for match in _SPACE.finditer(self._held):
            if not _BEGUN.search(self._held[: match.start()]):
                cut = match.start()
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._restore(ready)

    def rest(self) -> str:
        """What is left at the end of the text."""
        left, self._held = self._held, ""
        return self._restore(left)
