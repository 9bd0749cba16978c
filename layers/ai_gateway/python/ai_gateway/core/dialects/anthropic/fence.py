"""Takes the Markdown code fence off an answer that was to be bare JSON, also where it comes in pieces."""


class FenceStripper:
    """Feed the pieces of a text in order; text without a fence goes through as it came."""

    __slots__ = ("_fenced", "_held", "_open")

    def __init__(self) -> None:
        self._held = ""
        self._open = True
        self._fenced = False

    def feed(self, piece: str) -> str:
        held = self._held + piece
        if self._open:
            start = held.lstrip()
            if start.startswith("```"):
                _, newline, rest = start.partition("\n")
                if not newline:
                    self._held = held
                    return ""
                held, self._fenced, self._open = rest, True, False
            elif "```".startswith(start):
                self._held = held
                return ""
            else:
                self._open = False
        if not self._fenced:
            self._held = ""
            return held
        end = _before_fence(held)
        self._held = held[end:]
        return held[:end]

    def close(self) -> str:
        """What was held back, without the fence that closes the text."""
        held, self._held = self._held, ""
        return "" if self._fenced and held.strip() in ("", "```") else held


def _before_fence(text: str) -> int:
    """Where the white space and the backticks begin that may turn out to be the closing fence."""
    end = start = len(text.rstrip())
    while start and end - start < 3 and text[start - 1] == "`":
        start -= 1
    return len(text[:start].rstrip())
