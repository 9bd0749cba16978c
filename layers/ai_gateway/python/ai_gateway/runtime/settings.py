"""Settings from the environment (and `.env`), all prefixed `AI_GATEWAY_`."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1024 * 1024


class Settings(BaseSettings):
    """Every field is one variable, `AI_GATEWAY_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="AI_GATEWAY_", env_file=".env", extra="ignore")

    table: str = Field("ai-gateway", description="Name of the DynamoDB table.")
    aws_endpoint_url: str | None = Field(
        None, description="Another AWS endpoint for the table and the secrets: DynamoDB Local, LocalStack, or real AWS."
    )
    secrets_prefix: str = Field("ai-gateway/", description="Prefix of the provider secrets in Secrets Manager.")
    key: SecretStr | None = Field(None, description="The gateway key to seed on a laptop, instead of a random one.")
    retention_days: int = Field(90, ge=0, description="Days that records are kept; 0 keeps them for ever.")
    largest_body: int = Field(
        6 * MEBIBYTE, gt=0, description="Bytes of the largest request body; Lambda takes no more than 6 MiB."
    )
    deadline: float = Field(900, gt=0, description="Seconds after which a request is given up.")
    connect_timeout: float = Field(10, gt=0, description="Seconds to wait for a connection to a provider.")
    first_chunk_timeout: float = Field(300, gt=0, description="Seconds to wait for a provider's first chunk or answer.")
    idle_timeout: float = Field(120, gt=0, description="Seconds a provider's stream may be silent.")
    heartbeat: float = Field(
        15, ge=0, description="Seconds of silence in a stream after which a comment is sent; 0 for none."
    )
    retries: int = Field(0, ge=0, le=20, description="Calls of one endpoint again after a 429 or 5xx.")
    cooldown: float = Field(30, ge=0, description="Seconds that a failed endpoint is tried last; 0 switches it off.")
    key_cache: float = Field(
        60, ge=0, description="Seconds that a gateway key is remembered; 0 asks the table each time."
    )
    prompt_cache: float = Field(
        20, ge=0, le=25, description="Seconds that a prompt's environments are remembered; a publish takes no longer."
    )
    allow_private_base_urls: bool = Field(
        False, description="Let base URLs point to loopback and private addresses (Ollama, vLLM, tests)."
    )
    allow_private_webhooks: bool = Field(
        False, description="Let webhooks go to loopback and private addresses, and over plain HTTP."
    )
    smtp_url: SecretStr | None = Field(
        None, description="Mail server of alerts, smtp://host:port or smtps://user:password@host:port."
    )
    mail_from: str = Field("", description="Sender of alerts' mails; on AWS an address that SES has verified.")
    webhook_queue: str = Field("", description="URL of the SQS queue of request webhooks; none are called if unset.")
    console_url: str = Field("", description="Where people reach the dashboard; alerts link to it.")
    gateway_url: str = Field("", description="Where applications reach the gateway; where the console is, if unset.")
    simulate: bool = Field(False, description="Let the simulator answer for every provider.")
    state_dir: Path | None = Field(
        None, description="Where a laptop keeps its state; the user's data directory if unset."
    )

    @property
    def retention(self) -> timedelta | None:
        return timedelta(days=self.retention_days) if self.retention_days else None
