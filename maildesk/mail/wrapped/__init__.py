"""What stands in a mail only wrapped: seals, winmail.dat, calendar objects, files in a text. One door to all of it.

Called once for each mail, before its body is chosen. Must never cost a mail: what cannot be unwrapped stays as it came.
"""

from dataclasses import dataclass

from maildesk.mail.tree import Part, children
from maildesk.mail.wrapped.calendar import FoundInvitation, describe, find_invitation, zone_of
from maildesk.mail.wrapped.inlined import may_hold_files, open_inlined
from maildesk.mail.wrapped.sealed import Seals, open_seals, unreadable
from maildesk.mail.wrapped.tnef import Unpacked, unpack_tnef
from maildesk.model.message import Invitation, Protection

#: What is never a wrapping, nor named like one by a type that tells nothing. Texts are looked into.
_PLAIN_KINDS = ("text/html", "image/png", "image/jpeg", "image/gif", "application/pdf")
_PLAIN_GROUPS = ("multipart/mixed", "multipart/alternative", "multipart/related")
_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What was found. `words` say it to people; they are the text of a mail that has no other."""

    protection: Protection | None
    invitation: Invitation | None
    words: str
    problems: tuple[str, ...]


def unwrap(root: Part, date: str) -> Wrapped:
    """Put what is wrapped into the part tree and tell what it was; `date` is the Date field as written."""
    if _is_plain(root):
        return Wrapped(None, None, "", ())
    problems: list[str] = []
    seals, unpacked, invited = Seals(), Unpacked(), None
    # Formats this old hold what their readers never met; the mail itself is readable without them.
    try:
        seals = open_seals(root)
    except _FAULTS as fault:
        problems.append(f"the seal of the mail could not be read: {type(fault).__name__}")
    try:
        open_inlined(root)
    except _FAULTS as fault:
        problems.append(f"a file in the text could not be read: {type(fault).__name__}")
    try:
        unpacked = unpack_tnef(root)
    except _FAULTS as fault:
        problems.append(f"winmail.dat could not be read: {type(fault).__name__}")
    try:
        invited = find_invitation(root, date) or _of_outlook(unpacked.invitation, date)
    except _FAULTS as fault:
        problems.append(f"the invitation could not be read: {type(fault).__name__}")
    words = invited.text if invited else ""
    if seals.protection and seals.protection.encrypted:
        words = unreadable(seals.protection.scheme)
    told = dict.fromkeys((*seals.problems, *unpacked.problems, *problems))
    return Wrapped(seals.protection, invited.invitation if invited else None, words, tuple(told))


def _is_plain(root: Part) -> bool:
    """Tell cheaply, from types and undecoded texts, that a mail holds nothing wrapped; most mails do not."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        if part.is_multipart() and kind in _PLAIN_GROUPS:
            waiting.extend(children(part))
        elif kind == "text/plain":
            wire = part.wire
            if (
                "-----BEGIN PGP" in wire
                or may_hold_files(wire)
                or part.get("Content-Transfer-Encoding", "8")[0] in "bB"
            ):
                return False
        elif kind not in _PLAIN_KINDS:
            return False
    return True


def _of_outlook(invitation: Invitation | None, date: str) -> FoundInvitation | None:
    return FoundInvitation(invitation, describe(invitation, zone_of(date))) if invitation else None
