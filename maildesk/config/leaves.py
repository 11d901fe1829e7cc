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
    parse_duration,
    parse_duration_or_never,
    parse_hours,
    parse_interval,
    parse_port,
    parse_positive,
)
from maildesk.config.signatures import parse_resolver, parse_verify
from maildesk.model.clock import ALWAYS, BUSINESS
from maildesk.model.desk import Cap, Joining
from maildesk.model.level import Priority
from maildesk.model.settings import Security
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


def _whose_hours(value: Plain) -> str:
    return word_of("hours", value, (BUSINESS, ALWAYS))


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
WhoseHours = Annotated[str, BeforeValidator(_whose_hours)]
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
