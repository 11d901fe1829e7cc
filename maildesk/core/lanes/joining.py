"""Who takes part from now on because a requester's mail names them in To or Cc, or asks for them by `add`.

Called by the lane of requesters. Nobody is written to because a mail names them: who joins was reached by that very
mail, and sees only what is said from then on; whoever a doubt remains about waits for a technician's word.
"""

from collections.abc import Collection
from dataclasses import dataclass

from maildesk.core.access import Identity
from maildesk.core.words import MOST_NAMED
from maildesk.mail.signs import is_no_reply, is_robot
from maildesk.model import event as ev
from maildesk.model.decision import Act
from maildesk.model.desk import Desk, Joining
from maildesk.model.message import Address, InboundMessage, Kind
from maildesk.model.situation import Proof, Role, Signal
from maildesk.model.ticket import Ticket

#: Where anybody can have an address: having the same domain there makes nobody a colleague.
_PUBLIC_PROVIDERS = frozenset(
    (
        "gmail.com googlemail.com hotmail.com outlook.com live.com msn.com passport.com aol.com aim.com icloud.com "
        "me.com mac.com proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io tuta.com "
        "fastmail.com fastmail.fm hushmail.com zoho.com zohomail.com zohomail.eu mail.com email.com usa.com "
        "gmx.com gmx.net gmx.de gmx.at gmx.ch web.de freenet.de t-online.de arcor.de posteo.de posteo.net "
        "mailbox.org online.de 1und1.de kabelmail.de vodafone.de bluewin.ch hispeed.ch sunrise.ch a1.net chello.at "
        "aon.at orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr numericable.fr libero.it "
        "virgilio.it alice.it tin.it tiscali.it fastwebnet.it telefonica.net terra.es ya.com ziggo.nl kpnmail.nl "
        "planet.nl hetnet.nl xs4all.nl home.nl casema.nl upcmail.nl skynet.be telenet.be proximus.be scarlet.be "
        "wp.pl o2.pl onet.pl onet.eu interia.pl interia.eu gazeta.pl poczta.onet.pl tlen.pl op.pl sapo.pt mail.pt "
        "iol.pt clix.pt netcabo.pt uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com "
        "btinternet.com btopenworld.com talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk sky.com "
        "tiscali.co.uk comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net "
        "earthlink.net juno.com rogers.com shaw.ca sympatico.ca telus.net videotron.ca bigpond.com bigpond.net.au "
        "optusnet.com.au seznam.cz centrum.cz email.cz azet.sk post.cz mail.ru inbox.ru list.ru bk.ru internet.ru "
        "yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua qq.com 163.com 126.com yeah.net sina.com sina.cn "
        "sohu.com foxmail.com aliyun.com naver.com daum.net hanmail.net nate.com rediffmail.com inbox.lv abv.bg "
        "mail.bg freemail.hu citromail.hu telia.com comhem.se home.se spray.se online.no tdcadsl.dk elisanet.fi "
        "luukku.com duck.com relay.firefox.com simplelogin.com anonaddy.com mailinator.com"
    ).split()
)
#: Providers with a domain in nearly every country.
_PUBLIC_FAMILIES = frozenset("yahoo ymail rocketmail hotmail live outlook gmx aol windowslive".split())
#: People named in one sentence.
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Who takes part at once, and who waits for a technician's word."""

    added: tuple[Address, ...] = ()
    proposed: tuple[Address, ...] = ()

    def acts(self, by: Address) -> tuple[Act, ...]:
        """Return what happens to the ticket."""
        added: tuple[ev.Event, ...] = tuple(ev.ParticipantAdded(person) for person in self.added)
        proposed = (ev.ParticipantProposed(person, by) for person in self.proposed)
        return tuple(Act(by.address, event) for event in (*added, *proposed))

    @property
    def detail(self) -> str:
        """Tell technicians of it in a sentence or two; empty when nobody comes."""
        told = []
        if self.added:
            told.append(f"From now on {_listed(self.added)} {'takes' if len(self.added) == 1 else 'take'} part too")
        if self.proposed:
            every = " all" if len(self.proposed) > 1 else ""
            told.append(f"Also named: {_listed(self.proposed)}; to let them take part write #approve{every}")
        return ". ".join(told)


def find_newcomers(
    message: InboundMessage,
    desk: Desk,
    identity: Identity,
    ticket: Ticket | None,
    named: tuple[Address, ...] = (),
    without: tuple[str, ...] = (),
) -> Newcomers:
    """Sort the people in To and Cc, and those `named` in the text: who joins, who is proposed, and who is neither.

    `ticket` None: this mail opens one for its sender, so that only a proven one brings anybody along.  `without`: whom
    a rule lets in already.
    """
    sender = message.sender
    if sender is None or message.kind is not Kind.PERSON or identity.proof is Proof.FAILED:
        return Newcomers()
    requester = ticket.requester if ticket else sender
    asked = {person.key for person in named}
    people = _outsiders((*message.to, *message.cc, *named), desk, _known(ticket, sender, without))
    brings = _brings(desk, identity, ticket)
    # A name is the sender's own text; it is kept only where somebody stands for it.
    shown = people if identity.proof is Proof.PASS else tuple(Address("", p.address) for p in people)
    added = tuple(p for p in shown if brings and _joins(p, desk, sender, requester, asked))
    known = {p.key for p in (*added, *(ticket.proposed if ticket else ()))}
    return Newcomers(added, tuple(p for p in shown if p.key not in known))


def _known(ticket: Ticket | None, sender: Address, without: tuple[str, ...]) -> frozenset[str]:
    """Return who needs no invitation: whoever takes part, wrote this, or left and has not asked to be back."""
    named = {sender.key, *(address.casefold() for address in without)}
    return frozenset(named | ({*(p.key for p in ticket.audience), *ticket.muted} if ticket else set()))


def _outsiders(people: tuple[Address, ...], desk: Desk, known: Collection[str]) -> tuple[Address, ...]:
    """Return the people among these addresses who are neither the desk, nor technicians, nor programs."""
    found = {
        p.key: p
        for p in reversed(people)
        if p.domain
        and p.key not in known
        and not desk.is_own_address(p.address)
        and desk.technician(p.address) is None
        and not is_no_reply(p.address)
        and not is_robot(p.address)
    }
    return tuple(reversed(found.values()))[:MOST_NAMED]


def _brings(desk: Desk, identity: Identity, ticket: Ticket | None) -> bool:
    """Tell whether the sender is believed far enough to bring somebody along without anybody's word."""
    if desk.joining is Joining.APPROVE or identity.holds_copy:
        return False
    if ticket is None:
        return identity.proof is Proof.PASS and identity.technician is None
    by_reply = identity.candidate is not None and identity.candidate.signal is not Signal.SUBJECT
    proven = identity.proof is Proof.PASS or (desk.joining is Joining.OPEN and identity.proof is Proof.TOKEN)
    return by_reply and proven and identity.role in (Role.REQUESTER, Role.PARTICIPANT)


def _joins(person: Address, desk: Desk, sender: Address, requester: Address, asked: Collection[str]) -> bool:
    if person.key in asked:
        # Who is named in the text was not reached by this mail: only a technician's word sends them the first one.
        return False
    same = person.domain == requester.domain == sender.domain
    return desk.joining is Joining.OPEN or (same and not is_public_provider(person.domain))


def is_public_provider(domain: str) -> bool:
    """Tell whether anybody can have an address in this domain (lower case)."""
    return domain in _PUBLIC_PROVIDERS or domain.partition(".")[0] in _PUBLIC_FAMILIES


def _listed(people: tuple[Address, ...]) -> str:
    named = [p.address for p in people[:_MOST_TOLD]]
    more = len(people) - len(named)
    named += [f"{more} more"] if more else []
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
