"""The three files together: values, defaults, every problem at once with its place."""

from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from maildesk.config import ConfigError, Problem, check_config, default_desk, find_config_dir, load_desk, load_settings
from maildesk.model.clock import ALWAYS, AnswerToClosed, DeadlineWarning, Escalation, SlaTarget, Tell, Waiting
from maildesk.model.desk import Cap, Desk, DeskMailbox, Joining, Queue, StatusUpdates
from maildesk.model.level import Priority
from maildesk.model.settings import DkimCheck, Folders, Security
from tests.config.conftest import DESK, RULES, SETTINGS


def _said(directory: Path, environ: dict[str, str] | None = None) -> list[str]:
    return [str(p) for p in check_config(directory, environ or {})]


def _replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


# Values


def test_settings(place):
    directory = place()
    settings = load_settings(directory, {})
    mailbox = settings.mailboxes[0]
    assert settings.database == f"sqlite:///{directory}/desk.sqlite3"
    assert (mailbox.name, mailbox.idle, mailbox.poll_seconds, mailbox.folders) == ("support", True, 60.0, Folders())
    assert (mailbox.imap.host, mailbox.imap.port, mailbox.imap.security) == ("127.0.0.1", 10143, Security.NONE)
    assert mailbox.imap.password.value == "0123"
    assert (settings.smtp.username, settings.smtp.password, settings.smtp.connections) == (None, None, 2)
    assert (settings.max_message_bytes, settings.log_format) == (25 * 1024 * 1024, "text")


def test_everything_of_maildesk_yaml(place):
    (place() / "ca.pem").write_text("x")
    directory = place("""\
database: postgresql+psycopg://maildesk@db/maildesk
secret: a long enough secret for everybody
mailboxes:
  - name: a
    address: a@example.test
    queue: network
    imap: {host: imap.test, username: a, password: {env: PW}, ca_file: ca.pem}
    folders: {inbox: Eingang, processed: Fertig, held: Wartend, quarantine: Krank}
    idle: false
    poll: 1m30s
smtp: {host: smtp.test, security: starttls, username: b, password: {file: pw}, connections: 3}
subaddress: false
authserv_ids: [mx.test]
old_secrets: ["the key before this one, also long", {env: OLDER}]
dkim: {verify: true, resolver: "192.0.2.53:5353"}
trusted_received: [relay.test]
max_message: 512 KB
log: {format: json}
""")
    (directory / "pw").write_text("geheim\n")
    settings = load_settings(directory, {"PW": "öde", "OLDER": "and the one before that"})
    box, smtp = settings.mailboxes[0], settings.smtp
    assert settings.database == "postgresql+psycopg://maildesk@db/maildesk"
    assert settings.secret == b"a long enough secret for everybody"
    assert (box.imap.port, box.imap.password.value, box.imap.ca_file) == (993, "öde", directory / "ca.pem")
    assert (box.folders, box.idle, box.poll_seconds) == (Folders("Eingang", "Fertig", "Wartend", "Krank"), False, 90.0)
    assert (smtp.port, smtp.security, smtp.password.value, smtp.connections) == (587, Security.STARTTLS, "geheim", 3)
    assert (settings.authserv_ids, settings.trusted_received) == (("mx.test",), ("relay.test",))
    assert settings.old_secrets == (b"the key before this one, also long", b"and the one before that")
    assert settings.dkim == DkimCheck(verify=True, resolver=("192.0.2.53", 5353))
    assert (settings.max_message_bytes, settings.log_format) == (512 * 1024, "json")
    desk = load_desk(directory, {})
    assert (desk.subaddress, desk.authenticates) == (False, True)
    assert desk.mailboxes == (DeskMailbox("a", "a@example.test", (), "network"),)


def test_everything_of_desk_yaml(place):
    desk = load_desk(place(desk=DESK + """\
timezone: Europe/Berlin
language: de
hours: {mon-tue: "09:00-12:00, 13:00-17:00", sat: "10:00-24:00"}
recall: 0s
acknowledgements: {per_address: 5/1h, unproven: none, per_ticket: none}
status_updates: {assigned: true, resolved: false, reopened: false}
participants: approve
sla:
  P3: {first_response: 4h, resolution: 3d}
  P1: {first_response: 15m, next_response: 30m, update: 1h, resolution: 4h, hours: always}
reopen: 7d
close_after: never
relay_attachments: 1 MB
leak_check: false
rule_mail: 3/12h
rule_mail_to_address: 5/1h
vendors: [{name: Acme, domain: "@Acme.Test", number: "CASE-[0-9]{4,10}", address: help@acme.test}]
escalation: {warn: {50%: queue, 100 %: lead}, unanswered: {P2: 30, P1: 20%}, reopened: 2}
"""), {})  # fmt: skip
    day = ((time(9), time(12)), (time(13), time(17)))
    assert (desk.name, desk.timezone, desk.language) == ("Example Support", ZoneInfo("Europe/Berlin"), "de")
    assert desk.calendars[0].hours == ((0, day), (1, day), (5, ((time(10), time.max),)))
    assert desk.queues == (Queue("general", 1, "network"), Queue("network", 2))
    assert [(t.email, t.queues, t.lead) for t in desk.technicians] == [
        ("tia@example.test", ("general",), False), ("ned@example.test", ("network",), True)]  # fmt: skip
    caps = desk.acknowledgements
    assert (caps.per_address, caps.unproven, caps.per_ticket, desk.recall_seconds) == (Cap(5, 3600), None, None, 0)
    assert desk.updates == StatusUpdates(assigned=True, resolved=False, reopened=False)
    assert desk.joining is Joining.APPROVE
    assert dict(desk.sla)[Priority.P1] == SlaTarget(900, 1800, 3600, 14400, calendar=ALWAYS)
    assert dict(desk.sla)[Priority.P3] == SlaTarget(first_response=14400, resolution=259200)
    assert (desk.reopen_seconds, desk.close_after_seconds) == (7 * 86400, None)
    assert (desk.relay_attachments_bytes, desk.leak_check) == (1024 * 1024, False)
    assert desk.rule_mail == Cap(3, 43200)
    assert desk.rule_mail_to_address == Cap(5, 3600)
    assert [r.name for r in desk.rules] == ["all"]
    [vendor] = desk.vendors
    assert (vendor.name, vendor.domain, vendor.find_number("Re: CASE-4711")) == ("Acme", "acme.test", "CASE-4711")
    assert vendor.address == "help@acme.test"
    warnings = (DeadlineWarning(50, Tell.QUEUE), DeadlineWarning(100, Tell.LEAD))
    assert desk.escalation == Escalation(warnings, (("P1", 20), ("P2", 30)), 2)


def test_what_happens_to_tickets_that_wait_and_that_are_closed(place):
    assert load_desk(place(), {}).waiting == Waiting((259200, 604800), 1209600, 259200)
    own = "waiting: {remind: 1d, resolve: 2d, chase_vendor: never}\n"
    assert load_desk(place(desk=DESK + own), {}).waiting == Waiting((86400,), 172800, None)
    assert load_desk(place(desk=DESK + "waiting: {remind: never, resolve: 1h}\n"), {}).waiting.remind == ()
    assert load_desk(place(desk=DESK + "waiting: {remind: [1d, 90d], resolve: never}\n"), {}).waiting.resolve is None
    desk = load_desk(place(desk=_replaced(DESK, "{level: 2}", "{level: 2, closed: refuse}")), {})
    assert [q.answer_to_closed for q in desk.queues] == [AnswerToClosed.REOPEN, AnswerToClosed.REFUSE]


def test_escalation_may_be_left_out_or_switched_off(place):
    assert load_desk(place(), {}).escalation == Escalation()
    off = load_desk(place(desk=DESK + "escalation: {warn: none, unanswered: none, reopened: none}\n"), {})
    assert off.escalation == Escalation((), (), None)


def test_the_next_level_may_be_a_vendor(place):
    acme = "vendors: [{name: Acme Corp, domain: b.test, number: x, address: a@b.test}]"
    level = f"{{level: 2, escalates_to: Acme Corp}}\n{acme}"
    desk = load_desk(place(desk=_replaced(DESK, "{level: 2}", level)), {})
    assert desk.queue("network").escalates_to == desk.vendors[0].name == "Acme Corp"


def test_a_manager_may_have_no_queues(place):
    boss = "technicians:\n  - {email: mia@example.test, name: Mia, manager: true}"
    desk = load_desk(place(desk=_replaced(DESK, "technicians:", boss)), {})
    assert [(t.name, t.manager) for t in desk.technicians] == [("Mia", True), ("Tia Berg", False), ("Ned Ode", False)]
    assert desk.technicians[0].queues == ()


@pytest.mark.parametrize(
    ("added", "authenticates", "own_mail_unsigned"),
    [
        ("", False, False),
        ("authserv_ids: [mx.test]\n", True, False),
        ("dkim: {verify: true}\n", True, True),
        ("authserv_ids: [mx.test]\ndkim: {verify: true}\n", True, False),
    ],
)
def test_who_proves_senders(place, added, authenticates, own_mail_unsigned):
    desk = load_desk(place(settings=SETTINGS + added), {})
    assert (desk.authenticates, desk.own_mail_unsigned) == (authenticates, own_mail_unsigned)


def test_verifying_signatures_without_the_libraries_is_a_clear_error(place, monkeypatch):
    monkeypatch.setattr("maildesk.config.signatures.find_spec", lambda _: None)
    [line] = _said(place(settings=SETTINGS + "dkim: {verify: true}\n"))
    assert "pip install 'maildesk[dkim]'" in line
    assert _said(place(settings=SETTINGS + "dkim: {verify: false}\n")) == []


@pytest.mark.parametrize(
    ("written", "resolver"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("'2001:db8::1'", ("2001:db8::1", 53)),
        ("'[2001:db8::1]:5353'", ("2001:db8::1", 5353)),
    ],
)
def test_a_resolver(place, written, resolver):
    settings = load_settings(place(settings=SETTINGS + f"dkim: {{resolver: {written}}}\n"), {})
    assert settings.dkim == DkimCheck(verify=False, resolver=resolver)


def test_an_empty_desk_yaml_is_the_default_policy(place):
    desk = load_desk(place(desk="# nothing yet\n", rules=None), {})
    assert desk == Desk(mailboxes=(DeskMailbox("support", "support@example.test", ("help@example.test",)),))
    assert default_desk() == Desk()


def test_an_emptied_section_counts_as_left_out(place):
    settings = load_settings(place(settings=SETTINGS + "log:\n  # format: json\ntrusted_received:\n"), {})
    assert (settings.log_format, settings.trusted_received) == ("text", ())


def test_settings_do_not_ask_for_the_policy(place):
    """Verbs that only read what is stored work beside a faulty desk.yaml and rules.yaml."""
    directory = place(desk="queues: [broken", rules="rules: {nonsense: 1}")
    assert load_settings(directory, {}).mailboxes
    with pytest.raises(ConfigError):
        load_desk(directory, {})


def test_other_rules_can_be_tried(place, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text("rules: [{name: other, when: {}, then: {tags: x}}]")
    assert [r.name for r in load_desk(place(), {}, other).rules] == ["other"]
    other.write_text("rules: [{name: other, when: {}, then: {tgas: x}}]")
    with pytest.raises(ConfigError, match=r"other\.yaml:1:40: unknown key 'tgas'"):
        load_desk(place(), {}, other)


def test_a_password_is_never_shown(place):
    directory = place(settings=_replaced(SETTINGS, "password: 0123", "password: geheim123"))
    assert "geheim123" not in repr(load_settings(directory, {}))
    directory = place(settings=_replaced(SETTINGS, "password: 0123", 'password: "geheim\\n123"'))
    assert _said(directory)
    assert not any("geheim" in line for line in _said(directory))


# Problems


def test_a_good_configuration_has_none(place):
    assert _said(place()) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: support", "nmae: support", "3:5: missing key 'name'"),
        ("name: support", "name: two words", "3:11: 'two words' must be one word"),
        ("    aliases", "    alias", "5:5: unknown key 'alias'; allowed: name, address, aliases, queue,"),
        ("    aliases", "    alias", "imap, folders, idle, poll; did you mean 'aliases'?"),
        ("support@example.test", "support", "4:14: 'support' is not a mail address; write it as name@example.test"),
        ("[help@example.test]", "help@example.test",
            "5:14: expected a list, not text; write [a, b] or begin each line with '- '"),
        ("port: 10143", "port: 70000", "6:35: 70000 is not a port; allowed: 1 to 65535"),
        ("port: 10143", "port: imap", "6:35: 'imap' is not a whole number"),
        ("security: none, username", "security: ssl, username",
            "6:52: unknown security 'ssl'; allowed: tls, starttls, none"),
        ("host: 127.0.0.1", "host: imap://x",
            "6:18: 'imap://x' is not a host name; write it without scheme, user or path"),
        ("password: 0123", "password: {fiel: x}", "did you mean 'file'?"),
        ("password: 0123", "password: [a]", "expected a text of one line, {file: PATH}, {env: NAME} or"),
        ("password: 0123", "password: {env: NOT_THERE}", "6:87: the environment has no NOT_THERE"),
        ("password: 0123", "password: {file: gone}", "6:87: the secret in file 'gone' cannot be read: No such file"),
        ("password: 0123", "password: {credential: x}", "6:87: the environment has no CREDENTIALS_DIRECTORY"),
        ("password: 0123", "password: x, oauth2: y", "6:90: unknown key 'oauth2'"),
        ("password: 0123", "password: x, ca_file: gone.pem", "6:99: there is no file '"),
        ("sqlite:///desk.sqlite3", "mysql://u:geheim@h/d", "1:11: unknown database; allowed: sqlite:///FILE,"),
        ("sqlite:///desk.sqlite3", "'sqlite:///:memory:'", "1:11: unknown database; allowed: sqlite:///FILE,"),
        ("smtp: {", "smtp: {username: x, ", "7:7: username and password belong together"),
        ("smtp: {", "smtp: {connections: 0, ", "7:21: 0 is out of range; allowed: 1 to 100"),
        ("smtp: {", "poll: 60s\nsmtp: {", "7:1: unknown key 'poll'; allowed: database, secret, old_secrets,"),
        ("smtp: {", "max_message: 25\nmax_message: 3\nsmtp: {",
            "8:1: duplicate key 'max_message'; it already stands in line 7"),
        ("smtp: {", "subaddress: yes\nsmtp: {", "7:13: expected true or false; did you mean 'true'?"),
        ("smtp: {", "log: {format: jsno}\nsmtp: {", "7:15: unknown log format 'jsno'; allowed: text, json;"),
        ("smtp: {", "secret: {file: .}\nsmtp: {", "7:9: the secret in file '.' cannot be read: Is a directory"),
        ("smtp: {", "secret: one and the same\nold_secrets: [another, one and the same]\nsmtp: {",
            "8:24: it is the same key as 'secret' or as one above; each must differ"),
        ("smtp: {", "old_secrets: [{file: gone}]\nsmtp: {", "7:15: the secret in file 'gone' cannot be read: No such"),
        ("smtp: {", "dkim: {verify: true, resolver: ns.test}\nsmtp: {",
            "7:32: 'ns.test' is no name server; write its IP address: 192.0.2.1 or 192.0.2.1:53"),
        ("smtp: {", "dkim: {resolver: 1.2.3.4:99999}\nsmtp: {", "7:18: 99999 is not a port"),
        ("smtp: {", "smtp: !secret {", "7:7: the tag '!secret' means nothing here"),
        ("smtp: {", "smtp: *nowhere {",
            "7:7: YAML syntax: '*nowhere' points to nothing; put a text that begins with * in quotes"),
        ("    imap", "    queue: nowhere\n    imap", "6:12: unknown queue 'nowhere'; allowed: general, network"),
        ("    imap", "    poll: 0s\n    imap", "6:11: must be at least 1s"),
        ("    imap", "    poll: often\n    imap",
            "6:11: 'often' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m"),
        ("    imap", "    folders: {held: inbox}\n    imap", "6:14: the four folders must have four different names"),
        ("[help@example.test]", "[support@example.test]",
            "5:15: the address 'support@example.test' already stands above"),
        ("[help@example.test]", "[tia@example.test]",
            "desk.yaml:6:13: 'tia@example.test' is an address of the desk itself"),
    ],
)  # fmt: skip
def test_problem_in_maildesk_yaml(place, old, new, expected):
    said = _said(place(settings=_replaced(SETTINGS, old, new)))
    assert any(expected in line for line in said), said
    assert not any("geheim" in line for line in said)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: Example Support", "name: [a]", "1:7: expected text, not a list"),
        ("name: Example Support", 'name: "a\\r\\nBcc: x@y.test"', "1:7: expected one line without control characters"),
        ("name: Example Support", "timezone: Europe/Berlni", "1:11: unknown timezone 'Europe/Berlni';"),
        ("name: Example Support", "timezone: Europe/Berlni", "did you mean 'Europe/Berlin'?"),
        ("name: Example Support", "timezone: Europe", "1:11: unknown timezone 'Europe'"),
        ("name: Example Support", "timezone: ../etc", "1:11: unknown timezone '../etc'"),
        ("name: Example Support", "language: Klingon", "1:11: 'Klingon' is not a language code"),
        ("name: Example Support", "hours: {mon-fir: 09:00-17:00}", "1:8: unknown day 'fir'; allowed: mon, tue,"),
        ("name: Example Support", "hours: {mon: 9-17}", "'9-17' are not working hours; write them as 09:00-17:00"),
        ("name: Example Support", "hours: {mon: 17:00-09:00}", "ends before it begins"),
        ("name: Example Support", "hours: {mon: 09:00-25:00}", "'25:00' is not a time of day"),
        ("name: Example Support", "hours: {mon-fri: 09:00-12:00, tue: 11:00-13:00}", "the hours of tue overlap"),
        ("name: Example Support", "acknowledgements: {per_address: 3}",
            "1:33: '3' is not a rate; write it as 3/24h, or none"),
        ("name: Example Support", "rule_mail: 10/2d",
            "'10/2d' counts over more than a day; write it as 10/1d, or none"),
        ("name: Example Support", "acknowledgements: {per_ticket: many}", "'many' is not a whole number"),
        ("name: Example Support", "sla: {P9: {update: 1h}}", "1:7: unknown priority 'P9'; allowed: P1, P2, P3, P4, P5"),
        ("name: Example Support", "sla: {P1: {reply: 1h}}", "1:12: unknown key 'reply'; allowed: first_response,"),
        ("name: Example Support", "sla: {P1: {hours: often}}",
            "1:19: unknown calendar 'often'; allowed: business, always"),
        ("name: Example Support", "reopen: 30", "1:9: '30' is not a duration"),
        ("name: Example Support", "reopen: 99999d", "is longer than ten years"),
        ("name: Example Support", "relay_attachments: big", "'big' is not a size; write it as 512 KB, 10 MB or 1 GB"),
        ("name: Example Support", "recal: 60s", "1:1: unknown key 'recal'; allowed: name, timezone, language,"),
        ("name: Example Support", "participants: same-domian",
            "1:15: unknown participants 'same-domian'; allowed: approve, same-domain, open; did you mean"),
        ("name: Example Support", "vendors: [{name: A, domain: a@b.test, number: x}]",
            "1:29: 'a@b.test' is not a domain"),
        ("name: Example Support", "vendors: [{name: A, domain: b.test}]", "1:11: missing key 'number'"),
        ("name: Example Support", "vendors: [{name: A, domain: b.test, number: '[0-9'}]",
            "1:45: '[0-9' is not a regular expression"),
        ("name: Example Support", "vendors: [{name: A, domain: b.test, number: '[0-9]*'}]",
            "1:45: '[0-9]*' is found in every subject"),
        ("name: Example Support",
            "vendors: [{name: A, domain: b.test, number: x1}, {name: a, domain: B.test, number: x2}]",
            "1:57: a vendor named 'a' already stands above"),
        ("name: Example Support",
            "vendors: [{name: A, domain: b.test, number: x1}, {name: c, domain: B.test, number: x2}]",
            "1:68: a vendor with the domain 'B.test' already stands above"),
        ("name: Example Support", "escalation: {warn: {0%: lead}}", "1:21: '0%' is no share; allowed: 1% to 100%"),
        ("name: Example Support", "escalation: {warn: {late: lead}}", "1:21: 'late' is no share; allowed: 1% to 100%"),
        ("name: Example Support", "escalation: {warn: {75%: boss}}",
            "1:26: unknown word for whom to tell 'boss'; allowed: manager, lead, assignee, queue"),
        ("name: Example Support", "escalation: {warn: often}", "1:20: expected a mapping (key: value), not text"),
        ("name: Example Support", "escalation: {unanswered: {P1: 101%}}", "1:31: '101%' is no share; allowed: 1% to"),
        ("name: Example Support", "escalation: {unanswered: {P9: 50%}}", "1:27: unknown priority 'P9'; allowed: P1,"),
        ("name: Example Support", "escalation: {reopened: 0}", "1:24: 0 is out of range; allowed: 1 to 100"),
        ("name: Example Support", "escalation: {reopen: 3}", "1:14: unknown key 'reopen'; allowed: warn, unanswered,"),
        ("name: Example Support", "vendors: [{name: A, domain: b.test, number: x1, address: nobody}]",
            "1:58: 'nobody' is not a mail address"),
        ("name: Example Support", "vendors: [{name: A, domain: b.test, number: x1, address: tia@example.test}]",
            "1:58: 'tia@example.test' is an address of a technician; write that of the vendor's desk"),
        ("name: Example Support", "vendors: [{name: A, domain: b.test, number: x1, address: support@example.test}]",
            "1:58: 'support@example.test' is an address of the desk itself; write that of the vendor's desk"),
        ("name: Example Support", "vendors: [{name: Network, domain: b.test, number: x1}]",
            "1:18: a queue is called 'Network', too; give the vendor another name"),
        ("{level: 2}", "{level: 2, escalates_to: A b}\nvendors: [{name: A b, domain: b.test, number: x1}]",
            "4:37: the vendor 'A b' needs an 'address' under 'vendors' to be written to"),
        ("{level: 2}", "{level: 2, escalates_to: Acem}\nvendors: [{name: Acme, domain: b.test, number: x1}]",
            "4:37: unknown queue or vendor 'Acem'; allowed: general, network, Acme; did you mean 'Acme'?"),
        ("escalates_to: network", "escalates_to: netwrok",
            "3:37: unknown queue 'netwrok'; allowed: general, network; did you"),
        ("{level: 2}", "{level: 2, escalates_to: general}",
            "4:37: queue 'network' escalates in a circle back to itself"),
        ("name: Example Support", "waiting: {remind: [7d, 3d]}",
            "1:19: each duration must be longer than the one before, as in [3d, 7d]"),
        ("name: Example Support", "waiting: {resolve: 0s}", "1:20: must be at least 1s"),
        ("name: Example Support", "waiting: {resolve: 7d}",
            "1:20: a ticket must be resolved later than the last reminder"),
        ("name: Example Support", "waiting: {remind: 20d}",
            "1:19: a ticket must be resolved later than the last reminder"),
        ("name: Example Support", "waiting: {chase: 3d}", "1:11: unknown key 'chase'; allowed: remind, resolve,"),
        ("{level: 2}", "{level: 2, closed: reopn}",
            "4:31: unknown closed 'reopn'; allowed: reopen, new, refuse; did you mean 'reopen'?"),
        ("queues: [network]", "queues: [general, nwtwork]", "7:64: unknown queue 'nwtwork'"),
        ("queues: [network]", "queues: [general]", "4:3: warning: no technician has queue 'network'"),
        ("ned@example.test", "TIA@home.test", "6:76: the address 'tia@home.test' already stands above"),
        ("ned@example.test", "help+ned@example.test", "7:13: 'help+ned@example.test' is an address of the desk itself"),
        ("  general: {level: 1, escalates_to: network}\n", "",
            "maildesk.yaml:3:5: missing key 'queue'; allowed: network"),
        ("  general:", "  two words:", "3:3: 'two words' must be one word of at most 64 characters"),
        ("lead: true", "lead: 1", "7:71: expected true or false; did you mean 'true'?"),
    ],
)  # fmt: skip
def test_problem_in_desk_yaml(place, old, new, expected):
    said = _said(place(desk=_replaced(DESK, old, new)))
    assert any(expected in line for line in said), said


def test_all_files_are_reported_at_once_in_order(place):
    said = _said(
        place(
            settings=_replaced(_replaced(SETTINGS, "10143", "0"), "    imap", "    queue: nowhere\n    imap"),
            desk=_replaced(_replaced(DESK, "level: 2", "level: two"), "[network]", "[nowhere]") + "recal: 1s\n",
            rules=_replaced(RULES, "network", "nowhere"),
        )
    )
    assert [line.split(" ", 1)[0] for line in said] == [
        "maildesk.yaml:6:12:", "maildesk.yaml:7:35:", "desk.yaml:4:3:", "desk.yaml:4:20:", "desk.yaml:7:55:",
        "desk.yaml:8:1:", "rules.yaml:2:41:"]  # fmt: skip


def test_both_loaders_name_the_errors_and_not_the_warnings(place):
    with pytest.raises(ConfigError) as caught:
        load_desk(place(desk=DESK + "  \nrecal: 1s\nhours: 1\n", rules=None), {})
    assert [p.message.split(";")[0] for p in caught.value.problems] == [
        "unknown key 'recal'", 'expected days such as {mon-fri: "09:00-17:00"} or always, not text']  # fmt: skip


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ({"settings": None}, "maildesk.yaml:1:1: there is no such file in '{}'; 'maildesk init' makes one"),
        ({"desk": None}, "desk.yaml:1:1: there is no such file in '{}'; 'maildesk init' makes one"),
        ({"rules": None}, "rules.yaml:1:1: warning: there is no such file in '{}'; the desk runs without rules"),
    ],
)
def test_a_missing_file_is_one_problem(place, missing, expected):
    directory = place(**missing)
    assert _said(directory) == [expected.format(directory)]


def test_a_missing_directory_gives_the_problems_of_missing_files(tmp_path):
    assert len(_said(tmp_path / "nowhere")) == 3
    with pytest.raises(ConfigError, match=r"maildesk\.yaml:1:1: there is no such file"):
        load_settings(tmp_path / "nowhere", {})


def test_mail_in_the_clear_is_a_warning_unless_it_stays_on_this_machine(place):
    directory = place(settings=_replaced(SETTINGS, "127.0.0.1", "imap.example.test"))
    [line] = _said(directory)
    assert line.startswith("maildesk.yaml:6:60: warning: passwords and mail travel in the clear to 'imap.example.test'")
    assert load_settings(directory, {})


def test_a_problem_reads_as_file_line_column():
    assert str(Problem("a.yaml", 3, 4, "wrong")) == "a.yaml:3:4: wrong"
    assert str(Problem("a.yaml", 3, 4, "odd", warning=True)) == "a.yaml:3:4: warning: odd"


# The directory


@pytest.mark.parametrize(
    ("explicit", "environ", "made", "expected"),
    [
        (Path("given"), {"MAILDESK_CONFIG": "env"}, "config", Path("given")),
        (None, {"MAILDESK_CONFIG": "env"}, "config", Path("env")),
        (None, {}, "config", Path("config")),
        (None, {}, None, Path("config")),
        (None, {"MAILDESK_CONFIG": ""}, "elsewhere", Path("elsewhere")),
    ],
)
def test_where_the_directory_is(tmp_path, monkeypatch, explicit, environ, made, expected):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("maildesk.config.SYSTEM_DIRECTORY", Path("elsewhere"))
    if made:
        (tmp_path / made).mkdir()
        (tmp_path / made / "maildesk.yaml").write_text("")
    assert find_config_dir(explicit, environ) == expected
