"""Reports without machine fields, in the words of many languages and in every shape of a list."""

import time

import pytest

from maildesk.mail.read import ReadingContext, read_message
from maildesk.model.message import InboundMessage, Kind

DAEMON = "MAILER-DAEMON@mx.home.test"
EXCHANGE = "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@home.test>"
POSTMASTER = "postmaster@home.test"
NOT_FOUND = "bob@home.test\n\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n"


def read(subject: str, text: str, sender: str = DAEMON, *fields: str) -> InboundMessage:
    head = "\n".join((f"From: {sender}", "To: support@desk.test", f"Subject: {subject}", *fields))
    raw = f"{head}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    return read_message(raw.encode(), ReadingContext(own_addresses=("support@desk.test",))).message


def found(message: InboundMessage) -> list[tuple[str, str]]:
    return [(r.address, r.action) for r in message.bounce.recipients] if message.bounce else []


@pytest.mark.parametrize(
    ("subject", "opening"),
    [
        ("No se puede entregar: Hola", "Error de entrega a estos destinatarios o grupos:"),
        ("Kan ikke leveres: Printer", "Levering mislykkedes til disse modtagere eller grupper:"),
        ("Ei voi toimittaa: Tulostin", "Viestin toimitus seuraaville vastaanottajille tai ryhmille epäonnistui:"),
        ("Går inte att leverera: Skrivare", "Det gick inte att leverera till följande mottagare eller grupper:"),
        ("Nedoručitelné: Tiskárna", "Doručení následujícím příjemcům nebo skupinám se nezdařilo:"),
        ("Teslim edilemedi: Yazıcı", "Şu alıcılara veya gruplara teslim edilemedi:"),
        ("Не удается доставить: Принтер", "Сбой доставки следующим получателям или группам:"),
        ("配信不能: プリンター", "次の受信者またはグループへの配信に失敗しました:"),
        ("未送达: 打印机", "无法将邮件传递给以下收件人或组:"),
        # A language nobody listed: the sender and the server's own code are enough.
        ("Jn deyz bar: x", "Jn deyz bar tolim:"),
    ],
)
def test_exchange_without_a_null_path_in_many_languages(subject: str, opening: str) -> None:
    message = read(subject, f"{opening}\n\n{NOT_FOUND}", EXCHANGE)
    assert (message.kind, found(message)) == (Kind.BOUNCE, [("bob@home.test", "failed")])


@pytest.mark.parametrize(
    ("subject", "text", "sender"),
    [
        ("Onbestelbaar: x", "Uw bericht aan bob@home.test kan niet worden bezorgd.\n\n550 5.1.10 weg\n", POSTMASTER),
        ("Niedostarczone: x", "Nie można dostarczyć wiadomości do bob@home.test.\n", POSTMASTER),
        ("系统退信", "抱歉，您的邮件被退回来了\n\n收件人邮件地址（bob@home.test）不存在。\n", POSTMASTER),
        ("[Postmaster] Email Delivery Failure", "Not delivered.\n\nTo: bob@home.test\nReason: 550\n", POSTMASTER),
        ("Failure", "Ihre Nachricht wurde nicht an bob@home.test zugestellt, weil sie fehlt.\n", DAEMON),
        ("Undeliverable", "Could not be delivered to bob@home.test.\nAsk postmaster@a.test, help@b.test.\n", DAEMON),
    ],
    ids=["Dutch", "Polish", "Chinese", "addressee as a field", "German", "contacts are no recipients"],
)  # fmt: skip
def test_the_only_stranger_in_a_report_is_whom_it_is_about(subject: str, text: str, sender: str) -> None:
    message = read(subject, text, sender, "Return-Path: <>")
    assert (message.kind, found(message)) == (Kind.BOUNCE, [("bob@home.test", "failed")])


def test_a_digest_of_blocked_mail_is_about_nobody() -> None:
    text = "This mail to you has been blocked.\n\nFrom: eve@home.test\nTo: support@desk.test\n"
    assert found(read("Spam Quarantine Notification", text, POSTMASTER, "Return-Path: <>")) == []


BOTH = [("bob@home.test", "failed"), ("eve@home.test", "failed")]


@pytest.mark.parametrize(
    "text",
    [
        "Your message was not delivered to:\n\n * bob@home.test\n * eve@home.test\n",
        "Your message was not delivered to:\n\n1. bob@home.test\n2. eve@home.test\n",
        'Your message was not delivered to:\n\n"Bob Builder" <bob@home.test>\nEve <eve@home.test>\n',
        "Recipient          Status\n-------------------------\nbob@home.test   550 No\neve@home.test   552 Full\n",
        "Impossible :\n\n   bob@home.test le 05/05/2026 12:00\n      Inconnu.\n   eve@home.test le 05/05/2026 12:00\n",
        "The following address(es) failed:\n\n  bob@home.test\n    unknown user: x@home.test asked\n  eve@home.test\n",
    ],
    ids=["bullets", "numbers", "names", "table", "Exchange 2003", "reasons indented below"],
)  # fmt: skip
def test_every_recipient_of_a_list_is_found(text: str) -> None:
    assert found(read("Undeliverable mail", text)) == BOTH


EXIM = (
    "A message that you sent could not be delivered. The following address(es) failed:\n\n  bob@home.test\n"
    "    SMTP error from remote mail server after RCPT TO:<bob@home.test>:\n    550 5.1.1 User unknown\n\n"
    "  eve@home.test\n    mailbox is full: retry timeout exceeded\n"
)


@pytest.mark.parametrize(
    ("announced", "expected"),
    [
        ("bob@home.test,\n eve@home.test", BOTH),
        # The text knows better than a header that names somebody it does not speak of.
        ("bob@elsewhere.test", [("bob@home.test", "failed")]),
    ],
)
def test_announced_recipients_count_where_the_text_has_them(announced: str, expected: list[tuple[str, str]]) -> None:
    assert found(read("Mail delivery failed", EXIM, DAEMON, f"X-Failed-Recipients: {announced}")) == expected


def test_a_spam_filters_refusal_is_no_delay() -> None:
    text = (
        "Your message to: bob@home.test\nwas blocked by our Spam Firewall. The email you sent with the following "
        "subject has NOT BEEN DELIVERED:\n\nSubject: Hello\n\n550 permanent failure (bob@home.test:blocked)\n"
    )
    message = read("**Message you sent blocked by our bulk email filter**", text, POSTMASTER, "Return-Path: <>")
    assert found(message) == [("bob@home.test", "failed")]


@pytest.mark.parametrize(
    "text",
    [
        "Ihre Nachricht konnte noch nicht zugestellt werden:\n\n<bob@home.test>\n\nEs wird weiter versucht.\n",
        "Die Übermittlung an folgende Empfänger ist verzögert:\n\nbob@home.test\n",
        "Votre message n'a pas encore été remis à :\n\n<bob@home.test>\n",
        "La entrega a los siguientes destinatarios se ha retrasado.\n\n  bob@home.test\n",
        "Il messaggio non è stato ancora consegnato a:\n\n<bob@home.test>\n",
        "A sua mensagem ainda não foi entregue a:\n\n<bob@home.test>\n",
        "Uw bericht is nog niet bezorgd bij:\n\n<bob@home.test>\n",
        "Ваше сообщение пока не было доставлено:\n\n<bob@home.test>\n",
        "次の宛先へのメールはまだ配信されていません。\n\n<bob@home.test>\n",
    ],
    ids=["German", "German Exchange", "French", "Spanish", "Italian", "Portuguese", "Dutch", "Russian", "Japanese"],
)
def test_delays_in_many_languages(text: str) -> None:
    message = read("Mail", text)
    assert message.bounce is not None
    assert [(r.address, r.action, r.permanent) for r in message.bounce.recipients] == [
        ("bob@home.test", "delayed", False)
    ]


def test_a_delay_that_ended_is_a_failure() -> None:
    text = "Noch nicht zugestellt nach 5 Tagen. Dies ist ein permanenter Fehler.\n\n<bob@home.test>\n"
    assert found(read("Unzustellbar", text)) == [("bob@home.test", "failed")]


@pytest.mark.parametrize(
    "line", ["a@", "wurde nicht an ", "übermittlung ", "550 5.1.1 ", "to <a", "a@b.test ", "[x] ("]
)
def test_long_texts_cost_little(line: str) -> None:
    began = time.monotonic()
    read(line * 200, line * 20000, POSTMASTER)
    read("Undeliverable", "\n".join([line * 60] * 400), DAEMON, "Return-Path: <>")
    assert time.monotonic() - began < 5
