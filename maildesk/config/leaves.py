"""The leaves of maildesk.yaml and desk.yaml: what one written value may be, each with its own reader.

Private to this package. A reader raises `WritingError`, which says what is allowed.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict

from maildesk.config.amounts import (
    Hours,
    parse_cap,
    parse_count_or_none,
    parse_daily_cap,
    parse_duration,
    parse_duration_or_never,
    parse_durations_or_never,
    parse_hours,
    parse_interval,
    parse_interval_or_never,
    parse_percent,
    parse_port,
    parse_positive,
    parse_positive_or_none,
    parse_table_or_none,
)
from maildesk.config.holidays import Day, parse_country, parse_day
from maildesk.config.signatures import parse_resolver, parse_verify
from maildesk.model.clock import AnswerToClosed, Clock, Run, Tell
from maildesk.model.desk import Cap, Joining
from maildesk.model.level import Priority
from maildesk.model.settings import Security
from maildesk.model.ticket import Status
from maildesk.rules.lists import FILE
from maildesk.rules.numbers import FindNumber, parse_number_pattern
from maildesk.rules.operators import domain_name
from maildesk.rules.written import (
    Plain,
    WritingError,
    address,
    flag,
    kind_of,
    label,
    nearest,
    one_line,
    size_bytes,
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


def _status(value: Plain) -> Status:
    return Status(word_of("status", value, Status))


def _clock(value: Plain) -> Clock:
    return Clock(word_of("clock", value, Clock))


def _run(value: Plain) -> Run:
    return Run(word_of("word for a clock", value, Run))


def _log_format(value: Plain) -> str:
    return word_of("log format", value, ("text", "json"))


def _joining(value: Plain) -> Joining:
    return Joining(word_of("participants", value, Joining))


def _tell(value: Plain) -> Tell:
    return Tell(word_of("word for whom to tell", value, Tell))


def _closed(value: Plain) -> AnswerToClosed:
    return AnswerToClosed(word_of("closed", value, AnswerToClosed))


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
    if text.count(":") == 1:
        raise WritingError(f"'{text[:80]}' is not a host name; the port stands in a key of its own, 'port'")
    return text


def _domain(value: Plain) -> str:
    return domain_name(one_line(value))


def parse_member(value: Plain) -> str:
    """Return who belongs to a group, in lower case: an address, or a domain as `@example.test`."""
    text = one_line(value).casefold()
    return f"@{domain_name(text)}" if text.startswith("@") else address(text)


def parse_listed(value: Plain) -> Plain:
    """Return a list as it is written, an empty one where its items stand in a file (`{file: NAME}`)."""
    if not isinstance(value, dict):
        return value
    strange = next((key for key in value if key != FILE), None)
    if strange is not None or FILE not in value:
        raise WritingError("expected a list, or {file: NAME} for a file of items beside this one")
    one_line(value[FILE])
    return []


AddressText = Annotated[str, BeforeValidator(address)]
Member = Annotated[str, BeforeValidator(parse_member)]
Members = Annotated[tuple[Member, ...], BeforeValidator(parse_listed)]
Line = Annotated[str, BeforeValidator(one_line)]
Label = Annotated[str, BeforeValidator(label)]
Flag = Annotated[bool, BeforeValidator(flag)]
Host = Annotated[str, BeforeValidator(_host)]
Port = Annotated[int, BeforeValidator(parse_port)]
Positive = Annotated[int, BeforeValidator(parse_positive)]
Duration = Annotated[float, BeforeValidator(parse_duration)]
Interval = Annotated[float, BeforeValidator(parse_interval)]
DurationOrNever = Annotated[float | None, BeforeValidator(parse_duration_or_never)]
IntervalOrNever = Annotated[float | None, BeforeValidator(parse_interval_or_never)]
DurationsOrNever = Annotated[tuple[float, ...], BeforeValidator(parse_durations_or_never)]
Rate = Annotated[Cap | None, BeforeValidator(parse_cap)]
DailyRate = Annotated[Cap | None, BeforeValidator(parse_daily_cap)]
CountOrNone = Annotated[int | None, BeforeValidator(parse_count_or_none)]
Size = Annotated[int, BeforeValidator(size_bytes)]
HoursOfWeek = Annotated[Hours, BeforeValidator(parse_hours)]
SecretText = Annotated[SecretSource, BeforeValidator(_secret)]
SecurityWord = Annotated[Security, BeforeValidator(_security)]
PriorityWord = Annotated[Priority, BeforeValidator(_priority)]
StatusWord = Annotated[Status, BeforeValidator(_status)]
ClockWord = Annotated[Clock, BeforeValidator(_clock)]
RunWord = Annotated[Run, BeforeValidator(_run)]
Country = Annotated[str, BeforeValidator(parse_country)]
DayOfYear = Annotated[Day, BeforeValidator(parse_day)]
LogFormat = Annotated[str, BeforeValidator(_log_format)]
TellWord = Annotated[Tell, BeforeValidator(_tell)]
Percent = Annotated[int, BeforeValidator(parse_percent)]
PositiveOrNone = Annotated[int | None, BeforeValidator(parse_positive_or_none)]
WarningsOrNone = Annotated[dict[Percent, TellWord], BeforeValidator(parse_table_or_none)]
SharesOrNone = Annotated[dict[PriorityWord, Percent], BeforeValidator(parse_table_or_none)]
ClosedWord = Annotated[AnswerToClosed, BeforeValidator(_closed)]
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
