"""A technician's mail about several tickets: which one the text belongs to, and one mail to each address all the same.

Called by the lane when all lines have run. What does not go together is refused as a whole, never guessed.
"""

from dataclasses import replace

from maildesk.core.commands import CommandRun
from maildesk.core.commands.grammar import ticket_number
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.notices import one_each
from maildesk.model.decision import Aside, Decision
from maildesk.model.notice import Audience, CommandResult, Notice
from maildesk.model.ticket import Ticket


def home_of_text(mail: TechnicianMail, run: CommandRun) -> Ticket | None:
    """Return the ticket the mail belongs to: the one it answers, else the first one its lines name."""
    if mail.identity.ticket is not None:
        return mail.identity.ticket
    return run.context.strands[0].before if run.context.strands else None


def find_objection(mail: TechnicianMail, run: CommandRun, decision: Decision) -> tuple[CommandResult, ...]:
    """Return the lines as they are told when they do not go together; nothing when they do.

    Text must belong to one ticket, and nobody outside is written to about two: the second mail would never leave.
    """
    context = run.context
    if context.is_homeless and not context.is_silent and not context.is_text_taken:
        why = "which ticket is the text for? Write to one ticket a mail, or answer a mail of that ticket"
        return _refused(mail, run, context.strands[1].ticket.number, why)
    for notice, number in _later(decision, mail):
        if not _is_foldable(notice, decision, mail):
            who = notice.to.name or notice.to.address
            why = f"{who} gets one mail at most, and hears of another ticket already; send this in a mail of its own"
            return _refused(mail, run, number, why)
    return ()


def _is_foldable(notice: Notice, decision: Decision, mail: TechnicianMail) -> bool:
    """Tell whether the first mail to this address can tell of the other ticket as well: only inside."""
    everything = (*decision.notices, *(n for a in decision.asides for n in _own(a, mail)))
    first = next(n for n in everything if n.to.key == notice.to.key)
    return {notice.audience, first.audience} == {Audience.TECHNICIAN}


def _refused(mail: TechnicianMail, run: CommandRun, number: int | None, why: str) -> tuple[CommandResult, ...]:
    """Refuse the line that names this ticket, or the last one, and say of the others that they were not done."""
    naming = (n for n, c in enumerate(mail.block.commands) if c.word == "ticket" and ticket_number(c.value) == number)
    guilty = next(naming, len(run.results) - 1)
    return tuple(
        CommandResult(r.line, ok=False, outcome=why)
        if place == guilty
        else replace(r, outcome=f"understood, not done: {r.outcome}")
        for place, r in enumerate(run.results)
    )


def one_mail_each(mail: TechnicianMail, decision: Decision) -> Decision:
    """Leave each address its first mail; a technician's tells what else was changed, the sender's who was not told.

    The latter happens only where somebody stands for a mail that was held for it.
    """
    also: dict[str, list[int]] = {}
    untold: list[str] = []
    for notice, number in _later(decision, mail):
        if not _is_foldable(notice, decision, mail):
            untold.append(f"{notice.to.address} was not told of ticket {number}")
        elif number is not None:
            also.setdefault(notice.to.key, []).append(number)
    said = {key: [f"The same mail also changed {_named(numbers)}"] for key, numbers in also.items()}
    said.setdefault(mail.technician.address.key, []).extend(untold)
    seen: set[str] = set()
    notices = _kept(decision.notices, seen, said)
    asides = tuple(replace(a, notices=_kept(_own(a, mail), seen, said)) for a in decision.asides)
    return replace(decision, notices=notices, asides=asides)


def _named(numbers: list[int]) -> str:
    return f"{'ticket' if len(numbers) == 1 else 'tickets'} {', '.join(map(str, numbers))}"


def _kept(notices: tuple[Notice, ...], seen: set[str], said: dict[str, list[str]]) -> tuple[Notice, ...]:
    kept = tuple(n for n in notices if n.to.key not in seen)
    seen.update(n.to.key for n in kept)
    return tuple(_with_more(n, said.get(n.to.key, [])) for n in kept)


def _with_more(notice: Notice, more: list[str]) -> Notice:
    """Add sentences to a technician's mail; what goes outside tells nothing of other tickets."""
    if not more or notice.audience is not Audience.TECHNICIAN:
        return notice
    sentences = [notice.detail.rstrip("."), *more]
    return replace(notice, detail=". ".join(s for s in sentences if s))


def _later(decision: Decision, mail: TechnicianMail) -> list[tuple[Notice, int | None]]:
    """Return the notices about other tickets whose addresses get an earlier one, with the numbers of those tickets."""
    seen = {n.to.key for n in decision.notices}
    later: list[tuple[Notice, int | None]] = []
    for aside in decision.asides:
        own = _own(aside, mail)
        later += [(n, aside.ticket) for n in own if n.to.key in seen]
        seen |= {n.to.key for n in own}
    return later


def _own(aside: Aside, mail: TechnicianMail) -> tuple[Notice, ...]:
    return one_each(aside.notices, mail.desk, mail.technician.address)
