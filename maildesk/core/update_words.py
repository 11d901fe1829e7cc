"""The ready words that a requester can be sent when they have heard nothing for a while: `send`, and they go out.

`warning` shows them to whoever ought to write, the technicians' lane puts them in the place of that one word. They
promise nothing, and follow from the ticket and the policy alone, so that what was shown is what is sent. Pure.
"""

from maildesk.model.desk import Desk
from maildesk.model.ticket import Ticket

_WORDS = {
    "en": "We are still working on your request, and will write again as soon as there is news.",
    "de": "Wir arbeiten weiter an Ihrem Anliegen und melden uns, sobald es Neues gibt.",
    "es": "Seguimos trabajando en su solicitud y le escribiremos de nuevo en cuanto haya novedades.",
    "fr": "Nous continuons à travailler sur votre demande et vous écrirons dès qu'il y aura du nouveau.",
    "it": "Stiamo ancora lavorando alla Sua richiesta e Le scriveremo di nuovo non appena ci saranno novità.",
    "nl": "Wij werken nog aan uw verzoek en schrijven u weer zodra er nieuws is.",
    "pl": "Nadal pracujemy nad Państwa zgłoszeniem i napiszemy ponownie, gdy tylko będą nowe wiadomości.",
    "pt": "Continuamos a trabalhar no seu pedido e voltaremos a escrever assim que houver novidades.",
}


def ready_words(ticket: Ticket, desk: Desk) -> str:
    """Return them in the requester's language, else the desk's, else in English."""
    return next(_WORDS[tongue] for tongue in (ticket.language, desk.language, "en") if tongue in _WORDS)
