"""Mails made to hurt whoever reads them: small to write down, large to take apart.

Read by the parser's tests and by the run through a real mailbox.
"""

from collections.abc import Callable, Iterable

HEAD = b"From: Ann <ann@x.test>\r\nTo: support@example.test\r\nMIME-Version: 1.0\r\n"


def text(body: bytes, content_type: bytes = b"text/plain", more: bytes = b"") -> bytes:
    """A mail of one part."""
    return HEAD + b"Content-Type: " + content_type + b"\r\n" + more + b"\r\n" + body


def field(name: bytes, value: bytes) -> bytes:
    """A mail with one field that is not as it should be."""
    return HEAD + name + b": " + value + b"\r\n\r\nbody\r\n"


def multipart(parts: Iterable[bytes], subtype: bytes = b"mixed", boundary: bytes = b"b") -> bytes:
    """A mail of many parts; each is given with its own header."""
    inner = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    opening = HEAD + b"Content-Type: multipart/" + subtype + b"; boundary=" + boundary + b"\r\n\r\n"
    return opening + inner + b"--" + boundary + b"--\r\n"


def nested(depth: int, tail: bytes = b"x") -> bytes:
    """Multiparts in multiparts that never end."""
    opening = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return HEAD + b"".join(opening) + b"\r\n" + tail


def _charset(name: bytes) -> bytes:
    return text(b"k\xe4se \xff\x1b$B uryyb +AGE-\r\n", b'text/plain; charset="' + name + b'"')


def _report(groups: int) -> bytes:
    status = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
    group = b"Final-Recipient: rfc822; u@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    return multipart([b"\r\nfailed", status + group * groups], b"report; report-type=delivery-status")


_CONTINUATIONS = b"Content-Disposition: attachment" + b"".join(b"; filename*%d*=x" % n for n in range(10_000))
_CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n%s\r\nEND:VCALENDAR\r\n"
_EVENT = b"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260101T100000Z\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\n"
_TNEF_HEAD = b"\x78\x9f\x3e\x22\x01\x00"
_SIGNED = b"signed; protocol=application/pkcs7-signature"

BOMBS: dict[str, Callable[[], bytes]] = {
    # Parts
    "10,000 parts": lambda: multipart([b"\r\nx"] * 10_000),
    "100,000 parts": lambda: multipart([b"\r\nx"] * 100_000),
    "10,000 attachments": lambda: multipart([b"Content-Type: image/png; name=x.png\r\n\r\nx"] * 10_000),
    "1,000 nested multiparts": lambda: nested(1_000),
    "10,000 nested multiparts": lambda: nested(10_000),
    "400 nested multiparts before many lines": lambda: nested(400, b"x\r\n" * 200_000),
    "1,000 nested mails": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 1_000,
    "alternatives without end": lambda: multipart([b"Content-Type: text/html\r\n\r\n<p>x"] * 5_000, b"alternative"),
    "a boundary of 60,000 characters": lambda: multipart([b"\r\nx"] * 50, boundary=b"b" * 60_000),
    "an empty boundary": lambda: multipart([b"\r\nx"] * 100, boundary=b'""'),
    "no boundary at all": lambda: HEAD + b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
    "two boundaries": lambda: multipart([b"\r\nx"], boundary=b"b; boundary=c"),
    "an unterminated boundary": lambda: multipart([b"\r\nx"])[:-7],
    "message/partial": lambda: text(b"x", b'message/partial; id="1"; number=1; total=999999'),
    "message/external-body": lambda: text(b"\r\n", b'message/external-body; access-type=URL; URL="http://x.test/"'),
    # Header
    "1 MB in one field": lambda: field(b"X-A", b"a" * 1_000_000),
    "100,000 fields": lambda: HEAD + b"X-A: b\r\n" * 100_000 + b"\r\nb",
    "20,000 names of fields": lambda: HEAD + b"".join(b"X-%d: b\r\n" % n for n in range(20_000)) + b"\r\nb",
    "a subject folded 100,000 times": lambda: field(b"Subject", b"a" + b"\r\n b" * 100_000),
    "lines without a colon": lambda: HEAD + b"nothing here\r\n" * 10_000 + b"Subject: s\r\n\r\nb",
    "blanks before the colon": lambda: b"From" + b" " * 200_000 + b": ann@x.test\r\n\r\nb",
    "100,000 recipients": lambda: field(b"Cc", b", ".join(b"u%d@x.test" % n for n in range(100_000))),
    "900 recipient fields": lambda: HEAD + b"Cc: b@x.test, c@x.test\r\n" * 900 + b"\r\nb",
    "50,000 quoted words as recipient": lambda: field(b"Cc", b'"a" ' * 50_000),
    "20,000 open comments": lambda: field(b"Cc", b"(" * 20_000),
    "20,001 quotes in From": lambda: b"From: " + b'"' * 20_001 + b" <ann@x.test>\r\n\r\nb",
    "100,000 references": lambda: field(b"References", b" ".join(b"<%d@x.test>" % n for n in range(100_000))),
    "open angles as id": lambda: field(b"In-Reply-To", b"<" * 60_000),
    "20,000 encoded words": lambda: field(b"Subject", b"=?utf-8?q?ab?= " * 20_000),
    "50,000 unterminated encoded words": lambda: field(b"Subject", b"=?" * 50_000),
    "an encoded newline": lambda: field(b"Subject", b"=?utf-8?q?a=0D=0ABcc:_x@y.test?="),
    "NUL in a field": lambda: field(b"Subject", b"a\x00b"),
    "the year one million": lambda: field(b"Date", b"Mon, 1 Jan 1000000 00:00:00 -9999"),
    "1 MB of date": lambda: field(b"Date", b"(" * 1_000_000),
    "1,000 hops": lambda: HEAD + b"Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\r\n" * 1_000 + b"\r\nb",
    "fields named like attributes": lambda: HEAD + b"body: x\r\nattachments: y\r\nmail: z\r\nmessage: w\r\n\r\nb",
    "authentication results without end": lambda: field(b"Authentication-Results", b"mx.example.test; " * 20_000),
    "a thread index of 1 MB": lambda: field(b"Thread-Index", b"QUFB" * 250_000),
    # Parameters and names
    "50,000 parameters": lambda: text(b"x", b"text/plain" + b"; a=b" * 50_000),
    "2,000 parameters in each of 490 parts": lambda: multipart(
        [b"Content-Type: text/plain" + b"; a=b" * 2_000 + b"\r\n\r\nx"] * 490
    ),
    "10,000 pieces of a file name": lambda: multipart([_CONTINUATIONS + b"\r\n\r\nx"]),
    "40 pieces in each of 400 names": lambda: multipart([_CONTINUATIONS[:600] + b"\r\n\r\nx"] * 400),
    "a file name of 1 MB": lambda: multipart(
        [b'Content-Disposition: attachment; filename="' + b"n" * 60_000 + b'"\r\n\r\nx'] * 10
    ),
    "a name that climbs": lambda: multipart(
        [b'Content-Disposition: attachment; filename="..\\../../etc/passwd\x00.png"\r\n\r\nx']
    ),
    # Charsets and transfer encodings
    "charset with NUL": lambda: _charset(b"utf\x008"),
    "charset x-nope": lambda: _charset(b"x-nope"),
    "charset rot13": lambda: _charset(b"rot13"),
    "charset zlib_codec": lambda: _charset(b"zlib_codec"),
    "charset idna": lambda: _charset(b"idna"),
    "charset unicode_escape": lambda: _charset(b"unicode_escape"),
    "charset utf-7": lambda: _charset(b"utf-7"),
    "escapes of ISO-2022": lambda: text(b"\x1b$B" * 50_000, b"text/plain; charset=iso-2022-jp"),
    "8-bit octets without charset": lambda: text(b"\xe4\xf6\xfc \xff" * 500_000),
    "overlong UTF-8 and surrogates": lambda: text(b"\xc0\xaf\xed\xa0\x80" * 50_000, b"text/plain; charset=utf-8"),
    "control characters": lambda: text(bytes(range(32)) * 20_000),
    "bad base64": lambda: text(b"!!!!" * 1_000_000, more=b"Content-Transfer-Encoding: base64\r\n"),
    "bad quoted-printable": lambda: text(
        b"=ZZ=\r\n=" * 300_000, more=b"Content-Transfer-Encoding: quoted-printable\r\n"
    ),
    "uuencode without end": lambda: text(
        b"begin 644 x\r\n" + b"M" * 2_000_000, more=b"Content-Transfer-Encoding: x-uuencode\r\n"
    ),
    "unknown transfer encoding": lambda: text(b"x", more=b"Content-Transfer-Encoding: x-nope\r\n"),
    "nothing but CR": lambda: HEAD.replace(b"\r\n", b"\r") + b"\r" + b"x\r" * 500_000,
    # Bodies
    "20 MB of text": lambda: text(b"hello world\r\n" * 1_550_000),
    "20 MB of flowed text": lambda: text(b"hello world \r\n" * 1_450_000, b"text/plain; format=flowed; delsp=yes"),
    "20 MB of HTML": lambda: text(b"<p>hello</p>" * 1_750_000, b"text/html"),
    "20 MB of attachment": lambda: multipart(
        [
            b"Content-Type: application/zip; name=x.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + b"QUJD" * 5_000_000
        ]
    ),
    "40,000 open divs": lambda: text(b"<div>" * 40_000, b"text/html"),
    "half-open declarations": lambda: text(b"<![<![" * 50_000, b"text/html"),
    "30,000 links": lambda: text(b'<a href="http://x.test/">x</a>' * 30_000, b"text/html"),
    "100,000 entities": lambda: text(b"&amp;" * 100_000, b"text/html"),
    "blanks before a line's end": lambda: text(b" " * 200_000 + b"x"),
    "lines that begin an attribution": lambda: text(b"On 1.1.2020 a@b.test wrote \r\n" * 20_000),
    "quote marks": lambda: text(b">" * 100_000 + b"\r\n" + b">\r\n" * 50_000),
    "tokens without end": lambda: text(b"ref:r" + b"a" * 200_000),
    "commands without end": lambda: text(b"#close\r\n" * 30_000),
    # Formats
    "a report of 20,000 recipients": lambda: _report(20_000),
    "a calendar of 20,000 events": lambda: text(_CALENDAR % (_EVENT * 20_000), b"text/calendar; method=REQUEST"),
    "a calendar line of 1 MB": lambda: text(_CALENDAR % (b"SUMMARY:" + b"x" * 1_000_000), b"text/calendar"),
    "calendar components in components": lambda: text(_CALENDAR % (b"BEGIN:VEVENT\r\n" * 20_000), b"text/calendar"),
    "a winmail.dat that lies about lengths": lambda: text(
        _TNEF_HEAD + b"\x02\x0f\x80\x06\x00\xff\xff\xff\x7f" * 20_000, b"application/ms-tnef; name=winmail.dat"
    ),
    "a signature of 1 MB": lambda: multipart(
        [b"\r\nx", b"Content-Type: application/pkcs7-signature\r\n\r\n" + b"\x30\x80" * 500_000], _SIGNED
    ),
    "armour that never ends": lambda: text(b"-----BEGIN PGP MESSAGE-----\r\n" * 20_000),
    # Nothing
    "nothing but a line end": lambda: b"\r\n",
    "nothing but a header": lambda: b"From: ann@x.test",
    "no header": lambda: b"\r\n\r\njust text\r\n",
}
