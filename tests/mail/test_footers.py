"""What programs, gateways and lawyers add to a mail, told from what a person typed."""

import pytest

from maildesk.mail.quoting import find_visible_text

TYPED = "It works now."

ADDED = [
    # Phones and programs
    "Sent from my Verizon, Samsung Galaxy smartphone",
    "Sent via the Samsung Galaxy S21 5G, an AT&T 5G smartphone",
    "Sent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows 10",
    "Sent from [Mail](https://go.microsoft.com/fwlink/?LinkId=550986) for Windows",
    "Sent from Mailspring (https://getmailspring.com/), the best free email app for work",
    "Vom iPhone gesendet",
    "Von meinem Handy gesendet, bitte Tippfehler entschuldigen",
    "Envoyé depuis mon téléphone Huawei",
    "Téléchargez Outlook pour Android",
    "Enviado pelo meu iPhone",
    "Vanaf mijn telefoon verzonden",
    "Získejte Outlook pro iOS",
    "Lähetetty Windowsin Sähköpostista",
    "Отправлено со смартфона Samsung Galaxy.",
    "Завантажити Outlook для iOS",
    "נשלח מהטלפון שלי",
    "أرسلت من هاتفي",
    "来自我的华为手机",
    "스마트폰에서 보냈습니다.",
    # Names and lists
    "— Ann Doe",
    "—\nReply to this email directly, view it on the web, or unsubscribe.\nYou are receiving this because you write.",
    (
        "---------------------------------------------------------------------\n"
        "To unsubscribe, e-mail: users-unsubscribe@example.test\nFor additional commands, e-mail: help@example.test"
    ),
    # Lawyers, scanners, trees
    (
        "*******\nThis email is confidential and intended for the addressee. If you\n"
        "have received it in error please notify the sender.\n*******"
    ),
    "Important: This email is confidential and may be privileged. If you are not the intended recipient, delete it.",
    (
        "Ai sensi del Regolamento UE 2016/679 le informazioni contenute in questo messaggio sono riservate e ad uso "
        "esclusivo del destinatario; se ricevuto per errore La preghiamo di eliminarlo."
    ),
    "Pensez à l'environnement avant d'imprimer ce message.",
    "Antes de imprimir este mensaje, asegúrese de que es necesario. El medio ambiente está en nuestra mano.",
    "<https://www.avast.com/sig-email?x=1>\nVirus-free.www.avast.com\n<https://www.avast.com/sig-email?x=1>",
]


@pytest.mark.parametrize("footer", ADDED)
@pytest.mark.parametrize("below", ["", "\n\nOn 3 Feb 2025, at 09:15, Support <s@x.test> wrote:\n> Which printer?"])
def test_what_is_added_below_goes(footer: str, below: str):
    assert find_visible_text(f"{TYPED}\n\n{footer}{below}\n") == TYPED


BANNERS = [
    (
        "CAUTION: This email originated from outside of the organization. Do not click links or open\n"
        "attachments unless you recognize the sender and know the content is safe."
    ),
    "EXTERNAL EMAIL: Do not click any links or open any attachments unless you trust the sender.",
    "[EXTERNAL]",
    "ACHTUNG: Diese E-Mail stammt von einem externen Absender. Bitte öffnen Sie keine Anhänge oder Links.",
    "Sie erhalten nicht oft E-Mail von ann@x.test. Warum?<https://aka.ms/LearnAboutSenderIdentification>",
]


@pytest.mark.parametrize("banner", BANNERS)
def test_what_a_gateway_puts_above_goes(banner: str):
    assert find_visible_text(f"{banner}\n\n{TYPED}\n") == TYPED
    assert find_visible_text(banner) == banner


KEPT = [
    "Hi\n\n---\n\nI have two questions.\n\n1. When?\n2. Where?\n\nThanks",
    "Hi\n\n--\nplease reset my password",
    "Question 1\n---\nyes it is on\n---\nQuestion 2",
    "Questions\n_________________________\n1. Where is it?\n2. Who has it?",
    "Options:\n— Ann\n— Bob",
    "Who should get the phone?\n— Ann Doe",
    "How about this:\nget Outlook for iOS\nthen log in",
    "Sent from my desk, this is easier than my mobile phone.",
    "请从手机发送\n谢谢",
    "iPhoneから送信できません\n助けて",
    "Die Mail wurde vom Handy gesendet aber kam nie an.\nAnn",
    "Attention: external emails with attachments are not delivered to our organisation. Please check.\n\nAnn",
    "Please remove:\n\n--------------------\nunsubscribe link in the newsletter is broken\n\nThanks",
]


@pytest.mark.parametrize("text", KEPT)
def test_own_words_that_look_like_a_footer_are_kept(text: str):
    assert find_visible_text(text) == text
