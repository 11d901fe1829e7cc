"""Delivery reports with machine fields (RFC 3464, RFC 6533). Called first by `parse_bounce`; knows no wording."""

import re

from maildesk.mail.bounce.evidence import RECIPIENT_LIMIT, Evidence
from maildesk.model.message import FailedRecipient

_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)$")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_FAILURE_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?<![\d.#])([45]\d\d)(?![\d.]*\d)")
_ESCAPE = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_ADDRESS = re.compile(r"[^\s<>;,()\"@]{1,64}@[^\s<>;,()\"@]{1,255}")
_QUOTED_LOCAL = re.compile(r"\"[^\"\n]{1,64}\"@[^\s<>;,()\"@]{1,255}")
_ROUTE = re.compile(r"@[^\s@:,;]{1,255}:[^\s@]{1,64}@")
#: Final before Original: the server knows whom it could not reach; which mail of ours it was is told by its id.
_RECIPIENT_FIELDS = ("final-recipient", "original-recipient", "x-actual-recipient")

#: QUIRK: words that stand for an action of RFC 3464 §2.3.3 in real reports.
_ACTIONS = {
    "failed": "failed", "failure": "failed", "fail": "failed", "error": "failed", "expired": "failed",
    "bounced": "failed",
    "delayed": "delayed", "delay": "delayed", "deferred": "delayed", "warning": "delayed",
    "delivered": "delivered", "relayed": "relayed", "expanded": "expanded",
}  # fmt: skip
#: "Other or undefined status" (RFC 3463 §3.1) of each action.
UNDEFINED_STATUS = {
    "failed": "5.0.0",
    "delayed": "4.0.0",
    "delivered": "2.0.0",
    "relayed": "2.0.0",
    "expanded": "2.0.0",
}

Fields = dict[str, str]


def find_recipients(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return one entry for each recipient group (RFC 3464 §2.3); empty when there are no such fields.

    QUIRK: some servers put the fields into an ordinary text part, so that text is read as well.
    """
    text = evidence.status_text("message/delivery-status", "message/global-delivery-status")
    groups = recipient_groups(text or evidence.whole)
    found = (_recipient(group, evidence) for group in groups)
    return tuple(dict.fromkeys(recipient for recipient in found if recipient is not None))


def recipient_groups(text: str) -> tuple[Fields, ...]:
    """Return the blocks of machine fields that name a recipient."""
    return tuple(block for block in parse_fields(text) if any(name in block for name in _RECIPIENT_FIELDS))[
        :RECIPIENT_LIMIT
    ]


def parse_fields(text: str) -> tuple[Fields, ...]:
    """Split machine fields into blocks. Names in lower case, values unfolded, the first of two equal names counts."""
    blocks: list[Fields] = [{}]
    last = ""
    for line in text.splitlines():
        match = _FIELD.match(line)
        if not line.strip():
            blocks.append({})
            last = ""
        elif line[0] in " \t" and last:
            blocks[-1][last] += " " + line.strip()
        elif match:
            last = match.group(1).lower()
            if last in blocks[-1] and last == "final-recipient":
                blocks.append({})  # QUIRK: no blank line between two recipients.
            blocks[-1].setdefault(last, match.group(2).strip())
    return tuple(blocks)


def recipient_of(group: Fields) -> str:
    """Return the address that a group of fields speaks of; empty when it names none.

    QUIRK: the final recipient may be a source route, a mailbox name without a domain or a program.
    """
    named = [(group[name], parse_recipient(group[name])) for name in _RECIPIENT_FIELDS if group.get(name)]
    usable = [address for value, address in named if address.rpartition("@")[0] and not _ROUTE.search(value)]
    return next((a for a in usable if "." in a.rpartition("@")[2]), next(iter(usable), ""))


def parse_recipient(value: str) -> str:
    """Return the address of a typed recipient field (`rfc822; ann@example.test`, RFC 3464 §2.3.1, RFC 6533 §3).

    Without a usable address the bare value comes back, without its type. QUIRK: the type may be missing, the address
    may stand in angle brackets or be followed by a comment.
    """
    plain = _ESCAPE.sub(_unescape, value)
    match = _QUOTED_LOCAL.search(plain) or _ADDRESS.search(plain)
    if match:
        return match.group().strip("'`.:").removeprefix("mailto:").removeprefix("SMTP:")
    return plain.rpartition(";")[2].strip().strip("<>")


def find_status(text: str) -> str:
    """Return the first enhanced status of a failure (RFC 3463 §2), or one made of a bare reply code, or nothing."""
    enhanced = _FAILURE_STATUS.search(text)
    if enhanced:
        return enhanced.group(1)
    reply = _REPLY.search(text)
    return f"{reply.group(1)[0]}.0.0" if reply else ""


def _recipient(group: Fields, evidence: Evidence) -> FailedRecipient | None:
    address = recipient_of(group)
    if not address:
        return None  # QUIRK: a path or a program instead of an address; the words of the report know more.
    diagnostic = group.get("diagnostic-code", "")
    stated = _STATUS.search(group.get("status", ""))
    status = stated.group(1) if stated else find_status(group.get("status", "")) or find_status(diagnostic)
    word = re.match(r"[a-z]*", group.get("action", "").lower())
    action = _ACTIONS.get(word.group() if word else "") or _action_of_status(status)
    status = _graver(status, diagnostic) if action == "failed" else status
    reason = diagnostic.partition(";")[2].strip() or diagnostic or evidence.words_beside(address)
    return FailedRecipient(address, action, status or UNDEFINED_STATUS[action], reason)


def _graver(status: str, diagnostic: str) -> str:
    """QUIRK: Postfix calls a refusal at the greeting temporary; once it gave up, what the other server said counts."""
    said = _FAILURE_STATUS.search(diagnostic)
    return said.group(1) if said and status.startswith("4") and said.group(1).startswith("5") else status


def _action_of_status(status: str) -> str:
    return {"2": "delivered", "4": "delayed"}.get(status[:1], "failed")


def _unescape(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else ""
