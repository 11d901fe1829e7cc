"""The buttons in a technician's mail: `mailto:` links that open a ready answer in any mail client (RFC 6068).

Called by `letters` for the HTML part. Pressing one and then *send* is a plain reply like any other: it proves itself by
the token in its address, or in its text where the site delivers no subaddresses.
"""

from dataclasses import dataclass
from urllib.parse import quote as percent_encoded

from maildesk.adapters.notice_facts import ActionFacts
from maildesk.mail.tokens import Minted
from maildesk.model.notice import NoticeName

#: What is on the button, and what the mail it opens says; the one that says nothing goes to the note address.
_ALWAYS = (("Take", "#mine"), ("Close", "#close"), ("Note", ""), ("High", "#priority P1"), ("Why", "#why"))
_ASKED = (("Yes", "yes"), ("No", "no"))
#: What an answer to a mail like this may say beside that.
_WORDS = {
    NoticeName.CONFIRMATION_WANTED: _ASKED,
    NoticeName.PENDING: _ASKED,
    NoticeName.JOIN_WANTED: _ASKED,
    NoticeName.COMMAND_REJECTED: (("Send", "send"),),
    NoticeName.UPDATE_DUE: (("Send", "send"),),
    NoticeName.COMMAND_RESULT: (("Undo", "undo"),),
}
_SIGNATURE_MARK = "-- "


@dataclass(frozen=True, slots=True)
class Notification:
    """The mail that has the buttons. `home` is the desk's address; `subaddress`: the site delivers subaddresses.

    `is_final`: none of the words that answer such a mail can do anything here.
    """

    name: NoticeName
    home: str
    subject: str
    message_id: str
    subaddress: bool
    is_final: bool = False


def buttons(mail: Notification, reply: Minted, note: Minted) -> list[ActionFacts]:
    """Return the buttons. `reply` and `note` are the tokens of that mail for its two purposes."""
    words = () if mail.is_final else _WORDS.get(mail.name, ())
    return [_button(label, mail, reply if body else note, body) for label, body in (*words, *_ALWAYS)]


def _button(label: str, mail: Notification, token: Minted, body: str) -> ActionFacts:
    """Build one link. Clients that know the field thread the answer; all others leave it out (RFC 6068 §4)."""
    address = token.subaddress(mail.home) if mail.subaddress else mail.home
    # Too long a local part has no room for a token.
    text = body if address != mail.home else "\r\n".join((body, "", _SIGNATURE_MARK, token.footer))
    fields = {"subject": mail.subject, "In-Reply-To": mail.message_id, "body": text}
    query = "&".join(f"{name}={percent_encoded(value, safe='')}" for name, value in fields.items() if value)
    return {"label": label, "mailto": f"mailto:{percent_encoded(address, safe='@+')}?{query}"}
