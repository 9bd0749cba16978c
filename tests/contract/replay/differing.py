"""Where two JSON values differ, a line for each place: recorded requests are too long for a reader to compare."""

from collections.abc import Iterator

ABSENT = "(absent)"


def differences(got: object, wanted: object, place: str = "") -> Iterator[str]:
    if isinstance(got, dict) and isinstance(wanted, dict):
        for key in sorted(got.keys() | wanted.keys()):
            yield from differences(got.get(key, ABSENT), wanted.get(key, ABSENT), f"{place}.{key}")
    elif isinstance(got, list) and isinstance(wanted, list) and len(got) == len(wanted):
        for index, (mine, theirs) in enumerate(zip(got, wanted, strict=True)):
            yield from differences(mine, theirs, f"{place}[{index}]")
    elif got != wanted or isinstance(got, bool) != isinstance(wanted, bool):
        yield f"{place}: got {_short(got)}, wanted {_short(wanted)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}..."
