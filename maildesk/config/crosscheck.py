"""What one part of the configuration says about another: names that must exist, addresses that may stand once.

Called with plain data, not with valid shapes, so that these faults come in the same breath as all others. To add a
check write a function over the files' data and add it to a table at the bottom.
"""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from maildesk.config.amounts import NEVER, parse_durations_or_never, parse_interval_or_never
from maildesk.config.holidays import find_region, is_country, unknown_region
from maildesk.model.clock import ALWAYS, BUSINESS, USUAL_WAITING
from maildesk.rules.written import Fault, Plain, Trail, Words, WritingError, unknown

DEFAULT_QUEUE = "general"

_EACH = "*"
_MAILBOX_ADDRESSES = (("mailboxes", _EACH, "address"), ("mailboxes", _EACH, "aliases", _EACH))
_HAVE_CALENDARS = ("queues", "groups")
_HOLIDAYS = (("holidays",), ("calendars", _EACH, "holidays"))
_TECHNICIAN_ADDRESSES = (("technicians", _EACH, "email"), ("technicians", _EACH, "aliases", _EACH))


@dataclass(frozen=True, slots=True)
class Written:
    """The plain data of both files; None where a file could not be read."""

    settings: Plain
    desk: Plain


def found(data: Plain, *patterns: tuple[str, ...]) -> Iterator[tuple[Trail, str]]:
    """Yield every text at a pattern of keys with its trail; `*` stands for every key or place."""
    for pattern in patterns:
        for trail, value in _at(data, pattern, ()):
            if isinstance(value, str):
                yield trail, value.strip()


def _mappings(data: Plain, *patterns: tuple[str, ...]) -> Iterator[tuple[Trail, dict[str, Plain]]]:
    for pattern in patterns:
        for trail, value in _at(data, pattern, ()):
            if isinstance(value, dict):
                yield trail, value


def _at(data: Plain, pattern: tuple[str, ...], trail: Trail) -> Iterator[tuple[Trail, Plain]]:
    if not pattern:
        yield trail, data
        return
    for step, inner in _steps(data, pattern[0]):
        yield from _at(inner, pattern[1:], (*trail, step))


def _steps(data: Plain, step: str) -> Iterator[tuple[str | int, Plain]]:
    if isinstance(data, dict):
        yield from ((key, inner) for key, inner in data.items() if step in (_EACH, key))
    elif isinstance(data, list) and step == _EACH:
        yield from enumerate(data)


def words_of(written: Written, templates: tuple[str, ...]) -> Words:
    """Return the names the two files make known to rules."""
    return Words(
        queues=queue_names(written.desk),
        technicians=tuple(_technician_pairs(written.desk)),
        templates=templates,
        mailboxes=tuple(name for _, name in found(written.settings, ("mailboxes", _EACH, "name"))),
        groups=_keys_of(written.desk, "groups") if isinstance(written.desk, dict) else None,
        calendars=(BUSINESS, ALWAYS, *_keys_of(written.desk, "calendars")),
    )


def _keys_of(desk: Plain, section: str) -> tuple[str, ...]:
    return tuple(name for _, names in _mappings(desk, (section,)) for name in names)


def queue_names(desk: Plain) -> tuple[str, ...]:
    """Return the queues of desk.yaml; none when it could not be read, the default one when it names none."""
    if not isinstance(desk, dict):
        return ()
    queues = desk.get("queues")
    return tuple(queues) if isinstance(queues, dict) and queues else (DEFAULT_QUEUE,)


def _technician_pairs(desk: Plain) -> Iterator[tuple[str, str]]:
    stored = dict(_by_item(found(desk, _TECHNICIAN_ADDRESSES[0])))
    for place, written in _by_item(found(desk, *_TECHNICIAN_ADDRESSES)):
        yield written, stored.get(place, written)


def _by_item(pairs: Iterator[tuple[Trail, str]]) -> Iterator[tuple[str | int, str]]:
    return ((trail[1], text) for trail, text in pairs)


def _mailbox_names_once(written: Written) -> Iterator[Fault]:
    yield from _twins("a mailbox named", found(written.settings, ("mailboxes", _EACH, "name")))


def _mailbox_addresses_once(written: Written) -> Iterator[Fault]:
    yield from _twins("the address", found(written.settings, *_MAILBOX_ADDRESSES))


def _technician_addresses_once(written: Written) -> Iterator[Fault]:
    yield from _twins("the address", found(written.desk, *_TECHNICIAN_ADDRESSES))


def _vendors_once(written: Written) -> Iterator[Fault]:
    yield from _twins("a vendor named", found(written.desk, ("vendors", _EACH, "name")))
    yield from _twins("a vendor with the domain", found(written.desk, ("vendors", _EACH, "domain")))


def _vendors_are_outside(written: Written) -> Iterator[Fault]:
    queues = {name.casefold() for name in queue_names(written.desk)}
    for trail, name in found(written.desk, ("vendors", _EACH, "name")):
        if name.casefold() in queues:
            yield Fault(trail, f"a queue is called '{name}', too; give the vendor another name")
    own = {text.casefold() for _, text in found(written.settings, *_MAILBOX_ADDRESSES)}
    staff = {text.casefold() for _, text in found(written.desk, *_TECHNICIAN_ADDRESSES)}
    for trail, address in found(written.desk, ("vendors", _EACH, "address")):
        if address.casefold() in own | staff:
            whose = "of the desk itself" if address.casefold() in own else "of a technician"
            yield Fault(trail, f"'{address}' is an address {whose}; write that of the vendor's desk")


def _assets_once(written: Written) -> Iterator[Fault]:
    yield from _twins("an asset named", found(written.desk, ("assets", _EACH, "name")))


def _twins(what: str, pairs: Iterator[tuple[Trail, str]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for trail, text in pairs:
        if text.casefold() in seen:
            yield Fault(trail, f"{what} '{text}' already stands above")
        seen.add(text.casefold())


def _no_technician_is_a_mailbox(written: Written) -> Iterator[Fault]:
    own = {text.casefold() for _, text in found(written.settings, *_MAILBOX_ADDRESSES)}
    for trail, text in found(written.desk, *_TECHNICIAN_ADDRESSES):
        local, _, domain = text.casefold().rpartition("@")
        if text.casefold() in own or f"{local.partition('+')[0]}@{domain}" in own:
            # Notices to that technician would come back as mail to the desk, for ever.
            yield Fault(trail, f"'{text}' is an address of the desk itself; a technician needs one of their own")


def _queues_exist(written: Written) -> Iterator[Fault]:
    queues = queue_names(written.desk)
    for trail, name in found(written.desk, ("technicians", _EACH, "queues", _EACH)):
        if name not in queues:
            yield Fault(trail, unknown("queue", name, queues))


def _next_levels_exist(written: Written) -> Iterator[Fault]:
    queues = queue_names(written.desk)
    vendors = {str(v["name"]): v for _, v in _mappings(written.desk, ("vendors", _EACH)) if "name" in v}
    for trail, name in found(written.desk, ("queues", _EACH, "escalates_to")):
        if name in vendors and name not in queues and not vendors[name].get("address"):
            yield Fault(trail, f"the vendor '{name}' needs an 'address' under 'vendors' to be written to")
        elif name not in (*queues, *vendors):
            yield Fault(trail, unknown("queue or vendor" if vendors else "queue", name, (*queues, *vendors)))


def _calendars_exist(written: Written) -> Iterator[Fault]:
    own = [name for _, calendars in _mappings(written.desk, ("calendars",)) for name in calendars]
    known = tuple(dict.fromkeys((BUSINESS, ALWAYS, *own)))
    patterns = (
        ("sla", _EACH, "hours"), *((owners, _EACH, "sla", _EACH, "hours") for owners in _HAVE_CALENDARS),
        *((owners, _EACH, "calendar") for owners in _HAVE_CALENDARS),
    )  # fmt: skip
    for trail, name in found(written.desk, *patterns):
        if name not in known:
            yield Fault(trail, unknown("calendar", name, known))


def _calendar_names_are_free(written: Written) -> Iterator[Fault]:
    meanings = {BUSINESS: "the desk's own: write it as 'hours' at the top", ALWAYS: "the one that never closes"}
    for trail, calendars in _mappings(written.desk, ("calendars",)):
        for name in calendars:
            if name in meanings:
                yield Fault((*trail, name), f"the calendar '{name}' is {meanings[name]}", at_key=True)


def _regions_exist(written: Written) -> Iterator[Fault]:
    for trail, holidays in _mappings(written.desk, *_HOLIDAYS):
        country, region = (holidays.get(key) for key in ("country", "region"))
        if not isinstance(region, str):
            continue
        if country is None:
            yield Fault((*trail, "region"), "a region needs its 'country' beside it")
        elif isinstance(country, str) and is_country(country.strip()) and region.strip():
            code = country.strip().upper()
            if find_region(code, region.strip()) is None:
                yield Fault((*trail, "region"), unknown_region(code, region.strip()))


def _holidays_count(written: Written) -> Iterator[Fault]:
    # Round the clock means every day.
    desk = written.desk if isinstance(written.desk, dict) else {}
    usual = desk.get("hours") or ALWAYS
    for trail, calendar in (((), desk), *_mappings(desk, ("calendars", _EACH))):
        if calendar.get("holidays") and (calendar.get("hours") or usual) == ALWAYS:
            message = "these holidays count for nothing: without 'hours' somebody is there every day"
            yield Fault((*trail, "holidays"), message, warning=True, at_key=True)


def _mailbox_queues_exist(written: Written) -> Iterator[Fault]:
    queues = queue_names(written.desk)
    for trail, name in found(written.settings, ("mailboxes", _EACH, "queue")):
        if queues and name not in queues:
            yield Fault(trail, unknown("queue", name, queues))
    for trail, mailbox in _mappings(written.settings, ("mailboxes", _EACH)):
        if queues and DEFAULT_QUEUE not in queues and not mailbox.get("queue"):
            yield Fault(trail, f"missing key 'queue'; allowed: {', '.join(queues)}")


def _escalation_ends(written: Written) -> Iterator[Fault]:
    steps = {str(t[1]): (t, name) for t, name in found(written.desk, ("queues", _EACH, "escalates_to"))}
    for queue, (trail, _) in steps.items():
        here, passed = queue, {queue}
        while here in steps and steps[here][1] not in passed:
            here = steps[here][1]
            passed.add(here)
        if here in steps and steps[here][1] == queue:
            yield Fault(trail, f"queue '{queue}' escalates in a circle back to itself")


def _unanswered_is_resolved_last(written: Written) -> Iterator[Fault]:
    for trail, waiting in _mappings(written.desk, ("waiting",)):
        try:
            remind = parse_durations_or_never(waiting.get("remind", NEVER))
            resolve = parse_interval_or_never(waiting.get("resolve", NEVER))
        except WritingError:
            # Each is told by itself.
            continue
        remind = remind if "remind" in waiting else USUAL_WAITING.remind
        resolve = resolve if "resolve" in waiting else USUAL_WAITING.resolve
        if remind and resolve is not None and resolve <= remind[-1]:
            message = "a ticket must be resolved later than the last reminder; write resolve longer than every remind"
            yield Fault((*trail, "resolve" if "resolve" in waiting else "remind"), message)


def _queues_are_watched(written: Written) -> Iterator[Fault]:
    watched = {name for _, name in found(written.desk, ("technicians", _EACH, "queues", _EACH))}
    for _, queues in _mappings(written.desk, ("queues",)):
        for queue in queues:
            if queue not in watched:
                message = f"no technician has queue '{queue}': nobody is told of its tickets"
                yield Fault(("queues", queue), message, warning=True, at_key=True)


def _unprotected(written: Written) -> Iterator[Fault]:
    for trail, server in _mappings(written.settings, ("mailboxes", _EACH, "imap"), ("smtp",)):
        host = str(server.get("host", ""))
        if str(server.get("security", "")).casefold() == "none" and not _is_loopback(host):
            message = f"passwords and mail travel in the clear to '{host}'; use tls or starttls"
            yield Fault((*trail, "security"), message, warning=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() in ("", "localhost")


Check = Callable[[Written], Iterator[Fault]]

#: Faults of maildesk.yaml by itself.
SETTINGS_CHECKS: tuple[Check, ...] = (_mailbox_names_once, _mailbox_addresses_once, _unprotected)
#: Faults of maildesk.yaml that desk.yaml brings about.
SETTINGS_AGAINST_DESK: tuple[Check, ...] = (_mailbox_queues_exist,)
#: Faults of desk.yaml.
DESK_CHECKS: tuple[Check, ...] = (
    _technician_addresses_once,
    _no_technician_is_a_mailbox,
    _queues_exist,
    _next_levels_exist,
    _escalation_ends,
    _unanswered_is_resolved_last,
    _queues_are_watched,
    _vendors_once,
    _assets_once,
    _vendors_are_outside,
    _calendars_exist,
    _calendar_names_are_free,
    _regions_exist,
    _holidays_count,
)
