"""What stands in a mail without having been typed for it: signatures, legal footers, scanners' and gateways' lines.

Called by `quoting`, which has removed the quotes. Works on the lines at the end of what was typed (banners: at its
beginning). Never takes prose for a signature, nor the only thing that was written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from maildesk.mail.quotemarks import RULE

#: Non-blank lines a signature may have: after `-- `, after a bare `--` and after "Sent from …".
_SIGNATURE_LINES = 20
_LOOSE_SIGNATURE_LINES = 6
_SENT_FROM_LINES = 3
_LIST_FOOTER_LINES = 8
#: Words that make a sentence of a line below a bare dash; half of them when it begins small.
_PROSE_WORDS = 8
#: Words a legal footer has at least, and the different things it must speak of.
_LEGAL_WORDS = 12
_LEGAL_TOPICS = 3
_LEGAL_CHARS = 3_000
#: A rule that opens a mailing list's or a provider's footer.
_FOOTER = re.compile(r"_{20,}$")
#: RFC 3676 §4.3; without the blank it is looked at more closely.
_SIGNATURE = re.compile(r"(?:--|__|—|––|---|- --|\*--\*)$")
#: QUIRK: a dash and the own name, in old mail from programmers.
_SIGNED = re.compile(r"(?:[-–—]|[–—] |-- )[A-ZÄÖÜ][\w.'-]{0,30}(?: [A-ZÄÖÜ][\w.'-]{0,30}){0,3}$")
_ITEM = re.compile(r"(?:[-*•+–]|\d{1,2}[.)]) ")
#: What a signature has and a sentence seldom: an address, a link, a number to call.
_CONTACT = re.compile(r"\S@\S|https?://|www\.|\+?\d[\d ()/.-]{5,}\d|\|")
_LIST_RULE = re.compile(r"[-_=*~]{20,}$")
_UNSUBSCRIBE = re.compile(
    r"unsubscribe|mailing.?list|abmelde|abbestell|désabonn|désinscri|darse de baja|suscripci|disiscri|cancellarsi|"
    r"uitschrijv|afmelden|отписат|退订|配信停止",
    re.IGNORECASE,
)
_SENT = (
    r"sent|gesendet|verschickt|verfasst|envoyé|(?:enviad|mandad)[oa]|enviat|inviat[oa]|verzonden|verstuurd|sendt|"
    r"skickat|skickades|wysłan[eoay]|odesláno|odoslan[éo]|отправлено|надіслано|изпратено|trimis|poslan[oa]|poslato|"
    r"lähetetty|saadetud|nosūtīts|išsiųsta|στάλθηκε|απεστάλη|εστάλη|αποστολή|dikirim|dihantar|(?:được |đã )?gửi|"
    r"נשלח|أُ?رسلت|مُ?رسل(?:ة)?|تم الإرسال|diese (?:nachricht|e-?mail) wurde|this (?:message|e-?mail) was sent"
)
_BY = (
    r"from|using|via|with|on the go with|mit|von|vom|über|aus|depuis|par|de|du|à partir de|avec|amb|des del?|desde|con|"
    r"do|pelo|da|dal|dalla|com|a partir do|vanaf|vanuit|met|van|fra|från|med|z|ze|za|zo|s|sa|iz|со?|из|з|із|від|от|"
    r"de pe|din|iš|no|ar|úr|minu|από|με|dari|từ|bằng|מה|מ|ב|من|از"
)
_DEVICE = (
    r"iphon\w*|ipad|ipod|ios|android|samsung|galaxy|xperia|outlook|mail\b|e-?mail\b|webmail|yahoo|gmail|hotmail|"
    r"blackberry|windows|nokia|huawei|xiaomi|redmi|oneplus|pixel|motorola|htc|sony|lg\b|vodafone|verizon|t-mobile|"
    r"proton|k-9|spark|bluemail|typeapp|typemail|aquamail|nine|boxer|mailtrack|mailspring|airmail|tuta(?:nota)?\b|"
    r"mobile?|mobil\w*|handy|smart\w{0,2}(?:phone|fon)\w*|phone|tele[fp]on\w*|telepon|téléphone|teléfono|telemóvel|"
    r"celular|móvil|portable|cellulare|tablet|device|gerät|appareil|dispositiv\w*|posta\b|poczt\w*|pošt\w*|e-post|"
    r"почт\w*|телефон\w*|смартфон\w*|планшет\w*|устройств\w*|пристро\w*|мобильн\w*|мобільн\w*|κινητό|συσκευή|"
    r"τηλέφων\w*|ponsel|điện thoại|هاتف\w*|جهاز\w*|جوال\w*|thunderbird|gmx|web\.de|icloud|watch|macbook|superhuman"
)
_EXCUSE = (
    r"(?:[.,;!–-]? ?(?:please |pls )?(?:excuse|forgive|ignore|pardon)\b.{1,80}|"
    r"[.,;!–-]? ?(?:bitte .{0,40}entschuldig|(?:veuillez|merci d['’]) ?excuser|discul|perdon|scusa).{0,60}|"
    r", the (?:best|most) .{1,60}|, an? [^.,;!?]{1,30}(?:smartphone|device|phone|tablet)|[.!])?"
)
_PLATFORM = r"(?:ios|iphone\w*|ipad\w*|android\w*|mac(?:os)?|windows)"
_PHONES = r"iphone|ipad|android|galaxy|samsung|huawei|outlook|gmail|yahoo"
#: A product or device must be named, or it must begin like a program's own sentence: `Sent from my …`.
_SENT_FROM = re.compile(
    rf"(?:{_SENT})[\s-](?:wirelessly |sans fil |securely )?(?:{_BY})(?=\W|$)[^.,;!?]{{0,80}}?(?:{_DEVICE})"
    rf"[^,;!?]{{0,60}}{_EXCUSE}$|"
    rf"sent (?:from|via) (?:my|the) [^.,;!?]{{0,30}}, (?:{_PHONES}|lg|htc|motorola|sony|nokia)\b"
    rf"[^,;!?]{{0,40}}{_EXCUSE}$|"
    r"(?-i:Sent (?:from|via) my|Gesendet von meine[mr]|Envoyé de mon|Envoyé depuis mon|Enviado desde mi|"
    r"Enviado do meu|Inviato dal mio|Verzonden vanaf mijn|Verstuurd vanaf mijn|Sendt fra min|Skickat från min|"
    rf"Trimis de pe|Отправлено с моего) [^.,;!?]{{1,60}}{_EXCUSE}$|(?:sent )?via mobile$|gesendet von unterwegs\.?$|"
    rf"vo[nm] (?:meine[mr]?|unterwegs|outlook|mail|yahoo|handy|{_PHONES}|smartphone)\b[^.,;!?]{{0,70}}"
    rf"(?:gesendet|gesandt|verschickt){_EXCUSE}$|"
    r"(?:mit|von) .{0,50}\b(?:mail|app|outlook)\b.{0,20} (?:gesendet|verschickt)\.?$|"
    r"vanaf mijn [^.,;!?]{1,40}(?:verzonden|verstuurd)\.?$|provenance : courrier pour windows$|"
    rf".{{0,50}}(?:{_PHONES}|cihaz|telefon|készülék|posta).{{0,20}}(?:gönderildi|küldve|lähetetty)\.?$|"
    rf".{{0,50}}(?:{_PHONES}|メール|スマートフォン|携帯).{{0,12}}から送信[。.]?$|"
    rf".{{0,50}}(?:{_PHONES}|휴대|스마트폰|메일|폰).{{0,12}}에서 (?:보냄|보냈습니다|전송)[.]?$|"
    rf"(?:从|從)?(?:我的 ?.{{1,20}}|.{{0,12}}(?:{_PHONES}|三星|华为|小米|windows).{{0,12}}) ?"
    r"(?:传送|傳送|发送|寄出)[。.]?$|"
    rf"(?:发送?自|来自)(?:我的.{{1,30}}|.{{0,12}}(?:{_PHONES}|邮箱|手机|邮件).{{0,12}})$|"
    r"lähetetty .{0,20}(?:puhelime|iphone|ipad|android|samsung|laittee|mobiili|sähköposti|outlook).{0,20}$|"
    r"(?:el)?küldve az? .{1,40}$|saadetud minu .{1,30}$|"
    rf"נשלח מ.{{0,30}}(?:{_PHONES}|טלפון|סמארטפון|אייפון|נייד|גלקסי).{{0,30}}$|"
    rf"ส่ง(?:มา)?จาก ?.{{0,20}}(?:{_PHONES}|โทรศัพท์|มือถือ).{{0,30}}$|"
    r"(?-i:(?![a-z]))(?:get|hol(?:en sie sich| dir)?|beziehen sie|download|obt(?:enir|enez|ener|enga|ieni|er|enha)|"
    r"télécharge[rz]|"
    r"ottieni|scarica|descargar?|baixar|hämta|hent|skaffa?(?: deg)?|få|hanki|pobierz|uzyskaj|získa\w{1,4}|získe\w{1,4}|"
    r"stáh\w{1,5}|obțineți|descărcați|preuzmite|prenesite|получит[ье]|скача\w{2,4}|отрима\w{2,4}|завантаж\w{2,4}|"
    r"λήψη|dapatkan|tải|הורד|קבל|الحصول على)\b.{0,30}\b(?:outlook|bluemail|mailspring|spark|typeapp)\b"
    rf"[^.,;!?]{{0,25}}\b{_PLATFORM}\W{{0,3}}$|"
    r"(?=.{0,45}$)(?=.*outlook)(?=.*(?:ios|android)).*(?:beziehen|ophalen|downloaden|herunterladen|laden|入手|edinin|"
    r"indirin|다운로드|받기|beszerzése|letöltése|获取|取得|下載)|"
    rf"(?:outlook|yahoo mail|mail|mailbox|typeapp|k-9 mail) (?:for|für|pour|para|per|voor|för|til) "
    rf"{_PLATFORM}\b.{{0,15}}$|"
    r"mobil gesendet.{0,40}$|yahoo mail: search, organize, conquer.{0,20}$",
    re.IGNORECASE,
)
#: Single lines that virus scanners and providers append.
_SERVICE_LINE = re.compile(
    r"(?:virus-free|virenfrei|sans virus|libre de virus|senza virus|virusvrij|"
    r"bez wirusów)\W{0,3}\s?(?:www\.avast\.com)?$|<(?:https?://www\.avast\.com/|#DAB4FAD8)\S{0,200}>$|"
    r"(?:this email has been (?:checked|scanned) (?:for|by)|"
    r"diese e-mail wurde (?:von avast .{0,40})?auf viren (?:geprüft|überprüft)|"
    r"l'absence de virus dans ce courrier|este correo electrónico ha sido comprobado|"
    r"questa e-mail è stata controllata per individuare virus).{0,120}$|"
    r"(?:\W{0,4}|p )?(?:please )?(?:consider|think (?:of|about)|think before|save) .{0,30}\b(?:environment|"
    r"planet|trees?|paper)\b.{0,80}\bprint.{0,40}$|"
    r"\W{0,4}(?=.{0,80}(?:environnement|umwelt|medio ?ambiente|meio ambiente|ambiente|milieu|miljö|miljø))"
    r"(?:(?:pensez|penser|pensons|avant|denken|bevor|bitte (?:denken|prüfen)|antes de|piens[ae]|prima di|rispett\w+|"
    r"pens[ai]|denk|tänk|tenk|tænk)\b).{0,80}\b(?:imprim|impress|(?:aus)?druck|print|stamp|skriv|udskriv).{0,100}$",
    re.IGNORECASE,
)
#: What a gateway writes above mail from outside. Outlook's link stands in such a hint of any language.
_BANNER = re.compile(
    r"\W{0,6}(?:external(?: e-?mail| sender| message)?|extern(?:e (?:e-?)?mail)?)\W{0,6}$|"
    r"\W{0,6}external (?:e-?mail|message|sender)\W{1,5}(?:do not|don['’]t|be |use |exercise ).{0,100}\b(?:links?|"
    r"attachments?|caution|care)\b.{0,200}$|"
    r".{0,400}aka\.ms/LearnAboutSenderIdentification\W{0,4}$|"
    r"\W{0,20}(?:(?:caution|warning|attention|notice|alert|security|external|extern\w*|achtung|vorsicht|warnung|hinweis|"
    r"prudence|avertissement|atención|precaución|advertencia|attenzione|atenção|cuidado|let op|waarschuwing)\b|"
    r"(?:this|diese|ce|este|questo|dit|deze) (?:e-?mail|message|nachricht|courriel|correo|mensaje|messaggio|bericht))"
    r".{0,80}\b(?:originate[sd]?|came|comes|sent|stammt|kommt|gesendet|provient|émane|procede|proviene|enviado|"
    r"afkomstig|verzonden|from)\b.{0,60}\b(?:outside|external|außerhalb|extern\w*|extérieur\w*|fuera|esterno|fora|"
    r"buiten)\b.{0,200}\b(?:do not|don['’]t|caution|careful|verify|keine|nicht|vorsicht|ne|no|non|não|"
    r"geen|niet|report)\b"
    r".{0,300}$",
    re.IGNORECASE,
)
#: Stems of the sentences lawyers append; several different ones in one closing paragraph tell it.
_LEGAL = re.compile(
    r"(?P<secret>confidential|vertraulich|confidentiel|confidencial|confidenciai|riservat|vertrouwelijk|konfidentiell|fortrolig|"
    r"luottamuksel|poufn|důvěrn|dôvern|bizalmas|confidențial|конфиденциальн|конфіденційн|поверителн|εμπιστευτικ|"
    r"gizli)|"
    r"(?P<aim>intended (?:solely |only |exclusively )?(?:for|recipient)|addressee|named recipient|"
    r"bestimmte[nr]? (?:adressat|empfänger)|(?:richtige|beabsichtigte|vorgesehene)\w? (?:adressat|empfänger)|"
    r"ausschließlich für|destinataire|destinatari|geadresseerde|bestemd voor|avsedd|mottagare|modtager|mottaker|"
    r"adresat|"
    r"címzett|destinatar|предназначен|адресат|призначен|получател)|"
    r"(?P<wrong>received .{0,30}(?:in error|by mistake)|(?:irrtümlich|versehentlich|fälschlich)|par erreur|por error|"
    r"por engano|per errore|abusievelijk|per vergissing|ten onrechte|av misstag|ved en fejl|ved en feil|omyłkow|"
    r"przez pomyłkę|omylem|tévedés|din greșeală|по ошибке|помилково)|"
    r"(?P<tell>notify the sender|inform the sender|contact the sender|advise the sender|absender|l['’]expéditeur|"
    r"al remitente|o remetente|il mittente|de afzender|avsändaren|afsenderen|avsenderen|nadawc|odesílatel|feladó|"
    r"expeditor|отправител|відправник)|"
    r"(?P<ban>unauthori[sz]ed|prohibited|must not (?:copy|use|disclose)|disclos|disseminat|unbefugt|nicht gestattet|"
    r"untersagt|weitergabe|interdit|divulgation|prohibid|proibid|vietat|divulgaz|divulgación|verboden|niet toegestaan|"
    r"verspreiding|förbjud|forbudt|zabronion|zakázán|tilos|interzis|запрещ|заборон)|"
    r"(?P<gone>delete (?:it|this|the|all)|destroy (?:it|this|all|any)|löschen|vernichten|détrui|supprim|elimin|"
    r"borr(?:e|ar)|"
    r"apag(?:ue|ar)|cancell|verwijder|raderar?\b|slett|usun|smaz|töröl|șterge|удалит|видалит)|"
    r"(?P<law>privileged|liabilit|haftung|responsabilit|aansprakelijk|registered (?:office|in england)|legally)|"
    r"(?P<mail>\b(?:e-?mail|mail|message|nachricht|courriel|mensaje|correo|mensagem|messaggio|bericht|meddelande|"
    r"wiadomoś|zpráv|üzenet|mesaj|сообщени|повідомлен|письмо|transmission|communicat|comunica|attachments?)\w{0,4}\b)",
    re.IGNORECASE,
)
#: How such a paragraph begins.
_LEGAL_OPENING = re.compile(
    r"[\s*_\[(>|-]{0,6}(?:(?:disclaimer|(?:confidentiality |important |legal )?(?:notice|confidential)|"
    r"confidential\w*)\b|"
    r"th(?:is|e) (?:e-?mail|message|communication|transmission|information|content|document)|the contents? of this|"
    r"if you (?:are not the|have received this|received this)|any (?:views|opinions|unauthori[sz]ed)|"
    r"(?:please note|unauthori[sz]ed|important(?: notice)?:|confidentiality:|internet communications|"
    r"e-?mail (?:transmission|communication)|ai sensi|nel rispetto|en cumplimiento|de (?:acuerdo|conformidad) con|"
    r"aviso (?:legal|de confidenciali)|avviso|avis|avertissement|informationen zum datenschutz|"
    r"informativa|zgodnie z|w związku z)|(?:wichtiger |rechtlicher )?hinweis:|(?:der inhalt )?diese[rs]? (?:e-?mail|"
    r"nachricht)|"
    r"(?:die (?:in dieser|informationen)|falls sie|sollten sie|wenn sie nicht)|ce (?:message|courriel|mail|courrier)|"
    r"(?:les informations|si vous n)|(?:este|el contenido de este|la información|esta|a informação) "
    r"?(?:mensaje|correo|e-?mail|mensagem|contenid\w|comunica\w*)?|"
    r"(?:questo|il presente|la presente|le informazioni|questa) ?(?:messaggio|e-?mail|comunicazione|contenute)?|"
    r"(?:dit|deze|de informatie|de inhoud) ?(?:bericht|e-?mail)?|(?:detta|denna|denne|dette) (?:e-?mail|e-post\w*|"
    r"meddelande|meddelelse|mail)|(?:ta|niniejsza|treść tej) wiadomość|(?:tato zpráva|tento e-?mail|obsah této)|"
    r"(?:это|данное|настоящее) (?:сообщение|письмо)|це повідомлення|ez az (?:e-?mail|üzenet)|acest (?:e-?mail|mesaj))",
    re.IGNORECASE,
)
#: A heading that stands above such sentences.
_LEGAL_HEADING = re.compile(
    r"[\s*_=-]*(?:(?:e-?mail |legal |confidentiality |important |privacy )?(?:disclaimer|notice|confidentiality)"
    r"(?: notice)?|vertraulichkeitshinweis|haftungsausschluss|(?:wichtiger |rechtlicher )?hinweis|avertissement|"
    r"aviso (?:legal|de confidencialidad)|avviso di riservatezza)[\s*_:=-]*$",
    re.IGNORECASE,
)
#: The links behind "Get Outlook for iOS", as text.
_LINK = re.compile(r"\s?(?:<https?://[^<>]{1,200}>|\(https?://[^()]{1,200}\))|[\[\]]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: as it stands, stripped and clipped for matching, and whether it is quoted."""

    raw: str
    bare: str
    quoted: bool


def without_banners(lines: list[Line]) -> list[Line]:
    """Drop the warnings that a gateway puts above mail from outside, unless nothing else is there."""
    kept = lines
    while kept:
        start = next((n for n, line in enumerate(kept) if line.bare), len(kept))
        end = next((n for n in range(start, len(kept)) if not kept[n].bare or kept[n].quoted), len(kept))
        if not _BANNER.match(" ".join(line.bare for line in kept[start:end])[:_LEGAL_CHARS]):
            return kept
        kept = kept[end:]
    return lines


def without_rules(lines: list[Line]) -> list[Line]:
    """Return the lines without blank ones and drawn rules at their end."""
    end = len(lines)
    while end and (not lines[end - 1].bare or RULE.match(lines[end - 1].bare)):
        end -= 1
    return lines[:end]


def without_signatures(lines: list[Line]) -> list[Line]:
    """Drop each signature: from its mark to the next removed quote or the end; runs of blank lines become one."""
    kept: list[Line] = []
    skipping = False
    for at, line in enumerate(lines):
        if line.quoted:
            skipping = False
        elif not skipping and line.bare:
            skipping = _is_signature(lines, at)
        blank = not line.bare
        if not skipping and not (blank and kept and not kept[-1].bare and line.quoted):
            kept.append(line)
    return kept


def _is_signature(lines: Sequence[Line], at: int) -> bool:
    line = lines[at]
    below = _lines_below(lines, at)
    if line.raw.rstrip("\r") in ("-- ", "--\xa0"):
        return below <= _SIGNATURE_LINES
    if _SIGNATURE.match(line.bare):
        # The same mark twice divides a text.
        is_repeated = below <= _LOOSE_SIGNATURE_LINES and any(earlier.bare == line.bare for earlier in lines[:at])
        return 0 < below <= _LOOSE_SIGNATURE_LINES and not is_repeated and not _is_typed(_written_below(lines, at))
    if _FOOTER.match(line.bare):
        return below <= _SIGNATURE_LINES and not _has_questions(_written_below(lines, at))
    if below <= _LIST_FOOTER_LINES and _LIST_RULE.match(line.bare):
        footer = " ".join(_written_below(lines, at))
        return _UNSUBSCRIBE.search(footer) is not None and _CONTACT.search(footer) is not None
    if below > _SENT_FROM_LINES:
        return False
    return _is_sent_from(line.bare) or (_SIGNED.match(line.bare) is not None and not _is_item(lines, at))


def _is_sent_from(line: str) -> bool:
    return _SENT_FROM.match(_LINK.sub("", line)) is not None


def _is_typed(below: Sequence[str]) -> bool:
    return any(map(_is_prose, below)) and not any(map(_UNSUBSCRIBE.search, below))


def _has_questions(below: Sequence[str]) -> bool:
    is_asked = any(line.endswith("?") or _ITEM.match(line) for line in below)
    return is_asked and not any(map(_CONTACT.search, below))


def _is_prose(line: str) -> bool:
    """Tell whether a line below a bare dash is no part of a signature: a question, an item of a list, a sentence."""
    if _CONTACT.search(line) or _SERVICE_LINE.match(line) or _is_sent_from(line):
        return False
    words = line.split()
    is_sentence = len(words) >= _PROSE_WORDS or (line[0].islower() and len(words) >= _PROSE_WORDS // 2)
    return line.endswith("?") or _ITEM.match(line) is not None or is_sentence


def _is_item(lines: Sequence[Line], at: int) -> bool:
    """Tell whether a dash and a name are an item of a list, or the answer to the question above."""
    above = next((lines[n] for n in range(at - 1, -1, -1) if lines[n].bare), None)
    return (
        above is None
        or above.bare.endswith((":", "?"))
        or any(line.startswith(lines[at].bare[0]) for line in (above.bare, *_written_below(lines, at)))
    )


def _written_below(lines: Sequence[Line], at: int) -> list[str]:
    below = takewhile(lambda line: not line.quoted, lines[at + 1 : at + 1 + 2 * _SIGNATURE_LINES])
    return [line.bare for line in below if line.bare]


def _lines_below(lines: Sequence[Line], at: int) -> int:
    count = 0
    for i in range(at + 1, len(lines)):
        line = lines[i]
        if line.quoted or count > _SIGNATURE_LINES or _FOOTER.match(line.bare):
            break
        count += bool(line.bare)
    return count


def without_legal_footer(lines: list[Line]) -> list[Line]:
    """Drop the closing paragraphs that lawyers and virus scanners append, unless nothing else is there."""
    kept = lines
    while end := _last_written(without_rules(kept)):
        start = end
        while start and kept[start - 1].bare and not RULE.match(kept[start - 1].bare):
            start -= 1
        if start == end or not _is_legal([line.bare for line in kept[start:end]]):
            break
        kept = without_rules(kept[:start])
        if kept and _LEGAL_HEADING.match(kept[-1].bare):
            kept = without_rules(kept[:-1])
    return kept if end else lines


def _last_written(lines: Sequence[Line]) -> int:
    """Return the number of lines up to the last that is not blank."""
    return next((n for n in range(len(lines), 0, -1) if lines[n - 1].bare), 0)


def _is_legal(paragraph: list[str]) -> bool:
    if all(map(_SERVICE_LINE.match, paragraph)):
        return True
    if _LEGAL_HEADING.match(paragraph[0]):
        paragraph = paragraph[1:]
    if not paragraph or not _LEGAL_OPENING.match(paragraph[0]):
        return False
    text = " ".join(paragraph)[:_LEGAL_CHARS]
    topics = {found.lastgroup for found in _LEGAL.finditer(text)}
    return "mail" in topics and len(topics) >= _LEGAL_TOPICS and len(text.split()) >= _LEGAL_WORDS
