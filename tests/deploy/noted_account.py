"""The AWS emulator, with a note of everything that a role asked leave for, and whether its policies gave it.

Served by hypercorn in the emulator's own environment; NOTES names the file. A transaction asks leave for each of its
parts, as it does on AWS.
"""

import json
import os
from pathlib import Path
from typing import Any

from ministack.app import app
from ministack.core import iam_evaluator
from ministack.core.responses import json_response
from ministack.services import dynamodb, sts

__all__ = ["app"]

LEFT_OVER = "00000000-0000-4000-8000-000000000000"
"""The id of a request whose record finds the table too busy for a batch."""

SENDER = "gateway@example.com"
OF_MAILS = {
    "resource_arn": f"arn:aws:ses:us-east-1:000000000000:identity/{SENDER}",
    "service_context": {"ses:FromAddress": SENDER},
}
"""What AWS tells policies of a mail, and the emulator does not; it refuses other senders itself."""

decide = iam_evaluator.enforce
write_batch = dynamodb._batch_write_item


def noted(access_key: str, action: str, *others: object, **named: object) -> Any:
    denied = decide(access_key, action, *others, **{**named, **(OF_MAILS if action == "ses:SendEmail" else {})})
    if session := sts._sessions.get(access_key):
        with Path(os.environ["NOTES"]).open("a") as notes:
            notes.write(f"{session['Arn'].split('/')[1]} {action} {'denied' if denied else 'allowed'}\n")
    return denied


def unless_left_over(data: dict[str, Any]) -> Any:
    if LEFT_OVER in json.dumps(data):
        return json_response({"UnprocessedItems": data["RequestItems"]})
    return write_batch(data)


iam_evaluator.enforce = noted
dynamodb._batch_write_item = unless_left_over
