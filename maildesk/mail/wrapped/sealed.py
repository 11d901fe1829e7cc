"""Signed and encrypted mail recognised, and what is only wrapped made readable: S/MIME (RFC 8551), OpenPGP (RFC 3156).

Called by `wrapped` before the body is chosen. Nothing is verified and nothing is decrypted here: `protection` says what
a mail looks like, never that a signature is good. Every sealed part and signature stays with the mail, byte for byte.
"""

import re
from base64 import b64decode
from dataclasses import dataclass, field

from asn1crypto import cms

from maildesk.mail import budgets
from maildesk.mail.attachments import find_name
from maildesk.mail.tree import Part, children, leaves, parse_tree
from maildesk.mail.wrapped.grafts import file_part, is_alone, replace_with, with_content
from maildesk.model.message import Protection

OPENPGP, SMIME = "openpgp", "s/mime"
_SHOWN = {OPENPGP: "OpenPGP", SMIME: "S/MIME"}
_SMIME_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SMIME_NAMES = re.compile(r"smime\.p7[mz]?|", re.IGNORECASE)
_SIGNATURES = {
    "application/pgp-signature": OPENPGP, "application/pkcs7-signature": SMIME, "application/x-pkcs7-signature": SMIME,
}  # fmt: skip
_FIELD = re.compile(rb"\s{0,20}[!-9;-~]{1,80}[ \t]*:")
_BEGIN_SIGNED, _BEGIN_SIGNATURE = b"-----BEGIN PGP SIGNED MESSAGE-----", b"-----BEGIN PGP SIGNATURE-----"
_END_SIGNATURE = b"-----END PGP SIGNATURE-----"
_BEGIN_MESSAGE, _END_MESSAGE = b"-----BEGIN PGP MESSAGE-----", b"-----END PGP MESSAGE-----"
_SIGNED_FIELDS = (b"Hash: ", b"Charset: ", b"NotDashEscaped: ", b"Comment: ", b"Version: ")
_ARMOUR = re.compile(rb"(?:[A-Za-z0-9+/=]{1,200}|[A-Z][A-Za-z-]{1,30}: [^\r\n]{0,200})?\s*")


@dataclass(slots=True)
class Seals:
    """What was found: how the mail is protected, and sentences for people."""

    protection: Protection | None = None
    problems: list[str] = field(default_factory=list)

    def note(self, scheme: str, *, signed: bool = False, encrypted: bool = False) -> None:
        """Add one seal; the outermost names the scheme."""
        known = self.protection or Protection(scheme, signed=False, encrypted=False)
        self.protection = Protection(known.scheme, known.signed or signed, known.encrypted or encrypted)
        if encrypted:
            self.problems.append(unreadable(scheme))


def unreadable(scheme: str) -> str:
    """Say that a mail is encrypted, for everybody who would else see it empty."""
    return f"This mail is encrypted ({_SHOWN[scheme]}); the desk cannot read it. The sealed part is attached."


def open_seals(root: Part) -> Seals:
    """Find the seals of a mail and put what is signed but wrapped into the part tree, beside its wrapping."""
    seals = Seals()
    _note_multiparts(root, seals)
    seen: list[Part] = []
    while len(seen) < budgets.SEALS and (part := _find_smime(root, seen)):
        seen += (part, *_open_smime(part, seals))
    for leaf in tuple(leaves(root)):
        if leaf.get_content_type() == "text/plain" and leaf.get_content_disposition() != "attachment":
            _open_armour(leaf, seals)
    return seals


def _note_multiparts(root: Part, seals: Seals) -> None:
    waiting = [root]
    while waiting:
        part = waiting.pop()
        inner = children(part) if part.get_content_maintype() == "multipart" else ()
        kinds = [child.get_content_type() for child in inner]
        # QUIRK: Exchange makes multipart/mixed of multipart/encrypted; the control part still tells.
        if "application/pgp-encrypted" in kinds[:2]:
            seals.note(OPENPGP, encrypted=True)
        elif part.get_content_type() == "multipart/signed":
            named = str(part.get_param("protocol") or "").strip().lower()
            signature = next((kind for kind in kinds[1:] if kind in _SIGNATURES), named)
            seals.note(_SIGNATURES.get(signature, OPENPGP), signed=True)
        waiting.extend(reversed(inner))


def _find_smime(root: Part, seen: list[Part]) -> Part | None:
    known = frozenset(map(id, seen))
    return next((part for part in leaves(root) if id(part) not in known and _is_smime(part, root)), None)


def _is_smime(part: Part, root: Part) -> bool:
    """Tell whether a part is the sealed mail itself; a signed document that somebody attached is not."""
    name = find_name(part)
    if part.get_content_type() in _SMIME_TYPES:
        meant = bool(part.get_param("smime-type")) or part.get_content_disposition() != "attachment"
        return is_alone(part, root) or (meant and bool(_SMIME_NAMES.fullmatch(name)))
    # QUIRK: gateways that know no S/MIME make it application/octet-stream; the name is what is left.
    return (
        part.get_content_type() == "application/octet-stream" and name.lower() == "smime.p7m" and is_alone(part, root)
    )


def _open_smime(part: Part, seals: Seals) -> tuple[Part, ...]:
    """Note an S/MIME part and put the mail that is signed inside it into the tree; returns the wrapping's new place."""
    octets = part.octets()
    kind, content = _read_cms(octets)
    kind = kind or str(part.get_param("smime-type") or "").strip().lower().replace("-", "_")
    if kind in ("enveloped_data", "authenticated_enveloped_data", "authenveloped_data", "encrypted_data"):
        seals.note(SMIME, encrypted=True)
    if kind != "signed_data":
        return ()
    seals.note(SMIME, signed=True)
    if not _FIELD.match(content):
        seals.problems.append("no readable mail was found in the signed part (S/MIME); it is attached as it came")
        return ()
    inner, problems = parse_tree(content)
    seals.problems.extend(problems)
    sealed = with_content(part, octets)
    if sealed.get_content_type() not in _SMIME_TYPES:
        sealed.set_type(_SMIME_TYPES[0])
    sealed.set_param("smime-type", "signed-data")
    if not find_name(sealed):
        sealed.set_param("name", "smime.p7m")
    replace_with(part, "mixed", (inner, sealed))
    return (sealed,)


def _read_cms(octets: bytes) -> tuple[str, bytes]:
    """Return the kind of a CMS object (RFC 5652) and, of a signed one, its content; empty for what is none."""
    if octets[:1] != b"\x30":
        # QUIRK: base64 that no transfer encoding tells of, with or without PEM lines.
        try:
            octets = b64decode(re.sub(rb"-----[A-Z0-9 ]{1,40}-----", b"", octets))
        except ValueError:
            return "", b""
    try:
        found = cms.ContentInfo.load(octets)
        kind = str(found["content_type"].native)
        content = found["content"]["encap_content_info"]["content"].native if kind == "signed_data" else b""
    # Whatever the library trips over, the part is kept as it came.
    except (ValueError, TypeError, KeyError, AttributeError, LookupError, OverflowError, RecursionError):
        return "", b""
    return kind, content if isinstance(content, bytes) else b""


def _open_armour(part: Part, seals: Seals) -> None:
    """Take the armour lines of inline OpenPGP (RFC 9580 §6.2, §7) out of a text; what is encrypted becomes a file."""
    octets = part.octets()
    if _BEGIN_MESSAGE not in octets and _BEGIN_SIGNED not in octets:
        return
    lines = octets.splitlines(keepends=True)
    kept: list[bytes] = []
    sealed: list[bytes] = []
    at = 0
    while at < len(lines):
        match lines[at].rstrip():
            case b"-----BEGIN PGP MESSAGE-----" if end := _armour_end(lines, at, _END_MESSAGE):
                sealed.append(b"".join(lines[at:end]))
                seals.note(OPENPGP, encrypted=True)
                kept.append(unreadable(OPENPGP).encode() + b"\n")
            case b"-----BEGIN PGP SIGNED MESSAGE-----" if found := _signed_text(lines, at):
                text, end = found
                seals.note(OPENPGP, signed=True)
                kept.extend(text)
            case _:
                end = at + 1
                kept.append(lines[at])
        at = end
    if seals.protection:
        files = [file_part("encrypted.asc", "application/octet-stream", armour) for armour in sealed]
        replace_with(part, "mixed", (with_content(part, b"".join(kept)), *files))


def _armour_end(lines: list[bytes], begin: int, last: bytes) -> int:
    """Return the line behind an armour, or 0 when it does not end or has anything but armour in it."""
    for at in range(begin + 1, len(lines)):
        if lines[at].rstrip() == last:
            return at + 1
        if not _ARMOUR.fullmatch(lines[at]):
            return 0
    return 0


def _signed_text(lines: list[bytes], begin: int) -> tuple[list[bytes], int] | None:
    """Return the lines a cleartext signature is for, dash-escapes undone, and the line behind the signature."""
    at = begin + 1
    while at < len(lines) and lines[at].startswith(_SIGNED_FIELDS):
        at += 1
    at += at < len(lines) and not lines[at].strip()
    text: list[bytes] = []
    for here in range(at, len(lines)):
        bare = lines[here].rstrip()
        if bare == _BEGIN_SIGNATURE:
            end = _armour_end(lines, here, _END_SIGNATURE)
            return (text, end) if end else None
        if bare == _BEGIN_SIGNED:
            return None
        text.append(lines[here].removeprefix(b"- "))
    return None
