"""Frames between the daemon and its parsing child: lengths first, JSON for values, octets as they are; never pickle.

Used by `sandbox` and `sandbox_child`. The reader believes no length: each is held against a limit before it is read.
"""

import struct
from dataclasses import dataclass
from functools import cache
from typing import IO

from pydantic import TypeAdapter, ValidationError

from maildesk.mail.read import ReadingContext
from maildesk.model.message import Attachment, InboundMessage

#: No message, however hostile, is longer as JSON: its texts have budgets.
JSON_LIMIT_BYTES = 32 * 1024 * 1024
READY = b"ready"
_LENGTH = struct.Struct(">I")
_FULL, _MINIMAL = b"f", b"m"


class BrokenFrame(Exception):
    """The other side ended, or sent what is no frame."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What the child is told once, before the first mail."""

    context: ReadingContext
    cpu_seconds: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The child's answer: a message, or why there is none."""

    message: InboundMessage | None
    failure: str = ""


@cache
def _setups() -> TypeAdapter[Setup]:
    return TypeAdapter(Setup)


@cache
def _answers() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


def write_frame(stream: IO[bytes], octets: bytes) -> None:
    """Write one length-prefixed frame."""
    stream.write(_LENGTH.pack(len(octets)))
    stream.write(octets)


def read_frame(stream: IO[bytes], limit_bytes: int) -> bytes:
    """Read one frame of at most `limit_bytes`; raises BrokenFrame."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > limit_bytes:
        raise BrokenFrame(f"a frame of {length} bytes where at most {limit_bytes} are possible")
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    octets = stream.read(count)
    if len(octets) != count:
        raise BrokenFrame("the stream ended")
    return octets


def write_setup(stream: IO[bytes], setup: Setup) -> None:
    """Tell the child its context and limits."""
    write_frame(stream, _setups().dump_json(setup))
    stream.flush()


def read_setup(stream: IO[bytes]) -> Setup:
    """Read what `write_setup` wrote."""
    return _setups().validate_json(read_frame(stream, JSON_LIMIT_BYTES))


def write_mail(stream: IO[bytes], raw: bytes, *, minimal: bool) -> None:
    """Send one mail to be read."""
    stream.write(_MINIMAL if minimal else _FULL)
    write_frame(stream, raw)
    stream.flush()


def read_mail(stream: IO[bytes]) -> tuple[bytes, bool] | None:
    """Read the next mail and whether minimally; None at the end of the stream."""
    mode = stream.read(1)
    return (read_frame(stream, 2**32 - 1), mode == _MINIMAL) if mode else None


def write_answer(stream: IO[bytes], answer: Answer, parts: tuple[bytes, ...] = ()) -> None:
    """Send an answer and the attachments' bytes."""
    write_frame(stream, _answers().dump_json(answer))
    for part in parts:
        write_frame(stream, part)
    stream.flush()


def _carried(message: InboundMessage) -> tuple[Attachment, ...]:
    """Return the files whose bytes follow a message: its own, then those inside a mail that it passes on."""
    found = {a.index: a for f in message.forwarded for a in f.attachments if a.index >= len(message.attachments)}
    return (*message.attachments, *(found[index] for index in sorted(found)))


def read_answer(stream: IO[bytes]) -> tuple[Answer, tuple[bytes, ...]]:
    """Read an answer and its parts, each as long as the message says; raises BrokenFrame."""
    octets = read_frame(stream, JSON_LIMIT_BYTES)
    try:
        answer = _answers().validate_json(octets)
    except ValidationError as fault:
        raise BrokenFrame("the answer is not a message") from fault
    attachments = _carried(answer.message) if answer.message else ()
    parts = tuple(read_frame(stream, attachment.size_bytes) for attachment in attachments)
    if any(len(part) != attachment.size_bytes for part, attachment in zip(parts, attachments, strict=True)):
        raise BrokenFrame("a part is not as long as the message says")
    return answer, parts
