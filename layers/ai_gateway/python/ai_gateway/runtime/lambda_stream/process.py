"""The process from its start to its end: init, invocations, shutdown, all on one event loop.

One worker asks for invocations and serves them one at a time; on Lambda Managed Instances, AWS_LAMBDA_MAX_CONCURRENCY
workers do, and an application that mostly waits serves them all at once in this one process.
"""

import asyncio
import gc
import json
import logging
import os
import random
import signal
from collections.abc import Callable, Iterable, Mapping

from ai_gateway.runtime.lambda_stream.api import Invocation, RuntimeApi
from ai_gateway.runtime.lambda_stream.asgi import Application
from ai_gateway.runtime.lambda_stream.calls import Context, call
from ai_gateway.runtime.lambda_stream.lifespan import Lifespan
from ai_gateway.runtime.lambda_stream.responses import BufferedResponse, Response, StreamedResponse

logger = logging.getLogger(__name__)

# Lambda kills the process 2 seconds after SIGTERM: so long for what is under way, and for the lifespan's end.
CALLS_GRACE = 1.2
LIFESPAN_GRACE = 0.6


class Process:
    """`load` imports and returns the application, so that its failure is reported as one of the init phase."""

    def __init__(self, load: Callable[[], Application], environ: Mapping[str, str]) -> None:
        self._load = load
        self._api = RuntimeApi(environ["AWS_LAMBDA_RUNTIME_API"])
        self._concurrency = max(1, int(environ.get("AWS_LAMBDA_MAX_CONCURRENCY") or 1))
        self._from_snapshot = environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"
        # `sam local` hands a streamed response on as it is, prelude and all.
        self._buffered = environ.get("AWS_SAM_LOCAL") == "true" or environ.get("AI_GATEWAY_INVOKE_MODE") == "BUFFERED"
        self._stop = asyncio.Event()
        self._waiting: set[asyncio.Task[Invocation]] = set()
        self._app: Application
        self._lifespan: Lifespan

    async def run(self) -> int:
        """Serve until SIGTERM or until the Runtime API fails; returns the exit status."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.stop)
        if not await self._init() or not await self._restore():
            return 1
        workers = [asyncio.create_task(self._work()) for _ in range(self._concurrency)]
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait({stop, *workers}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        outcomes = await self._end(workers)
        return 0 if await self._end_lifespan() and _all_well(outcomes) else 1

    def stop(self) -> None:
        """Ask for no more invocations; `run` returns when those under way have ended or have had their time."""
        self._stop.set()

    async def _init(self) -> bool:
        try:
            self._app = self._load()
            self._lifespan = Lifespan(self._app)
            # What a lifespan opens is opened after a restore: no connection is ever part of a snapshot.
            if not self._from_snapshot:
                await self._lifespan.start()
        except Exception as error:
            logger.exception("The application cannot start")
            await self._api.fail_init(error)
            return False
        # What exists by now lives as long as the process: collections need not walk it.
        gc.freeze()
        return True

    async def _restore(self) -> bool:
        if not self._from_snapshot:
            return True
        await self._api.await_restore()
        # Else every process restored from the snapshot draws the same numbers.
        random.seed()
        try:
            await self._lifespan.start()
        except Exception as error:
            logger.exception("The application cannot be restored")
            await self._api.fail_restore(error)
            return False
        return True

    async def _work(self) -> None:
        while not self._stop.is_set():
            waiting = asyncio.create_task(self._api.next())
            self._waiting.add(waiting)
            waiting.add_done_callback(self._waiting.discard)
            await self._serve(await waiting)

    async def _serve(self, invocation: Invocation) -> None:
        if self._concurrency == 1:
            _set_trace(invocation.trace_id)
        response: Response = (BufferedResponse if self._buffered else StreamedResponse)(self._api, invocation)
        # A task of its own: what the application leaves in context variables ends with the invocation.
        task = asyncio.create_task(self._call(invocation, response))
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            await asyncio.wait({task})
            if error := _error(task):
                await _report(invocation, response, error)

    async def _call(self, invocation: Invocation, response: Response) -> None:
        await call(self._app, json.loads(invocation.event), _context(invocation), self._lifespan.state, response)

    async def _end(self, workers: list[asyncio.Task[None]]) -> list[BaseException | None]:
        self._stop.set()
        for waiting in self._waiting:
            waiting.cancel()
        _, late = await asyncio.wait(workers, timeout=CALLS_GRACE)
        for worker in late:
            worker.cancel()
        return await asyncio.gather(*workers, return_exceptions=True)

    async def _end_lifespan(self) -> bool:
        try:
            await asyncio.wait_for(self._lifespan.stop(), LIFESPAN_GRACE)
        except Exception:
            logger.exception("The application did not stop as it should")
            return False
        return True


def _context(invocation: Invocation) -> Context:
    return {
        "deadline": invocation.deadline,
        "request_id": invocation.request_id,
        "trace_id": invocation.trace_id,
        "function_arn": invocation.function_arn,
    }


def _set_trace(trace_id: str | None) -> None:
    """Where the X-Ray SDKs look for the trace; there is no room for those of several invocations."""
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def _error(task: asyncio.Task[None]) -> BaseException | None:
    if task.cancelled():
        return asyncio.CancelledError("the application's call was cancelled")
    return task.exception()


async def _report(invocation: Invocation, response: Response, error: BaseException) -> None:
    logger.error("Invocation %s failed", invocation.request_id, exc_info=error)
    try:
        await response.fail(error)
    except OSError:
        logger.exception("The failure of invocation %s could not be reported", invocation.request_id)


def _all_well(outcomes: Iterable[BaseException | None]) -> bool:
    failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    for failure in failures:
        logger.error("The Runtime API failed", exc_info=failure)
    return not failures
