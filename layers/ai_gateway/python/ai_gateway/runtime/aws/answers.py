"""What Lambda carries in one piece: an answer of 6 MB, as JSON."""

from collections.abc import Callable, Mapping

from ai_gateway.core.errors import BodyTooLarge
from ai_gateway.core.wire import dumps, dumps_text
from ai_gateway.runtime.telemetry import LambdaContext

LARGEST_ANSWER = 6 * 1024 * 1024
"""Bytes (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""

HttpHandler = Callable[[Mapping[str, object], LambdaContext], Mapping[str, object]]


def within_limits(handler: HttpHandler) -> HttpHandler:
    """A handler that says what to do where Lambda would fail without a word: what it sends is `{statusCode, ...}`."""

    def limited(event: Mapping[str, object], context: LambdaContext) -> Mapping[str, object]:
        answer = handler(event, context)
        return answer if len(dumps(answer)) <= LARGEST_ANSWER else _refusal()

    return limited


def _refusal() -> Mapping[str, object]:
    error = BodyTooLarge(
        "The answer is larger than the 6 MB that Lambda carries. Ask for a shorter time, or read the table with "
        "'ai-gateway logs --json -n 1000000 --stack NAME'."
    )
    headers = {"content-type": "application/json"}
    return {"statusCode": error.status, "headers": headers, "body": dumps_text(error.body()), "isBase64Encoded": False}
