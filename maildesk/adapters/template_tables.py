"""Tables and long lines as plain text of 72 columns, in any fixed-width font, also with East Asian characters.

Called by `template_files` as the filters `aligned` and `filled`. It knows nothing of what the text means.
"""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

WIDTH = 72
_GAP = 2
#: Below this the last column, the one of prose, stands in a line of its own below the others.
_NARROWEST = 24
_INDENT = 4
_NARROWEST_CELL = 4


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows in columns; the first row names these, unless its cells are empty, and the last cell may wrap."""
    shown = [row for row in rows if any(cell for cell in row)]
    if not shown:
        return ""
    widths = _widths([row[:-1] for row in shown])
    head = sum(widths) + _GAP * len(widths)
    return "\n".join(line.rstrip() for row in shown for line in _lines(row, widths, head))


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the width of each column but the last; the widest give way until all fit into a line."""
    columns = max(len(row) for row in rows)
    widths = [max(cell_len(row[n]) for row in rows if n < len(row)) for n in range(columns)]
    while widths and sum(widths) + _GAP * (columns - 1) > WIDTH and max(widths) > _NARROWEST_CELL:
        widths[widths.index(max(widths))] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int], head: int) -> Iterator[str]:
    first = "".join(_fitted(cell, width) + " " * _GAP for cell, width in zip(row[:-1], widths, strict=False))
    if WIDTH - head < _NARROWEST:
        yield first
        yield from (" " * _INDENT + piece for piece in _wrapped(row[-1], WIDTH - _INDENT))
        return
    pieces = _wrapped(row[-1], WIDTH - head)
    yield first + (pieces[0] if pieces else "")
    yield from (" " * head + piece for piece in pieces[1:])


def _fitted(cell: str, width: int) -> str:
    return set_cell_size(cell, width) if cell_len(cell) <= width else set_cell_size(cell, width - 1) + "…"


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text at blanks, and within wide characters, which are written without; a long link stays whole."""
    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += chop_cells(word, width) if cell_len(word) > len(word) else [word]
    return lines


def filled(text: str) -> str:
    """Break lines that are too long; what goes on in the next line is indented as the line was."""
    return "\n".join(line for long in text.split("\n") for line in _broken(long))


def _broken(line: str) -> list[str]:
    indent = line[: len(line) - len(line.lstrip(" "))][: WIDTH // 2]
    if cell_len(line) <= WIDTH:
        return [line]
    return [indent + piece for piece in _wrapped(line, WIDTH - len(indent))]
