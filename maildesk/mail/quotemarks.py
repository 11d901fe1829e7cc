"""The words and lines by which mail programs mark what is not typed anew: attributions, headers, separators, footers.

Data for `quoting`, one regular expression a kind, each for one line of at most 300 characters (an attribution: 400
characters over four lines). None has two unbounded repetitions that can match the same text. The words are those of
Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, Proton, K-9, Samsung, GMX, Mail.ru, QQ and Naver in the languages they
are most used in; a word that people begin their own lines with is left out.
"""

import re

# ------------------------------------------------------------------ attributions

#: The verbs. Languages without blanks, or with the verb glued to something, stand in `_WROTE_GLUED`.
_WROTE = (
    r"wrote|writes|sent|schrieb|geschrieben|a écrit|écrit|écrivait|escribió|escribio|ha escrit|va escriure|"
    r"missatge de|escreveu|ha scritto|scrive|schreef|geschreven|skrev|skrifaði|kirjoitti|kirjutas|rakstīja|rašė|"
    r"написал\w{0,3}|писал\w{0,3}|пишет|пише|написав\w{0,2}|написа|је написао|napisao|napisala|je pisao|a scris|írta|"
    r"yazdı|yazmış|đã viết|viết|έγραψε|menulis|napisał(?:[/(]?a\)?)?|pisze|napisana przez|napsal(?:[/(]?a\)?)?|"
    r"napísal(?:[/(]?a\)?)?|píše|כתב\w?|كتبت?|تمت كتابة ما يلي بواسطة|نوشت|ने लिखा"
)
_WROTE_GLUED = (
    r"のメッセージ|のメール|は書きました|さんの書き込み|写道|寫道|작성|님이 쓴|가\) 쓴|이 쓴|쓴 글|썼습니다|"
    r"เขียนว่า|เขียน"
)
_BEFORE_DATE = (
    r"On|At|Am|Le|El|Il|In data|Op|Den|Dana|På|Em|No dia|Às|W dniu|Dnia|Dňa|Dne|În|Pe|La data de|Στις|На|В|У|Vào|"
    r"Pada|Wiadomość|Missatge|Em data|בתאריך|في|در تاریخ|ב|ในวันที่|เมื่อวันที่|วันที่|在"
)
_WEEKDAYS = (
    r"Mon|Tue|Wed|Thu|Fri|Sat|Sun|man|tir|ons|tor|fre|lør|søn|lau|su|ma|ti|ke|to|pe|la|pon|wt|śr|czw|pt|sob|ndz|"
    r"po|út|st|čt|pá|so|ne|ut|uto|sri|čet|pet|sub|ned|pirmd|пн|вт|ср|чт|пт|сб|вс|нд|пон|понедельник|вторник|среда|"
    r"четверг|пятница|суббота|воскресенье|понеділок|вівторок|середа|п'ятниця|неділя|सोम|मंगल|बुध|गुरु|शुक्र|शनि|रवि"
)
_MONTHS = (
    r"jan|feb|mar|mär|avr|apr|abr|ma[iyjg]|jun|jul|aug|ago|août|sep|o[ck]t|out|nov|de[czs]|dic|févr|gen|giu|lug|set|"
    r"tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu|sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru|"
    r"янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|січ|лют|бер|кві|тра|чер|лип|сер|вер|жов|лис|гру|"
    r"Ιαν|Φεβ|Μαρ|Απρ|Μαΐ|Ιουν|Ιουλ|Αυγ|Σεπ|Οκτ|Νοε|Δεκ|oca|şub|nis|haz|tem|ağu|eyl|eki|kas|ara|thg|tháng"
)
#: How an attribution may begin: with a preposition, a weekday, a date, or a name before an address or a date.
ATTRIBUTION_START = re.compile(
    rf"[-\s*,.]*(?:(?:{_BEFORE_DATE})(?=\W)|(?:{_WEEKDAYS})\w{{0,8}}[.,]{{0,2}} \d|\d{{1,4}}[./\s年년-]|"
    rf"[^<>@:]{{1,80}}(?:<|\(\S{{1,80}}@)|[^<>@:]{{1,60}}\b(?:{_WROTE})\b.{{0,40}}\d|"
    rf"[^<>@:]{{1,40}} [於于] ?\d{{4}}|[^<>@:]{{1,60}}, \d{{1,2}}[. ])",
    re.IGNORECASE,
)
_TAIL = r"(?:[^:：]|:(?= ?\d)|(?<=mailto):){0,160}(?:[:：]|-{3,})[\s*]*$"
#: A whole attribution: the verb, then nothing but a name, and a colon or a line of dashes.
ATTRIBUTION = re.compile(
    rf"(?:\b|(?<=>)|(?<=\)))(?:{_WROTE})(?!\w){_TAIL}|(?:{_WROTE_GLUED})[^\s:：]{{0,8}}\s?[:：][\s*]*$|"
    r"<[^<>]{1,200}>\s?wrote$",
    re.IGNORECASE,
)
#: Some programs write only date, name and address.
DATED_ADDRESS = re.compile(r"(?:\w{1,12}[.,]{0,2} |בתאריך [^:\d]{0,20})?\d.{0,200}<\s?[^<>\s]{1,200}>\s?[:：]?\s*$")
#: QUIRK: what is left of Gmail's old attribution when a converter drops the address: it is nothing people write.
DATED_NAME = re.compile(r"\d{4}-\d{2}-\d{2} \d{1,2}:\d{2} (?:GMT|UTC)[+-]\d{2}:\d{2} [^\d<>@:,;]{2,60}[:：]?$")
DIGIT = re.compile(r"[\d@]")
#: What makes an attribution more than a sentence that ends in "wrote:".
EVIDENCE = re.compile(
    rf"\d{{1,4}}[./-] ?\d{{1,2}}|\d{{1,2}}[:.]\d{{2}}|\b(?:19|20|25)\d{{2}}\b|\d年|\d년|\S@\S|"
    rf"\d{{1,2}}\.? ?(?:{_MONTHS})|"
    rf"(?:{_MONTHS})\w* \d",
    re.IGNORECASE,
)
#: What an introduction has in a language nobody taught us: a time of day, a date, an address in brackets.
TIME = re.compile(r"(?<![\d.])\d{1,2}[:.h]\d{2}(?![.\d]*\.\d{2,4}\b)")
DATE = re.compile(r"\b\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}\b|\b(?:19|20)\d{2}\b|\b\d{1,2}\.? \w{3,12}\b")
BRACKETED_ADDRESS = re.compile(r"[<(\[](?:mailto:)?[^<>()\[\]\s@]{1,100}@[^<>()\[\]\s@]{1,200}[>)\]]")

# ------------------------------------------------------------------ separators and forwards

_DASHES = "-‐‑‒–—―_=*"
_ORIGINAL = (
    r"original(?: (?:message|e-?mail|appointment))?|ursprüngliche (?:nachricht|e-?mail)|original-?\s?nachricht|"
    r"urspr\. nachricht|antwort nachricht|message d['’]origine|message original|courriel original|mensaje original|"
    r"missatge original|messaggio originale|mensagem original|oorspronkelijk bericht|oprindelig (?:meddelelse|besked)|"
    r"opprinnelig melding|ursprungligt meddelande|originalmeddelande|alkuperäinen viesti|upprunaleg skilaboð|"
    r"исходное (?:сообщение|письмо)|оригинальное сообщение|вихідне повідомлення|оригінальне повідомлення|"
    r"початкове повідомлення|оригинално съобщение|оригинална порука|wiadomość oryginalna|oryginalna wiadomość|"
    r"původní (?:zpráva|e-?mail)|pôvodná správa|eredeti üzenet|mesaj(?:ul)? (?:original|inițial)|αρχικό μήνυμα|"
    r"(?:orijinal|özgün) (?:mesaj|i̇?leti|e-?posta)|izvorna poruka|originalna poruka|izvirno sporočilo|"
    r"algne (?:kiri|sõnum)|sākotnējais (?:ziņojums|vēstule)|pradinis (?:laiškas|pranešimas)|"
    r"הודעה מקורית|הודעת מקור|الرسالة الأصلية|رسالة أصلية|پیام اصلی|原始邮件|邮件原件|原始郵件|原始訊息|"
    r"元のメッセージ|"
    r"원본 ?(?:메(?:일|시지))|원본 ?이메일|thư gốc|tin nhắn gốc|pesan asli|mesej asal|ข้อความ(?:ต้นฉบับ|เดิม)"
)
#: How a separator or a forward marker ends.
MARK_ENDS = (*_DASHES, ":", "：")
SEPARATOR = re.compile(
    rf"[\s*>]*[{_DASHES}]{{2,}}\s*(?:{_ORIGINAL})\s*[{_DASHES}]{{2,}}[\s*]*$|"
    rf"[\s*>]*-{{3,}}\s*(?:reply to |antwort auf )?(?:{_ORIGINAL}) (?:from|von|de|van|od|от) .{{1,100}}-{{3,}}$",
    re.IGNORECASE,
)

_FORWARDED = (
    r"forwarded message|weitergeleitete (?:nachricht|e-?mail)|message transf[ée]r[ée]|mensaje reenviado|"
    r"missatge reenviat|messaggio inoltrato|mensagem (?:re)?encaminhada|doorgestuurd bericht|"
    r"vidarebefordrat (?:meddelande|brev)|videresendt (?:meddelelse|melding|besked)|"
    r"(?:edelleen)?(?:välitetty|lähetetty) viesti|пересылаемое (?:сообщение|письмо)|перенаправленное сообщение|"
    r"переслан(?:е|ное) (?:повідомлення|сообщение|письмо)|препратено съобщение|przekazana wiadomość|"
    r"(?:přeposlaná|předaná) zpráva|preposlaná správa|továbbított üzenet|mesaj (?:redirecționat|transmis)|"
    r"προωθημένο μήνυμα|i̇?letilmiş mesaj|iletilen mesaj|yönlendirilen (?:mesaj|ileti)|proslijeđena poruka|"
    r"posredovano sporočilo|edastatud kiri|הודעה שהועברה|رسالة (?:محولة|معاد توجيهها)|الرسالة المعاد توجيهها|"
    r"转发(?:的)?(?:邮件|消息)(?:信息)?|轉寄(?:的)?(?:郵件|訊息)|転送(?:された)?メッセージ|전달된 (?:메시지|메일)|"
    r"(?:thư|tin nhắn)(?: đã)?(?: được)? chuyển tiếp|pesan (?:yang )?(?:diteruskan|terusan)|ข้อความที่ส่งต่อ"
)
FORWARD = re.compile(
    rf"[\s*>]*(?:-{{3,}}\s*(?:{_FORWARDED})\s*-{{2,}}|begin forwarded message:|"
    rf"anfang der weitergeleiteten (?:nachricht|e-?mail):|"
    r"début du message (?:réexpédié|transféré)\s?:|inicio del mensaje reenviado:|inizio messaggio inoltrato:|"
    r"início da mensagem (?:re)?encaminhada:|begin doorgestuurd bericht:|vidarebefordrat (?:brev|mejl):|"
    r"(?:start på|begynd) videresendt besked:|start på videresendt melding:|välitetty viesti alkaa:|"
    r"początek przekazywanej wiadomości:|začátek přeposílané zprávy:|начало пере\w{1,20} (?:сообщения|письма):|"
    r"továbbított levél kezdete:|i̇?letilmiş mesajın başlangıcı:|下面是被转发的邮件[:：]|開始轉寄郵件[:：]|"
    r"開始轉寄訊息[:：]|転送されたメッセージ[:：]|전달된 메시지(?: 시작)?[:：]|-{3,} ?forwarded by .{1,100})[\s*]*$",
    re.IGNORECASE,
)

# ------------------------------------------------------------------ headers of older mail

_FROM = (
    r"from|von|de|de la|da|van|fra|frá|från|lähettäjä|от|від|від кого|подател|od|odesílatel|odosielateľ|feladó|küldő|"
    r"από|kimden|gönderen|šalje|pošiljatelj|pošiljalac|pošiljatelj|saatja|kellelt|nuo|message du|mensaje de|dari|"
    r"daripada|từ|người gửi|מאת|من|از|จาก|发件人|寄件者|寄件人|差出人|送信者|送信元|보낸 ?사람|보낸 ?이|발신"
)
_OTHER = (
    # English, German, French, Spanish, Portuguese, Italian, Dutch, Catalan
    r"sent|date|to|cc|bcc|subject|reply-to|importance|organi[sz]ation|gesendet(?: am)?|datum|an|betreff|betr|"
    r"antwort an|kopie|envoyé(?: le)?|à|a|objet|sujet|copie à|pour|répondre à|enviado(?: el| em| a)?|enviada em|fecha|"
    r"para|asunto|assunto|data|responder a|inviato|oggetto|rispondi a|verzonden|aan|onderwerp|enviat|assumpte|per a|"
    # Nordic and Baltic
    r"sendt|dato|til|emne|efni|kopi|skickat|till|ämne|kopia|lähetetty|päivä(?:ys|määrä)|vastaanottaja|kopio|aihe|"
    r"saadetud|kuupäev|adressaat|saaja|kellele|teema|nosūtīts|sūtīts|datums|kam|temats|išsiųsta|kam|iki|"
    # Slavic
    r"отправлено|дата|кому|копия|тема|надіслано|копія|изпратено|до|копие|относно|wysłan[eoa]|do|dw|temat|"
    r"odesláno|komu|"
    r"předmět|odoslan[éá]|dátum|kópia|predmet|poslano|poslato|prima|za|zadeva|"
    # Others
    r"elküldve|küldve|címzett|másolat(?:ot kap)?|tárgy|trimis|către|catre|subiect|στάλθηκε|ημερομηνία|προς|κοιν|θέμα|"
    r"gönderme tarihi|gönderilme tarihi|gönderildi|tarih|kime|bilgi|konu|dikirim|tanggal|kepada|ke|subjek|perihal|"
    r"dihantar|đã gửi|ngày|đến|tới|chủ đề|tiêu đề|נשלח|תאריך|אל|עותק|נושא|(?:تم )?الإرسال|أرسلت|تاريخ|التاريخ|"
    r"إلى|نسخة|"
    r"الموضوع|ارسال شده|تاریخ|به|موضوع|ส่ง(?:เมื่อ)?|วันที่|ถึง|สำเนา|เรื่อง|หัวข้อ|发送时间|发送日期|日期|时间|"
    r"收件人|抄送|"
    r"主题|寄件日期|傳送時間|時間|收件者|副本|主旨|主題|送信日時|日時|日付|宛先|件名|보낸 ?날짜|날짜|받는 ?사람|"
    r"참조|제목|copie"
)
#: One of `_OTHER`; a list that begins like a header (a journey from, to, on) has no subject.
_SUBJECT = (
    r"subject|betr(?:eff)?|objet|sujet|asunto|assunto|oggetto|onderwerp|assumpte|emne|efni|ämne|aihe|teema|temats?|tēma|"
    r"тема|относно|předmět|predmet|zadeva|tárgy|subiect|θέμα|konu|subjek|perihal|chủ đề|tiêu đề|נושא|الموضوع|موضوع|"
    r"เรื่อง|หัวข้อ|主题|主旨|主題|件名|제목"
)
SUBJECT_LABEL = re.compile(rf"[\s*>|]{{0,6}}(?:{_SUBJECT})\s?[*\s]{{0,3}}[:：]", re.IGNORECASE)
FROM_LABEL = re.compile(rf"[\s*>|]{{0,6}}(?:{_FROM})\s?[*\s]{{0,3}}[:：]", re.IGNORECASE)
OTHER_LABEL = re.compile(rf"[\s*>|]{{0,6}}(?:{_OTHER})\.?\s?[*\s]{{0,3}}[:：]", re.IGNORECASE)
#: A header line in any language; it says something only above text that is known to be older.
ANY_LABEL = re.compile(r"[\s*>|]{0,6}[^\W\d_][^:：\d]{0,30}[:：]")

# ------------------------------------------------------------------ lines that ask to write above them

_DECORATION = r"[-‐‑–—―_=*#~<>\[\](){}|.!\s]{0,60}"
_ABOVE = (
    r"(?:please )?(?:(?:type|write|enter|add|post|put|leave|make) )?(?:your |a )?(?:e-?mail )?"
    r"(?:reply|respond|response|answer|comments?)(?: (?:by )?(?:typing|"
    r"writing))?(?: here)?(?: only)?,? above this line|"
    r"(?:please )?(?:do not|don['’]t) (?:write|type|reply|edit)(?: anything)? below this line|"
    r"(?:bitte )?(?:(?:geben|schreiben|fügen|antworten) sie )?(?:bitte )?(?:ihre antwort |antworten? )?"
    r"(?:(?:nur )?ober?halb|über) (?:von )?diese[rn]? (?:zeile|linie)(?: ein| schreiben| eingeben| antworten)?|"
    r"(?:(?:veuillez|merci de) )?(?:répond\w{1,3}|(?:saisi\w{1,3}|écri\w{1,4}|taper|tapez|entre[rz]) votre réponse|"
    r"votre réponse) (?:ici,? )?au[- ]dessus de cette ligne|"
    r"(?:por favor,? )?(?:respond\w{1,3}|(?:escrib|introdu\w{1,3})\w{0,3} su respuesta)(?: por)? "
    r"(?:encima|arriba) de esta línea|"
    r"(?:por favor,? )?(?:respond\w{1,3}|(?:digit|escrev|insir)\w{1,3} (?:a )?sua resposta) acima (?:desta|"
    r"dessa) linha|"
    r"(?:(?:si prega di|per favore) )?(?:rispond\w{1,4}|(?:scriv|inseri|digit)\w{1,4} la (?:tua|sua|vostra) risposta) "
    r"(?:al di )?sopra (?:a )?questa (?:riga|linea)|"
    r"(?:(?:typ|schrijf|geef|plaats|zet)\w{0,3} )?(?:graag |a\.?u\.?b\.? )?(?:uw|je|jouw)? ?(?:antwoord(?:en)?|"
    r"reactie) "
    r"boven deze (?:regel|lijn)(?: in| te (?:typen|schrijven|plaatsen))?|"
    r"(?:vänligen )?(?:skriv )?(?:ditt )?svara? ovanför (?:den här|denna) (?:raden|linjen|rad|linje)|"
    r"(?:skriv )?(?:venligst )?(?:dit |ditt )?svar(?: ditt)?(?: venligst)? over denne (?:linjen?|linie)|"
    r"(?:kirjoita )?vasta\w{0,10} tämän (?:rivin|viivan) (?:yläpuolelle|ylle)|"
    r"(?:proszę )?(?:(?:wpis|napis)\w{1,4} (?:swoją )?)?odpow\w{2,10} (?:powyżej|nad) (?:tej|tą) (?:linii|linią)|"
    r"(?:prosím )?(?:napište|pište|zadejte|odpovězte|odpovídejte)(?: svou| svoji|"
    r" vaši)?(?: odpověď)? nad (?:tento řádek|"
    r"tuto (?:řádku|čáru|linku))|"
    r"(?:пожалуйста,? )?(?:(?:введите|напишите|пишите) (?:ваш |свой )?ответ|ответьте|отвечайте) (?:выше|над) "
    r"эт(?:ой|ою) (?:строк|лини|черт)\w{1,2}|"
    r"(?:lütfen )?(?:yanıt|cevab)\w{0,5} bu satırın (?:üst|üzer)\w{1,5}(?: yaz\w{0,5})?|"
    r"この(?:行|線)(?:より|の)上に\w{0,20}|(?:请|請)?在此(?:行|线|線)(?:的)?(?:上方|以上|之上)\w{0,20}|이 (?:줄|"
    r"선) 위에.{0,20}"
)
#: One of these stands in every such line; a text without them need not be searched.
DELIMITER_WORDS = (
    "this line", "zeile", "linie", "cette ligne", "esta línea", "sta linha", "ssa linha", "questa riga",
    "questa linea", "deze regel", "deze lijn", "raden", "linjen", "denna rad", "linje", "tämän", "tej linii",
    "tą linią", "tento řádek", "tuto ", "строк", "лини", "черт", "satırın", "この行", "この線", "在此",
    "이 줄", "이 선", "a plain reply", "previous ", "earlier ", "older ",
)  # fmt: skip
#: QUIRK: what other desks write over the history, below a rule.
HISTORY = re.compile(
    r"[\s>*_=#-]*(?:previous|earlier|older) (?:replies|messages|comments|conversation)[\s*_=#:-]*$", re.IGNORECASE
)
#: A line that asks to write above it.
DELIMITER = re.compile(rf"{_DECORATION}(?:{_ABOVE}){_DECORATION}$", re.IGNORECASE)
#: The first line of this desk's mail to technicians.
OWN_NOTICE = re.compile(
    r"[\s>]*A plain reply (?:goes to the requester(?::.{1,120})?|becomes an internal note.{1,80})\.$"
)

# ------------------------------------------------------------------ rules, signatures and footers

#: A line that only draws a rule; what stands before a quoted header.
RULE = re.compile(r"[\s*]*[-_=*~–—]{4,}[\s*]*$|-{3,}[^-]{1,40}-{3,}$")
#: What is left of a line when only its quote marks or its drawing are.
ORNAMENT = re.compile(r"[\s>|*_=~–—-]+$")
#: A rule that opens a mailing list's or a provider's footer.
FOOTER = re.compile(r"_{20,}$")
#: RFC 3676 §4.3; without the blank it is looked at more closely.
SIGNATURE = re.compile(r"(?:--|__|—|––|---|- --|\*--\*)$")
#: QUIRK: a dash and the own name, in old mail from programmers.
SIGNED = re.compile(r"[-–—][A-ZÄÖÜ][\w.'-]{0,30}(?: [A-ZÄÖÜ][\w.'-]{0,30}){0,3}$")
_SENT = (
    r"sent|gesendet|verschickt|verfasst|envoyé|enviado|enviada|enviat|inviat[oa]|verzonden|verstuurd|sendt|skickat|"
    r"wysłan[eoay]|odesláno|odoslan[éo]|отправлено|надіслано|изпратено|trimis|poslano|poslato|lähetetty|saadetud|"
    r"nosūtīts|išsiųsta|στάλθηκε|απεστάλη|dikirim|được gửi|đã gửi|نשלח|נשלח|أُ?رسلت|مُ?رسل(?:ة)?|تم الإرسال|"
    r"ส่ง(?:มา)?จาก|"
    r"diese (?:nachricht|e-?mail) wurde|this (?:message|e-?mail) was sent"
)
_BY = (
    r"from|using|via|with|mit|von|vom|über|aus|depuis|par|de|du|à partir de|avec|amb|des del?|du|desde|con|do|da|dal|"
    r"dalla|com|a partir do|vanaf|vanuit|met|van|fra|från|med|z|ze|za|s|iz|со?|из|з|із|від|от|de pe|din|iš|no|ar|"
    r"από|με|dari|từ|bằng|מה|מ|ב|من|از|จาก"
)
_DEVICE = (
    r"iphon\w*|ipad|ipod|ios|android|samsung|galaxy|outlook|mail\b|e-?mail\b|webmail|yahoo|gmail|blackberry|"
    r"windows|nokia|"
    r"huawei|xiaomi|redmi|oneplus|pixel|motorola|htc|sony|lg\b|proton|k-9|spark|bluemail|typeapp|aquamail|nine|"
    r"mobile?|"
    r"mobil\w*|handy|smartphone|phone|telefon\w*|téléphone|teléfono|telefono|telemóvel|celular|móvil|cellulare|tablet|"
    r"device|gerät|почт\w*|телефон\w*|устройств\w*|мобильн\w*|thunderbird|gmx|web\.de|icloud|watch|macbook|superhuman"
)
_EXCUSE = r"(?:[.,;!–-]? ?(?:please |pls )?(?:excuse|forgive|ignore|pardon)\b.{1,80}|[.!])?"
#: A product or device must be named, or it must begin like a program's own sentence: `Sent from my …`.
SENT_FROM = re.compile(
    rf"(?:{_SENT})[\s-](?:wirelessly |sans fil |securely )?(?:{_BY})(?=\W|"
    rf"$)[^.,;!?]{{0,80}}?(?:{_DEVICE})[^,;!?]{{0,60}}"
    rf"{_EXCUSE}$|"
    r"(?-i:Sent (?:from|via) my|Gesendet von meine[mr]|Envoyé de mon|Envoyé depuis mon|Enviado desde mi|"
    r"Enviado do meu|Inviato dal mio|Verzonden vanaf mijn|Verstuurd vanaf mijn|Sendt fra min|Skickat från min|"
    rf"Trimis de pe|Отправлено с моего) [^.,;!?]{{1,60}}{_EXCUSE}$|(?:sent )?via mobile$|"
    rf"von (?:meine[mr]?|unterwegs|outlook|mail|yahoo)\b.{{0,70}}(?:gesendet|gesandt|verschickt)\.?$|"
    r"(?:mit|von) .{0,50}\b(?:mail|app|outlook)\b.{0,20} (?:gesendet|verschickt)\.?$|"
    r".{0,50}(?:iphone|ipad|android|galaxy|cihaz|telefon|készülék|outlook|gmail).{0,20}"
    r"(?:gönderildi|küldve|lähetetty|から送信|에서 보냄|에서 전송|傳送|发送|寄出)[.。]?$|"
    r"lähetetty .{0,20}(?:puhelime|iphone|ipad|android|samsung|laittee|mobiili).{0,20}$|"
    r"elküldve .{1,40}$|发自我的.{1,30}$|從我的.{1,30}傳送$|发自.{0,12}(?:iphone|android|邮箱|手机|邮件).{0,12}$|"
    r"(?:get|hol(?:en sie sich)?|download|obtenir|obtenez|télécharger|obtener|obtenga|ottieni|scarica|obter|obtenha|"
    r"hämta|hent|skaff deg|få|hanki|pobierz|získat|získať|obțineți|preuzmite|prenesite|получить|скачать|отримати|"
    r"dapatkan|tải|הורד|קבל|الحصول على|获取|取得)\b.{0,30}\b(?:outlook|bluemail|mailspring|spark)\b.{1,40}$|"
    r"outlook (?:für|voor) (?:ios|android|mac).{0,30} (?:beziehen|downloaden|herunterladen|laden)$|"
    r"(?:ios|android).{0,20} outlook.{0,10} ?(?:を入手|edinin|indirin|다운로드|받기|beszerzése|letöltése).{0,10}$|"
    r"(?:outlook|yahoo mail|mail|mailbox|typeapp|k-9 mail) (?:for|für|pour|para|per|voor|för|til) "
    r"(?:ios|android|windows|iphone)\b.{0,40}$|mobil gesendet.{0,40}$|ส่งจาก .{1,40}$|"
    r"yahoo mail: search, organize, conquer.{0,20}$",
    re.IGNORECASE,
)
#: Single lines that virus scanners and providers append.
SERVICE_LINE = re.compile(
    r"(?:virus-free|virenfrei|sans virus|libre de virus|senza virus|virusvrij|"
    r"bez wirusów)\W{0,3}\s?(?:www\.avast\.com)?$|"
    r"(?:this email has been checked for viruses|diese e-mail wurde (?:von avast .{0,40})?auf viren (?:geprüft|"
    r"überprüft)|"
    r"l'absence de virus dans ce courrier|este correo electrónico ha sido comprobado|"
    r"questa e-mail è stata controllata per individuare virus).{0,120}$|"
    r"(?:\W{0,4}|p )?(?:please )?(?:consider|think (?:of|about)|think before|save) .{0,30}\b(?:environment|"
    r"planet|trees?|paper)\b"
    r".{0,80}\bprint.{0,40}$",
    re.IGNORECASE,
)
#: Stems of the sentences lawyers append; several different ones in one closing paragraph tell it.
LEGAL = re.compile(
    r"(?P<secret>confidential|vertraulich|confidentiel|confidencial|riservat|vertrouwelijk|konfidentiell|fortrolig|"
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
    r"wiadomoś|zpráv|üzenet|mesaj|сообщени|повідомлен|письмо|transmission|communication|attachments?)\w{0,4}\b)",
    re.IGNORECASE,
)
#: How such a paragraph begins.
LEGAL_OPENING = re.compile(
    r"[\s*_\[(>|-]{0,6}(?:(?:disclaimer|(?:confidentiality |important |legal )?(?:notice|confidential)|"
    r"confidential\w*)\b|"
    r"th(?:is|e) (?:e-?mail|message|communication|transmission|information|content|document)|the contents? of this|"
    r"if you (?:are not the|have received this|received this)|any (?:views|opinions|unauthori[sz]ed)|"
    r"(?:please note|unauthori[sz]ed)|(?:wichtiger |rechtlicher )?hinweis:|(?:der inhalt )?diese[rs]? (?:e-?mail|"
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
LEGAL_HEADING = re.compile(
    r"[\s*_=-]*(?:(?:e-?mail |legal |confidentiality |important |privacy )?(?:disclaimer|notice|confidentiality)"
    r"(?: notice)?|vertraulichkeitshinweis|haftungsausschluss|(?:wichtiger |rechtlicher )?hinweis|avertissement|"
    r"aviso (?:legal|de confidencialidad)|avviso di riservatezza)[\s*_:=-]*$",
    re.IGNORECASE,
)
#: The link behind "Get Outlook for iOS", as text.
LINK = re.compile(r"\s?<https?://[^<>]{1,200}>$")
#: QUIRK: a link that a program broke out of a quoted line, together with the next quote mark.
STRAY_LINK = re.compile(r"[(<\[]?https?://\S{1,250}[)>\]]?\s?>$")
#: Words that tell mail-parser-reply's language to look at; it is asked only where one of them stands in the text.
LIBRARY_LANGUAGES = (
    ("cs", ("Odesláno",)),
    ("pl", ("nadesłał", "Wysłano")),
    ("zh", ("写道", "发件人")),
    ("ja", ("年",)),
    ("ko", ("작성하였습니다", "보낸 사람", "보낸사람")),
)
