"""The dialects by name, each imported when it is first spoken: a cold start waits for no other."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import get_args

from ai_gateway.core.catalog.providers import DialectName
from ai_gateway.core.dialect import Dialect

NAMES: tuple[DialectName, ...] = get_args(DialectName)


class _Dialects(Mapping[DialectName, Dialect]):
    def __getitem__(self, name: DialectName) -> Dialect:
        return _imported(name)

    def __iter__(self) -> Iterator[DialectName]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


@cache
def _imported(name: DialectName) -> Dialect:
    if name not in NAMES:
        raise KeyError(name)
    dialect: Dialect = import_module(f"{__name__}.{name}").DIALECT
    return dialect


DIALECTS: Mapping[DialectName, Dialect] = _Dialects()
