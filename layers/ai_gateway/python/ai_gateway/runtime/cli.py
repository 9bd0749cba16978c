"""The `ai-gateway` command."""

import argparse
import sys
from collections.abc import Sequence

from pydantic import ValidationError

from ai_gateway.runtime.settings import Settings


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        problems = "\n".join(f"  AI_GATEWAY_{str(row['loc'][0]).upper()}: {row['msg']}" for row in error.errors())
        sys.exit(f"A setting cannot be read:\n{problems}")
    match options.command:
        case "logs":
            from ai_gateway.runtime.logs import print_logs

            print_logs(settings, limit=options.limit)
        case _:
            _run(settings, options)


def _run(settings: Settings, options: argparse.Namespace) -> None:
    from ai_gateway.runtime.access import UnsafeBaseUrl
    from ai_gateway.runtime.local import Options, run

    wanted = Options(options.port, options.host, options.ephemeral, options.simulate)
    try:
        run(settings, wanted)
    except KeyboardInterrupt:
        pass
    except UnsafeBaseUrl as error:
        sys.exit(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ai-gateway", description="Without a command: run the gateway on this machine, with everything it needs."
    )
    parser.add_argument("--port", type=int, default=8787, help="port of the gateway (8787)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--ephemeral", action="store_true", help="keep nothing when the gateway ends")
    parser.add_argument("--simulate", action="store_true", help="let the simulator answer for every provider")
    commands = parser.add_subparsers(dest="command", metavar="command")
    logs = commands.add_parser("logs", help="print the last requests as a table")
    logs.add_argument("-n", "--limit", type=int, default=20, help="how many (20)")
    return parser


if __name__ == "__main__":
    main()
