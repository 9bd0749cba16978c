"""Configurations that do not change while the process runs."""

from dataclasses import dataclass

from ai_gateway.ports import Configuration


@dataclass(frozen=True, slots=True)
class FixedConfigurations:
    configuration: Configuration

    async def current(self) -> Configuration:
        return self.configuration
