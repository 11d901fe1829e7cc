"""What a condition may look at: one row a field in `FIELDS`, in tables by what they read.

To add a field write a function that reads it from the facts and a row at the bottom of its file; the checks, the lists
of allowed names and the JSON Schema follow. A reader never raises and returns no empty text.
"""

from maildesk.rules.fields.field import Field, Type, Values
from maildesk.rules.fields.mail import MAIL_FIELDS
from maildesk.rules.fields.moment import MOMENT_FIELDS
from maildesk.rules.fields.ticket import TICKET_FIELDS

__all__ = ["FIELDS", "HEADER", "Field", "Type", "Values", "find_field"]

HEADER = "header."

FIELDS: tuple[Field, ...] = (*MAIL_FIELDS, *TICKET_FIELDS, *MOMENT_FIELDS)


def find_field(name: str) -> Field | None:
    """Find the field of a key in `when`; `header.NAME` and its like make one for any name that can be one."""
    family, dot, member = name.partition(".")
    if not dot:
        return next((f for f in FIELDS if f.name == name), None)
    row = next((f for f in FIELDS if f.member and f.name == f"{family.casefold()}.NAME"), None)
    return row.member(member) if row and row.member else None
