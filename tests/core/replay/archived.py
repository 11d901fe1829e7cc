"""A desk's stored mail, made by the core itself: mails are decided under old rules, people act between them."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from maildesk.core.decide import decide_message
from maildesk.core.replay import Difference, Sides, replay_stray, replay_ticket
from maildesk.model import event as ev
from maildesk.model.archive import ArchivedEvent, ArchivedMail, ArchivedTicket
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.desk import Desk
from maildesk.model.message import InboundMessage
from maildesk.model.situation import Candidate, Proof, Role, Signal
from maildesk.model.ticket import Ticket, evolve
from tests import make

NUMBER = 1042


@dataclass
class Archived:
    """One ticket, or none, and the mails about it, under the rules of `desk`."""

    desk: Desk
    ticket: Ticket | None = None
    history: list[ArchivedEvent] = field(default_factory=list)
    mails: list[ArchivedMail] = field(default_factory=list)
    messages: dict[int, InboundMessage] = field(default_factory=dict)

    def receives(self, text: str = "It smokes.", **fields: Any) -> "Archived":
        """Let a mail come in: the first one opens the ticket, the others follow it up."""
        told = fields.pop("told", ())
        known = {k: fields.pop(k) for k in ("away", "known_sender", "recent", "mailbox") if k in fields}
        number = len(self.mails) + 1
        mail = make.message(text, **{"message_id": f"<{number}@client.test>"} | fields)
        candidates = (Candidate(Signal.STORED_ID, "<x>", self.ticket),) if self.ticket else ()
        situation = replace(make.situation(mail, *candidates, **known), now=self._now)
        decision = decide_message(situation, self.desk)
        self._file(number, mail, decision, told)
        self._record(number, *((act.actor, act.event) for act in decision.acts))
        return self

    def does(self, *events: ev.Event, actor: str = make.TIA.email, ruled: tuple[ev.Event, ...] = ()) -> "Archived":
        """Let a technician do something by a mail of theirs, and rules of the phase change what followed from it."""
        number = len(self.mails) + 1
        self.mails.append(
            ArchivedMail(
                number, "support", actor, "Re: Printer", self._now, Outcome.FOLLOW_UP, "", NUMBER, NUMBER,
                Role.TECHNICIAN, Proof.PASS, False, (), "digest", 0,
            )
        )  # fmt: skip
        self._record(number, *((actor, event) for event in events), *(("rule: c", event) for event in ruled))
        return self

    def by_time(self, actor: str, *events: ev.Event) -> "Archived":
        """Let something happen without any mail."""
        self._record(None, *((actor, event) for event in events))
        return self

    @property
    def _now(self) -> Any:
        return make.NOW + timedelta(minutes=10 * (len(self.mails) + 1))

    def _file(self, number: int, mail: InboundMessage, decision: Decision, told: tuple[Any, ...]) -> None:
        heard = decision.match.ticket.number if decision.match else None
        has_ticket = bool(decision.acts)
        self.messages[number] = mail
        self.mails.append(
            ArchivedMail(
                number, "support", mail.sender.address if mail.sender else "", mail.subject, self._now,
                decision.outcome, decision.reason, NUMBER if has_ticket else None, heard, decision.heard_as,
                decision.proof, False, decision.trace, "digest", 0,
                (*((n.name, n.to.address) for n in decision.notices), *told),
            )
        )  # fmt: skip

    def _record(self, mail: int | None, *acts: tuple[str, ev.Event]) -> None:
        for actor, event in acts:
            seq = self.ticket.seq + 1 if self.ticket else 1
            recorded = ev.Recorded(NUMBER, seq, self._now, actor, event)
            self.ticket = evolve(self.ticket, recorded)
            self.history.append(ArchivedEvent(recorded, mail))

    def under(self, new: Desk, *, as_decided: bool) -> Difference | None:
        """Replay it: against what was decided, or with both sets of rules run again."""
        sides = Sides(None if as_decided else self.desk, new)
        if not self.history:
            (mail,) = self.mails
            return replay_stray(sides, mail, self.messages[mail.id])
        archived = ArchivedTicket(NUMBER, tuple(self.history), tuple(self.mails))
        return replay_ticket(sides, archived, self.messages)
