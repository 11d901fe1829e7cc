"""Signed and encrypted mail: recognised, readable where it is only wrapped, never shown empty, never lost."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail.parse import ParsedMail, parse_message
from maildesk.model.message import Protection

PGP_SIGNED = Protection("openpgp", signed=True, encrypted=False)
PGP_SEALED = Protection("openpgp", signed=False, encrypted=True)
SMIME_SIGNED = Protection("s/mime", signed=True, encrypted=False)
SMIME_SEALED = Protection("s/mime", signed=False, encrypted=True)
PGP_WORDS = "This mail is encrypted (OpenPGP); the desk cannot read it. The sealed part is attached."
SMIME_WORDS = "This mail is encrypted (S/MIME); the desk cannot read it. The sealed part is attached."
DATA, SIGNED, ENVELOPED = (bytes.fromhex(f"06092a864886f70d01070{n}") for n in (1, 2, 3))
INNER = b"Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nIt smokes.\r\n--i\r\nContent-Type: text/csv; name=a.csv\r\n\r\n1,2\r\n--i--\r\n"  # noqa: E501


def der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x84" + size.to_bytes(4, "big")
    return bytes([tag]) + length + content


def ber(tag: int, *contents: bytes) -> bytes:
    """Of indefinite length, as programs write it that sign while they read."""
    return bytes([tag]) + b"\x80" + b"".join(contents) + b"\0\0"


def signed_data(content: bytes) -> bytes:
    wrapped = der(0x30, DATA, der(0xA0, der(0x04, content)))
    return der(0x30, SIGNED, der(0xA0, der(0x30, b"\2\1\1", der(0x31), wrapped, der(0x31))))


def streamed_data(content: bytes) -> bytes:
    pieces = (der(0x04, content[i : i + 10]) for i in range(0, len(content), 10))
    wrapped = ber(0x30, DATA, ber(0xA0, ber(0x24, *pieces)))
    return ber(0x30, SIGNED, ber(0xA0, ber(0x30, b"\2\1\1", der(0x31), wrapped, der(0x31))))


def enveloped_data() -> bytes:
    return der(0x30, ENVELOPED, der(0xA0, der(0x30, b"\2\1\0", der(0x31), der(0x30, DATA))))


def opaque(
    octets: bytes, content_type: str = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"
) -> ParsedMail:
    head = f"From: ann@x.test\r\nMIME-Version: 1.0\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: base64"
    return parse_message(head.encode() + b"\r\n\r\n" + base64.encodebytes(octets))


def multipart(kind: str, *parts: tuple[str, bytes]) -> ParsedMail:
    raw = f"From: ann@x.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary=b\r\n\r\n".encode()
    for content_type, body in parts:
        raw += f"--b\r\nContent-Type: {content_type}\r\n\r\n".encode() + body + b"\r\n"
    return parse_message(raw + b"--b--\r\n")


def files(parsed: ParsedMail) -> list[tuple[str, bool]]:
    return [(attachment.filename, attachment.inline) for attachment in parsed.message.attachments]


SIGNED_PARTS = [
    ("signed; protocol=\"application/pgp-signature\"", "application/pgp-signature; name=signature.asc", PGP_SIGNED),
    ("signed; protocol=\"application/pkcs7-signature\"", "application/pkcs7-signature; name=smime.p7s", SMIME_SIGNED),
    ("signed", "application/x-pkcs7-signature; name=smime.p7s", SMIME_SIGNED),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "signature", "protection"), SIGNED_PARTS[:3])
def test_a_signature_beside_the_text_is_kept_but_no_file_of_the_sender(
    kind: str, signature: str, protection: Protection
):
    parsed = multipart(kind, ("text/plain", b"It smokes."), (signature, b"\1sig"))

    assert parsed.message.protection == protection
    assert parsed.message.text == "It smokes."
    assert [inline for _, inline in files(parsed)] == [True]
    assert parsed.parts == (b"\1sig",)


@pytest.mark.parametrize(
    ("kind", "parts", "protection", "words"),
    [
        (
            'encrypted; protocol="application/pgp-encrypted"',
            [("application/pgp-encrypted", b"Version: 1"), ("application/octet-stream; name=encrypted.asc", b"XX")],
            PGP_SEALED, PGP_WORDS,
        ),
        (
            "mixed",  # as Exchange passes it on
            [("application/pgp-encrypted", b"Version: 1"), ("application/octet-stream; name=encrypted.asc", b"XX")],
            PGP_SEALED, PGP_WORDS,
        ),
        (
            'signed; protocol="application/pkcs7-signature"',
            [("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b"XX"),
             ("application/pkcs7-signature; name=smime.p7s", b"S")],
            Protection("s/mime", signed=True, encrypted=True), SMIME_WORDS,
        ),
    ],
)  # fmt: skip
def test_an_encrypted_mail_says_so(kind: str, parts: list, protection: Protection, words: str):
    parsed = multipart(kind, *parts)

    assert parsed.message.protection == protection
    assert parsed.message.text == words
    assert words in parsed.message.problems
    assert parsed.parts == tuple(body for _, body in parts)


@pytest.mark.parametrize("wrap", [signed_data, streamed_data])
@pytest.mark.parametrize(
    "content_type",
    [
        "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        "application/x-pkcs7-mime",
        "application/octet-stream; name=smime.p7m",
    ],
)
def test_a_mail_wrapped_in_its_signature_is_read(wrap, content_type: str):  # type: ignore[no-untyped-def]
    sealed = wrap(INNER)
    parsed = opaque(sealed, content_type)

    assert parsed.message.protection == SMIME_SIGNED
    assert parsed.message.text == "It smokes."
    assert files(parsed) == [("a.csv", False), ("smime.p7m", True)]
    assert parsed.parts == (b"1,2", sealed)


def test_seals_within_seals_are_opened():
    inner = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    twice = signed_data(inner + base64.encodebytes(signed_data(INNER)))
    assert opaque(twice).message.text == "It smokes."
    sealed = (
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    both = opaque(signed_data(sealed + base64.encodebytes(enveloped_data()))).message
    assert (both.protection, both.text) == (Protection("s/mime", signed=True, encrypted=True), SMIME_WORDS)


@pytest.mark.parametrize(
    "content_type", ["application/pkcs7-mime", "application/pkcs7-mime; smime-type=enveloped-data"]
)
def test_an_enveloped_mail_is_recognised_by_its_content_too(content_type: str):
    parsed = opaque(enveloped_data(), content_type)
    assert (parsed.message.protection, parsed.message.text) == (SMIME_SEALED, SMIME_WORDS)


NOT_SEALS = [
    ("application/pkcs7-mime; name=contract.pdf.p7m", signed_data(b"%PDF-1.4")),
    ("application/octet-stream; name=contract.pdf.p7m", signed_data(INNER)),
    ("application/pgp-keys; name=key.asc", b"-----BEGIN PGP PUBLIC KEY BLOCK-----"),
    ("application/octet-stream; name=list.pgp", b"XX"),
]


@pytest.mark.parametrize(("content_type", "octets"), NOT_SEALS)
def test_a_sealed_document_that_is_attached_seals_no_mail(content_type: str, octets: bytes):
    name = content_type.rpartition("=")[2]
    encoded = (
        f'{content_type}\r\nContent-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64'
    )
    parsed = multipart("mixed", ("text/plain", b"See there."), (encoded, base64.encodebytes(octets)))

    assert parsed.message.protection is None
    assert (parsed.message.text, files(parsed)) == ("See there.", [(name, False)])
    assert parsed.parts == (octets,)


BROKEN = [b"", b"\x30", b"0\x80", b"\x30\x84\xff\xff\xff\xff", signed_data(INNER)[:60], b"0" * 500, b"no ASN.1"]


@pytest.mark.parametrize("octets", BROKEN)
def test_a_broken_seal_is_kept_as_it_came(octets: bytes):
    parsed = opaque(octets)
    assert parsed.parts == (octets,)
    assert parsed.message.protection == SMIME_SIGNED


def inline(text: str) -> ParsedMail:
    return parse_message(f"From: ann@x.test\nContent-Type: text/plain; charset=utf-8\n\n{text}".encode())


SIGNATURE = "-----BEGIN PGP SIGNATURE-----\nVersion: GnuPG v2\n\niQEzBAEBCAAd\n=abcd\n-----END PGP SIGNATURE-----\n"
ARMOUR = "-----BEGIN PGP MESSAGE-----\nCharset: utf-8\n\nhQEMA1/+ab==\n=abcd\n-----END PGP MESSAGE-----\n"
BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----\n"
INLINE = [
    (f"{BEGIN}Hash: SHA256\n\nGrüße\n- -- \nAnn\n{SIGNATURE}", "Grüße\n-- \nAnn", PGP_SIGNED),
    (f"Above\n{BEGIN}Hash: SHA1\n\nIn\n{SIGNATURE}Below", "Above\nIn\nBelow", PGP_SIGNED),
    (ARMOUR, PGP_WORDS, PGP_SEALED),
    ("Hello\n\n" + ARMOUR + "Bye", f"Hello\n\n{PGP_WORDS}\nBye", PGP_SEALED),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown", "protection"), INLINE)
def test_armour_in_the_text_is_taken_off(text: str, shown: str, protection: Protection):
    parsed = inline(text)
    assert (parsed.message.text, parsed.message.protection) == (shown, protection)
    assert [part.decode() for part in parsed.parts] == ([ARMOUR] if protection.encrypted else [])


LEFT_ALONE = [
    "> -----BEGIN PGP MESSAGE-----\n> hQEMA==\n> -----END PGP MESSAGE-----",
    "What does -----BEGIN PGP MESSAGE----- mean?",
    "-----BEGIN PGP MESSAGE-----\n\nhQEMA==\nand here I stopped",
    "-----BEGIN PGP MESSAGE-----\nThis is not armour at all, it is my question.\n-----END PGP MESSAGE-----",
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nnever signed",
    "-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n-----BEGIN PGP SIGNATURE-----\nthese are words, kept\n",
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF==\n-----END PGP PUBLIC KEY BLOCK-----",
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_words_are_never_taken_for_armour(text: str):
    parsed = inline(text)
    assert (parsed.message.text, parsed.message.protection) == (text.strip("\n"), None)


@given(st.binary(max_size=300), st.integers(0, 200))
def test_any_bytes_give_a_mail(noise: bytes, at: int):
    sealed = signed_data(INNER)
    opaque(sealed[:at] + noise + sealed[at + len(noise) :])
    inline(INLINE[0][0][:at] + noise.decode("latin-1") + ARMOUR)
