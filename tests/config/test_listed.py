"""Groups, assets and lists, written in the configuration or kept in files beside it."""

import pytest

from maildesk.config import ConfigError, check_config, load_desk
from maildesk.config.listed import MAX_BYTES
from maildesk.model.desk import Asset, Group
from tests.config.conftest import DESK

GROUPS = """\
groups:
  board: {members: [CEO@example.test, "@Board.Test"], vip: true}
  night: {members: {file: night.txt}}
  empty: {}
"""
ASSETS = "assets:\n  - {name: LAP-0231, type: laptop, owner: ANN@example.test}\n  - {name: Old printer}\n"
FILED = "assets: {file: assets.csv}\n"
LISTED = (
    "lists: {blocked: {file: blocked.txt}}\nrules:\n  - {name: r, when: {from: {in_list: blocked}}, then: {tags: a}}\n"
)


def _problems(folder) -> list[str]:
    return [str(p) for p in check_config(folder, {}) if not p.warning]


def test_groups(place):
    folder = place(desk=DESK + GROUPS)
    (folder / "night.txt").write_text("# who works at night\nbob@example.test\n@Night.test  # all of them\n")
    board, night, empty = load_desk(folder, {}).groups
    assert board == Group("board", frozenset({"ceo@example.test", "@board.test"}), vip=True)
    assert night == Group("night", frozenset({"bob@example.test", "@night.test"}))
    assert empty == Group("empty", frozenset())
    assert load_desk(folder, {}).groups == (board, night, empty)


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("ceo@EXAMPLE.test", ["board"]),
        ("any@mail.board.test", ["board"]),
        ("any@notboard.test", []),
        ("bob@example.test", ["night"]),
        ("", []),
        ("@", []),
    ],
)
def test_who_belongs_to_a_group(place, address, names):
    folder = place(desk=DESK + GROUPS)
    (folder / "night.txt").write_text("bob@example.test\n")
    assert [g.name for g in load_desk(folder, {}).groups_of(address)] == names


def test_assets_in_the_file_itself(place):
    assert load_desk(place(desk=DESK + ASSETS), {}).assets == (
        Asset("LAP-0231", "laptop", "ann@example.test"),
        Asset("Old printer"),
    )


@pytest.mark.parametrize(
    ("text", "assets"),
    [
        ("name,type,owner\nLAP-1,laptop,Ann@x.test\n\n\"HP, black\",printer,\n",
            (Asset("LAP-1", "laptop", "ann@x.test"), Asset("HP, black", "printer"))),
        ("\ufeffType,Name\r\nlaptop,LAP-1\r\n", (Asset("LAP-1", "laptop"),)),
        ("name\nLAP-1\nLAP-1\n", (Asset("LAP-1"),)),
        ("name,type,owner\n", ()),
    ],
)  # fmt: skip
def test_assets_in_a_table(place, text, assets):
    folder = place(desk=DESK + FILED)
    (folder / "assets.csv").write_bytes(text.encode())
    assert load_desk(folder, {}).assets == assets


@pytest.mark.parametrize(
    ("desk", "file", "data", "expected"),
    [
        (FILED, "other.csv", b"", "desk.yaml:8:16: there is no file 'assets.csv' in "),
        (FILED, "asset.csv", b"", "; did you mean 'asset.csv'?"),
        (FILED, "assets.csv", b"", "line 1: there is no column 'name'; write name,type,owner in the first line"),
        (FILED, "assets.csv", b"name,kind\na,b\n", "line 1: unknown column 'kind'; allowed: name, type, owner"),
        (FILED, "assets.csv", b"name,owner\na,b\n", "'assets.csv' line 2: 'b' is not a mail address"),
        (FILED, "assets.csv", b"type,name\nlaptop\n", "'assets.csv' line 2: expected text, not nothing"),
        (FILED, "assets.csv", b"name\nok\n\xff\n", "'assets.csv' is not UTF-8 text: see line 3"),
        (FILED, "assets.csv", b"x" * (MAX_BYTES + 1), "'assets.csv' is larger than 10 MB"),
        ("assets: {fil: a.csv}\n", "a.csv", b"", "desk.yaml:8:9: expected a list, or {file: NAME} for a file of items"),
        ("assets: [{type: laptop}]\n", "a.csv", b"", "missing key 'name'"),
        ("assets: [{name: a}, {name: A}]\n", "a.csv", b"", "an asset named 'A' already stands above"),
        ("groups: {g: {members: {file: g.txt}}}\n", "g.txt", b"a@b.test\nmallory\n",
            "desk.yaml:8:30: 'g.txt' line 2: 'mallory' is not a mail address"),
        ("groups: {g: {members: [mallory]}}\n", "g.txt", b"", "desk.yaml:8:24: 'mallory' is not a mail address"),
        ("groups: {g: {members: ['@a b']}}\n", "g.txt", b"", "'@a b' is not a domain; write it as example.test"),
        ("groups: {g: {memebrs: [a@b.test]}}\n", "g.txt", b"", "did you mean 'members'?"),
        ("groups: {two words: {}}\n", "g.txt", b"", "'two words' must be one word"),
    ],
)  # fmt: skip
def test_problem_in_groups_and_assets(place, desk, file, data, expected):
    folder = place(desk=DESK + desk)
    (folder / file).write_bytes(data)
    [problem] = _problems(folder)
    assert expected in problem


def test_of_many_wrong_lines_the_first_ones_are_told(place):
    folder = place(desk=DESK + "groups: {g: {members: {file: g.txt}}}\n")
    (folder / "g.txt").write_text("mallory\n" * 1000)
    found = _problems(folder)
    assert len(found) == 11
    assert found[-1].endswith("'g.txt': further lines are wrong, too")


def test_a_list_in_a_file(place):
    folder = place(rules=LISTED)
    (folder / "blocked.txt").write_text("eve@evil.test\n")
    assert [rule.name for rule in load_desk(folder, {}).rules] == ["r"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, "rules.yaml:1:25: there is no file 'blocked.txt' in "),
        (b"\xff", "'blocked.txt' is not UTF-8 text: see line 1"),
        (b"x\n" * (MAX_BYTES // 2 + 1), "'blocked.txt' is larger than 10 MB"),
    ],
)
def test_problem_in_a_list(place, data, expected):
    folder = place(rules=LISTED)
    if data is not None:
        (folder / "blocked.txt").write_bytes(data)
    [problem] = _problems(folder)
    assert expected in problem
    with pytest.raises(ConfigError):
        load_desk(folder, {})


def test_a_folder_is_no_list(place):
    folder = place(rules=LISTED)
    (folder / "blocked.txt").mkdir()
    assert "there is no file 'blocked.txt'" in _problems(folder)[0]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{group: bord}", "unknown group 'bord'; allowed: board, night, empty; did you mean 'board'?"),
        ("{open: rom}", "unknown open 'rom'; allowed: business, always"),
        ("{assignee: tina@example.test}", "unknown technician 'tina@example.test'"),
    ],
)
def test_rules_know_the_names(place, when, expected):
    folder = place(desk=DESK + GROUPS, rules=f"rules: [{{name: r, when: {when}, then: {{tags: a}}}}]\n")
    (folder / "night.txt").write_text("")
    [problem] = _problems(folder)
    assert expected in problem


def test_a_desk_without_groups_knows_none(place):
    folder = place(rules="rules: [{name: r, when: {group: board}, then: {tags: a}}]\n")
    assert "unknown group 'board'; allowed: none" in _problems(folder)[0]
