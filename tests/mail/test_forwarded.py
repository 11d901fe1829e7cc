"""Mail that is passed on, as programs in many languages write it: who wrote it, when, what, and what stands above."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from maildesk.mail.forwarded import NO_ADDRESS, NOBODY_NAMED, SEVERAL, find_forwarded, find_inline
from maildesk.mail.read import ReadingContext, read_message
from maildesk.model.message import Address, Forwarded, InboundMessage

ANN = Address("Ann Bauer", "ann@x.test")
BARE = Address("", "ann@x.test")
MORNING = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
TOP = "#priority P2\n\nShe called twice."
WORDS = "The printer smokes.\n\nAnn"

#: What a program puts between the forwarder's words and the forwarded text; the address it names, and the instant.
INLINE: dict[str, tuple[str, Address | None, datetime | None]] = {
    "gmail": (
        ("---------- Forwarded message ---------\nFrom: Ann Bauer <ann@x.test>\nDate: Mon, 2 Mar 2026 at 09:15\n"
        "Subject: Printer\nTo: <tia@staff.test>\n\n\n"), ANN, None,
    ),
    "gmail, text of bold": (
        ("---------- Forwarded message ---------\nFrom: *Ann Bauer* <ann@x.test>\nDate: Mon, Mar 2, 2026 at 9:15 AM\n"
        "Subject: Printer\nTo: Tia <tia@staff.test>\n\n"), ANN, None,
    ),
    "gmail, German": (
        ("---------- Forwarded message ---------\nVon: Ann Bauer <ann@x.test>\nDate: Mo., 2. März 2026 um 09:15 Uhr\n"
        "Subject: Printer\nTo: <tia@staff.test>\n\n"), ANN, None,
    ),
    "apple": (
        ("Begin forwarded message:\n\nFrom: Ann Bauer <ann@x.test>\nSubject: Printer\n"
        "Date: 2. March 2026 at 09:15:00 CET\nTo: Tia <tia@staff.test>\n\n"), ANN, MORNING,
    ),
    "apple, German": (
        ("Anfang der weitergeleiteten Nachricht:\n\nVon: Ann Bauer <ann@x.test>\nBetreff: Printer\n"
        "Datum: 2. März 2026 um 09:15:00 MEZ\nAn: Tia <tia@staff.test>\n\n"), ANN, MORNING,
    ),
    "apple, French": (
        ("Début du message réexpédié :\n\nDe: Ann Bauer <ann@x.test>\nObjet: Printer\n"
        "Date: 2 mars 2026 à 09:15:00 UTC+1\nÀ: Tia <tia@staff.test>\n\n"), ANN, None,
    ),
    "apple, Japanese": (
        ("転送されたメッセージ:\n\n差出人: Ann Bauer <ann@x.test>\n件名: Printer\n日付: 2026年3月2日 9:15:00 JST\n"
        "宛先: Tia <tia@staff.test>\n\n"), ANN, None,
    ),
    "apple, Ukrainian": (
        ("Початок листа, який пересилається:\n\nВід: Ann Bauer <ann@x.test>\nТема: Printer\n"
        "Дата: 2 березня 2026 р.\nКому: Tia\n\n"), ANN, None,
    ),
    "outlook": (
        ("From: Ann Bauer <ann@x.test> \nSent: Monday, March 2, 2026 9:15 AM\nTo: Tia Berg <tia@staff.test>\n"
        "Subject: Printer\n\n"), ANN, None,
    ),
    "outlook, bold and rule": (
        ("________________________________\n*From:* Ann Bauer <ann@x.test>\n*Sent:* Monday, March 2, 2026 9:15 AM\n"
        "*To:* Tia Berg <tia@staff.test>\n*Subject:* Printer\n\n"), ANN, None,
    ),
    "outlook, address twice": (
        ("From: Ann Bauer <ann@x.test<mailto:ann@x.test>>\nSent: Monday, March 2, 2026 9:15 AM\n"
        "To: Tia Berg <tia@staff.test<mailto:tia@staff.test>>\nSubject: Printer\n\n"), ANN, None,
    ),
    "outlook, old German": (
        ("-----Ursprüngliche Nachricht-----\nVon: Ann Bauer [mailto:ann@x.test] \n"
        "Gesendet: Montag, 2. März 2026 09:15\nAn: Tia Berg\nBetreff: Printer\n\n"), ANN, None,
    ),
    "outlook, old English": (
        ("-----Original Message-----\nFrom: Ann Bauer [mailto:ann@x.test]\nSent: Monday, March 02, 2026 9:15 AM\n"
        "To: Tia Berg\nSubject: Printer\n\n"), ANN, None,
    ),
    "outlook, name alone": (
        "Von: Ann Bauer\nGesendet: Montag, 2. März 2026 09:15\nAn: Tia Berg\nBetreff: Printer\n\n", None, None,
    ),
    "outlook, surname first": (
        "From: Bauer, Ann\nSent: Monday, March 2, 2026 9:15 AM\nTo: Berg, Tia\nSubject: Printer\n\n", None, None,
    ),
    "outlook, French": (
        ("De : Ann Bauer <ann@x.test>\nEnvoyé : lundi 2 mars 2026 09:15\nÀ : Tia <tia@staff.test>\n"
        "Objet : Printer\n\n"), ANN, None,
    ),
    "outlook, French, hard blanks": (
        "De\xa0: Ann Bauer <ann@x.test>\nEnvoyé\xa0: lundi 2 mars 2026 09:15\nÀ\xa0: Tia\nObjet\xa0: Printer\n\n",
        ANN, None,
    ),
    "outlook, Spanish": (
        "De: Ann Bauer <ann@x.test>\nEnviado el: lunes, 2 de marzo de 2026 9:15\nPara: Tia\nAsunto: Printer\n\n",
        ANN, None,
    ),
    "outlook, Portuguese": (
        ("De: Ann Bauer <ann@x.test>\nEnviada em: segunda-feira, 2 de março de 2026 09:15\nPara: Tia\n"
        "Assunto: Printer\n\n"), ANN, None,
    ),
    "outlook, Italian": (
        "Da: Ann Bauer <ann@x.test>\nInviato: lunedì 2 marzo 2026 09:15\nA: Tia\nOggetto: Printer\n\n", ANN, None,
    ),
    "outlook, Dutch": (
        "Van: Ann Bauer <ann@x.test>\nVerzonden: maandag 2 maart 2026 09:15\nAan: Tia\nOnderwerp: Printer\n\n",
        ANN, None,
    ),
    "outlook, Swedish": (
        "Från: Ann Bauer <ann@x.test>\nSkickat: den 2 mars 2026 09:15\nTill: Tia\nÄmne: Printer\n\n", ANN, None,
    ),
    "outlook, Danish": (
        "Fra: Ann Bauer <ann@x.test>\nSendt: 2. marts 2026 09:15\nTil: Tia\nEmne: Printer\n\n", ANN, None,
    ),
    "outlook, Finnish": (
        ("Lähettäjä: Ann Bauer <ann@x.test>\nLähetetty: maanantai 2. maaliskuuta 2026 9.15\nVastaanottaja: Tia\n"
        "Aihe: Printer\n\n"), ANN, None,
    ),
    "outlook, Polish": (
        "Od: Ann Bauer <ann@x.test>\nWysłano: poniedziałek, 2 marca 2026 09:15\nDo: Tia\nTemat: Printer\n\n",
        ANN, None,
    ),
    "outlook, Czech": (
        "Od: Ann Bauer <ann@x.test>\nOdesláno: pondělí 2. března 2026 9:15\nKomu: Tia\nPředmět: Printer\n\n",
        ANN, None,
    ),
    "outlook, Hungarian": (
        "Feladó: Ann Bauer <ann@x.test>\nElküldve: 2026. március 2. 9:15\nCímzett: Tia\nTárgy: Printer\n\n",
        ANN, None,
    ),
    "outlook, Romanian": (
        "De la: Ann Bauer <ann@x.test>\nTrimis: luni, 2 martie 2026 09:15\nCătre: Tia\nSubiect: Printer\n\n",
        ANN, None,
    ),
    "outlook, Turkish": (
        "Kimden: Ann Bauer <ann@x.test>\nGönderildi: 2 Mart 2026 Pazartesi 09:15\nKime: Tia\nKonu: Printer\n\n",
        ANN, None,
    ),
    "outlook, Greek": (
        "Από: Ann Bauer <ann@x.test>\nΣτάλθηκε: Δευτέρα, 2 Μαρτίου 2026 9:15\nΠρος: Tia\nΘέμα: Printer\n\n",
        ANN, None,
    ),
    "outlook, Russian": (
        "От: Ann Bauer <ann@x.test>\nОтправлено: 2 марта 2026 г. 9:15\nКому: Tia\nТема: Printer\n\n", ANN, None,
    ),
    "outlook, Chinese": (
        "发件人: Ann Bauer <ann@x.test>\n发送时间: 2026年3月2日 9:15\n收件人: Tia\n主题: Printer\n\n", ANN, None,
    ),
    "outlook, Korean": (
        ("보낸 사람: Ann Bauer <ann@x.test>\n보낸 날짜: 2026년 3월 2일 월요일 오전 9:15\n"
        "받는 사람: Tia\n제목: Printer\n\n"),
        ANN, None,
    ),
    "outlook, Hebrew with marks of direction": (
        ("\u200fמאת: Ann Bauer <ann@x.test>\n\u200fנשלח: יום שני 02 מרץ 2026 09:15\n\u200fאל: Tia\n"
        "\u200fנושא: Printer\n\n"), ANN, None,
    ),
    "outlook, Arabic with marks of direction": (
        "\u202bمن: Ann Bauer <ann@x.test>\u202c\nتم الإرسال: الاثنين، 2 مارس 2026\nإلى: Tia\nالموضوع: Printer\n\n",
        ANN, None,
    ),
    "thunderbird": (
        ("-------- Forwarded Message --------\nSubject: \tPrinter\nDate: \tMon, 2 Mar 2026 09:15:00 +0100\n"
        "From: \tAnn Bauer <ann@x.test>\nTo: \tTia <tia@staff.test>\n\n\n"), ANN, MORNING,
    ),
    "thunderbird, German": (
        ("-------- Weitergeleitete Nachricht --------\nBetreff: \tPrinter\nDatum: \tMon, 2 Mar 2026 09:15:00 +0100\n"
        "Von: \tAnn Bauer <ann@x.test>\nAn: \ttia@staff.test\n\n"), ANN, MORNING,
    ),
    "thunderbird, values below": (
        ("-------- Forwarded Message --------\nSubject:\nPrinter\nDate:\nMon, 2 Mar 2026 09:15:00 +0100\n"
        "From:\nAnn Bauer <ann@x.test>\nTo:\nTia <tia@staff.test>\n\n"), ANN, MORNING,
    ),
    "yahoo": (
        ("   ----- Forwarded Message ----- \nFrom: Ann Bauer <ann@x.test>To: Tia <tia@staff.test>"
        "Sent: Monday, March 2, 2026 at 09:15:00 AM GMT+1Subject: Printer\n \n"), ANN, MORNING,
    ),
    "notes": (
        ("-----Forwarded by Tia Berg/Staff on 02.03.2026 09:20AM -----\nTo: Tia Berg/Staff@Staff\n"
        "From: \"Ann Bauer\" <ann@x.test>\nDate: 02.03.2026 09:15AM\nSubject: Printer\n\n"), ANN, None,
    ),
    "mutt": (
        ("----- Forwarded message from Ann Bauer <ann@x.test> -----\n\nDate: Mon, 2 Mar 2026 09:15:00 +0100\n"
        "From: Ann Bauer <ann@x.test>\nTo: tia@staff.test\nSubject: Printer\n"
        "Message-ID: <orig@x.test>\n\n"), ANN, MORNING,
    ),
    "mutt without a header": ("----- Forwarded message from Ann Bauer <ann@x.test> -----\n\n", ANN, None),
    "kmail": (
        ("----------  Forwarded Message  ----------\n\nSubject: Printer\nDate: Monday, 2 March 2026, 09:15:00 CET\n"
        "From: Ann Bauer <ann@x.test>\nTo: tia@staff.test\n\n"), ANN, MORNING,
    ),
    "pegasus": (
        ("------- Forwarded message follows -------\nFrom:           \tAnn Bauer <ann@x.test>\n"
        "To:             \ttia@staff.test\nSubject:        \tPrinter\n"
        "Date sent:      \tMon, 2 Mar 2026\n\n"), ANN, None,
    ),
    "zoho": (
        ("============ Forwarded message ============\nFrom: Ann Bauer <ann@x.test>\nTo: <tia@staff.test>\n"
        "Date: Mon, 02 Mar 2026 09:15:00 +0100\nSubject: Printer\n============ Forwarded message ============\n\n"),
        ANN, MORNING,
    ),
    "gmx": (
        ("Gesendet: Montag, 2. März 2026 um 09:15 Uhr\nVon: \"Ann Bauer\" <ann@x.test>\nAn: tia@staff.test\n"
        "Betreff: Printer\n\n"), ANN, None,
    ),
    "proton": (
        ("------- Forwarded Message -------\nFrom: Ann Bauer <ann@x.test>\n"
        "Date: On Monday, March 2nd, 2026 at 9:15 AM\nSubject: Printer\nTo: tia@staff.test\n\n"), ANN, None,
    ),
    "yandex": (
        "-------- Пересылаемое сообщение --------\n02.03.2026, 09:15, \"Ann Bauer\" <ann@x.test>:\n\n", BARE, None,
    ),
    "mail.ru": (
        ("-------- Пересылаемое сообщение --------\nОт: Ann Bauer <ann@x.test>\nКому: Tia\nДата: понедельник, 2 марта\n"
        "Тема: Printer\n\n"), ANN, None,
    ),
    "qq": (
        ("------------------ 原始邮件 ------------------\n发件人: \"Ann Bauer\"<ann@x.test>; \n"
        "发送时间: 2026年3月2日(星期一) 上午9:15\n收件人: \"Tia\"<tia@staff.test>; \n主题: Printer\n\n"), ANN, None,
    ),
    "address folded": (
        ("---------- Forwarded message ---------\nFrom: Ann Bauer\n <ann@x.test>\nDate: Mon, 2 Mar 2026 at 09:15\n"
        "Subject: Printer\n\n"), ANN, None,
    ),
    "address alone": (
        ("---------- Forwarded message ---------\nFrom: <ann@x.test>\nDate: Mon, 2 Mar 2026 at 09:15\n"
        "Subject: Printer\nTo: <tia@staff.test>\n\n"), BARE, None,
    ),
    "two senders": (
        ("---------- Forwarded message ---------\nFrom: list@y.test on behalf of Ann Bauer <ann@x.test>\n"
        "Date: Mon, 2 Mar 2026 at 09:15\nSubject: Printer\n\n"), None, None,
    ),
    "blank lines in between": (
        ("Begin forwarded message:\n\nFrom: Ann Bauer <ann@x.test>\n\nSubject: Printer\n\n"
        "Date: 2. March 2026 at 09:15:00 CET\n\nTo: Tia\n\n"), ANN, MORNING,
    ),
}  # fmt: skip


def only(text: str) -> Forwarded:
    found = find_inline(text)
    assert found, text
    return found[0]


@pytest.mark.parametrize("form", INLINE)
def test_forms_of_programs(form: str):
    head, sender, date_at = INLINE[form]
    found = only(f"{TOP}\n\n{head}{WORDS}\n")
    assert (found.sender, found.date_at) == (sender, date_at)
    assert (found.text, found.preface) == (WORDS, TOP)
    assert found.doubt == ("" if sender else NO_ADDRESS)
    if head.count(":") > 3:
        assert found.subject == "Printer"
        assert "2" in found.written


@pytest.mark.parametrize("form", ["apple", "gmail", "thunderbird", "outlook"])
def test_quote_marks_in_front_of_it_go(form: str):
    head, sender, date_at = INLINE[form]
    quoted = "\n".join(f"> {line}".rstrip() for line in f"{head}{WORDS}".split("\n"))
    found = only(f"{TOP}\n\n{quoted}\n")
    assert (found.sender, found.date_at, found.text, found.preface) == (sender, date_at, WORDS, TOP)


def test_only_the_header_is_quoted():
    """HTML that was turned into text."""
    head = "> ---------- Forwarded message ---------\n> From: Ann Bauer <ann@x.test>\n> Subject: Printer\n> To: Tia\n"
    assert only(f"{head}\n\n{WORDS}\n> my own quote\n").text == f"{WORDS}\n> my own quote"


@pytest.mark.parametrize(
    ("typed", "preface"),
    [
        ("", ""),
        ("\n\n", ""),
        ("#for ann@x.test\n#via phone", "#for ann@x.test\n#via phone"),
        ("Please look.\n\n-- \nTia Berg\nExample Ltd\n", "Please look."),
        ("Please look.\n\nSent from my iPhone\n", "Please look."),
        ("Sent from my iPhone\n", ""),
        ("See below.\n________________________________\n", "See below."),
    ],
)
def test_what_was_typed_above(typed: str, preface: str):
    found = only(f"{typed}\n{INLINE['gmail'][0]}{WORDS}")
    assert (found.preface, found.text) == (preface, WORDS)


@pytest.mark.parametrize(
    ("text", "senders"),
    [
        # A colleague passed on what Ann wrote, and Tia passes that on.
        (
            (
                "Begin forwarded message:\n\nFrom: Ned Ode <ned@staff.test>\nSubject: Fwd: Printer\nDate: today\n\n"
                f"Yours?\n\n{INLINE['gmail'][0]}{WORDS}"
            ),
            ["ned@staff.test", "ann@x.test"],
        ),
        # Tia passes on her own answer, below which Ann's mail stands.
        (
            (
                "-------- Forwarded Message --------\nSubject: Re: Printer\nFrom: Tia <tia@staff.test>\nTo: Ann\n\n"
                "Which floor?\n\nOn Mon, 2 Mar 2026 at 09:15, Ann Bauer <ann@x.test> wrote:\n> It smokes.\n"
            ),
            ["tia@staff.test", "ann@x.test"],
        ),
        # Three deep: two are enough.
        (
            f"{INLINE['thunderbird'][0]}x\n\n{INLINE['gmail'][0]}y\n\n{INLINE['mutt'][0]}z",
            ["ann@x.test", "ann@x.test"],
        ),
    ],
)
def test_the_one_below(text: str, senders: list[str]):
    found = find_inline(f"Please look.\n\n{text}")
    assert [f.sender.address for f in found if f.sender] == senders
    assert all(f.preface.startswith("Please look.") for f in found)
    assert len(found) == 2


def test_words_between_two_forwards_are_no_part_of_the_inner_one():
    text = f"Tia here.\n\n{INLINE['gmail'][0]}Ned here.\n\n{INLINE['apple'][0]}{WORDS}"
    assert find_inline(text)[1].preface == "Tia here.\n\nNed here."
    assert find_inline(text)[1].text == WORDS


def test_what_mutt_puts_below_goes():
    text = f"{INLINE['mutt'][0]}{WORDS}\n\n----- End forwarded message -----\n"
    assert (only(text).text, only(text).message_id) == (WORDS, "<orig@x.test>")


@pytest.mark.parametrize("text", ["", "Hello.", "From: here on\nnothing", "> quoted\n> only", "----\n", "a\nFrom:\n"])
def test_nothing_is_passed_on(text: str):
    assert find_inline(text) == ()


# ------------------------------------------------------------------ whole mails


def written(text: str, *, subject: str = "Fwd: Printer", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Tia Berg <tia@staff.test>", "support@desk.test", subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def original(sender: str = "Ann Bauer <ann@x.test>", subject: str = "Printer", text: str = WORDS) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Date"] = sender, subject, "Mon, 2 Mar 2026 09:15:00 +0100"
    mail["Message-ID"], mail["References"] = "<orig@x.test>", "<first@x.test> <second@x.test>"
    mail.set_content(text)
    return mail


def read(mail: EmailMessage) -> tuple[InboundMessage, tuple[bytes, ...]]:
    parsed = read_message(mail.as_bytes(), ReadingContext())
    return parsed.message, parsed.parts


@pytest.mark.parametrize("subject", ["Fwd: Printer", "WG: Printer", "Printer", ""])
def test_attached_mail(subject: str):
    mail, inner = written(TOP, subject=subject), original()
    inner.add_attachment(b"\x00log", "application", "octet-stream", filename="error.log")
    mail.add_attachment(b"shot", "image", "png", filename="shot.png")
    mail.add_attachment(inner)
    message, parts = read(mail)

    (found,) = message.forwarded
    assert (found.sender, found.subject, found.text.strip(), found.preface) == (ANN, "Printer", WORDS, TOP)
    assert (found.message_id, found.references) == ("<orig@x.test>", ("<first@x.test>", "<second@x.test>"))
    assert (found.date_at, found.doubt) == (MORNING, "")
    assert [(a.filename, parts[a.index]) for a in found.attachments] == [("error.log", b"\x00log")]
    assert [a.filename for a in message.attachments] == ["shot.png", "Printer.eml"]


def test_mail_attached_to_something_else_is_a_file():
    mail = written("My new chair squeaks. The old order is attached.", subject="My chair")
    mail.add_attachment(original())
    assert read(mail)[0].forwarded == ()


@pytest.mark.parametrize(
    ("inner", "doubt"),
    [
        ((original(), original(subject="Other")), SEVERAL),
        ((original(sender="undisclosed"),), "From"),
        ((original(sender="a@x.test, b@x.test"),), "From"),
    ],
)
def test_attached_mail_in_doubt(inner: tuple[EmailMessage, ...], doubt: str):
    mail = written(TOP)
    for attached in inner:
        mail.add_attachment(attached)
    (found,) = read(mail)[0].forwarded
    assert found.sender is None
    assert doubt in found.doubt


def test_attached_mail_that_passes_on_another():
    mail = written("Please look.")
    mail.add_attachment(original("Ned Ode <ned@staff.test>", "Fwd: Printer", f"Yours?\n\n{INLINE['gmail'][0]}{WORDS}"))
    outer, inner = read(mail)[0].forwarded
    assert (outer.sender and outer.sender.address, inner.sender) == ("ned@staff.test", ANN)
    assert (inner.preface, inner.message_id) == ("Please look.\n\nYours?", None)


@pytest.mark.parametrize(
    ("headers", "message_id", "references"),
    [
        ({}, None, ()),
        ({"In-Reply-To": "<2@x>", "References": "<1@x> <2@x>"}, "<2@x>", ("<1@x>",)),
        ({"References": "<1@x> <2@x>"}, "<2@x>", ("<1@x>",)),
        ({"X-Forwarded-Message-Id": "<2@x>", "References": "<1@x>"}, "<2@x>", ("<1@x>",)),
        # What this desk wrote itself is no id of Ann's.
        ({"In-Reply-To": f"<md.r{'a' * 12}.{'b' * 26}@d.test>"}, None, (f"<md.r{'a' * 12}.{'b' * 26}@d.test>",)),
    ],
)
def test_ids_that_programs_name_in_a_forwards_own_header(
    headers: dict[str, str], message_id: str | None, references: tuple[str, ...]
):
    (found,) = read(written(f"{INLINE['gmail'][0]}{WORDS}", **headers))[0].forwarded
    assert (found.message_id, found.references) == (message_id, references)


@pytest.mark.parametrize(
    ("subject", "text", "doubt"),
    [
        ("Fwd: Printer", "See below.", NOBODY_NAMED),
        ("Fwd: Printer", INLINE["outlook, name alone"][0] + WORDS, NO_ADDRESS),
        ("Printer", INLINE["thunderbird"][0] + WORDS, ""),
        ("Re: Printer", INLINE["thunderbird"][0] + WORDS, None),
        ("Re: Printer", INLINE["outlook"][0] + WORDS, None),
        ("Printer", INLINE["outlook"][0] + WORDS, None),
    ],
)
def test_only_what_announces_itself_is_passed_on(subject: str, text: str, doubt: str | None):
    found = read(written(text, subject=subject))[0].forwarded
    assert [f.doubt for f in found] == ([] if doubt is None else [doubt])


def test_files_of_an_inline_forward_are_those_of_the_mail():
    mail = written(INLINE["gmail"][0] + WORDS)
    mail.add_attachment(b"log", "application", "octet-stream", filename="error.log")
    message, parts = read(mail)
    assert message.forwarded[0].attachments == message.attachments
    assert parts == (b"log",)


def test_html_only_forward_of_outlook():
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "tia@staff.test", "FW: Printer"
    mail.set_content(
        "<p>Hers.</p><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>From:</b> Ann Bauer &lt;"
        '<a href="mailto:ann@x.test">ann@x.test</a>&gt; <br><b>Sent:</b> Monday, March 2, 2026 9:15 AM<br><b>To:</b> '
        "Tia<br><b>Subject:</b> Printer</p></div><p>The printer smokes.</p><p>Ann</p>",
        subtype="html",
    )
    (found,) = read(mail)[0].forwarded
    assert (found.sender, found.text, found.preface) == (ANN, WORDS, "Hers.")


def test_language_is_that_of_the_mail_passed_on():
    text = "Der Drucker im zweiten Stock raucht seit heute Morgen, bitte schicken Sie jemanden vorbei."
    (found,) = read(written(f"Please have a look at this one.\n\n{INLINE['gmail'][0]}{text}"))[0].forwarded
    assert found.language == "de"


def test_finding_is_total():
    message = read(written("x"))[0]
    assert find_forwarded(message, ()) == (message.forwarded, ())
