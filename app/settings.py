"""Every setting of Aura; the only reader of the environment."""

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self

from dotenv import dotenv_values
from pydantic import (
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "AURA_"
TEST_VARIABLES = frozenset({"AURA_TEST_HOME", "AURA_SHARED"})
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsError(Exception):
    """A setting is unknown or unsafe; the message says which and what to do."""


class Settings(BaseSettings):
    """Read once at the door, then passed down; `.env` is read from the working folder."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        env_ignore_empty=True,
    )

    home: Path = Field(
        default=Path("var"),
        description="Folder for everything a run leaves behind: warehouse, index, models, users.",
    )
    playbooks: Path = Field(
        default=Path("playbooks"),
        description="Folder of the retention playbooks, one Markdown file each.",
    )
    rules: Path | None = Field(
        default=None,
        description="Your own risk rules, a copy of tools/models/rules.yml; empty: those rules.",
    )
    topics: Path | None = Field(
        default=None,
        description="Your own topics of feedback, a copy of tools/models/feedback.yml; empty: "
        "those topics.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="Address to serve on; beyond loopback a secret and users are required.",
    )
    port: int = Field(default=8000, ge=1, le=65535, description="Port to serve on.")
    currency: str = Field(default="USD", description="Base currency of all amounts (ISO code).")
    llm: str | None = Field(
        default=None,
        description="Model that drives the tools: `builtin` or `provider:model`. "
        "Empty: groq:openai/gpt-oss-120b when GROQ_API_KEY is set, else builtin.",
    )
    llm_base_url: str | None = Field(
        default=None,
        description="Base URL of the model server (vLLM, Ollama, llama.cpp); set AURA_LLM_TRUST too.",
    )
    llm_trust: Literal["external", "private"] = Field(
        default="external",
        description="`external`: names are replaced before anything leaves (docs/PRIVACY.md). "
        "`private`: the model server is your own and reads real names.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="How much is written to the log."
    )
    groq_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="GROQ_API_KEY",
        description="Key of the Groq API; without a key or AURA_LLM nothing leaves this machine.",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="Operational database (SQLAlchemy URL); empty: SQLite in AURA_HOME.",
    )
    chatbot_timeout_seconds: float = Field(
        default=30.0,
        gt=0,
        validation_alias="CHATBOT_TIMEOUT_SECONDS",
        description="Longest wait for a language model in one turn before the planner answers.",
    )
    max_upload_mb: int = Field(
        default=200, ge=1, description="Longest file that POST /api/v1/data/ingest takes, in MB."
    )
    data_refresh_minutes: int = Field(
        default=60,
        ge=0,
        validation_alias="DATA_REFRESH_MINUTES",
        description="How often the raw folder is looked at for changes; 0 never.",
    )
    alert_webhook_url: SecretStr | None = Field(
        default=None,
        description="Address that is told about new alerts by HTTP POST; empty: nobody is.",
    )
    alert_webhook_details: bool = Field(
        default=False,
        description="Whether the webhook is also told the clients' names and figures.",
    )
    outreach_cap_days: int = Field(
        default=14,
        ge=0,
        description="Days between two contacts of a client by one channel; 0 for no cap.",
    )
    outreach_webhook_url: SecretStr | None = Field(
        default=None,
        description="Address that sends messages for Aura, each after a yes; empty: none does.",
    )
    smtp_host: str | None = Field(
        default=None,
        description="Mail server for messages that are sent after a yes; empty: Aura sends none.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_user: str | None = Field(
        default=None, description="User at the mail server; empty: no sign-in."
    )
    smtp_password: SecretStr | None = Field(
        default=None, description="Password at the mail server."
    )
    smtp_from: str | None = Field(
        default=None,
        validate_default=True,
        description="Address that messages come from; needed with AURA_SMTP_HOST.",
    )
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="How the mail server is spoken to; `none` is for this machine alone.",
    )
    widget_origins: str = Field(
        default="",
        description="Sites that may embed the chat widget, e.g. `https://crm.example.com`, "
        "separated by commas; empty: only Aura's own pages.",
    )
    auth_secret: SecretStr | None = Field(
        default=None,
        validation_alias="CHAINLIT_AUTH_SECRET",
        description="Secret that signs sessions and tokens; empty: one is made in AURA_HOME.",
    )

    @field_validator("widget_origins")
    @classmethod
    def _are_origins(cls, given: str) -> str:
        for origin in filter(None, (part.strip() for part in given.split(","))):
            if not re.fullmatch(r"https?://[^/\s*?#@]+", origin):
                raise ValueError(f"{origin!r} is not an origin such as https://crm.example.com")
        return given

    @field_validator("alert_webhook_url", "outreach_webhook_url")
    @classmethod
    def _is_web_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            TypeAdapter(HttpUrl).validate_python(url.get_secret_value())
        return url

    @field_validator("smtp_from")
    @classmethod
    def _is_mail_address(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given is None:
            if info.data.get("smtp_host") is not None:
                raise ValueError("AURA_SMTP_HOST needs the address that messages come from")
        elif not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", given):
            raise ValueError("not an address such as success@example.com")
        return given

    @field_validator("smtp_tls")
    @classmethod
    def _is_safe(cls, given: str, info: ValidationInfo) -> str:
        if given == "none" and info.data.get("smtp_host") not in {None, *LOOPBACK_HOSTS}:
            raise ValueError("`none` is for a mail server on this machine alone")
        return given

    @model_validator(mode="after")
    def _resolve_paths(self) -> Self:
        object.__setattr__(self, "home", self.home.expanduser().resolve())
        object.__setattr__(self, "playbooks", self.playbooks.expanduser().resolve())
        if self.rules is not None:
            object.__setattr__(self, "rules", self.rules.expanduser().resolve())
        if self.topics is not None:
            object.__setattr__(self, "topics", self.topics.expanduser().resolve())
        return self

    @property
    def allowed_widget_origins(self) -> list[str]:
        """The sites that may embed the chat widget."""
        return [origin.strip() for origin in self.widget_origins.split(",") if origin.strip()]

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK_HOSTS


def load_settings() -> Settings:
    """Read the settings from the environment and `.env`.

    Raises:
        SettingsError: A variable with our prefix is unknown, or a value does not fit.
    """
    known = variable_names()
    given = {*os.environ, *dotenv_values(".env")}  # noqa: TID251 - the one reader
    for name in sorted(given - known.keys()):
        if name.startswith(PREFIX) and name not in TEST_VARIABLES:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
            raise SettingsError(f"unknown setting {name}; {hint}")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        name = field if field in known else f"{PREFIX}{field.upper()}"
        raise SettingsError(f"{name}={first['input']!r}: {first['msg']}") from error


def variable_names() -> dict[str, str]:
    """Environment variable → help text, in the order of declaration."""
    return {
        _variable(field): info.description or "" for field, info in Settings.model_fields.items()
    }


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment of a command of ours that is to run with these very settings."""
    environment = dict(os.environ)  # noqa: TID251 - the one reader
    for field in Settings.model_fields:
        value = getattr(settings, field)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        environment[_variable(field)] = "" if plain is None else str(plain)
    return environment


def _variable(field: str) -> str:
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{field.upper()}"
