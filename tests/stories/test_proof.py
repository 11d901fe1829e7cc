"""What proves a technician over time: keys that change, people who go, sites that verify signatures themselves."""

import json
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage

import pytest

from maildesk.model import event as ev
from tests.desk import POLICY, Sent, TestDesk
from tests.nameserver import NameServer, record, running_name_server, signed
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA, Person

pytestmark = pytest.mark.servers

LEA = {"email": "lea@staff.test", "name": "Lea Roth", "queues": ["general"]}
NED = POLICY["technicians"][1]


def notice_of_new(desk: TestDesk) -> Sent:
    return desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")


# ------------------------------------------------------------------ keys


def change_keys(desk: TestDesk, *old: str) -> None:
    """Make a new key, as the example configuration says; the last one goes to the first name of `old`."""
    settings = json.loads((desk.folder_path / "maildesk.yaml").read_text())
    (desk.folder_path / "secret.key").rename(desk.folder_path / (old[0] if old else "gone.key"))
    changed = settings | {"old_secrets": [{"file": name} for name in old]}
    (desk.folder_path / "maildesk.yaml").write_text(json.dumps(changed))


@pytest.mark.parametrize("authenticates", [True, False])
def test_an_old_key_proves_as_long_as_it_is_listed(make_desk: MakeDesk, authenticates: bool):
    desk = make_desk(authenticates=authenticates)
    proof = "pass" if authenticates else None
    notice = notice_of_new(desk)
    change_keys(desk, "first.key")
    assert desk.cli("check")
    answer = TIA.reply(notice, "#priority P1\n\nWe come.\n")
    told = desk.deliver(answer, dmarc=proof).to("ann@customer.test")
    assert desk.ticket().priority == "P1"

    # What was written with the second key does not need the first one.
    change_keys(desk, "second.key")
    desk.deliver(ANN.reply(told, "Thank you, but it still smokes.\n"))
    assert len(desk.events(ev.CorrespondenceReceived)) == 2


def test_a_key_that_is_gone_proves_nothing(make_desk: MakeDesk):
    desk = make_desk(authenticates=False)
    notice = notice_of_new(desk)
    change_keys(desk)
    desk.deliver(TIA.reply(notice, "#priority P1\n\nWe come, canary-rotated.\n", threaded=False))

    assert desk.ticket().priority == "P3"
    assert desk.events(ev.CorrespondenceSent) == []


# ------------------------------------------------------------------ people who go


def test_mail_to_a_technician_who_left_does_not_leave(desk: TestDesk):
    desk.sink.fail("RCPT", "450 4.2.0 later", times=2)
    assert desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").recipients == []
    assert [(m.recipient, m.state) for m in desk.outbox()][-1] == ("tia@staff.test", "deferred")
    desk.change_policy(technicians=[LEA, NED])
    desk.clock.advance(hours=2)
    desk.run_once()

    assert desk.outgoing().recipients == ["ann@customer.test"]
    [waited] = [m for m in desk.outbox() if m.recipient == "tia@staff.test"]
    assert (waited.state, waited.last_reply) == ("cancelled", "not sent: the recipient is no technician any more")


@pytest.mark.parametrize(("authenticates", "dmarc"), [(True, "pass"), (True, None), (False, None)])
def test_tokens_of_a_technician_who_left_are_worth_nothing(make_desk: MakeDesk, authenticates: bool, dmarc: str | None):
    desk = make_desk(authenticates=authenticates)
    notice = notice_of_new(desk)
    desk.change_policy(technicians=[LEA, NED])
    mails = desk.deliver(TIA.reply(notice, "#priority P1\n#close\n\nSo long, canary-gone.\n"), dmarc=dmarc)

    assert (desk.ticket().priority, desk.ticket().status) == ("P3", "new")
    assert desk.events(ev.CorrespondenceSent) == [] and desk.ticket().participants == ()
    assert mails.recipients == ["lea@staff.test"]
    assert len(desk.events(ev.CorrespondencePending)) == 1


def test_mail_to_a_participant_who_left_does_not_leave(make_desk: MakeDesk):
    """In the recall window: nobody has seen the answer when Cy is taken off the ticket."""
    rules = "rules:\n  - {name: all, when: {subject: {contains: [Printer]}}, then: {cc: [cy@customer.test]}}\n"
    desk = make_desk(policy={"recall": "60s"}, rules=rules)
    notice = notice_of_new(desk)
    desk.deliver(TIA.reply(notice, "We come, canary-left.\n"), dmarc="pass")
    gone = ev.ParticipantRemoved(next(p for p in desk.ticket().participants if p.address == "cy@customer.test"))
    _record(desk, gone)
    desk.clock.advance(minutes=5)
    desk.run_once()

    assert desk.outgoing().recipients == ["ann@customer.test"]
    assert [m.state for m in desk.outbox() if m.recipient == "cy@customer.test"][-1] == "cancelled"


def _record(desk: TestDesk, event: ev.Event) -> None:
    """Let something happen to the ticket."""
    from maildesk.model.ticket import evolve

    ticket = desk.ticket()
    recorded = ev.Recorded(ticket.number, ticket.seq + 1, desk.clock(), "test", event)
    with desk.store() as store:
        store.run(lambda tx: (tx.tickets.save(evolve(ticket, recorded)), tx.tickets.append((recorded,), None)))


# ------------------------------------------------------------------ a site that verifies signatures itself


@pytest.fixture
def names() -> Iterator[NameServer]:
    with running_name_server() as server:
        server.texts["key1._domainkey.staff.test"] = [record()]
        server.texts["key1._domainkey.elsewhere.test"] = [record()]
        yield server


@pytest.fixture
def signing_desk(make_desk: MakeDesk, names: NameServer) -> TestDesk:
    resolver = f"{names.resolver[0]}:{names.resolver[1]}"
    return make_desk(authenticates=False, changes={"dkim": {"verify": True, "resolver": resolver}})


def by(domain: str, mail: EmailMessage) -> bytes:
    return signed(mail.as_bytes(policy=policy.SMTP), domain)


def test_a_signed_mail_of_a_technician_is_theirs(signing_desk: TestDesk):
    notice = notice_of_new(signing_desk)
    mails = signing_desk.deliver(by("staff.test", TIA.reply(notice, "#priority P1\n\nWe come.\n")))

    assert signing_desk.ticket().priority == "P1"
    assert "ann@customer.test" in mails.recipients


@pytest.mark.parametrize("signer", ["", "elsewhere.test", "unknown.test"])
def test_without_a_signature_of_their_domain_it_waits(signing_desk: TestDesk, signer: str):
    notice = notice_of_new(signing_desk)
    mail = TIA.reply(notice, "We come, canary-unsigned.\n")
    mails = signing_desk.deliver(by(signer, mail) if signer else mail)

    assert "ann@customer.test" not in mails.recipients
    assert len(signing_desk.events(ev.CorrespondencePending)) == 1


def test_a_broken_signature_is_no_worse_than_none(signing_desk: TestDesk):
    mail = by("staff.test", Person("Cy", "cy@staff.test").write("Chair", "It squeaks.\n"))
    signing_desk.deliver(mail.replace(b"squeaks", b"creaks"))

    assert signing_desk.outcomes() == ["ticket"]


def test_mail_of_the_desks_own_domain_may_come_without_proof(signing_desk: TestDesk):
    signing_desk.deliver(Person("Boss", "boss@example.test").write("Chair", "It squeaks.\n"))

    assert signing_desk.outcomes() == ["ticket"]


def test_a_silent_name_server_costs_no_mail(signing_desk: TestDesk, names: NameServer):
    names.texts["key1._domainkey.staff.test"] = "silent"
    signing_desk.deliver(by("staff.test", Person("Cy", "cy@staff.test").write("Chair", "It squeaks.\n")))

    assert signing_desk.outcomes() == ["ticket"]
