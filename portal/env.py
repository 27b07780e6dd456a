"""The only reader of the environment: every setting with its unit and its default."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Flow(BaseModel, extra="forbid"):
    """How runs are walked."""

    hold_seconds: float = 300  # longer than the hard time limit of one task, always
    sweep_seconds: float = 15  # how often due runs are woken from PostgreSQL
    poll_seconds: float = 20  # how long a step waits before it looks at AWS again
    settle_seconds: float = 300  # before a lost CreateAccount may be sent a second time
    max_tries: int = 8  # of one step, before a person must look


class Aws(BaseModel, extra="forbid"):
    """How AWS is reached. Credentials come from the default chain, never from here."""

    rates: bool = True  # token buckets at AWS's published rates; false for the local AWS
    home_region: str = "us-east-1"
    partition: str = "aws"
    connect_seconds: float = 5
    read_seconds: float = 30


class Env(BaseSettings):
    """The portal's settings. A missing required one stops the start."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", env_nested_delimiter="__", frozen=True)

    secret_key: SecretStr
    secret_key_fallbacks: Annotated[list[str], NoDecode] = []
    database_url: str = Field(validation_alias="DATABASE_URL")
    redis_url: str = Field(validation_alias="REDIS_URL")
    debug: bool = False
    demo: bool = False  # the persona switch; exists only in the demo
    allowed_hosts: Annotated[list[str], NoDecode] = ["localhost", "127.0.0.1"]
    base_url: str = "http://localhost:8000"
    behind_proxy: bool = False  # trust X-Forwarded-Proto of the proxy in front
    time_zone: str = "UTC"
    session_hours: float = 12
    flow: Flow = Flow()
    aws: Aws = Aws()

    @field_validator("allowed_hosts", "secret_key_fallbacks", mode="before")
    @classmethod
    def split(cls, value: Any) -> Any:
        """`a, b` becomes ["a", "b"]."""
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value


def unknown_names(environ: dict[str, str]) -> list[str]:
    """PORTAL_* names that no setting reads: a misspelt one would pass silently."""
    flat = {f"PORTAL_{name.upper()}" for name in Env.model_fields}
    nested = {
        f"PORTAL_{room.upper()}__{name.upper()}"
        for room, model in (("flow", Flow), ("aws", Aws))
        for name in model.model_fields
    }
    own = {"PORTAL_DEMO_DIR", "PORTAL_PORT"}  # read by the demo command
    return sorted(n for n in environ if n.startswith("PORTAL_") and n not in flat | nested | own)
