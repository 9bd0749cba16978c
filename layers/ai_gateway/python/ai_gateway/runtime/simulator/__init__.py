"""The simulator."""

from ai_gateway.runtime.simulator.server import Simulator

__all__ = ["Simulator"]
