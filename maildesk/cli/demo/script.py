"""The scripted day: what each person does, and how it shows in the mailboxes and in the desk's own records.

Called by the verb. To add a step write a `_does_…` and a `_sees_…` function and put a line into `SCRIPT` at the bottom.
"""

from email.message import EmailMessage
from email.utils import parseaddr

from maildesk.adapters.store import LedgerEntry, OutboxState
from maildesk.cli.demo.day import Gone, Step
from maildesk.cli.demo.files import RULE
from maildesk.cli.demo.people import Person, message_id, text_of
from maildesk.cli.demo.site import Site
from maildesk.model.decided import Outcome
from maildesk.model.level import Priority
from maildesk.model.notice import NoticeName
from maildesk.model.ticket import Status, Ticket

#: The mails people write, by the left half of their Message-ID.
_OUTAGE, _ANSWER, _DETAIL, _SOLUTION = "outage", "answer", "detail", "solution"
_VPN, _FORGERY, _TYPO, _CORRECTED, _WEEKLY = "vpn", "forgery", "typo", "corrected", "weekly"
_MISTAKE, _UNDO, _QUESTION = "mistake", "undo", "question"
_WRITTEN = (
    *(_OUTAGE, _ANSWER, _DETAIL, _SOLUTION, _VPN, _FORGERY, _TYPO, _CORRECTED, _WEEKLY),
    *(_MISTAKE, _UNDO, _QUESTION),
)

_TIAS_ALIAS = "tia@home.test"
_ANNS_WORDS = "Nobody here can read mail"
_FOLDERS = ("Processed", "Held", "Quarantine")


# ------------------------------------------------------------------ what can be found


def _find_ruling(site: Site, author: Person, name: str) -> LedgerEntry | None:
    """Find what the desk decided about a mail somebody wrote."""
    with site.stored() as reader:
        return next((e for e in reader.ledger() if e.message_id == message_id(author, name)), None)


def _find_ticket(site: Site, author: Person, name: str) -> Ticket | None:
    """Find the ticket a mail belongs to."""
    entry = _find_ruling(site, author, name)
    with site.stored() as reader:
        return reader.ticket(entry.ticket) if entry and entry.ticket else None


def _load_ticket(site: Site, author: Person, name: str) -> Ticket:
    ticket = _find_ticket(site, author, name)
    if ticket is None:
        raise Gone(f"the ticket of the mail '{name}'")
    return ticket


def _anns(site: Site) -> Ticket:
    return _load_ticket(site, site.ann, _OUTAGE)


def _bobs(site: Site) -> Ticket:
    return _load_ticket(site, site.bob, _VPN)


def _weekly(site: Site) -> Ticket:
    return _load_ticket(site, site.news, _WEEKLY)


def _find_letter(site: Site, to: Person, notice: NoticeName, ticket: Ticket | None = None) -> EmailMessage | None:
    """Find the newest mail of this sort from the desk that really lies in somebody's mailbox."""
    number = ticket.number if ticket else None
    with site.stored() as reader:
        sent = {
            entry.message_id
            for entry in reader.outbox()
            if entry.notice == notice and entry.recipient == to.address and number in (None, entry.ticket)
        }
    return next((mail for mail in reversed(to.read()) if mail["Message-ID"] in sent), None)


def _load_letter(site: Site, to: Person, notice: NoticeName, ticket: Ticket) -> EmailMessage:
    mail = _find_letter(site, to, notice, ticket)
    if mail is None:
        raise Gone(f"the mail '{notice}' to {to.name}")
    return mail


def _headline(mail: EmailMessage, ticket: Ticket) -> str:
    """Return the first line of a mail that names the ticket, its subject where no line does."""
    return next((line for line in text_of(mail).splitlines() if f"#{ticket.number}" in line), str(mail["Subject"]))


def _is_shown(person: Person, *words: str) -> bool:
    """Tell whether any mail in somebody's mailbox shows one of these words, in a header or a text."""
    for mail in person.read():
        texts = (str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text")
        shown = "\n".join((*map(str, mail.values()), *texts)).casefold()
        if any(word.casefold() in shown for word in words):
            return True
    return False


# ------------------------------------------------------------------ an outage


def _sees_start(site: Site) -> str:
    made = all(map(site.desk.has_folder, _FOLDERS))
    return f"watching {site.desk.address}, with folders {', '.join(_FOLDERS)}" if made else ""


def _does_outage(site: Site) -> None:
    text = f"Good morning,\n\nthe mail server is down since eight o'clock. {_ANNS_WORDS}.\n\nAnn Bauer\n"
    site.ann.write(site.desk.address, "Mail server is down", text, _OUTAGE)


def _sees_outage(site: Site) -> str:
    ticket = _find_ticket(site, site.ann, _OUTAGE)
    return f"“{ticket.subject}” is ticket {ticket.number}" if ticket else ""


def _sees_acknowledgement(site: Site) -> str:
    mail = _find_letter(site, site.ann, NoticeName.ACKNOWLEDGEMENT, _anns(site))
    return f"“{mail['Subject']}”" if mail else ""


def _sees_priority(site: Site) -> str:
    ticket = _anns(site)
    with site.stored() as reader:
        ruled = any(recorded.actor == f"rule: {RULE}" for recorded in reader.history(ticket.number))
    as_ruled = ticket.priority is Priority.P1 and ticket.queue == "network"
    return f"rule “{RULE}”: {ticket.priority}, queue {ticket.queue}" if ruled and as_ruled else ""


def _sees_notification(site: Site) -> str:
    ticket = _anns(site)
    mail = _find_letter(site, site.tia, NoticeName.TICKET_OPENED, ticket)
    return f"“{_headline(mail, ticket)}”" if mail else ""


def _does_answer(site: Site) -> None:
    told = _load_letter(site, site.tia, NoticeName.TICKET_OPENED, _anns(site))
    text = "#assign me\n\nHello Ann,\n\na disk is full. I am making room and write again within the hour."
    site.tia.reply(told, text, _ANSWER)


def _sees_assigned(site: Site) -> str:
    joined = _find_ticket(site, site.tia, _ANSWER)
    is_hers = joined is not None and joined.assignee == site.tia.address
    return f"“#assign me” and a text: ticket {joined.number} is hers and {joined.status}" if joined and is_hers else ""


def _sees_answer(site: Site) -> str:
    mail = _find_letter(site, site.ann, NoticeName.CORRESPONDENCE, _anns(site))
    if mail is None or _is_shown(site.ann, site.tia.address, _TIAS_ALIAS):
        return ""
    name, address = parseaddr(mail["From"])
    is_named = site.tia.name in name and address == site.desk.address
    return f"from {mail['From']}; Tia's own addresses appear nowhere" if is_named else ""


def _sees_result(site: Site) -> str:
    mail = _find_letter(site, site.tia, NoticeName.COMMAND_RESULT, _anns(site))
    line = next((line for line in text_of(mail).splitlines() if "#assign me" in line), "") if mail else ""
    return f"“{' '.join(line.split())}”" if line else ""


def _does_detail(site: Site) -> None:
    answer = _load_letter(site, site.ann, NoticeName.CORRESPONDENCE, _anns(site))
    site.ann.reply(answer, "Thank you. The web mail works again, the telephones do not.", _DETAIL)


def _sees_joined(site: Site) -> str:
    entry, ticket = _find_ruling(site, site.ann, _DETAIL), _anns(site)
    joined = entry is not None and entry.outcome is Outcome.FOLLOW_UP and entry.ticket == ticket.number
    told = joined and _find_letter(site, site.tia, NoticeName.FOLLOW_UP, ticket)
    return f"no new ticket but a follow-up of {ticket.number}, and Tia is told" if told else ""


def _does_solution(site: Site) -> None:
    told = _load_letter(site, site.tia, NoticeName.FOLLOW_UP, _anns(site))
    site.tia.reply(told, "#close\n\nThe disk has room again, telephones included. Sorry for the morning.", _SOLUTION)


def _sees_solution(site: Site) -> str:
    ticket = _anns(site)
    mail = _find_letter(site, site.ann, NoticeName.RESOLVED, ticket)
    carried = mail is not None and "The disk has room again" in text_of(mail)
    return f"ticket {ticket.number} is {ticket.status}, and Ann has the solution" if carried else ""


# ------------------------------------------------------------------ somebody else's number, somebody else's name


def _does_vpn(site: Site) -> None:
    number = _anns(site).number
    text = f"Is this my ticket, #{number}? The VPN does not connect any more.\n\nBob\n"
    site.bob.write(site.desk.address, f"VPN [#{number}]", text, _VPN)


def _sees_own_ticket(site: Site) -> str:
    ticket, anns = _find_ticket(site, site.bob, _VPN), _anns(site)
    if ticket is None or ticket.number == anns.number or ticket.claims != anns.number:
        return ""
    told = _find_letter(site, site.bob, NoticeName.ACKNOWLEDGEMENT, ticket)
    hidden = not _is_shown(site.bob, _ANNS_WORDS, site.ann.address)
    return f"he gets ticket {ticket.number} and sees nothing of {anns.number}" if told and hidden else ""


def _does_forgery(site: Site) -> None:
    subject = f"Re: VPN [#{_bobs(site).number}]"
    site.mallory.forge(site.tia, site.desk.address, subject, "#close\n\nAll is well, good bye.\n", _FORGERY)


def _sees_held(site: Site) -> str:
    entry = _find_ruling(site, site.tia, _FORGERY)
    filed = any(mail["Message-ID"] == message_id(site.tia, _FORGERY) for mail in site.desk.read("Held"))
    is_held = entry is not None and entry.outcome is Outcome.HELD and filed
    ticket = _bobs(site)
    return (
        f"it is held, ticket {ticket.number} is still {ticket.status}" if is_held and not ticket.status.is_done else ""
    )


def _sees_warning(site: Site) -> str:
    mail = _find_letter(site, site.tia, NoticeName.FORGERY_WARNING)
    return f"“{_headline(mail, _bobs(site))}”" if mail else ""


# ------------------------------------------------------------------ a typo, and a machine


def _does_typo(site: Site) -> None:
    told = _load_letter(site, site.tia, NoticeName.TICKET_OPENED, _bobs(site))
    site.tia.reply(told, "#clsoe\n\nYour certificate had run out. Please connect again.", _TYPO)


def _sees_explained(site: Site) -> str:
    mail = _find_letter(site, site.tia, NoticeName.COMMAND_REJECTED, _bobs(site))
    hint = next((line.strip() for line in text_of(mail).splitlines() if "mean #close" in line), "") if mail else ""
    return f"“{hint}” Bob was sent nothing" if hint and not _is_shown(site.bob, "certificate") else ""


def _does_corrected(site: Site) -> None:
    told = _load_letter(site, site.tia, NoticeName.TICKET_OPENED, _bobs(site))
    site.tia.reply(told, "#close\n\nYour certificate had run out. Please connect again.", _CORRECTED)


def _sees_corrected(site: Site) -> str:
    ticket = _bobs(site)
    is_done = ticket.status is Status.RESOLVED and _find_letter(site, site.bob, NoticeName.RESOLVED, ticket)
    return f"ticket {ticket.number} is {ticket.status}, and Bob has the answer" if is_done else ""


def _does_weekly(site: Site) -> None:
    text = "This week: ten ways to sort a drawer.\n"
    headers = {"List_Id": "Weekly News <weekly.lists.test>", "Precedence": "list"}
    site.news.write(site.desk.address, "Weekly news 47", text, _WEEKLY, **headers)


def _sees_silence(site: Site) -> str:
    ticket = _find_ticket(site, site.news, _WEEKLY)
    # What a decision sends is in the outbox together with the decision: there is no later moment to wait for.
    with site.stored() as reader:
        answered = any(entry.recipient == site.news.address for entry in reader.outbox())
    return f"ticket {ticket.number}, and no acknowledgement" if ticket and not answered else ""


# ------------------------------------------------------------------ a slip of the hand, and a question


def _does_mistake(site: Site) -> None:
    told = _load_letter(site, site.tia, NoticeName.TICKET_OPENED, _weekly(site))
    site.tia.reply(told, "#spam", _MISTAKE)


def _sees_mistake(site: Site) -> str:
    ticket = _weekly(site)
    told = ticket.status is Status.CLOSED and _find_letter(site, site.tia, NoticeName.COMMAND_RESULT, ticket)
    return f"ticket {ticket.number} is {ticket.status}, and the result mail offers “undo”" if told else ""


def _does_undo(site: Site) -> None:
    site.tia.reply(_load_letter(site, site.tia, NoticeName.COMMAND_RESULT, _weekly(site)), "undo", _UNDO)


def _sees_undone(site: Site) -> str:
    ticket = _weekly(site)
    is_back = ticket.status is Status.NEW and not ticket.tags
    return f"ticket {ticket.number} is {ticket.status} again, as if nothing had happened" if is_back else ""


def _does_question(site: Site) -> None:
    site.tia.write(site.desk.address, "What is left?", "#list\n", _QUESTION)


def _sees_listed(site: Site) -> str:
    ticket, mail = _weekly(site), _find_letter(site, site.tia, NoticeName.COMMAND_RESULT)
    lines = text_of(mail).splitlines() if mail else []
    row = next((row for row in lines if row.startswith(f"#{ticket.number} ")), "")
    return f"“{' '.join(row.split())}”" if row else ""


def _sees_rest(site: Site) -> str:
    with site.stored() as reader:
        counts = reader.counts()
    mails, sent = sum(n for _, n in counts.mail), dict(counts.outbox).get(OutboxState.SENT, 0)
    is_over = mails == len(_WRITTEN) and not counts.undecided and sent == sum(n for _, n in counts.outbox)
    over = is_over and not site.desk.read()
    return f"{mails} mails in the ledger, {sent} sent, the inbox is empty" if over else ""


#: The day.
SCRIPT: tuple[Step, ...] = (
    Step("desk", "starts", _sees_start),
    Step("Ann", "reports an outage", _sees_outage, _does_outage),
    Step("desk", "acknowledges it to her", _sees_acknowledgement),
    Step("desk", "sets priority and queue", _sees_priority),
    Step("Tia", "is told in her own mailbox", _sees_notification),
    Step("Tia", "replies with a command", _sees_assigned, _does_answer),
    Step("Ann", "gets the answer", _sees_answer),
    Step("Tia", "is told what the command did", _sees_result),
    Step("Ann", "replies", _sees_joined, _does_detail),
    Step("Tia", "replies “#close” and the solution", _sees_solution, _does_solution),
    Step("Bob", "writes under Ann's number", _sees_own_ticket, _does_vpn),
    Step("Mallory", "writes “#close” in Tia's name", _sees_held, _does_forgery),
    Step("Tia", "is warned", _sees_warning),
    Step("Tia", "mistypes “#clsoe”", _sees_explained, _does_typo),
    Step("Tia", "writes it again, rightly", _sees_corrected, _does_corrected),
    Step("News", "sends a mailing list's mail", _sees_silence, _does_weekly),
    Step("Tia", "takes it for spam by mistake", _sees_mistake, _does_mistake),
    Step("Tia", "replies “undo”", _sees_undone, _does_undo),
    Step("Tia", "asks “#list” by mail", _sees_listed, _does_question),
    Step("desk", "has nothing left to do", _sees_rest),
)
