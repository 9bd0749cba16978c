"""The stack in an account that does not exist: deployed, set up, called, changed and deleted. The tests build on each
other, in this order.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionUserMessageParam

from ai_gateway.core.wire import parse_object
from ai_gateway.runtime.simulator import Simulator
from tests.checkout import ROOT
from tests.deploy.conftest import STACK, Account, Operator, Told, until

LEFT_OVER = "00000000-0000-4000-8000-000000000000"
"""As in tests/deploy/noted_account.py, which runs where the emulator does."""
SIGNING_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
README = (ROOT / "README.md").read_text()
FIRST_LINE = "from openai import OpenAI\n"
HELLO: ChatCompletionUserMessageParam = {"role": "user", "content": "Hello"}


def put(console: httpx.Client, path: str, **fields: object) -> None:
    answer = console.put(f"/api/v1/alerts/{path}", json=fields)
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def admin(operator: Operator) -> str:
    return operator.run("keys", "create", "--admin", "boss").splitlines()[0]


@pytest.fixture
def client(account: Account, outputs: Mapping[str, str], key: str) -> Iterator[openai.OpenAI]:
    """The OpenAI SDK at the function URL, which the emulator tells by its host name."""
    headers = {"host": httpx.URL(outputs["GatewayUrl"]).host}
    base_url = f"{account.endpoint}/v1"
    with openai.OpenAI(base_url=base_url, api_key=key, default_headers=headers, max_retries=0) as client:
        yield client


def test_the_outputs_say_how_to_go_on(outputs: Mapping[str, str]) -> None:
    assert outputs["NextCommand"] == f"uv run ai-gateway keys create --stack {STACK}"
    assert outputs["SecretsPrefix"] == "ai-gateway/test/"
    assert "EdgeUrl" not in outputs


def test_the_sdk_gets_an_answer_and_the_table_its_record(
    client: openai.OpenAI, account: Account, provider: Simulator
) -> None:
    answer = client.chat.completions.with_raw_response.create(model="gpt-4o-mini/openai", messages=[HELLO])
    completion = answer.parse()
    assert completion.choices[0].message.content
    assert completion.usage
    assert provider.journal.requests()[-1].headers["authorization"].startswith("Bearer ")
    record = account.record(answer.headers["helicone-id"])
    assert record is not None
    assert (record.status, record.source, record.model_asked) == (200, "gpt-4o-mini/openai", "gpt-4o-mini/openai")
    assert record.cost
    assert record.response
    assert (parse_object(record.response) or {})["id"] == completion.id


def test_the_sdk_gets_a_stream_though_the_emulator_sends_it_in_one_piece(
    client: openai.OpenAI, account: Account
) -> None:
    stream = client.chat.completions.create(
        model="gpt-4o-mini", messages=[HELLO], stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert len(chunks) > 2
    assert chunks[-1].usage
    record = account.record(stream.response.headers["helicone-id"])
    assert record is not None
    assert record.tokens
    assert sum(record.tokens.values()) == chunks[-1].usage.total_tokens


def test_the_readme_leads_to_a_streamed_answer(account: Account, operator: Operator, provider: Simulator) -> None:
    on_aws = README[README.index("## On AWS") :]
    commands, program = on_aws.split("```\n")[1].splitlines(), on_aws.split("```python\n")[1].split("```")[0]
    assert commands[0].startswith("sam build && sam deploy --guided --stack-name ai-gateway "), "the fixture's part"
    changes = {
        "uv run ai-gateway": f"{sys.executable} -m ai_gateway.runtime.cli",
        "--stack ai-gateway": f"--stack {STACK}",
        "providers set openai": f"providers set openai --base-url {provider.base_url('openai')}",
    }
    first, _, _ = (operator.type(replaced(command, changes)) for command in commands[1:])
    key = first.splitlines()[0]
    changes = {"https://<id>.lambda-url.<region>.on.aws": account.path_of("GatewayUrl"), "sk-aig-...": key}
    said = operator.type(f"{sys.executable} -c '{replaced(FIRST_LINE + program, changes)}'")
    assert "Hello" in said


def replaced(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


def test_only_keys_of_this_stack_are_served(client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="sk-aig-other").chat.completions.create(model="gpt-4o-mini", messages=[HELLO])


def test_the_operator_sees_keys_providers_and_requests(operator: Operator, key: str) -> None:
    assert "tests" in operator.run("keys", "list")
    assert "openai" in operator.run("providers", "list")
    assert "gpt-4o-mini/openai" in operator.run("logs")


def test_an_admin_opens_the_dashboard_and_its_api(account: Account, outputs: Mapping[str, str], admin: str) -> None:
    with account.console() as browser:
        assert browser.get("/").headers["location"] == "/login"
        assert browser.post("/login", data={"key": "sk-aig-wrong"}).status_code == 401
        cookie = browser.post("/login", data={"key": admin}).headers["set-cookie"].split(";")[0]
        page = browser.get("/", headers={"cookie": cookie})
        assert page.status_code == 200
        assert outputs["GatewayUrl"].rstrip("/") in page.text
        assert browser.get("/static/console.css").headers["content-type"].startswith("text/css")
        prompt = {"name": "hello", "body": {"messages": [{"role": "user", "content": "Hello"}]}}
        authorized = {"authorization": f"Bearer {admin}"}
        created = browser.post("/api/v1/prompts", json=prompt, headers=authorized)
        assert created.status_code == 201, created.text
        assert browser.get("/api/v1/prompts").status_code == 401
        assert browser.post("/logout", headers={"cookie": cookie}).headers["location"] == "/login"
        assert browser.get("/", headers={"cookie": cookie}).headers["location"] == "/login"


def test_the_dashboards_pages_call_the_gateway_at_its_other_origin(
    account: Account, outputs: Mapping[str, str], operator: Operator
) -> None:
    """As a browser does: asked first, with the key that the page is lent, which ends with the sign-in."""
    admin = operator.run("keys", "create", "--admin", "player").splitlines()[0]
    with account.console() as browser:
        cookie = browser.post("/login", data={"key": admin}).headers["set-cookie"].split(";")[0]
        page = browser.get("/playground", headers={"cookie": cookie})
        assert f"connect-src 'self' {outputs['GatewayUrl'].rstrip('/')};" in page.headers["content-security-policy"]
        token = page.text.partition('x-csrf-token": "')[2].partition('"')[0]
        lent = browser.post("/playground/key", headers={"cookie": cookie, "x-csrf-token": token}).json()["key"]
    at_gateway = {"host": httpx.URL(outputs["GatewayUrl"]).host, "origin": "https://dashboard.example"}
    with httpx.Client(base_url=account.endpoint, headers=at_gateway) as elsewhere:
        asks = {
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        }
        allowed = elsewhere.options("/v1/chat/completions", headers=asks)
        assert allowed.headers["access-control-allow-origin"] == "*"
        assert {"authorization", "content-type"} <= set(allowed.headers["access-control-allow-headers"].split(","))
        answer = elsewhere.post(
            "/v1/chat/completions",
            json={"model": "gpt-4o-mini", "messages": [HELLO]},
            headers={"authorization": f"Bearer {lent}"},
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["access-control-allow-origin"] == "*"
        assert {"helicone-id", "gateway-cost"} <= set(answer.headers["access-control-expose-headers"].split(","))
    record = account.record(answer.headers["helicone-id"])
    assert record is not None
    assert record.key_id is not None
    assert record.key_id.startswith("playground-")


def test_a_schedule_adds_the_requests_up(account: Account, client: openai.OpenAI) -> None:
    client.chat.completions.create(model="gpt-4o-mini", messages=[HELLO])
    account.run_schedule("Adds the records of the current hour up")
    until(account.rolled_up)


def test_requests_are_scored_and_deleted_and_their_hour_is_added_up_anew(
    account: Account, admin: str, client: openai.OpenAI
) -> None:
    answer = client.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=[HELLO])
    request = f"/api/v1/requests/{answer.headers['helicone-id']}"
    with account.console(admin) as console:
        scored = console.post(f"{request}/scores", json={"scores": {"helpful": True}})
        assert scored.json() == {"scores": {"helpful": True}}
        assert console.delete(request).status_code == 204
        assert console.get(request).status_code == 404
    assert not account.remade()
    account.run_schedule("Adds the records of the current hour up")
    until(account.remade)


def test_a_record_that_the_table_leaves_out_of_a_batch_is_written_by_itself(
    account: Account, client: openai.OpenAI
) -> None:
    client.chat.completions.create(
        model="gpt-4o-mini", messages=[HELLO], extra_headers={"helicone-request-id": LEFT_OVER}
    )
    assert account.record(LEFT_OVER)


def test_alerts_are_told_in_every_way_and_requests_to_webhooks(
    account: Account, admin: str, client: openai.OpenAI, told: Told
) -> None:
    desk = {"name": "Desk", "kind": "webhook", "url": told.url("/alerts"), "secret": SIGNING_SECRET}
    with account.console(admin) as console:
        put(console, "destinations/desk", **desk)
        assert console.delete("/api/v1/alerts/destinations/desk").status_code == 204
        put(console, "destinations/desk", **desk)
        put(console, "destinations/team", name="Team", kind="email", to="success@simulator.amazonses.com")
        put(console, "destinations/topic", name="Topic", kind="sns", topic_arn=account.topic)
        for destination in ("desk", "team", "topic"):
            tried = console.post(f"/api/v1/alerts/destinations/{destination}/test")
            assert tried.json()["error"] is None
        wanted = ["desk", "team", "topic"]
        put(console, "rules/busy", name="Busy", metric="requests", threshold=1, destinations=wanted)
        put(console, "webhooks/all", url=told.url("/requests"))

    def served() -> bool:
        """Until the gateway has heard of the webhook, it tells nobody."""
        client.chat.completions.create(model="gpt-4o-mini", messages=[HELLO])
        return bool(told.bodies["/requests"])

    until(served)
    account.run_schedule("Evaluates the rules")
    with account.console(admin) as console:
        until(lambda: set(deliveries(console)) == {"desk", "team", "topic"})
        assert set(deliveries(console).values()) == {None}
        assert [body["title"] for body in told.bodies["/alerts"]][1:] == ["Firing: Busy"]
        assert told.bodies["/requests"][0]["model"] == "gpt-4o-mini"
        for path in ("rules/busy", "destinations/desk", "destinations/team", "destinations/topic", "webhooks/all"):
            assert console.delete(f"/api/v1/alerts/{path}").status_code == 204


def deliveries(console: httpx.Client) -> Mapping[str, str | None]:
    """What went wrong with each of the messages so far, by destination."""
    entries = console.get("/api/v1/alerts/history").json()
    return {one["destination"]: one["error"] for entry in entries for one in entry["told"]}


LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
QUEUE = {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
FAILED_EVENTS = {"sqs:SendMessage"}
RAW_MAILS = {"ses:SendRawEmail"}
"""AWS asks for it beside `ses:SendEmail`; the emulator does not."""


@pytest.mark.parametrize(
    ("role", "used_by_lambda_itself"),
    [
        ("GatewayRole", LOGS),
        ("ConsoleRole", LOGS | RAW_MAILS),
        ("RollupRole", LOGS | FAILED_EVENTS),
        ("AlertsRole", LOGS | FAILED_EVENTS | QUEUE | RAW_MAILS),
    ],
)
def test_a_role_allows_what_its_function_calls_and_nothing_else(
    role: str, used_by_lambda_itself: set[str], account: Account, client: openai.OpenAI
) -> None:
    """After all of the above: the emulator denies what no policy allows, and nothing is allowed without need."""
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="no-such-model", messages=[HELLO])
    uses = account.uses(role)
    assert uses.denied == set()
    assert uses.allowed == uses.done | used_by_lambda_itself


def test_a_second_deployment_changes_the_function_and_keeps_url_table_and_keys(
    account: Account, checkout: Path, outputs: Mapping[str, str], client: openai.OpenAI
) -> None:
    account.deploy(checkout, MemorySize="1024")
    assert account.outputs() == outputs
    assert account.memory_of("GatewayFunction") == 1024
    assert client.chat.completions.create(model="gpt-4o-mini", messages=[HELLO]).choices


def test_deleting_the_stack_keeps_the_records(
    account: Account, outputs: Mapping[str, str], client: openai.OpenAI
) -> None:
    answer = client.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=[HELLO])
    account.delete()
    assert account.memory_of("GatewayFunction") is None
    record = account.record(answer.headers["helicone-id"], outputs["TableName"])
    assert record is not None
    assert record.status == 200
