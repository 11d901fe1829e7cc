"""A notice → one finished outgoing mail: its tokens, its addresses, its words and its bytes.

Called by `apply` inside the transaction that queues the mail. Message-ID and bytes are made once, here; a retry sends
the same again.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from textwrap import shorten

import structlog

from maildesk.adapters.notice_facts import NoticeContext
from maildesk.adapters.store import OutgoingMail, Transaction
from maildesk.adapters.templates import Rendered, TemplateProblem, Templates
from maildesk.apply.buttons import Notification, buttons
from maildesk.apply.earlier import Earlier
from maildesk.apply.readers import concealer_for, shown_people
from maildesk.apply.showing import Exhibit, Showing
from maildesk.apply.views import (
    ALL_ENTRIES,
    MOST_SHOWN,
    all_entries,
    attachment_facts,
    card_facts,
    clock_facts,
    empty_context,
    folded_lines,
    own_language,
    public_entries,
    public_ticket_facts,
    readers,
    ticket_facts,
)
from maildesk.mail import tokens
from maildesk.mail.compose import Draft, UnsafeMail, compose, trim_references
from maildesk.mail.threads import base_subject, is_token_id, tag_subject, untagged
from maildesk.mail.tokens import Binding, Minted, Purpose
from maildesk.model.desk import Desk
from maildesk.model.event import (
    CorrespondencePending,
    ExpectedSet,
    NoteAdded,
    Recorded,
    SideAnswered,
    SideAsked,
)
from maildesk.model.level import Priority
from maildesk.model.message import Address, InboundMessage
from maildesk.model.notice import ANSWERS, Audience, Notice, NoticeName, Visibility
from maildesk.model.person import Person
from maildesk.model.ticket import REMEMBERED_IDS, Ticket

log = structlog.get_logger(part="apply")

#: Mail to technicians that is marked as urgent on tickets of the highest priority: it brings work, or news of it.
_URGENT = frozenset(
    {
        NoticeName.TICKET_OPENED,
        NoticeName.ASSIGNED_TO_YOU,
        NoticeName.FOLLOW_UP,
        NoticeName.DEADLINE_WARNING,
        NoticeName.UPDATE_DUE,
        NoticeName.ESCALATED,
    }
)
#: Questions aside that are looked at for the first one.
_MOST_ASKED = 100
#: Characters of a question that become the subject of the mail that asks it.
_QUESTION_WIDTH = 70
_STRANGER_TEMPLATE = "acknowledgement_stranger"
#: Mail to somebody who may have written nothing: without `echo` not even the subject is theirs.
_BLIND = frozenset({
    NoticeName.ACKNOWLEDGEMENT, NoticeName.RULE_REPLY, NoticeName.WAITING_REMINDER, NoticeName.RESOLVED_UNANSWERED,
})  # fmt: skip
#: Answers to whoever wrote, who may not exist: nothing comes back for them (RFC 3834 §3.3).
_WITHOUT_SENDER = frozenset({NoticeName.ACKNOWLEDGEMENT, NoticeName.REFUSED})


class Unsendable(Exception):
    """No mail can be made of this notice: its address cannot stand in an SMTP command or its text is not safe."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """The policy in force and what letters are made with; swapped whole on reload.

    Tokens are made with `key`; those made with one of `old_keys` still count.
    """

    desk: Desk
    templates: Templates
    key: bytes = field(repr=False)
    old_keys: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Every key a genuine token may have been made with."""
        return (self.key, *self.old_keys)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a letter is about. `cause` names it once and for ever; `message` and `parts` are the mail that came in.

    `actor`: who wrote that mail and so need not be told of it.  `told`: addresses (lower case) that get a mail on this
    occasion already, about another ticket.
    """

    cause: str
    now: datetime
    message: InboundMessage | None = None
    parts: tuple[bytes, ...] = ()
    actor: Address | None = None
    told: frozenset[str] = frozenset()


class LetterWriter:
    """Writes the letters of one decision. `ticket` and `history` show it as it stands after the acts."""

    def __init__(
        self, tx: Transaction, shop: Workshop, occasion: Occasion, ticket: Ticket | None, history: tuple[Recorded, ...]
    ) -> None:
        self._tx = tx
        self._shop = shop
        self._desk = shop.desk
        self._occasion = occasion
        self._ticket = ticket
        self._new = history
        self._earlier = Earlier(tx, ticket, history)
        self._exhibit = Exhibit(occasion.message, occasion.parts, shop.desk.relay_attachments_bytes)

    def write(self, notice: Notice) -> OutgoingMail:
        """Render and compose one notice. Raises Unsendable."""
        self._refuse_internal(notice)
        binding, ref = self._bind(notice)
        reply = tokens.mint(self._shop.key, binding, Purpose.REPLY)
        home = self._home(notice)
        message_id = reply.message_id(home.rpartition("@")[2])
        try:
            data = compose(self._draft(notice, binding, reply, home, message_id))
        except (ValueError, UnsafeMail) as error:
            raise Unsendable(str(error)) from error
        ticket = self._ticket.number if self._ticket else None
        now = self._occasion.now
        return OutgoingMail(
            ref=ref, ticket=ticket, cause=self._occasion.cause, notice=notice.name.value, audience=notice.audience,
            visibility=notice.visibility, recipient=notice.to.address, message_id=message_id, data=data, created_at=now,
            envelope_sender=self._envelope_sender(notice, binding, home),
            not_before=now + timedelta(seconds=notice.delay_seconds), unproven=not notice.echo,
        )  # fmt: skip

    def report(self, notice: Notice, problem: Unsendable) -> None:
        """Log a notice that could not become a mail; the ticket itself is not lost by it."""
        number = self._ticket.number if self._ticket else None
        log.error("mail not made", notice=notice.name.value, ticket=number, problem=str(problem))

    def _refuse_internal(self, notice: Notice) -> None:
        """The last door: text that this very decision keeps internal goes to technicians only, whatever a lane said."""
        if notice.audience is Audience.TECHNICIAN or not notice.text.strip():
            return
        internal = (NoteAdded, CorrespondencePending, SideAnswered)
        # A rule's note is the admin's, and may well repeat a word of the mail.
        kept = (r.event.text for r in self._new if isinstance(r.event, internal) and not r.actor.startswith("rule: "))
        if any(text.strip() and text.strip() in notice.text for text in kept):
            raise Unsendable("it holds internal text")

    # -------------------------------------------------------------- addresses and tokens

    def _bind(self, notice: Notice) -> tuple[Binding, str]:
        ref = tokens.make_ref(self._shop.key, self._occasion.cause, notice.name.value, notice.to.address)
        number = self._ticket.number if self._ticket else None
        return Binding(ref, number, notice.to.address, notice.audience.value, notice.visibility.value), ref

    def _home(self, notice: Notice) -> str:
        """Return the desk address the mail comes from: the one the requester wrote to."""
        if self._ticket is not None and self._ticket.mailbox:
            return self._ticket.mailbox
        return self._desk.mailboxes[0].address if self._desk.mailboxes else notice.to.address

    def _envelope_sender(self, notice: Notice, binding: Binding, home: str) -> str:
        if notice.name in _WITHOUT_SENDER:
            return ""
        if not self._desk.subaddress:
            return home
        return tokens.mint(self._shop.key, binding, Purpose.BOUNCE).subaddress(home)

    def _reply_to(self, notice: Notice, token: Minted, home: str) -> str | None:
        if notice.audience is Audience.NOTIFIED:
            return None
        return token.subaddress(home) if self._desk.subaddress else home

    # -------------------------------------------------------------- the mail

    def _draft(self, notice: Notice, binding: Binding, reply: Minted, home: str, message_id: str) -> Draft:
        concealer = concealer_for(notice, self._desk, home)
        showing = self._exhibit.show(notice, concealer, self._earlier.quotable(notice, self._desk), message_id)
        shown = replace(notice, text=showing.text, html=showing.html)
        rendered = self._render(shown, self._context(shown, showing, binding, reply, home))
        in_reply_to, references = self._thread(notice, home)
        auto_submitted = self._auto_submitted(notice)
        is_said_to_all = notice.audience is Audience.PUBLIC and auto_submitted is None
        to, cc = shown_people(notice, self._ticket, self._desk) if self._ticket and is_said_to_all else ((), ())
        return Draft(
            sender=Address(concealer.text(self._sender_name(notice)), home), recipient=_greeted(notice),
            subject=concealer.text(self._subject(notice, rendered.subject)),
            text=concealer.text(rendered.text), html=concealer.page(rendered.html), message_id=message_id,
            date_at=self._occasion.now, reply_to=self._reply_to(notice, reply, home), in_reply_to=in_reply_to,
            references=references, auto_submitted=auto_submitted, visible_to=to, visible_cc=cc,
            extra_headers=self._filter_headers(notice), parts=tuple(part for _, part in showing.parts),
            is_urgent=self._is_urgent(notice),
        )  # fmt: skip

    def _render(self, notice: Notice, context: NoticeContext) -> Rendered:
        """Render with the wanted template; a faulty one of the admin's never costs anybody their mail."""
        name = self._template(notice)
        languages = self._languages(notice)
        try:
            rendered = self._shop.templates.render(name, context, languages)
        except TemplateProblem as problem:
            if name == notice.name.value:
                raise
            log.error("template failed", template=name, problem=str(problem))  # noqa: TRY400
            return self._shop.templates.render(notice.name.value, context, languages)
        if rendered.problem:
            log.error("template failed, the shipped one was used", template=name, problem=rendered.problem)
        return rendered

    def _template(self, notice: Notice) -> str:
        if notice.name is NoticeName.ACKNOWLEDGEMENT and not notice.echo:
            return _STRANGER_TEMPLATE
        wanted = notice.template or notice.name.value
        return wanted if wanted in self._shop.templates.names else notice.name.value

    def _languages(self, notice: Notice) -> tuple[str, ...]:
        """Return what the reader may be written to in: outside their own, then the desk's; inside the desk's."""
        if notice.audience is not Audience.PUBLIC:
            return (self._desk.language,)
        ticket = self._ticket if self._ticket and self._ticket.requester.key == notice.to.key else None
        own = own_language(self._person(notice.to), ticket)
        return (own, self._desk.language) if own else (self._desk.language,)

    def _person(self, address: Address) -> Person | None:
        return self._tx.people.find((address.address,)).get(address.key)

    def _sender_name(self, notice: Notice) -> str:
        """Name the person whose words these are, and the desk; an acknowledgement comes from the desk alone."""
        name = notice.author.name if notice.author else ""
        return f"{name} ({self._desk.name})" if name else self._desk.name

    def _subject(self, notice: Notice, given: str | None = None) -> str:
        """Return the subject of a mail; `given` by the template stands where none of the sender's may be repeated."""
        number = self._ticket.number if self._ticket else None
        if notice.name in _BLIND and not notice.echo:
            return f"{given or self._desk.name} [#{number}]"
        if notice.name is NoticeName.REFUSED and not notice.echo:
            return given or self._desk.name
        if notice.audience is Audience.ASIDE:
            return self._question_subject(notice)
        if self._ticket is not None:
            return tag_subject(self._ticket.subject, self._ticket.number)
        if notice.name is NoticeName.FORGERY_WARNING or self._occasion.message is None:
            return f"Warning: somebody wrote to {self._desk.name} in your name"
        return f"Re: {base_subject(untagged(self._occasion.message.subject))}"[:200].rstrip()

    def _question_subject(self, notice: Notice) -> str:
        """Return the first words of what somebody was first asked aside; nothing of the ticket's subject or number."""
        asked = (r.event for r in reversed(self._earlier.newest((SideAsked,), _MOST_ASKED)))
        first = next((e.text for e in asked if isinstance(e, SideAsked) and e.to.key == notice.to.key), None)
        words = untagged((first or notice.text).strip().partition("\n")[0])
        return ("Re: " if first else "") + shorten(words, _QUESTION_WIDTH, placeholder=" …")

    @staticmethod
    def _auto_submitted(notice: Notice) -> str | None:
        if notice.name in ANSWERS:
            return "auto-replied"
        spoken = notice.audience in (Audience.PUBLIC, Audience.ASIDE) and notice.author is not None
        return None if spoken else "auto-generated"

    def _thread(self, notice: Notice, home: str) -> tuple[str | None, tuple[str, ...]]:
        """Return In-Reply-To and References. Technicians' copies hang on one made-up root, so that nothing of the
        internal thread shows outside and their clients still group a ticket. Ids of ours prove whoever answers them:
        everybody is sent their own only.
        """
        message = self._occasion.message
        if notice.audience is Audience.ASIDE and self._ticket is not None:
            # Only what groups the mails matters to a reader's program; the order of ids of ours tells it nothing.
            asked = tuple(sorted(self._tx.outbox.ids_to(self._ticket.number, notice.to.address, REMEMBERED_IDS)))
            return (asked[-1] if asked else None), trim_references(asked)
        if notice.audience is not Audience.PUBLIC:
            if self._ticket is None:
                return (message.message_id, ()) if message and notice.name in ANSWERS else (None, ())
            root = f"<ticket.{self._ticket.number}@{home.rpartition('@')[2]}>"
            return root, (root,)
        ticket = self._ticket
        if ticket is None:
            return None, ()
        own = self._tx.outbox.ids_to(ticket.number, notice.to.address, REMEMBERED_IDS)
        ids = dict.fromkeys(i for i in (ticket.first_message_id, *ticket.message_ids) if i)
        known = tuple(i for i in ids if i in own or not is_token_id(i))
        return (known[-1] if known else None), trim_references(known)

    def _is_urgent(self, notice: Notice) -> bool:
        """Tell whether a mail asks somebody to act on a ticket that cannot wait."""
        return self._ticket is not None and self._ticket.priority is Priority.P1 and notice.name in _URGENT

    def _filter_headers(self, notice: Notice) -> tuple[tuple[str, str], ...]:
        """Stable fields for the filters of technicians' clients; they never go outside."""
        if notice.audience is not Audience.TECHNICIAN or self._ticket is None:
            return ()
        return (
            ("X-Maildesk-Ticket", str(self._ticket.number)),
            ("X-Maildesk-Queue", self._ticket.queue),
            ("X-Maildesk-Priority", self._ticket.priority.value),
            ("X-Maildesk-Reason", notice.reason or notice.name.value),
        )

    # -------------------------------------------------------------- what the templates are told

    def _context(self, notice: Notice, showing: Showing, binding: Binding, reply: Minted, home: str) -> NoticeContext:
        context = empty_context(self._desk, notice, self._occasion.now)
        context["attachments"] = attachment_facts(showing.listed, frozenset(a.index for a, _ in showing.parts))
        if notice.audience is Audience.TECHNICIAN:
            self._tell_technician(context, notice, binding, reply, home)
        elif notice.audience is Audience.ASIDE:
            # Of the ticket itself whoever is asked aside learns nothing.
            context["footer_ref"] = "" if self._desk.subaddress else reply.footer
        elif self._ticket is not None:
            known = public_ticket_facts(self._ticket, self._desk)
            if notice.author is not None and not any(isinstance(r.event, ExpectedSet) for r in self._new):
                # Somebody's words repeat no promise of old.
                known["expected_at"] = None
            context["ticket"] = known
            asks = notice.author is not None or (notice.name is NoticeName.WAITING_REMINDER and notice.echo)
            if notice.audience is Audience.PUBLIC and asks and not showing.is_interleaved:
                context["entries"] = public_entries(self._earlier.seen_by(notice.to), self._desk)
            if not self._desk.subaddress and notice.audience is Audience.PUBLIC:
                context["footer_ref"] = reply.footer
        return context

    def _tell_technician(
        self, context: NoticeContext, notice: Notice, binding: Binding, reply: Minted, home: str
    ) -> None:
        context["footer_ref"] = reply.footer
        context["notice"]["folded"] = folded_lines(notice, self._occasion.message)
        if self._ticket is None:
            return
        note = tokens.mint(self._shop.key, binding, Purpose.NOTE)
        clocks = clock_facts(self._ticket, self._desk, self._occasion.now)
        context["ticket"] = {**ticket_facts(self._ticket, self._desk), "clocks": clocks}
        context["entries"] = all_entries(self._earlier.newest(ALL_ENTRIES, MOST_SHOWN))
        requester = self._ticket.requester
        others = self._tx.tickets.of_requester(requester.address, 20)
        context["card"] = card_facts(self._ticket, self._person(requester), others, self._desk)
        context["note_address"] = note.subaddress(home) if self._desk.subaddress else ""
        message_id = reply.message_id(home.rpartition("@")[2])
        context["actions"] = buttons(
            Notification(
                notice.name, home, self._subject(notice), message_id, self._desk.subaddress, _is_final(notice)
            ),
            reply,
            note,
        )
        if notice.visibility is Visibility.PUBLIC:
            context["reply"] = {"meaning": "A plain reply goes to the requester", "to": readers(self._ticket)}
        else:
            context["reply"] = {
                "meaning": "A plain reply becomes an internal note that the requester does not see",
                "to": "",
            }


def is_spoken(data: bytes | None) -> bool:
    """Tell whether a finished mail carries somebody's words: whatever the desk says by itself is marked (RFC 3834)."""
    return data is not None and BytesHeaderParser().parsebytes(data)["Auto-Submitted"] is None


def _is_final(notice: Notice) -> bool:
    """Tell whether a mail about commands leaves nothing to undo or to send."""
    nothing_done = notice.name is NoticeName.COMMAND_RESULT and not any(r.changes for r in notice.results)
    return nothing_done or (notice.name is NoticeName.COMMAND_REJECTED and not notice.text)


def _greeted(notice: Notice) -> Address:
    """Return whom To names; the name a stranger without proof gave is their text and is not sent on."""
    return notice.to if notice.echo else Address("", notice.to.address)
