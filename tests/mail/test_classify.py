"""What wrote a mail, and whether it may be answered."""

import pytest

from maildesk.mail.classify import classify, is_absence_notice
from maildesk.model.message import (
    Address,
    Attachment,
    BounceReport,
    FailedRecipient,
    InboundMessage,
    Invitation,
    Kind,
)

OWN = frozenset({"support@desk.test"})
ANN = Address("Ann", "ann@home.test")


def mail(*headers: tuple[str, str], **fields: object) -> InboundMessage:
    known = {"sender": ANN, "return_path": "ann@home.test", "subject": "Printer", **fields}
    return InboundMessage("raw", "content", 1, headers=headers, **known)  # type: ignore[arg-type]


def kind(message: InboundMessage) -> Kind:
    return classify(message, OWN).kind


def sender(address: str, name: str = "") -> dict[str, object]:
    return {"sender": Address(name, address)}


@pytest.mark.parametrize(
    "message",
    [
        mail(),
        mail(return_path=None),
        mail(("Auto-Submitted", "no")),
        mail(("Auto-Submitted", " No (really)")),
        mail(("X-Autoreply", "no")),
        mail(("X-MS-Exchange-Inbox-Rules-Loop", "ann@home.test")),
        mail(("Received", "by x"), ("Received", "by y")),
        mail(subject="Out of office booking does not work"),
        mail(subject="Automatic reply is broken"),
        mail(subject="Undeliverable parcel for room 7"),
        mail(subject="Out of office reply does not work", in_reply_to=("<1@desk.test>",)),
        mail(subject="Please confirm your message of Monday"),
        mail(**sender("groot@home.test")),
        mail(**sender("noreplyson@home.test")),
        mail(("Precedence", "first-class")),
    ],
)
def test_a_persons_mail_is_answered(message: InboundMessage) -> None:
    found = classify(message, OWN)
    assert (found.kind, found.unanswerable) == (Kind.PERSON, "")


@pytest.mark.parametrize(
    "message",
    [
        mail(return_path=""),
        mail(("Precedence", "list")),
        mail(("Auto-Submitted", "auto-forwarded")),
        mail(("X-Auto-Response-Suppress", "OOF, AutoReply")),
        mail(("X-Auto-Response-Suppress", "All")),
        mail(("X-Auto-Response-Suppress", "DR, OOF"), subject="Vacation request"),
        mail(("X-Loop", "yes")),
        mail(("X-Other-Loop", "desk@other.test")),
        mail(**sender("no-reply@shop.test")),
        mail(**sender("DoNotReply@shop.test")),
        mail(**sender("noreply+123@shop.test")),
        mail(**sender("postmaster@home.test")),
        mail(**sender("friends-request@home.test")),
        mail(**sender("owner-friends@home.test")),
        mail(**sender("root@web1.home.test")),
        mail(**sender("post_master@home.test")),
        mail(**sender("MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@home.test"), subject="Your mailbox is full"),
        mail(("X-MLServer", "fml"), ("Precedence", "list"), ("List-Id", "<support.desk.test>")),
        mail(subject="[desk] Out of office AutoReply: Printer"),
        mail(subject="Undeliverable"),
        mail(subject="Delivery Status Notification (Failure)"),
        mail(subject="Undelivered Mail Returned to Sender"),
        mail(subject="Re: [desk] Out of office AutoReply: Printer"),
        mail(sender=None, sender_problem="two senders"),
        mail(*[("Received", "by x")] * 51),
        # A group address of the desk's own is no list; its authors are people.
        mail(("List-Id", "<support.desk.test>"), ("Precedence", "list")),
    ],
)
def test_in_doubt_it_is_a_person_who_gets_no_answer(message: InboundMessage) -> None:
    found = classify(message, OWN)
    assert found.kind is Kind.PERSON
    assert found.unanswerable


@pytest.mark.parametrize(
    "message",
    [
        mail(**sender("support@desk.test")),
        mail(**sender("Support@Desk.Test")),
        mail(**sender("support+rabc@desk.test")),
    ],
)
def test_own_mail_is_known_by_its_sender(message: InboundMessage) -> None:
    assert kind(message) is Kind.OWN


@pytest.mark.parametrize("header", ["X-Maildesk-Ticket", "X-Maildesk-Loop"])
def test_an_outsiders_header_makes_no_mail_our_own(header: str) -> None:
    assert kind(mail((header, "1042"))) is Kind.PERSON


REPORT = ("Content-Type", 'multipart/report; boundary=x; report-type="delivery-status"')
RECEIPT = ("Content-Type", "multipart/report; report-type=disposition-notification; boundary=x")
COMPLAINT = ("Content-Type", "Multipart/Report; Report-Type=feedback-report")
ACCEPTED = Invitation("reply", "uid", "Visit")
FAILED = FailedRecipient("bob@x.test", "failed", "5.1.1", "")
DELAYED = FailedRecipient("bob@x.test", "delayed", "4.4.1", "")
ARRIVED = FailedRecipient("eve@x.test", "delivered", "2.0.0", "")


@pytest.mark.parametrize(
    "message",
    [
        mail(REPORT),
        mail(REPORT, **sender("support@desk.test")),
        mail(RECEIPT, bounce=BounceReport((FAILED,), None)),
        mail(REPORT, bounce=BounceReport((ARRIVED, FAILED), None)),
        mail(REPORT, bounce=BounceReport((DELAYED,), None)),
        mail(("Content-Type", "multipart/report"), ("Auto-Submitted", "auto-replied")),
        mail(bounce=BounceReport((), None)),
        mail(**sender("MAILER-DAEMON@mx.home.test")),
        mail(("From", "MAILER-DAEMON (Mail Delivery Subsystem)"), sender=None),
        mail(**sender("postmaster@mx.home.test"), return_path="", subject="Undeliverable: Printer"),
    ],
)
def test_reports_about_our_mail_are_bounces(message: InboundMessage) -> None:
    assert kind(message) is Kind.BOUNCE


@pytest.mark.parametrize(
    ("message", "expected", "reason"),
    [
        (mail(RECEIPT), Kind.AUTO_REPLY, "it is a read receipt (RFC 8098)"),
        (mail(REPORT, bounce=BounceReport((ARRIVED,), None)), Kind.AUTO_REPLY, "it is a delivery receipt (RFC 3461)"),
        (mail(COMPLAINT), Kind.ALERT, "it is a complaint passed on by a mail provider (RFC 5965)"),
        (
            mail(**sender("staff@hotmail.com"), subject="complaint about message from 192.0.2.1"),
            Kind.ALERT,
            "Hotmail passes on a complaint",
        ),
        (
            mail(("Content-Type", "multipart/report; report-type=tlsrpt")),
            Kind.ALERT,
            "it is a report on encryption (RFC 8460)",
        ),
    ],
)
def test_reports_of_anything_else_are_no_bounces(message: InboundMessage, expected: Kind, reason: str) -> None:
    found = classify(message, OWN)
    assert (found.kind, found.reason, found.unanswerable) == (expected, reason, reason)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (mail(invitation=ACCEPTED, subject="Accepted: Visit"), Kind.AUTO_REPLY),
        (
            mail(invitation=ACCEPTED, visible_text="Ann accepts: Visit\nWhen: 2026-05-05 10:00\nWhere: Room 7"),
            Kind.AUTO_REPLY,
        ),
        (
            mail(
                invitation=ACCEPTED,
                visible_text="Ann Lee has accepted this invitation.\n\nVisit\nTuesday",
                text="Invitation from Google Calendar: https://calendar.google.com/calendar/",
            ),
            Kind.AUTO_REPLY,
        ),
        (mail(invitation=ACCEPTED, visible_text="Ann accepts: Visit\n\nThe printer is still broken."), Kind.PERSON),
        (mail(invitation=ACCEPTED, visible_text="I cannot come, it is still broken."), Kind.PERSON),
        (mail(invitation=Invitation("request", "uid", "Visit")), Kind.PERSON),
    ],
)
def test_answers_to_invitations(message: InboundMessage, expected: Kind) -> None:
    found = classify(message, OWN)
    assert found.kind is expected
    assert bool(found.unanswerable) is (message.invitation is ACCEPTED)


@pytest.mark.parametrize(
    "message",
    [
        *(
            mail(subject=subject, in_reply_to=("<1@desk.test>",))
            for subject in (
                "Automatic reply: Printer",
                "Out of Office AutoReply: Printer",
                "[EXTERNAL] Automatic reply: Printer",
                "EXTERN: Automatische Antwort: Drucker",
                "[Auto-Reply] Printer",
                "【自動応答】不在のお知らせ",
                "Reponse automatique : Imprimante",
                "תשובה אוטומטית: x",
                "AUTO: Bob Builder is out of the office (returning 12.05.2026)",
                "AUTO: Bob Builder ist außer Haus (Rückkehr am 12.05.2026)",
            )
        ),
        mail(("X-Auto-Response-Suppress", "All"), subject="Poissaolo: Tulostin"),
        mail(subject="Odsotnost (samodejni odgovor): x", return_path=""),
        mail(subject="Please confirm your message", in_reply_to=("<1@desk.test>",), return_path=""),
        mail(("Precedence", "bulk"), subject="Verification required", references=("<1@desk.test>",)),
    ],
)
def test_machines_that_answer_our_mail(message: InboundMessage) -> None:
    assert kind(message) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("message", "absence"),
    [
        (mail(("Auto-Submitted", "auto-replied (vacation)")), True),
        (mail(("Auto-Submitted", "auto-replied"), visible_text="Ich bin im Urlaub."), True),
        (mail(("Auto-Submitted", "auto-replied"), subject="We received your request"), False),
        (mail(("X-Autoreply", "yes"), subject="Abwesenheitsnotiz: Drucker"), True),
        (mail(("Precedence", "auto_reply")), False),
        (mail(RECEIPT, ("Auto-Submitted", "auto-replied"), subject="Read: Vacation"), False),
        (mail(invitation=ACCEPTED, subject="Accepted: Vacation"), False),
        (mail(("X-Apple-Action", "VACATION")), True),
        (mail(("X-Auto-Response-Suppress", "All"), ("X-MS-Exchange-Inbox-Rules-Loop", "a@b")), True),
        (
            mail(
                ("X-Auto-Response-Suppress", "All"), ("Auto-Submitted", "auto-generated"), subject="Automatic reply: x"
            ),
            True,
        ),
        (mail(("X-Auto-Response-Suppress", "All"), subject="Réponse automatique : x"), True),
        (mail(return_path="", subject="自動応答: x"), False),
        (mail(return_path="", subject="Re: x (Ausente de vacaciones)"), True),
        (mail(("Precedence", "bulk"), subject="Away until Monday"), True),
    ],
)
def test_auto_replies_and_the_absence_notices_among_them(message: InboundMessage, absence: bool) -> None:
    assert kind(message) is Kind.AUTO_REPLY
    assert is_absence_notice(message) is absence


def test_a_reaction_is_an_automatic_answer_and_no_text() -> None:
    reaction = Attachment(0, "", "text/vnd.google.email-reaction+json", 30, True, "0")
    assert kind(mail(attachments=(reaction,))) is Kind.AUTO_REPLY


def test_a_persons_mail_is_never_an_absence_notice() -> None:
    assert not is_absence_notice(mail(subject="Out of office", visible_text="I am on vacation"))


@pytest.mark.parametrize(
    "headers",
    [
        (("List-Id", "<friends.home.test>"),),
        (("List-Unsubscribe", "<mailto:u@home.test>"), ("Precedence", "bulk")),
        (("Mailing-List", "contact friends-help@home.test"),),
        (("Precedence", "junk"),),
        (("List-Id", "<friends.home.test>"), ("Auto-Submitted", "auto-generated")),
    ],
)
def test_lists_and_bulk_mail(headers: tuple[tuple[str, str], ...]) -> None:
    assert kind(mail(*headers)) is Kind.LIST


NAGIOS = "***** Nagios *****\n\nNotification Type: PROBLEM\nHost: web1\nState: DOWN\n"
ICINGA = "***** Service Monitoring on mon1 *****\n\ndisk on web1 is CRITICAL!\n"
ZABBIX = "Problem started at 10:01:02 on 2024.05.06\nProblem name: x\nOriginal problem ID: 77\n"


@pytest.mark.parametrize(
    "message",
    [
        mail(subject="** PROBLEM Host Alert: web1 is DOWN **", text=NAGIOS),
        mail(subject="** PROBLEM Host Alert: web1 is DOWN **", **sender("nagios@home.test")),
        mail(subject="[PROBLEM] disk on web1 is CRITICAL!", text=ICINGA),
        mail(subject="Problem: High CPU on web1", text=ZABBIX),
        mail(subject="Resolved in 2m 3s: High CPU on web1", text=ZABBIX),
        mail(subject="Check_MK: web1/disk OK -> CRIT", text="Host: web1\nEvent: OK -> CRIT\n"),
        mail(subject="[FIRING:2] InstanceDown (job)", text="Labels\nalertname = InstanceDown\n"),
        mail(subject="[RESOLVED] InstanceDown", text="View In AlertManager"),
        mail(subject="[shop] [🔴 Down] timeout", text="[shop] [🔴 Down] timeout\nTime (UTC): 2024-05-06 10:00"),
        mail(subject="[site] web1 Ping Down (no answer)", **sender("mon@home.test", "PRTG Network Monitor")),
        mail(subject="Logwatch for web1 (Linux)", text=" ################### Logwatch 7.5.2 (07/22/19) ####"),
        mail(subject="[Alerting] CPU alert", **sender("grafana@home.test")),
        mail(subject="[Fail2Ban] sshd: banned 192.0.2.4", **sender("fail2ban@web1.home.test", "Fail2Ban")),
        mail(
            subject="DegradedArray event on /dev/md0:web1",
            text="This is an automatically generated mail message from mdadm\nrunning on web1",
        ),
        mail(
            subject="SMART error (CurrentPendingSector) detected on host: web1",
            text="This message was generated by the smartd daemon running on:",
        ),
        mail(subject="Cron <root@web1> /usr/bin/backup", **sender("root@web1.home.test", "Cron Daemon")),
        mail(("Auto-Submitted", "auto-generated")),
        mail(("Auto-Submitted", "auto-notified; owner-email=x")),
        mail(("X-Auto-Response-Suppress", "All"), **sender("no-reply@shop.test")),
        mail(("Feedback-ID", "1:2:3"), **sender("noreply@shop.test")),
        mail(("List-Id", "<alerts.home.test>"), subject="** PROBLEM Host Alert: web1 is DOWN **", text=NAGIOS),
    ],
)
def test_other_machines_are_alerts(message: InboundMessage) -> None:
    found = classify(message, OWN)
    assert found.kind is Kind.ALERT
    assert found.unanswerable


@pytest.mark.parametrize(
    "message",
    [
        mail(subject="Re: ** PROBLEM Host Alert: web1 is DOWN **", text=NAGIOS),
        mail(subject="Fwd: [FIRING:2] InstanceDown", text="alertname"),
        mail(subject="** PROBLEM Host Alert: web1 is DOWN **", text="I get these, please stop them"),
        mail(subject="Problem: cannot print", text="Problem started at 10 today"),
        mail(subject="[IT] PRTG Network Monitor is down", text="Is PRTG Network Monitor down?"),
        mail(subject="Cron <root@web1> backup", text="what is this"),
        mail(subject="Nagios login", text=NAGIOS),
        mail(subject="[Alerting] channels", text="where is grafana"),
        mail(subject="[RESOLVED] Grafana login", text="grafana lets me in again"),
        mail(subject="[Fail2Ban] config question", text="how do I set up Fail2Ban?"),
        mail(subject="Logwatch for web1", text="please send it to me too"),
        mail(subject="AUTO: neue Reifen (bitte)", in_reply_to=("<1@desk.test>",)),
        mail(subject="[EXTERNAL] Out of office next Friday", in_reply_to=("<1@desk.test>",)),
        mail(subject="Frånvaro imorgon", in_reply_to=("<1@desk.test>",)),
    ],
)
def test_people_write_about_alerts(message: InboundMessage) -> None:
    assert kind(message) is Kind.PERSON
