"""Notices: every one has a template and the other way round; nobody reads what is not for them; faults fall back."""

import copy
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.adapters.notice_facts import NoticeContext
from maildesk.adapters.templates import TemplateProblem, Templates
from maildesk.core.commands import VERBS
from maildesk.model.notice import NoticeName

SHIPPED = Path(__file__).parents[2] / "templates"
STRANGER = "acknowledgement_stranger"
TO_REQUESTER = (
    "acknowledgement", STRANGER, "correspondence", "resolved", "reopened", "assigned", "status_report", "joined",
    "left", "expected", "waiting_reminder", "resolved_unanswered", "refused", "rule_reply",
)  # fmt: skip
#: For people who are neither: nothing internal, no commands.
TO_OTHERS = ("rule_notice", "side_question")
TO_TECHNICIAN = tuple(sorted({*map(str, NoticeName)} - {*TO_REQUESTER, *TO_OTHERS}))
EVERY_NAME = (*TO_REQUESTER, *TO_TECHNICIAN, *TO_OTHERS)
REFERENCE = "ref:r" + "a2" * 19
AT = datetime(2026, 11, 23, 8, 40, tzinfo=UTC)

CONTEXT: NoticeContext = {
    "desk": {"name": "Example Support", "timezone": "Europe/Berlin", "has_zones": False},
    "ticket": {
        "number": 1042, "subject": "SUBJECT {{7*7}} <i>", "status": "open", "priority": "P2", "impact": "high",
        "urgency": "medium", "queue": "QUEUE-network", "assignee_name": "Tia Berg", "requester_name": "NAME-Ann",
        "requester_address": "ann@example.test", "created_at": AT, "first_response_due_at": AT, "resolution_due_at": AT,
        "tags": ["TAG-a"], "type": "TYPE-a", "claims": 1001, "due_at": AT, "expected_at": AT, "snoozed_until": AT,
        "answer_by": AT, "answer_due_at": AT,
        "watchers": ["WATCHER"], "links": [1001], "steps": [{"number": 1, "text": "STEP-a", "done": False}],
        "clocks": [{"name": "Solution", "state": "CLOCK due soon"}],
    },
    "notice": {
        "name": "", "text": "TEXT line one\n  <b>two</b> & {{7*7}}", "author_name": "Tia Berg",
        "detail": "DETAIL it is so", "reason": "REASON", "echo": True, "folded": 3, "html": "",
        "answers": [{"heading": "ANSWER", "rows": [["#", "subject"], ["1001", "CELL <b>"]], "text": ""}],
        "results": [
            {"line": "#assing tia", "ok": False, "outcome": "unknown command", "hint": "#assign", "changes": False},
            {"line": "#priority P1", "ok": True, "outcome": "priority P1, was P2", "hint": "", "changes": True},
        ],
    },
    "recipient": {"name": "NAME-Ann", "address": "ann@example.test"},
    "entries": [
        {"at": AT, "who": "tia@secret.test", "text": "NOTE-canary", "internal": True},
        {"at": AT, "who": "NAME-Ann", "text": "EARLIER public\nline", "internal": False},
    ],
    "card": {
        "name": "NAME-Ann", "address": "ann@example.test", "open_tickets": 2,
        "dead_since": AT, "dead_reason": "DEAD 550 no such user", "language": "de",
        "tickets": [{"number": 1039, "subject": "CARD vpn", "status": "open"}],
    },
    "reply": {"meaning": "MEANING a reply goes out", "to": "TO-whom@secret.test"},
    "actions": [{"label": "ACTION take", "mailto": "mailto:support+rx@example.test?subject=a&body=%23mine"}],
    "note_address": "support+nx@secret.test",
    "footer_ref": REFERENCE,
    "attachments": [
        {"filename": "small.jpg", "size": 1000, "relayed": True},
        {"filename": "large.mp4", "size": 45_000_000, "relayed": False},
    ],
    "written_at": AT - timedelta(days=3),
}  # fmt: skip

#: Facts of the context that must never stand in a requester's mail.
INTERNAL = (
    "QUEUE-", "NOTE-canary", "secret.test", "X-Maildesk", "TAG-a", "TYPE-a", "REASON", "DETAIL", "CARD", "MEANING",
    "CLOCK", "ACTION", "WATCHER", "STEP-a", "ANSWER", "CELL", "1001", "P2", "#assing", "#note", "urgency",
)  # fmt: skip


#: What the footer names where a reply goes out, with what is so now.
COMMANDS = ("#note", "#close", "#mine", "#assign", "#queue", "#priority", "#status", "#help")
NOW = ("now with Tia Berg", "now in QUEUE-network", "now P2", "now open")


@cache
def shipped() -> Templates:
    return Templates()


def context(change: Callable[[NoticeContext], object] | None = None, name: str = "") -> NoticeContext:
    made = copy.deepcopy(CONTEXT)
    made["notice"]["name"] = name
    if change:
        change(made)
    return made


def both_parts(name: str, facts: NoticeContext) -> list[str]:
    rendered = shipped().render(name, facts)
    assert rendered.problem is None
    return [rendered.text, rendered.html or ""]


def test_every_notice_has_a_template_and_every_template_a_notice() -> None:
    assert shipped().names == {*map(str, NoticeName), STRANGER}
    stems = {path.name.removesuffix(".html.j2") for path in SHIPPED.glob("[!_]*.html.j2")}
    assert stems == shipped().names
    assert {path.suffix for path in SHIPPED.iterdir() if path.is_file()} == {".j2"}


def test_the_shipped_templates_are_sound() -> None:
    assert Templates().check() == ()


@pytest.mark.parametrize("name", EVERY_NAME)
def test_the_reference_is_the_last_line(name: str) -> None:
    text, html = both_parts(name, context(name=name))
    assert text.endswith(f"\n{REFERENCE}\n")
    assert REFERENCE in html


@pytest.mark.parametrize("name", TO_REQUESTER)
def test_a_requester_reads_nothing_internal(name: str) -> None:
    for part in both_parts(name, context(name=name)):
        assert [canary for canary in INTERNAL if canary in part] == []


@pytest.mark.parametrize("change", [lambda c: None, lambda c: c["notice"].update(echo=False, author_name="")])
def test_a_stranger_reads_none_of_their_own_words(change: Callable[[NoticeContext], object]) -> None:
    for part in both_parts(STRANGER, context(change)):
        assert not re.search("NAME|SUBJECT|TEXT|EARLIER|ann@|7*7|small|large".replace("*", r"\*"), part)
        assert "#1042" in part
        assert "Example Support" in part


def test_an_acknowledgement_without_echo_repeats_nothing_either() -> None:
    for part in both_parts(
        "acknowledgement", context(lambda c: c["notice"].update(echo=False, author_name="", text="TEXT"))
    ):
        assert not re.search("NAME|SUBJECT|TEXT", part)


@pytest.mark.parametrize("name", EVERY_NAME)
def test_what_people_wrote_is_never_run_nor_markup(name: str) -> None:
    text, html = both_parts(name, context(name=name))
    assert "49" not in text + html
    assert "<i>" not in html
    assert "<b>two</b>" not in html
    assert not re.search(r"<(script|img|link|style|iframe|form|input)\b|\b(src|background|on\w+)=|url\(|https?:", html)
    assert [link for link in re.findall(r'href="([^"]*)', html) if not link.startswith("mailto:")] == []


@pytest.mark.parametrize("name", ["acknowledgement", "ticket_opened", "resolved", "rule_notice"])
def test_the_subject_stands_as_it_is(name: str) -> None:
    text, html = both_parts(name, context(lambda c: c["notice"].update(author_name=""), name=name))
    assert "SUBJECT {{7*7}} <i>" in text
    assert "SUBJECT {{7*7}} &lt;i&gt;" in html


@pytest.mark.parametrize("name", TO_TECHNICIAN)
def test_a_technician_reads_in_the_promised_order(name: str) -> None:
    for part in both_parts(name, context(name=name)):
        marks = [
            "MEANING",
            "TEXT line one",
            "NAME-Ann &lt;ann@" if "<html" in part else "NAME-Ann <ann@",
            "NOTE-canary",
            "#help",
        ]
        places = [part.index(mark) for mark in marks]
        assert places == sorted(places)


@pytest.mark.parametrize("name", TO_TECHNICIAN)
def test_the_first_line_says_what_a_reply_does_and_the_commands_stand_below_the_mark(name: str) -> None:
    text, _ = both_parts(name, context(name=name))
    assert text.splitlines()[0] == "MEANING a reply goes out: TO-whom@secret.test."
    above, _, below = text.partition("\n-- \n")
    assert "#help" not in above
    assert [word for word in (*COMMANDS, *NOW) if word not in below] == []


def inside(facts: NoticeContext) -> None:
    """A reply stays inside."""
    facts["reply"] = {"meaning": "MEANING it stays inside", "to": ""}


@pytest.mark.parametrize("name", TO_TECHNICIAN)
def test_what_stays_inside_looks_otherwise_than_what_goes_out(name: str) -> None:
    (text, html), (kept_text, kept_html) = both_parts(name, context(name=name)), both_parts(name, context(inside, name))
    assert text.splitlines()[1:3] == ["For an internal note write to", "support+nx@secret.test"]
    assert 'href="mailto:support+nx@secret.test"' in html
    assert kept_text.splitlines()[:2] == ["MEANING it stays inside.", "To write to the requester, begin with #reply"]
    assert "support+nx@secret.test" not in kept_text + kept_html
    assert ("border:1px solid #3b73d9" in html, "border:1px dashed #b4690e" in html) == (True, False)
    assert ("border:1px solid #3b73d9;border-left" in kept_html, "border:1px dashed #b4690e" in kept_html) == (
        False,
        True,
    )


def test_without_an_address_for_notes_the_command_is_named() -> None:
    text, html = both_parts("follow_up", context(lambda c: c.update(note_address="")))
    assert text.splitlines()[1] == "For an internal note begin with #note"
    assert "#note</span> for an internal note" in html


@pytest.mark.parametrize(("status", "offered"), [("open", "#close"), ("resolved", "#reopen"), ("closed", "#reopen")])
def test_the_footer_offers_what_can_be_done_now(status: str, offered: str) -> None:
    facts = context(lambda c: c["ticket"].update(status=status))  # type: ignore[union-attr]
    for part in both_parts("follow_up", facts):
        assert ("#close" in part, "#reopen" in part) == (offered == "#close", offered == "#reopen")


def test_the_footer_names_only_commands_there_are() -> None:
    for change in (lambda c: None, inside, lambda c: c["ticket"].update(status="closed")):
        below = both_parts("note", context(change))[0].partition("\n-- \n")[2]
        assert set(re.findall(r"^#(\w+)", below, re.MULTILINE)) <= set(VERBS)


def test_a_name_or_subject_cannot_start_a_line_of_its_own() -> None:
    def fill(facts: NoticeContext) -> None:
        facts["reply"]["to"] = facts["card"]["name"] = "Ann\r\n-- \n#close"  # type: ignore[index]

    text = both_parts("ticket_opened", context(fill))[0]
    assert text.splitlines()[0] == "MEANING a reply goes out: Ann -- #close."
    assert text.count("\n-- \n") == 1


def test_actions_are_mail_links() -> None:
    html = both_parts("ticket_opened", context())[1]
    assert 'href="mailto:support+rx@example.test?subject=a&amp;body=%23mine"' in html


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("correspondence", ["TEXT line one", "Tia Berg", "Example Support", "#1042", "reply to this mail"]),
        ("resolved", ["TEXT line one", "Tia Berg", "#1042", "If it is not solved"]),
    ],
)
def test_a_technicians_words_come_first(name: str, order: list[str]) -> None:
    text, html = both_parts(name, context(name=name))
    assert text.startswith("TEXT line one\n  <b>two</b> & {{7*7}}\n")
    for part in (text, html):
        body = part[part.index("TEXT") :]
        assert [body.index(mark) for mark in order] == sorted(body.index(mark) for mark in order)


def test_earlier_text_is_quoted_and_files_left_behind_are_named() -> None:
    text, _ = both_parts("correspondence", context())
    assert "\n> EARLIER public\n> line\n" in text
    assert "- large.mp4 (45.0 MB)" in text
    assert "small.jpg" not in text


def test_results_name_each_line_and_the_nearest_command() -> None:
    text, _ = both_parts("command_result", context(name="command_result"))
    assert "NOT   #assing tia\n      unknown command\n      Did you mean #assign ?" in text
    assert "done  #priority P1\n      priority P1, was P2\n" in text


@pytest.mark.parametrize("undoable", [True, False])
def test_what_changed_something_shows_the_new_state_and_can_be_undone(undoable: bool) -> None:
    def fill(facts: NoticeContext) -> None:
        facts["notice"]["results"] = [
            {"line": "#tag a", "ok": True, "outcome": "outcome", "hint": "", "changes": undoable}
        ]

    for part in both_parts("command_result", context(fill, "command_result")):
        plain = re.sub(r"<[^>]+>", "", part)
        assert ("Ticket #1042 is now open, P2, in QUEUE-network, with Tia Berg." in plain) is undoable
        assert ("Reply undo within 10 minutes to take this back." in plain) is undoable


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("command_rejected", "Reply with the one word send within 14 days"),
        ("confirmation_wanted", "Answer with the one word yes within 24 hours"),
    ],
)
def test_what_waits_says_which_word_lets_it_go(name: str, hint: str) -> None:
    for part in both_parts(name, context(name=name)):
        plain = re.sub(r"<[^>]+>", "", part)
        assert hint in plain
        assert "would work: priority P1, was P2" in plain
        assert "within 10 minutes" not in plain


def test_where_nothing_waits_no_word_is_offered() -> None:
    def fill(facts: NoticeContext) -> None:
        facts["notice"].update(results=[], text="")

    for part in both_parts("command_rejected", context(fill, "command_rejected")):
        assert "14 days" not in part


def test_a_rejected_mail_loses_nothing_and_claims_nothing() -> None:
    text, html = both_parts("command_rejected", context(name="command_rejected"))
    assert "nothing was changed, nothing was sent" in text
    assert "ok    #priority P1\n      would work: priority P1, was P2\n" in text
    assert "> TEXT line one\n>   <b>two</b> & {{7*7}}\n" in text
    assert "done" not in html.replace("not done", "")


@pytest.mark.parametrize("name", ["command_result", "command_rejected", "forgery_warning", "rule_notice"])
def test_mail_about_no_ticket(name: str) -> None:
    for part in both_parts(name, context(lambda c: c.update(ticket=None, card=None, entries=[]), name=name)):
        assert "1042" not in part
        assert "None" not in part


def test_times_are_the_desks() -> None:
    assert "by Mon 23 Nov 2026, 09:40 CET." in both_parts("expected", context())[0]


#: Half past eleven at night in Berlin; in UTC the same day goes on for another hour and a half.
LATE = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["acknowledgement", STRANGER, "status_report"])
@pytest.mark.parametrize(
    ("written_at", "due_at", "zones", "said"),
    [
        (AT, AT + timedelta(hours=2), False, "We aim to answer today by 11:40."),
        (LATE, LATE + timedelta(hours=1), False, "We aim to answer tomorrow by 00:30."),
        (AT, AT + timedelta(days=1), False, "We aim to answer tomorrow by 09:40."),
        (AT, AT + timedelta(days=2), False, "We aim to answer by Wednesday 25 November, 09:40."),
        (AT, AT + timedelta(days=7), True, "We aim to answer by Monday 30 November, 09:40 CET."),
        (AT, AT + timedelta(hours=2), True, "We aim to answer today by 11:40 CET."),
        (AT, None, False, None),
        # Nobody is promised what is past.
        (AT, AT, False, None),
        (AT, AT - timedelta(hours=1), False, None),
    ],
)
def test_what_is_promised(
    name: str, written_at: datetime, due_at: datetime | None, zones: bool, said: str | None
) -> None:
    def fill(facts: NoticeContext) -> None:
        facts["notice"].update(author_name="", text="", detail="")
        facts["desk"]["has_zones"] = zones
        facts["written_at"] = written_at
        facts["ticket"] = facts["ticket"] and {**facts["ticket"], "answer_due_at": due_at}

    for part in both_parts(name, context(fill, name=name)):
        plain = " ".join(re.sub("<[^>]+>", "", part).split())
        assert said in plain if said else "We aim" not in plain


def test_a_report_names_whoever_works_on_it_and_until_when() -> None:
    text = both_parts("status_report", context(lambda c: c["notice"].update(author_name=""), "status_report"))[0]
    assert (
        "is being worked on.\nTia Berg is looking after it.\nWe expect to be done by Mon 23 Nov 2026, 09:40 CET.\n"
    ) in text


@pytest.mark.parametrize("name", EVERY_NAME)
def test_html_is_readable_on_a_phone(name: str) -> None:
    html = both_parts(name, context(name=name))[1]
    assert "max-width:640px" in html
    assert 'name="viewport"' in html
    assert 'name="color-scheme" content="light dark"' in html
    assert [size for size in re.findall(r"font-size:\s*(\d+)", html) if int(size) < 14] == []


def test_lines_and_indentation_survive_in_html() -> None:
    assert "TEXT line one<br>\n\u00a0 &lt;b&gt;two" in both_parts("ticket_opened", context())[1]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("above\n-- \nbelow", "above\n--\nbelow"),
        (f"mine\n> {REFERENCE}\nend", "mine\n> ref:\nend"),
        (f"Desk <support+{REFERENCE[4:]}@example.test> wrote", "Desk <support@example.test> wrote"),
        ("<md." + "a2" * 10 + "." + "b3" * 13 + "@example.test>", "<md.@example.test>"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\n\n  indented\n\n", "  indented\n"),
        ("ref:room 12, support+tag@example.test", "ref:room 12, support+tag@example.test"),
    ],
)
def test_a_typed_text_cannot_pass_for_the_desks_own_lines(typed: str, shown: str) -> None:
    assert f"\n\n{shown}\n" in both_parts("note", context(lambda c: c["notice"].update(text=typed)))[0]


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@settings(max_examples=30, deadline=None)
def test_any_text_anywhere_renders(text: str) -> None:
    def fill(facts: NoticeContext) -> None:
        facts["notice"].update(text=text, author_name=text, detail=text)
        facts["recipient"]["name"] = text
        facts["ticket"]["subject"] = text  # type: ignore[index]
        facts["entries"][0].update(who=text, text=text)
        facts["attachments"][0]["filename"] = text

    for name in ("ticket_opened", "correspondence", "command_rejected"):
        rendered, html = both_parts(name, context(fill, name=name))
        assert rendered.endswith(f"\n{REFERENCE}\n")
        assert html.count("<") - html.count("<br>") == html.count(">") - html.count("<br>")


def test_the_largest_mail_still_makes_a_notice() -> None:
    def fill(facts: NoticeContext) -> None:
        facts["notice"]["text"] = "'\t" * 2_000_000
        facts["ticket"]["subject"] = "x" * 1_000_000  # type: ignore[index]
        facts["entries"] = [dict(facts["entries"][0], text="&" * 1_000_000)] * 500  # type: ignore[list-item]
        facts["attachments"] = facts["attachments"] * 1000

    for part in both_parts("ticket_opened", context(fill)):
        assert len(part) <= 1024 * 1024
        assert "shortened here" in part
        assert part.count("small.jpg") + part.count("large.mp4") == 50


# ------------------------------------------------------------------ the admin's own templates


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Templates]:
    def write(**files: str) -> Templates:
        for name, source in files.items():
            (tmp_path / f"{name.replace('__', '.')}.j2").write_text(source)
        return Templates(tmp_path)

    return write


def test_the_admins_file_wins_and_the_rest_is_shipped(own: Callable[..., Templates]) -> None:
    templates = own(
        resolved__txt="Done: {{ ticket.number }}\n{{ footer_ref }}\n", outage__txt="Outage!\n{{ footer_ref }}"
    )
    assert templates.render("resolved", context()).text == f"Done: 1042\n{REFERENCE}\n"
    assert templates.render("assigned", context()) == shipped().render("assigned", context())
    assert "outage" in templates.names
    assert templates.check() == ()


def test_a_text_of_the_admins_never_goes_with_other_words_in_html(own: Callable[..., Templates]) -> None:
    html = own(resolved__txt="Done <b>& dusted</b>\n{{ footer_ref }}\n").render("resolved", context()).html or ""
    assert "Done &lt;b&gt;&amp; dusted&lt;/b&gt;" in html
    assert "marked as solved" not in html
    assert html.count(REFERENCE) == 1


def test_the_admins_html_and_parts_are_used(own: Callable[..., Templates]) -> None:
    templates = own(
        resolved__html="<p>{{ desk.name }} {{ footer_ref }}</p>", _commands__txt="no commands\n{{ footer_ref }}\n"
    )
    assert templates.render("resolved", context()).html == f"<p>Example Support {REFERENCE}</p>\n"
    assert "marked as solved" in templates.render("resolved", context()).text
    assert "no commands" in templates.render("note", context()).text


@pytest.mark.parametrize(
    ("source", "place", "why"),
    [
        ("a\n{{ ticket.nummer }}", ":2: ", "nummer"),
        ("a\n\n{% if %}", ":3: ", "Expected an expression"),
        ("{% include 'nowhere.txt.j2' %}", ":1: ", "nowhere.txt.j2"),
        ("{{ 1 // 0 }}", ":1: ", "ZeroDivisionError"),
        ("{{ 'x' * 100000000 }}", ":1: ", "small numbers"),
        ("{{ '%100000000d' % 1 }}", ":1: ", "small numbers"),
        ("{{ 10 ** 10000000 }}", ":1: ", "small numbers"),
        ("{{ 'x'.center(100000000) }}", ":1: ", "unsafe"),
        ("{{ 'x'|center(100000000) }}", ":1: ", "center"),
        ("{% for i in range(10) %}{% endfor %}", ":1: ", "range"),
        ("{{ desk.__class__ }}", ":1: ", "unsafe"),
        ("{{ notice.text|safe }}", ":1: ", "safe"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", ":1: ", "RecursionError"),
        ("{{ gettext('%(x)100000000s', x=1) }}", ":1: ", "percent"),
        ("{{ gettext('%100000000d') }}", ":1: ", "percent"),
        ("{{ ngettext('a', 'b', 2) }}", ":1: ", "plural"),
        (
            "{% for a in notice.text %}" * 4 + "{{ notice.text }}" + "{% endfor %}" * 4,
            ": ",
            "more than 1048576 characters of output",
        ),
    ],
)
def test_a_faulty_template_gives_way_and_is_named(
    own: Callable[..., Templates], source: str, place: str, why: str
) -> None:
    templates = own(resolved__txt=source)
    rendered = templates.render("resolved", context())
    assert rendered.text == shipped().render("resolved", context()).text
    assert rendered.problem is not None
    assert f"resolved.txt.j2{place}" in rendered.problem
    assert why in rendered.problem


def test_check_names_every_fault_at_once(own: Callable[..., Templates], tmp_path: Path) -> None:
    sources = {
        "resolved__txt": "{{ nobody }}\n{{ footer_ref }}", "assigned__txt": "no reference", "_part__txt": "{% oops %}",
        "lone__html": "x",
    }  # fmt: skip
    assert own(**sources).check() == (
        f"{tmp_path}/_part.txt.j2:1: Encountered unknown tag 'oops'.",
        f"{tmp_path}/lone.html.j2: has no lone.txt.j2 beside it; every notice needs a text",
        f"{tmp_path}/assigned.txt.j2: {{{{ footer_ref }}}} must be the last line",
        f"{tmp_path}/resolved.txt.j2:1: UndefinedError: 'nobody' is undefined",
    )


def test_what_nothing_can_stand_in_for_is_raised(own: Callable[..., Templates], tmp_path: Path) -> None:
    templates = own(outage__txt="{{ nobody }}")
    with pytest.raises(TemplateProblem, match=r"outage\.txt\.j2:1: .*nobody"):
        templates.render("outage", context())
    with pytest.raises(TemplateProblem, match="there is no template nothing"):
        templates.render("nothing", context())
    with pytest.raises(TemplateProblem, match="absent"):
        Templates(tmp_path / "absent")


def test_a_file_that_is_not_text_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "resolved.txt.j2").write_bytes(b"\xff\xfe\x00")
    rendered = Templates(tmp_path).render("resolved", context())
    assert "marked as solved" in rendered.text
    assert "resolved.txt.j2" in str(rendered.problem)
