"""YAML for files that people edit and git keeps: JSON's types and no others, written as a person would."""

import re

import yaml

_NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"^-?(?:0|[1-9][0-9]*)$"),
    "tag:yaml.org,2002:float": re.compile(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
}
_ODD = re.compile("[\r\x85\u2028\u2029\ufeff]")
"""What YAML takes for a line's end, and gives back as another."""
_BOOLEAN = re.compile(r"^(?:true|false)$")
_NULL = re.compile(r"^(?:null|~|)$")


def read_yaml(text: str) -> object:
    """Raises ValueError, which says where."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader that reads less
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def write_yaml(value: object) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9)


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
