"""Which model drives the tools."""

import pytest
from langchain_groq import ChatGroq
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from app.agent.llm import DEFAULT_GROQ, LlmChoice, LlmSettingError, Trust, choose_llm

KEY = SecretStr("test-key")


def _choose(
    llm: str | None = None,
    key: SecretStr | None = None,
    base_url: str | None = None,
    trust: Trust = "private",
) -> LlmChoice:
    return choose_llm(
        llm=llm, groq_api_key=key, base_url=base_url, trust=trust, timeout_seconds=3.0
    )


def test_without_a_setting_the_planner_answers() -> None:
    """No key, no language model, no note."""
    assert _choose() == LlmChoice("builtin")


def test_builtin_wins_over_a_key() -> None:
    """Whoever says builtin gets it."""
    assert _choose("builtin", KEY).model is None


def test_a_key_alone_means_groq() -> None:
    """GROQ_API_KEY is enough once the server is trusted."""
    choice = _choose(key=KEY)
    assert choice.name == DEFAULT_GROQ
    assert isinstance(choice.model, ChatGroq)
    assert (choice.model.max_retries, choice.model.request_timeout) == (0, 3.0)


@pytest.mark.parametrize(("llm", "name"), [(None, DEFAULT_GROQ), ("groq:x", "groq:x")])
def test_an_external_model_is_used_as_one(llm: str | None, name: str) -> None:
    """It is used, marked as external, and the user reads that names were replaced."""
    choice = _choose(llm, KEY, trust="external")
    assert (choice.name, choice.trust, choice.note) == (name, "external", None)
    assert isinstance(choice.model, ChatGroq)
    assert "names were replaced before anything left" in choice.disclosure


def test_a_private_model_is_named_as_such() -> None:
    """Whoever declares a server as their own is told that it reads real names."""
    choice = _choose("groq:x", KEY, trust="private")
    assert choice.trust == "private"
    assert "declared as your own" in choice.disclosure
    assert "real names" in choice.disclosure


def test_a_choice_is_external_unless_said() -> None:
    """Nobody forgets the guard by leaving an argument out."""
    assert LlmChoice("some:model").trust == "external"


def test_groq_without_a_key_says_so() -> None:
    """A missing key is no crash."""
    choice = _choose("groq:x")
    assert choice.model is None
    assert choice.note is not None
    assert "GROQ_API_KEY" in choice.note


def test_a_private_server_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of one's own is reached by its base URL."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    choice = _choose("openai:tiny", base_url="http://127.0.0.1:9/v1")
    assert isinstance(choice.model, ChatOpenAI)
    assert choice.model.openai_api_base == "http://127.0.0.1:9/v1"


def test_openai_without_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names what is missing."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(LlmSettingError, match="OPENAI_API_KEY"):
        _choose("openai:x")


@pytest.mark.parametrize("llm", ["gpt", "groq:", ":x"])
def test_a_setting_without_a_provider_is_refused(llm: str) -> None:
    """The message says what is allowed."""
    with pytest.raises(LlmSettingError, match="Allowed: builtin, or provider:model"):
        _choose(llm, KEY)


def test_an_unknown_provider_is_refused() -> None:
    """The message names the setting."""
    with pytest.raises(LlmSettingError, match="AURA_LLM=nowhere:x cannot be used"):
        _choose("nowhere:x")
