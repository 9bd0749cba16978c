"""What a caller says in Google's own words: `safety_settings`, `cached_content`, `thinking_config` and their like.

They are read from the request itself (the SDK's `extra_body`), from `google` in it, and from `extra_body.google`, which
is how Google's own OpenAI-compatible endpoint takes them; each name in camel or snake case.
"""

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.wire import JsonObject, mapping

TOP_LEVEL = ("safetySettings", "cachedContent", "labels", "modelArmorConfig")
GENERATION = ("thinkingConfig", "speechConfig", "imageConfig", "mediaResolution", "responseModalities")
OBJECTS = ("toolConfig", "generationConfig")


def natives(request: ChatRequest) -> JsonObject:
    """Google's fields in the request, by their names in camel case, as are the keys of those that are objects (but for
    `labels`, whose keys are the caller's own).

    A field that stands in several places is taken from the request itself first.
    """
    body: JsonObject = {**request}
    found: JsonObject = {}
    for source in (mapping(mapping(body, "extra_body"), "google"), mapping(body, "google"), body):
        for key, value in source.items():
            if key in NAMES and value is not None:
                found[NAMES[key]] = value if key == "labels" else _camel_keys(value)
    return found


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def _camel_keys(value: object) -> object:
    return {camel(key): item for key, item in value.items()} if isinstance(value, dict) else value


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


# Every spelling to the name in camel case.
NAMES = {spelling: name for name in (*TOP_LEVEL, *GENERATION, *OBJECTS) for spelling in (name, _snake(name))}
