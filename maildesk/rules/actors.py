"""Who acts, in the words that conditions have for them: for rules that run without a mail. Pure.

Called by `core` and by the tests beside rules.
"""

from maildesk.model.desk import Desk
from maildesk.model.rule import Phase
from maildesk.model.situation import Role
from maildesk.model.ticket import Ticket
from maildesk.rules.fields.moment import ACTING_ROLES

_RULE, _TIMER, _DESK = ACTING_ROLES
#: What acts where time alone does.
TIMER = _TIMER


def role_of(actor: str, ticket: Ticket, desk: Desk) -> str:
    """Return the role of whoever an event is recorded of: a person on this ticket, a rule, the timer or the desk."""
    if actor.startswith("rule:"):
        return _RULE
    if actor == _TIMER:
        return _TIMER
    if "@" not in actor:
        return _DESK
    if desk.technician(actor):
        return Role.TECHNICIAN
    if actor.casefold() == ticket.requester.key:
        return Role.REQUESTER
    if ticket.takes_part(actor):
        return Role.PARTICIPANT
    return Role.VENDOR if desk.vendor(actor.casefold().rpartition("@")[2]) else Role.STRANGER


def usual_role(phase: Phase, *, is_technician: bool) -> str:
    """Return who speaks or acts where a test does not say it."""
    match phase:
        case Phase.TIME:
            return _TIMER
        case Phase.CHANGE:
            return Role.TECHNICIAN
        case _:
            return Role.TECHNICIAN if is_technician else Role.REQUESTER
