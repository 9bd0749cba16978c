"""Prompts and what changes of them: versions that never change, environments that point at them, drafts and history."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal, NamedTuple, TypeAlias

from ai_gateway.core.errors import EditConflict, PromptError
from ai_gateway.core.prompts.language import PRODUCTION
from ai_gateway.core.wire import JsonObject

LONGEST_NAME = 200
LONGEST_MESSAGE = 4_000
MOST_TAGS = 50
MOST_ENVIRONMENTS = 50

Origin: TypeAlias = Literal["console", "api", "files"]
"""Where a version was made: on the dashboard, by a script, or from files that are kept elsewhere."""

MoveKind: TypeAlias = Literal["publish", "rollback", "remove"]


class Number(NamedTuple):
    """The number of a version, `major.minor`."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, slots=True)
class Release:
    """What an environment points at: a version, and while another is rolled out, that `candidate` for `percent` of the
    users or sessions.
    """

    version: Number
    candidate: Number | None = None
    percent: float = 0.0

    def numbers(self) -> tuple[Number, ...]:
        return (self.version,) if self.candidate is None else (self.version, self.candidate)

    def __str__(self) -> str:
        return (
            str(self.version) if self.candidate is None else f"{self.version}, {self.candidate} for {self.percent:g} %"
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """A version without its body. `id` is a UUID; `created` is Unix seconds."""

    id: str
    number: Number
    message: str
    author: str
    created: float
    origin: Origin = "api"
    tags: tuple[str, ...] = ()
    model: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    summary: Summary
    body: JsonObject


@dataclass(frozen=True, slots=True)
class Draft:
    """Work on the next version. `base` is the version it began from; `revision` counts its edits."""

    body: JsonObject
    base: Number
    author: str
    saved: float
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Move:
    """One move of an environment, by whom and when (Unix seconds). `before` and `after` are None where it pointed
    nowhere.
    """

    environment: str
    before: Release | None
    after: Release | None
    author: str
    moved: float
    kind: MoveKind = "publish"


@dataclass(frozen=True, slots=True)
class Prompt:
    """The one part of a prompt that changes. `revision` counts its changes: whoever writes it says which one they read.

    `minors` holds the highest minor number of each major one, so that a number is never given twice, and `latest` the
    version made last.
    """

    id: str
    name: str
    created: float
    author: str
    latest: Number
    minors: Mapping[int, int]
    tags: tuple[str, ...] = ()
    environments: Mapping[str, Release] = field(default_factory=dict)
    updated: float = 0.0
    deleted: bool = False
    revision: int = 1

    def next_number(self, base: Number, *, major: bool) -> Number:
        """The next minor number of the base's major one, or 0 of the next major one."""
        if major:
            return Number(max(self.minors) + 1, 0)
        return Number(base.major, self.minors.get(base.major, -1) + 1)

    def with_version(self, number: Number) -> "Prompt":
        minors = {**self.minors, number.major: max(number.minor, self.minors.get(number.major, 0))}
        return replace(self, latest=number, minors=minors)

    def pointing(self, environment: str, release: Release | None) -> "Prompt":
        """With the environment at that release, or without it."""
        others = {name: at for name, at in self.environments.items() if name != environment}
        if release is not None:
            others[environment] = release
        if len(others) > MOST_ENVIRONMENTS:
            raise PromptError(f"A prompt has at most {MOST_ENVIRONMENTS} environments.", param="environment")
        return replace(self, environments=others)

    def environments_of(self, number: Number) -> tuple[str, ...]:
        """Where this version is used, production first."""
        found = (name for name, release in self.environments.items() if number in release.numbers())
        return tuple(sorted(found, key=lambda name: (name != PRODUCTION, name)))


@dataclass(frozen=True, slots=True)
class Change:
    """All that one edit changes, to be written together or not at all.

    `prompt` is as it shall be; its `revision` is one more than the one that must be stored now, 1 for a new one.
    """

    prompt: Prompt
    version: Version | None = None
    moves: tuple[Move, ...] = ()
    settles_draft: Draft | None = None
    withdraws: Summary | None = None


def parse_number(text: str) -> Number | None:
    """`"1.12"` as a number; None for anything else."""
    match = _NUMBER.fullmatch(text)
    return Number(int(match[1]), int(match[2])) if match else None


def pick(release: Release, prompt_id: str, environment: str, subject: str) -> Number:
    """The version that a subject (a user or a session) gets: the same one each time, and once it has the candidate it
    keeps it while the percentage grows.
    """
    if release.candidate is None:
        return release.version
    seed = f"{prompt_id}\n{environment}\n{release.candidate}\n{subject}".encode()
    share = int.from_bytes(sha256(seed).digest()[:8]) / 2**64 * 100
    return release.candidate if share < release.percent else release.version


def previous(moves: Iterable[Move], environment: str) -> Release:
    """Where a rollback leads, from all moves in the order they were made. A rollback takes back one move, and the next
    one the move before that.

    Raises PromptError when there is nothing to go back to.
    """
    been: list[Release | None] = []
    for move in moves:
        if move.environment != environment:
            continue
        if move.kind == "rollback" and been:
            been.pop()
        else:
            been.append(move.after)
    before = been[-2] if len(been) > 1 else None
    if before is None:
        raise PromptError(f"{environment!r} has no earlier release to roll back to.", param="environment")
    return before


def check_revision(prompt: Prompt, expected: int | None) -> None:
    """Raises EditConflict when the prompt is no longer what the editor saw; None expects nothing."""
    if expected is not None and expected != prompt.revision:
        raise EditConflict(
            f"The prompt {prompt.id!r} was changed meanwhile: it is at revision {prompt.revision}, and the edit was "
            f"made on {expected}. Read it again, then repeat the edit.",
            param="revision",
        )


def check_id(prompt_id: str) -> str:
    if not _ID.fullmatch(prompt_id):
        raise PromptError(
            f"A prompt's id is 1 to 64 letters, digits, hyphens and underscores, not {prompt_id[:80]!r}.", param="id"
        )
    return prompt_id


def check_environment(name: str) -> str:
    if not _ENVIRONMENT.fullmatch(name):
        raise PromptError(
            f"An environment's name is 1 to 64 letters, digits, dots, hyphens and underscores, not {name[:80]!r}.",
            param="environment",
        )
    return name


def check_words(name: str, message: str, tags: Iterable[str]) -> tuple[str, ...]:
    """The tags, each once and without white space around them. Raises PromptError for what is empty, too long or no
    text (half a character).
    """
    kept = tuple(tags)
    for field_, word in (("name", name), ("message", message), *(("tags", tag) for tag in kept)):
        if not word.isascii() and _HALF.search(word):
            raise PromptError(f"{field_!r} has half a character in it (a lone surrogate).", param=field_)
    if not name.strip() or len(name) > LONGEST_NAME:
        raise PromptError(f"A prompt's name has 1 to {LONGEST_NAME} characters.", param="name")
    if len(message) > LONGEST_MESSAGE:
        raise PromptError(f"A commit message has at most {LONGEST_MESSAGE:,} characters.", param="message")
    distinct = tuple(dict.fromkeys(tag.strip() for tag in kept if tag.strip()))
    if len(distinct) > MOST_TAGS or any(len(tag) > LONGEST_NAME for tag in distinct):
        raise PromptError(f"There are at most {MOST_TAGS} tags of {LONGEST_NAME} characters.", param="tags")
    return distinct


_HALF = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
