"""How names of models are written: what spellings of one have in common, and which snapshot or region they mean."""

import re

_CLAUDE = re.compile(r"^claude-(\d+(?:-\d+)?)-([a-z]+)(.*)$")
_REGION = re.compile(r"^(?:us|us-gov|eu|apac|jp|au|ca|global)\.(?=[a-z0-9-]+\.)")
_DATE = re.compile(r"[-@](?:20\d\d-?\d\d-?\d\d)$")
_SNAPSHOT = re.compile(r"[-@](?:20\d\d-?\d\d-?\d\d|\d\d-20\d\d|\d{3,4}|latest|0)$")  # 0: claude-sonnet-4-0


def spelling(name: str) -> str:
    """What all spellings of a name have in common: `Claude-4.5-Haiku`, `claude-haiku-4.5` and `claude-haiku-4-5`."""
    key = name.lower().replace(".", "-").replace("_", "-").replace("@", "-").replace(":", "-")
    turned = _CLAUDE.match(key)
    return f"claude-{turned[2]}-{turned[1]}{turned[3]}" if turned else key


def undated(name: str) -> str | None:
    """The name without its day: `gpt-4o` for `gpt-4o-2024-05-13`; None when it has none."""
    family = _DATE.sub("", name)
    return family if family != name else None


def without_region(model_id: str) -> str:
    """A Bedrock model's own id for that of an inference profile: `anthropic.claude-x` for `us.anthropic.claude-x`.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
    """
    return _REGION.sub("", model_id)


def snapshot_of(listed: str, name: str) -> str | None:
    """The id for the snapshot (`2024-05-13`, `0613`, `latest`) or the Bedrock region that `name` asks for, written as a
    provider writes that model's id, which is `listed`; None when it asks for none, or for another model.
    """
    if without_region(listed) != listed or without_region(name) != name:
        same = spelling(without_region(listed)) == spelling(without_region(name))
        return name if same and spelling(name) != spelling(listed) else None
    if "@" in listed:
        return _at_vertex(listed, name)
    asked, own = _SNAPSHOT.search(name), _SNAPSHOT.search(listed)
    family = listed[: own.start()] if own else listed
    if asked is None or spelling(name[: asked.start()]) != spelling(family):
        return None
    return f"{family}-{asked[0][1:]}"


def _at_vertex(listed: str, name: str) -> str | None:
    """Vertex alone writes `@` before a day, knows days only, and none of `latest`."""
    if "@" in name:
        return name
    family, asked = listed.partition("@")[0], _DATE.search(name)
    if asked is None or spelling(name[: asked.start()]) != spelling(family):
        return None
    return f"{family}@{asked[0][1:]}"
