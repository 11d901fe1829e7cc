"""Whether an address takes mail: what kills it, what is withheld from a dead one, and who is told of what stays.

Called by the lanes and by `apply`, which only look up and carry out. A server's words are believed only about the very
address our mail went to, and a doubt never silences anybody: mail to a dead address stays unsent, so that only what
clearly speaks of the address counts; a full mailbox, a filter's verdict or a matter of time does not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from maildesk.core.notices import delivery_failed, one_each, substitutes
from maildesk.mail.phrases import one_of
from maildesk.model.decision import Act
from maildesk.model.desk import Desk
from maildesk.model.event import DeliveryFailed
from maildesk.model.message import Address
from maildesk.model.notice import Audience, Notice, NoticeName
from maildesk.model.person import AddressDied, Person
from maildesk.model.ticket import Ticket

#: How the reason of a mail begins that was kept back because its address is dead.
WITHHELD = "not sent: mail to "
#: What technicians are told when an address dies.
_FROM_NOW_ON = (
    "Nothing more is sent to this address until its owner writes; answers wait in the outbox, "
    "where `maildesk outbox retry` sends one all the same"
)
_UNTIL = "It waits in the outbox and leaves as soon as its owner writes, or by `maildesk outbox retry`"
#: What would be wrong, of no use, or an answer to somebody else in the hands of another technician.
_FOR_ONE_ALONE = frozenset(
    {
        NoticeName.ASSIGNED_TO_YOU, NoticeName.TAKEN, NoticeName.COMMAND_RESULT, NoticeName.COMMAND_REJECTED,
        NoticeName.FORGERY_WARNING,
    }
)  # fmt: skip

#: Codes that speak of the address itself (RFC 3463 §3.2, §3.3; RFC 7505 §4.2 for the last but one).
_DEAD = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.1)")
#: Codes that say little, or none. QUIRK: many servers put one of them before "user unknown"; the text then decides.
_VAGUE = re.compile(r"5\.(?:[01235]\.0|4\.\d{1,3}|5\.[1-9]|1\.351)|")
#: Codes beside the first that rule a death out: a full mailbox, size, policy, or merely for now.
_INNOCENT = re.compile(r"(?<![\d.])(?:4\.\d{1,3}\.\d{1,3}|5\.(?:7\.\d{1,3}|2\.[23]|3\.4|1\.[78]))(?![\d.]*\d)")
#: QUIRK: the code behind the reply says more than the status of the report.
_BEHIND_REPLY = re.compile(r"(?<!\d)5\d\d[ #(-]{1,3}(5\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")

_WHO = "(?:user|recipient|mailbox|address(?:ee)?|account|e-?mail(?: address| account)?|person|domain|host)"
#: Words by which servers say that there is no such addressee.
_UNKNOWN = one_of(
    rf"(?:unknown|no such|invalid|non-?existent|undefined) (?:local |virtual |mail |e-?mail )?{_WHO}",
    rf"{_WHO}(?: name)?(?:,? \S{{1,320}})?:? (?:is |was |has been )?(?:not found|unknown|invalid|deleted|deactivated)",
    rf"{_WHO}(?:,? \S{{1,320}})? (?:does(?: not|n't) exist|no longer (?:exists|available|on server|valid))",
    rf"not a (?:known|valid) {_WHO}|no (?:mailbox|user) (?:here )?(?:by|with) that name|user not exist",
    r"account (?:that you tried to reach )?(?:does not exist|(?:is|has been) (?:disabled|inactive|discontinued))",
    r"user doesn't have an? \S{1,320} account|not listed in (?:domino|public|the) ",
    "recip(?:ient)?notfound|unrouteable address|host or domain name not found|nxdomain|indicated no smtp service",
    "address (?:couldn't|could not) be found|couldn't find (?:any host|a mail exchanger)",
    "(?:benutzer|empfänger|postfach|adresse) (?:ist )?(?:unbekannt|existiert nicht)|destinataire (?:inconnu|invalide)",
    "utilisateur inconnu|(?:adresse|compte|utilisateur) n'existe pas|usuario (?:desconocido|no existe)",
    "destinatario (?:desconocido|no existe)|(?:usuário|destinatário) (?:desconhecido|inexistente|não existe)",
    "utente sconosciuto|(?:utente|indirizzo) inesistente|(?:gebruiker|adres|geadresseerde) (?:is )?onbekend",
    "(?:użytkownik|adresat) nie istnieje|(?:пользователь|адрес|ящик) не (?:найден|существует)",
    "(?:用户|收件人|邮箱|帐号|账号)不存在|宛先不明",
)
#: Words that rule a death out, whatever the code. QUIRK: "5.1.1 mailbox full" and "5.2.1 … at a rate" exist.
_OTHER_MATTER = one_of(
    r"quota|(?:mailbox|inbox|storage)(?: \S{1,320})? (?:is |space )?(?:full|exceed)|over ?(?:the )?limit",
    r"too (?:many|much|fast|large|big)|message size|at a rate|rate.?limit|temporar|\blater\b|gr[ae]y-?list",
    r"spam|virus|bl(?:ack|ock)(?:ed|ing|-?list)|reputation|\b(?:dmarc|dkim|spf|rbl|dnsbl)\b|policy|unsolicited",
    r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not|prohibited)|(?:unable|not (?:permitted|allowed)) to relay",
    r"sender|\bfrom: domain|authenticat|access denied|\b[he][eh]lo\b|client host|\byour (?:ip|host|domain|server)",
)
#: Names in a diagnostic that say nothing, whatever they are made of.
_NAMES = re.compile(
    r"[^\s<>:;,()]{0,320}@[^\s<>:;,()]{1,320}|\w{1,20}://\S{1,500}|(?<=\bhost )[\w-]{1,63}[.\[]\S{1,320}"
)


def find_death(recipient: str, status: str, diagnostic: str) -> tuple[AddressDied, ...]:
    """Return the lesson that an address is dead, if a failure for good clearly says so; else nothing.

    `recipient` is the address our mail went to, `status` an enhanced code (RFC 3463) or empty, `diagnostic` the words
    of the server that refused.
    """
    status, words = status.strip(), _NAMES.sub("@", diagnostic)
    behind = _BEHIND_REPLY.search(diagnostic)
    codes = {status, *([behind.group(1)] if behind else [])}
    if not recipient or _OTHER_MATTER.search(words) or any(_INNOCENT.search(c) for c in (*codes, diagnostic)):
        return ()
    is_said = any(_DEAD.fullmatch(c) for c in codes)
    is_worded = bool(_VAGUE.fullmatch(status) and _UNKNOWN.search(words))
    reason = diagnostic if status in diagnostic else f"{status} {diagnostic}"
    return (AddressDied(recipient, reason.strip()[:200]),) if is_said or is_worded else ()


def told_of_death(detail: str, died: tuple[AddressDied, ...]) -> str:
    """Add to what technicians are told of a failure that the address counts as dead from now on."""
    return f"{detail.rstrip('.')}. {_FROM_NOW_ON}" if died else detail


def withheld_because(person: Person, desk: Desk) -> str:
    """Return the sentence that the outbox shows for a mail to a dead address."""
    since = person.dead_since.astimezone(desk.timezone).date().isoformat() if person.dead_since else "an earlier day"
    return f"{WITHHELD}{person.address} came back on {since}: {person.dead_reason}"


def is_owed(audience: Audience, *, is_spoken: bool) -> bool:
    """Tell whether a withheld mail leaves when its recipient is back: to outsiders somebody's words, not old news.

    What the desk said by itself may be wrong by now: a ticket that was resolved is open again.  A technician gets all
    that came in meanwhile, because nothing else tells of it.  A mail that is owed was caused by an earlier one, so that
    it does not count against the one mail that the new one may cause.
    """
    return audience is Audience.TECHNICIAN or (audience in (Audience.PUBLIC, Audience.ASIDE) and is_spoken)


# ------------------------------------------------------------------ mail that does not leave


@dataclass(frozen=True, slots=True)
class Unsent:
    """A notice that does not leave. `told`: what technicians read; `message_id` empty: no mail was made of it."""

    notice: Notice
    status: str
    diagnostic: str
    told: str
    message_id: str = ""


def unwritable(notice: Notice, problem: str) -> Unsent:
    """Describe a notice of which no mail can be made."""
    return Unsent(notice, "5.0.0", problem, problem)


def withheld(notice: Notice, message_id: str, person: Person, desk: Desk) -> Unsent:
    """Describe a mail to a dead address."""
    status = re.search(r"5\.\d{1,3}\.\d{1,3}", person.dead_reason)
    because = withheld_because(person, desk)
    told = f"the answer was {because.rstrip('.')[:300]}. {_UNTIL}"
    return Unsent(notice, status.group() if status else "5.0.0", because, told, message_id)


def stand_ins(
    notices: tuple[Notice, ...], dead: Mapping[str, Person], ticket: Ticket, desk: Desk, actor: Address | None
) -> tuple[Notice, ...]:
    """Return what others are told of a ticket, because no technician who ought to read of it takes mail.

    `notices` are those to the inside, `dead` holds whoever of all technicians takes no mail, by address in lower case;
    `actor` wrote the mail that came in. Whoever gets a mail anyway gets no other one.
    """
    lost = tuple(notice for notice in notices if notice.name not in _FOR_ONE_ALONE)
    if not lost or any(notice.to.key not in dead for notice in lost):
        return ()
    names = ", ".join(dict.fromkeys(notice.to.name or notice.to.address for notice in lost))
    because = f"mail to {names} comes back: {dead[lost[0].to.key].dead_reason.rstrip('.')}"
    told = {notice.to.key for notice in notices}
    copies = (
        replace(lost[0], to=t.address, reason=f"queue {ticket.queue}", detail=_joined(lost[0].detail, because))
        for t in substitutes(desk, ticket.queue, dead)
        if t.address.key not in told
    )
    return one_each(copies, desk, actor)


def _joined(detail: str, more: str) -> str:
    return f"{detail.rstrip('.')}. {more}" if detail else more


def account_for(unsent: tuple[Unsent, ...], ticket: Ticket, desk: Desk) -> tuple[tuple[Act, ...], tuple[Notice, ...]]:
    """Return the events of public mail that does not leave, and the warnings: only lost words are worth one."""
    public = tuple(u for u in unsent if u.notice.audience in (Audience.PUBLIC, Audience.ASIDE))
    acts = tuple(
        Act("maildesk", DeliveryFailed(u.notice.to.address, u.status, u.diagnostic[:500], u.message_id)) for u in public
    )
    warnings = (
        delivery_failed(desk, ticket, u.notice.to.address, u.told, author=u.notice.author)
        for u in public
        if u.notice.author is not None
    )
    return acts, tuple(w for told in warnings for w in told)
