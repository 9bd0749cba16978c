"""Clients of AWS as the role of a function. They are boto3's; boto3 itself imports S3's transfers with them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.session import get_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

SHORT = Config(
    connect_timeout=2,
    read_timeout=5,
    parameter_validation=False,
    retries={"mode": "standard", "total_max_attempts": 3},
)
"""For what a caller waits for."""
PATIENT = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})


class Clients:
    """`endpoint_url` is another AWS than that of the environment, or empty."""

    def __init__(self, environment: Mapping[str, str], endpoint_url: str | None, config: Config) -> None:
        self.session = get_session()
        self._region = environment.get("AWS_REGION")
        self._endpoint_url = endpoint_url or None
        self._config = config

    def dynamodb(self) -> "DynamoDBClient":
        return cast("DynamoDBClient", self._client("dynamodb"))

    def secrets_manager(self) -> "SecretsManagerClient":
        return cast("SecretsManagerClient", self._client("secretsmanager"))

    def sns(self, region: str) -> "SNSClient":
        return cast("SNSClient", self._client("sns", region))

    def ses(self) -> "SESV2Client":
        return cast("SESV2Client", self._client("sesv2"))

    def sqs(self) -> "SQSClient":
        return cast("SQSClient", self._client("sqs"))

    def _client(self, service: str, region: str | None = None) -> object:
        return self.session.create_client(
            service, region or self._region, endpoint_url=self._endpoint_url, config=self._config
        )
