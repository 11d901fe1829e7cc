"""Who has a mailbox on the embedded servers.

Called by the servers for each recipient and login.  Knows no protocol and imports only the standard library, so that
accounts can be named without the `demo` extra.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox of the embedded servers; the address is also the login name of IMAP and SMTP."""

    address: str
    password: str


class Directory:
    """The accounts by address, in which upper and lower case are the same."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._accounts = {account.address.casefold(): account for account in accounts}

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def find_recipient(self, address: str) -> Account | None:
        """Find who gets the mail of an address, its subaddress (RFC 5233) left aside; None if nobody."""
        exact = self._accounts.get(address.casefold())
        local, at, domain = address.casefold().rpartition("@")
        return exact or self._accounts.get(local.partition("+")[0] + at + domain)

    def load_recipient(self, address: str) -> Account:
        """Load who gets the mail of an address.  Raises LookupError if nobody."""
        account = self.find_recipient(address)
        if account is None:
            raise LookupError(f"no embedded mailbox has the address {address!r}")
        return account

    def find_login(self, name: str, password: str) -> Account | None:
        """Find the account with this name and password."""
        account = self._accounts.get(name.casefold())
        if account and secrets.compare_digest(account.password.encode(), password.encode()):
            return account
        return None
