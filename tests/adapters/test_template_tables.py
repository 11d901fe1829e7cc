"""Plain tables: columns align whatever the script, and no line is wider than a mail program shows."""

import pytest
from rich.cells import cell_len

from maildesk.adapters.template_tables import WIDTH, aligned, filled

COLUMNS = ["Ticket", "Status", "Subject"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], ""),
        ([["", ""]], ""),
        ([["", ""], ["Queue", "general"], ["Requester", "Ann"]], "Queue      general\nRequester  Ann"),
        ([["Command"], ["#list"]], "Command\n#list"),
        ([COLUMNS, ["#1", "new", "Fan"]], "Ticket  Status  Subject\n#1      new     Fan"),
        ([COLUMNS, ["#1", "漢字", "Fan"], ["#2", "open", "x"]],
         "Ticket  Status  Subject\n#1      漢字    Fan\n#2      open    x"),
        # The last cell goes on below itself.
        ([["", ""], ["Why", " ".join(["word"] * 20)]],
         "Why  " + " ".join(["word"] * 13) + "\n     " + " ".join(["word"] * 7)),
        # Where there is no room for it, it stands below the others.
        ([["a", "b", "c", "d"], ["1" * 20, "2" * 20, "3" * 20, "last"]],
         f"{'a':<22}{'b':<22}c\n    d\n{'1' * 20}  {'2' * 20}  {'3' * 20}\n    last"),
        ([["a", "b", "c"], ["1" * 90, "2" * 10, "last"]],
         f"{'a':<62}b\n    c\n{'1' * 59}…  {'2' * 10}\n    last"),
    ],
)  # fmt: skip
def test_columns_align(rows: list[list[str]], expected: str) -> None:
    assert aligned(rows) == expected


@pytest.mark.parametrize("cell", ["漢字" * 60, "word " * 60, "wide 漢字漢字漢字 " * 20])
@pytest.mark.parametrize("columns", [2, 5, 12])
def test_no_line_is_too_wide(cell: str, columns: int) -> None:
    text = aligned([[f"c{n}" for n in range(columns)], [cell] * columns])
    assert max(cell_len(line) for line in text.split("\n")) <= WIDTH


def test_a_link_stays_whole() -> None:
    link = "https://example.test/" + "x" * 90
    assert link in filled(f"See {link} for more")
    assert link in aligned([["", ""], ["Link", f"see {link}"]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("short\n\n  kept   as  it is", "short\n\n  kept   as  it is"),
        ("  " + "word " * 20, "  " + " ".join(["word"] * 14) + "\n  " + " ".join(["word"] * 6)),
        ("漢" * 40, "漢" * 36 + "\n" + "漢" * 4),
        (" " * 100, ""),
    ],
)
def test_long_lines_are_broken(text: str, expected: str) -> None:
    assert filled(text) == expected
