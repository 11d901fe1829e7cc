"""Pages and pictures of the mails the desk writes, to be looked at: `python -m tests.screens DIR`. Not part of the run.

For each mail: `NAME.html`, `NAME.txt` and, where chromium is installed, `NAME-WIDTH-SCHEME.png` on a wide page and on a
phone, light and dark. `sheet-…` shows all mails beside each other.
"""

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from maildesk.adapters.notice_facts import NoticeContext
from maildesk.adapters.templates import Templates
from maildesk.model.notice import NoticeName

AT = datetime(2026, 11, 23, 8, 40, tzinfo=UTC)
REFERENCE = "ref:r" + "k4m7q2" * 6 + "ab"
REPLY = f"support+{REFERENCE[4:]}@example.test"
NOTE = "support+n" + "k4m7q2" * 6 + "ab@example.test"
SCHEMES = {"light": 1, "dark": 0}
WIDTHS = {"wide": 1000, "phone": 390}
HEIGHT = 1500
#: Chromium opens no window narrower than this; a phone's page stands in a frame of its own width.
NARROWEST = 500

TEXT = (
    "Hello,\n\nthe printer on floor 3 smokes and smells of burnt plastic since this morning at nine. We pulled the "
    "plug. Could somebody come before the meeting at two?\n\nWhat we tried:\n  - switched it off and on\n  - another "
    "socket\n\nKind regards\nAnn"
)
LONG_NAME = "Maximiliane-Theodora von Hohenstein-Wartenberg (Facility Management, Building 7)"
LONG_SUBJECT = (
    "Re: Fwd: URGENT: Printer on floor three of building seven smokes and smells of burnt plastic since this morning "
    "\\\\fileserver01\\departments\\accounting\\2026\\q4\\averylongpathwithoutanyblankatall.xlsx"
)


def base(name: str) -> NoticeContext:
    """A ticket in the middle of its life, as a technician sees it."""
    return {
        "desk": {"name": "Example Support", "timezone": "Europe/Berlin", "has_zones": False},
        "ticket": {
            "number": 1042, "subject": "Printer on floor 3 smokes", "status": "open", "priority": "P2",
            "impact": "high", "urgency": "medium", "queue": "general", "assignee_name": "Tia Berg",
            "requester_name": "Ann Bauer", "requester_address": "ann@customer.test", "created_at": AT,
            "first_response_due_at": AT + timedelta(hours=4), "resolution_due_at": AT + timedelta(days=2),
            "answer_due_at": AT + timedelta(hours=4),
            "tags": ["printer", "floor-3"], "type": "incident", "claims": None, "due_at": None, "expected_at": None,
            "snoozed_until": None, "watchers": [], "links": [], "steps": [],
            "clocks": [{"name": "Answer", "state": "due Mon 9 Mar 2026 10:00 (2 h 10 min left)"}],
        },
        "notice": {
            "name": name, "text": "", "author_name": "", "detail": "", "reason": "queue general", "echo": True,
            "folded": 0, "html": "", "answers": [], "results": [],
        },
        "recipient": {"name": "Tia Berg", "address": "tia@staff.test"},
        "entries": [
            {"at": AT - timedelta(hours=1), "who": "Ned Ode", "text": "The fuser. See room 12.", "internal": True},
            {"at": AT - timedelta(hours=2), "who": "Ann Bauer", "text": "It smokes.\nPlease come.", "internal": False},
        ],
        "card": {
            "name": "Ann Bauer", "address": "ann@customer.test", "dead_since": None, "dead_reason": "", "language": "",
            "open_tickets": 1, "tickets": [{"number": 1039, "subject": "VPN drops at noon", "status": "open"}],
        },
        "reply": {"meaning": "A plain reply goes to the requester", "to": "Ann Bauer <ann@customer.test>"},
        "actions": [{"label": word, "mailto": f"mailto:{REPLY}"} for word in ("Take", "Close", "Note", "High", "Why")],
        "note_address": NOTE, "footer_ref": REFERENCE, "attachments": [], "written_at": AT,
    }  # fmt: skip


def technician(name: NoticeName, *words: str, **notice: Any) -> NoticeContext:
    """A mail to a technician; `words` are on the buttons that answer this mail alone."""
    facts = base(name)
    facts["notice"].update(notice)  # type: ignore[typeddict-item]
    asked = [{"label": word, "mailto": f"mailto:{REPLY}"} for word in words]
    facts["actions"] = [*asked, *facts["actions"]]
    return facts


def inside(name: NoticeName, *words: str, **notice: Any) -> NoticeContext:
    """One whose plain reply stays inside."""
    facts = technician(name, *words, **notice)
    facts["reply"] = {"meaning": "A plain reply becomes an internal note that the requester does not see", "to": ""}
    return facts


def requester(name: NoticeName, **notice: Any) -> NoticeContext:
    facts = technician(name, **notice)
    facts.update(card=None, reply={"meaning": "", "to": ""}, actions=[], note_address="", footer_ref="")
    facts["recipient"] = {"name": "Ann Bauer", "address": "ann@customer.test"}
    facts["entries"] = facts["entries"][1:] if notice.get("author_name") else []
    return facts


def opened() -> NoticeContext:
    facts = technician(NoticeName.TICKET_OPENED, text=TEXT)
    facts["entries"] = []
    assert facts["ticket"]
    facts["ticket"].update(status="new", assignee_name="")
    facts["attachments"] = [
        {"filename": "smoke.jpg", "size": 2_400_000, "relayed": True},
        {"filename": "film of the whole thing.mp4", "size": 48_000_000, "relayed": False},
    ]
    return facts


def crowded() -> NoticeContext:
    """Long names, a long subject, every fact a ticket can have."""
    facts = technician(NoticeName.FOLLOW_UP, text=TEXT + "\n\nhttps://intranet.example.test/" + "long/" * 30,
                      author_name=LONG_NAME, folded=14, detail="this reopens the ticket")  # fmt: skip
    assert facts["ticket"] and facts["card"]
    facts["ticket"].update(
        subject=LONG_SUBJECT, requester_name=LONG_NAME, due_at=AT, expected_at=AT, links=[1001, 1013],
        watchers=["Lea Roth", "Ned Ode"], claims=1001, priority="P1",
        steps=[{"number": 1, "text": "Ask for the serial number", "done": True},
               {"number": 2, "text": "Order the fuser", "done": False}],
    )  # fmt: skip
    facts["card"].update(
        name=LONG_NAME, language="de", dead_since=AT, dead_reason="550 5.1.1 no such user", open_tickets=12
    )
    facts["reply"]["to"] = f"{LONG_NAME} <ann@customer.test>, and to bob@customer.test, cora@customer.test, 4 more"
    return facts


def line(text: str, outcome: str, *, ok: bool = True, hint: str = "") -> dict[str, Any]:
    return {"line": text, "ok": ok, "outcome": outcome, "hint": hint, "changes": ok}


TABLE = [
    ["#", "prio", "status", "age", "requester", "owner", "subject"],
    ["1042", "P1", "open", "2 h", "Ann Bauer", "Tia Berg", "Printer on floor 3 smokes"],
    ["1039", "P3", "waiting-requester", "3 d", "Ann Bauer", "", "VPN drops at noon"],
]
DONE = [
    line("#priority P2", "priority P2, was P3"),
    line("#assign tia", "assigned to Tia Berg"),
    line("#tag fuser", "tags: fuser"),
]
WRONG = [line("#priority P2", "priority P2, was P3"), line("#asign tia", "unknown command", ok=False, hint="#assign")]
SAID = "Dear Ann,\n\nwe bring a new fuser at one.\n\nTia"

PAGES: dict[str, NoticeContext] = {
    "ticket_opened": opened(),
    "follow_up": crowded(),
    "note": inside(NoticeName.NOTE, text="She poured coffee into it. Do not tell her we know.", author_name="Ned Ode"),
    "command_result": technician(NoticeName.COMMAND_RESULT, "Undo", results=DONE),
    "command_result-answers": technician(
        NoticeName.COMMAND_RESULT, results=[{**line("#list", "2 tickets"), "changes": False}],
        answers=[{"heading": "Mine and unassigned", "rows": TABLE, "text": ""}]),
    "command_rejected": technician(NoticeName.COMMAND_REJECTED, "Send", results=WRONG, text=SAID,
        detail="a command was not understood or is impossible"),
    "command_rejected-stale": technician(
        NoticeName.COMMAND_REJECTED, "Send", text=SAID, detail="Ned Ode answered 3 minutes ago: \"We come at one\""),
    "confirmation_wanted": technician(
        NoticeName.CONFIRMATION_WANTED, "Yes", "No", results=[DONE[0]], text=SAID,
        detail="the token of this mail was used before"),
    "pending": inside(
        NoticeName.PENDING, "Yes", "No", text=TEXT, author_name="Eve", detail="the mail failed authentication"),
    "acknowledgement": requester(NoticeName.ACKNOWLEDGEMENT),
    "correspondence": requester(NoticeName.CORRESPONDENCE, text=SAID, author_name="Tia Berg"),
    "status_report": requester(NoticeName.STATUS_REPORT),
    "joined": requester(NoticeName.JOINED),
}  # fmt: skip


def write_pages(folder: Path) -> dict[str, str]:
    """Render every mail; return the HTML by name."""
    templates, pages = Templates(), {}
    for name, facts in PAGES.items():
        rendered = templates.render(facts["notice"]["name"], facts)
        pages[name] = rendered.html or ""
        (folder / f"{name}.html").write_text(pages[name], encoding="utf-8")
        (folder / f"{name}.txt").write_text(rendered.text, encoding="utf-8")
    return pages


def sheet(pages: dict[str, str], width: int) -> str:
    """Lay mails out beside each other, each in a frame of its own width and as high as it needs."""
    frame = "border:1px solid #888;margin:4px;vertical-align:top;background:Canvas"
    frames = "".join(
        f'<iframe width="{width}" height="{HEIGHT}" style="{frame}" srcdoc="{escape(page)}" '
        'onload="this.height=this.contentDocument.documentElement.scrollHeight"></iframe>'
        for page in pages.values()
    )
    return f'<!DOCTYPE html><meta name="color-scheme" content="light dark"><body style="margin:4px">{frames}'


def photograph(browser: str, page: Path, picture: Path, size: tuple[int, int], scheme: int) -> None:
    """Let chromium paint a page."""
    subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         f"--blink-settings=preferredColorScheme={scheme}", f"--window-size={size[0]},{size[1]}",
         f"--screenshot={picture}", page.as_uri()],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip


def main(folder: Path) -> None:
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    pages = write_pages(folder)
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print(f"no chromium found: pages without pictures in {folder}")
        return
    jobs = {
        f"{name}-{kind}": ({name: page}, width, width + 18)
        for name, page in pages.items()
        for kind, width in WIDTHS.items()
    }
    names = list(pages)
    for number, start in enumerate(range(0, len(names), 5), 1):
        group = {name: pages[name] for name in names[start : start + 5]}
        jobs[f"sheet-phone{number}"] = (group, WIDTHS["phone"], 5 * (WIDTHS["phone"] + 16))
        jobs[f"sheet-wide{number}"] = (group, 700, 5 * 716)
    for name, (group, width, across) in jobs.items():
        page = folder / f"{name}.frame.html"
        page.write_text(sheet(group, width), encoding="utf-8")
        for scheme, number in SCHEMES.items():
            photograph(browser, page, folder / f"{name}-{scheme}.png", (max(across, NARROWEST), HEIGHT), number)
        page.unlink()
    print(f"{len(pages)} mails in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
