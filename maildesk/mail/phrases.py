"""Words by which mail programs and servers give themselves away, in the languages they are shipped in.

Read by `classify`, `threads` and `bounce`. Data only: what a phrase means is decided where it is used, never here,
and no phrase is evidence by itself, since people write all of these words too.
"""

import re


def one_of(*alternatives: str, before: str = "", after: str = "", flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Compile alternatives into one case-blind pattern."""
    return re.compile(f"{before}(?:{'|'.join(alternatives)}){after}", re.IGNORECASE | flags)


#: Subjects that announce an answering machine.
AUTO_SUBJECT = one_of(
    r"auto(?:matic|mated)?[ -]?(?:repl(?:y|ied)|respon[sd]e?|answer)|autoreply",
    "automatische antwort|automatisch antwoord|r[ée]ponse automatique",
    "respuesta autom[áa]tica|resposta autom[áa]tica|risposta automatica",
    "autosvar|automatiskt? svar|automaattinen vastaus",
    "automatyczna odpowied[źz]|odpowied[źz] automatyczna|automatick[áa] odpov[ěe][ďd]",
    "automatikus válasz|r[ăa]spuns automat|otomatik (?:yanıt|cevap)",
    "автоматический ответ|автоответ|автоматична відповідь|αυτόματη απάντηση",
    "自動(?:応答|返信|回覆)|自动(?:回复|答复)|자동 ?(?:회신|응답)",
    "(?:תשובה|מענה) אוטומטית?|پاسخ خودکار|رد تلقائي",
    "automatski odgovor|automatická odpoveď|samodejni odgovor|автоматичен отговор|resposta automàtica|automaatvastus"
    "|sjálfvirkt svar|аутоматски одговор|автоматски одговор|erantzun automatikoa|स्वचालित (?:उत्तर|जवाब)",
    "automātiskā? atbilde|automatinis atsakymas|trả lời tự động|ตอบกลับอัตโนมัติ|balasan (?:otomatis|automatik)",
)

#: Out of office, in subjects and in the opening of answers.
ABSENCE = one_of(
    r"out[ -]of[ -](?:the )?office|\booo\b|\baway (?:from|until|till|notice)",
    r"on (?:vacation|holiday|leave)\b|vacation|(?:annual|maternity|parental|sick) leave",
    "abwesen|nicht im (?:büro|haus)|im urlaub|außer haus|ausser haus|elternzeit",
    "absence|absent|en (?:congé|vacances)|hors du bureau",
    "fuera de (?:la )?oficina|ausen(?:cia|te)|de vacaciones",
    "fora do escritório|ausência|em férias|fuori (?:ufficio|sede)|assen(?:za|te)|in ferie",
    "afwezig|niet aanwezig|buiten kantoor|op vakantie",
    "frånvar|semester|inte på kontoret|fravær|ikke på kontoret|på ferie|poissa|lomalla",
    "poza biurem|nieobecn|urlop|mimo kancelář|nepřítomn|dovolen",
    "házon kívül|szabadságon|în afara biroului|concediu|ofis dışında|izinde",
    "вне офиса|отсутств|в отпуске|відпустк|відсутн|εκτός γραφείου",
    "不在|休暇|外出|休假|부재|휴가|מחוץ למשרד|خارج المكتب",
)
#: Out of office as the first words of a subject, as Exchange and Notes put it.
ABSENCE_TITLE = one_of(
    r"out[ -]of[ -](?:the )?office\b|abwesenheits(?:notiz|meldung|nachricht|assistent|agent)",
    "absence du bureau|fuera de (?:la )?oficina|fuori (?:ufficio|sede)|afwezigheid|frånvaro|fravær|poissaol",
    "fora do escritório|poza biurem|mimo kancelář|házon kívül|ofis dışında|вне офиса|부재 ?중|外出中|מחוץ למשרד",
    r"auto: .{1,200} \((?:returning|rückkehr|retour|regres|ritorno|terug|powrót|возвращени|návrat|återkommer)",
    before=r"^\s*",
)

#: Subjects of delivery reports.
BOUNCE_SUBJECT = one_of(
    r"undeliver(?:ed|able)|deliver(?:y|ing)? (?:status )?(?:notification|report|fail|error|problem|delay|has )",
    "(?:mail|message|e-?mail) (?:delivery|system) (?:fail|error|problem|status|subsystem)|(?:mail|message) failure",
    "failure notice|failed (?:delivery|mail)|delivery failed|permanent delivery failure|delayed mail",
    "mail not delivered|postmaster notify:",
    "returned? (?:e-?mail|to sender)|returning message|non[- ]?deliver|not delivered|could not be delivered",
    "warning: (?:message|could not)|mail delivery warning|bounced?[ -]mail|user unknown",
    "unzustellbar|nicht zugestellt|non remis|échec de (?:la )?remise|no entregado|non recapitat",
    "не доставлено|недоставлен|配信(?:エラー|不能|失敗)|送信エラー|退信",
    "nicht zustellbar|zustellungsfehler|non remise?|no se pued[eo] entregar|não (?:é possível )?entreg",
    "non recapitabile|onbestelbaar|niet bezorgd|kan (?:inte|ikke) leveres?|inte levererat|olevererbar",
    "ei voitu toimittaa|niedostarczon|nie można dostarczyć|nedoručiteln|kézbesíthetetlen|teslim edilem",
    "не удается доставить|не вдалося доставити|går inte att leverera|impossível entregar|imposibil de livrat"
    "|δεν είναι δυνατή η παράδοση|nije moguće isporučiti|ni mogoče dostaviti|nedoručiteľn|недоставим"
    "|không gửi được|tidak terkirim|未送达|전송에? ?실패|반송",
    "配信できません|配信に失敗|無法(?:傳遞|投遞)|无法(?:送达|投递)|배달되지 않음|לא ניתן למסור|تعذر التسليم",
)
#: Whole subjects of the servers most in use.
STOCK_BOUNCE_SUBJECT = one_of(
    r"delivery status notification ?\((?:failure|delay|success)\)|undelivered mail returned to sender",
    "mail delivery failed:? returning message to sender|warning: could not send message for past .{1,20}",
    r"returned mail: (?:see transcript for details|(?:user|host) unknown)|delayed mail \(still being retried\)",
    "failure notice|mail delivery fail(?:ed|ure)|mail system error - returned mail|undeliverable(?: mail)?",
)
#: What delivery reports say at the beginning.
BOUNCE_OPENING = one_of(
    r"(?:could|can|was|were|has|have|did|is)(?:n't| ?not) (?:be |been )?(?:able to be )?(?:deliver|reach|sent)",
    "unable to deliver|undeliverable|delivery of e-?mail to|returned to sender|error (?:has )?occurred while",
    "delivery (?:to the following|has failed|failed|has been delayed|status notification|attempts?)",
    "created automatically by mail delivery|automatically generated delivery status",
    "mail delivery (?:system|sub|agent|program|software)|transcript of session|failed (?:address|recipient)",
    "recipient address rejected|user unknown|unknown user|no such user|mailbox (?:is )?full|did not exactly match",
    "konnte nicht zugestellt|n'a pas pu être|не может быть доставлено|送信できませんでした|送信に失敗",
    "did not reach the following|(?:recipients? were|was not delivered to|has been postponed|were affected:)",
    "exceeds allowed size|unknown host:|generated response|trouble delivering|invalid final delivery",
    "error message below:|had (?:permanent |fatal |delivery ){1,3}(?:errors|problems)",
    "no valid recipients|unable to deliver|cannot be delivered|wurde nicht zugestellt",
    "impossible de (?:remettre|livrer)|n'a pas été remis|no (?:se )?(?:ha podido|pudo|ha sido)(?: ser)? entrega",
    "não (?:foi|pôde ser) entregue",
    "non è stato (?:possibile )?(?:recapita|consegna)|kon niet worden (?:bezorgd|afgeleverd)|kunde inte levereras",
    "kunne ikke leveres|nie (?:została|mogła zostać) dostarczon|не (?:удалось|может быть|было|был) доставлен[оа]?",
    "не удалось доставить|配信できません|配信に失敗|届きませんでした|配送できません",
    "未能(?:发送|投递|送达)|无法(?:投递|送达|发送到|(?:将邮件)?传递)|無法(?:投遞|傳遞|寄達)",
    "被退回|未送达|전송에 ?실패|배달하지 ?못",
    # Exchange, above the names of the recipients.
    "fehler bei der (?:nachrichtenzustellung|übermittlung) an|empfänger nicht erreicht|échec de la remise",
    "n'est pas parvenu|error de entrega a|no llegó a (?:alguno|ninguno)|recapito non riuscito|non è stato recapitat",
    "bezorging .{0,80}mislukt|kan niet worden bezorgd|falha na entrega a|não chegou a algu|gick inte att leverera",
    "lever(?:ing|ingen) .{0,80}(?:mislykke[ds]|mislyktes)|toimitus .{0,80}epäonnistui|kézbesítés .{0,80}nem sikerült",
    "dostarczenie .{0,80}nie powiodło|nie można dostarczyć|doručení .{0,80}(?:se nezdařilo|nebylo)|teslim edilemedi",
    "не удалось выполнить доставку|сбой доставки|не вдалося доставити|παράδοση .{0,80}απέτυχε",
    # Others.
    "wurde nicht an .{1,330} zugestellt|delivered to all but the following",
)
#: Lines of reports that are no sentences: fields, codes and the talk of two servers. Not as a quote would have them.
BOUNCE_TRANSCRIPT = one_of(
    r"(?:>>> |sent <<< |in: {1,4})?rcpt to: ?<?[^\s<>@]{1,64}@|<<< [45]\d\d[ -]|received >>> [45]\d\d|out: [45]\d\d ",
    r"(?:final|original)-recipient: ?rfc822|diagnostic-code: ?(?:smtp|x-)|action: (?:failed|delayed)\b",
    r"[45]\d\d[ -][45]\.\d\.\d{1,3} <[^\s<>@]{1,64}@|-{1,9} ?transcript of session",
    # Exchange, in whatever language the rest is.
    r"[^\d\n]{0,60}[45]\d\d [45]\.\d{1,3}\.\d{1,3} [A-Z]{5,20}\.[A-Z]{2,20}\b",
    r"(?:remote host said: )?[45]\d\d(?:[ -][45]\.\d\.\d{1,3})? (?:unknown user|user unknown|no such user)",
    before=r"^[ \t]{0,9}",
    flags=re.MULTILINE,
)
#: Receipts that say a mail was thrown away unread: it did arrive.
UNREAD = one_of(
    r"not read:|without being read|ungelesen|nicht gelesen|non lu\b|sans (?:avoir été|être) lu|no leído",
    "sin (?:ser )?leer|não lid|sem ser lid|non letto|senza essere (?:stat[oa] )?lett|niet gelezen|ongelezen",
    "inte läst|oläst|ikke læst|ulest|lukematta|nieprzeczytan|bez przeczytania|nepřečten|olvasatlan|okunmadı",
    "не прочитано|непрочитан|без прочтения|未読|未读",
)
#: Subjects by which a filter asks the sender to prove that they are a person.
CHALLENGE = one_of(
    "(?:please )?(?:confirm|verify) (?:your|delivery of your) (?:e-?mail|message)|verification required",
    "confirmation (?:is )?(?:required|needed)|(?:awaiting|waiting for|pending) (?:confirmation|verification)",
    "action required to deliver|bestätigung erforderlich|confirmación (?:requerida|necesaria)",
    "confirmação (?:requerida|necessária)",
)
#: What calendars write into an answer to an invitation by themselves.
CALENDAR_ANSWER = one_of(
    "has (?:tentatively )?(?:accepted|declined|replied)",
    "(?:hat|haben) .{0,60}(?:angenommen|abgelehnt|zugesagt|beantwortet)",
    "a (?:provisoirement )?(?:accepté|refusé|répondu)",
    "ha (?:aceptado|rechazado|respondido|accettato|rifiutato|risposto)|(?:aceitou|recusou|respondeu)",
    "heeft .{0,60}(?:geaccepteerd|geweigerd|beantwoord)|har (?:accepterat|avböjt|accepteret|afvist)",
    "(?:zaakceptował|odrzucił)|(?:принял|отклонил)|承諾|辞退|接受|拒绝",
)
#: Reports that speak of a delay; the mail is still on its way.
DELAY = one_of(
    "will (?:be retried|retry|keep trying|continue|try again|be sent again)",
    "still (?:be(?:ing)? retried|trying|queued|in the queue)|continue to (?:try|be made|attempt)",
    "has been (?:delayed|postponed)|is delayed|delayed for|delivery (?:is )?delayed",
    "not (?:yet )?been (?:able to be )?delivered (?:yet|for)|not yet been delivered",
    "do(?:es)? not need to re-?send|this is (?:only )?a warning|warning message only|temporary failure report",
    "no action is required on your part",
    "noch nicht (?:an .{1,300} )?zugestellt|(?:wird|werden) weiter(?:hin)? versucht|übermittlung .{0,80}verzögert",
    "nicht erneut (?:zu )?senden|pas encore (?:été|pu être) (?:remis|livré|distribué)|continuera (?:ses|de) tent",
    "pas besoin de (?:le )?renvoyer|retardée?|todavía no se ha|aún no (?:se )?(?:ha|pudo)|seguirá intentando",
    "se ha retrasado|non è (?:stato )?ancora|ritardat[oa]|ainda não foi entregue|continuará (?:a )?tenta",
    "foi adiada|nog niet (?:worden |is )?(?:bezorgd|afgeleverd)|vertraagd|har ännu inte levererats|fördröj|forsinket",
    "jeszcze nie została|opóźni(?:on|eni)|ще не доставлен|(?:пока|ещ[её]) не (?:было )?доставлен",
    "задержан|задерж(?:ка|ивается)",
    "まだ配信され|配信が遅|遅延|尚未(?:送达|投递|傳遞)|延迟|延遲|지연",
)
#: Reports that end a delay.
GIVEN_UP = one_of(
    "giv(?:en|ing) up|gave up|permanent (?:fatal )?error|(?<!non-)fatal errors|could not be sent for [0-9]",
    "not going to try again|(?:permanenter|dauerhafter) fehler|erreur (?:permanente|définitive)|error permanente",
    "errore permanente|erro permanente|gaf het op|aufgegeben",
)
#: Words without which a text is no report of a failure.
FAILURE = one_of(
    "undeliver|not (?:be )?deliver|n't (?:be )?deliver|returned|reject|fail|unknown|no such|does not exist|refused",
    "over ?quota|full|error|blocked|bounced",
)

#: Words before a colon that mean "answer to", as mail programs write them in their user's language.
REPLY_WORDS = (
    "re|ref|aw|antw|antwort|sv|vs|rif|r|res|resp|odp|ynt|atb|nä|bls|vá|hv|σχετ|απ|отв|ответ|відп"
    "|回复|回覆|答复|答覆|返信|返|답장|회신|תגובה|השב|رد|ตอบ|ตอบกลับ|trả lời"
)
#: The same for "forwarded".
FORWARD_WORDS = (
    "fwd?|wg|wtr|tr|rv|enc|i|vl|vb|doorst|pd|ilt|i̇lt|továbbítás|fs|trs|πρθ|пересл|перенапр"
    "|转发|轉寄|轉發|転送|전달|הועבר|إعادة توجيه|ส่งต่อ|chuyển tiếp"
)
