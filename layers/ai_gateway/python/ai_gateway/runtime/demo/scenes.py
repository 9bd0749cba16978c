"""What the demo's callers send: scenes of requests that follow each other, the same for the same seed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple, TypeAlias

from ai_gateway.core.wire import JsonObject, dumps_text

PROMPT_ID = "demo-support"
PROMPT: JsonObject = {
    "model": "gpt-4o-mini",
    "messages": [
        {"role": "system", "content": "You help {{customer_name}}, who is on the {{hc:tier:string}} plan. Be brief."}
    ],
}
NEXT_PROMPT: JsonObject = {
    "model": "gpt-4o-mini",
    "temperature": 0.2,
    "messages": [
        {
            "role": "system",
            "content": "You help {{customer_name}}, who is on the {{hc:tier:string}} plan. Be brief.\n"
            "Name one next step, and never promise a refund.",
        }
    ],
}
NEXT_PERCENT = 40
"""Of the users, who get it."""

USERS = ("ann", "ben", "chidi", "dana", "emil", "fatima", "grace", "hiro")
TEAMS = ("search", "support", "growth")
ENVIRONMENTS = ("production", "production", "production", "staging")
MODELS = (
    "gpt-4o-mini",
    "gpt-4o",
    "claude-sonnet-4",
    "gemini-2.5-flash",
    "deepseek-chat",
    "mistral-small",
    "claude-3.5-haiku",
)
QUESTIONS = (
    "Where is my order?",
    "Summarise this ticket in one sentence.",
    "Which of these two plans is cheaper for a team of five?",
    "Translate 'good morning' into Finnish.",
    "Write a haiku about exact accounting.",
    "Is this review positive or negative: 'It arrived, eventually.'",
    "Explain time to first token to a new colleague.",
)
HANDBOOK = "Rule {}: answer from the handbook only, name the rule that you used, and never promise a refund by hand. "
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAIAAADYYG7QAAAAO0lEQVR42u3OMQ0AAAgDsKnjxb8AfOCC"
    "cDSpgKZrXomQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQ0J0FWzVKxN3NJGgAAAAASUVORK5CYII="
)
"""A square of 48 pixels."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `leaves_after` is after how many chunks of the stream its caller goes away."""

    scene: str
    body: JsonObject
    headers: Mapping[str, str] = field(default_factory=dict)
    leaves_after: int | None = None


Scene: TypeAlias = Callable[[Random], list[Step]]


def scenes(seed: int, requests: int) -> Iterator[list[Step]]:
    """Scenes of so many requests or a few more; each is to be sent in its order."""
    draw = Random(seed)  # noqa: S311  a demo, no secret
    weights = [share.weight for share in SHARES]
    sent, every_kind = 0, iter(SHARES)
    while sent < requests:
        # Every kind comes once before chance decides.
        share = next(every_kind, None) or draw.choices(SHARES, weights)[0]
        steps = [_signed(step, draw) for step in share.scene(draw)]
        yield steps
        sent += len(steps)


def _signed(step: Step, draw: Random) -> Step:
    """With a team and an environment, as a caller's own code would add them to all it sends."""
    own = {"helicone-property-team": draw.choice(TEAMS), "helicone-property-environment": draw.choice(ENVIRONMENTS)}
    if "simulator-behavior" not in step.headers:
        own["simulator-behavior"] = f"slow:{int(draw.lognormvariate(4.2, 0.9))}"
    return Step(step.scene, step.body, {**own, **step.headers}, step.leaves_after)


def _question(draw: Random) -> list[Step]:
    body = _chat(draw.choice(MODELS), draw.choice(QUESTIONS))
    return [Step("a question", body, _by(draw))]


def _stream(draw: Random) -> list[Step]:
    body = {**_chat(draw.choice(MODELS), draw.choice(QUESTIONS)), "stream": True}
    return [Step("a stream", {**body, "stream_options": {"include_usage": draw.random() < 0.7}}, _by(draw))]


def _fallback(draw: Random) -> list[Step]:
    failing = draw.choice(("openai=500", "openai=429:2", "openai=503,azure=500", "openai=html", "openai=401"))
    body = _chat("gpt-4o/openai,gpt-4o/azure/my-deployment,claude-sonnet-4/anthropic", draw.choice(QUESTIONS))
    return [Step("a chain whose first provider fails", body, {**_by(draw), "simulator-behavior": failing})]


def _nobody_answers(draw: Random) -> list[Step]:
    body = _chat("mistral-small/mistral,gemini-2.5-flash/google-ai-studio", draw.choice(QUESTIONS))
    return [
        Step("a chain that fails whole", body, {**_by(draw), "simulator-behavior": "mistral=500,google-ai-studio=503"})
    ]


def _refused(draw: Random) -> list[Step]:
    wrong: list[JsonObject] = [
        _chat("gpt-4o-minni", "Hello"),
        {"model": "gpt-4o-mini"},
        {"model": "gpt-4o-mini", "messages": [], "prompt_id": PROMPT_ID, "inputs": {}},
    ]
    return [Step("a mistake of the caller", draw.choice(wrong), _by(draw))]


def _too_long(draw: Random) -> list[Step]:
    body = _chat("deepseek-chat/deepseek", "Read all of this. " * 40)
    return [Step("a prompt that is too long", body, {**_by(draw), "simulator-behavior": "deepseek=context"})]


def _breaks(draw: Random) -> list[Step]:
    body = {**_chat("gpt-4o-mini/openai", draw.choice(QUESTIONS)), "stream": True}
    headers = {**_by(draw), "simulator-behavior": f"openai={draw.choice(('drop:2', 'error:3', 'malformed:2'))}"}
    return [Step("a stream that breaks off", body, headers)]


def _leaves(draw: Random) -> list[Step]:
    body = {**_chat("claude-sonnet-4/anthropic", draw.choice(QUESTIONS)), "stream": True}
    headers = {**_by(draw), "simulator-behavior": "slow:30:200"}
    return [Step("a caller who goes away", body, headers, leaves_after=2)]


def _picture(draw: Random) -> list[Step]:
    parts: list[JsonObject] = [
        {"type": "text", "text": "What colour is this?"},
        {"type": "image_url", "image_url": {"url": PNG}},
    ]
    body: JsonObject = {
        "model": draw.choice(("gpt-4o", "claude-sonnet-4", "gemini-2.5-flash")),
        "messages": [{"role": "user", "content": parts}],
    }
    return [Step("a picture", body, _by(draw))]


def _reasoning(draw: Random) -> list[Step]:
    model = draw.choice(("claude-sonnet-4/anthropic", "deepseek-reasoner", "gemini-2.5-flash"))
    body = {**_chat(model, "How many weekdays are there in March 2027?"), "reasoning_effort": "low", "max_tokens": 4096}
    return [Step("reasoning", body, {**_by(draw), "simulator-behavior": "reasoning+slow:400"})]


def _prompted(draw: Random) -> list[Step]:
    user = draw.choice(USERS)
    body: JsonObject = {
        "prompt_id": PROMPT_ID,
        "inputs": {"customer_name": user.title(), "tier": draw.choice(("free", "team", "enterprise"))},
        "messages": [{"role": "user", "content": draw.choice(QUESTIONS)}],
    }
    return [Step("a stored prompt", body, {"helicone-user-id": user})]


def _from_cache(draw: Random) -> list[Step]:
    handbook = "".join(HANDBOOK.format(number) for number in range(70))
    system: JsonObject = {
        "role": "system",
        "content": [{"type": "text", "text": handbook, "cache_control": {"type": "ephemeral"}}],
    }
    return [
        Step(
            "a long prompt from the provider's cache",
            {"model": "claude-sonnet-4/anthropic", "messages": [system, {"role": "user", "content": question}]},
            _by(draw),
        )
        for question in draw.sample(QUESTIONS, 3)
    ]


def _unpriced(draw: Random) -> list[Step]:
    body = _chat("acme-experimental-7b/together", draw.choice(QUESTIONS))
    return [Step("a model without a known price", body, _by(draw))]


def _shaped(draw: Random) -> list[Step]:
    schema: JsonObject = {
        "type": "object",
        "properties": {"sentiment": {"type": "string", "enum": ["good", "bad"]}, "score": {"type": "integer"}},
        "required": ["sentiment", "score"],
        "additionalProperties": False,
    }
    wanted: JsonObject = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema, "strict": True}}
    body = {**_chat("gpt-4o-mini", "Judge: 'It arrived, eventually.'"), "response_format": wanted}
    return [Step("an answer in a given shape", body, _by(draw))]


def _hostile(draw: Random) -> list[Step]:
    said = "<script>alert('hello')</script> \u202etxet desrever\u202c \x00 ' OR 1=1; --"
    return [Step("text that would like to be a script", _chat("gpt-4o-mini", said), _by(draw))]


def _trip(draw: Random) -> list[Step]:
    """An agent with tools: one session, whose paths make a tree."""
    city, user = draw.choice(("Lisbon", "Oslo", "Kyoto")), draw.choice(USERS)
    session = f"trip-{draw.randrange(10**6):06d}"

    def headers(path: str) -> dict[str, str]:
        return {
            "helicone-user-id": user,
            "helicone-session-id": session,
            "helicone-session-name": "Trip planner",
            "helicone-session-path": path,
        }

    weather, hotels = _tool("get_weather", "city"), _tool("find_hotels", "city")
    asked: JsonObject = {"role": "user", "content": f"Plan two days in {city}. Look at the weather first."}
    called: JsonObject = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "get_weather", "arguments": dumps_text({"city": city})},
            }
        ],
    }
    result: JsonObject = {"role": "tool", "tool_call_id": "call_1", "content": '{"sky": "clear", "celsius": 21}'}
    tools = {"tools": [weather, hotels], "parallel_tool_calls": False}
    return [
        Step("an agent with tools", {"model": "gpt-4o", "messages": [asked], **tools}, headers("/plan")),
        Step(
            "an agent with tools",
            {"model": "gpt-4o", "messages": [asked, called, result], **tools},
            headers("/plan/weather"),
        ),
        Step(
            "an agent with tools", _chat("claude-sonnet-4", f"Find hotels in {city} for two."), headers("/plan/hotels")
        ),
        Step(
            "an agent with tools",
            _chat("gpt-4o-mini/openai,gemini-2.5-flash/google-ai-studio", f"Compare three hotels in {city}."),
            {**headers("/plan/hotels/compare"), "simulator-behavior": "openai=503"},
        ),
        Step("an agent with tools", {**_chat("gpt-4o", "Write the plan."), "stream": True}, headers("/plan/write")),
    ]


def _support_chat(draw: Random) -> list[Step]:
    """A conversation: each request repeats what was said before."""
    user, session = draw.choice(USERS), f"chat-{draw.randrange(10**6):06d}"
    said: list[object] = [{"role": "system", "content": "You answer customers of a shop for tea."}]
    steps = []
    for question in draw.sample(QUESTIONS, draw.randint(2, 5)):
        said = [*said, {"role": "user", "content": question}]
        headers = {
            "helicone-user-id": user,
            "helicone-session-id": session,
            "helicone-session-name": "Support chat",
            "helicone-session-path": "/chat",
        }
        steps.append(Step("a conversation", {"model": "gpt-4o-mini", "messages": said, "stream": True}, headers))
        said = [*said, {"role": "assistant", "content": "Let me look that up for you."}]
    return steps


def _chat(model: str, said: str) -> JsonObject:
    return {"model": model, "messages": [{"role": "user", "content": said}]}


def _by(draw: Random) -> dict[str, str]:
    """Some callers say who their user is, and a few ask more than the others."""
    user = USERS[min(int(draw.expovariate(0.4)), len(USERS) - 1)]
    return {"helicone-user-id": user} if draw.random() < 0.9 else {}


def _tool(name: str, argument: str) -> JsonObject:
    parameters: JsonObject = {
        "type": "object",
        "properties": {argument: {"type": "string", "description": f"The {argument}."}},
        "required": [argument],
    }
    return {
        "type": "function",
        "function": {"name": name, "description": name.replace("_", " "), "parameters": parameters},
    }


class Share(NamedTuple):
    scene: Scene
    weight: int


SHARES = (
    Share(_question, 30),
    Share(_stream, 22),
    Share(_fallback, 9),
    Share(_trip, 5),
    Share(_support_chat, 6),
    Share(_prompted, 8),
    Share(_from_cache, 4),
    Share(_reasoning, 4),
    Share(_picture, 4),
    Share(_shaped, 4),
    Share(_unpriced, 3),
    Share(_refused, 3),
    Share(_breaks, 3),
    Share(_leaves, 2),
    Share(_nobody_answers, 2),
    Share(_too_long, 2),
    Share(_hostile, 1),
)
