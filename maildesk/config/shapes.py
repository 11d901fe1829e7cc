"""The shapes of maildesk.yaml and desk.yaml: which keys there are, what each takes, its default.

Private to this package; `settings` and `desk` turn a valid shape into the values the rest of maildesk uses. Every leaf
has its own reader, so that every complaint says what is allowed; the library finds all of them in one pass.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from maildesk.config.amounts import (
    ALWAYS,
    Hours,
    parse_cap,
    parse_count_or_none,
    parse_duration,
    parse_duration_or_never,
    parse_hours,
    parse_interval,
    parse_port,
    parse_positive,
)
from maildesk.config.signatures import parse_resolver, parse_verify
from maildesk.model.desk import Cap, Joining
from maildesk.model.level import Priority
from maildesk.model.settings import Security
from maildesk.rules.numbers import FindNumber, parse_number_pattern
from maildesk.rules.operators import domain_name
from maildesk.rules.written import (
    Fault,
    Plain,
    Trail,
    WritingError,
    address,
    flag,
    kind_of,
    label,
    nearest,
    one_line,
    size_bytes,
    unknown,
    word_of,
)


class SecretKind(StrEnum):
    """Where a secret stands."""

    TEXT = "text"
    FILE = "file"
    ENV = "env"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where to find a secret; for `text` the value is the secret itself."""

    kind: SecretKind
    value: str = field(repr=False)


def _secret(value: Plain) -> SecretSource:
    if isinstance(value, dict) and len(value) == 1:
        [(kind, where)] = value.items()
        allowed = (SecretKind.FILE, SecretKind.ENV, SecretKind.CREDENTIAL)
        return SecretSource(SecretKind(word_of("place of a secret", kind, allowed)), one_line(where))
    if not isinstance(value, str) or not value or re.search(r"[\x00\r\n]", value):
        raise WritingError(
            f"expected a text of one line, {{file: PATH}}, {{env: NAME}} or {{credential: NAME}}, not {kind_of(value)}"
        )
    return SecretSource(SecretKind.TEXT, value)


def _security(value: Plain) -> Security:
    return Security(word_of("security", value, Security))


def _priority(value: Plain) -> Priority:
    return Priority(word_of("priority", value, Priority))


def _is_always(value: Plain) -> bool:
    return word_of("hours", value, ("business", ALWAYS)) == ALWAYS


def _log_format(value: Plain) -> str:
    return word_of("log format", value, ("text", "json"))


def _joining(value: Plain) -> Joining:
    return Joining(word_of("participants", value, Joining))


def _language(value: Plain) -> str:
    text = one_line(value)
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise WritingError(f"'{text[:40]}' is not a language code; write it as en or pt-BR")
    return text


def _timezone(value: Plain) -> ZoneInfo:
    name = one_line(value)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # QUIRK: a name that is a folder of the zone files (`Europe`) is an OSError, one with `..` a ValueError.
        close = nearest(name, available_timezones())
        hint = f"; did you mean '{close}'?" if close else ""
        raise WritingError(f"unknown timezone '{name[:60]}'; write it as Europe/Berlin or UTC{hint}") from error


def _database(value: Plain) -> str:
    url = one_line(value)
    if url.startswith("postgresql+psycopg://"):
        return url
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///") and ":memory:" not in url:
        return url
    # Never the written text: a database URL may hold a password.
    raise WritingError("unknown database; allowed: sqlite:///FILE, postgresql+psycopg://USER@HOST/NAME")


def _host(value: Plain) -> str:
    text = one_line(value)
    if re.search(r"[\s/@]", text):
        raise WritingError(f"'{text[:80]}' is not a host name; write it without scheme, user or path")
    return text


def _domain(value: Plain) -> str:
    return domain_name(one_line(value))


AddressText = Annotated[str, BeforeValidator(address)]
Line = Annotated[str, BeforeValidator(one_line)]
Label = Annotated[str, BeforeValidator(label)]
Flag = Annotated[bool, BeforeValidator(flag)]
Host = Annotated[str, BeforeValidator(_host)]
Port = Annotated[int, BeforeValidator(parse_port)]
Positive = Annotated[int, BeforeValidator(parse_positive)]
Duration = Annotated[float, BeforeValidator(parse_duration)]
Interval = Annotated[float, BeforeValidator(parse_interval)]
DurationOrNever = Annotated[float | None, BeforeValidator(parse_duration_or_never)]
Rate = Annotated[Cap | None, BeforeValidator(parse_cap)]
CountOrNone = Annotated[int | None, BeforeValidator(parse_count_or_none)]
Size = Annotated[int, BeforeValidator(size_bytes)]
HoursOfWeek = Annotated[Hours, BeforeValidator(parse_hours)]
SecretText = Annotated[SecretSource, BeforeValidator(_secret)]
SecurityWord = Annotated[Security, BeforeValidator(_security)]
PriorityWord = Annotated[Priority, BeforeValidator(_priority)]
Always = Annotated[bool, BeforeValidator(_is_always)]
LogFormat = Annotated[str, BeforeValidator(_log_format)]
JoiningWord = Annotated[Joining, BeforeValidator(_joining)]
Language = Annotated[str, BeforeValidator(_language)]
Timezone = Annotated[ZoneInfo, BeforeValidator(_timezone)]
Database = Annotated[str, BeforeValidator(_database)]
DomainText = Annotated[str, BeforeValidator(_domain)]
Verify = Annotated[bool, BeforeValidator(parse_verify)]
Resolver = Annotated[tuple[str, int], BeforeValidator(parse_resolver)]
NumberPattern = Annotated[FindNumber, BeforeValidator(parse_number_pattern)]


class Shape(BaseModel):
    """A mapping with known keys only."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)


class ImapShape(Shape):
    """`imap:` of a mailbox."""

    host: Host
    port: Port | None = None
    security: SecurityWord = Security.TLS
    username: Line
    password: SecretText
    ca_file: Line | None = None


class SmtpShape(Shape):
    """`smtp:`."""

    host: Host
    port: Port | None = None
    security: SecurityWord = Security.TLS
    username: Line | None = None
    password: SecretText | None = None
    connections: Positive = 2
    ca_file: Line | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> "SmtpShape":
        if (self.username is None) != (self.password is None):
            raise WritingError("username and password belong together; leave both out to send without login")
        return self


class FoldersShape(Shape):
    """`folders:` of a mailbox."""

    inbox: Line = "INBOX"
    processed: Line = "Processed"
    held: Line = "Held"
    quarantine: Line = "Quarantine"

    @model_validator(mode="after")
    def _all_different(self) -> "FoldersShape":
        names = (self.inbox.casefold(), self.processed.casefold(), self.held.casefold(), self.quarantine.casefold())
        if len(set(names)) < len(names):
            # A mail moved into the folder it is in would be read again for ever.
            raise WritingError("the four folders must have four different names")
        return self


class MailboxShape(Shape):
    """One of `mailboxes:`."""

    name: Label
    address: AddressText
    aliases: tuple[AddressText, ...] = ()
    queue: Label = "general"
    imap: ImapShape
    folders: FoldersShape = FoldersShape()
    idle: Flag = True
    poll: Interval = 60.0


class DkimShape(Shape):
    """`dkim:`."""

    verify: Verify = False
    resolver: Resolver | None = None


class LogShape(Shape):
    """`log:`."""

    format: LogFormat = "text"


class SettingsShape(Shape):
    """maildesk.yaml."""

    database: Database = "sqlite:///maildesk.sqlite3"
    secret: SecretText = SecretSource(SecretKind.FILE, "secret.key")
    old_secrets: tuple[SecretText, ...] = ()
    mailboxes: tuple[MailboxShape, ...]
    smtp: SmtpShape
    subaddress: Flag = True
    authserv_ids: tuple[Line, ...] = ()
    trusted_received: tuple[Line, ...] = ()
    dkim: DkimShape = DkimShape()
    max_message: Size = 25 * 1024 * 1024
    log: LogShape = LogShape()


class QueueShape(Shape):
    """One of `queues:`."""

    level: Positive = 1
    escalates_to: Label | None = None


class TechnicianShape(Shape):
    """One of `technicians:`."""

    email: AddressText
    name: Line
    queues: tuple[Label, ...] = ()
    aliases: tuple[AddressText, ...] = ()
    lead: Flag = False


class AcknowledgementsShape(Shape):
    """`acknowledgements:`."""

    per_address: Rate = Cap(3, 86400)
    unproven: Rate = Cap(100, 3600)
    per_ticket: CountOrNone = 1


class UpdatesShape(Shape):
    """`status_updates:`."""

    assigned: Flag = False
    resolved: Flag = True
    reopened: Flag = True


class SlaShape(Shape):
    """One priority of `sla:`."""

    first_response: Interval | None = None
    next_response: Interval | None = None
    update: Interval | None = None
    resolution: Interval | None = None
    hours: Always = False


class VendorShape(Shape):
    """One of `vendors:`."""

    name: Line
    domain: DomainText
    number: NumberPattern


class DeskShape(Shape):
    """desk.yaml."""

    name: Line = "Help desk"
    timezone: Timezone = ZoneInfo("UTC")
    language: Language = "en"
    hours: HoursOfWeek = ()
    queues: dict[Label, QueueShape] = {"general": QueueShape()}
    technicians: tuple[TechnicianShape, ...] = ()
    recall: Duration = 60.0
    acknowledgements: AcknowledgementsShape = AcknowledgementsShape()
    status_updates: UpdatesShape = UpdatesShape()
    participants: JoiningWord = Joining.SAME_DOMAIN
    sla: dict[PriorityWord, SlaShape] = {}
    reopen: Duration = 30 * 86400.0
    close_after: DurationOrNever = 5 * 86400.0
    relay_attachments: Size = 10 * 1024 * 1024
    leak_check: bool = True
    vendors: tuple[VendorShape, ...] = ()


def read_settings_shape(data: Plain) -> tuple[SettingsShape | None, tuple[Fault, ...]]:
    """Return maildesk.yaml's shape, or None and every fault."""
    try:
        return SettingsShape.model_validate(_without_empty(data)), ()
    except ValidationError as error:
        return None, tuple(_fault(e, SettingsShape) for e in error.errors())


def read_desk_shape(data: Plain) -> tuple[DeskShape | None, tuple[Fault, ...]]:
    """Return desk.yaml's shape, or None and every fault."""
    try:
        return DeskShape.model_validate(_without_empty(data)), ()
    except ValidationError as error:
        return None, tuple(_fault(e, DeskShape) for e in error.errors())


def _without_empty(data: Plain) -> Plain:
    """Leave out keys with nothing behind them: a section whose lines are all commented out is as good as absent."""
    match data:
        case None:
            return {}
        case dict():
            return {key: _without_empty(value) for key, value in data.items() if value is not None}
        case list():
            return [item if item is None else _without_empty(item) for item in data]
        case _:
            return data


def _fault(error: ErrorDetails, root: type[BaseModel]) -> Fault:
    at_key = error["loc"][-1:] == ("[key]",)
    trail: Trail = error["loc"][:-1] if at_key else error["loc"]
    match error["type"]:
        case "missing":
            return Fault(trail, f"missing key '{trail[-1]}'", at_key=True)
        case "extra_forbidden":
            return Fault(trail, unknown("key", str(trail[-1]), _keys_at(root, trail[:-1])), at_key=True)
        case "value_error":
            return Fault(trail, str(error["ctx"]["error"]), at_key=at_key)
        case "tuple_type" | "list_type":
            return Fault(trail, "expected a list; write [a, b] or begin each line with '- '")
        case "model_type" | "dict_type":
            return Fault(trail, "expected a mapping (key: value)")
        case _:
            return Fault(trail, error["msg"], at_key=at_key)


def _keys_at(root: type[BaseModel], trail: Trail) -> tuple[str, ...]:
    """Return the keys allowed at a trail; list places and free keys lead no deeper."""
    here = root
    for step in trail:
        known = here.model_fields.get(str(step))
        here = (shape_in(known.annotation) if known else None) or here
    return tuple(here.model_fields)


def shape_in(annotation: object) -> type[BaseModel] | None:
    """Find the shape a key leads to, through lists, mappings and options."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := shape_in(arg))), None)
