"""Whole texts by which somebody outside asks the desk itself: status, close, stop, resume, add a colleague.

Called by the lane of requesters, which checks who may ask. Only an exact phrase counts: everything else is a message to
people, and is treated as one.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from maildesk.model.message import Address


class Word(StrEnum):
    """What is asked of the desk."""

    STATUS = "status"
    CLOSE = "close"
    STOP = "stop"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Naming:
    """Colleagues whom a requester wants to take part; `rest` is the text below, empty when there is none."""

    people: tuple[Address, ...]
    rest: str


_CLOSE = """
close | cancel | close it | close ticket | close the ticket | close this ticket | cancel ticket | cancel the ticket
you can close it | you can close the ticket | you can close this ticket | you can close this | can be closed
solved | resolved | fixed | it is solved | it's solved | its solved | this is solved | is solved | all solved
problem solved | problem is solved | the problem is solved | issue solved | issue resolved | issue is resolved
the issue is resolved | it is resolved | it's resolved | this is resolved | it is fixed | it's fixed | its fixed
it works now | works now | it is working now | it's working now | its working now | working now | it works again
works again | it is working again | it's working again | everything works now | everything works again
erledigt | ist erledigt | hat sich erledigt | es hat sich erledigt | das hat sich erledigt | gelöst | geloest
ist gelöst | problem gelöst | problem ist gelöst | das problem ist gelöst | es funktioniert wieder
es funktioniert jetzt | funktioniert wieder | funktioniert jetzt | geht wieder | geht jetzt | es geht wieder
jetzt geht es | jetzt funktioniert es | schließen | ticket schließen | das ticket schließen
ticket kann geschlossen werden | das ticket kann geschlossen werden | kann geschlossen werden
résolu | resolu | c'est résolu | problème résolu | le problème est résolu | ça marche maintenant
ça fonctionne maintenant | cela fonctionne maintenant | ça remarche | fermer le ticket | vous pouvez fermer le ticket
resuelto | está resuelto | ya está resuelto | problema resuelto | el problema está resuelto | solucionado
ya está solucionado | problema solucionado | ya funciona | ahora funciona | cerrar el ticket | pueden cerrar el ticket
risolto | è risolto | problema risolto | il problema è risolto | ora funziona | adesso funziona | chiudere il ticket
potete chiudere il ticket
opgelost | is opgelost | het is opgelost | probleem opgelost | het probleem is opgelost | het werkt nu | werkt nu
het werkt weer | werkt weer | ticket sluiten | het ticket kan gesloten worden
rozwiązane | rozwiązany | problem rozwiązany | problem został rozwiązany | już działa | teraz działa
proszę zamknąć zgłoszenie | można zamknąć zgłoszenie
resolvido | está resolvido | já está resolvido | problema resolvido | o problema está resolvido | já funciona
agora funciona | funciona agora | fechar o chamado | podem fechar o chamado
"""
_STATUS = "status | ticket status | statut | stand | estado | stato"
_STOP = "stop | unsubscribe | leave | remove me | abmelden | abbestellen | afmelden | uitschrijven"
_RESUME = "resume | start | subscribe"

#: What may stand before or behind a phrase and adds nothing to it.
_POLITE = frozenset(
    (
        "please pls thanks thank you thx ty very much so many cheers hi hello hey dear all yes great perfect ok okay "
        "best kind regards sincerely "
        "bitte danke vielen dank sehr schön hallo guten tag ja super prima viele liebe grüße grüßen gruß beste mit "
        "freundlichen mfg lg vg "
        "svp merci beaucoup bonjour oui cordialement gracias muchas hola sí por favor saludos "
        "grazie mille ciao sì per favore saluti bedankt dank je u wel alvast hartelijk groet groeten alstublieft "
        "dziękuję dzięki bardzo tak pozdrawiam obrigado obrigada muito olá sim"
    )
    .casefold()
    .split()
)
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
#: A number, an address or a link: there is more in the text than the phrase.
_VETO = re.compile(r"[\d@/#]")
_LONGEST = 200

MOST_NAMED = 20
_ASKS_TO_ADD = re.compile(r"#?\s*(?:please\s+|bitte\s+)?(?:add|cc)\b\s*:?\s*(\S.*)", re.IGNORECASE)
_ADDRESS = r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]{1,255}"
#: QUIRK: Outlook writes `bob@x.test<mailto:bob@x.test>` into the plain text of a link.
_PERSON = re.compile(rf"[^<>,;@]{{0,80}}<\s*(?:mailto:)?({_ADDRESS})\s*>|(?:mailto:)?({_ADDRESS})", re.IGNORECASE)
_FILLERS = frozenset("and und et y e en to the this ticket please too thanks in copy also".split())
_INVISIBLE = str.maketrans(dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff"))


def find_word(visible_text: str, name: str = "") -> Word | None:
    """Return what the whole text asks of the desk; None when it is a message to people.

    `name` is the sender's, which may stand below. Case, punctuation and polite words around the phrase do not count.
    """
    text = visible_text.translate(_INVISIBLE).strip()
    bare = text.removeprefix("#")
    if len(text) > _LONGEST or _VETO.search(bare):
        return None
    tokens = _tokens(bare)
    # A technician's command is text in a requester's mail, unless it is the very word and nothing else.
    around = _POLITE | set(_tokens(name)) if bare == text else frozenset[str]()
    # The phrase itself may hold words of courtesy, so that the longest match is looked for first.
    for first, last in _cuts(tokens, around):
        word = _PHRASES.get(" ".join(tokens[first:last]))
        if word is not None:
            return None if "?" in text and word is not Word.STATUS else word
    return None


def find_naming(visible_text: str) -> Naming | None:
    """Return whom the first line asks to add, and the text below; None when it is no such line."""
    first, _, rest = visible_text.translate(_INVISIBLE).strip().partition("\n")
    asked = _ASKS_TO_ADD.fullmatch(first.strip()[:2000])
    if asked is None:
        return None
    found = [(m[1] or m[2]).rstrip(".!'") for m in _PERSON.finditer(asked[1])]
    left = _PERSON.sub(" ", asked[1])
    if not found or not _FILLERS.issuperset(_tokens(left)):
        return None
    people = {address.casefold(): Address("", address) for address in found}
    return Naming(tuple(people.values())[:MOST_NAMED], rest.strip())


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.replace("’", "'").replace("`", "'").casefold())


def _cuts(tokens: list[str], around: AbstractSet[str]) -> list[tuple[int, int]]:
    """Return the places of all stretches that leave nothing but words of courtesy outside, the longest first."""
    count = len(tokens)
    heads = next((n for n, token in enumerate(tokens) if token not in around), count)
    tails = next((n for n, token in enumerate(reversed(tokens)) if token not in around), count)
    cuts = [(first, last) for first in range(heads + 1) for last in range(count - tails, count + 1) if first < last]
    return sorted(cuts, key=lambda cut: cut[0] - cut[1])


def _phrases(word: Word, table: str) -> dict[str, Word]:
    listed = (phrase.strip() for line in table.splitlines() for phrase in line.split("|"))
    return {" ".join(_tokens(phrase)): word for phrase in listed if phrase}


_PHRASES = {
    **_phrases(Word.CLOSE, _CLOSE),
    **_phrases(Word.STATUS, _STATUS),
    **_phrases(Word.STOP, _STOP),
    **_phrases(Word.RESUME, _RESUME),
}
