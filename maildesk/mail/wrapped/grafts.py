"""Parts put into a part tree that the mail holds only wrapped in another part: winmail.dat, a sealed inner mail.

Called by `tnef` and `sealed`, before the body is chosen, so that what was wrapped is then read like everything else.
Never touches the bytes of the mail: the raw mail, and where it is kept the wrapping part, stay exact.
"""

from collections.abc import Iterable
from email.message import Message

from maildesk.mail.tree import Part, children

_MIME_FIELDS = ("content-type", "content-transfer-encoding", "content-disposition", "content-id", "content-location")


class _Grafted(Part):
    """A leaf whose decoded content is at hand."""

    content: bytes = b""

    @property
    def wire(self) -> str:
        """The content as a 7-bit text, its other octets as surrogates."""
        return "" if self.is_multipart() else self.content.decode("ascii", "surrogateescape")

    def octets(self) -> bytes:
        """Return the content."""
        return self.content

    def get_content_type(self) -> str:
        """Return the media type; nothing is hidden, because no parser is at work here."""
        return Message.get_content_type(self)


def text_part(subtype: str, octets: bytes, charset: str) -> Part:
    """Make a nameless text part."""
    part = _Grafted()
    part["Content-Type"] = f'text/{subtype}; charset="{charset}"'
    part.content = octets
    return part


def file_part(name: str, content_type: str, octets: bytes, content_id: str = "") -> Part:
    """Make an attached file. `name` may be anything but is not empty; `content_id` comes without brackets."""
    part = _Grafted()
    part["Content-Type"] = content_type
    part.add_header(
        "Content-Disposition", "attachment", filename=("utf-8", "", name.encode("utf-8", "replace").decode())
    )
    if content_id:
        part["Content-ID"] = f"<{content_id}>"
    part.content = octets
    return part


def with_content(part: Part, octets: bytes) -> Part:
    """Return a leaf with the type, name and place of another and different content."""
    made = _Grafted()
    for name in _MIME_FIELDS:
        if name != "content-transfer-encoding" and name in part:
            made[name] = str(part[name])
    made.content = octets
    return made


def multipart(subtype: str, parts: Iterable[Part]) -> Part:
    """Make a multipart of parts."""
    part = _Grafted()
    replace_with(part, subtype, parts)
    return part


def replace_with(part: Part, subtype: str, parts: Iterable[Part]) -> None:
    """Turn a leaf in place into a multipart of other parts; at the root the fields that are not MIME's stay."""
    for name in _MIME_FIELDS:
        del part[name]
    part.flat = False
    part["Content-Type"] = f"multipart/{subtype}"
    part.set_payload(list(parts))


def is_alone(part: Part, root: Part) -> bool:
    """Tell whether a leaf is the whole mail, or is in multiparts that hold nothing else."""
    within = root
    while within is not part:
        inner = children(within)
        if len(inner) != 1:
            return False
        within = inner[0]
    return True
