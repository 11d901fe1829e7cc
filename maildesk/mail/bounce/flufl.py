"""Reports without machine fields, as the library flufl.bounce knows them. Called by `parse_bounce` after RFC 3464.

Must never name an address that the server did not write: the library also reads the returned mail, and takes
Message-IDs for addresses.
"""

from dataclasses import replace
from email.message import Message
from email.utils import parseaddr

from flufl.bounce import all_failures

from maildesk.mail.bounce.evidence import DEPTH_LIMIT, RECIPIENT_LIMIT, Evidence, clip, decoded
from maildesk.mail.bounce.rfc3464 import parse_recipient
from maildesk.mail.bounce.wording import described
from maildesk.model.message import FailedRecipient

_HEADERS = ("Subject", "X-Mailer", "X-Failed-Recipients", "Content-Type", "Content-Description")
_CHILD_LIMIT = 20
_FIELD_LIMIT = 4000


def find_recipients(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return whom the library finds. What it calls a failure may be a delay; what it calls a delay is one."""
    delayed, failed = all_failures(_shadow(evidence.tree))
    found = [*((raw, "") for raw in sorted(failed)), *((raw, "delayed") for raw in sorted(delayed - failed))]
    named = [(parse_recipient(raw.decode("ascii", "replace")), action) for raw, action in found]
    written = evidence.text.lower()
    certain = [(address, action) for address, action in named if "@" in address and address.lower() in written]
    found_rows = (described(evidence, address, action) for address, action in certain[:RECIPIENT_LIMIT])
    # It takes the refusals of some spam filters for delays.
    return tuple(replace(r, action="failed") if _is_refused(r) else r for r in found_rows)


def _is_refused(recipient: FailedRecipient) -> bool:
    return recipient.action == "delayed" and recipient.status.startswith("5")


def _shadow(part: Message, depth: int = 0) -> Message:
    """Copy what the library may see: decoded text with short lines, no returned mail, few parts.

    Its patterns take quadratic time on one long line, and it reads undecoded text.
    """
    copy = Message()
    # QUIRK: a From without an address makes one of its detectors fail.
    copy["From"] = parseaddr(str(part.get("From", ""))[:_FIELD_LIMIT])[1] or "nobody@invalid"
    for name in _HEADERS:
        if part.get(name) is not None:
            copy[name] = clip(str(part[name])[:_FIELD_LIMIT]).replace("\n", " ")
    children = part.get_payload()
    if part.get_content_maintype() == "multipart" and isinstance(children, list) and depth < DEPTH_LIMIT:
        for child in children[:_CHILD_LIMIT]:
            if isinstance(child, Message):
                copy.attach(_shadow(child, depth + 1))
    else:
        copy.set_payload(clip(decoded(part)) if part.get_content_maintype() == "text" else "")
    return copy
