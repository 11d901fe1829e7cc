"""The words and lines by which mail programs mark what is not typed anew: attributions, headers, separators.

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
    r"napísal(?:[/(]?a\)?)?|píše|כתב\w?|كتبت?|تمت كتابة ما يلي بواسطة|نوشت|ने लिखा|escribiu|geskryf|напиша|shkroi|"
    r"aliandika|sinulat ni|hau idatzi du|লিখেছেন|schreibt"
)
_WROTE_GLUED = (
    r"のメッセージ|のメール|は書きました|さんの書き込み|写道|寫道|작성|님이 쓴|가\) 쓴|이 쓴|쓴 글|썼습니다|"
    r"เขียนว่า|เขียน"
)
_BEFORE_DATE = (
    r"On|At|Am|Le|El|Il|In data|Op|Den|Dana|På|Em|No dia|Às|W dniu|Dnia|Dňa|Dne|În|Pe|La data de|Στις|На|В|У|Vào|"
    r"Pada|Wiadomość|Missatge|Em data|בתאריך|في|در تاریخ|ב|ในวันที่|เมื่อวันที่|เมื่อ|วันที่|在|O|Më|Mnamo|Noong|Na"
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
    rf"[-\s*,.>]*(?:(?:{_BEFORE_DATE})(?=\W)|(?:{_WEEKDAYS})\w{{0,8}}[.,]{{0,2}} \d|\d{{1,4}}[./\s年년-]|"
    rf"(?:(?:{_WEEKDAYS})\w{{0,8}}[.,]{{0,2}} )?(?:{_MONTHS})\w{{0,9}}\.? \d|"
    rf"in (?:a message dated|einer e-?mail vom)|dans un e-?mail daté d|"
    rf"[^<>@:]{{1,80}}(?:<|\(\S{{1,80}}@)|[^<>@:]{{1,60}}\b(?:{_WROTE})\b.{{0,40}}\d|"
    rf"[^<>@:]{{1,40}} [於于] ?\d{{4}}|[^<>@:]{{1,60}}, \d{{1,2}}[. ])",
    re.IGNORECASE,
)
_TAIL = r"(?:[^:：]|:(?= ?\d)|(?<=mailto):){0,160}(?:[:：]\s?-{0,20}|-{3,})[\s*]*$"
#: A whole attribution: the verb, then nothing but a name, and a colon or a line of dashes.
ATTRIBUTION = re.compile(
    rf"(?:\b|(?<=>)|(?<=\)))(?:{_WROTE})(?!\w){_TAIL}|(?:{_WROTE_GLUED})[^\s:：]{{0,8}}\s?[:：][\s*]*$|"
    r"<[^<>]{1,200}>\s?wrote$",
    re.IGNORECASE,
)
#: A word of a name: not a small one, but for particles.
_NAME = r"(?:[\"'(<\[]?[^\W\d_a-zß-öø-ÿа-яё][^\s!?:;]*|v[oa]n|de[rnl]?|d[aiu]|l[ae]|el|al|bin|zu)"
#: What only a quote right below makes an attribution: a name and a verb.
LOOSE_ATTRIBUTION = re.compile(
    rf"(?:(?:{_NAME} ){{1,5}}(?:<?[^\s<>@]+@[^\s<>@]+>? )?(?i:{_WROTE})|<?[^\s<>@]+@[^\s<>@]+>? (?i:{_WROTE})|"
    rf"(?:{_NAME} ){{0,3}}schrieb(?: {_NAME}){{1,4}}|(?i:you wrote|sie schrieben|du schriebst|vous écriviez)|"
    r"(?i:quoting|zitat von|citando a?|quoting from) .{1,70})\s?(?:\.{3}|[:：])$"
)
#: A whole date and hour in the first line of an attribution.
DATED_START = re.compile(
    rf"(?:(?:{_BEFORE_DATE}) )?(?:(?:{_WEEKDAYS})\w{{0,8}}[.,]{{0,2}} )?(?:\d{{1,4}}[./-]|\d{{1,2}}\.? (?:{_MONTHS})|"
    rf"(?:{_MONTHS})\w* \d).{{0,25}}?\b\d{{1,2}}[:.]\d{{2}}(?!.*[.!?:;]$)",
    re.IGNORECASE,
)
#: The end of an attribution, in a line of its own.
VERB_ONLY = re.compile(rf"(?:{_WROTE})\s?[:：]$", re.IGNORECASE)
#: Some programs write only date, name and address.
DATED_ADDRESS = re.compile(
    r"(?:\w{1,12}[.,]{0,2} ){0,2}\d.{4,30}\d (?:by|von|de|da|van|av|fra|от|door) "
    r"[^\s@<>]{1,80}@[^\s@<>]{1,80}\s?[:：]$|"
    r"(?:\w{1,12}[.,]{0,2} |בתאריך [^:\d]{0,20})?\d.{0,200}<\s?[^<>\s]{1,200}>\s?[:：]?\s*$"
)
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
    r"元のメッセージ|回复的原邮件|replied message|mail original|original mail|ursprüngliche mail|mail d['’]origine|"
    r"원본 ?(?:메(?:일|시지))|원본 ?이메일|thư gốc|tin nhắn gốc|pesan asli|mesej asal|ข้อความ(?:ต้นฉบับ|เดิม)"
)
#: How a separator or a forward marker ends.
MARK_ENDS = (*_DASHES, ":", "：", ">")
SEPARATOR = re.compile(
    rf"[\s*>]*[{_DASHES}]{{2,}}\s*(?:{_ORIGINAL})\s*[{_DASHES}]{{2,}}[\s*]*$|"
    r">{3}\s.{0,200}\d[:.]\d{2}(?: [ap]m)?\s>{3}$|"
    rf"[\s*>]*-{{3,}}\s*(?:reply to |antwort auf )?(?:{_ORIGINAL}) (?:from|von|de|van|od|от) .{{1,100}}-{{3,}}$",
    re.IGNORECASE,
)

_FORWARDED = (
    r"forwarded (?:message|mail)|weitergeleitete (?:nachricht|e-?mail|mail)|message (?:transf[ée]r[ée]|transmis)|"
    r"mensaje reenviado|missatge reenviat|messaggio inoltrato|mensagem (?:re)?encaminhada|doorgestuurd bericht|"
    r"vidarebefordrat (?:meddelande|brev|mejl)|videresendt (?:meddelelse|melding|besked|e-post)|"
    r"(?:edelleen)?(?:välitetty|lähetetty) viesti|edelleen lähetetty viesti|áframsend skilaboð|"
    r"пересылаемое (?:сообщение|письмо)|перенаправленное сообщение|"
    r"переслан(?:е|ное) (?:повідомлення|сообщение|письмо)|препратено съобщение|"
    r"(?:przekazana|przesłana) wiadomość|wiadomość przekazana|"
    r"(?:přeposlaná|předaná) zpráva|preposlaná správa|továbbított üzenet|mesaj (?:redirecționat|transmis)|"
    r"προωθημένο μήνυμα|i̇?letilmiş mesaj|iletilen mesaj|yönlendirilen (?:mesaj|ileti)|proslijeđena poruka|"
    r"prosleđena poruka|posredovano sporočilo|edastatud kiri|pārsūtīts ziņojums|persiųstas laiškas|"
    r"הודעה שהועברה|رسالة (?:محولة|معاد توجيهها)|الرسالة المعاد توجيهها|پیام (?:هدایت|ارجاع) شده|"
    r"转发(?:的)?(?:邮件|消息)(?:信息)?|轉寄(?:的)?(?:郵件|訊息)|転送(?:された)?メッセージ|전달된 (?:메시지|메일)|"
    r"(?:thư|tin nhắn)(?: đã)?(?: được)? chuyển tiếp|pesan (?:yang )?(?:diteruskan|terusan)|ข้อความที่ส่งต่อ"
)
#: What opens a forwarded mail. Not `Original Message`: Outlook writes that into answers too.
#: QUIRK: mutt names the sender in this line, Pegasus adds `follows`, Notes names who passes it on.
FORWARD = re.compile(
    rf"[\s*>]*(?:[-_=]{{3,}}\s*(?:{_FORWARDED})(?: follows| (?:from|von|de|van|da|fra|från|od|от) .{{1,100}}?)?"
    r"\s*[-_=]{2,}|begin forwarded message:|"
    r"anfang der weitergeleiteten (?:nachricht|e-?mail):|"
    r"début du message (?:réexpédié|transféré)\s?:|inicio del mensaje reenviado:|inizio messaggio inoltrato:|"
    r"início da mensagem (?:re)?encaminhada:|inici del missatge reenviat:|begin doorgestuurd bericht:|"
    r"vidarebefordrat (?:brev|mejl):|"
    r"(?:start på|begynd) videresendt besked:|start på videresendt melding:|videresendt melding:|"
    r"välitetty viesti alkaa:|"
    r"początek przekazywanej wiadomości:|začátek přeposílané zprávy:|začiatok preposlanej správy:|"
    r"начало пере\w{1,20} (?:сообщения|письма):|початок листа, який пересилається:|"
    r"továbbított levél kezdete:|începutul mesajului redirecționat:|έναρξη προωθημένου μηνύματος:|"
    r"početak proslijeđene poruke:|"
    r"i̇?letilmiş mesajın başlangıcı:|下面是被转发的邮件[:：]|開始轉寄郵件[:：]|"
    r"開始轉寄訊息[:：]|転送されたメッセージ[:：]|전달된 메시지(?: 시작)?[:：]|"
    r"-{3,} ?(?:forwarded by|weitergeleitet von|transféré par|reenviado por) .{1,100})[\s*]*$",
    re.IGNORECASE,
)
#: What mutt puts below it.
FORWARD_END = re.compile(r"[\s>]*-{3,} ?end (?:of )?forwarded message ?-{3,}$", re.IGNORECASE)

# ------------------------------------------------------------------ headers of older mail

_FROM = (
    r"from|von|de|de la|da|van|fra|frá|från|lähettäjä|от|від|від кого|подател|шаље|od|nadawca|odesílatel|odosielateľ|"
    r"feladó|küldő|no(?=:.{1,80}@)|"
    r"από|kimden|gönderen|šalje|pošiljatelj|pošiljalac|pošiljatelj|saatja|kellelt|nuo|message du|mensaje de|dari|"
    r"daripada|từ|người gửi|מאת|من|از|จาก|发件人|寄件者|寄件人|差出人|送信者|送信元|보낸 ?사람|보낸 ?이|발신"
)
_OTHER = (
    # English, German, French, Spanish, Portuguese, Italian, Dutch, Catalan
    r"sent|date|to|cc|bcc|subject|reply-to|importance|organi[sz]ation|gesendet(?: am)?|datum|an|betreff|betr|"
    r"antwort an|kopie|envoyé(?: le)?|à|a|objet|sujet|copie à|pour|répondre à|enviado(?: el| em| a)?|enviada em|fecha|"
    r"para|asunto|assunto|data|responder a|inviato|oggetto|rispondi a|verzonden|aan|onderwerp|enviat(?: el)?|"
    r"tema|assumpte|per a|"
    # Nordic and Baltic
    r"sendt|dato|til|emne|efni|kopi|skickat|till|ämne|kopia|lähetetty|päivä(?:ys|määrä)|vastaanottaja|kopio|aihe|"
    r"saadetud|kuupäev|adressaat|saaja|kellele|teema|nosūtīts|sūtīts|datums|kam|temats|išsiųsta|kam|iki|"
    # Slavic
    r"отправлено|дата|кому|копия|тема|надіслано|копія|изпратено|до|копие|относно|wysłan[eoa]|do|dw|temat|послато|прима|за|adresat|"
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
    r"subject|betr(?:eff)?|objet|sujet|asunto|assunto|oggetto|onderwerp|assumpte|emne|efni|ämne|aihe|te?ema|temats?|tēma|"
    r"тема|относно|předmět|predmet|zadeva|tárgy|subiect|θέμα|konu|subjek|perihal|chủ đề|tiêu đề|נושא|الموضوع|موضوع|"
    r"เรื่อง|หัวข้อ|主题|主旨|主題|件名|제목"
)
SUBJECT_LABEL = re.compile(rf"[\s*>|]{{0,6}}(?:{_SUBJECT})\s?[*\s]{{0,3}}[:：]", re.IGNORECASE)
DATE_LABEL = re.compile(
    r"[\s*>|]{0,6}(?:sent|date(?: sent)?|gesendet(?: am)?|datum|envoyé(?: le)?|enviado(?: el| em| a)?|"
    r"enviada em|fecha|data|inviato|verzonden|enviat(?: el)?|sendt|dato|skickat|lähetetty|päivä(?:ys|määrä)|"
    r"saadetud|kuupäev|nosūtīts|sūtīts|datums|išsiųsta|отправлено|дата|надіслано|изпратено|wysłan[eoa]|послато|odesláno|odoslan[éá]|dátum|"
    r"poslano|poslato|elküldve|küldve|trimis|στάλθηκε|ημερομηνία|gönder(?:me|ilme) tarihi|gönderildi|tarih|dikirim|"
    r"tanggal|dihantar|đã gửi|ngày|נשלח|תאריך|(?:تم )?الإرسال|أرسلت|(?:ال)?تاريخ|ارسال شده|تاریخ|ส่ง(?:เมื่อ)?|วันที่|"
    r"发送时间|发送日期|日期|时间|寄件日期|傳送時間|時間|送信日時|日時|日付|보낸 ?날짜|날짜)\s?[*\s]{0,3}[:：]",
    re.IGNORECASE,
)
ID_LABEL = re.compile(r"[\s*>|]{0,6}message-id\s?:", re.IGNORECASE)
REPLY_LABEL = re.compile(r"(?:reply-to|antwort an|répondre à|responder a|rispondi a)\s?:", re.IGNORECASE)
FROM_LABEL = re.compile(rf"[\s*>|]{{0,6}}(?:{_FROM})\s?[*\s]{{0,3}}[:：]", re.IGNORECASE)
OTHER_LABEL = re.compile(rf"[\s*>|]{{0,6}}(?:{_OTHER})\.?\s?[*\s]{{0,3}}[:：]", re.IGNORECASE)
#: A header line in any language; it says something only above text that is known to be older.
ANY_LABEL = re.compile(r"[\s*>|]{0,6}[^\W\d_][^:：\d]{0,30}[:：]")

# ------------------------------------------------------------------ lines that ask to write above them

_DECORATION = r"[-‐‑–—―_=*#~<>\[\](){}|.!+•·▲↑\s]{0,60}"
_ABOVE = (
    r"(?:please )?(?:(?:type|write|enter|add|post|put|leave|make) )?(?:your |a )?(?:e-?mail )?"
    r"(?:reply|respond|response|answer|comments?)(?: (?:by )?(?:typing|"
    r"writing))?(?: here)?(?: only)?,? above this line"
    r"(?: to (?:respond|reply|comment|(?:add|post|update|make|send) (?:\w+ ){0,3}\w+)|"
    r"[.,;] (?:any|every)thing below (?:it |this line )?(?:will|is) .{1,40})?|"
    r"(?:to reply|when replying),? (?:please )?(?:type|write|enter)(?: your (?:text|reply|answer))? above this line|"
    r"only text above this line (?:is|will be|gets) .{1,40}|text above this line (?:is|will be|gets) added to .{1,40}|"
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

# ------------------------------------------------------------------ rules and stray links

#: A line that only draws a rule; what stands before a quoted header.
#: QUIRK: Notes repeats date and beginning of the older mail in a line of its own.
RULE = re.compile(
    r"[\s*]*[-_=*~–—]{4,}[\s*]*$|-{3,}[^-]{1,40}-{3,}$|"
    r".{0,120}---\d{2}[./]\d{2}[./]\d{4} \d{2}:\d{2}(?::\d{2})?(?: [AP]M)?---.*$"
)
#: What is left of a line when only its quote marks or its drawing are.
ORNAMENT = re.compile(r"[\s>|*_=~–—-]+$")
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
