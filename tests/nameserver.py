"""A name server on loopback that knows what a test told it, and a sender who signs mail with keys made for the test."""

import base64
import hashlib
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import dkim
import dns.exception
import dns.message
import dns.rcode
import dns.rrset

from tests.servers import LOOPBACK

SILENT = "silent"
BROKEN = "broken"


@dataclass
class NameServer:
    """Answers TXT questions. `texts`: by name without a final dot; SILENT answers nothing, BROKEN with SERVFAIL."""

    port: int = 0
    texts: dict[str, list[str] | str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def resolver(self) -> tuple[str, int]:
        return LOOPBACK, self.port

    def answer(self, query: bytes) -> bytes | None:
        question = dns.message.from_wire(query)
        name = question.question[0].name.to_text(omit_final_dot=True)
        self.asked.append(name)
        found = self.texts.get(name)
        answer = dns.message.make_response(question)
        if found == SILENT:
            return None
        if found is None or found == BROKEN:
            answer.set_rcode(dns.rcode.NXDOMAIN if found is None else dns.rcode.SERVFAIL)
        else:
            # One string holds at most 255 characters (RFC 1035 §3.3).
            records = (" ".join(f'"{t[n : n + 255]}"' for n in range(0, len(t) or 1, 255)) for t in found)
            answer.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", "TXT", *records))
        return answer.to_wire()


@contextmanager
def running_name_server() -> Iterator[NameServer]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((LOOPBACK, 0))
        server = NameServer(sock.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(sock, server), daemon=True)
        thread.start()
        yield server
        sock.sendto(b"", (LOOPBACK, server.port))
        thread.join(5)


def _serve(sock: socket.socket, server: NameServer) -> None:
    while True:
        query, client = sock.recvfrom(4096)
        if not query:
            return
        try:
            answer = server.answer(query)
        except dns.exception.DNSException:
            continue
        if answer is not None:
            sock.sendto(answer, client)


@lru_cache
def private_key(bits: int) -> bytes:
    """A key, made once a run."""
    return subprocess.run(["openssl", "genrsa", str(bits)], capture_output=True, check=True).stdout


@lru_cache
def record(bits: int = 2048) -> str:
    """What stands in the DNS for that key (RFC 6376 §3.6.1)."""
    command = ["openssl", "rsa", "-pubout", "-outform", "DER"]
    public = subprocess.run(command, input=private_key(bits), capture_output=True, check=True).stdout
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def signed(raw: bytes, domain: str, bits: int = 2048, **how: Any) -> bytes:
    """The mail with a signature of the domain on top; `how` goes to the library."""
    field_of_head: bytes = dkim.sign(raw, b"key1", domain.encode(), private_key(bits), **how)
    return field_of_head + raw


def signed_by_hand(raw: bytes, domain: str, tags: str) -> bytes:
    """The mail with a signature that the library would not make; `tags` begin with `h=` (RFC 6376 §3.7)."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n"))
    names = tags.partition(";")[0].removeprefix("h=").split(":")
    said = [f"{n.lower()}:{fields[n.title().encode()].decode()}\r\n" for n in names]
    body_hash = base64.b64encode(hashlib.sha256(body.rstrip(b"\r\n") + b"\r\n").digest()).decode()
    value = f"v=1; a=rsa-sha256; c=relaxed/simple; d={domain}; s=key1; {tags}; bh={body_hash}; b="
    data = "".join((*said, f"dkim-signature:{value}")).encode()
    with tempfile.NamedTemporaryFile() as key:
        key.write(private_key(2048))
        key.flush()
        command = ["openssl", "dgst", "-sha256", "-sign", key.name]
        signature = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    return f"DKIM-Signature: {value}{base64.b64encode(signature).decode()}\r\n".encode() + raw
