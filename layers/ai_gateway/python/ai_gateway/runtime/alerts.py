"""Alerts wired: what evaluates rules, tells people, and calls the webhooks of requests."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ai_gateway.adapters.addresses import Reach
from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.dynamodb.alert_definitions import DynamoDBAlertDefinitions
from ai_gateway.adapters.dynamodb.alert_memory import DynamoDBAlertMemory
from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.adapters.dynamodb.rollups import DynamoDBRollups
from ai_gateway.adapters.notifiers.mail import SesNotifier, SmtpNotifier
from ai_gateway.adapters.notifiers.pagerduty import PagerDutyNotifier
from ai_gateway.adapters.notifiers.posting import Posting
from ai_gateway.adapters.notifiers.slack import SlackNotifier
from ai_gateway.adapters.notifiers.sns import SnsNotifier
from ai_gateway.adapters.notifiers.webhook import WebhookNotifier
from ai_gateway.adapters.secrets import ChangingSecrets, SecretsManagerSecrets
from ai_gateway.core.alerts.destinations import DestinationKind
from ai_gateway.ports.alerts import Notifier
from ai_gateway.runtime.settings import Settings
from ai_gateway.services.alerts.alerting import Alerting
from ai_gateway.services.alerts.delivering import Dispatch
from ai_gateway.services.alerts.desk import Desk
from ai_gateway.services.alerts.measuring import HoursAndRecords
from ai_gateway.services.alerts.places import Places
from ai_gateway.services.alerts.reporting import Reporting
from ai_gateway.services.alerts.request_webhooks import WebhookCalls
from ai_gateway.services.analytics import Analytics

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient

LOCAL_SENDER = "ai-gateway@localhost"


@dataclass(frozen=True, slots=True)
class AlertClients:
    """`sns` gives a client of a region. Without `ses` mails go by the SMTP server of the settings, or nowhere."""

    dynamodb: "DynamoDBClient"
    secrets_manager: "SecretsManagerClient"
    sns: "Callable[[str], SNSClient]"
    ses: "Callable[[], SESV2Client] | None" = None


@dataclass(frozen=True, slots=True)
class Alerts:
    alerting: Alerting
    calls: WebhookCalls
    desk: Desk
    places: Places


def wire_alerts(settings: Settings, clients: AlertClients) -> Alerts:
    clock, table, console = SystemClock(), settings.table, settings.console_url.rstrip("/") or None
    secrets = ChangingSecrets(SecretsManagerSecrets(clients.secrets_manager, settings.secrets_prefix))
    definitions = DynamoDBAlertDefinitions(clients.dynamodb, table)
    memory = DynamoDBAlertMemory(clients.dynamodb, table, settings.retention)
    records = DynamoDBRecords(clients.dynamodb, table)
    measuring = HoursAndRecords(records, Analytics(records, DynamoDBRollups(clients.dynamodb, table), clock))
    posting = Posting(Reach(settings.allow_private_webhooks, setting="AI_GATEWAY_ALLOW_PRIVATE_WEBHOOKS"))
    notifiers: dict[DestinationKind, Notifier] = {
        "slack": SlackNotifier(posting),
        "webhook": WebhookNotifier(posting, clock),
        "pagerduty": PagerDutyNotifier(posting),
        "sns": SnsNotifier(clients.sns),
        **_mail(settings, clients),
    }
    dispatch = Dispatch(memory, notifiers, secrets, clock)
    reporting = Reporting(memory, measuring, clock, console)
    alerting = Alerting(definitions, memory, measuring, reporting, dispatch, clock, console)
    calls = WebhookCalls(definitions, records, secrets, posting, clock, console)
    places = Places(definitions, dispatch, calls, secrets, clock, settings.allow_private_webhooks)
    return Alerts(alerting, calls, Desk(alerting), places)


def _mail(settings: Settings, clients: AlertClients) -> dict[DestinationKind, Notifier]:
    if settings.smtp_url is not None:
        return {"email": SmtpNotifier(settings.smtp_url.get_secret_value(), settings.mail_from or LOCAL_SENDER)}
    if clients.ses is not None and settings.mail_from:
        return {"email": SesNotifier(cache(clients.ses), settings.mail_from)}
    return {}
