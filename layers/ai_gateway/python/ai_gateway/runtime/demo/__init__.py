"""`ai-gateway demo`: a few hundred varied requests to the gateway that runs on this machine."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from ai_gateway.runtime.demo.scenes import NEXT_PERCENT, NEXT_PROMPT, PROMPT, PROMPT_ID, Step, scenes
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.state import State
from ai_gateway.runtime.tables import table

AT_ONCE = 8
PATIENCE = 30.0
"""Seconds."""


def demo(settings: Settings, *, url: str, requests: int, seed: int) -> str:
    """Send the requests; a table of what was sent and what came of it. Raises ValueError where nothing can be sent."""
    key = (
        settings.key.get_secret_value() if settings.key else State.at(settings.state_dir, ephemeral=False).gateway_key()
    )
    return asyncio.run(_Demo(url, key).run(seed, requests))


@dataclass(slots=True)
class _Demo:
    url: str
    key: str
    sent: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def run(self, seed: int, requests: int) -> str:
        headers = {"authorization": f"Bearer {self.key}"}
        limits = httpx.Limits(max_connections=AT_ONCE * 2)
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=PATIENCE, limits=limits) as client:
            await self._prepare(client)
            todo = scenes(seed, requests)
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(AT_ONCE):
                        group.create_task(self._work(client, todo))
            except* ValueError as problems:
                raise problems.exceptions[0] from None
        return self._told(seed)

    async def _prepare(self, client: httpx.AsyncClient) -> None:
        try:
            known = await client.get(f"/api/v1/prompts/{PROMPT_ID}")
        except httpx.TransportError as error:
            raise ValueError(f"No gateway answers at {self.url}. Start `uv run ai-gateway`, or say --url.") from error
        if known.status_code == 404:
            new = {"id": PROMPT_ID, "name": "Demo support", "body": PROMPT, "tags": ["demo"]}
            known = await client.post("/api/v1/prompts", json=new)
            if known.is_success:
                await self._roll_out(client)
        if known.status_code in (401, 403):
            raise ValueError(
                "The gateway does not know this laptop's key. Set AI_GATEWAY_KEY to the key that it printed."
            )
        known.raise_for_status()

    async def _roll_out(self, client: httpx.AsyncClient) -> None:
        """The next version of the prompt, to some users."""
        saved = await client.post(
            f"/api/v1/prompts/{PROMPT_ID}/versions", json={"body": NEXT_PROMPT, "message": "Names a next step"}
        )
        saved.raise_for_status()
        wanted = {"version": saved.json()["version"]["version"], "percent": NEXT_PERCENT}
        (await client.post(f"/api/v1/prompts/{PROMPT_ID}/publish", json=wanted)).raise_for_status()

    async def _work(self, client: httpx.AsyncClient, todo: Iterator[list[Step]]) -> None:
        for steps in todo:
            for step in steps:
                outcome = await self._send(client, step)
                self.sent[step.scene] += 1
                self.outcomes[step.scene, outcome] += 1

    async def _send(self, client: httpx.AsyncClient, step: Step) -> str:
        """What came of it, in a word or two."""
        async with client.stream("POST", "/v1/chat/completions", json=step.body, headers=step.headers) as answer:
            if answer.status_code == 200 and "gateway-simulated" not in answer.headers:
                raise ValueError(
                    f"{answer.headers.get('helicone-provider')} answered for real. Start the gateway with --simulate: "
                    "the demo is not to cost anything."
                )
            chunks, broken = 0, False
            async for line in answer.aiter_lines():
                chunks += line.startswith("data: {")
                broken = broken or line.startswith('data: {"error"')
                if step.leaves_after is not None and chunks == step.leaves_after:
                    return "left"
        if answer.status_code != 200:
            return str(answer.status_code)
        return "broken off" if broken else "answered"

    def _told(self, seed: int) -> str:
        rows = [
            (count, scene, ", ".join(f"{many} {what}" for what, many in self._outcomes_of(scene)))
            for scene, count in self.sent.most_common()
        ]
        total = self.sent.total()
        told = table(("requests", "scene", "came of it"), rows, "Nothing was sent.")
        return f"{told}\n\n{total} requests with seed {seed}. Look at them at {self.url}/requests"

    def _outcomes_of(self, scene: str) -> list[tuple[str, int]]:
        return sorted((what, count) for (one, what), count in self.outcomes.items() if one == scene)
