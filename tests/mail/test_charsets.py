"""Octets to text where the charset named is not the one meant, and encoded words as senders break them."""

import pytest

from maildesk.mail.charsets import decode_text, decode_words

MEANT = {
    "UTF-8 said to be Latin-1": ("iso-8859-1", "Grüße aus Köln".encode(), "Grüße aus Köln"),
    "Latin-1 that one pair would make UTF-8": ("windows-1252", "\u201cCAFÉ\u201d É…".encode("cp1252"), "“CAFÉ” É…"),
    "one pair alone proves nothing": ("windows-1252", "CAFÉ…".encode("cp1252"), "CAFÉ…"),
    "undeclared Latin-1, a few accents": ("", "Grüße aus Köln, mit Text".encode("latin-1"), "Grüße aus Köln, mit Text"),
    "undeclared GBK": ("", "打印机坏了，请帮忙看一下，谢谢".encode("gbk"), "打印机坏了，请帮忙看一下，谢谢"),
    "Hong Kong's characters in Big5": ("big5", "啲嘢壞咗".encode("big5hkscs"), "啲嘢壞咗"),
    "CESU-8": ("utf-8", b"ink \xed\xa0\xbd\xed\xba\xa8 low", "ink 🚨 low"),
    "UTF-16 without mark": ("utf-16", "Grüße".encode("utf-16le"), "Grüße"),
    "UTF-16 without mark, big-endian": ("utf-16", "Grüße".encode("utf-16be"), "Grüße"),
    "8-bit text said to be UTF-16": ("utf-16", b"Hello you!", "Hello you!"),
    "the name of the parameter in its value": ("charset=iso-8859-2", "żółw".encode("iso-8859-2"), "żółw"),
    "Apple's Cyrillic": ("x-mac-cyrillic", "Привет".encode("mac-cyrillic"), "Привет"),
}
WORDS = {
    "cut off in base64": ("=?utf-8?B?Q2Fmw6k", "Café"),
    "cut off in an octet": ("Re: =?utf-8?Q?Caf=C3=A9_no=", "Re: Café no"),
    "cut off in its end": ("=?utf-8?Q?Caf=C3=A9?", "Café"),
    "nothing encoded in it": ("=?utf-8?q?unclosed", "=?utf-8?q?unclosed"),
    "glued to text": ("[#5]=?utf-8?Q?Caf=C3=A9?=!", "[#5]Café!"),
    "blanks inside": ("=?iso-8859-1?Q?Anfrage zu Ger=E4t 5?=", "Anfrage zu Gerät 5"),
    "a character in two words of two encodings": ("=?utf-8?Q?Gr=C3?= =?utf-8?B?vMOfZQ==?=", "Grüße"),
    "decoded once only": ("=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3DC3=3DA9=3F=3D?=", "=?utf-8?Q?a=C3=A9?="),
}


@pytest.mark.parametrize(("declared", "octets", "text"), MEANT.values(), ids=MEANT.keys())
def test_a_text_is_read_as_it_was_meant(declared: str, octets: bytes, text: str):
    assert decode_text(octets, declared)[0] == text


@pytest.mark.parametrize(("value", "text"), WORDS.values(), ids=WORDS.keys())
def test_encoded_words_are_read_as_they_were_meant(value: str, text: str):
    assert decode_words(value) == text
