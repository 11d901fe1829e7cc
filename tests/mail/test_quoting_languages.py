"""Quotation as mail programs write it in the languages of the world: one row a program and language."""

from html import escape

import pytest

from maildesk.mail.html import html_to_text
from maildesk.mail.quoting import find_visible_text

SUPPORT = {"name": "Example Support", "address": "support@example.test"}

GMAIL = [
    "On Mon, Feb 3, 2025 at 9:15 AM {name} <{address}> wrote:",
    "Am Mo., 3. Feb. 2025 um 09:15 Uhr schrieb {name} <{address}>:",
    "Le lun. 3 févr. 2025 à 09:15, {name} <{address}> a écrit :",
    "El lun, 3 feb 2025 a las 9:15, {name} (<{address}>) escribió:",
    "Em seg., 3 de fev. de 2025 às 09:15, {name} <{address}> escreveu:",
    "{name} <{address}> escreveu (segunda, 3/02/2025 à(s) 09:15):",
    "Il giorno lun 3 feb 2025 alle ore 09:15 {name} <{address}> ha scritto:",
    "Op ma 3 feb 2025 om 09:15 schreef {name} <{address}>:",
    "Den mån 3 feb. 2025 kl 09:15 skrev {name} <{address}>:",
    "Den man. 3. feb. 2025 kl. 09.15 skrev {name} <{address}>:",
    "man. 3. feb. 2025 kl. 09:15 skrev {name} <{address}>:",
    "ma 3. helmik. 2025 klo 9.15 {name} ({address}) kirjoitti:",
    "pon., 3 lut 2025 o 09:15 {name} <{address}> napisał(a):",
    "po 3. 2. 2025 v 9:15 odesílatel {name} <{address}> napsal:",
    "po 3. 2. 2025 o 9:15 {name} <{address}> napísal(a):",
    "{name} <{address}> ezt írta (időpont: 2025. febr. 3., H, 9:15):",
    "În lun., 3 feb. 2025 la 09:15, {name} <{address}> a scris:",
    "На пн, 3.02.2025 г. в 9:15 {name} <{address}> написа:",
    "пн, 3 февр. 2025 г. в 09:15, {name} <{address}>:",
    "пн, 3 лют. 2025 р. о 09:15 {name} <{address}> пише:",
    "Στις Δευ 3 Φεβ 2025 στις 9:15 π.μ., ο χρήστης {name} <{address}> έγραψε:",
    "{name} <{address}>, 3 Şub 2025 Pzt, 09:15 tarihinde şunu yazdı:",
    "\u202bבתאריך יום ב׳, 3 בפבר׳ 2025 ב-9:15 מאת \u202a{name}\u202c\u200f <\u202a{address}\u202c\u200f>:\u202c",
    "في الاثنين، 3 فبراير 2025 في 9:15 ص تمت كتابة ما يلي بواسطة {name} <{address}>:",
    "2025年2月3日(月) 9:15 {name} <{address}>:",
    "{name} <{address}> 于2025年2月3日周一 09:15写道：",
    "{name} <{address}> 於 2025年2月3日 週一 上午9:15寫道：",
    "2025년 2월 3일 (월) 오전 9:15, {name} <{address}>님이 작성:",
    "Vào Th 2, 3 thg 2, 2025 vào lúc 09:15 {name} <{address}> đã viết:",
    "Pada tanggal Sen, 3 Feb 2025 pukul 09.15 {name} <{address}> menulis:",
    "ในวันที่ จ. 3 ก.พ. 2025 เวลา 09:15 {name} <{address}> เขียนว่า:",
    "pon, 3. velj 2025. u 09:15 {name} <{address}> napisao je:",
    "пон, 3. феб 2025. у 09:15 {name} <{address}> је написао/ла:",
    "V V pon., 3. feb. 2025 ob 09:15 je oseba {name} <{address}> napisala:",
    "{name} <{address}> kirjutas kuupäeval E, 3. veebruar 2025 kell 09:15:",
    "pirmd., 2025. g. 3. febr., plkst. 09:15 — lietotājs {name} (<{address}>) rakstīja:",
    "2025-02-03, pr, 09:15 {name} <{address}> rašė:",
    "Missatge de {name} <{address}> del dia dl., 3 de febr. 2025 a les 9:15:",
]
APPLE = [
    "On Feb 3, 2025, at 9:15 AM, {name} <{address}> wrote:",
    "Am 03.02.2025 um 09:15 schrieb {name} <{address}>:",
    "El 3 feb 2025, a las 9:15, {name} <{address}> escribió:",
    "Il giorno 3 feb 2025, alle ore 09:15, {name} <{address}> ha scritto:",
    "Op 3 feb. 2025 om 09:15 heeft {name} <{address}> het volgende geschreven:",
    "Em 3 de fev. de 2025, à(s) 09:15, {name} <{address}> escreveu:",
    "No dia 03/02/2025, às 09:15, {name} <{address}> escreveu:",
    "3 feb. 2025 kl. 09:15 skrev {name} <{address}>:",
    "{name} <{address}> kirjoitti 3.2.2025 kello 9.15:",
    "Wiadomość napisana przez {name} <{address}> w dniu 3 lut 2025, o godz. 09:15:",
    "3. 2. 2025 v 9:15, {name} <{address}>:",
    "Dňa 3. 2. 2025 o 9:15 používateľ {name} <{address}> napísal:",
    "2025. febr. 3. dátummal, 9:15 időpontban {name} <{address}> írta:",
    "Pe 3 feb. 2025, la 09:15, {name} <{address}> a scris:",
    "3 февр. 2025 г., в 09:15, {name} <{address}> написал(а):",
    "3 лют. 2025 р. о 09:15 {name} <{address}> пише:",
    "Στις 3 Φεβ 2025, στις 9:15 π.μ., ο/η {name} <{address}> έγραψε:",
    "{name} <{address}> şunları yazdı (3 Şub 2025 09:15):",
    "ב-3 בפבר׳ 2025, בשעה 9:15, \u200fN <{address}> כתב/ה:",
    "في ٣ فبراير ٢٠٢٥، الساعة ٩:١٥ ص، كتب/كتبت {name} <{address}>:",
    "2025/02/03 9:15、{name} <{address}>のメール:",
    "2025年2月3日 09:15，{name} <{address}> 写道：",
    "在 2025年2月3日，09:15，{name} <{address}> 写道：",
    "{name} <{address}> 於 2025年2月3日 上午9:15 寫道：",
    "2025. 2. 3. 오전 9:15, {name} <{address}> 작성:",
    "Vào 3 thg 2, 2025, lúc 09:15, {name} <{address}> đã viết:",
    "Pada 3 Feb 2025, pukul 09.15, {name} <{address}> menulis:",
    "เมื่อวันที่ 3 ก.พ. 2568 เวลา 09:15 {name} <{address}> เขียนว่า:",
    "Dana 3. velj. 2025., u 09:15, {name} <{address}> je napisao/la:",
    "El 3 febr. 2025, a les 9:15, {name} <{address}> va escriure:",
]
THUNDERBIRD = [
    "On 2/3/25 09:15, {name} wrote:",
    "Am 03.02.2025 um 09:15 schrieb {name}:",
    "Le 03/02/2025 à 09:15, {name} a écrit :",
    "El 3/2/25 a las 9:15, {name} escribió:",
    "Il 03/02/2025 09:15, {name} ha scritto:",
    "Op 3-2-2025 om 09:15 schreef {name}:",
    "Em 03/02/2025 09:15, {name} escreveu:",
    "Às 09:15 de 03/02/2025, {name} escreveu:",
    "Den 2025-02-03 kl. 09:15, skrev {name}:",
    "Den 03.02.2025 kl. 09.15 skrev {name}:",
    "{name} kirjoitti 3.2.2025 klo 9.15:",
    "W dniu 3.02.2025 o 09:15, {name} pisze:",
    "Dne 03. 02. 25 v 9:15 {name} napsal(a):",
    "Dňa 3. 2. 2025 o 9:15 {name} napísal(a):",
    "2025. 02. 03. 9:15 keltezéssel, {name} írta:",
    "Pe 03.02.2025 09:15, {name} a scris:",
    "03.02.2025 09:15, {name} пишет:",
    "03.02.25 09:15, {name} пише:",
    "На 3.02.2025 г. в 9:15, {name} написа:",
    "Στις 3/2/25 09:15, ο/η {name} έγραψε:",
    "3.02.2025 09:15 tarihinde {name} yazdı:",
    "בתאריך 03/02/2025 09:15, {name} כתב:",
    "في 3/2/2025 9:15 ص، كتب {name}:",
    "On 2025/02/03 9:15, {name} wrote:",
    "在 2025/2/3 9:15, {name} 写道:",
    "{name} 於 2025/2/3 9:15 寫道：",
    "2025-02-03 오전 9:15에 {name} 이(가) 쓴 글:",
    "Vào ngày 03/02/2025 09:15, {name} viết:",
]
OTHERS = [
    "On Monday, February 3, 2025 at 09:15:00 AM GMT+1, {name} <{address}> wrote:",
    "Am Montag, 3. Februar 2025 um 09:15:00 MEZ hat {name} <{address}> Folgendes geschrieben:",
    "Le lundi 3 février 2025 à 09:15:00 UTC+1, {name} <{address}> a écrit :",
    "En lunes, 3 de febrero de 2025, 09:15:00 CET, {name} <{address}> escribió:",
    "Il lunedì 3 febbraio 2025 alle ore 09:15:00 CET, {name} <{address}> ha scritto:",
    "On Monday, February 3rd, 2025 at 9:15 AM, {name} <{address}> wrote:",
    "{name} <{address}> schrieb am Montag, 3. Februar 2025 um 09:15:",
    "On 3 February 2025 09:15:00 CET, {name} <{address}> wrote:",
    "Am 3. Februar 2025 09:15:00 MEZ schrieb {name} <{address}>:",
    "Понедельник, 3 февраля 2025, 9:15 +03:00 от {name} <{address}>:",
    '03.02.2025, 09:15, "{name}" <{address}>:',
    'At 2025-02-03 09:15:00, "{name}" <{address}> wrote:',
    '在 2025-02-03 09:15:00，"{name}" <{address}> 写道：',
    "Am 03.02.25, 09:15 schrieb {name} <{address}>:",
    "---- On Mon, 03 Feb 2025 09:15:00 +0100 {name} <{address}> wrote ---",
    "{name}, 3 Şub 2025 09:15 tarihinde yazdı:",
]

TYPED = "It works now."
OLD = "Which printer?\n\nSupport"


def visible(below: str) -> str:
    return find_visible_text(f"{TYPED}\n\n{below}\n")


@pytest.mark.parametrize("mark", [*GMAIL, *APPLE, *THUNDERBIRD, *OTHERS])
@pytest.mark.parametrize("quoted", ["> Which printer?\n>\n> Support", OLD])
def test_attribution(mark: str, quoted: str):
    assert visible(f"{mark.format(**SUPPORT)}\n\n{quoted}") == TYPED


#: From, sent, to, subject: Outlook's words, then those of others where they differ.
HEADERS = [
    "From|Sent|To|Subject",
    "From|Date|To|Subject",
    "Von|Gesendet|An|Betreff",
    "Von|Datum|An|Betreff",
    "De |Envoyé |À |Objet ",
    "De|Enviado el|Para|Asunto",
    "De|Enviado|Para|Asunto",
    "De|Enviada em|Para|Assunto",
    "Da|Inviato|A|Oggetto",
    "Van|Verzonden|Aan|Onderwerp",
    "Från|Skickat|Till|Ämne",
    "Fra|Sendt|Til|Emne",
    "Lähettäjä|Lähetetty|Vastaanottaja|Aihe",
    "Od|Wysłano|Do|Temat",
    "Od|Data|Do|Temat",
    "Od|Odesláno|Komu|Předmět",
    "Od|Odoslané|Komu|Predmet",
    "Feladó|Elküldve|Címzett|Tárgy",
    "De la|Trimis|Către|Subiect",
    "От|Изпратено|До|Относно",
    "От|Отправлено|Кому|Тема",
    "Від|Надіслано|Кому|Тема",
    "Από|Στάλθηκε|Προς|Θέμα",
    "Kimden|Gönderildi|Kime|Konu",
    "Gönderen|Tarih|Kime|Konu",
    "מאת|נשלח|אל|נושא",
    "من|تم الإرسال|إلى|الموضوع",
    "差出人|送信日時|宛先|件名",
    "发件人|发送时间|收件人|主题",
    "寄件者|寄件日期|收件者|主旨",
    "보낸 사람|보낸 날짜|받는 사람|제목",
    "Từ|Đã gửi|Đến|Chủ đề",
    "Dari|Dikirim|Kepada|Subjek",
    "จาก|ส่ง|ถึง|เรื่อง",
    "Šalje|Poslano|Prima|Predmet",
    "Od|Poslano|Za|Zadeva",
    "Saatja|Saadetud|Adressaat|Teema",
    "Nuo|Išsiųsta|Kam|Tema",
]
VALUES = ("Example Support <support@example.test>", "Monday, February 3, 2025 9:15 AM", "Ann Bauer", "RE: Printer")


@pytest.mark.parametrize("words", HEADERS)
@pytest.mark.parametrize("label", ["{}: {}", "*{}:* {}", "> {}: {}", "{}：{}"])
@pytest.mark.parametrize("rule", ["", "________________________________\n", "-----8<-----\n"])
def test_header_of_the_older_mail(words: str, label: str, rule: str):
    block = "\n".join(label.format(word, value) for word, value in zip(words.split("|"), VALUES, strict=True))
    assert visible(f"{rule}{block}\n\n{OLD}" if ">" not in label else f"{block}\n> \n> {OLD[:14]}") == TYPED


@pytest.mark.parametrize("words", HEADERS)
def test_header_of_the_older_mail_in_outlooks_html(words: str):
    values = zip(words.split("|"), map(escape, VALUES), strict=True)
    head = "<br>".join(f"<b>{word}:</b> {value}" for word, value in values)
    html = (
        f'<div class=WordSection1><p class=MsoNormal>{TYPED}<o:p></o:p></p><div><div style="border-top:solid '
        f'#E1E1E1 1.0pt"><p class=MsoNormal>{head}<o:p></o:p></p></div></div><p class=MsoNormal>Which one?</p></div>'
    )
    assert find_visible_text(html_to_text(html)) == TYPED


SEPARATORS = [
    "-----Original Message-----",
    "-------- Original Message --------",
    "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐",
    "------------------ Original ------------------",
    "-----Ursprüngliche Nachricht-----",
    "-----Original-Nachricht-----",
    "-------- Message d'origine --------",
    "-------- Message original --------",
    "-------- Mensaje original --------",
    "-------- Messaggio originale --------",
    "-------- Mensagem original --------",
    "-------- Oorspronkelijk bericht --------",
    "-------- Ursprungligt meddelande --------",
    "-------- Oprindelig meddelelse --------",
    "-------- Opprinnelig melding --------",
    "-------- Alkuperäinen viesti --------",
    "-------- Oryginalna wiadomość --------",
    "-------- Původní zpráva --------",
    "-------- Pôvodná správa --------",
    "-------- Eredeti üzenet --------",
    "-------- Mesaj original --------",
    "-------- Исходное сообщение --------",
    "-------- Вихідне повідомлення --------",
    "-------- Оригинално съобщение --------",
    "-------- Αρχικό μήνυμα --------",
    "-------- Orijinal mesaj --------",
    "-------- הודעה מקורית --------",
    "-------- الرسالة الأصلية --------",
    "------------------ 原始邮件 ------------------",
    "-------- 元のメッセージ --------",
    "--------- 원본 메일 ---------",
    "-------- Thư gốc --------",
    "-------- Pesan asli --------",
]


@pytest.mark.parametrize("mark", SEPARATORS)
@pytest.mark.parametrize("form", ["{}", "*{}*"])
def test_separator(mark: str, form: str):
    assert visible(f"{form.format(mark)}\n{OLD}") == TYPED


FORWARDS = [
    "---------- Forwarded message ---------",
    "-------- Weitergeleitete Nachricht --------",
    "-------- Message transféré --------",
    "-------- Mensaje reenviado --------",
    "-------- Messaggio Inoltrato --------",
    "-------- Mensagem encaminhada --------",
    "-------- Doorgestuurd bericht --------",
    "-------- Vidarebefordrat meddelande --------",
    "-------- Videresendt melding --------",
    "-------- Välitetty viesti --------",
    "-------- Przekazana wiadomość --------",
    "-------- Přeposlaná zpráva --------",
    "-------- Továbbított üzenet --------",
    "-------- Пересылаемое сообщение --------",
    "-------- Переслане повідомлення --------",
    "-------- İletilmiş Mesaj --------",
    "-------- 转发的消息 --------",
    "-------- 転送されたメッセージ --------",
    "-------- 전달된 메시지 --------",
    "Begin forwarded message:",
    "Anfang der weitergeleiteten Nachricht:",
    "Début du message réexpédié :",
    "Inicio del mensaje reenviado:",
    "Inizio messaggio inoltrato:",
    "Begin doorgestuurd bericht:",
    "Vidarebefordrat brev:",
    "Początek przekazywanej wiadomości:",
    "Начало переадресованного сообщения:",
    "下面是被转发的邮件：",
]


@pytest.mark.parametrize("mark", FORWARDS)
def test_what_is_forwarded_stays(mark: str):
    text = f"Please look.\n\n{mark}\nFrom: Bob <bob@other.test>\nTo: Ann\nSubject: Help\n\nIt is broken."
    assert find_visible_text(text) == text


DELIMITERS = [
    "##- Please type your reply above this line -##",
    "-- REPLY ABOVE THIS LINE --",
    "=-=-=-= Reply above this line =-=-=-=",
    "--- Please reply above this line ---",
    "[Please do not write below this line]",
    "Write your reply above this line",
    "##- Bitte geben Sie Ihre Antwort über dieser Zeile ein -##",
    "--- Bitte antworten Sie oberhalb dieser Linie ---",
    "##- Veuillez saisir votre réponse au-dessus de cette ligne -##",
    "--- Répondre au-dessus de cette ligne ---",
    "##- Por favor, escriba su respuesta por encima de esta línea -##",
    "##- Por favor, digite sua resposta acima desta linha -##",
    "--- Rispondere sopra questa riga ---",
    "##- Typ uw antwoord boven deze regel -##",
    "--- Svara ovanför den här raden ---",
    "--- Skriv dit svar over denne linje ---",
    "--- Odpowiedz powyżej tej linii ---",
    "--- Ответьте выше этой строки ---",
    "##- この行より上に返信を入力してください -##",
    "--- 请在此行上方回复 ---",
    "---\n*Previous Replies*",
    "A plain reply goes to the requester: Ann Bauer <ann@customer.test>.",
    "A plain reply becomes an internal note that the requester does not see.",
]


@pytest.mark.parametrize("mark", DELIMITERS)
@pytest.mark.parametrize(
    "form", ["{}\n\n", "> {}\n\n", "Zorp 3 febro 2025 09:15 Example <support@example.test>:\n\n{}\n"]
)
def test_line_that_asks_to_write_above_it(mark: str, form: str):
    assert visible(form.format(mark) + OLD) == TYPED


def test_answer_below_a_quoted_delimiter_survives():
    quoted = "> ##- Please type your reply above this line -##\n> Which printer?\n\nThe big one."
    assert visible(quoted).split() == f"{TYPED} The big one.".split()


def test_delimiter_with_nothing_above_it_cuts_nothing():
    text = "--- Reply above this line ---\nWhich printer?\nThe big one."
    assert find_visible_text(text) == text


PHONES = [
    "Sent from my iPhone",
    "Sent from my Galaxy",
    "Sent from my Android phone with K-9 Mail. Please excuse my brevity.",
    "Sent from Yahoo Mail on Android",
    "Sent from Outlook for Android",
    "Sent from Mail for Windows",
    "Sent with Proton Mail secure email.",
    "Sent from my mobile device, please excuse typos",
    "Get Outlook for iOS<https://aka.ms/x>",
    "Von meinem iPhone gesendet",
    "Von meinem Samsung Galaxy Smartphone gesendet.",
    "Von Outlook für Android gesendet",
    "Gesendet von Outlook für iOS",
    "Gesendet mit der GMX Mail App",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Holen Sie sich Outlook für Android",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon smartphone Samsung Galaxy.",
    "Envoyé à partir de Outlook pour Android",
    "Télécharger Outlook pour iOS",
    "Enviado desde mi iPhone",
    "Enviado desde Correo para Windows",
    "Obtener Outlook para Android",
    "Enviado do meu iPhone",
    "Obter o Outlook para iOS",
    "Inviato da iPhone",
    "Inviato dal mio smartphone Samsung Galaxy.",
    "Ottieni Outlook per Android",
    "Verstuurd vanaf mijn iPhone",
    "Verzonden vanuit Outlook voor Android",
    "Skickat från min iPhone",
    "Hämta Outlook för iOS",
    "Sendt fra min iPhone",
    "Hent Outlook til iOS",
    "Lähetetty iPhonesta",
    "Wysłane z iPhone'a",
    "Pobierz aplikację Outlook dla systemu iOS",
    "Odesláno z iPhonu",
    "Odoslané z iPhonu",
    "Elküldve az iPhone-omról",
    "Trimis de pe iPhone-ul meu",
    "Отправлено с iPhone",
    "Отправлено из мобильной Почты Mail.ru",
    "Получить Outlook для Android",
    "Надіслано з iPhone",
    "Изпратено от iPhone",
    "Στάλθηκε από το iPhone μου",
    "iPhone'umdan gönderildi",
    "נשלח מה-iPhone שלי",
    "مُرسل من الـ iPhone",
    "iPhoneから送信",
    "发自我的iPhone",
    "從我的 iPhone 傳送",
    "나의 iPhone에서 보냄",
    "Được gửi từ iPhone của tôi",
    "Dikirim dari iPhone saya",
    "ส่งจาก iPhone ของฉัน",
    "Poslano s mog iPhonea",
]


@pytest.mark.parametrize("footer", PHONES)
@pytest.mark.parametrize("below", ["", "\n\nOn 3 Feb 2025, at 09:15, Support <s@x.test> wrote:\n> Which printer?"])
def test_footer_of_a_phone(footer: str, below: str):
    assert visible(footer + below) == TYPED


LEGAL = [
    """\
This e-mail and any attachments are confidential and intended solely for the addressee. If you have received it in
error, please notify the sender and delete it. Any unauthorised use is prohibited.""",
    """\
CONFIDENTIALITY NOTICE: This message is intended only for the named recipient and may contain privileged
information. If you are not the intended recipient, you must not copy or disclose it.""",
    """\
DISCLAIMER
This message may contain confidential information. If you are not the addressee, notify the sender
and delete it. Disclosure is prohibited.""",
    """\
Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind oder diese E-Mail
irrtümlich erhalten haben, informieren Sie bitte sofort den Absender und vernichten Sie diese Mail. Das
unerlaubte Kopieren sowie die unbefugte Weitergabe dieser Mail ist nicht gestattet.""",
    """\
Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive de ses
destinataires. Si vous avez reçu ce message par erreur, merci d'en avertir l'expéditeur et de le détruire.""",
    """\
Este mensaje puede contener información confidencial dirigida exclusivamente a su destinatario. Si lo ha
recibido por error, notifíquelo al remitente y elimine el mensaje.""",
    """\
Questo messaggio contiene informazioni riservate destinate al solo destinatario. Se avete ricevuto questa
e-mail per errore vi preghiamo di avvisare il mittente e di cancellarla.""",
    """\
Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde. Indien u dit bericht abusievelijk
heeft ontvangen, wordt u verzocht de afzender te informeren en het te verwijderen.""",
    """\
This message contains confidential information for the addressee. If it was received in error, delete it.

Any views or opinions in this message are those of the author. Unauthorised disclosure of this confidential
e-mail is prohibited.""",
    """\
This message may be confidential and is intended for the addressee only; please delete it if that is not you.

P Please consider the environment before printing this email""",
    "Virus-free. www.avast.com",
]


@pytest.mark.parametrize("footer", LEGAL)
@pytest.mark.parametrize("below", ["", "\n\nOn 3 Feb 2025, at 09:15, Support <s@x.test> wrote:\n> Which printer?"])
@pytest.mark.parametrize("rule", ["", "________________________________\n\n", "*****\n"])
def test_what_lawyers_append(footer: str, below: str, rule: str):
    assert visible(rule + footer + below) == TYPED


KEPT = [
    "The printer was sent from the warehouse\nsent from our office",
    "Sent from the front office yesterday",
    "Outlook for Android does not start",
    "I get Outlook for Windows errors\nsince Monday",
    "Please reply above this line of code, not below it.\nx = 1",
    "He asked me to reply above this line\nbut which?",
    "Reading this message, I see it is confidential. Whom may I tell?",
    "This email is confidential. May I show it to Bob?",
    "Is the disclaimer below our e-mail wrong?\n\nIt says: confidential.",
    "2025년 보고서 작성 중 문제:\n오류 5",
    "在 2025/2/3 我写了报告\n然后：死机",
    "Il 3 febbraio ho scritto a Bob:\nnessuna risposta",
    "Am 3. Februar ging nichts mehr:\nFehler 5",
    "Le 3 février, à 9:15, tout marchait :\nplus maintenant",
    "Von: A nach B\nes geht nicht",
    "A: yes\nB: no\nData: none",
    "Od: Praha\nDo: Brno\nDatum: 3. 2.\n\nProsím o lístek.",
    "Von: Berlin\nAn: Hamburg\nDatum: morgen\n\nBitte buchen.",
    "Previous messages\nwere not answered.",
    "Name: Ann\nDate: 3 Feb 2025 10:15\nSubject: printer\nRoom: 12",
    "De todo un poco:\n- uno\n- dos",
    "Do: zrobić\nTemat: drukarka",
    "3 things (see below):\nfirst",
    "- roman numerals\n- fail",
]


@pytest.mark.parametrize("text", KEPT)
def test_own_words_that_look_like_marks_are_kept(text: str):
    assert find_visible_text(text) == text
