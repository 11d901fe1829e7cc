"""How a ticket went, and how it would have gone under other rules. Pure.

Called by this package. What rules did is left out of a history and put in anew at the place of each mail; what people,
machines and the timer did stays. What a rule of the phase time did stays too: the instants between mails are gone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from maildesk.core.changing import Occurrence, follow_changes
from maildesk.core.lanes.opening import author_of, received
from maildesk.core.replay.adapting import adapted
from maildesk.core.replay.fates import Fate, joined_fate, ruled_fate, stopped_fate, stored_fate
from maildesk.core.replay.putting import Put, as_it_was_read, has_say, is_ruled, put_before_rules, was_stopped_by_rule
from maildesk.core.status import status_after_mail
from maildesk.model import event as ev
from maildesk.model.archive import ArchivedMail, ArchivedTicket
from maildesk.model.decision import Act
from maildesk.model.desk import Desk
from maildesk.model.message import InboundMessage
from maildesk.model.situation import Role
from maildesk.model.ticket import Status, Ticket, evolve

_RULE = "rule: "
#: What follows from everything else, and is set anew or of no interest.
_FOLLOWING = (ev.DeadlinesSet, ev.RuleFired)


@dataclass(frozen=True, slots=True)
class Course:
    """A ticket in the end, and what became of each of its mails. `ticket` None: it was never opened."""

    ticket: Ticket | None
    fates: Mapping[int, Fate]


def as_it_went(archived: ArchivedTicket) -> Course:
    """Return what really happened."""
    ticket: Ticket | None = None
    for one in archived.history:
        ticket = evolve(ticket, one.recorded)
    return Course(ticket, {mail.id: stored_fate(mail) for mail in archived.mails})


def course_under(desk: Desk, archived: ArchivedTicket, messages: Mapping[int, InboundMessage]) -> Course:
    """Return what would have happened under the rules of a desk. `messages`: the mails that were read again, by id."""
    run = _Run(desk, archived, messages)
    run.go()
    return Course(run.now, run.fates)


@dataclass(slots=True)
class _Run:
    """A walk along a history. `then` is the ticket as it was, `now` as it would have been."""

    desk: Desk
    archived: ArchivedTicket
    messages: Mapping[int, InboundMessage]
    then: Ticket | None = None
    now: Ticket | None = None
    fates: dict[int, Fate] = field(default_factory=dict)
    #: The mail that opened the ticket was stopped.
    gone: bool = False

    def go(self) -> None:
        mails = {mail.id: mail for mail in self.archived.mails}
        # A mail that was held and decided anew has several runs of events; the last one is what came of it.
        last = {one.mail: one.recorded.seq for one in self.archived.history}
        unheard = [mail for mail in self.archived.mails if mail.id not in last]
        for cause, run in groupby(self.archived.history, key=lambda one: one.mail):
            events = tuple(one.recorded for one in run)
            while unheard and unheard[0].decided_at < events[0].at:
                self._hear(unheard.pop(0))
            mail = mails.get(cause) if cause is not None and last[cause] == events[-1].seq else None
            self._take(mail, events)
        for mail in unheard:
            self._hear(mail)

    def _take(self, mail: ArchivedMail | None, events: tuple[ev.Recorded, ...]) -> None:
        """Go on by what one mail, or time, brought about."""
        message = self.messages.get(mail.id) if mail else None
        if mail is None or self.gone:
            self._repeat(events)
        elif message is not None and has_say(message):
            self._decide(mail, as_it_was_read(message, events), events)
        else:
            self.fates[mail.id] = stored_fate(mail)
            # The text of a mail that cannot be read again is not known: then all stays as it was.
            self._repeat(events, without_rules=not is_ruled(mail, accepts=False))

    def _decide(self, mail: ArchivedMail, message: InboundMessage, events: tuple[ev.Recorded, ...]) -> None:
        opens = isinstance(events[0].event, ev.TicketOpened)
        put = put_before_rules(mail, message, self.desk, None if opens else self.now)
        if put.stop is not None:
            self.fates[mail.id] = stopped_fate(mail, put)
            self.gone = opens
            self._pass_over(events)
        elif was_stopped_by_rule(mail):
            self._pass_over(events)
            self._join(put)
        elif opens:
            self._repeat(events, put)
        else:
            follows_up = any((line.step, line.name) == ("status", "follow-up") for line in mail.trace)
            self.fates[mail.id] = joined_fate(mail, put)
            self._repeat(events, put if follows_up else None, without_rules=True)

    def _hear(self, mail: ArchivedMail) -> None:
        """Put a mail that left nothing in the history before the rules: one of them may have stopped it."""
        message = self.messages.get(mail.id)
        self.fates[mail.id] = stored_fate(mail)
        if message is None or self.now is None or not has_say(message) or not was_stopped_by_rule(mail):
            return
        put = put_before_rules(mail, message, self.desk, self.now)
        if put.stop is None:
            self._join(put)
        else:
            self.fates[mail.id] = stopped_fate(mail, put)

    # -------------------------------------------------------------- changing the ticket

    def _pass_over(self, events: tuple[ev.Recorded, ...]) -> None:
        for recorded in events:
            self.then = evolve(self.then, recorded)

    def _repeat(self, events: tuple[ev.Recorded, ...], put: Put | None = None, *, without_rules: bool = False) -> None:
        """Do again what was done; with `put` or `without_rules` without what rules did, which `put` does anew."""
        before, acts = self.now, list[Act]()
        anew = put is not None or without_rules
        words = _last_words(events)
        for place, recorded in enumerate(events):
            if not self.gone and not (anew and _is_by_rule(recorded)) and not (put and _is_answer(recorded, before)):
                acts.append(self._do(Act(recorded.actor, self._adapted(recorded.event, put)), recorded.at))
            self.then = evolve(self.then, recorded)
            if put is not None and place == words:
                acts += self._rule(put, before, closes=any(map(_closes, events)))
        if anew and not self.gone:
            self._conclude(before, tuple(acts), events[0].at)

    def _join(self, put: Put) -> None:
        """Let a mail join the ticket that rules kept from it."""
        before, message, now = self.now, put.situation.message, put.situation.now
        acts = [self._do(Act(author_of(message).address, received(message)), now), *self._rule(put, before)]
        self._conclude(before, tuple(acts), now)

    def _rule(self, put: Put, before: Ticket | None, *, closes: bool = False) -> list[Act]:
        """Do what rules ask for; on a ticket that was there before, what the mail does to its status goes first."""
        message, now = put.situation.message, put.situation.now
        acts: list[Act] = []
        if before is not None and self.now is not None:
            events, _ = status_after_mail(message, now, self.desk, self.now, closes=closes)
            acts += [self._do(Act(author_of(message).address, event), now) for event in events]
        if self.now is None:
            return acts
        ruling = put.rule(self.now, opens=before is None)
        self.fates[put.mail.id] = ruled_fate(put, ruling, opens=before is None)
        return [*acts, *(self._do(act, now) for act in ruling.acts)]

    def _adapted(self, event: ev.Event, put: Put | None) -> ev.Event:
        if isinstance(event, ev.TicketOpened) and put is not None and put.mail.role is not Role.TECHNICIAN:
            return replace(event, requester=put.form_requester or author_of(put.situation.message))
        return event if self.then is None or self.now is None else adapted(event, self.then, self.now)

    def _do(self, act: Act, at: datetime) -> Act:
        seq = self.now.seq + 1 if self.now else 1
        self.now = evolve(self.now, ev.Recorded(self.archived.number, seq, at, act.actor, act.event))
        return act

    def _conclude(self, before: Ticket | None, acts: tuple[Act, ...], at: datetime) -> None:
        """Let rules of the phase change follow."""
        for act in follow_changes(Occurrence(before, self.archived.number, acts, at), self.desk).acts:
            self._do(act, at)


def _is_by_rule(recorded: ev.Recorded) -> bool:
    return recorded.actor.startswith(_RULE) or isinstance(recorded.event, _FOLLOWING)


def _is_answer(recorded: ev.Recorded, before: Ticket | None) -> bool:
    """Tell whether this is what a follow-up did to the status: that depends on how the ticket would have stood."""
    return before is not None and isinstance(recorded.event, ev.StatusChanged)


def _closes(recorded: ev.Recorded) -> bool:
    return isinstance(recorded.event, ev.StatusChanged) and recorded.event.status == Status.RESOLVED


def _last_words(events: tuple[ev.Recorded, ...]) -> int:
    """Return the place of the last event in front of what rules do to a ticket: its opening, and what was said."""
    said = (ev.TicketOpened, ev.CorrespondenceReceived, ev.NoteAdded)
    places: Iterator[int] = (place for place, recorded in enumerate(events) if not isinstance(recorded.event, said))
    return next(places, len(events)) - 1
