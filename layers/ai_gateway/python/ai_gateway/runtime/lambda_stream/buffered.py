"""A handler for Lambda's own Python client, which cannot stream: the same application, its answer in one piece.

One event loop and one lifespan for the life of the process, so that connections stay warm from call to call.
"""

import asyncio
import logging
import os
import time
from typing import Protocol

from ai_gateway.runtime.lambda_stream.asgi import Application
from ai_gateway.runtime.lambda_stream.calls import Context, call
from ai_gateway.runtime.lambda_stream.events import Event
from ai_gateway.runtime.lambda_stream.lifespan import Lifespan
from ai_gateway.runtime.lambda_stream.responses import CollectedResponse

logger = logging.getLogger(__name__)


class LambdaContext(Protocol):
    aws_request_id: str
    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> int: ...


class BufferedHandler:
    """Call it with an event in payload format 2.0; raises what the application raises before its answer is complete."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._runner = asyncio.Runner()
        self._lifespan: Lifespan | None = None

    def __call__(self, event: Event, context: LambdaContext) -> dict[str, object]:
        return self._runner.run(self._answer(event, _context(context)))

    def close(self) -> None:
        """End the lifespan, then the event loop."""
        if self._lifespan:
            self._runner.run(self._lifespan.stop())
        self._runner.close()

    async def _answer(self, event: Event, context: Context) -> dict[str, object]:
        if self._lifespan is None:
            lifespan = Lifespan(self._app)
            await lifespan.start()
            self._lifespan = lifespan
        response = CollectedResponse()
        try:
            await call(self._app, event, context, self._lifespan.state, response)
        except Exception:
            if not response.closed.is_set():
                raise
            logger.exception("Invocation %s failed after its response", context["request_id"])
        return response.as_json()


def _context(context: LambdaContext) -> Context:
    return {
        "deadline": time.monotonic() + context.get_remaining_time_in_millis() / 1000,
        "request_id": context.aws_request_id,
        "trace_id": os.environ.get("_X_AMZN_TRACE_ID") or None,
        "function_arn": context.invoked_function_arn,
    }
