"""Message identifiers out of header fields (RFC 5322 §3.6.4).

Called by `parse` and `minimal`. An id comes from outside: it is compared and stored, never put into a command.
"""

import re

from maildesk.mail import budgets

_TOKEN = re.compile(r"<([^<>]{1,1000})>")
_BLANKS = re.compile(r"\s+")
_BARE = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+")


def find_message_id(values: tuple[str, ...]) -> str | None:
    """Return the id of a mail with its angle brackets, or None when it has none that can be used."""
    for value in values:
        if found := parse_ids(value):
            return found[0]
        # QUIRK: ids without brackets, from scripts.
        bare = value.strip()
        if _BARE.fullmatch(bare) and _is_usable(bare):
            return f"<{bare}>"
    return None


def parse_ids(value: str) -> tuple[str, ...]:
    """Return the `<…>` tokens of a References or In-Reply-To value, oldest first, the middle of a long list left out.

    Phrases between them (RFC 822 allowed these) are ignored, repeats dropped.
    """
    # QUIRK: some servers fold inside an id; the blanks that leaves are no part of it.
    found = (_BLANKS.sub("", token) for token in _TOKEN.findall(value))
    unique = tuple(dict.fromkeys(f"<{token}>" for token in found if _is_usable(token)))
    kept = budgets.REFERENCES_FIRST + budgets.REFERENCES_LAST
    return unique if len(unique) <= kept else unique[: budgets.REFERENCES_FIRST] + unique[-budgets.REFERENCES_LAST :]


def _is_usable(token: str) -> bool:
    return 0 < len(token) <= budgets.ID_CHARS and token.isprintable()
