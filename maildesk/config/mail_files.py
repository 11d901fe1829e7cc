"""Mail files that tests beside rules use, read by the very code that reads the desk's mail.

Called by this package alone. Whatever is wrong with such a file is a problem of the line that names it.
"""

from collections.abc import Callable
from pathlib import Path

from maildesk.config.settings_shape import SettingsShape
from maildesk.mail.parse import UnreadableMail
from maildesk.mail.read import ReadingContext, read_message
from maildesk.model.message import InboundMessage
from maildesk.rules.written import WritingError, nearest

#: Files of one folder among which the nearest name is looked for.
_MOST_NAMES = 500


def mail_reader(directory: Path, settings: SettingsShape | None) -> Callable[[str], InboundMessage]:
    """Return what reads a mail file by its path, relative to the configuration directory; it raises WritingError."""
    context = _context(settings)
    most_bytes = settings.max_message if settings else 0

    def read(name: str) -> InboundMessage:
        raw = _bytes_of(directory, directory / name, name, most_bytes)
        try:
            return read_message(raw, context).message
        except UnreadableMail as wrong:
            raise WritingError(f"'{name}' cannot be read as a mail: {wrong}") from wrong

    return read


def _context(settings: SettingsShape | None) -> ReadingContext:
    if settings is None:
        return ReadingContext()
    own = {address for mailbox in settings.mailboxes for address in (mailbox.address, *mailbox.aliases)}
    return ReadingContext(tuple(sorted(own)), settings.authserv_ids, settings.trusted_received)


def _bytes_of(directory: Path, path: Path, name: str, most_bytes: int) -> bytes:
    try:
        if not path.is_file():
            raise WritingError(f"there is no file '{name}' in '{directory}'{_hint(path)}")
        if most_bytes and path.stat().st_size > most_bytes:
            raise WritingError(f"'{name}' is larger than {most_bytes} bytes, the most that a mail may have here")
        return path.read_bytes()
    except OSError as wrong:
        raise WritingError(f"'{name}' cannot be read: {wrong.strerror}") from wrong


def _hint(path: Path) -> str:
    try:
        names = sorted(found.name for found in path.parent.iterdir() if found.is_file())[:_MOST_NAMES]
    except OSError:
        return ""
    close = nearest(path.name, names)
    return f"; did you mean '{close}'?" if close else ""
