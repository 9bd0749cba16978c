"""The `ai-gateway` command."""

import argparse
import sys
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from ai_gateway.runtime.settings import Settings

STACK = "that of a deployed stack; of this machine's gateway without it"


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        problems = "\n".join(f"  AI_GATEWAY_{str(row['loc'][0]).upper()}: {row['msg']}" for row in error.errors())
        sys.exit(f"A setting cannot be read:\n{problems}")
    try:
        _run(settings, options)
    except KeyboardInterrupt:
        pass
    except ValueError as error:
        sys.exit(str(error))


def _run(settings: Settings, options: argparse.Namespace) -> None:
    match options.command:
        case "logs":
            from ai_gateway.runtime.logs import print_logs, print_record

            if options.id:
                print_record(settings, options.id, options.stack)
            else:
                print_logs(settings, limit=options.limit, as_json=options.json, stack=options.stack)
        case "keys" | "providers" | "deployments":
            from ai_gateway.runtime.admin import COMMANDS

            print(COMMANDS[options.command](settings, options))
        case "prompts":
            from ai_gateway.runtime.prompts import prompts

            print(prompts(settings, options))
        case "alerts":
            from ai_gateway.runtime.alert_files import alerts

            print(alerts(settings, options))
        case "demo":
            from ai_gateway.runtime.demo import demo

            print(demo(settings, url=options.url, requests=options.requests, seed=options.seed))
        case _:
            _serve(settings, options)


def _serve(settings: Settings, options: argparse.Namespace) -> None:
    from ai_gateway.runtime.schedules import schedules
    from ai_gateway.runtime.state import State
    from ai_gateway.runtime.storage import storage, surrounding_environment

    environment = surrounding_environment()
    state = State.at(settings.state_dir, ephemeral=options.ephemeral)
    with storage(settings, state, environment) as opening, schedules(opening, f"http://{options.host}:{options.port}"):
        # The emulator starts while the rest is imported.
        from ai_gateway.adapters.sqs import SqsWebhookQueue
        from ai_gateway.runtime.alerts import AlertClients
        from ai_gateway.runtime.local import Laptop

        key = settings.key.get_secret_value() if settings.key else state.gateway_key()
        clients = AlertClients(opening(), opening.secrets_manager(), opening.sns, opening.ses)
        url = opening.webhook_queue()
        webhooks = SqsWebhookQueue(opening.sqs, url) if url else None
        Laptop(settings, environment, clients, webhooks, key, options.host, options.port, options.simulate).serve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ai-gateway", description="Without a command: run the gateway on this machine, with everything it needs."
    )
    parser.add_argument("--port", type=int, default=8787, help="port of the gateway (8787)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--ephemeral", action="store_true", help="keep nothing when the gateway ends")
    parser.add_argument("--simulate", action="store_true", help="let the simulator answer for every provider")
    commands = parser.add_subparsers(dest="command", metavar="command")
    logs = commands.add_parser("logs", help="print the last requests as a table, or one of them whole")
    logs.add_argument("id", nargs="?", help="a request's id (the Helicone-Id header): its record, with its bodies")
    logs.add_argument("--json", action="store_true", help="one JSON object a line in place of the table")
    logs.add_argument("-n", "--limit", type=int, default=20, help="how many (20)")
    logs.add_argument("--stack", help=STACK)
    _add_keys(commands.add_parser("keys", help="create, list and revoke gateway keys"))
    _add_providers(
        commands.add_parser("providers", help="set, list and remove providers and the keys they are called with")
    )
    _add_deployments(commands.add_parser("deployments", help="set, list and remove your own deployments of models"))
    _add_prompts(commands.add_parser("prompts", help="pull stored prompts into files, and push files to them"))
    _add_alerts(commands.add_parser("alerts", help="pull what is set up of alerts into a file, and push a file to it"))
    shown = commands.add_parser("demo", help="send varied requests to the gateway on this machine, to have a look at")
    shown.add_argument("--url", default="http://127.0.0.1:8787", help="the gateway (http://127.0.0.1:8787)")
    shown.add_argument("-n", "--requests", type=int, default=300, help="how many (300)")
    shown.add_argument("--seed", type=int, default=1, help="the same requests for the same seed (1)")
    return parser


def _add_keys(parser: argparse.ArgumentParser) -> None:
    actions = _actions(parser)
    create = actions("create", "make a key and print it once")
    create.add_argument("name", nargs="?", default="unnamed", help="who or what will use it")
    create.add_argument("--organization", default="default", help="whose requests these are (default)")
    create.add_argument("--admin", action="store_true", help="it also opens the dashboard and its API")
    actions("list", "all keys, without the keys themselves")
    actions("revoke", "end a key").add_argument("id", help="the key's id")


def _add_providers(parser: argparse.ArgumentParser) -> None:
    actions = _actions(parser)
    setting = actions("set", "call a provider with the key that standard input holds")
    setting.add_argument("name", help="openai, anthropic, ...")
    _add_place(setting)
    key = setting.add_mutually_exclusive_group()
    key.add_argument("--no-key", action="store_true", help="call it without a key")
    key.add_argument("--keep-key", action="store_true", help="leave its key as it is")
    actions("list", "the providers that are set, without their keys")
    actions("remove", "forget a provider and its key").add_argument("name")


def _add_deployments(parser: argparse.ArgumentParser) -> None:
    actions = _actions(parser)
    deployment = actions("set", "add or replace a deployment")
    deployment.add_argument("id", help="its name in model strings: model/provider/ID")
    deployment.add_argument("--provider", required=True, help="azure, bedrock, vertex, vllm, ...")
    deployment.add_argument("--model", help="the model it serves; then the model alone finds it, too")
    deployment.add_argument("--model-id", help="what to send as the model, where it differs")
    _add_place(deployment)
    deployment.add_argument("--secret", help="name of its own secret, when it does not use the provider's key")
    deployment.add_argument(
        "--ask-key", action="store_true", help="give it a key of its own, which standard input holds"
    )
    actions("list", "all deployments")
    actions("remove", "forget a deployment").add_argument("id")


def _add_prompts(parser: argparse.ArgumentParser) -> None:
    actions = _actions(parser)
    pull = actions("pull", "write the latest version of every prompt into a file of its own")
    pull.add_argument("--force", action="store_true", help="overwrite files that were edited and not pushed")
    push = actions("push", "make a version of every file that says something new")
    push.add_argument("-m", "--message", default="", help="commit message of the versions")
    push.add_argument("--publish", metavar="ENVIRONMENT", help="point this environment at what the files hold")
    push.add_argument("--force", action="store_true", help="push also where the stored prompt went on meanwhile")
    push.add_argument(
        "--from-git",
        action="store_true",
        help="versions that were pushed since a file's own are no conflict: git has settled their order",
    )
    for action in (pull, push):
        action.add_argument("folder", metavar="DIR", help="where the files are, one YAML file for each prompt")
        action.add_argument("--organization", default="default", help="whose prompts these are (default)")


def _add_alerts(parser: argparse.ArgumentParser) -> None:
    actions = _actions(parser)
    pull = actions("pull", "write rules, reports, destinations and webhooks into a file, without their secrets")
    push = actions("push", "set up what the file says")
    push.add_argument("--prune", action="store_true", help="remove what the file does not name")
    push.add_argument("--dry-run", action="store_true", help="only say what would be done")
    for action in (pull, push):
        action.add_argument("file", metavar="FILE", help="a YAML file")
        action.add_argument("--organization", default="default", help="whose alerts these are (default)")


def _actions(parser: argparse.ArgumentParser) -> Callable[[str, str], argparse.ArgumentParser]:
    """Adds an action, which like all of them works on this machine's gateway or on that of a stack."""
    actions = parser.add_subparsers(dest="action", required=True)

    def add(name: str, told: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=told)
        action.add_argument("--stack", help=STACK)
        return action

    return add


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base-url", help="where it is, when not at the provider's own address")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="region, project, api_version, ...",
    )


if __name__ == "__main__":
    main()
