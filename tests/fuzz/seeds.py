"""Inputs to begin with: small mails and values of our own, one for each way into a parser. Used by `targets`."""

import base64
from pathlib import Path

_DATA = Path(__file__).parents[1] / "data"


def _listed(block: str, newline: str = "\n") -> tuple[bytes, ...]:
    """Return the inputs of a block, which stand between lines of five `=`."""
    return tuple(one.strip("\n").replace("\n", newline).encode() + newline.encode() for one in block.split("\n=====\n"))


MAILS = (
    *(path.read_bytes() for path in sorted(_DATA.glob("*.eml"))),
    *_listed(
        r"""
From: Ann <ann@client.test>
To: support@desk.test
Subject: =?utf-8?q?Dr=C3=BCcker?= brennt
Message-ID: <a@client.test>
References: <b@client.test> <c@client.test>
In-Reply-To: <c@client.test>
Date: Mon, 2 Mar 2026 10:00:00 +0100
Content-Type: text/plain; charset=iso-8859-1; format=flowed
Content-Transfer-Encoding: quoted-printable

Es raucht =FC=20
sehr.
--=20
Ann
""",
        newline="\r\n",
    ),
    *_listed(r"""
From: x@y.test
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c

plain
--c
Content-Type: text/html

<p onclick=x>html<img src=http://a.test/x.png></p>
--c--
--b
Content-Type: application/pdf; name*0*=utf-8''%C3%A4; name*1=.pdf
Content-Disposition: attachment; filename="=?utf-8?b?w6Q=?=.pdf"
Content-Transfer-Encoding: base64

JVBERg==
--b
Content-Type: message/rfc822

Subject: inner

body
--b--
=====
From: a@b.test
Subject: uu

hello
begin 644 x.txt
#86)C
`
end
=====
From: a@b.test
Content-Type: text/plain; charset=utf-7

+AOQ-
"""),
    b"",
)
TEXTS = _listed(r"""
It works now, thanks.

On Mon, 2 Mar 2026 at 10:00, Desk <support@desk.test> wrote:
> Does it?
>> It smokes.
=====
Danke!

Von: Desk <support@desk.test>
Gesendet: Montag, 2. März 2026
An: Ann
Betreff: Drucker

alt
=====
-----Original Message-----
From: a
Sent: b
To: c
Subject: d

old
-- 
sig
_______________
Sent from my phone
=====
#close fixed
cause: heat
#note
# heading
text ref:raaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbb
=====
Le lun. 2 mars 2026 à 10:00, Desk a écrit :
> quoi
Enviado desde mi iPhone
こん
=====
---------- Forwarded message ---------
From: a <a@b.test>
Date: x
Subject: y
To: z

body 
> flowed 
> on
""")  # noqa: W291 - the blank at the end of a line is what `-- ` and format=flowed are about
PAGES = _listed(r"""
<p style="display:none">x</p><a href="javascript:alert(1)" onclick=y>z</a><img src="cid:1"><img src=//t.test/p>
=====
<table><tr><td>a<td>b</table><blockquote type=cite>old<br>er</blockquote><script>x</script><style>p{}</style>
=====
<svg><a xlink:href="data:text/html,x">m</a></svg><math><mtext></p><style><img src=x onerror=y>&#0;&#xd800;&amp;lt;
=====
<div class="gmail_quote">On x wrote:<ul><li>a<ol><li>b</ul></div><!--[if mso]>x<![endif]--><o:p>&nbsp;</o:p>
""")
REPORTS = _listed(r"""
Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; a@b.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <a@b.test>: no such user

Original-Recipient: rfc822;c@d.test
Action: delayed
=====
This is the mail system at host mx.test.

<a@b.test>: host x said: 550 5.1.1 unknown user (in reply to RCPT TO command)
=====
Hi. This is the qmail-send program at x.test.

<a@b.test>:
Sorry, no mailbox here by that name. (#5.1.1)
=====
Feedback-Type: abuse
User-Agent: x/1
Version: 1
Original-Rcpt-To: <a@b.test>
Removal-Recipient: a@b.test
""")
CALENDARS = _listed(
    r"""
BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:X
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1@x
SUMMARY:Visit\, short
DTSTART;TZID=X:20260302T100000
DURATION:PT1H
ORGANIZER;CN=Ann:mailto:ann@client.test
ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@c.test
RRULE:FREQ=DAILY;COUNT=3
LOCATION:Here
END:VEVENT
END:VCALENDAR
=====
BEGIN:VCALENDAR
METHOD:REPLY
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20260302
END:VEVENT
END:VCALENDAR
""",
    newline="\r\n",
)
ARMOUR = _listed(r"""
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

hello
- -dash
-----BEGIN PGP SIGNATURE-----

iQ==
-----END PGP SIGNATURE-----
=====
-----BEGIN PGP MESSAGE-----

hQEMA
=abcd
-----END PGP MESSAGE-----
""")
#: CMS (RFC 5652): signed data cut off after its version and digests; data of indefinite length with a mail in it.
SEALS = (
    bytes.fromhex("308006092a864886f70d010702a0803080020101310f300d0609608648016503040201050030"),
    bytes.fromhex("308006092a864886f70d010701a080248004") + b"\x10From: a@b\n\nhello" + bytes(6),
)


def _tnef(*attributes: tuple[int, int, bytes]) -> bytes:
    """Write a winmail.dat: (level, attribute, data)."""
    head = bytes.fromhex("789f3e22") + b"\x01\x00"
    return head + b"".join(
        bytes([level])
        + attribute.to_bytes(4, "little")
        + len(data).to_bytes(4, "little")
        + data
        + (sum(data) & 0xFFFF).to_bytes(2, "little")
        for level, attribute, data in attributes
    )


#: A list of one MAPI property, PidTagBody as a string of 8-bit characters.
_MAPI = bytes.fromhex("010000001e0000100100000006000000") + b"hello\0" + bytes(2)
TNEFS = (
    _tnef(
        (1, 0x00089006, bytes.fromhex("00000100")),
        (1, 0x00069003, _MAPI),
        (2, 0x00069002, bytes(14)),
        (2, 0x00018010, b"file.txt\0"),
        (2, 0x0006800F, b"content"),
    ),
    _tnef((1, 0x00078008, b"IPM.Microsoft Mail.Note\0"), (1, 0x00018004, b"Subject\0")),
)
MAPI = (_MAPI,)
RTF = (
    *_listed(r"""
{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}
{\*\htmltag64 <p>}hello \'e4\par{\*\htmltag72 </p>}}
=====
{\rtf1\ansi\fromtext \uc1 hello\u228?\par\tab x}
"""),
    # Headers of MS-OXRTFCP: stored as it is, and compressed.
    (17).to_bytes(4, "little") + (5).to_bytes(4, "little") + b"MELA" + bytes(4) + b"{\\rtf",
    bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af862d6e00b80209dc0") + bytes(12),
)
VERDICTS = _listed(r"""
mx.desk.test; dmarc=pass header.from=client.test; spf=pass smtp.mailfrom=client.test
=====
mx.desk.test 1; dkim=pass (good) header.d=client.test header.i=@client.test; dmarc=fail (p=none) header.from=x.y
=====
other.test; dmarc=pass header.from=client.test
mx.desk.test; none
=====
mx.desk.test; dmarc=pass header.from=client.test; none
""")
FIELDS = (
    *_listed(r"""
"Ann, of Ames" <ann@client.test>, group: a@b.test, c@d.test;, (comment) e@f.test (g)
=====
=?utf-8?q?=C3=84nn?= <ann@client.test>
 =?iso-2022-jp?b?GyRCJDMbKEI=?= <x@y.test>
=====
Re: AW: [fwd: Fwd: printer] [#1042] [#7][#8]
=====
support+raaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbb@desk.test <md.raaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb@desk.test>
"""),
    base64.b64encode(b"\x01" + bytes(5) + bytes(range(1, 17)) + bytes(5)),
)
FRAMES = (
    b'\x00\x00\x00\x1b{"message":null,"failure":""}'[: 4 + 27],
    b'\x00\x00\x00\x29{"message":null,"failure":"cannot be read"}',
    b"f\x00\x00\x00\x05hello",
)
CONFIGS = _listed(r"""
queues: {general: {level: 1, escalates_to: network}, network: {level: 2}}
technicians:
  - {email: a@b.test, name: A, queues: [general]}
sla: {P1: {first_response: 15m, hours: always}}
hours: {mon: [09:00-17:00]}
=====
rules:
  - name: Outage
    when:
      subject: {matches: '(server|network)\b.*\bdown'}
      all: [{from: a}]
    then: {impact: high, tags: [outage], notify: [x@y.test]}
=====
database: sqlite:///x
mailboxes:
  - {name: support, address: a@b.test, imap: &i {host: h, port: 143}}
smtp: *i
=====
a: &a [1, *b]
b: !!python/object:os.system x
<<: {c: d}
? [k]
: v
--- |
 x
""")
