"""What one part of the configuration says about another: names that must exist, addresses that may stand once.

Called with plain data, not with valid shapes, so that these faults come in the same breath as all others. To add a
check write a function over the files' data and add it to a table at the bottom.
"""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from maildesk.rules.written import Fault, Plain, Trail, Words, unknown

DEFAULT_QUEUE = "general"

_EACH = "*"
_MAILBOX_ADDRESSES = (("mailboxes", _EACH, "address"), ("mailboxes", _EACH, "aliases", _EACH))
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
    )


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
    patterns = (("queues", _EACH, "escalates_to"), ("technicians", _EACH, "queues", _EACH))
    for trail, name in found(written.desk, *patterns):
        if name not in queues:
            yield Fault(trail, unknown("queue", name, queues))


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
    _escalation_ends,
    _queues_are_watched,
    _vendors_once,
)
