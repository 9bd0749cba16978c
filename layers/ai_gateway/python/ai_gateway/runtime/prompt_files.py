"""A prompt as a YAML file that people read and edit, and that git keeps."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from ai_gateway.core.errors import PromptError
from ai_gateway.core.prompts.body import check_body
from ai_gateway.core.prompts.versions import Number, check_id, check_words, parse_number
from ai_gateway.core.wire import JsonObject

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
        return yaml.dump(
            {**fields, "prompt": self.body}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9
        )


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
        fields = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader that reads less
    except yaml.YAMLError as error:
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


_NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"^-?(?:0|[1-9][0-9]*)$"),
    "tag:yaml.org,2002:float": re.compile(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
}
_ODD = re.compile("[\r\x85\u2028\u2029\ufeff]")
"""What YAML takes for a line's end, and gives back as another."""
_BOOLEAN = re.compile(r"^(?:true|false)$")
_NULL = re.compile(r"^(?:null|~|)$")
_VERSION = re.compile(r"^version:.*$", re.MULTILINE)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, no anchors, and in quotes whatever any reader could take for something else."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


class _Loader(yaml.SafeLoader):
    """Reads JSON's types and no others: `no`, `12:30` and dates are texts, as people mean them."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  as the base class has it


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _ODD.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
for _tag, _pattern in _NUMBERS.items():
    _Dumper.add_implicit_resolver(_tag, _pattern, [*"-0123456789"])
    _Loader.add_implicit_resolver(_tag, _pattern, [*"-0123456789"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOLEAN, [*"tf"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", _NULL, ["n", "~", ""])
