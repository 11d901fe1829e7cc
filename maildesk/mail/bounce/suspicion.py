"""Whether a mail may be a delivery report at all: asked of every mail, so that it reads only headers and the opening.

Called by `parse_bounce`. Must never suspect a person: people report "delivery failed" in the words of servers and
forward what they got, so that words count only beside a sign of a server in the header.
"""

import re

from maildesk.mail import phrases, signs
from maildesk.mail.monitors import OPENING_LIMIT
from maildesk.model.message import InboundMessage

_ANSWERED_OR_FORWARDED = re.compile(
    rf"^\s*(?:{phrases.REPLY_WORDS}|{phrases.FORWARD_WORDS})\s?[:：]|^\s*\[fwd?:", re.IGNORECASE
)
_SES_BOUNCE = re.compile(r"\s{0,100}\{\s{0,20}\"(?:notificationType|eventType)\"\s{0,9}:\s{0,9}\"Bounce\"")
_RETURNED_TYPES = ("message/rfc822", "text/rfc822-headers", "message/global", "message/delivery-status")
#: Lines of text in which a postmaster's report has said what it is.
_OPENING_LINES = 10
_GREETING = re.compile(
    r"\s{0,9}(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|guten|liebe|sehr geehrte|moin|servus"
    r"|bonjour|hola|estimad|buenos|ciao|buongiorno|gentile|salve|prezad|ol[áa]|beste|geachte|hej|cze[śs][ćc]|dzień|szanown"
    r"|dobr[ýy]|здравствуйте|добр(?:ый|ое)|уважаем|привет|お世話|您好|你们?好|大家好|안녕)\b.{0,60}$",
    re.IGNORECASE,
)
#: Words above a signature.
_CLOSING = re.compile(
    r"^[ \t]{0,9}(?:(?:(?:with )?(?:kind|best|warm|my)?[ \t]?(?:regards|wishes)|cheers|sincerely|yours|mfg|vg|lg"
    r"|(?:mit )?(?:freundliche[nr]?|viele|beste|liebe)? ?gr(?:u|ü|ue)(?:ß|ss)(?:en?)?|cordialement|saludos"
    r"|cordiali saluti|atenciosamente|met vriendelijke groet|pozdrawiam|с уважением)\b[^\n]{0,40}"
    r"|(?:(?:many )?thanks|thank you|thx|danke|merci|gracias|grazie|obrigad[oa])[^\w\n]{0,9}"
    r"|(?:谢谢|謝謝|此致|よろしく|감사)[^\n]{0,40})$",
    re.IGNORECASE | re.MULTILINE,
)
#: An address that begins a line, or ends one without a full stop behind it, as in a list; or stands in brackets.
_LISTING = re.compile(
    r"^[ \t*>-]{0,20}[\"'<]?[^\s<>\"'@]{1,64}@[^\s<>\"'@]{1,255}(?:[\"'>]|$|[ \t])"
    r"|\b(?:to|for) <[^\s<>\"'@]{1,64}@[^\s<>\"'@]{1,255}>"
    r"|^.{0,80}[\s<\"'\[:][^\s<>\"'@]{1,64}@[^\s<>\"'@]{1,255}[a-z0-9>\"'\]][ \t]{0,9}$",
    re.IGNORECASE | re.MULTILINE,
)


def may_be_bounce(message: InboundMessage) -> bool:
    """Tell whether to look for a delivery report in this mail."""
    kind = signs.report_type(message)
    if kind is not None or message.header_values("X-Failed-Recipients"):
        return kind != "feedback-report"
    sender = signs.sender_text(message)
    if signs.is_mailer_daemon(sender) or signs.is_mailer_daemon(message.return_path or ""):
        return True
    by_name = signs.is_postmaster(sender, message.sender.name if message.sender else "")
    by_machine = (
        signs.machine_submitted(message)
        or signs.is_no_reply(sender)
        or signs.is_exchange_itself(sender)
        or not sender.strip("<> ")
    )
    if by_machine or message.return_path == "":
        return _has_report_words(message, by_name or not sender.strip("<> "))
    return by_name and _is_postmasters_report(message)


def _has_report_words(message: InboundMessage, by_server: bool) -> bool:
    """Judge by its words a mail that a machine wrote.

    Shops write of parcels that could not be delivered: unless it comes from a server, words alone do not do.
    """
    title = signs.subject_of(message)
    if _ANSWERED_OR_FORWARDED.match(title) or any(signs.split_absence_title(title)):
        return False
    subject = bool(phrases.BOUNCE_SUBJECT.search(title))
    if message.return_path == "" and (by_server or (subject and not _has_a_persons_manners(message))):
        return True
    opening = bool(phrases.BOUNCE_OPENING.search(message.text[:OPENING_LIMIT]))
    returned = any(a.content_type in _RETURNED_TYPES for a in message.attachments)
    if (subject and opening and by_server) or _SES_BOUNCE.match(message.text):
        return True
    transcript = _has_transcript(message)
    return ((subject or opening) and (returned or transcript)) or (by_server and transcript)


def _is_postmasters_report(message: InboundMessage) -> bool:
    """Tell whether a postmaster's mail without any sign of a machine is a report all the same: they are people as well.

    QUIRK: gateways of mobile networks send their reports as answers ("Re: …").
    """
    lines = _opening_lines(message)
    if not lines or signs.mail_program(message) or _has_a_persons_manners(message):
        return False
    opening = bool(phrases.BOUNCE_OPENING.search("\n".join(lines)))
    if _ANSWERED_OR_FORWARDED.match(signs.subject_of(message)):
        return opening and lines[0].lower().startswith("error:") and _has_transcript(message)
    subject = bool(phrases.BOUNCE_SUBJECT.search(signs.subject_of(message)))
    if _has_transcript(message):
        return subject or opening
    # People call a mail after what it is about as well; a report lists whom it speaks of.
    return subject and opening and (_has_listing(message) or _comes_by_another_path(message))


def _opening_lines(message: InboundMessage) -> list[str]:
    return [line for line in message.text[:OPENING_LIMIT].splitlines() if line.strip()][:_OPENING_LINES]


def _has_a_persons_manners(message: InboundMessage) -> bool:
    """Tell whether somebody greets, asks or signs: servers do none of it."""
    opening = _opening_lines(message)
    asks = any(line.rstrip().endswith(("?", "？")) for line in opening)
    greets = bool(opening) and bool(_GREETING.match(opening[0]))
    return asks or greets or bool(_CLOSING.search(message.visible_text[:OPENING_LIMIT]))


def _has_listing(message: InboundMessage) -> bool:
    return bool(_LISTING.search(message.text[:OPENING_LIMIT]))


def _comes_by_another_path(message: InboundMessage) -> bool:
    """QUIRK: some servers send a report with the return path of the mail that it is about."""
    return bool(message.return_path) and (message.return_path or "").casefold() in {a.key for a in message.to}


def _has_transcript(message: InboundMessage) -> bool:
    return bool(phrases.BOUNCE_TRANSCRIPT.search(message.text[:OPENING_LIMIT]))
