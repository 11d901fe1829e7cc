"""What other rules would have made of mail that is stored: for one ticket, or for one mail without a ticket. Pure.

Called by `rules replay`, which finds the mail and has it read again, once for both sets of rules. Nothing here writes
or sends anything.
"""

from collections.abc import Mapping

from maildesk.core.lanes.opening import author_of, home_of, opened_event, received
from maildesk.core.replay.courses import as_it_went, course_under
from maildesk.core.replay.differing import Difference, Sides, Value, differences, reasons, values
from maildesk.core.replay.fates import Fate, ruled_fate, stopped_fate, stored_fate
from maildesk.core.replay.putting import Put, is_ruled, put_before_rules, was_stopped_by_rule
from maildesk.model.archive import ArchivedMail, ArchivedTicket
from maildesk.model.decision import Act, folded
from maildesk.model.desk import Desk
from maildesk.model.message import InboundMessage, Kind
from maildesk.model.ticket import Ticket

__all__ = ["Difference", "Sides", "Value", "accepts_machines", "is_ruled", "replay_stray", "replay_ticket"]


def replay_ticket(sides: Sides, archived: ArchivedTicket, messages: Mapping[int, InboundMessage]) -> Difference | None:
    """Compare what both sets of rules make of a ticket; None: the same. `messages`: its mails, read again, by id."""
    before = course_under(sides.old, archived, messages) if sides.old else as_it_went(archived)
    return differences(sides, archived.number, before, course_under(sides.new, archived, messages))


def replay_stray(sides: Sides, mail: ArchivedMail, message: InboundMessage) -> Difference | None:
    """Compare what both sets of rules make of a mail that opened no ticket; None: the same."""
    before = _alone(sides.old, mail, message) if sides.old else (stored_fate(mail), None)
    after = _alone(sides.new, mail, message)
    if before[0].outcome is after[0].outcome:
        return None
    because = tuple(reasons(sides, before[0], after[0]))
    return Difference(None, message.subject, _told(*before), _told(*after), because)


def accepts_machines(desk: Desk) -> bool:
    """Tell whether a rule may let in automatic replies that belong to no ticket."""
    asked = (then for rule in desk.rules for then in (rule.then, rule.then_new))
    return any(then.accept for then in asked)


def _told(fate: Fate, ticket: Ticket | None) -> tuple[tuple[str, Value], ...]:
    return (("outcome", fate.outcome.value), *(values(ticket) if ticket else ()))


def _alone(desk: Desk, mail: ArchivedMail, message: InboundMessage) -> tuple[Fate, Ticket | None]:
    """Return what becomes of a mail under the rules of a desk, and the ticket that it opens."""
    put = put_before_rules(mail, message, desk, None)
    is_let_in = was_stopped_by_rule(mail) or put.verdict.actions.accept
    if not is_let_in or message.kind in (Kind.OWN, Kind.BOUNCE):
        return stored_fate(mail), None
    if put.stop is not None:
        return stopped_fate(mail, put), None
    ruling = put.rule(_opened(put, desk), opens=True)
    return ruled_fate(put, ruling, opens=True), ruling.ticket


def _opened(put: Put, desk: Desk) -> Ticket:
    """Return the ticket that a mail opens, before rules do anything to it."""
    situation = put.situation
    sender = author_of(situation.message)
    opened = opened_event(situation, home_of(situation, desk), put.form_requester or sender, None)
    begins = (Act(sender.address, opened), Act(sender.address, received(situation.message)))
    return folded(None, 0, begins, situation.now)
