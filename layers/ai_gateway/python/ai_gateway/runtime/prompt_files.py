"""A prompt as a YAML file that people read and edit, and that git keeps."""

import re
from dataclasses import dataclass
from pathlib import Path

from ai_gateway.core.errors import PromptError
from ai_gateway.core.prompts.body import check_body
from ai_gateway.core.prompts.versions import Number, check_id, check_words, parse_number
from ai_gateway.core.wire import JsonObject
from ai_gateway.runtime.plain_yaml import read_yaml, write_yaml

ENDINGS = (".yaml", ".yml")
FIELDS = ("id", "name", "tags", "version", "prompt")


class Unreadable(ValueError):
    """A file that holds no prompt, with what is wrong in it."""


@dataclass(frozen=True, slots=True)
class PromptFile:
    """`base` is the version that the file was made from, None for a prompt that was never pulled or pushed."""

    id: str
    name: str
    tags: tuple[str, ...]
    base: Number | None
    body: JsonObject

    def text(self) -> str:
        fields: JsonObject = {"id": self.id, "name": self.name}
        if self.tags:
            fields["tags"] = list(self.tags)
        if self.base is not None:
            fields["version"] = str(self.base)
        return write_yaml({**fields, "prompt": self.body})


def read_folder(folder: Path) -> dict[Path, PromptFile]:
    """The prompts of a folder. Raises Unreadable for a file that holds none, and for two with one id."""
    if not folder.is_dir():
        raise Unreadable(f"There is no folder {str(folder)!r}.")
    found: dict[Path, PromptFile] = {}
    owners: dict[str, Path] = {}
    for path in sorted(path for path in folder.iterdir() if path.suffix in ENDINGS):
        file = read(path.read_text(encoding="utf-8"), path)
        if file.id in owners:
            raise Unreadable(f"{path} and {owners[file.id]} both have the id {file.id!r}.")
        found[path], owners[file.id] = file, path
    return found


def read(text: str, path: Path) -> PromptFile:
    """The prompt in a file's text. Its id is the file's name where it has none, and its name the id. Raises
    Unreadable.
    """
    try:
        fields = read_yaml(text)
    except ValueError as error:
        raise Unreadable(f"{path}: {error}") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("prompt"), dict):
        raise Unreadable(f"{path}: there is no 'prompt' in it, with 'messages' and the other fields of a request.")
    for name in fields:
        if name not in FIELDS:
            raise Unreadable(f"{path}: {name!r} is none of {', '.join(FIELDS)}.")
    try:
        return _file(fields, path)
    except PromptError as error:
        raise Unreadable(f"{path}: {error.message}") from error


def with_base(text: str, base: Number) -> str:
    """The text of a file with another version in it, and with all else, comments too, as it was."""
    line = f"version: '{base}'"
    changed, count = _VERSION.subn(line, text, count=1)
    return changed if count else f"{line}\n{text}"


def _file(fields: JsonObject, path: Path) -> PromptFile:
    prompt_id = fields.get("id", path.stem)
    name = fields.get("name", prompt_id)
    tags = fields.get("tags", [])
    body = fields["prompt"]
    if not isinstance(prompt_id, str) or not isinstance(name, str) or not isinstance(body, dict):
        raise PromptError("'id' and 'name' must be text; put quotes around numbers.")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise PromptError("'tags' must be a list of texts.")
    kept = check_words(name, "", tags)
    check_body(body)
    return PromptFile(check_id(prompt_id), name, kept, _base(fields), body)


def _base(fields: JsonObject) -> Number | None:
    version = fields.get("version")
    if version is None:
        return None
    number = parse_number(version) if isinstance(version, str) else None
    if number is None:
        raise PromptError(f"'version' must be a version in quotes, such as '1.2', not {version!r}.")
    return number


_VERSION = re.compile(r"^version:.*$", re.MULTILINE)
