"""What the person typed, out of the replies mail programs make."""

import time
from pathlib import Path

import pytest

from maildesk.mail.html import html_to_text
from maildesk.mail.quoting import find_visible_text
from maildesk.mail.read import ReadingContext, read_message

DATA = Path(__file__).parents[1] / "data"

ATTRIBUTIONS = [
    "On Mon, Feb 3, 2025 at 9:15 AM Example Support <support@example.test> wrote:",
    "On Mon, Feb 3, 2025 at 9:15 AM Example Support <\nsupport+very-long-address@example.test> wrote:",
    "On 3 Feb 2025, at 09:15, Example Support <support@example.test> wrote:",
    "On 03/02/2025 09:15, Example Support wrote:",
    "Am 03.02.2025 um 09:15 schrieb Example Support:",
    "Am Mo., 3. Feb. 2025 um 09:15 Uhr schrieb Example Support <\nsupport@example.test>:",
    "Example Support <support@example.test> schrieb am Mo., 3. Feb. 2025,\n09:15:",
    "Le lun. 3 févr. 2025 à 09:15, Example Support <support@example.test> a écrit :",
    "El lun, 3 feb 2025 a las 9:15, Example Support (<support@example.test>)\nescribió:",
    "Il giorno lun 3 feb 2025 alle ore 09:15 Example Support <support@example.test> ha scritto:",
    "Em seg., 3 de fev. de 2025 às 09:15, Example Support <support@example.test> escreveu:",
    "Op ma 3 feb 2025 om 09:15 schreef Example Support <support@example.test>:",
    "Den mån 3 feb. 2025 kl 09:15 skrev Example Support <support@example.test>:",
    "man. 3. feb. 2025 kl. 09:15 skrev Example Support <support@example.test>:",
    "pon., 3 lut 2025 o 09:15 Example Support <support@example.test> napisał(a):",
    "пн, 3 февр. 2025 г. в 09:15, Example Support <support@example.test>:",
    "2025-02-03 9:15 GMT+01:00 Example Support <support@example.test>:",
    "---- On Mon, 03 Feb 2025 09:15:00 +0100 Example Support wrote ----",
]
BLOCKS = [
    "From: Example Support <support@example.test>\nSent: Monday, February 3, 2025 9:15 AM\nTo: Ann\nSubject: Re: x",
    "________________________________\nFrom: Example Support\nSent: Monday\nTo: Ann\nSubject: Printer",
    "*From:* Example Support [mailto:support@example.test]\n*Sent:* Monday\n*To:* Ann\n*Subject:* Printer",
    "Von: Example Support\nGesendet: Montag, 3. Februar 2025 09:15\nAn: Ann\nBetreff: AW: Drucker",
    "De : Example Support\nEnvoyé : lundi 3 février 2025 09:15\nÀ : Ann\nObjet : Imprimante",
    "-----Original Message-----\nFrom: Example Support\nTo: Ann",
    "-----Ursprüngliche Nachricht-----\nVon: Example Support",
    "-----Urspr. Nachricht-----\nVon: Example Support <support@example.test>\nAn: Ann\nBetreff: x",
    "发件人: Example Support\n发送时间: 2025年2月3日 9:15\n收件人: Ann\n主题: 打印机",
]


@pytest.mark.parametrize("mark", ATTRIBUTIONS)
@pytest.mark.parametrize("quoted", ["> Which printer?\n>\n> Support", "Which printer?\n\nSupport"])
def test_what_follows_an_attribution_is_dropped(mark: str, quoted: str):
    assert find_visible_text(f"It works now.\n\n{mark}\n\n{quoted}\n") == "It works now."


@pytest.mark.parametrize("mark", BLOCKS)
def test_what_follows_the_header_of_an_older_mail_is_dropped(mark: str):
    assert find_visible_text(f"It works now.\n\n{mark}\n\nWhich printer?\n") == "It works now."


SIGNATURES = [
    "-- \nAnn Doe\nExample Corp\n+49 30 1234",
    "--\nAnn Doe",
    "__\nAnn Doe",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Gesendet von Mail für Windows",
    "Get Outlook for iOS<https://aka.ms/x>",
    "Gesendet von Outlook für Android<https://aka.ms/x>",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "_______________________________________________\nusers mailing list\nusers@lists.test",
    "-Ann Doe",
]


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("below", ["", "\n\nOn 3 Feb 2025, at 09:15, Support <s@x.test> wrote:\n> Which printer?"])
def test_signatures_are_dropped(signature: str, below: str):
    assert find_visible_text(f"It works now.\n\n{signature}{below}") == "It works now."


KEPT = [
    "My boss wrote: please fix it.\nThanks",
    "From: the start it was broken.\nIt never worked.",
    "On Monday I tried it.\nOn Tuesday it broke:\nno light at all",
    "I saw this on 3 Feb 2025:\nerror 5",
    "To do:\n- reboot\n- /etc/hosts\n- ask Ann",
    "Take this:\n/var/log/syslog\nTak for that",
    "Best, I think, is to wait.\nThanks, works now!\nCheers,\nAnn",
    "Name Date Size\n--------------------------\na.txt 3 Feb 12\nb.txt 4 Feb 14\n\nPlease restore both.",
    "Sent from my desk, this is much easier to read.\nNext line.",
    ">>> import mail\n>>> mail.send()\nTraceback",
    "a > b\nand b < c",
    "-5 degrees\n- not good",
    "Example config:\n\nFrom: shop@example.test\nReply-To: help@example.test\n\nIs that right?",
    "Please use:\nFrom: shop@example.test\nTo: help@example.test\nwhen you send.",
    "Name: Bob\nFrom: 3 Feb 2025\nTo: 7 Feb 2025\nSubject: holiday request\n\nPlease approve",
    "2025-02-03 09:15 Ann <ann@example.test>: login failed\n2025-02-03 09:16 Bob <bob@example.test>: login failed",
    "Feb 3, 2025, 09:15 by Bob: fixed\nFeb 4 broken again",
]


@pytest.mark.parametrize("text", KEPT)
def test_own_words_are_kept(text: str):
    assert find_visible_text(text) == text


WHOLE = [
    ("", ""),
    ("\n\n", ""),
    ("> only\n> quotes", "> only\n> quotes"),
    ("-- \nAnn", "-- \nAnn"),
    ("-----Original Message-----\nFrom: a\nTo: b", "-----Original Message-----\nFrom: a\nTo: b"),
]


@pytest.mark.parametrize(("text", "visible"), WHOLE)
def test_a_text_of_which_nothing_would_be_left_is_kept_whole(text: str, visible: str):
    assert find_visible_text(text) == visible


def test_answers_between_and_below_quotes_survive():
    text = (
        "Hello,\n\nAm 03.02.2025 um 09:15 schrieb Support:\n> Is it on?\nyes\n> Is it\n> plugged in?\n\nno\n\n> Bye\n\n"
        "That is all.\n-- \nAnn"
    )
    assert [line for line in find_visible_text(text).split("\n") if line] == ["Hello,", "yes", "no", "That is all."]


def test_a_sentence_above_a_quote_is_kept():
    text = "I tried what Bob Smith wrote:\n> sudo reboot\nand it failed."
    assert find_visible_text(text).split() == "I tried what Bob Smith wrote: and it failed.".split()


def test_a_line_broken_out_of_a_quote_is_quoted():
    long = "> this is a long quoted line that the other program has broken at the seventy-second column or"
    assert find_visible_text(f"Yes.\n\nOn 3 Feb 2025, S <s@x.test> wrote:\n{long}\nso\n> and on\n") == "Yes."


QUOTED = [
    "-----Original Message-----\nFrom: Support <s@x.test>\nTo: ann@x.test\nSubject: Printer\n\n{}",
    "________________________________\nFrom: Support\nSent: Monday\nTo: Ann\nSubject: Printer\n\n{}",
    "-------- Original-Nachricht --------\n> Datum: Mon, 3 Feb 2025\n> Von: Support <s@x.test>\n\n{}",
    "-----Support <s@x.test> wrote: -----\nTo: Ann\nFrom: Support\nDate: 02/03/2025\nSubject: Printer\n\n{}",
    '----------------\nКому: ann@x.test;\nТема: Принтер;\n03.02.2025, 09:15, "S" <s@x.test>:\n\n{}',
    "보낸 사람: Support <s@x.test>\n보낸 날짜: 2025년 2월 3일\n받는 사람: Ann\n제목: 프린터\n\n{}",
    "Example Support wrote:\n{}",
    "Max von der Heide schrieb:\n{}",
    "Zitat von Max <max@x.test>:\n\n{}",
    "Am 03.02.25 um 09:15 schrieb Example Support\n{}",
    "Zorp 3 febro 2025 09:15 Example <support@example.test> skribis:\n\n{}",
]


@pytest.mark.parametrize("mark", QUOTED)
def test_answers_below_a_quote_survive_whatever_introduces_it(mark: str):
    quoted = "> Which printer?\nThe big one.\n> Is it on?\n\nYes."
    assert find_visible_text(f"Hello,\n\n{mark.format(quoted)}\n").split() == "Hello, The big one. Yes.".split()


BROKEN = [
    "On Mon, 3 Feb 2025 09:15:00 +0100\nExample Support <support@example.test> wrote:",
    "On Mon, Feb 3, 2025 at 9:15 AM Example Support for Very Long Names\nand Rooms <support@example.test>\nwrote:",
    "On Mon, Feb 3, 2025 at 9:15 AM Example Support <support@example.test>\n\nwrote:",
    "On Mon, Feb 3, 2025 at 9:15 AM Example Support <\n\nsupport@example.test> wrote:",
    "On Mon, Feb 3, 2025 at\n9:15 AM Example Support\n<support@example.test>\nwrote:",
    'February 3, 2025 9:15 AM, "Example Support" <support@example.test> wrote:',
    "In a message dated 2/3/2025 9:15:00 AM Central Standard Time, support@example.test writes:",
    "3. Feb. 2025, 09:15 von support@example.test:",
    ">>> Example Support <support@example.test> 2/3/2025 9:15 AM >>>",
    "---- 回复的原邮件 ----\n| 发件人 | Example Support<support@example.test> |\n| 主题 | Re: 打印机 |",
]


@pytest.mark.parametrize("mark", BROKEN)
@pytest.mark.parametrize("quoted", ["> Which printer?", "Which printer?"])
def test_introductions_in_pieces_and_of_rare_programs(mark: str, quoted: str):
    assert find_visible_text(f"It works now.\n\n{mark}\n\n{quoted}\n") == "It works now."


FORWARDS = [
    "---------- Forwarded message ---------\nFrom: Bob <bob@x.test>\nTo: Ann\nSubject: Help\n\nIt is broken.\n-- \nBob",
    "Begin forwarded message:\n\nFrom: Bob\n\n> deep quote\n\nIt is broken.",
    "-------- Weitergeleitete Nachricht --------\nVon: Bob\nAn: Ann\n\nIt is broken.",
]


@pytest.mark.parametrize("forwarded", FORWARDS)
def test_forwarded_text_is_kept(forwarded: str):
    text = f"Please look.\n\n{forwarded}"
    assert find_visible_text(text) == text


@pytest.mark.parametrize(("subject", "kept"), [("Fwd: Help", True), ("WG: Hilfe", True), ("Re: Help", False)])
def test_outlook_forwards_have_no_marker_but_a_subject(subject: str, kept: bool):
    block = "From: Bob <bob@x.test>\nSent: Monday\nTo: Ann\nSubject: Help\n\nIt is broken."
    raw = f"From: ann@x.test\nSubject: {subject}\n\nPlease look.\n\n{block}\n".encode()
    visible = read_message(raw, ReadingContext()).message.visible_text
    assert ("It is broken." in visible) is kept
    assert visible.startswith("Please look.")


HTML = {
    "Gmail": '<div dir="ltr">Thanks!</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, Feb 3, 2025 at '
    '9:15 AM S &lt;<a href="mailto:s@x.test">s@x.test</a>&gt; wrote:<br></div>'
    '<blockquote class="gmail_quote">old</blockquote></div>',
    "Apple": "Thanks!<br><div>Sent from my iPhone</div><div><br><blockquote type=cite>On 3 Feb 2025, at 09:15, S wrote:"
    "<br></blockquote></div><blockquote type=cite><div>old</div></blockquote>",
    "Thunderbird": '<p>Thanks!</p><div class="moz-cite-prefix">Am 03.02.25 um 09:15 schrieb S:<br></div><blockquote '
    'type="cite" cite="mid:x"><p>old</p></blockquote><pre class="moz-signature">-- \nAnn</pre>',
    "Outlook web": '<div>Thanks!</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> S</div>old',
    "Outlook": "<p>Thanks!</p><div style='border-top:solid'><p><b>Von:</b> S<br><b>Gesendet:</b> Montag<br>"
    "<b>An:</b> A<br><b>Betreff:</b> x</p></div><p>old</p>",
    "Yahoo": '<div>Thanks!</div><div class="yahoo_quoted"><div>On Monday, S wrote:</div><div>old</div></div>',
    "Yahoo, prefixed": '<div>Thanks!</div><div id="ydp3b5f1dyahoo_quoted_12" class="ydp3b5f1dyahoo_quoted">Zorp:'
    "<div>old</div></div>",
    "GMX": '<div>Thanks!</div><div name="quote"><div><b>Gesendet:</b> Montag, 3. Februar 2025 um 09:15 Uhr<br>'
    "<b>Von:</b> S &lt;s@x.test&gt;<br><b>An:</b> A<br><b>Betreff:</b> x</div><div>old</div></div>",
    "Mail.ru": "<div>Thanks!</div><blockquote style='border-left:1px solid #0857A6'>Понедельник, 3 февраля 2025, "
    "9:15 +03:00 от S &lt;s@x.test&gt;:<br>old</blockquote>",
    "QQ": "<div>Thanks!</div><div>------------------ 原始邮件 ------------------</div><div><b>发件人:</b> S</div><div>"
    "<b>发送时间:</b> 2025</div><div><b>收件人:</b> A</div><div><b>主题:</b> x</div><div>old</div>",
    "Notes": '<div>Thanks!</div><br><font color="#990099">-----"S" &lt;s@x.test&gt; wrote: -----</font><div>To: A<br>'
    "From: S<br>Date: 02/03/2025 09:15AM<br>Subject: x<br><br>old</div>",
    "Zimbra": '<div>Thanks!</div><hr id="zwchr"><div><b>From: </b>S &lt;s@x.test&gt;<br><b>To: </b>A<br><b>Sent: </b>'
    "Monday<br><b>Subject: </b>x<br></div><div>old</div>",
    "Spark": '<div>Thanks!</div><div name="messageReplySection">On Feb 3, 2025, 9:15 AM, S &lt;s@x.test&gt;, wrote:<br>'
    "<blockquote type=cite>old</blockquote></div>",
    "Outlook for Mac": '<div>Thanks!</div><span id="OLK_SRC_BODY_SECTION"><div><b>Von: </b>S</div>old</span>',
    "Proton": '<div>Thanks!</div><div class="protonmail_quote">On Monday, S wrote:<blockquote>old</blockquote></div>',
}


@pytest.mark.parametrize("html", HTML.values(), ids=HTML.keys())
def test_quotes_in_html(html: str):
    assert find_visible_text(html_to_text(html)) == "Thanks!"


def test_an_outlook_reply_is_read_from_its_html():
    message = read_message((DATA / "outlook-reply-html.eml").read_bytes(), ReadingContext()).message
    assert message.visible_text == "#close\nToner gewechselt, läuft."
    assert "Which printer is it?" in message.text
    assert message.sender is not None
    assert message.sender.name == "Doe, Ann"


HOSTILE = {
    "blank lines with a space": " \n" * 30_000,
    "newlines": "\n" * 250_000,
    "On": "On " * 80_000,
    "verbs": ("On 12.12.2020 " + "wrote " * 47 + "\n") * 800,
    "attributions": "On 1.1.2020 a wrote\n" * 12_000,
    "header labels": "From: \n" * 35_000,
    "angle brackets": ("1 " + "<a" * 149 + "\n") * 800,
    "dashes": "--\n" * 80_000,
    "underscores": ("_" * 299 + "\n") * 800,
    "quote marks": ">\n" * 120_000,
    "library language": "2020年1月1日(月) 10:00 a\n写道 작성하였습니다\n" * 5_000,
    "library language, one line": "年1月1日(月) 10:00 " * 16_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_bounded_time(text: str):
    begun = time.process_time()
    find_visible_text(text)
    assert time.process_time() - begun < 5
