"""Mail files that tests beside rules use, read by the very code that reads the desk's mail.

Called by this package alone. Whatever is wrong with such a file is a problem of the line that names it.
"""

from collections.abc import Callable
from pathlib import Path

from maildesk.config.beside import load_bytes
from maildesk.config.settings_shape import SettingsShape
from maildesk.mail.parse import UnreadableMail
from maildesk.mail.read import ReadingContext, read_message
from maildesk.model.message import InboundMessage
from maildesk.rules.written import WritingError

#: What a mail may have where maildesk.yaml cannot be read, which says it otherwise.
_USUAL_BYTES = 25 * 1024**2


def mail_reader(directory: Path, settings: SettingsShape | None) -> Callable[[str], InboundMessage]:
    """Return what reads a mail file by its path, relative to the configuration directory; it raises WritingError."""
    context = _context(settings)
    most_bytes = settings.max_message if settings else _USUAL_BYTES

    def read(name: str) -> InboundMessage:
        raw = load_bytes(directory, name, most_bytes)
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
