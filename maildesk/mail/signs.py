"""Single signs of a machine in the headers of a mail. Read by `classify`, which weighs them; decides nothing."""

import re

from maildesk.mail import phrases
from maildesk.model.message import InboundMessage

#: Characters of a subject in which words are looked for.
SUBJECT_LIMIT = 500

LIST_FIELDS = (
    "List-Id", "List-Post", "List-Help", "List-Subscribe", "List-Owner", "List-Archive", "List-Unsubscribe",
    "Mailing-List", "X-Mailing-List", "X-MLServer", "X-ML-Name",
)  # fmt: skip
_SUPPRESSED = frozenset({"all", "dr", "ndr", "rn", "nrn", "oof", "autoreply"})

_MAILER_DAEMON = re.compile(
    r"^[\"<\s]*(?:mailer-?_?daemon|mail[._-]?daemon|mail\.delivery\.system|double-bounce)(?:$|[@>\s\"])|<mailer-daemon\b",
    re.IGNORECASE,
)
#: QUIRK: Exchange of old could put a backslash before the @ and a second domain behind it.
_POSTMASTER = re.compile(
    r"^[\"<\s]*(?:post[._-]?master|mail-?(?:er|master|admin|adm)|mdaemon|microsoftexchange[0-9a-f]+"
    r"|system[._-]administrator|mail-?router)(?:\\|(?=@))@?",
    re.IGNORECASE,
)
_POSTMASTER_NAME = re.compile(
    r"^(?:(?:internet |e-?)?mail (?:deliver|sub-?system|administrator|system|router)|mailer[ -]daemon|mail-?daemon"
    r"|postmaster|system administrator|automated response|systemadministrator|administrador del sistema"
    r"|administrateur syst[eè]me|amministratore (?:del |di )?sistema|administrador do sistema|systeembeheerder"
    r"|administrator systemu|системный администратор|システム管理者|系统管理员|系統管理員"
    r"|courier mail server|interscan mss)",
    re.IGNORECASE,
)
#: The address in whose name Exchange itself writes; nobody can log in to it.
_EXCHANGE_ITSELF = re.compile(r"^microsoftexchange[0-9a-f]{8,40}@", re.IGNORECASE)
#: Programs in which people write; gateways and servers that also return mail are not among them.
_MAIL_PROGRAM = re.compile(
    r"thunderbird|apple mail|iphone mail|ipad mail|microsoft (?:office )?outlook|outlook express|windows live mail"
    r"|roundcube|squirrelmail|rainloop|snappymail|\bmutt\b|alpine|evolution|k-9 mail|kmail|claws|sylpheed|the bat"
    r"|em client|airmail",
    re.IGNORECASE,
)
#: `[list] ` or `EXTERNAL: ` in front of a subject.
_TAG = re.compile(r"\s*(?:\[[^\]]{1,60}\]|ext(?:ern(?:al|e)?)?\s?:)\s*", re.IGNORECASE)
#: Local parts nobody reads, whole: `groot@` is not `root@`.
_NO_REPLY = re.compile(
    r"^(?:(?:no|do|dont|do-?not|never|not)[-_.]?(?:not[-_.]?)?(?:reply|replies|respond|answer)|no-?responder"
    r"|n[aã]o-?responda|ne-?pas-?repondre|keine?-?antwort|nicht-?antworten|non-?rispondere|geen-?antwoord)(?:$|[-_.+=\d])",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"^(?:mailer-?daemon|post[-._]?master|bounces?(?:[-+.=_].*)?|owner-.+|.+-(?:owner|request|bounces?|errors)|list-?serv|majordomo"
    r"|mailman|sympa|microsoftexchange[0-9a-f]{8,40}|daemon|nobody|root|cron|www-data|apache|nagios|icinga2?|zabbix|check_?mk|prtg|alertmanager|prometheus"
    r"|grafana|uptime-?kuma)$",
    re.IGNORECASE,
)
_REPORT_TYPE = re.compile(r"report-type\s{0,5}=\s{0,5}\"?([a-z-]{1,60})")


def subject_of(message: InboundMessage) -> str:
    """Return the subject as far as it is looked at."""
    return message.subject[:SUBJECT_LIMIT].strip()


def split_absence_title(subject: str) -> tuple[str, str]:
    """Split off the words at the start of a subject by which answering machines announce themselves.

    Returns them and what follows; both empty when there are none. QUIRK: gateways put `[EXTERNAL] ` in front.
    """
    while True:
        left = subject.lstrip(" \t[【(")
        title = phrases.AUTO_SUBJECT.match(left) or phrases.ABSENCE_TITLE.match(left)
        if title:
            return title.group(), left[title.end() :].lstrip()
        tag = _TAG.match(subject)
        if not tag:
            return "", ""
        subject = subject[tag.end() :]


def auto_submitted(message: InboundMessage) -> str:
    """Return the keyword of Auto-Submitted (RFC 3834 §5) in lower case; empty for `no` and where it is missing."""
    for value in message.header_values("Auto-Submitted"):
        word = re.match(r"[a-z-]*", value.strip().lower())
        if word and word.group() not in ("", "no"):
            return word.group()
    return ""


def precedence(message: InboundMessage) -> frozenset[str]:
    """Return the words of Precedence and X-Precedence in lower case."""
    values = (*message.header_values("Precedence"), *message.header_values("X-Precedence"))
    return frozenset(value.strip().lower() for value in values)


def suppressed_answers(message: InboundMessage) -> frozenset[str]:
    """Return the kinds of answer X-Auto-Response-Suppress forbids, in lower case (MS-OXCMAIL §2.2.3.2.14)."""
    words = (word for value in message.header_values("X-Auto-Response-Suppress") for word in value.split(","))
    return _SUPPRESSED & {word.strip().lower() for word in words}


def machine_submitted(message: InboundMessage) -> str:
    """Return the keyword of Auto-Submitted but for mail that a rule passed on: that may be a person's."""
    word = auto_submitted(message)
    return "" if word == "auto-forwarded" else word


def report_type(message: InboundMessage) -> str | None:
    """Return the report type of multipart/report (RFC 6522 §3), empty when it names none, None for other mail."""
    value = " ".join(message.header_values("Content-Type")).strip().lower()
    if value.startswith("message/delivery-status"):
        return "delivery-status"
    if not value.startswith("multipart/"):
        return None
    # QUIRK: mail filters rewrite the type to multipart/mixed and leave the parameter.
    kind = _REPORT_TYPE.search(value)
    if kind is None:
        return "" if value.startswith("multipart/report") else None
    return kind.group(1)


def list_field(message: InboundMessage) -> str:
    """Return the name of the first field of RFC 2369 and 2919 that is filled; empty when none is."""
    return next((name for name in LIST_FIELDS if any(v.strip() for v in message.header_values(name))), "")


def is_own_list(message: InboundMessage, own_addresses: frozenset[str]) -> bool:
    """Tell whether the list is only a desk address that is run as a group: then its authors are people."""
    identity = " ".join(message.header_values("List-Id")).lower()
    post = " ".join(message.header_values("List-Post")).lower()
    return any(f"<{a.replace('@', '.')}>" in identity or f"mailto:{a}>" in post for a in own_addresses)


def loop_field(message: InboundMessage) -> str:
    """Return the name of a loop guard of any system (`X-Loop`, `X-…-Loop`); empty when there is none.

    QUIRK: Exchange puts X-MS-Exchange-Inbox-Rules-Loop on people's mail that a rule moved.
    """
    names = (name for name, _ in message.headers)
    return next(
        (n for n in names if n.lower().startswith("x-") and n.lower().endswith("loop") and "-ms-" not in n.lower()), ""
    )


def sender_text(message: InboundMessage) -> str:
    """Return the sender's address, or the raw From where that names no clean mailbox."""
    return message.sender.address if message.sender else " ".join(message.header_values("From"))


def is_mailer_daemon(text: str) -> bool:
    """Tell whether an address or a raw From is a mail server's own."""
    return bool(_MAILER_DAEMON.search(text[:500]))


def is_exchange_itself(address: str) -> bool:
    """Tell whether an address is the one that an Exchange server writes from."""
    return bool(_EXCHANGE_ITSELF.match(address))


def is_postmaster(address: str, name: str) -> bool:
    """Tell whether a sender is called like one that reports often come from; people are, as well."""
    return bool(_POSTMASTER.match(address) or _POSTMASTER_NAME.match(name))


def mail_program(message: InboundMessage) -> str:
    """Return the program in which a person wrote this mail, as it calls itself; empty when none is named."""
    values = (*message.header_values("User-Agent"), *message.header_values("X-Mailer"))
    return next((value for value in values if _MAIL_PROGRAM.search(value[:500])), "")


def is_no_reply(address: str) -> bool:
    """Tell whether the address itself says that nobody reads it."""
    return bool(_NO_REPLY.match(address.rpartition("@")[0]))


def is_robot(address: str) -> bool:
    """Tell whether the address belongs to a program."""
    return bool(_ROBOT.match(address.rpartition("@")[0]))
