"""What each family of mail servers writes: whom it names, how grave it is, which mail came back."""

import pytest

from maildesk.mail.read import ReadingContext, read_message
from maildesk.model.message import InboundMessage, Kind

SENT = "<sent1@desk.test>"
HEAD = (
    "Return-Path: <support@desk.test>\nFrom: Support <support@desk.test>\nTo: bob@home.test\nSubject: Hello\n"
    f"Message-ID: {SENT}\n"
)
DAEMON = "MAILER-DAEMON@mx.home.test"


def read(raw: str) -> InboundMessage:
    return read_message(raw.encode(), ReadingContext(own_addresses=("support@desk.test",))).message


def mail(subject: str, text: str, sender: str = DAEMON, *fields: str) -> str:
    head = "\n".join((f"From: {sender}", "To: support@desk.test", f"Subject: {subject}", *fields))
    return f'{head}\nContent-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n\n{text}\n'


def with_original(subject: str, text: str, sender: str = DAEMON, *fields: str) -> str:
    head = "\n".join((f"From: {sender}", "To: support@desk.test", f"Subject: {subject}", *fields))
    return (
        f'{head}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=b"\n\n--=b\nContent-Type: text/plain\n\n'
        f"{text}\n--=b\nContent-Type: message/rfc822\n\n{HEAD}\nHello Bob\n--=b--\n"
    )


def rows(message: InboundMessage) -> list[tuple[str, str, str]]:
    return [(r.address, r.action, r.status) for r in message.bounce.recipients] if message.bounce else []


FAMILIES = {
    "activehunter": mail(
        "FAILURE NOTICE :",
        "  ----- The following addresses had permanent fatal errors -----\n\n>>> bob@home.test <bob@home.test>\n\n"
        "  ----- Transcript of session follows -----\n550 sorry, no mailbox here by that name (#5.1.1)\n\n"
        f"  ----- Original message follows -----\n\n{HEAD}",
    ),
    "biglobe": mail(
        "Returned mail:",
        "   ----- The following addresses had delivery problems -----\n\nbob@home.test\n\n"
        "   ----- Non-delivered information -----\nThe number of messages in recipient's mailbox "
        "exceeded the local limit.\n\n"
        f"   ----- Message header follows -----\n{HEAD}",
        "postmaster@biglobe.test",
        "Return-Path: <>",
    ),
    "courier": mail(
        "NOTICE: mail delivery status.",
        "This is a delivery status notification from mx.home.test,\nrunning the Courier mail server, version 0.65.\n\n"
        "The original message was received on Tue, 05 May 2026 10:00:00 +0000\n"
        "from mx.desk.test (192.0.2.1)\n\n"
        "---------------------------------------------------------------------------\n\n"
        "                           UNDELIVERABLE MAIL\n\n"
        "Your message to the following recipients cannot be delivered:\n\n"
        "<bob@home.test>:\n    mx9.home.test [192.0.2.9]:\n>>> RCPT TO:<bob@home.test>\n"
        "<<< 550 5.1.1 <bob@home.test>... User Unknown\n\n"
        f"If your message was also sent to additional recipients...\n\n{HEAD}",
        '"Courier mail server at mx.home.test" <@>',
        "Return-Path: <>",
    ),
    "domino": mail(
        "DELIVERY FAILURE: User bob (bob@home.test) not listed in Domino Directory",
        "Your message\n\n  Subject: Hello\n\nwas not delivered to:\n\n  bob@home.test\n\nbecause:\n\n"
        "  User bob (bob@home.test) not listed in Domino Directory\n",
        "Postmaster@home.test",
    ),
    "dragonfly": mail(
        "Mail delivery failed",
        "This is the DragonFly Mail Agent v0.13 at mx.home.test.\n\n"
        "There was an error delivering your mail to <bob@home.test>.\n\n"
        "mx9.home.test [192.0.2.9] did not like our RCPT TO:\n550 5.1.1 <bob@home.test>: user unknown\n\n"
        f"Original message follows.\n\n{HEAD}",
    ),
    "einsundeins": mail(
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you have sent could not be delivered to one or more recipients.\n"
        "This is a permanent error.  The following address failed:\n\n  bob@home.test\n\nFor the following reason:\n\n"
        f"Mail quota exceeded.\n\n\n--- The header of the original message is following. ---\n\n{HEAD}",
        "Mail Delivery System <mailer-daemon@provider.test>",
    ),
    "exchange 5.5": mail(
        "Undeliverable: Hello",
        "Your message\n\n  To:      bob@home.test\n  Subject: Hello\n  Sent:    Tue, 5 May 2026 10:00:00 -0000\n\n"
        "did not reach the following recipient(s):\n\nbob@home.test on Tue, 5 May 2026 10:00:05 -0000\n"
        "    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=jp;a= ;p=home;l=MX0605\n"
        "    MSEXCH:IMS:Home:HQ:MX 0 (000C05A6) Unknown Recipient",
        "System Administrator <postmaster@home.test>",
    ),
    "exim": mail(
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        "  bob@home.test\n    SMTP error from remote mail server after RCPT TO:<bob@home.test>:\n"
        "    host mx9.home.test [192.0.2.9]: 550 5.1.1 <bob@home.test>... User Unknown\n\n"
        f"------ This is a copy of the message, including all the headers. ------\n\n{HEAD}",
        "Mail Delivery System <Mailer-Daemon@mx.home.test>",
        "X-Failed-Recipients: bob@home.test",
    ),
    "ezweb": mail(
        "Mail System Error - Returned Mail",
        "The user(s) account is temporarily over quota.\n\n<bob@home.test>\n\n"
        "Each of the following recipients was rejected by a remote mail server.\n\n"
        "    Recipient: <bob@home.test>\n    >>> RCPT TO:<bob@home.test>\n    <<< 550 <bob@home.test>: User unknown\n\n"
        f"-------- original message --------\n{HEAD}",
        "Postmaster@ezweb.test",
        "Return-Path: <>",
    ),
    "gmail": mail(
        "Delivery Status Notification (Failure)",
        "Delivery to the following recipient failed permanently:\n\n     bob@home.test\n\n"
        "Technical details of permanent failure: \nGoogle tried to deliver your message, but it "
        "was rejected by the recipient "
        "domain. The error that the other server returned was: 550 550 5.1.1 <bob@home.test>... "
        "User Unknown (state 14).\n\n"
        f"----- Original message -----\n\n{HEAD}",
        "Mail Delivery Subsystem <mailer-daemon@googlemail.test>",
    ),
    "gmx": mail(
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to\none or more of its recipients. This is a permanent error.\n"
        'The following address failed:\n\n"bob@home.test":\nSMTP error from remote server after RCPT command:\n'
        "host: mx9.home.test\n5.1.1 <bob@home.test>... User Unknown\n\n\n"
        f"--- The header of the original message is following. ---\n\n{HEAD}",
        "GMX Mailer Daemon <mailer-daemon@provider.test>",
    ),
    "imail": mail(
        "Undeliverable Mail",
        f"User mailbox exceeds allowed size: bob@home.test\n\n\nOriginal message follows.\n\n{HEAD}",
        "Postmaster@home.test",
        "X-Mailer: <SMTP32 v8.22>",
    ),
    "interscan": with_original(
        "Mail could not be delivered",
        "Sent <<< RCPT TO:<bob@home.test>\nReceived >>> 550 5.1.1 <bob@home.test>... user unknown\n",
        '"InterScan MSS" <postmaster@home.test>',
    ),
    "kddi": with_original(
        "Mail",
        "Your mail sent on: Tue, 5 May 2026 10:00:00 +0900\n     Could not be delivered to: <bob@home.test>\n"
        "     As their mailbox is full.\n",
        "no-reply@au.test",
        "Return-Path: <>",
    ),
    "mailfoundry": mail(
        "Message delivery has failed",
        "Unable to deliver message to: <bob@home.test>\nDelivery failed for the following reason:\n"
        "Server mx9.home.test[192.0.2.9] failed with: 550 <bob@home.test> No such user here\n\n\n"
        "This has been a permanent failure.  No further delivery attempts will be made.\n",
        "MAILER-DAEMON@home.test",
    ),
    "mailmarshal": mail(
        'Undeliverable Mail: "Hello"',
        "Your message:\n   From:    support@desk.test\n   Subject: Hello\n\nCould not be delivered because of\n\n"
        "550 5.1.1 User unknown\n\nThe following recipients were affected: \n   bob@home.test\n\n"
        "Additional Information\n======================\n",
        "postmaster@home.test",
    ),
    "mail.ru": mail(
        "Mail failure.",
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. The following address(es) failed:\n\n"
        "  bob@home.test\n    mailbox is full\n\n"
        "Это письмо создано автоматически\nсервером Mail.Ru, отвечать на него не\nнужно.\n\n"
        f"------ This is a copy of the message, including all the headers. ------\n\n{HEAD}",
        "mailer-daemon@mail.test",
    ),
    "mcafee": mail(
        "Undeliverable mail",
        "--- The following addresses had delivery problems ---\n\n<bob@home.test>   (User unknown bob@home.test)\n",
        "postmaster@home.test",
        "Return-Path: <>",
    ),
    "messaging server": mail(
        "Delivery Notification: Delivery has failed",
        "This report relates to a message you sent with the following header fields:\n\n"
        f"  Return-path: <support@desk.test>\n  Message-id: {SENT}\n  To: bob@home.test\n  Subject: Hello\n\n"
        "Your message cannot be delivered to the following recipients:\n\n  Recipient address: bob@home.test\n"
        "  Reason: Remote SMTP server has rejected address\n"
        "  Diagnostic code: smtp;550 5.1.1 <bob@home.test>... User Unknown\n  Remote system: dns;mx9.home.test\n",
        "Internet Mail Delivery <postmaster@home.test>",
        "Return-Path: <>",
    ),
    "m-filter": mail(
        "failure notice",
        "bob@home.test\n\n-------server message\n550 5.1.1 User unknown <bob@home.test>\n-------SMTP command\nDATA\n"
        f"-------original message\n{HEAD}",
        "Mailer Daemon <MAILER-DAEMON@home.test>",
    ),
    "notes": mail(
        "Undeliverable message",
        "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\nbob@home.test\n\n"
        f"------- Returned Message --------\n\n{HEAD}",
        "Mail Router <postmaster@home.test>",
        "Return-Path: <>",
    ),
    "opensmtpd": mail(
        "Delivery status notification",
        "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n\n"
        "    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\n"
        "bob@home.test: 550 5.1.1 <bob@home.test>... User Unknown\n\n    Below is a copy of the original message:\n\n"
        f"{HEAD}",
        "Mailer Daemon <MAILER-DAEMON@home.test>",
    ),
    "qmail": mail(
        "failure notice",
        "Hi. This is the qmail-send program at home.test.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<bob@home.test>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        "--- Below this line is a copy of the message.\n\n"
        f"{HEAD}",
    ),
    "sendgrid": mail(
        "Undelivered Mail",
        "This is an automatically generated message from SendGrid.\n\n"
        "I'm sorry to have to tell you that your message was not able to be delivered to one of "
        "its intended recipients.\n\n"
        "If you require assistance with this, please contact SendGrid support.\n\n"
        "desk:000000:<bob@home.test> : 192.0.2.9 : mx9.home.test:[192.0.2.10] :\n"
        "   550 5.1.1 <bob@home.test>... User Unknown  in RCPT TO\n",
        "MAILER-DAEMON@sendgrid.test",
    ),
    "sendmail 5": mail(
        "Returned mail: User unknown",
        "   ----- Transcript of session follows -----\nWhile talking to mx9.home.test:\n>>> RCPT To:<bob@home.test>\n"
        "<<< 550 5.1.1 <bob@home.test>... User Unknown\n550 5.1.1 <bob@home.test>... User unknown\n\n"
        f"   ----- Unsent message follows -----\n{HEAD}",
        "Mail Delivery Subsystem <MAILER-DAEMON>",
    ),
    "surfcontrol": mail(
        "Undeliverable mail",
        "Your message could not be sent.\nA transcript of the attempts to send the message follows.\n"
        "The number of attempts made: 1\nAddressed To: bob@home.test\n\nTue 5 May 2026 10:00:00 +0900\n"
        "Failed to send to identified host,\nbob@home.test: [192.0.2.5], 550 bob@home.test... No such user\n\n"
        "--- Message non-deliverable.\n",
        "postmaster@home.test",
        "Return-Path: <>",
    ),
    "verizon": mail(
        "Undeliverable Message",
        "Message could not be delivered to mobile.\nError: No valid recipients for this MM\n\n"
        "Message details:\n  Subject: Hello\n  MAIL FROM: support@desk.test\n  RCPT TO: bob@home.test\n",
        "post_master@home.test",
    ),
    "mobile gateway": mail(
        "Re:Hello",
        "Error: Invalid user address\n\nError message below:\n550 - Requested action not taken: no such user here\n\n"
        "Message details:\n  Subject: Hello\n  MAIL FROM: support@desk.test\n  RCPT TO: bob@home.test\n",
        "post_master@home.test",
        "In-Reply-To: <sent1@desk.test>",
    ),
    "mail2000": mail(
        "Returned Mail: User unknown",
        "The original message was received at Tue, 05 May 2026 10:00:00 +0900 (JST)\nfrom support@desk.test\n\n"
        f"---The following addresses had delivery errors---\n\nbob@home.test [User unknown]\n\n{HEAD}",
        "Mail Deliver System <MAILER-DAEMON@home.test>",
    ),
    "x2": mail(
        "Delivery failure",
        "Unable to deliver message to the following address(es).\n\n<bob@home.test>:\n"
        f"This user doesn't have a home.test account (bob@home.test) [0]\n\n--- Original message follows.\n\n{HEAD}",
    ),
    "x6": mail(
        "There was an error sending your mail",
        "We had trouble delivering your message. Full details follow:\n\nSubject: 'Hello'\nDate: 'Tue, 5 May 2026'\n\n"
        "1 error(s):\n\nSMTP Server <mx9.home.test> rejected recipient <bob@home.test> "
        "(Error following RCPT command). It responded as follows: [550 5.1.1 User unknown]\n",
    ),
    "yahoo": mail(
        "Failure Notice",
        "Sorry, we were unable to deliver your message to the following address.\n\n<bob@home.test>:\n"
        "Remote host said: 550 5.1.1 <bob@home.test>... User Unknown [RCPT_TO]\n\n"
        "--- Below this line is a copy of the message.\n\n"
        f"{HEAD}",
        "MAILER-DAEMON@yahoo.test",
    ),
    "zoho": mail(
        "Undelivered Mail Returned to Sender",
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its recipients. This is "
        "a permanent error.\n\n"
        "[Status: Error, Address: <bob@home.test>, ResponseCode 550, , Recipient not found.]\n\n"
        f"Received:from mail.desk.test by mx.zoho.test\nMessage-ID:{SENT}\n",
        "mailer-daemon@mail.zoho.test",
    ),
    "carrier in Japanese": mail(
        "メールを配信できません",
        "お客様が送信されたメールは、次の宛先に配信できませんでした。\n\n<bob@home.test>\n",
        "Postmaster <postmaster@docomo.test>",
        "Return-Path: <>",
    ),
    "German": mail(
        "Unzustellbar: Hello",
        "Ihre Nachricht konnte nicht zugestellt werden.\n\nbob@home.test\nDer Empfänger ist unbekannt.\n",
        "Systemadministrator <postmaster@home.test>",
    ),
    "French": mail(
        "Non remis : Hello",
        "Votre message n'a pas été remis aux destinataires suivants :\n\nbob@home.test\nDestinataire inconnu.\n",
        "Administrateur système <postmaster@home.test>",
    ),
}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_each_family_is_a_bounce_and_names_the_recipient(name: str, newline: str) -> None:
    message = read(FAMILIES[name].replace("\n", newline))
    assert (message.kind, [row[:2] for row in rows(message)]) == (Kind.BOUNCE, [("bob@home.test", "failed")])
    assert all(row[2].startswith("5") for row in rows(message))
    assert message.bounce is not None
    assert message.bounce.original_message_id == (SENT if SENT.lower() in FAMILIES[name].lower() else None)


DELAYS = {
    "exim": mail(
        "Warning: message 1abcde-000 delayed 24 hours",
        "This message was created automatically by mail delivery software.\n"
        "A message that you sent has not yet been delivered to one or more of its\n"
        "recipients after more than 24 hours on the queue on mx.home.test.\n\n"
        "The address to which the message has not yet been delivered is:\n\n  bob@home.test\n"
        "    host mx9.home.test [192.0.2.9]\n    Delay reason: SMTP error from remote mail server "
        "after RCPT TO:<bob@home.test>:\n"
        "    450 4.2.0 greylisted\n\n"
        "No action is required on your part. Delivery attempts will continue for\nsome time.\n",
    ),
    "gmail": mail(
        "Delivery Status Notification (Delay)",
        "This is an automatically generated Delivery Status Notification\n\n"
        "THIS IS A WARNING MESSAGE ONLY.\n\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n"
        "Delivery to the following recipient has been delayed:\n\n     bob@home.test\n\n"
        "Message will be retried for 2 more day(s)\n",
        "Mail Delivery Subsystem <mailer-daemon@googlemail.test>",
    ),
    "sendmail": mail(
        "Warning: could not send message for past 4 hours",
        "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n"
        "    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n\n"
        "   ----- The following addresses had transient non-fatal errors -----\n<bob@home.test>\n\n"
        "   ----- Transcript of session follows -----\n<bob@home.test>... Deferred: Connection timed out\n"
        "Warning: message still undelivered after 4 hours\nWill keep trying until message is 5 days old\n",
    ),
    "full mailbox of a provider": mail(
        "Mail Delivery Warning",
        "This is an advisory-only email.  Please do not reply to it.\n\nDelivery of email to this address\n\n"
        '"bob@home.test"\n\nhas been postponed due to a full mailbox.\n\n'
        "We will continue to try to deliver your message over the next few days.\n",
        r"<Postmaster\@home.test@relay.test>",
    ),
}


@pytest.mark.parametrize("name", DELAYS)
def test_a_delay_is_told_from_a_failure(name: str) -> None:
    message = read(DELAYS[name])
    assert [row[:2] for row in rows(message)] == [("bob@home.test", "delayed")]
    assert rows(message)[0][2].startswith("4")
