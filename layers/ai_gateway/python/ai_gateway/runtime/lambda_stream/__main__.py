"""`python -m ai_gateway.runtime.lambda_stream MODULE:ATTRIBUTE` in a Lambda execution environment."""

import asyncio
import importlib
import os
import sys

from ai_gateway.runtime.lambda_stream.asgi import Application
from ai_gateway.runtime.lambda_stream.process import Process


def main(reference: str) -> int:
    """`reference` names the application as `module:attribute`; returns the exit status."""

    def load() -> Application:
        module, _, attribute = reference.partition(":")
        app: Application = getattr(importlib.import_module(module), attribute)
        return app

    return asyncio.run(Process(load, os.environ).run())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
