"""What one attempt of a language model has sent, and what it kept at home."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.utils import convert_to_openai_messages
from langchain_core.utils.function_calling import convert_to_openai_tool

from app.governance.pseudonyms import StreamRestorer, Vault


@dataclass(slots=True)
class Sent:
    """One call of a provider, as it is recorded; never what was sent.

    Attributes:
        size_bytes: The conversation and the tools' schemas as JSON.
        payload_sha256: Hash of the same, so that a payload kept elsewhere can be recognised.
        described: How many clients were described under a pseudonym.
        left_out: How many were left out for want of consent.
        tokens: In and out; None when the call failed.
    """

    size_bytes: int
    payload_sha256: str
    described: int = 0
    left_out: int = 0
    tokens: int | None = None


def sent(messages: Sequence[BaseMessage], tools: Sequence[Any], **counts: int) -> Sent:
    """Measure a payload before it goes out."""
    payload = {
        "messages": convert_to_openai_messages(list(messages)),
        "tools": [convert_to_openai_tool(tool) for tool in tools],
    }
    content = json.dumps(payload, sort_keys=True, ensure_ascii=False, default=str).encode()
    return Sent(len(content), hashlib.sha256(content).hexdigest(), **counts)


def tokens_of(messages: Sequence[BaseMessage]) -> int | None:
    """What a call took, in and out; None where the provider does not say."""
    used = [m.usage_metadata for m in messages if isinstance(m, AIMessage) and m.usage_metadata]
    return sum(usage["total_tokens"] for usage in used) if used else None


@dataclass(slots=True)
class Outbox:
    """Filled by what stands around the provider, read when the attempt is over.

    Attributes:
        earlier: How many messages of the conversation are from turns before.
        vault: The tokens of this turn; None until something leaves, or where nothing does.
        calls: Every call of the provider, failed ones included.
        kept_home: Sentences of this turn's results that the model did not read and the person
            does, by the place of the result in the conversation.
    """

    earlier: int = 0
    vault: Vault | None = None
    calls: list[Sent] = field(default_factory=list[Sent])
    kept_home: dict[int, str] = field(default_factory=dict[int, str])

    def restorer(self) -> StreamRestorer:
        """Restores one streamed answer."""
        return StreamRestorer(self._restore)

    def _restore(self, text: str) -> str:
        return self.vault.restore(text) if self.vault is not None else text
