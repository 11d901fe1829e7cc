"""Which assets a text speaks of. Pure; called by `core` for mails and handovers, and by the tests beside rules."""

import re
from functools import lru_cache

from maildesk.model.desk import Desk

#: Nobody names a machine further down; what is pasted there may name hundreds.
_TEXT_CHARS = 10_000


def find_assets(desk: Desk, requester: str, *texts: str) -> tuple[tuple[str, str], ...]:
    """Return name and type of each asset that is named as a whole word, case-blind, or that the requester owns."""
    if not desk.assets:
        return ()
    text = "\n".join(t[:_TEXT_CHARS] for t in texts).casefold()
    owner = requester.casefold()
    return tuple((a.name, a.type) for a in desk.assets if (owner and a.owner == owner) or is_named(a.name, text))


def is_named(name: str, text: str) -> bool:
    """Tell whether a case-folded text names this as a whole word."""
    key = name.casefold()
    return key in text and _whole(key).search(text) is not None


@lru_cache(maxsize=256)
def _whole(key: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?<!\w-){re.escape(key)}(?!\w|-\w)")
