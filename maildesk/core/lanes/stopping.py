"""Mail that a rule stops: discarded, rejected or held before any person or ticket is made of it.

Called by the lanes of mail from outside.
"""

from maildesk.core.access import Identity
from maildesk.core.lanes.opening import author_of, hold, rule_trace
from maildesk.core.notices import one_each, refusal
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Decision
from maildesk.model.desk import Desk
from maildesk.model.rule import RuleVerdict
from maildesk.model.situation import Situation


def stopped_by_rule(situation: Situation, desk: Desk, identity: Identity, verdict: RuleVerdict) -> Decision | None:
    """Discard, reject or hold a mail because a rule says so; a released mail has an admin's word against it."""
    if situation.released:
        return None
    actions = verdict.actions
    if actions.discard is not None:
        reason = f"rule '{verdict.author_of('discard')}': {actions.discard}"
        trace = rule_trace(verdict)
        return Decision(Disposition.DISCARD, Outcome.DISCARDED, reason, trace=trace, rules=verdict.hits)
    if actions.reject is not None:
        return _reject(situation, desk, identity, verdict, actions.reject)
    if actions.hold is not None:
        reason = f"rule '{verdict.author_of('hold')}': {actions.hold}"
        return hold(situation, identity, reason, trace=rule_trace(verdict), rules=verdict)
    return None


def _reject(situation: Situation, desk: Desk, identity: Identity, verdict: RuleVerdict, sentence: str) -> Decision:
    """Open nothing and tell the sender why, once and only if a person may be told."""
    told, line = refusal(situation, desk, author_of(situation.message), identity.proof, detail=sentence)
    return Decision(
        Disposition.REJECT,
        Outcome.REJECTED,
        f"rule '{verdict.author_of('reject')}': {sentence}",
        notices=one_each(told, desk, None),
        trace=(*rule_trace(verdict), line),
        rules=verdict.hits,
    )
