"""What this project leans on in `asn1crypto`: the content of a signed CMS object, and its errors on anything else."""

import time

import pytest
from asn1crypto import cms

SIGNED_HEAD = bytes.fromhex(
    "308006092a864886f70d010702a0803080020101310030800609 2a864886f70d010701a0802480".replace(" ", "")
)
TAIL = b"\0\0" * 3 + b"\x31\x00" + b"\0\0" * 3


def test_content_in_pieces_of_indefinite_length_is_joined():
    found = cms.ContentInfo.load(SIGNED_HEAD + b"\x04\x03abc" + b"\x04\x02de" + TAIL)
    assert found["content_type"].native == "signed_data"
    assert found["content"]["encap_content_info"]["content"].native == b"abcde"


@pytest.mark.parametrize(
    "octets", [b"", b"\x30", b"0\x80", b"\x30\x84\xff\xff\xff\xff", b"\0" * 100, b"\x30\x80" * 100_000]
)
def test_what_is_no_object_is_a_value_error(octets: bytes):
    began = time.process_time()
    with pytest.raises(ValueError):
        cms.ContentInfo.load(octets)["content_type"].native  # noqa: B018
    assert time.process_time() - began < 1
