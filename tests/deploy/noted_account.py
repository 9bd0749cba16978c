"""The AWS emulator, with a note of every call of an AWS API by a role: which role, and what was asked.

Served by hypercorn in the emulator's own environment; NOTES names the file.
"""

import os
import re
from pathlib import Path

from ministack.app import app as account
from ministack.services import sts

from ai_gateway.runtime.lambda_stream.asgi import Receive, Scope, Send

CREDENTIAL = re.compile(rb"Credential=(\w+)/")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        headers = dict(scope["headers"])
        key = CREDENTIAL.search(headers.get(b"authorization", b""))
        session = sts._sessions.get(key[1].decode()) if key else None
        if session and (target := headers.get(b"x-amz-target")):
            with Path(os.environ["NOTES"]).open("a") as notes:  # noqa: ASYNC230  one line in a test
                notes.write(f"{session['Arn'].split('/')[1]} {target.decode()}\n")
    await account(scope, receive, send)
