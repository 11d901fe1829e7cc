"""What people really get wrong in rules.yaml, and the exact sentence they are told: a table to be read.

Long lists of what is allowed are cut to `…` here; `test_load` has them in full.
"""

import re

import pytest

from tests.rules.written_rules import complaints

_LONG = re.compile(r"allowed: [^;]{60,}?(?=;|$)")


def _when(text: str) -> str:
    return f"rules: [{{name: r, when: {text}, then: {{tags: a}}}}]"


def _then(text: str) -> str:
    return f"rules: [{{name: r, when: {{kind: person}}, then: {text}}}]"


def _rule(text: str) -> str:
    return f"rules: [{{name: r, when: {{kind: person}}, then: {{tags: a}}, {text}}}]"


def _test(text: str) -> str:
    return f"rules: [{{name: r, when: {{}}, then: {{tags: a}}, tests: [{text}]}}]"


MISTAKES = [
    ("Rules: []", ["1:1 unknown key 'Rules'; allowed: lists, conditions, macros, rules; did you mean 'rules'?"]),
    ("- name: a\n", ["1:1 rules.yaml must be a mapping (key: value), not a list"]),
    ("name: r\nwhen: {}\nthen: {tags: a}\n", [
        "1:1 'name' belongs to a rule: put it under 'rules:', where each rule begins with '- name:'",
        "2:1 'when' belongs to a rule: put it under 'rules:', where each rule begins with '- name:'",
        "3:1 'then' belongs to a rule: put it under 'rules:', where each rule begins with '- name:'",
    ]),
    ("subject: a\n", [
        "1:1 'subject' belongs to a rule: put it under 'rules:', where each rule begins with '- name:'",
    ]),
    ("rules:\n  name: r\n  when: {}\n", ["2:3 'rules' must be a list; begin each rule with '- name:'"]),
    ("rules: [name: r]", [
        "1:9 missing key 'when'; 'when: {}' holds for every mail",
        "1:9 missing key 'then'; only a rule with 'stop: true' may do without",
    ]),
    ("rules: text", ["1:8 'rules' must be a list; begin each rule with '- name:'"]),
    ("queue: network\n", [
        "1:1 'queue' belongs to a rule: put it under 'rules:', where each rule begins with '- name:'",
    ]),
    ("<<: {a: b}\nrules: []", [
        "1:1 merge keys (<<) are not read here; write the keys out, or use a macro or a named condition",
    ]),
    (_rule("subject: x"), ["1:58 'subject' stands under 'when' (a condition) or 'then' (an action), not beside"]),
    (_rule("queue: network"), ["1:58 'queue' stands under 'when' (a condition) or 'then' (an action), not beside"]),
    (_rule("assign: x"), ["1:58 'assign' is an action: put it under 'then'"]),
    (_rule("macros: {}"), ["1:58 'macros' stands at the top of the file, not in a rule"]),
    (_rule("if: {}"), ["1:58 unknown key 'if'; allowed: name, when, then, stop, once, tests; did you mean 'when'?"]),
    (_rule("conditions: {}"), [
        "1:58 unknown key 'conditions'; allowed: name, when, then, stop, once, tests; did you mean 'when'?",
    ]),
    (_rule("actions: {}"), [
        "1:58 unknown key 'actions'; allowed: name, when, then, stop, once, tests; did you mean 'then'?",
    ]),
    (_rule("enabled: true"), ["1:58 a rule is switched off by making it a comment: put # before each of its lines"]),
    (_rule("stop: yes"), ["1:64 expected true or false; did you mean 'true'?"]),
    (_rule("stop: 1"), ["1:64 expected true or false; did you mean 'true'?"]),
    (_rule("once: week"), ["1:64 unknown once 'week'; allowed: ticket, day, status"]),
    (_rule("once: daily"), ["1:64 unknown once 'daily'; allowed: ticket, day, status; did you mean 'day'?"]),
    (_rule("once: true"), ["1:64 expected text, not true or false"]),
    (_rule("tests: {given: {}}"), ["1:65 'tests' must be a list; begin each test with '- given:'"]),
    (_rule("given: {}"), ["1:58 'given' stands in a test: put it under 'tests', where each begins with '- given:'"]),
    (_rule("expect: {}"), [
        "1:58 'expect' stands in a test: put it under 'tests', where each begins with '- given:'",
    ]),
    (_rule("prioritty: P1"), [
        "1:58 unknown key 'prioritty'; did you mean 'priority'? 'priority' stands under 'when' (a condition) or 'then' (an action), not beside",  # noqa: E501
    ]),
    (_rule("recipient: x"), [
        "1:58 unknown key 'recipient'; did you mean 'recipients'? 'recipients' is a condition: put it under 'when'",
    ]),
    (_when("{then: {tags: a}}"), ["1:26 'then' stands beside 'when', not in it: indent it as far as 'when'"]),
    (_when("{stop: true}"), ["1:26 'stop' stands beside 'when', not in it: indent it as far as 'when'"]),
    (_when("{assign: tia@staff.test}"), ["1:26 'assign' is an action: put it under 'then'"]),
    (_when("{contains: x}"), [
        "1:26 'contains' is an operator and stands behind a field, such as subject: {contains: …}",
    ]),
    (_when("{sender: a@b.test}"), ["1:26 unknown field 'sender'; allowed: …; did you mean 'from'?"]),
    (_when("{subjekt: a}"), ["1:26 unknown field 'subjekt'; allowed: …; did you mean 'subject'?"]),
    (_when("{unless: {subject: a}}"), ["1:26 unknown field 'unless'; allowed: …; did you mean 'not'?"]),
    (_when("{or: [{subject: a}]}"), ["1:26 unknown field 'or'; allowed: …; did you mean 'any'?"]),
    (_when("{text: a}"), ["1:26 unknown field 'text'; allowed: …; did you mean 'body'?"]),
    (_when("{has_attachment: true}"), [
        "1:26 unknown field 'has_attachment'; allowed: …; did you mean 'attachments'?",
    ]),
    (_when("{tagg: a}"), ["1:26 unknown field 'tagg'; allowed: …; did you mean 'tag'?"]),
    (_when("{subject: {regex: a}}"), ["1:36 unknown operator 'regex'; allowed: …; did you mean 'matches'?"]),
    (_when("{subject: {not_contains: a}}"), [
        "1:36 unknown operator 'not_contains'; to say the opposite put 'not:' before the field: not: {subject: …}",
    ]),
    (_when("{subject: {is: a}}"), ["1:36 unknown operator 'is'; allowed: …; did you mean 'equals'?"]),
    (_when("{subject: {not: a}}"), ["1:36 'not' stands before a field, not behind it"]),
    (_when("{subject: {any: [a]}}"), ["1:36 'any' stands before a field, not behind it"]),
    (_when("{subject: {contain: a}}"), ["1:36 unknown operator 'contain'; allowed: …; did you mean 'contains'?"]),
    (_when("{subject: {ends_with: a}}"), ["1:36 unknown operator 'ends_with'; allowed: …; did you mean 'matches'?"]),
    (_when("{size: {gt: 5 MB}}"), ["1:33 unknown operator 'gt'; allowed: …; did you mean 'greater'?"]),
    (_when("{size: 5 MegaByte}"), ["1:32 '5 MegaByte' is not a size; write it as 512 KB, 10 MB or 1 GB"]),
    (_when("{size: {greater: 5 XB}}"), ["1:42 '5 XB' is not a size; write it as 512 KB, 10 MB or 1 GB"]),
    (_when("{size: 10,5 MB}"), ["1:35 unknown field '5 MB'; allowed: …"]),
    (_when("{age: 4h}"), ["1:31 'equals' cannot be asked of 'age'; allowed: greater, less, exists"]),
    (_when("{age: {greater: 4 hours}}"), [
        "1:41 '4 hours' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m; did you mean '4h'?",
    ]),
    (_when("{age: {greater: 4h wrking}}"), [
        "1:41 '4h wrking' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m; did you mean '4h'?",
    ]),
    (_when("{time: {greater: 25:00}}"), ["1:42 '25:00' is not a time of day; write it as 18:00"]),
    (_when("{time: {greater: 6pm}}"), ["1:42 '6pm' is not a time of day; write it as 18:00"]),
    (_when("{attachments: {greater: many}}"), ["1:49 'many' is not a whole number"]),
    (_when("{weekday: monday}"), [
        "1:35 unknown weekday 'monday'; allowed: mon, tue, wed, thu, fri, sat, sun; did you mean 'mon'?",
    ]),
    (_when("{weekday: mo}"), [
        "1:35 unknown weekday 'mo'; allowed: mon, tue, wed, thu, fri, sat, sun; did you mean 'mon'?",
    ]),
    (_when("{kind: robot}"), ["1:32 unknown kind 'robot'; allowed: person, auto-reply, bounce, list, own, alert"]),
    (_when("{status: waiting}"), ["1:34 unknown status 'waiting'; allowed: …; did you mean 'waiting-requester'?"]),
    (_when("{priority: high}"), ["1:36 unknown priority 'high'; allowed: P1, P2, P3, P4, P5"]),
    (_when("{priority: 1}"), ["1:36 unknown priority '1'; allowed: P1, P2, P3, P4, P5; did you mean 'P1'?"]),
    (_when("{vip: yes}"), ["1:31 expected true or false; did you mean 'true'?"]),
    (_when("{business_hours: no}"), ["1:42 expected true or false; did you mean 'false'?"]),
    (_when("{queue: netwrok}"), ["1:33 unknown queue 'netwrok'; allowed: general, network; did you mean 'network'?"]),
    (_when("{assignee: x@y.test}"), [
        "1:36 unknown technician 'x@y.test'; allowed: ned@x.test, tia@staff.test; did you mean 'ned@x.test'?"
    ]),
    (_when("{from: example.test}"), [
        "1:32 'example.test' is not a mail address; for a whole domain write {domain: example.test}",
    ]),
    (_when("{from: {domain: ann@example.test}}"), [
        "1:41 'ann@example.test' is not a domain; write it as example.test",
    ]),
    (_when("{from: {in_list: blockd}}"), ["1:42 unknown list 'blockd'; allowed: none"]),
    (_when("{condition: nope}"), ["1:37 unknown condition 'nope'; allowed: none"]),
    (_when("{before.size: 3}"), ["1:26 unknown field 'before.size'; allowed: …; did you mean 'before.NAME'?"]),
    (_when("{before: open}"), ["1:26 unknown field 'before'; allowed: …; did you mean 'before.NAME'?"]),
    (_when("{header: a}"), ["1:26 unknown field 'header'; allowed: …; did you mean 'header.NAME'?"]),
    (_when("{header.X Spam: a}"), ["1:26 unknown field 'header.X Spam'; allowed: …; did you mean 'header.NAME'?"]),
    (_when("{field: a}"), ["1:26 unknown field 'field'; allowed: …; did you mean 'field.NAME'?"]),
    (_when("{changed: stats}"), ["1:35 unknown field 'stats'; allowed: …; did you mean 'status'?"]),
    (_when("{phase: create}"), [
        "1:33 unknown phase 'create'; allowed: new, follow-up, change, time; did you mean 'new'?",
    ]),
    (_when("{phase: {contains: new}}"), ["1:34 here a phase is named whole: write 'phase: new' or a list"]),
    (_when("{phase: any}"), ["1:33 unknown phase 'any'; allowed: new, follow-up, change, time"]),
    (_when("subject contains outage"), ["1:25 conditions must be a mapping (field: what it should be), not text"]),
    (_when("[{subject: a}]"), [
        "1:25 conditions must be a mapping (field: what it should be), not a list; a list stands behind 'any:' or 'all:'",  # noqa: E501
    ]),
    (_when("null"), ["1:25 conditions must be a mapping (field: what it should be), not nothing"]),
    (_when("{subject: {matches: 'a('}}"), ["1:45 'a(' is not a regular expression: missing ) at position 2"]),
    (_when("{subject: {matches: '[a'}}"), [
        "1:45 '[a' is not a regular expression: unterminated character set at position 2",
    ]),
    (_when("{subject: {matches: '*a'}}"), ["1:45 '*a' is not a regular expression: nothing to repeat at position 0"]),
    (_when("{subject: {matches: 'a{2,1}'}}"), [
        "1:45 'a{2,1}' is not a regular expression: min repeat greater than max repeat at position 2",
    ]),
    (_when("{subject: {matches: '(?P<a>x)(?P<a>y'}}"), [
        "1:45 '(?P<a>x)(?P<a>y' is not a regular expression: missing ) at position 15",
    ]),
    (_when("{subject: []}"), ["1:35 the list is empty"]),
    (_when("{any: {subject: a}}"), ["1:31 'any' takes a list of conditions; begin each with '- '"]),
    (_when("{not: []}"), ["1:31 'not' takes a list of conditions; begin each with '- '"]),
    (_when("{none: {subject: a}}"), ["1:32 'none' takes a list of conditions; begin each with '- '"]),
    (_when("{subject: {contains: {a: b}}}"), ["1:46 expected text, not a mapping"]),
    (_when("{subject: {contains: true}}"), ["1:46 expected text, not true or false"]),
    (_when("{exists: true}"), [
        "1:26 'exists' is an operator and stands behind a field, such as subject: {exists: …}",
    ]),
    (_then("{subject: {contains: a}}"), ["1:57 expected text, not a mapping"]),
    (_then("{from: a@b.test}"), ["1:48 'from' is a condition: put it under 'when'"]),
    (_then("{body: x}"), ["1:48 'body' is a condition: put it under 'when'"]),
    (_then("{stop: true}"), ["1:48 'stop' stands beside 'then', not in it: indent it as far as 'then'"]),
    (_then("{tests: []}"), ["1:48 'tests' stands beside 'then', not in it: indent it as far as 'then'"]),
    (_then("{when: {}}"), ["1:48 'when' stands beside 'then', not in it: indent it as far as 'then'"]),
    (_then("{tag: a}"), ["1:48 unknown key 'tag'; allowed: …; did you mean 'tags'?"]),
    (_then("{add_tags: a}"), ["1:48 unknown key 'add_tags'; allowed: …; did you mean 'tags'?"]),
    (_then("{assignee: x}"), ["1:48 unknown key 'assignee'; allowed: …; did you mean 'assign'?"]),
    (_then("{delete: true}"), ["1:48 unknown key 'delete'; allowed: …; did you mean 'discard'?"]),
    (_then("{drop: true}"), ["1:48 unknown key 'drop'; allowed: …; did you mean 'discard'?"]),
    (_then("{email: a@b.test}"), ["1:48 unknown key 'email'; allowed: …; did you mean 'notify'?"]),
    (_then("{prio: P1}"), ["1:48 unknown key 'prio'; allowed: …; did you mean 'priority'?"]),
    (_then("{priority: high}"), ["1:58 unknown priority 'high'; allowed: P1, P2, P3, P4, P5"]),
    (_then("{priority: P6}"), ["1:58 unknown priority 'P6'; allowed: P1, P2, P3, P4, P5"]),
    (_then("{impact: P1}"), ["1:56 unknown impact 'P1'; allowed: high, medium, low"]),
    (_then("{impact: critical}"), [
        "1:56 unknown impact 'critical'; allowed: high, medium, low; did you mean 'high'?",
    ]),
    (_then("{urgency: 1}"), ["1:57 unknown urgency '1'; allowed: high, medium, low"]),
    (_then("{queue: netwrok}"), ["1:55 unknown queue 'netwrok'; allowed: general, network; did you mean 'network'?"]),
    (_then("{queue: [network]}"), ["1:55 expected text, not a list"]),
    (_then("{assign: ned}"), [
        "1:56 unknown technician 'ned'; allowed: ned@x.test, tia@staff.test; did you mean 'ned@x.test'?",
    ]),
    (_then("{assign: tia@staf.test}"), [
        "1:56 unknown technician 'tia@staf.test'; allowed: ned@x.test, tia@staff.test; did you mean 'tia@staff.test'?",
    ]),
    (_then("{status: done}"), ["1:56 unknown status 'done'; allowed: …; did you mean 'resolved'?"]),
    (_then("{status: pending}"), ["1:56 unknown status 'pending'; allowed: …; did you mean 'waiting-requester'?"]),
    (_then("{tags: 'a b'}"), [
        "1:54 'a b' must be one word of at most 64 characters, without blanks or any of , ; #",
    ]),
    (_then("{tags: {a: b}}"), ["1:54 expected text, not a mapping"]),
    (_then("{tags: []}"), ["1:54 the list is empty"]),
    (_then("{notify: boss}"), ["1:56 'boss' is not a mail address; write it as name@example.test"]),
    (_then("{notify: 'Boss <boss@b.test>'}"), [
        "1:56 'Boss <boss@b.test>' is not a mail address; write it as name@example.test",
    ]),
    (_then("{notify: 'a@b.test, c@d.test'}"), [
        "1:56 'a@b.test, c@d.test' is not a mail address; write it as name@example.test",
    ]),
    (_then("{cc: true}"), ["1:52 expected text, not true or false"]),
    (_then("{acknowledge: no}"), ["1:61 expected true or false; did you mean 'false'?"]),
    (_then("{acknowledge: never}"), ["1:61 expected true or false, not text"]),
    (_then("{template: ack}"), [
        "1:58 unknown template 'ack'; allowed: acknowledgement, rule_notice; did you mean 'acknowledgement'?",
    ]),
    (_then("{hold: no}"), ["1:54 expected true or a sentence that says why, not yes or no"]),
    (_then("{hold: false}"), ["1:54 expected true or a sentence that says why; leave the action out to do nothing"]),
    (_then("{discard: false}"), [
        "1:57 expected true or a sentence that says why; leave the action out to do nothing",
    ]),
    (_then("{reject: true}"), ["1:56 expected the sentence that the sender is told"]),
    (_then("{hold: true, discard: true}"), ["1:69 a rule cannot both hold and discard"]),
    (_then("{due: tomorrow}"), ["1:53 'tomorrow' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m"]),
    (_then("{due: 4}"), [
        "1:53 '4' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m; did you mean '4s', '4m' or '4h'?",
    ]),
    (_then("{due: 4h workng}"), [
        "1:53 '4h workng' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m; did you mean '4h'?",
    ]),
    (_then("{snooze: 2 days}"), [
        "1:56 '2 days' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m; did you mean '2d'?",
    ]),
    (_then("{escalate: yes}"), ["1:58 unknown queue 'yes'; allowed: general, network"]),
    (_then("{escalate: nowhere}"), ["1:58 unknown queue 'nowhere'; allowed: general, network"]),
    (_then("{fields: site}"), ["1:56 expected a mapping (name: value)"]),
    (_then("{link: abc}"), ["1:54 'abc' is no ticket number"]),
    (_then("{also: {queue: network}}"), ["1:54 a further ticket needs a subject"]),
    (_then("{also: {subject: x, body: y}}"), ["1:54 unknown key 'body'; allowed: subject, queue, text"]),
    (_then("{also: x}"), ["1:54 expected a mapping such as {subject: New laptop, queue: general, text: What to do}"]),
    (_then("{macro: nope}"), ["1:55 unknown macro 'nope'; allowed: none"]),
    (_then("{tags: '{site}'}"), [
        "1:54 nothing is caught as 'site'; catch it with (?P<site>…) in a 'matches' of this rule",
    ]),
    (_then("{notify: '{site}@x.test'}"), [
        "1:56 'notify' may not hold {site}: what a pattern catches is a stranger's text",
    ]),
    (_then("{requester: reply-to}"), [
        "1:48 'requester: reply-to' needs 'from' or 'mailbox' in 'when', so that it is believed of one form only",
    ]),
    (_then("{requester: from}"), [
        "1:48 'requester: reply-to' needs 'from' or 'mailbox' in 'when', so that it is believed of one form only",
    ]),
    (_then("{new: {tag: a}}"), ["1:54 unknown key 'tag'; allowed: …; did you mean 'tags'?"]),
    (_then("{new: {new: {}}}"), ["1:54 'new' cannot stand here: macros and the blocks of phases do not nest"]),
    (_then("{change: {tags: a}}"), ["1:48 'change' is a phase: write 'phase: change' under 'when'"]),
    (_then("[tags]"), ["1:47 'then' must be a mapping (key: value), not a list"]),
    (_then("tags"), ["1:47 'then' must be a mapping (key: value), not text"]),
    (_then("null"), ["1:47 'then' must be a mapping (key: value), not nothing"]),
    (_then("{checklist: {a: b}}"), ["1:59 expected text, not a mapping"]),
    (_then("{type: two words}"), [
        "1:54 'two words' must be one word of at most 64 characters, without blanks or any of , ; #",
    ]),
    (_then("{subject: ''}"), ["1:57 expected text, not nothing"]),
    (_then("{accept: maybe}"), ["1:56 expected true or false, not text"]),
    (_then("{<<: {tags: a}}"), [
        "1:48 merge keys (<<) are not read here; write the keys out, or use a macro or a named condition",
    ]),
    (_test("{given: {subjekt: a}, expect: {hit: true}}"), [
        "1:63 unknown key 'subjekt'; allowed: …; did you mean 'subject'?",
    ]),
    (_test("{given: {subject: a}, expect: {tag: a}}"), ["1:85 unknown key 'tag'; allowed: …; did you mean 'tags'?"]),
    (_test("{given: {queue: network, assign: x}, expect: {hit: true}}"), [
        "1:79 'assign' is what comes out: put it under 'expect'",
    ]),
    (_test("{given: {hit: true}, expect: {hit: true}}"), ["1:63 'hit' is what comes out: put it under 'expect'"]),
    (_test("{given: {subject: a}, expect: {from: a@b.test}}"), [
        "1:85 'from' is what the mail is like: put it under 'given'",
    ]),
    (_test("{subject: a, expect: {hit: true}}"), ["1:55 'subject' stands under 'expect'"]),
    (_test("{priority: P1, expect: {hit: true}}"), ["1:55 'priority' stands under 'expect'"]),
    (_test("{given: {subject: a}, then: {tags: a}}"), [
        "1:76 unknown key 'then'; allowed: given, expect; did you mean 'expect'?",
        "1:54 a test must expect something",
    ]),
    (_test("{given: {subject: a}, expected: {hit: true}}"), [
        "1:76 unknown key 'expected'; allowed: given, expect; did you mean 'expect'?",
        "1:54 a test must expect something",
    ]),
    (_test("{given: {subject: a}}"), ["1:54 a test must expect something"]),
    (_test("{expect: {hit: yes}}"), ["1:69 expected true or false; did you mean 'true'?"]),
    (_test("{expect: {queue: netwrok}}"), [
        "1:71 unknown queue 'netwrok'; allowed: general, network; did you mean 'network'?",
    ]),
    (_test("{expect: {rules: {a: b}}}"), ["1:71 expected text, not a mapping"]),
    (_test("{given: {mail: nope.eml}, expect: {hit: true}}"), ["1:69 mail files cannot be read here"]),
    (_test("{given: {kind: robot}, expect: {hit: true}}"), [
        "1:69 unknown kind 'robot'; allowed: person, auto-reply, bounce, list, own, alert",
    ]),
    (_test("{given: {from: nobody}, expect: {hit: true}}"), [
        "1:69 'nobody' is not a mail address; write it as name@example.test",
    ]),
    (_test("{given: {age: old}, expect: {hit: true}}"), [
        "1:68 'old' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m",
    ]),
    (_test("{given: [subject], expect: {hit: true}}"), ["1:62 'given' must be a mapping (what the mail is like)"]),
    (_test("x"), ["1:54 a test must be a mapping (key: value), not text"]),
    (_test("{expect: {hit: true, hit: false}}"), [
        "1:75 duplicate key 'hit'; it already stands in line 1; a list item begins with '- '",
    ]),
    ("lists: [a]\nrules: []\n", ["1:8 'lists' must be a mapping (name: [items] or name: {file: NAME})"]),
    ("lists: {a: {}}\nrules: []\n", ["1:12 write the items of a list, or {file: NAME}"]),
    ("lists: {a: {fil: x}}\nrules: []\n", [
        "1:13 unknown key 'fil'; allowed: file; did you mean 'file'?",
        "1:12 write the items of a list, or {file: NAME}",
    ]),
    ("lists: {a: []}\nrules: []\n", ["1:12 the list is empty"]),
    ("macros: [a]\nrules: []\n", ["1:9 'macros' must be a mapping (name: actions)"]),
    ("macros: {a: {tag: b}}\nrules: []\n", ["1:14 unknown key 'tag'; allowed: …; did you mean 'tags'?"]),
    ("macros: {a: {macro: b}}\nrules: []\n", [
        "1:14 'macro' cannot stand here: macros and the blocks of phases do not nest",
    ]),
    ("conditions: {a: {condition: b}, b: {condition: a}}\nrules: []\n", [
        "1:48 these conditions need each other in a circle: a → b → a",
    ]),
    ("conditions: [a]\nrules: []\n", ["1:13 'conditions' must be a mapping (name: conditions)"]),
    ("conditions: {a: x}\nrules: []\n", ["1:17 conditions must be a mapping (field: what it should be), not text"]),
    ("rules:\n  - name: a\n    when: {}\n    then: {tags: x}\n    name: b\n", [
        "5:5 duplicate key 'name'; it already stands in line 2; a list item begins with '- '",
    ]),
    ("rules:\n  - name: a\n    when: {}\n    then: {tags: x}\n  - name: a\n    when: {kind: alert}\n    then: {tags: x}\n", [  # noqa: E501
        "5:11 a rule named 'a' already stands in line 2",
    ]),
    ("rules:\n  - name: a\n    when:\n      subject: x\n      then: {tags: a}\n", [
        "5:7 'then' stands beside 'when', not in it: indent it as far as 'when'",
        "2:5 missing key 'then'; only a rule with 'stop: true' may do without",
    ]),
    ("rules:\n  - name: a\n    when:\n    subject: x\n    then: {tags: a}\n", [
        "4:5 'subject' stands under 'when' (a condition) or 'then' (an action), not beside",
        "3:5 conditions must be a mapping (field: what it should be), not nothing",
    ]),
    ("rules:\n  - name: a\n    then: {tags: a}\n", ["2:5 missing key 'when'; 'when: {}' holds for every mail"]),
    ("rules:\n  - name: a\n    when: {}\n", ["2:5 missing key 'then'; only a rule with 'stop: true' may do without"]),
    ("rules:\n  - when: {}\n    then: {tags: a}\n", ["2:5 every rule needs a name: expected text, not nothing"]),
    ("rules:\n  - name: 'a\n\n      b'\n    when: {}\n    then: {tags: a}\n", [
        "2:11 every rule needs a name: expected one line without control characters",
    ]),
    ("rules:\n  - name: a\n    when: {queue: #network\n      }\n    then: {tags: a}\n", [
        "3:17 what stands behind '#' is a comment; put a text with # in quotes",
        "3:12 expected text, not nothing",
    ]),
    ("rules:\n  - name: a\n    when:\n      subject: #5\n    then: {tags: a}\n", [
        "4:14 what stands behind '#' is a comment; put a text with # in quotes",
        "4:7 expected text, not nothing",
    ]),
    ("rules:\n  - name: a\n    when:\n      subject: Order #5\n    then: {tags: a}\n", [
        "4:21 what stands behind '#' is a comment; put a text with # in quotes",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MISTAKES, ids=range(len(MISTAKES)))
def test_mistake(text, expected):
    assert [_LONG.sub("allowed: …", said) for said in complaints(text)] == expected
