"""What a laptop keeps between runs: the emulator's data, where it listens, and the seeded gateway key."""

import json
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from ai_gateway.services.gateway_keys import new_key


@dataclass(frozen=True, slots=True)
class State:
    """`folder` is None for a run that leaves nothing behind."""

    folder: Path | None

    @classmethod
    def at(cls, folder: Path | None, *, ephemeral: bool) -> "State":
        if ephemeral:
            return cls(None)
        return cls(folder or user_data_path("ai-gateway"))

    @property
    def emulator_folder(self) -> Path | None:
        return self.folder / "aws" if self.folder else None

    def gateway_key(self) -> str:
        """The key of this laptop, made on the first run and readable by its user only."""
        if self.folder is None:
            return new_key()
        path = self.folder / "gateway-key"
        if path.exists():
            return path.read_text().strip()
        self.folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        key = new_key()
        path.write_text(key + "\n")
        return key

    def remember_emulator(self, url: str) -> None:
        if self.folder is not None:
            (self.folder / "running.json").write_text(json.dumps({"emulator": url}))

    def running_emulator(self) -> str | None:
        """Where the last run's emulator listened; it may be gone."""
        path = self.folder / "running.json" if self.folder else None
        if path is None or not path.exists():
            return None
        url = json.loads(path.read_text()).get("emulator")
        return url if isinstance(url, str) else None
