"""Which model drives the tools, and why another one does not."""

from dataclasses import dataclass
from typing import Any, Literal

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from openai import OpenAIError
from pydantic import SecretStr

BUILTIN = "builtin"
DEFAULT_GROQ = "groq:openai/gpt-oss-120b"
Trust = Literal["external", "private"]

_NO_KEY_NEEDED = "none"
"""Sent to a server of one's own that asks for no key; client libraries insist on one."""


class LlmSettingError(Exception):
    """AURA_LLM cannot be used; the message says what is allowed."""


@dataclass(frozen=True, slots=True)
class LlmChoice:
    """The model of this installation.

    Attributes:
        name: `builtin` or `provider:model`.
        model: The chat model; None for the built-in planner.
        note: Why a configured language model is not used, for the user to read.
        trust: `private` for a server of one's own; anything else sees pseudonyms only.
    """

    name: str
    model: BaseChatModel | None = None
    note: str | None = None
    trust: Trust = "external"

    @property
    def disclosure(self) -> str:
        """What the user reads once a conversation when this model answers."""
        model = self.name.partition(":")[2]
        if self.trust == "private":
            return f"Answered with {model} on a server declared as your own; it reads real names."
        return f"Answered with {model}; names were replaced before anything left."


def choose_llm(
    *,
    llm: str | None,
    groq_api_key: SecretStr | None,
    base_url: str | None,
    trust: Trust,
    timeout_seconds: float,
) -> LlmChoice:
    """Decide from the settings; the guard stands before every model that is not private.

    Raises:
        LlmSettingError: AURA_LLM names no provider, or one that is not installed.
    """
    name = llm or (DEFAULT_GROQ if groq_api_key else BUILTIN)
    if name == BUILTIN:
        return LlmChoice(BUILTIN)
    provider, _, model = name.partition(":")
    if not (provider and model):
        raise LlmSettingError(
            f"AURA_LLM is {name!r}. Allowed: builtin, or provider:model such as {DEFAULT_GROQ}."
        )
    if provider == "groq" and not (groq_api_key or base_url):
        return LlmChoice(BUILTIN, note=_NO_KEY)
    options = _options(provider, groq_api_key, base_url, timeout_seconds)
    return LlmChoice(name, _init(provider, model, options), trust=trust)


_NO_KEY = "AURA_LLM names a Groq model but GROQ_API_KEY is not set. The built-in planner answers."


def _options(
    provider: str, groq_api_key: SecretStr | None, base_url: str | None, timeout_seconds: float
) -> dict[str, Any]:
    """Retries are ours (they keep to the turn's time), so the client's own are off."""
    options: dict[str, Any] = {"temperature": 0}
    if provider in {"groq", "openai", "anthropic", "mistralai"}:
        options |= {"max_retries": 0, "timeout": timeout_seconds}
    if base_url:
        options["base_url"] = base_url
    if provider == "groq":
        options["api_key"] = groq_api_key or SecretStr(_NO_KEY_NEEDED)
    return options


def _init(provider: str, model: str, options: dict[str, Any]) -> BaseChatModel:
    try:
        return init_chat_model(model, model_provider=provider, **options)
    except OpenAIError:
        if "base_url" not in options:
            raise LlmSettingError(f"AURA_LLM={provider}:{model} needs OPENAI_API_KEY.") from None
        key = SecretStr(_NO_KEY_NEEDED)
        return init_chat_model(model, model_provider=provider, api_key=key, **options)
    except (ImportError, ValueError) as error:
        raise LlmSettingError(f"AURA_LLM={provider}:{model} cannot be used: {error}") from error
