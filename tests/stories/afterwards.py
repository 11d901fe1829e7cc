"""What must hold after every story, whatever happened in it: nothing lost or doubled, nothing told to outsiders."""

import re
from collections import Counter

from maildesk.adapters.store import Transaction
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.notice import Audience
from maildesk.model.ticket import Ticket, evolve
from tests.desk import Sent, TestDesk
from tests.secrecy import public_texts, secrets_of, told

#: Words that stand in internal texts of the stories and must never be seen outside.
CANARY = re.compile(r"canary-[a-z]+")
_TOKEN_REF = re.compile(r"(?<![a-z2-7])[rnb]([a-z2-7]{12})\.?[a-z2-7]{26}(?![a-z2-7])")
_FOLDERS = {Outcome.HELD: "Held", Outcome.QUARANTINED: "Quarantine"}


def check(desk: TestDesk) -> None:
    """Compare database, server folders and every mail that ever left."""
    sent = [Sent(mail.mail_from, mail.recipient, mail.data) for mail in desk.sink.mails]
    with desk.reader() as reader:
        assert not reader.undecided()
        for ticket in reader.tickets():
            assert fold(reader.history(ticket.number)) == ticket, f"ticket {ticket.number} is not its history"
    _check_secrecy(desk, [mail for mail in sent if mail.recipient not in desk.technicians])
    _check_addressees(desk, sent)
    _check_folders(desk)


def fold(history: tuple[ev.Recorded, ...]) -> Ticket | None:
    """Replay a history."""
    ticket = None
    for recorded in history:
        ticket = evolve(ticket, recorded)
    return ticket


def _check_secrecy(desk: TestDesk, outside: list[Sent]) -> None:
    internal = _words_of_notes(desk) | _words_of_held_mail(desk)
    histories = [desk.history(ticket.number) for ticket in desk.tickets()]
    secrets = [secret for history in histories for secret in secrets_of(history)]
    public = [text for history in histories for text in public_texts(history)]
    with desk.store() as store, store.transaction() as tx:
        for mail in outside:
            words = internal.intersection(CANARY.findall(mail.everything))
            assert not words, f"{mail.recipient} was told {words}"
            pieces = told(mail.message, mail.recipient, secrets, public)
            assert not pieces, f"{mail.recipient} was told {pieces[0]!r}"
            known = [address for address in desk.technicians if address in mail.everything.casefold()]
            assert not known, f"{mail.recipient} got to know {known}"
            _check_tokens(tx, mail)


def _words_of_notes(desk: TestDesk) -> set[str]:
    """Collect the marked words of notes and of text that waits; what is not marked is looked for piece by piece."""
    words: set[str] = set()
    for recorded in (r for ticket in desk.tickets() for r in desk.history(ticket.number)):
        match recorded.event:
            case ev.NoteAdded(text=text) | ev.CorrespondencePending(text=text) | ev.SideAnswered(text=text):
                words.update(CANARY.findall(text))
            case ev.ResolutionRecorded(cause=cause, fix=fix, config=config):
                words.update(CANARY.findall(f"{cause} {fix} {config}"))
    return words


def _words_of_held_mail(desk: TestDesk) -> set[str]:
    held = [entry for entry in desk.ledger() if entry.outcome in _FOLDERS]
    with desk.store() as store, store.transaction() as tx:
        stored = (tx.inbound.find(entry.id) for entry in held)
        raws = [mail.raw for mail in stored if mail is not None and mail.raw is not None]
    return {word for raw in raws for word in CANARY.findall(Sent("", "", raw).everything)}


def _check_tokens(tx: Transaction, mail: Sent) -> None:
    """No token in a mail to an outsider may be worth anything internal."""
    for ref in set(_TOKEN_REF.findall(mail.everything)):
        row = tx.outbox.find_ref(ref)
        assert row is None or row.audience is not Audience.TECHNICIAN, f"{mail.recipient} got a technician's token"


def _check_addressees(desk: TestDesk, sent: list[Sent]) -> None:
    first: dict[str, Sent] = {}
    for mail in sent:
        local, _, domain = mail.recipient.partition("@")
        assert domain != "example.test" or local.partition("+")[0] not in (*desk.users, "help"), "mail to itself"
        assert first.setdefault(mail.message_id, mail) == mail, "one Message-ID, two mails"


def _check_folders(desk: TestDesk) -> None:
    """The server's folders hold what the ledger says, and the inbox nothing."""
    wanted = Counter((entry.mailbox, _FOLDERS.get(entry.outcome, "Processed")) for entry in desk.ledger())
    for name, user in desk.users.items():
        with desk.dovecot.login(user) as client:
            for folder in ("INBOX", "Processed", "Held", "Quarantine"):
                status = client.folder_status(folder, ["MESSAGES"]) if client.folder_exists(folder) else {}
                there = status.get(b"MESSAGES", 0)
                assert there == wanted[name, folder], f"{there} mails in {folder} of {name}"
