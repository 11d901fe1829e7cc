"""Who is speaking, on which ticket, and can we believe it: the table of contract §5 and nothing else.

`identify` is called first by `decide_message`; every lane relies on its answer. What it cannot prove it does not
assume.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from maildesk.model.desk import Desk, Technician
from maildesk.model.message import Address, InboundMessage, Kind
from maildesk.model.notice import Audience, Visibility
from maildesk.model.situation import Candidate, Proof, Role, Signal, Situation, Token
from maildesk.model.ticket import Ticket

#: A technician's token carries commands this long; after that it counts as spent.
COMMAND_LIFETIME = timedelta(days=14)
#: A participant's token lets a reply in this long.
REPLY_LIFETIME = timedelta(days=400)


class Standing(StrEnum):
    """How far a technician's mail is believed: one word for each cell of the table."""

    AS_SAID = "as the notice says"
    CONFIRM = "only after confirmation"
    NOTE = "as a note"
    OWN_TICKET = "as a new ticket of their own"
    PENDING = "pending until confirmed"
    STRANGER = "as a stranger"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Identity:
    """The speaker. `candidate` is the ticket the mail joins, `claims` one it only names.

    `token` is the speaker's own valid token.  `holds_copy`: it came through somebody else's token or a list.
    For a technician `text_standing` and `command_standing` are the two columns of the table.
    """

    role: Role
    proof: Proof
    candidate: Candidate | None = None
    claims: int | None = None
    token: Token | None = None
    holds_copy: bool = False
    technician: Technician | None = None
    text_standing: Standing = Standing.AS_SAID
    command_standing: Standing = Standing.AS_SAID
    why: str = ""

    @property
    def ticket(self) -> Ticket | None:
        """The ticket the mail joins."""
        return self.candidate.ticket if self.candidate else None

    @property
    def answers_aside(self) -> bool:
        """Tell whether somebody speaks whom a technician asked aside."""
        return self.token is not None and self.token.audience is Audience.ASIDE

    @property
    def visibility(self) -> Visibility:
        """What the text of this mail is, unless a command says otherwise; doubt resolves to internal."""
        return self.token.visibility if self.token else Visibility.INTERNAL


def identify(situation: Situation, desk: Desk) -> Identity:
    """Tell who speaks, on which ticket, and with what proof."""
    verdict = judge(situation.message, desk, released=situation.released)
    technician = _technician(situation, desk)
    if technician is not None and (verdict is Proof.FAILED or not _speaks_as_requester(situation, technician)):
        return _identify_technician(situation, desk, technician, verdict)
    return _identify_outsider(situation, desk, technician, verdict)


def judge(message: InboundMessage, desk: Desk, *, released: bool = False) -> Proof:
    """Weigh what the site's mail server found: PASS, FAILED or NONE (tokens are weighed by `identify`).

    Mail that claims the desk's own domain must have passed where the site's server tells: nobody else can have sent it.
    A site that only verifies signatures does not see who of its own people handed in a mail.
    """
    if released:
        return Proof.PASS
    if message.sender is None:
        return Proof.FAILED
    auth = message.auth
    if auth is not None and auth.passed:
        return Proof.PASS
    if auth is not None and auth.failed:
        return Proof.FAILED
    own_domain = message.sender.domain in {m.address.rpartition("@")[2].casefold() for m in desk.mailboxes}
    return Proof.FAILED if own_domain and desk.authenticates and not desk.own_mail_unsigned else Proof.NONE


def _technician(situation: Situation, desk: Desk) -> Technician | None:
    sender = situation.message.sender
    return desk.technician(sender.address) if sender else None


def _speaks_as_requester(situation: Situation, technician: Technician) -> bool:
    """A technician who answers what was mailed to them as a requester writes as one."""
    for candidate in situation.candidates:
        if candidate.token is not None:
            mine = technician.owns(candidate.token.recipient)
            return mine and candidate.token.audience is Audience.PUBLIC
        tickets = (candidate.ticket, *candidate.merged)
        takes_part = any(technician.owns(a.address) for a in candidate.ticket.audience)
        asked = takes_part and any(technician.owns(t.requester.address) for t in tickets)
        if candidate.signal is Signal.STORED_ID and asked:
            return True
    return False


# ------------------------------------------------------------------ requesters, participants, strangers


def _identify_outsider(situation: Situation, desk: Desk, technician: Technician | None, verdict: Proof) -> Identity:
    for candidate in situation.candidates:
        joined = _outsider_joins(situation, desk, candidate, technician, verdict)
        if joined is not None:
            return joined
    claims = situation.candidates[0].ticket.number if situation.candidates else None
    role = Role.STRANGER if situation.message.kind in (Kind.PERSON, Kind.LIST) else Role.MACHINE
    return Identity(role, verdict, claims=claims, why="no ticket that this sender takes part in")


def _outsider_joins(
    situation: Situation, desk: Desk, candidate: Candidate, technician: Technician | None, verdict: Proof
) -> Identity | None:
    sender = situation.message.sender
    if sender is None:
        return None
    # Whoever took part in a ticket that went into this one was let in here then, and may have been taken out since.
    role = _role_on(candidate.ticket, sender, technician)
    takes_part = role is not Role.STRANGER
    token = candidate.token
    if token is not None and _is_fresh(token, situation, REPLY_LIFETIME):
        if token.audience is Audience.ASIDE and _was_asked(token.recipient, sender, desk, verdict):
            proof = verdict if verdict is not Proof.NONE else Proof.TOKEN
            # Whoever is asked aside speaks as nobody on this ticket, though they may take part in it as well.
            return Identity(Role.STRANGER, proof, candidate, token=token, why="the sender was asked aside")
        if takes_part and token.audience is Audience.PUBLIC and _is_speaker(token.recipient, sender, technician):
            proof = verdict if verdict is not Proof.NONE else Proof.TOKEN
            return Identity(role, proof, candidate, token=token, why="the reply token was made for this sender")
        if not takes_part:
            return Identity(role, verdict, candidate, holds_copy=True, why=f"the token was made for {token.recipient}")
    if verdict is Proof.FAILED:
        return None
    if not takes_part:
        return _bystander_joins(desk, candidate, verdict)
    if candidate.signal is Signal.SUBJECT and verdict is not Proof.PASS:
        return None
    return Identity(role, verdict, candidate, why="the sender takes part in this ticket")


def _was_asked(address: str, sender: Address, desk: Desk, verdict: Proof) -> bool:
    """Tell whether a question aside was for this sender: a vendor answers from the address of whoever works there."""
    if address.casefold() == sender.key:
        return True
    vendor = desk.vendor(address.rpartition("@")[2].casefold())
    return vendor is not None and vendor.owns(sender.domain) and is_vendor_believed(desk, verdict)


def _bystander_joins(desk: Desk, candidate: Candidate, verdict: Proof) -> Identity | None:
    """Let in who takes part in the matter, though not in person: a vendor by its number, a list by its own thread."""
    if candidate.signal is Signal.VENDOR_NUMBER and is_vendor_believed(desk, verdict):
        return Identity(Role.VENDOR, verdict, candidate, why="the vendor's number stands for this ticket")
    if candidate.signal is Signal.STORED_ID and candidate.same_list:
        # A list proves nothing about who writes: what came over it stays with its ticket, for technicians to see.
        why = "it came over the mailing list that opened this ticket"
        return Identity(Role.STRANGER, verdict, candidate, holds_copy=True, why=why)
    return None


def is_vendor_believed(desk: Desk, verdict: Proof) -> bool:
    """Tell whether mail from a vendor's domain is the vendor's: proven, or at a site where nothing can be proven."""
    return verdict is Proof.PASS or (verdict is Proof.NONE and not desk.authenticates)


def _role_on(ticket: Ticket, sender: Address, technician: Technician | None) -> Role:
    if _is_speaker(ticket.requester.address, sender, technician):
        return Role.REQUESTER
    joined = any(_is_speaker(p.address, sender, technician) for p in ticket.participants)
    return Role.PARTICIPANT if joined else Role.STRANGER


def _is_speaker(address: str, sender: Address, technician: Technician | None) -> bool:
    """A technician who writes as a requester may use any of their addresses."""
    return address.casefold() == sender.key or (technician is not None and technician.owns(address))


def _is_fresh(token: Token, situation: Situation, lifetime: timedelta) -> bool:
    return situation.now - token.issued_at <= lifetime


# ------------------------------------------------------------------ technicians


def _identify_technician(situation: Situation, desk: Desk, technician: Technician, verdict: Proof) -> Identity:
    candidate = next((c for c in situation.candidates if _is_own_token(c.token, technician)), None)
    if verdict is Proof.FAILED:
        claimed = candidate or next(iter(situation.candidates), None)
        return Identity(
            Role.TECHNICIAN,
            verdict,
            claimed,
            technician=technician,
            text_standing=Standing.HELD,
            command_standing=Standing.HELD,
            why="claims to be a technician but fails authentication",
        )
    if candidate is None or candidate.token is None:
        return _without_token(situation, technician, verdict)
    text, commands, why = _with_token(situation, desk, candidate.token, verdict)
    proof = verdict if verdict is not Proof.NONE else Proof.TOKEN
    return Identity(
        Role.TECHNICIAN,
        proof,
        candidate,
        token=candidate.token,
        technician=technician,
        text_standing=text,
        command_standing=commands,
        why=why,
    )


def _is_own_token(token: Token | None, technician: Technician) -> bool:
    return token is not None and token.audience is Audience.TECHNICIAN and technician.owns(token.recipient)


def _with_token(situation: Situation, desk: Desk, token: Token, verdict: Proof) -> tuple[Standing, Standing, str]:
    fresh = not token.spent and _is_fresh(token, situation, COMMAND_LIFETIME)
    if situation.released:
        return Standing.AS_SAID, Standing.AS_SAID, "somebody entitled to it stands for this mail"
    if verdict is Proof.PASS:
        if fresh:
            return Standing.AS_SAID, Standing.AS_SAID, "dmarc=pass and a token"
        used = "has carried out commands already" if token.spent else f"is older than {COMMAND_LIFETIME.days} days"
        return Standing.AS_SAID, Standing.CONFIRM, f"the mail you answered {used}"
    if not desk.authenticates and fresh and not has_outsiders(situation.message, desk):
        return Standing.AS_SAID, Standing.AS_SAID, "a fresh token, and nobody else saw it"
    return Standing.PENDING, Standing.CONFIRM, "nothing but the reply address speaks for it"


def _without_token(situation: Situation, technician: Technician, verdict: Proof) -> Identity:
    named = next(iter(situation.candidates), None)
    numbered = next((c for c in situation.candidates if c.signal is Signal.SUBJECT or c.token is not None), None)
    # A confirmation is an admin's word too: what was released is not asked about again.
    commands = Standing.AS_SAID if situation.released else Standing.CONFIRM
    if verdict is not Proof.PASS and situation.reported is not None:
        return _with_word(technician)
    if verdict is not Proof.PASS:
        return Identity(
            Role.STRANGER,
            verdict,
            claims=named.ticket.number if named else None,
            technician=technician,
            text_standing=Standing.STRANGER,
            command_standing=Standing.STRANGER,
            why="names a technician in From but proves nothing",
        )
    if numbered is not None:
        return Identity(
            Role.TECHNICIAN,
            verdict,
            numbered,
            technician=technician,
            text_standing=Standing.NOTE,
            command_standing=commands,
            why="it answers no mail of the desk to you",
        )
    return Identity(
        Role.TECHNICIAN,
        verdict,
        claims=named.ticket.number if named else None,
        technician=technician,
        text_standing=Standing.OWN_TICKET,
        command_standing=commands,
        why="it answers no mail of the desk to you",
    )


def _with_word(technician: Technician) -> Identity:
    """A word such as `yes` through the token of a mail that only the stored address has got, and of no ticket."""
    return Identity(
        Role.TECHNICIAN,
        Proof.TOKEN,
        technician=technician,
        text_standing=Standing.PENDING,
        command_standing=Standing.CONFIRM,
        why="answers a mail that only the stored address has got",
    )


def has_outsiders(message: InboundMessage, desk: Desk) -> bool:
    """Tell whether somebody beside the desk and its technicians received this mail, and with it the token."""
    return any(
        not desk.is_own_address(a.address) and desk.technician(a.address) is None for a in (*message.to, *message.cc)
    )
