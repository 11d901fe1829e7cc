"""Run the rules on one mail, top to bottom.

Called by `core`, by the tests beside the rules and by replay. Never raises.
"""

from maildesk.model.rule import Rule, RuleActions, RuleFacts, RuleHit, RuleVerdict
from maildesk.rules.actions import merged, names_set
from maildesk.rules.operators import folded, shown


def run_rules(rules: tuple[Rule, ...], facts: RuleFacts) -> RuleVerdict:
    """Return what the rules ask for together, who asked, and each rule's hit or miss.

    A later rule overrides an earlier one action by action; tags, notify and cc add up. A rule with `stop` that hits
    ends the run; the rules below it have no line among the hits.
    """
    actions = RuleActions()
    set_by: dict[str, str] = {}
    hits: list[RuleHit] = []
    for rule in rules:
        finding = rule.when(facts)
        if not finding.hit:
            hits.append(RuleHit(rule.name, False, finding.because))
            continue
        hits.append(RuleHit(rule.name, True, f"{finding.because}; stops here" if rule.stop else finding.because))
        actions = merged(actions, rule.then)
        set_by.update(dict.fromkeys(names_set(rule.then), rule.name))
        if rule.stop:
            break
    # The memory of compared texts is for one mail only: it would keep whole bodies alive.
    folded.cache_clear()
    shown.cache_clear()
    return RuleVerdict(actions, tuple(set_by.items()), tuple(hits))
