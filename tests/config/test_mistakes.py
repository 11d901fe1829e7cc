"""What people really get wrong in desk.yaml and maildesk.yaml, and the exact sentence they are told.

Long lists of what is allowed are cut to `…`.
"""

import re

import pytest

from maildesk.config import check_config
from tests.config.conftest import DESK, SETTINGS

_LONG = re.compile(r"allowed: [^;]{60,}?(?=;|$)")


def _desk(line: str) -> dict[str, str]:
    return {"desk": f"{DESK}{line}\n"}


def _technician(item: str) -> dict[str, str]:
    return {"desk": f"{DESK}  - {item}\n"}


def _settings(line: str) -> dict[str, str]:
    return {"settings": f"{SETTINGS}{line}\n"}


def _imap(keys: str) -> dict[str, str]:
    text = """\
mailboxes:
  - name: support
    address: support@example.test
    imap: {username: s, %s}
smtp: {host: localhost, port: 10025, security: none}
"""
    return {"settings": text % keys}


MISTAKES = [
    (_desk, "queue: {}", ["8:1: unknown key 'queue'; allowed: …; did you mean 'queues'?"]),
    (_desk, "technician: []", ["8:1: unknown key 'technician'; allowed: …; did you mean 'technicians'?"]),
    (_desk, "tecnicians: []", ["8:1: unknown key 'tecnicians'; allowed: …; did you mean 'technicians'?"]),
    (_desk, "hours: 9-17", ['8:8: expected days such as {mon-fri: "09:00-17:00"} or always, not text']),
    (_desk, "hours: {monday: '09:00-17:00'}", [
        "8:8: unknown day 'monday'; allowed: mon, tue, wed, thu, fri, sat, sun; did you mean 'mon'?",
    ]),
    (_desk, "hours: {mon-fri: 9-17}", ["8:8: '9-17' are not working hours; write them as 09:00-17:00"]),
    (_desk, "hours: {mon-fri: '17:00-09:00'}", [
        "8:8: '17:00-09:00' ends before it begins; hours over midnight are two days' hours",
    ]),
    (_desk, "hours: {mon-fry: '09:00-17:00'}", [
        "8:8: unknown day 'fry'; allowed: mon, tue, wed, thu, fri, sat, sun; did you mean 'fri'?",
    ]),
    (_desk, "timezone: CET+1", [
        "8:11: unknown timezone 'CET+1'; write it as Europe/Berlin or UTC; did you mean 'CET'?",
    ]),
    (_desk, "timezone: Berlin", [
        "8:11: unknown timezone 'Berlin'; write it as Europe/Berlin or UTC; did you mean 'Europe/Berlin'?",
    ]),
    (_desk, "timezone: Europe/Berln", [
        "8:11: unknown timezone 'Europe/Berln'; write it as Europe/Berlin or UTC; did you mean 'Europe/Berlin'?",
    ]),
    (_desk, "language: english", ["8:11: 'english' is not a language code; write it as en or pt-BR"]),
    (_desk, "language: English", ["8:11: 'English' is not a language code; write it as en or pt-BR"]),
    (_desk, "recall: 60", [
        "8:9: '60' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m; did you mean '60s', '60m' or '60h'?",
    ]),
    (_desk, "recall: 1 minute", [
        "8:9: '1 minute' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m; did you mean '1m'?",
    ]),
    (_desk, "recall: -5s", ["8:9: '-5s' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m"]),
    (_desk, "reopen: thirty days", ["8:9: 'thirty days' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m"]),
    (_desk, "close_after: no", [
        "8:14: 'no' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m; or write never",
    ]),
    (_desk, "leak_check: yes", ["8:13: expected true or false; did you mean 'true'?"]),
    (_desk, "leak_check: 1", ["8:13: expected true or false; did you mean 'true'?"]),
    (_desk, "participants: everyone", ["8:15: unknown participants 'everyone'; allowed: approve, same-domain, open"]),
    (_desk, "participants: same_domain", [
        "8:15: unknown participants 'same_domain'; allowed: approve, same-domain, open; did you mean 'same-domain'?",
    ]),
    (_desk, "sla: {P6: {resolution: 1d}}", ["8:7: unknown priority 'P6'; allowed: P1, P2, P3, P4, P5"]),
    (_desk, "sla: {P1: 4h}", ["8:11: expected a mapping (key: value), not text"]),
    (_desk, "sla: {P1: {respons: 4h}}", [
        "8:12: unknown key 'respons'; allowed: first_response, next_response, update, resolution, hours; did you mean 'next_response'?",  # noqa: E501
    ]),
    (_desk, "sla: {P1: {first_response: 4}}", [
        "8:28: '4' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m; did you mean '4s', '4m' or '4h'?",
    ]),
    (_desk, "sla: {P1: {hours: nights}}", ["8:19: unknown calendar 'nights'; allowed: business, always"]),
    (_desk, "sla: [P1]", ["8:6: expected a mapping (key: value), not a list"]),
    (_desk, "acknowledgements: {per_address: 3}", ["8:33: '3' is not a rate; write it as 3/24h, or none"]),
    (_desk, "acknowledgements: {per_address: 3/day}", [
        "8:33: 'day' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m",
    ]),
    (_desk, "acknowledgements: {per_ticket: many}", ["8:32: 'many' is not a whole number; or write none"]),
    (_desk, "acknowledgements: none", ["8:19: expected a mapping (key: value), not text"]),
    (_desk, "status_updates: {assigned: off}", ["8:28: expected true or false; did you mean 'false'?"]),
    (_desk, "relay_attachments: 10 megs", ["8:20: '10 megs' is not a size; write it as 512 KB, 10 MB or 1 GB"]),
    (_desk, "vendors: {Acme: acme.test}", [
        "8:10: expected a list, not a mapping; write [a, b] or begin each line with '- '",
    ]),
    (_desk, "vendors: [{name: Acme, domain: https://acme.test, number: 'C-[0-9]+'}]", [
        "8:32: 'https://acme.test' is not a domain; write it as example.test",
    ]),
    (_desk, "vendors: [{name: Acme, domain: acme.test, number: '['}]", [
        "8:51: '[' is not a regular expression: unterminated character set at position 1",
    ]),
    (_desk, "vendors: [{name: Acme}]", ["8:11: missing key 'domain'", "8:11: missing key 'number'"]),
    (_desk, "imap: {}", ["8:1: unknown key 'imap'; allowed: …; 'imap' stands under 'mailboxes' of maildesk.yaml"]),
    (_desk, "smtp: {}", ["8:1: unknown key 'smtp'; allowed: …; 'smtp' stands at the top of maildesk.yaml"]),
    (_desk, "mailboxes: []", [
        "8:1: unknown key 'mailboxes'; allowed: …; 'mailboxes' stands at the top of maildesk.yaml",
    ]),
    (_desk, "password: x", [
        "8:1: unknown key 'password'; allowed: …; 'password' stands under 'mailboxes: imap' of maildesk.yaml or under 'smtp' of maildesk.yaml",  # noqa: E501
    ]),
    (_desk, "host: x", ["8:1: unknown key 'host'; allowed: …; did you mean 'hours'?"]),
    (_desk, "rules: []", ["8:1: unknown key 'rules'; allowed: …; 'rules' stands at the top of rules.yaml"]),
    (_desk, "<<: {recall: 5s}", ["8:1: merge keys (<<) are not read here; write the keys out"]),
    (_desk, "lead: true", ["8:1: unknown key 'lead'; allowed: …; 'lead' stands under 'technicians'"]),
    (_desk, "sla: &x {P1: {resolution: 1d}}\nwaiting: *x", [
        "8:10: unknown key 'P1'; allowed: remind, resolve, chase_vendor",
    ]),
    (_desk, "holidays: Germany", [
        "8:1: warning: these holidays count for nothing: without 'hours' somebody is there every day",
        "8:11: expected a mapping (key: value), not text",
    ]),
    (_desk, "holidays: {country: Germany}", [
        "8:1: warning: these holidays count for nothing: without 'hours' somebody is there every day",
        "8:21: unknown country 'Germany'; write its two letters, as DE for Germany; did you mean 'DE' (Germany)?",
    ]),
    (_desk, "calendars: [rome]", ["8:12: expected a mapping (key: value), not a list"]),
    (_desk, "groups: {vip: [a@b.test]}", ["8:15: expected a mapping (key: value), not a list"]),
    (_desk, "assets: {name: x}", ["8:9: expected a list, or {file: NAME} for a file of items beside this one"]),
    (_desk, "clocks: {open: {resolution: halt}}", [
        "8:29: unknown word for a clock 'halt'; allowed: run, pause, stop",
    ]),
    (_desk, "rule_mail: 10", ["8:12: '10' is not a rate; write it as 3/24h, or none"]),
    (_technician, "{email: tia, name: Tia}", ["8:13: 'tia' is not a mail address; write it as name@example.test"]),
    (_technician, "{email: x@y.test}", ["8:5: missing key 'name'"]),
    (_technician, "{name: Tia}", ["8:5: missing key 'email'"]),
    (_technician, "{email: x@y.test, name: T, queue: general}", [
        "8:32: unknown key 'queue'; allowed: email, name, queues, aliases, lead, manager; did you mean 'queues'?",
    ]),
    (_technician, "{email: x@y.test, name: T, queues: general}", [
        "8:40: expected a list, not text; write [a, b] or begin each line with '- '",
    ]),
    (_technician, "{email: x@y.test, name: T, queues: [generl]}", [
        "8:41: unknown queue 'generl'; allowed: general, network; did you mean 'general'?",
    ]),
    (_technician, "{email: x@y.test, name: T, lead: yes}", ["8:38: expected true or false; did you mean 'true'?"]),
    (_technician, "{email: x@y.test, name: T, alias: [a@b.test]}", [
        "8:32: unknown key 'alias'; allowed: email, name, queues, aliases, lead, manager; did you mean 'aliases'?",
    ]),
    (_technician, "{email: TIA@example.test, name: T}", [
        "8:13: the address 'TIA@example.test' already stands above",
    ]),
    (_technician, "{email: support@example.test, name: T}", [
        "8:13: 'support@example.test' is an address of the desk itself; a technician needs one of their own",
    ]),
    (_technician, "x@y.test", ["8:5: expected a mapping (key: value), not text"]),
    (_technician, "{mail: x@y.test, name: T}", [
        "8:5: missing key 'email'",
        "8:6: unknown key 'mail'; allowed: email, name, queues, aliases, lead, manager; did you mean 'email'?",
    ]),
    (_technician, "{email: [x@y.test], name: T}", ["8:13: expected text, not a list"]),
    (_technician, "{email: 'Tia <x@y.test>', name: T}", [
        "8:13: 'Tia <x@y.test>' is not a mail address; write it as name@example.test",
    ]),
    (_settings, "mailbox: []", ["8:1: unknown key 'mailbox'; allowed: …; did you mean 'mailboxes'?"]),
    (_settings, "queues: {}", [
        "8:1: unknown key 'queues'; allowed: …; 'queues' stands at the top of desk.yaml or under 'technicians' of desk.yaml",  # noqa: E501
    ]),
    (_settings, "port: 25", [
        "8:1: unknown key 'port'; allowed: …; 'port' stands under 'mailboxes: imap' or under 'smtp'",
    ]),
    (_settings, "secret: {path: x}", ["8:9: unknown place of a secret 'path'; allowed: file, env, credential"]),
    (_settings, "secret: ''", [
        "8:9: expected a text of one line, {file: PATH}, {env: NAME} or {credential: NAME}, not text",
    ]),
    (_settings, "secret: 12345", [
        "8:9: warning: the key is shorter than 16 bytes; whoever guesses it can forge replies",
    ]),
    (_settings, "secret: {file: }", [
        "8:9: expected a text of one line, {file: PATH}, {env: NAME} or {credential: NAME}, not a mapping",
    ]),
    (_settings, "subaddress: yes", ["8:13: expected true or false; did you mean 'true'?"]),
    (_settings, "authserv_ids: mx.example.test", [
        "8:15: expected a list, not text; write [a, b] or begin each line with '- '",
    ]),
    (_settings, "log: json", ["8:6: expected a mapping (key: value), not text"]),
    (_settings, "log: {format: xml}", ["8:15: unknown log format 'xml'; allowed: text, json"]),
    (_settings, "max_message: 25MBs", ["8:14: '25MBs' is not a size; write it as 512 KB, 10 MB or 1 GB"]),
    (_settings, "dkim: true", ["8:7: expected a mapping (key: value), not true or false"]),
    (_settings, "dkim: {resolver: dns.example.test}", [
        "8:18: 'dns.example.test' is no name server; write its IP address: 192.0.2.1 or 192.0.2.1:53",
    ]),
    (_settings, "technicians: []", [
        "8:1: unknown key 'technicians'; allowed: …; 'technicians' stands at the top of desk.yaml",
    ]),
    (_settings, "timezone: UTC", [
        "8:1: unknown key 'timezone'; allowed: …; 'timezone' stands at the top of desk.yaml or under 'calendars' of desk.yaml",  # noqa: E501
    ]),
    (_settings, "old_secrets: x", ["8:14: expected a list, not text; write [a, b] or begin each line with '- '"]),
    (_settings, "trusted_received: relay", [
        "8:19: expected a list, not text; write [a, b] or begin each line with '- '",
    ]),
    (_imap, "host: imap.test, port: 99999", [
        "4:5: missing key 'password'",
        "4:48: 99999 is not a port; allowed: 1 to 65535",
    ]),
    (_imap, "host: imap.test, port: imap", ["4:5: missing key 'password'", "4:48: 'imap' is not a whole number"]),
    (_imap, "host: 'imaps://imap.test'", [
        "4:5: missing key 'password'",
        "4:31: 'imaps://imap.test' is not a host name; write it without scheme, user or path",
    ]),
    (_imap, "host: imap.test:993", [
        "4:5: missing key 'password'",
        "4:31: 'imap.test:993' is not a host name; the port stands in a key of its own, 'port'",
    ]),
    (_imap, "security: ssl", [
        "4:5: missing key 'host'",
        "4:5: missing key 'password'",
        "4:35: unknown security 'ssl'; allowed: tls, starttls, none; did you mean 'tls'?",
    ]),
    (_imap, "security: yes", [
        "4:5: missing key 'host'",
        "4:5: missing key 'password'",
        "4:35: unknown security 'yes'; allowed: tls, starttls, none",
    ]),
    (_imap, "user: x", [
        "4:5: missing key 'host'",
        "4:5: missing key 'password'",
        "4:25: unknown key 'user'; allowed: host, port, security, username, password, ca_file; did you mean 'username'?",  # noqa: E501
    ]),
    (_imap, "pass: x", [
        "4:5: missing key 'host'",
        "4:5: missing key 'password'",
        "4:25: unknown key 'pass'; allowed: host, port, security, username, password, ca_file; did you mean 'password'?",  # noqa: E501
    ]),
    (_imap, "password: {environment: X}", [
        "4:5: missing key 'host'",
        "4:35: unknown place of a secret 'environment'; allowed: file, env, credential",
    ]),
    (_imap, "password: [x]", [
        "4:5: missing key 'host'",
        "4:35: expected a text of one line, {file: PATH}, {env: NAME} or {credential: NAME}, not a list",
    ]),
    (_imap, "password:", ["4:5: missing key 'host'", "4:5: missing key 'password'"]),
    (_imap, "ca: x", [
        "4:5: missing key 'host'",
        "4:5: missing key 'password'",
        "4:25: unknown key 'ca'; allowed: host, port, security, username, password, ca_file; did you mean 'ca_file'?",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("within", "text", "expected"), MISTAKES, ids=range(len(MISTAKES)))
def test_mistake(place, within, text, expected):
    said = [str(problem).split(":", 1)[1] for problem in check_config(place(**within(text)), {})]
    assert [_LONG.sub("allowed: …", one) for one in said] == expected


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("imap: {}", "'imap' stands under 'mailboxes' of maildesk.yaml"),
        ("password: x", "'password' stands under 'mailboxes: imap' of maildesk.yaml or under 'smtp' of maildesk.yaml"),
        ("lead: true", "'lead' stands under 'technicians'"),
        ("rules: []", "'rules' stands at the top of rules.yaml"),
    ],
)
def test_a_key_of_another_place_is_told_where_it_belongs(place, line, part):
    [problem] = check_config(place(**_desk(line)), {})
    assert problem.message.endswith(part)
