"""The words and lines by which mail programs mark what is not typed anew: attributions, separators, footers.

Data for `quoting`, one regular expression a kind, each for one line of at most 300 characters (an attribution: 400
characters over four lines). None has two unbounded repetitions that can match the same text.
"""

import re

#: Verbs of "NAME wrote:" lines.
_WROTE = (
    r"wrote|writes|sent|schrieb|geschrieben|a écrit|écrit|escribió|ha escrit|escreveu|ha scritto|schreef|"
    r"geschreven|skrev|kirjoitti|написал\w{0,3}|писал\w{0,3}|пише|a scris|írta|yazdı|đã viết|έγραψε|menulis|"
    r"napisał(?:\(a\))?|napsal(?:\(a\))?|のメッセージ"
)
_BEFORE_DATE = r"On|At|Am|Le|El|Il|In data|Op|Den|På|Em|W dniu|Dnia|Dne|Vào|Pada|Στις"
_WEEKDAYS = r"Mon|Tue|Wed|Thu|Fri|Sat|Sun|man|tir|ons|tor|fre|lør|søn|lau|su|ma|ti|ke|to|pe|la|пн|вт|ср|чт|пт|сб|вс"
_MONTHS = r"jan|feb|mar|mär|avr|apr|ma[iy]|jun|jul|aug|août|sep|o[ck]t|nov|de[czs]"
#: How an attribution may begin: with a preposition, a weekday, a date, or a name before an address.
ATTRIBUTION_START = re.compile(
    rf"[-\s*]*(?:(?:{_BEFORE_DATE})\b|(?:{_WEEKDAYS})\w{{0,8}}[.,]{{0,2}} \d|\d{{1,4}}[./\s-]|[^<>@]{{1,80}}<)",
    re.IGNORECASE,
)
#: A whole attribution: the verb, then nothing but a name, and a colon or a line of dashes.
ATTRIBUTION = re.compile(
    rf"(?:\b|(?<=>))(?:{_WROTE})(?!\w)(?:[^:：]|:(?=\d)|(?<=mailto):){{0,160}}(?:[:：]|-{{3,}})[\s*]*$|"
    r"<[^<>]{1,200}>\s?wrote$",
    re.IGNORECASE,
)
#: Some programs write only date, name and address.
DATED_ADDRESS = re.compile(r"(?:\w{1,12}[.,]{0,2} )?\d.{0,200}<\s?[^<>\s]{1,200}>\s?[:：]?\s*$")
#: What makes an attribution more than a sentence that ends in "wrote:".
EVIDENCE = re.compile(
    rf"\d{{1,4}}[./-]\d{{1,2}}|\d{{1,2}}[:.]\d{{2}}|\b(?:19|20)\d{{2}}\b|\S@\S|\d{{1,2}}\.? ?(?:{_MONTHS})|"
    rf"(?:{_MONTHS})\w* \d",
    re.IGNORECASE,
)

_ORIGINAL = (
    r"original (?:message|e-?mail|appointment)|ursprüngliche (?:nachricht|e-?mail)|originalnachricht|"
    r"original-nachricht|"
    r"antwort nachricht|message d'origine|message original|mensaje original|messaggio originale|mensagem original|"
    r"oorspronkelijk bericht|oprindelig meddelelse|opprinnelig melding|ursprungligt meddelande|alkuperäinen viesti|"
    r"исходное сообщение|wiadomość oryginalna|původní zpráva|原始邮件|元のメッセージ|원본 메(?:일|시지)"
)
SEPARATOR = re.compile(rf"[\s*>]*-{{2,}}\s*(?:{_ORIGINAL})\s*-{{2,}}[\s*]*$", re.IGNORECASE)

_FORWARDED = (
    r"forwarded message|weitergeleitete (?:nachricht|e-?mail)|message transf[ée]r[ée]|mensaje reenviado|"
    r"messaggio inoltrato|"
    r"mensagem encaminhada|doorgestuurd bericht|vidarebefordrat meddelande|videresendt (?:meddelelse|melding)|"
    r"пересылаемое сообщение|przekazana wiadomość|přeposlaná zpráva"
)
FORWARD = re.compile(
    rf"[\s*>]*(?:-{{3,}}\s*(?:{_FORWARDED})\s*-{{2,}}|begin forwarded message:|"
    rf"anfang der weitergeleiteten (?:nachricht|e-?mail):|"
    r"début du message (?:réexpédié|transféré)\s?:|inicio del mensaje reenviado:|inizio messaggio inoltrato:|"
    r"início da mensagem (?:re)?encaminhada:|begin doorgestuurd bericht:|-{3,} ?forwarded by .{1,100})[\s*]*$",
    re.IGNORECASE,
)

_FROM = r"from|von|de|da|van|fra|från|lähettäjä|от|od|message du|mensaje de"
_OTHER = (
    r"sent|date|to|cc|bcc|subject|reply-to|importance|gesendet|datum|an|betreff|antwort an|envoyé(?: le)?|"
    r"à|a|objet|sujet|"
    r"copie à|enviado(?: el| em)?|fecha|para|asunto|assunto|inviato|data|oggetto|verzonden|aan|onderwerp|"
    r"sendt|dato|til|emne|"
    r"kopi|skickat|till|ämne|kopia|lähetetty|vastaanottaja|aihe|отправлено|дата|кому|тема|copie"
)
FROM_LABEL = re.compile(rf"[\s*>|]{{0,6}}(?:{_FROM})\s?[*\s]{{0,3}}[:：]", re.IGNORECASE)
OTHER_LABEL = re.compile(rf"[\s*>|]{{0,6}}(?:{_OTHER})\s?[*\s]{{0,3}}[:：]", re.IGNORECASE)

#: A line that only draws a rule; what stands before a quoted header.
RULE = re.compile(r"[\s*]*[-_=*~–—]{4,}[\s*]*$|-{3,}[^-]{1,40}-{3,}$")
#: A rule that opens a mailing list's or a provider's footer.
FOOTER = re.compile(r"_{20,}$")
#: RFC 3676 §4.3; without the blank it is looked at more closely.
SIGNATURE = re.compile(r"(?:--|__|—|---)$")
#: QUIRK: a dash and the own name, in old mail from programmers.
SIGNED = re.compile(r"[-–—][A-ZÄÖÜ][\w.'-]{0,30}(?: [A-ZÄÖÜ][\w.'-]{0,30}){0,3}$")
SENT_FROM = re.compile(
    r"(?:sent|gesendet|verschickt|envoyé|enviado|enviada|inviato|verzonden|sendt|skickat|wysłan[eoa]|odesláno|"
    r"отправлено|lähetetty|diese nachricht wurde)\s(?:wirelessly |sans fil )?"
    r"(?:from|using|via|mit|von|vom|depuis|par|de|du|desde|do|da|dal|vanaf|van|fra|från|z|ze|с|"
    r"из)\b[^.,;!?]{1,80}[.!]?$|"
    r"von (?:meinem|unterwegs|meiner)\b.{0,60}(?:gesendet|gesandt)\.?$|get outlook for .{1,60}$|"
    r"hol(?:en sie sich)? dir outlook.{1,60}$|"
    r"(?:outlook|yahoo mail|mail|mailbox|typeapp|k-9 mail) (?:for|für|pour) (?:ios|android|windows|iphone)\b.{0,40}$|"
    r"mobil gesendet.{0,40}$|.{0,40}iphone(?:から送信|에서 보냄)$|发自我的.{1,30}$",
    re.IGNORECASE,
)
#: The link behind "Get Outlook for iOS", as text.
LINK = re.compile(r"\s?<https?://[^<>]{1,200}>$")
#: Words that tell mail-parser-reply's language to look at; it is asked only where one of them stands in the text.
LIBRARY_LANGUAGES = (
    ("cs", ("Odesláno",)),
    ("pl", ("nadesłał", "Wysłano")),
    ("zh", ("写道", "发件人")),
    ("ja", ("年",)),
    ("ko", ("작성하였습니다", "보낸 사람", "보낸사람")),
)
