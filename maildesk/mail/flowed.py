"""Text/plain with format=flowed put back into paragraphs (RFC 3676).

Called by `bodies`. Never joins across a change of quote depth, nor a signature mark.
"""

SIGNATURE_MARK = "-- "


def unflow(text: str, *, delsp: bool = False) -> str:
    """Join flowed lines; `delsp` also deletes the blank that marked the break (RFC 3676 §4.1, §4.4)."""
    paragraphs: list[list[str]] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth, content = _unquoted(line)
        flows = content.endswith(" ") and content != SIGNATURE_MARK
        kept = content[:-1] if flows and delsp else content
        if open_depth == depth and content != SIGNATURE_MARK:
            paragraphs[-1].append(kept)
        else:
            paragraphs.append([">" * depth + (" " if depth and kept else ""), kept])
        open_depth = depth if flows else None
    return "\n".join(map("".join, paragraphs))


def _unquoted(line: str) -> tuple[int, str]:
    content = line.lstrip(">")
    depth = len(line) - len(content)
    # Space-stuffing: one blank after the quote marks is not content (§4.4).
    return depth, content.removeprefix(" ")
