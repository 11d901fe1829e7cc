"""What became of one mail, under the rules of then and of now. Pure. Called by this package."""

from dataclasses import dataclass

from maildesk.core.lanes.ruled import acknowledged, as_form
from maildesk.core.replay.putting import Put, acknowledgement_of
from maildesk.core.ruling import Ruling
from maildesk.model.archive import ArchivedMail
from maildesk.model.decided import Outcome
from maildesk.model.notice import NoticeName
from maildesk.model.rule import RuleHit
from maildesk.model.situation import Proof

_RULE = "rule"
#: How the trace begins where a rule, and no guard or cap, kept an acknowledgement back.
_BY_RULE = ("a rule says", "the answer of rule")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mail, and what each rule said. `notified`: whom a rule told of it.

    `replied`: a rule answered its sender.  `acknowledged`: None where that was no question.
    """

    mail: ArchivedMail
    outcome: Outcome
    hits: tuple[RuleHit, ...] = ()
    notified: frozenset[str] = frozenset()
    replied: bool = False
    acknowledged: bool | None = None

    def verdict_of(self, rule: str) -> RuleHit | None:
        """Find what a rule said; None: it was not asked."""
        return next((hit for hit in self.hits if hit.name == rule), None)


def stored_fate(mail: ArchivedMail) -> Fate:
    """Return what really became of a mail."""
    hits = tuple(RuleHit(line.name, line.hit, line.because) for line in mail.trace if line.step == _RULE)
    line = acknowledgement_of(mail)
    notified = frozenset(who for notice, who in mail.told if notice is NoticeName.RULE_NOTICE)
    replied = any(notice is NoticeName.RULE_REPLY for notice, _ in mail.told)
    return Fate(mail, mail.outcome, hits, notified, replied, line.hit if line else None)


def stopped_fate(mail: ArchivedMail, put: Put) -> Fate:
    """Return what would have become of a mail that a rule stops."""
    return Fate(mail, put.stop or mail.outcome, put.verdict.hits)


def joined_fate(mail: ArchivedMail, put: Put) -> Fate:
    """Return what would have become of a mail that no rule stops and that is none of theirs otherwise."""
    return Fate(mail, mail.outcome, put.verdict.hits)


def ruled_fate(put: Put, ruling: Ruling, *, opens: bool) -> Fate:
    """Return what would have become of a mail on whose ticket rules were carried out."""
    told = frozenset(n.to.address for n in ruling.notices if n.name is NoticeName.RULE_NOTICE)
    replied = any(n.name is NoticeName.RULE_REPLY for n in ruling.notices)
    outcome = Outcome.TICKET if opens else Outcome.FOLLOW_UP
    acknowledges = _acknowledges(put, ruling) if opens else None
    return Fate(put.mail, outcome, put.verdict.hits, told, replied, acknowledges)


def _acknowledges(put: Put, ruling: Ruling) -> bool:
    """Caps and guards count as they did then; only where a rule forbade it they are asked anew."""
    form = put.form_requester
    heard = put.situation if form is None else as_form(put.situation, put.verdict)
    proof = put.identity.proof if form is None else Proof.NONE
    _, now = acknowledged(heard, proof, put.desk, put.verdict, ruling.ticket, ruling)
    then = acknowledgement_of(put.mail)
    if now.because.startswith(_BY_RULE):
        return False
    return now.hit if then is None or then.because.startswith(_BY_RULE) else then.hit
