"""Reports in words only, by the shapes mail servers give to an address they failed to reach.

Called by `parse_bounce` when neither machine fields nor the library knew the report, and for the reason beside an
address. Must only see what the server wrote, never the returned mail: that is full of innocent addresses.
"""

import re
from collections.abc import Callable
from email.utils import getaddresses

from maildesk.mail import phrases
from maildesk.mail.bounce.evidence import RECIPIENT_LIMIT, Evidence
from maildesk.mail.bounce.rfc3464 import UNDEFINED_STATUS, find_status
from maildesk.model.message import FailedRecipient

_LOCAL_PART = r"[^\s<>\[\]()\"',:;@（）［］【】＜＞「」“”：，。、；]{1,64}"
_ADDR = rf"(?P<addr>{_LOCAL_PART}@[a-zA-Z0-9][a-zA-Z0-9._-]{{0,254}}[a-zA-Z0-9])"
_FIND = re.compile(_ADDR)
_FIELD_LIMIT = 4000

#: Shapes of one line, from the most to the least certain.  The first that hits anywhere decides for the whole text.
_CERTAIN_SHAPES: tuple[re.Pattern[str], ...] = (
    # qmail, Postfix, OpenSMTPD, Yahoo: "<ann@example.test>: 550 no such user".
    re.compile(rf"^[\s*]{{0,20}}<?{_ADDR}>?\s?(?:\([^()]{{0,200}}\))?:(?:\s|$)"),
    # Tables: "ann@example.test   550 no such user".
    re.compile(rf"^[\s*]{{0,20}}<?{_ADDR}>?\s{{1,40}}[45](?:\d\d|\.\d{{1,3}}\.\d{{1,3}})\s"),
    # sendmail: "550 ann@example.test... User unknown", "550 5.1.1 <ann@example.test>: rejected".
    re.compile(rf"^\W{{0,20}}[45]\d\d[ -](?:[45]\.\d{{1,3}}\.\d{{1,3}} )?<?{_ADDR}"),
    # Courier, InterScan, sendmail transcripts: ">>> RCPT TO:<ann@example.test>".
    re.compile(rf"\brcpt to:\s{{0,5}}<?{_ADDR}", re.IGNORECASE),
)
#: The same of lines that count only where no other line announces who is meant.
_BARE_SHAPES: tuple[re.Pattern[str], ...] = (
    # Exchange 5.5 to 2003: "ann@example.test on 5/5/2026 12:00", in many languages.
    re.compile(rf"^[\s*]{{1,20}}{_ADDR} \S{{1,6}} .{{0,12}}?\d{{1,4}}[./-]\d"),
    # A line with nothing but the address.
    re.compile(rf"^[\s*>-]{{0,20}}<?{_ADDR}>?(?:<mailto:[^<>\s]{{1,320}}>)?[\s.,;]{{0,20}}$"),
)

#: Who wrote the mail that came back, as the report repeats it.
_AUTHOR = re.compile(
    r"^[ \t>*]{0,20}(?:from|sender(?: address)?|mail from|von|absender|de|expéditeur|remitente|mittente)[ \t]?:"
    rf"[^\n@]{{0,80}}?[\s<\[:]{_ADDR}",
    re.IGNORECASE | re.MULTILINE,
)
#: Addresses where servers say one may ask.
_ROLE = re.compile(r"(?:abuse|support|help(?:desk)?|admin|security|no-?reply|mailer-daemon|[a-z.-]{0,20}postmaster)@")
#: Words of a line that names failed addresses itself or announces them for the lines below.
_CUE = phrases.one_of(
    r"deliver|could not be|couldn't be|unable to|failed|undeliverable|rejected|recipients?\b|addressee|mailbox",
    "(?:following|affected|invalid|failed) (?:address|user)|unknown user|user unknown|no such user",
    r"(?:mail|message|email) to\b|\baddress:|invalid final",
)


def find_listed(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return the addresses the server lists in one of the known shapes."""
    lines = evidence.text.splitlines()
    strangers = _innocent(evidence)
    for find in (_by_shape(_CERTAIN_SHAPES), _after_cue, _by_shape(_BARE_SHAPES)):
        found = [address for address in find(lines) if address.lower() not in strangers]
        if found:
            return tuple(described(evidence, address) for address in tuple(dict.fromkeys(found))[:RECIPIENT_LIMIT])
    return ()


def find_confirmed(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return the addresses that both the header announces and the text repeats: then no shape has to be known."""
    announced, written = _announced(evidence), evidence.text.lower()
    if not all(address.lower() in written for address in announced):
        return ()
    return tuple(described(evidence, address) for address in announced)


def find_announced(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return the addresses of X-Failed-Recipients, which Exim and Gmail put into the header."""
    return tuple(described(evidence, address) for address in _announced(evidence))


def find_addressee(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return the single addressee of the returned mail, where the report names nobody but tells of a failure."""
    if evidence.returned is None or not phrases.FAILURE.search(f"{evidence.message.subject}\n{evidence.text}"):
        return ()
    fields = [str(value)[:_FIELD_LIMIT] for value in evidence.returned.get_all("To", [])]
    addressees = {address for _, address in getaddresses(fields) if _FIND.fullmatch(address)}
    return tuple(described(evidence, address) for address in addressees) if len(addressees) == 1 else ()


def find_mentioned(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return the only stranger's address that a report speaks of, where it tells of a failure in any language."""
    text = f"{evidence.message.subject}\n{evidence.text}"
    told = phrases.BOUNCE_OPENING.search(text) or phrases.BOUNCE_TRANSCRIPT.search(text)
    if not (told or (phrases.BOUNCE_SUBJECT.search(evidence.message.subject) and find_status(evidence.text))):
        return ()
    strangers = _innocent(evidence)
    mentioned = {match["addr"].lower(): match["addr"] for match in _FIND.finditer(evidence.text)}
    named = [address for key, address in mentioned.items() if key not in strangers and not _ROLE.match(key)]
    return (described(evidence, named[0]),) if len(named) == 1 else ()


def described(evidence: Evidence, address: str, action: str = "") -> FailedRecipient:
    """Complete a recipient by what the text says about it: action, status, reason.

    A status is taken from beside the address, else from anywhere; without any it is X.0.0 (RFC 3463 §3.1).
    """
    diagnostic = evidence.words_beside(address)
    action = action or ("delayed" if is_delay(evidence) else "failed")
    status = find_status(diagnostic) or find_status(evidence.text)
    return FailedRecipient(address, action, status or UNDEFINED_STATUS[action], diagnostic)


def is_delay(evidence: Evidence) -> bool:
    """Tell whether the server says that it still tries."""
    text = f"{evidence.message.subject}\n{evidence.text}"
    return bool(phrases.DELAY.search(text)) and not phrases.GIVEN_UP.search(text)


def _announced(evidence: Evidence) -> tuple[str, ...]:
    values = evidence.message.header_values("X-Failed-Recipients")
    found = (match["addr"] for value in values for match in _FIND.finditer(value[:_FIELD_LIMIT]))
    return tuple(dict.fromkeys(found))[:RECIPIENT_LIMIT]


def _by_shape(shapes: tuple[re.Pattern[str], ...]) -> Callable[[list[str]], list[str]]:
    def find(lines: list[str]) -> list[str]:
        for shape in shapes:
            found = [match["addr"] for line in lines if (match := shape.search(line))]
            if found:
                return found
        return []

    return find


def _after_cue(lines: list[str]) -> list[str]:
    """Return addresses on a line with a cue, behind it, or on the lines right below it."""
    found: list[str] = []
    listed_to = 0
    for n, line in enumerate(lines):
        if n < listed_to or not _CUE.search(line):
            continue
        beside = [match["addr"] for match in _FIND.finditer(line)]
        below, length = ([], 0) if beside else _listed_below(lines[n + 1 : n + 40])
        found += beside or below
        listed_to = n + 1 + length
    return found


def _listed_below(lines: list[str]) -> tuple[list[str], int]:
    """Return the addresses at the head of lines, and how many lines the list has.

    QUIRK: Exim indents what it says of an address under it.
    """
    found: list[str] = []
    margin = 0
    for n, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if found and indent > margin + 1:
            continue
        match = _FIND.search(line)
        margin = margin if found else indent
        if match and len(line) < 200 and line.lower().find(match["addr"].lower()) < 40:
            found.append(match["addr"])
        elif line.strip():
            return found, n if found else 0
    return found, len(lines) if found else 0


def _innocent(evidence: Evidence) -> set[str]:
    """Return the addresses that a report mentions without having failed to reach them."""
    message = evidence.message
    own = {a.key for a in (*message.to, *message.cc)} | ({message.sender.key} if message.sender else set())
    authors = {match["addr"].lower() for match in _AUTHOR.finditer(evidence.text)}
    return (
        own
        | authors
        | {
            match["addr"].lower()
            for match in _FIND.finditer(evidence.text)
            if match["addr"].lower().startswith("postmaster@")
        }
    )
