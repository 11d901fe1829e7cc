"""What people did to a ticket, carried over to the same ticket as other rules would have left it. Pure.

Called by `courses`. An event that lays down a whole list, or several fields at once, holds what a rule had put there
before: only what the person changed about it is theirs.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from maildesk.model import event as ev
from maildesk.model.level import matrix
from maildesk.model.ticket import Ticket

_Item = TypeVar("_Item")


def adapted(event: ev.Event, then: Ticket, now: Ticket) -> ev.Event:
    """Return what an event on the ticket as it was `then` means for the ticket as it is `now`."""
    match event:
        case ev.TagsChanged():
            return replace(event, tags=_carried(event.tags, then.tags, now.tags))
        case ev.WatchersChanged():
            return replace(event, watchers=_carried(event.watchers, then.watchers, now.watchers))
        case ev.LinksChanged():
            return replace(event, links=_carried(event.links, then.links, now.links))
        case ev.FieldsChanged():
            return replace(event, fields=_carried_fields(event.fields, then.fields, now.fields))
        case ev.PriorityChanged():
            return _carried_priority(event, then, now)
        case _:
            return event


def _carried(wanted: Iterable[_Item], then: tuple[_Item, ...], now: tuple[_Item, ...]) -> tuple[_Item, ...]:
    wanted = tuple(wanted)
    gone = {item for item in then if item not in wanted}
    new = (item for item in wanted if item not in then)
    return tuple(dict.fromkeys((*(item for item in now if item not in gone), *new)))


_Fields = tuple[tuple[str, str], ...]


def _carried_fields(wanted: _Fields, then: _Fields, now: _Fields) -> _Fields:
    before, after = dict(then), dict(wanted)
    kept = {name: value for name, value in now if name in after or name not in before}
    return tuple((kept | {name: value for name, value in wanted if before.get(name) != value}).items())


def _carried_priority(event: ev.PriorityChanged, then: Ticket, now: Ticket) -> ev.PriorityChanged:
    impact = now.impact if event.impact == then.impact else event.impact
    urgency = now.urgency if event.urgency == then.urgency else event.urgency
    by_matrix = event.priority == matrix(event.impact, event.urgency)
    chosen = (event.impact, event.urgency) == (then.impact, then.urgency)
    priority = matrix(impact, urgency) if by_matrix and not chosen else event.priority
    return replace(event, impact=impact, urgency=urgency, priority=priority)
