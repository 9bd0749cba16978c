"""A receiver of webhooks on this machine, in a thread of its own: a browser's test has no event loop to lend it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.integration.alerts.receiver import Received

PATIENCE = 20
"""Seconds that a call may take to come."""


class Receiver(ThreadingHTTPServer):
    """Keeps what it gets, and answers with `status` and `text`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.text = text
        self._calls: list[Received] = []
        self._came = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def got(self) -> Received:
        """The one call that came; waits for it."""
        with self._came:
            assert self._came.wait_for(lambda: self._calls, PATIENCE), "nothing came"
            (call,) = self._calls
            return call

    def take(self, call: Received) -> None:
        with self._came:
            self._calls.append(call)
            self._came.notify_all()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers["content-length"]))
        self.server.take(Received(self.requestline, headers, body))
        text = self.server.text.encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  its name there
        pass


@contextmanager
def receiving(status: int = 200, text: str = "") -> Iterator[Receiver]:
    with Receiver(status, text) as receiver:
        thread = threading.Thread(target=receiver.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()
