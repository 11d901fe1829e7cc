"""The handover sheet: what whoever takes a ticket over has to know, under seven headings, always the same. Pure.

Called by the escalation. It holds internal text: it must never go into mail to anybody but technicians. What is not
known says so, under its heading, so that nobody has to wonder whether it was forgotten.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from textwrap import shorten
from typing import TypeAlias

from maildesk.core.clock_words import NAMES
from maildesk.core.clocks import Reading, readings
from maildesk.core.when import shown, worked
from maildesk.model.clock import Run
from maildesk.model.desk import Asset, Desk
from maildesk.model.event import CorrespondenceReceived, CorrespondenceSent, NoteAdded, Recorded
from maildesk.model.ticket import Ticket
from maildesk.rules.assets import is_named

#: Headings and texts.
Sheet: TypeAlias = tuple[tuple[str, str], ...]

SYMPTOM, IMPACT, ASSET = "Symptom", "Impact and urgency", "Asset"
TRIED, ASKED, LEFT, REASON = "Steps tried", "Asked and answered", "SLA left", "Reason"
#: Lines that a technician may write below `#escalate`, and the headings they belong to.
LINES = {"symptom": SYMPTOM, "asset": ASSET, "tried": TRIED, "reason": REASON}
NOT_RECORDED = "not recorded"
#: The events that a sheet is made of.
KINDS = (CorrespondenceReceived, CorrespondenceSent, NoteAdded)
#: Characters of one entry, and entries of one heading: the whole conversation stands in the history.
_EXCERPT = 400
_MOST_ENTRIES = 10


def write_sheet(
    ticket: Ticket,
    desk: Desk,
    now: datetime,
    reason: str,
    entries: Iterable[Recorded] = (),
    said: Iterable[tuple[str, str]] = (),
) -> Sheet:
    """Return the seven headings of a ticket and what is known under each.

    `entries`: its newest texts in any order, those of other tickets among them or not.  `said`: lines of whoever hands
    it over, by the names of `LINES`.
    """
    own = tuple(sorted((r for r in entries if r.ticket == ticket.number), key=lambda r: r.seq))
    lines = tuple((LINES[name], text) for name, text in said if name in LINES and text.strip())
    found = {
        SYMPTOM: _symptom(ticket, own),
        IMPACT: _impact(ticket, desk),
        ASSET: (_asset_named(a) for a in _assets(ticket, desk, own)),
        TRIED: _tried(ticket, desk, own),
        ASKED: _asked(ticket, desk, own),
        LEFT: _left(ticket, desk, now),
        REASON: [reason] if reason.strip() else [],
    }
    return tuple(
        (heading, "\n".join((*(text for h, text in lines if h == heading), *known)) or NOT_RECORDED)
        for heading, known in found.items()
    )


def find_gaps(sheet: Sheet) -> tuple[str, ...]:
    """Return the lines that whoever hands a ticket over is asked for: what nobody else can know."""
    missing = {heading for heading, text in sheet if text == NOT_RECORDED}
    return tuple(name for name in ("tried", "reason") if LINES[name] in missing)


def _symptom(ticket: Ticket, entries: tuple[Recorded, ...]) -> Iterator[str]:
    """Yield the subject and the first words of whoever asked."""
    yield ticket.subject
    words = (r.event.visible_text for r in entries if isinstance(r.event, CorrespondenceReceived))
    first = next((w for w in words if w.strip()), "")
    if first:
        yield _excerpt(first)


def _impact(ticket: Ticket, desk: Desk) -> Iterator[str]:
    yield f"{ticket.priority} (impact {ticket.impact}, urgency {ticket.urgency})"
    who = ticket.requester
    groups = ", ".join(f"{g.name}{' (VIP)' if g.vip else ''}" for g in desk.groups_of(who.address))
    named = f"{who.name} <{who.address}>" if who.name else who.address
    others = f", and {len(ticket.participants)} more take part" if ticket.participants else ""
    yield f"for {named}{f', of {groups}' if groups else ''}{others}"


def _assets(ticket: Ticket, desk: Desk, entries: tuple[Recorded, ...]) -> tuple[Asset, ...]:
    """Return what the conversation names as a whole word; where it names nothing, what belongs to the requester."""
    texts = [ticket.subject, *(r.event.visible_text for r in entries if isinstance(r.event, CorrespondenceReceived))]
    said = "\n".join(texts).casefold()
    named = tuple(a for a in desk.assets if is_named(a.name, said))
    return named or tuple(a for a in desk.assets if a.owner == ticket.requester.key)


def _asset_named(asset: Asset) -> str:
    known = ", ".join(part for part in (asset.type, f"of {asset.owner}" if asset.owner else "") if part)
    return f"{asset.name} ({known})" if known else asset.name


def _tried(ticket: Ticket, desk: Desk, entries: tuple[Recorded, ...]) -> Iterator[str]:
    """Yield the steps of the checklist that are done and what technicians noted."""
    yield from (f"done: {text}" for n, text in enumerate(ticket.checklist, 1) if n in ticket.steps_done)
    notes = [
        f"{shown(r.at, desk)} {r.event.author.name}: {_excerpt(r.event.text)}"
        for r in entries
        if isinstance(r.event, NoteAdded) and desk.technician(r.event.author.address)
    ]
    yield from notes[-_MOST_ENTRIES:]


def _asked(ticket: Ticket, desk: Desk, entries: tuple[Recorded, ...]) -> Iterator[str]:
    """Yield what was said to the requester, and what they wrote then; where no texts are at hand, when that was."""
    said: list[str] = []
    for recorded in entries:
        match recorded.event:
            case CorrespondenceSent(author=who, text=text):
                said.append(f"{who.name or 'The desk'}: {_excerpt(text)}")
            case CorrespondenceReceived(sender=who, visible_text=text) if said:
                said.append(f"{who.name or who.address}: {_excerpt(text)}")
    at = ticket.answered_at
    usual = f"last answered {shown(at, desk)}" if at else "nobody has answered the requester yet"
    yield from said[-_MOST_ENTRIES:] or [usual]


def _left(ticket: Ticket, desk: Desk, now: datetime) -> Iterator[str]:
    told = [f"{NAMES[r.clock]}: {time_left(r, desk, now)}" for r in readings(ticket, desk) if r.done_at is None]
    yield from told or ["no deadline runs"]


def time_left(reading: Reading, desk: Desk, now: datetime) -> str:
    """Say when a clock runs out, and how much of its time is left."""
    left = reading.seconds - reading.used_seconds(now)
    working = " of working time" if reading.calendar.hours else ""
    due_at = reading.due_at
    if due_at is None:
        stands = "stands still" if reading.run is not Run.RUN else "far ahead"
        return f"{stands}, {worked(max(left, 0))}{working} left"
    if left <= 0 or due_at <= now:
        return f"was due {shown(due_at, desk)}, {worked(max(-left, 0))}{working} ago"
    return f"due {shown(due_at, desk)}, {worked(left)}{working} left"


def _excerpt(text: str) -> str:
    return shorten(text, _EXCERPT, placeholder=" …")
