"""The configuration of the demo: three short files, commented for whoever looks into the folder afterwards."""

AUTHSERV_ID = "mx.example.test"
DESK_ADDRESS = "support@example.test"
RULE = "Site outage"

SETTINGS = """\
# maildesk.yaml: how to connect. The two servers are the demo's own and live as long as it does.
database: sqlite:///maildesk.sqlite3
secret: {{file: secret.key}}                     # signs reply tokens; made at the first start

mailboxes:
  - name: support
    address: {desk.address}
    queue: general
    imap: {{host: {host}, port: {ports.imap}, security: none, username: {desk.address}, password: {desk.password}}}

smtp: {{host: {host}, port: {ports.smtp}, security: none, username: {desk.address}, password: {desk.password}}}

subaddress: true                               # replies go to support+TOKEN@example.test
authserv_ids: [{authserv_id}]                # whose verdict on a sender is believed
"""

DESK = """\
# desk.yaml: policy. Reloaded on SIGHUP.
name: Example Support

queues:
  general: {{level: 1, escalates_to: network}}
  network: {{level: 2}}

technicians:
  - {{email: {tia.address}, name: {tia.name}, queues: [general, network], aliases: [tia@home.test]}}

recall: 1s                                     # 60s by default; here the day is short

sla:
  P1: {{first_response: 15m, resolution: 4h}}
  P3: {{first_response: 4h, resolution: 3d}}
"""

RULES = """\
# rules.yaml: priority and routing. Reloaded on SIGHUP; try `maildesk rules test`.
rules:
  - name: {rule}
    when:
      subject: {{matches: '(server|network|mail)\\b.*\\b(down|dead|offline)\\b'}}
      from: {{domain: customer.test}}
    then: {{impact: high, urgency: high, queue: network, tags: [outage]}}   # high and high make P1
    tests:
      - given: {{subject: "Mail server is down", from: ann@customer.test}}
        expect: {{priority: P1, queue: network}}
"""
