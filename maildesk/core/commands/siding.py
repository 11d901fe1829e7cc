"""The command that asks somebody outside about a ticket without letting them take part in it.

Whoever is asked sees the question and nothing else: no subject, no number, no earlier text; their answer is internal.
"""

import re
from dataclasses import replace

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Strand, Verb
from maildesk.core.commands.people import written_to_once
from maildesk.core.notices import crew
from maildesk.mail.addresses import is_addr_spec
from maildesk.model.desk import Desk
from maildesk.model.event import SideAsked, WatchersChanged
from maildesk.model.level import Priority
from maildesk.model.message import Address, Attachment
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.ticket import Ticket

#: `bob@x.test: text`, `Bob Bone <bob@x.test>: text`, `bob@x.test text`; the text may stand below instead.
_ASKED = re.compile(r'(?:"?([^"<>,;@]*?)"?\s*<([^<>\s]+)>|([^\s<>:,;]+@[^\s<>:,;]+))\s*[:,]?\s*(.*)')


def side(command: Command, context: Context) -> Applied | Refused:
    """Ask somebody outside, who sees nothing else of the ticket: the question on this line, or the text below."""
    ticket, found = context.ticket, _ASKED.fullmatch(command.value)
    if ticket is None:
        return NO_TICKET
    if found is None:
        return Refused("whom do you want to ask?", "#side ADDRESS: your question")
    person, text = Address((found[1] or "").strip(), found[2] or found[3]), found[4].strip()
    if not text:
        return ask_below(context, ticket, person)
    wrong = _wrong_person(person, context, ticket)
    return wrong or Applied(_asked(context, ticket, person, text, ()), f"asked {person.address} aside")


def ask_below(context: Context, ticket: Ticket, person: Address) -> Applied | Refused:
    """Ask somebody aside what stands below the lines."""
    wrong = _wrong_person(person, context, ticket)
    if wrong is not None:
        return wrong
    if context.is_text_taken or not context.text.strip():
        return Refused(f"what do you want to ask {person.address}?", f"#side {person.address}: your question")
    if context.as_reply or context.as_note:
        return Refused("the text below is spoken for; put the question on the line of #side")
    if context.has_foreign_text:
        return Refused(f"the text below belongs to ticket {context.home}; ask aside in a mail of its own")
    asked = _asked(context, ticket, person, context.text, context.files)
    return Applied(replace(asked, is_text_taken=True), f"asked {person.address} aside what stands below")


def _wrong_person(person: Address, context: Context, ticket: Ticket) -> Refused | None:
    if not is_addr_spec(person.address):
        return Refused(f"'{person.address}' is no mail address")
    if context.desk.is_own_address(person.address):
        return Refused("that is the desk's own address")
    if context.desk.technician(person.address) is not None:
        return Refused(f"{person.address} is a technician; write them a note", "#note")
    if ticket.takes_part(person.address):
        return Refused(f"{person.address} takes part in this ticket; a plain reply reaches them", "#reply")
    return written_to_once(person) if context.has_asked_aside(person) else None


def _asked(context: Context, ticket: Ticket, person: Address, text: str, files: tuple[Attachment, ...]) -> Context:
    """Record the question; whoever asked is told of the answer from now on, also when they work on other tickets."""
    told = context.technician in crew(context.desk, ticket.queue, ticket.assignee, ticket.watchers)
    watch = () if told else (WatchersChanged((*ticket.watchers, context.technician.email)),)
    return context.after(SideAsked(person, context.technician.address, text, None, files), *watch)


def side_questions(desk: Desk, strand: Strand) -> tuple[Notice, ...]:
    """Write the questions that the lines of a mail asked aside about one ticket; they wait as public answers do."""
    delay = 0.0 if strand.ticket.priority is Priority.P1 else desk.recall_seconds
    return tuple(
        Notice(
            NoticeName.SIDE_QUESTION,
            act.event.to,
            Audience.ASIDE,
            Visibility.INTERNAL,
            text=act.event.text,
            author=act.event.author,
            attachments=act.event.attachments,
            delay_seconds=delay,
        )
        for act in strand.acts
        if isinstance(act.event, SideAsked)
    )


SIDE_VERBS: dict[str, Verb] = {"side": Verb(side, "ADDRESS: TEXT")}
