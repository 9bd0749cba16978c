"""The API of alerts, by which tests set up what their browser then looks at."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.e2e.running import Gateway

PATIENCE = 180
"""Seconds, for rules that are evaluated each minute."""


@contextmanager
def alerts_of(gateway: Gateway) -> Iterator[httpx.Client]:
    """Whatever is set up meanwhile is gone afterwards."""
    authorized = {"authorization": f"Bearer {gateway.key}"}
    with httpx.Client(base_url=f"{gateway.url}/api/v1/alerts/", headers=authorized, timeout=60) as client:
        yield client
        for kind in ("rule", "report", "destination", "webhook"):
            for one in client.get(f"{kind}s").json():
                assert client.delete(f"{kind}s/{one[kind]['id']}").status_code == 204


def put(api: httpx.Client, path: str, **fields: object) -> None:
    answer = api.put(path, json=fields)
    assert answer.status_code == 200, answer.text
