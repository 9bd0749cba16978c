"""Rows as a table for a terminal."""

from collections.abc import Sequence

LONGEST_CELL = 48


def table(head: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> str:
    """Columns as wide as their cells; `empty` stands for no rows. Only the last column may be longer than 48
    characters. Control characters, which callers may have sent, are shown as question marks.
    """
    if not rows:
        return empty
    lines = [[_printable(str(cell)) for cell in row] for row in (head, *rows)]
    lines = [[*(_cut(cell) for cell in line[:-1]), line[-1]] for line in lines]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(_joined(line, widths) for line in lines)


def _joined(line: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _printable(cell: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in cell)


def _cut(cell: str) -> str:
    return cell if len(cell) <= LONGEST_CELL else cell[: LONGEST_CELL - 1] + "…"
