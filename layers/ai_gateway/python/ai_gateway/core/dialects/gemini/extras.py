"""What a caller says in Google's own words: `safety_settings`, `cached_content`, `thinking_config` and their like.

They are read from the request itself (the SDK's `extra_body`), from `google` in it, and from `extra_body.google`, which
is how Google's own OpenAI-compatible endpoint takes them; each name in camel or snake case.
"""

from collections.abc import Iterator

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.wire import JsonObject, mapping

TOP_LEVEL = ("safetySettings", "cachedContent", "labels", "modelArmorConfig")
GENERATION = ("thinkingConfig", "speechConfig", "imageConfig", "mediaResolution", "responseModalities")
OBJECTS = ("toolConfig", "generationConfig")


def native(request: ChatRequest, name: str) -> object:
    """The value of Google's field `name` (camel case), or None."""
    for source in _sources(request):
        for spelling in (name, snake(name)):
            if source.get(spelling) is not None:
                return source[spelling]
    return None


def native_object(request: ChatRequest, name: str) -> JsonObject:
    """The object at Google's field `name`, keys in camel case so that it can be merged; empty when there is none."""
    value = native(request, name)
    return {camel(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def names() -> Iterator[str]:
    """Every request key that this module reads."""
    for name in (*TOP_LEVEL, *GENERATION, *OBJECTS):
        yield name
        yield snake(name)
    yield from ("google", "extra_body")


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def _sources(request: ChatRequest) -> tuple[JsonObject, ...]:
    body: JsonObject = {**request}
    return body, mapping(body, "google"), mapping(mapping(body, "extra_body"), "google")
