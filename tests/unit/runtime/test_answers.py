"""Answers that Lambda cannot carry."""

import json
from collections.abc import Mapping

from ai_gateway.runtime.aws.answers import LARGEST_ANSWER, within_limits
from ai_gateway.runtime.telemetry import LambdaContext


class Context:
    aws_request_id = "1"


def answering(size: int) -> Mapping[str, object]:
    def handler(event: Mapping[str, object], context: LambdaContext) -> Mapping[str, object]:
        return {"statusCode": 200, "body": "x" * size}

    return within_limits(handler)({}, Context())


def test_what_fits_goes_out_as_it_is() -> None:
    frame = len(json.dumps({"statusCode": 200, "body": ""}, separators=(",", ":")))
    assert answering(LARGEST_ANSWER - frame)["statusCode"] == 200
    assert answering(LARGEST_ANSWER - frame + 1)["statusCode"] == 413


def test_what_does_not_fit_is_refused_with_what_to_do() -> None:
    answer = answering(LARGEST_ANSWER)
    error = json.loads(str(answer["body"]))["error"]
    assert error["type"] == "request_too_large"
    assert "--stack NAME" in error["message"]
