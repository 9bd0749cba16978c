"""The console on Lambda: the dashboard and its API, each answer in one piece."""

from mangum import Mangum

from ai_gateway.runtime.aws.answers import within_limits
from ai_gateway.runtime.aws.console import create_app
from ai_gateway.runtime.telemetry import naming

handler = naming(within_limits(Mangum(create_app(), lifespan="off")))
