"""The simulator's own server: uvicorn in a thread, on a loopback port."""

import asyncio
import logging
import socket
from threading import Thread
from types import TracebackType
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ai_gateway.runtime.simulator.app import simulator_app
from ai_gateway.runtime.simulator.journal import Journal

NATIVE = frozenset(("anthropic", "azure", "bedrock", "cohere", "google-ai-studio", "vertex"))


class Simulator:
    """Serves every provider at `base_url(name)` between `start` and `stop`, or as a context manager.

    `port` 0 takes any free one. `journal` holds the last requests as they came in.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self.journal = Journal()
        self._address = (host, port)
        self._server: _Server | None = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        host, port = self._address
        return f"http://{host}:{port}"

    def base_url(self, provider: str) -> str:
        """What stands in for the provider's own base URL: with the version for providers that speak OpenAI's format,
        without it for those with a format, or with paths, of their own.
        """
        return f"{self.url}/{provider}" if provider in NATIVE else f"{self.url}/{provider}/v1"

    def start(self) -> Self:
        """Returns once connections are accepted; raises OSError when the port is taken."""
        listener = socket.create_server(self._address, backlog=512)
        self._address = listener.getsockname()[:2]
        self._server = _Server(self.journal)
        self._thread = Thread(target=self._server.run, args=([listener],), name="simulator", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends open answers and waits for the thread."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


class _Quiet(HttpToolsProtocol):
    """Logs nothing: to uvicorn, a connection that is cut on purpose is a defect."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = logging.Logger("simulator", logging.CRITICAL + 1)  # noqa: LOG001  out of reach of any configuration


class _Server(uvicorn.Server):
    """Tells the application before it waits for open connections, so that the ones that hang by design let go."""

    def __init__(self, journal: Journal) -> None:
        self._closing = asyncio.Event()
        app = simulator_app(journal, self._closing)
        super().__init__(uvicorn.Config(app, http=_Quiet, log_config=None, access_log=False, lifespan="off", ws="none"))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)
