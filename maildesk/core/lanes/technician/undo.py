"""`undo`: what waits of an earlier mail is recalled, and what it changed is put back as far as nobody changed it since.

Called by the words' lane. What has left cannot be recalled; the answer says whom it reached, and when.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from maildesk.core.access import has_outsiders
from maildesk.core.commands.context import Strand
from maildesk.core.commands.words import Spoken
from maildesk.core.lanes.technician.below import Kept, keep_below, refuse_word
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.lanes.technician.told import ownership_news, people_news, status_news
from maildesk.core.notices import one_each, result
from maildesk.core.undoing import Undoing, undo_deed
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Aside, Decision
from maildesk.model.desk import Desk
from maildesk.model.notice import RESULTS, CommandResult, Notice, NoticeName
from maildesk.model.situation import Proof, Reported
from maildesk.model.trace import TraceLine

#: How long what has left and what was changed can still be undone; what waits can be as long as it waits.
UNDOABLE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Undone:
    """One ticket's part: what happens to it and who is told."""

    undoing: Undoing
    acts: tuple[Act, ...]
    notices: tuple[Notice, ...]


def undo(mail: TechnicianMail, reported: Reported, spoken: Spoken) -> Decision:
    """Take back what the earlier mail did, and answer with one line a thing."""
    problem = _problem(mail, reported)
    if problem:
        return refuse_word(mail, spoken, problem)
    parts = tuple(_undone(mail, reported, undoing) for undoing in _undoings(mail, reported))
    lines = (*(line for part in parts for line in part.undoing.lines), *_of_mail(mail, reported))
    if not any(line.ok for line in lines):
        why = "; ".join(f"{line.line}: {line.outcome}" for line in lines)
        return refuse_word(mail, spoken, f"nothing is left that could be undone{': ' if why else ''}{why}")
    kept = keep_below(mail, spoken, parts[0].undoing.ticket) or Kept()
    return _decide(mail, reported, spoken, parts, lines, kept)


def _problem(mail: TechnicianMail, reported: Reported) -> str:
    """Say why the earlier mail cannot be undone; empty when it can."""
    now = mail.situation.now
    if reported.is_undone:
        return "that mail was undone already"
    if any(isinstance(r.event, ev.Undone) for deed in reported.deeds for r in deed.history):
        return "that mail was itself an undo; write the commands anew to have it the other way"
    if reported.is_awaited or reported.outcome not in (Outcome.FOLLOW_UP, Outcome.TICKET) or not reported.deeds:
        return "nothing of that mail was carried out, so there is nothing to undo; nobody gets it"
    if reported.notice not in RESULTS and not _is_trusted(mail):
        return f"this needs more proof: {mail.identity.why}"
    if reported.waiting:
        return ""
    if reported.notice not in RESULTS:
        left = "; ".join(line.outcome for line in _of_mail(mail, reported))
        return f"nothing of your last mail waits any more{': ' if left else ''}{left}"
    since = max(reported.decided_at, reported.told_at)
    return "" if now - since <= UNDOABLE else "more than 10 minutes have passed since, so it stays as it is"


def _is_trusted(mail: TechnicianMail) -> bool:
    """An ordinary notice proves less than a result mail, which only the stored address has got."""
    if mail.identity.proof is Proof.PASS:
        return True
    return not mail.desk.authenticates and not has_outsiders(mail.situation.message, mail.desk)


def _undoings(mail: TechnicianMail, reported: Reported) -> Iterator[Undoing]:
    departed = [address for address, _ in reported.departed]
    for deed in reported.deeds:
        yield undo_deed(deed, mail.desk, mail.technician.email, mail.situation.now, departed)


def _undone(mail: TechnicianMail, reported: Reported, undoing: Undoing) -> _Undone:
    """Return what happens to one ticket. Whoever outside heard of its state hears how it stands now."""
    what = tuple(f"{line.line}: {line.outcome}" for line in undoing.lines if line.ok)
    events = (*undoing.events, ev.Undone(what, reported.inbound_id, undoing.freed)) if what else ()
    acts = tuple(Act(mail.technician.email, event) for event in events)
    strand = Strand(undoing.before, undoing.ticket, acts)
    heard = {address.casefold() for address, _ in reported.departed}
    news = (*status_news(mail.desk, strand), *people_news(strand))
    outside = tuple(n for n in news if n.to.key in heard)
    return _Undone(undoing, acts, (*outside, *ownership_news(mail.desk, mail.technician, strand, acts)))


def _of_mail(mail: TechnicianMail, reported: Reported) -> Iterator[CommandResult]:
    """Say of each mail to the outside whether it was stopped or whom it reached."""
    for _, address in reported.waiting:
        yield CommandResult(f"mail to {address}", True, "stopped before it left")
    for address, at in reported.departed:
        when = _clock(mail.desk, at, mail.situation.now)
        yield CommandResult(f"mail to {address}", False, f"it reached {address} {when}; it cannot be recalled")


def _clock(desk: Desk, at: datetime, now: datetime) -> str:
    local, today = at.astimezone(desk.timezone), now.astimezone(desk.timezone)
    return f"at {local:%H:%M}" if local.date() == today.date() else f"on {local:%Y-%m-%d at %H:%M}"


def _decide(
    mail: TechnicianMail,
    reported: Reported,
    spoken: Spoken,
    parts: tuple[_Undone, ...],
    lines: tuple[CommandResult, ...],
    kept: Kept,
) -> Decision:
    main, *others = parts
    answer = result(NoticeName.COMMAND_RESULT, mail.technician, lines, visibility=mail.identity.visibility)
    notices = one_each((*kept.notices, *main.notices, answer), mail.desk, mail.technician.address)
    why = f"{spoken.word}: what mail {reported.inbound_id} did was taken back"
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        why,
        ticket=main.undoing.ticket.number,
        acts=(*main.acts, *kept.acts),
        notices=notices,
        trace=(TraceLine("command", spoken.word, hit=True, because=why),),
        commands=lines,
        outbox_states=tuple((outbox_id, "cancelled") for outbox_id, _ in reported.waiting),
        asides=tuple(_asides(mail, others, {n.to.key for n in notices})),
    )


def _asides(mail: TechnicianMail, others: list[_Undone], told: set[str]) -> Iterator[Aside]:
    """Return the other tickets' parts; nobody is written to twice."""
    for part in others:
        notices = tuple(n for n in one_each(part.notices, mail.desk, mail.technician.address) if n.to.key not in told)
        told |= {n.to.key for n in notices}
        if part.acts:
            yield Aside(part.undoing.ticket.number, part.acts, notices)
