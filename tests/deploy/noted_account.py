"""The AWS emulator, with a note of every call of an AWS API: whose access key, and what was asked.

Served by hypercorn in the emulator's own environment; NOTES names the file.
"""

import os
import re
from pathlib import Path

from ministack.app import app as account

from ai_gateway.runtime.lambda_stream.asgi import Receive, Scope, Send

CREDENTIAL = re.compile(rb"Credential=(\w+)/")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        headers = dict(scope["headers"])
        key = CREDENTIAL.search(headers.get(b"authorization", b""))
        if key and (target := headers.get(b"x-amz-target")):
            with Path(os.environ["NOTES"]).open("ab") as notes:  # noqa: ASYNC230  one line in a test
                notes.write(key[1] + b" " + target + b"\n")
    await account(scope, receive, send)
