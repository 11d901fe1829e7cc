"""A watched mailbox: find, fetch, file and wait for mail.

`intake.py` is the caller; one OS thread per mailbox, a `Mailbox` is not thread-safe. Every argument that goes into a
command is an int or a configured folder name, never text from a message. Bodies are read with PEEK, so `\\Seen` stays
the business of people. Knows no tickets and decides nothing: what is moved is what the caller named.
"""

import hashlib
import imaplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from imapclient import DELETED

from maildesk.adapters.imap_connection import (
    PASSING_CODES,
    Connection,
    Deadlines,
    MailboxError,
    MailboxLost,
    MailboxRefused,
    is_answer,
    is_clean,
    sentence,
    wait_readable,
)
from maildesk.model.settings import FolderRole, Folders, ImapAccount

__all__ = ["Deadlines", "Mailbox", "MailboxError", "MailboxLost", "MailboxRefused", "MoveRefused", "RawMessage"]

SLICE_BYTES = 1024 * 1024
BATCH_BYTES = 8 * 1024 * 1024
BATCH_MESSAGES = 50
HEADER_BYTES = 64 * 1024

# UIDs in one command: a line stays below the 8,192 octets of RFC 7162 section 4.
COMMAND_UIDS = 500
# Messages in one SEARCH: imaplib refuses a line of a million octets, and the answer is one line.
SEARCH_MESSAGES = 50_000
# What a message's metadata take in an answer, generously.
ITEM_BYTES = 200


class MoveRefused(MailboxLost):
    """The server would not file the mail (quota, rights). The connection is sound, the mail stays in the inbox."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One message as the server holds it."""

    uid: int
    data: bytes


class Mailbox:
    """One account's inbox and the folders that handled mail goes to.

    Every method but `close` raises MailboxLost when the connection is dead; `open` makes a new one.
    """

    def __init__(
        self, account: ImapAccount, folders: Folders, idle: bool = True, deadlines: Deadlines | None = None
    ) -> None:
        self.uidvalidity = 0
        self._folders = folders
        self._deadlines = deadlines or Deadlines()
        self._connection = Connection(account, self._deadlines)
        self._is_idle_wanted = idle
        self._prefix, self._delimiter = "", "/"
        self._can_idle = self._can_move = self._can_expunge = False
        self._inbox_messages = 0

    def open(self) -> None:
        """Connect, log in, make missing folders and select the inbox.

        Raises MailboxRefused where trying again cannot help: password, protection, missing or read-only folders.
        """
        self.close()
        self._connection.open()
        try:
            self._learn()
            for role in (FolderRole.PROCESSED, FolderRole.HELD, FolderRole.QUARANTINE):
                self._make_folder(self._name(role))
            self.uidvalidity, self._inbox_messages = self._select(FolderRole.INBOX)
            self._forget_news()
        except MailboxRefused:
            self.close()
            raise

    def close(self) -> None:
        """Log out and cut the connection. Never raises."""
        self._connection.close()

    def find_uids(self, after: int) -> tuple[int, ...]:
        """Return the UIDs above `after` in the inbox, ascending; after 0 all of them, read or not.

        Where the server has no MOVE, `\\Deleted` is our own mark of mail that was filed, and such mail is left out.
        """
        with self._connection.operation("look for news") as client:
            # QUIRK: Dovecot searches what it told us of before; only a NOOP makes it look for mail that came since.
            client.noop()
        self._forget_news()
        return self._search(after, () if self._can_move else ("UNDELETED",), self._inbox_messages)

    def find_sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return sizes in bytes by UID; a UID that is missing was taken away meanwhile."""
        sizes: dict[int, int] = {}
        for chunk in _chunks(uids, COMMAND_UIDS):
            with self._connection.operation("sizes", len(chunk) * ITEM_BYTES) as client:
                answer = client.fetch(chunk, ["RFC822.SIZE"])
            found = {uid: answer.get(uid, {}).get(b"RFC822.SIZE") for uid in chunk}
            sizes.update({uid: size for uid, size in found.items() if isinstance(size, int)})
        return sizes

    def fetch(self, uids: Sequence[int]) -> Iterator[RawMessage]:
        """Yield whole messages in the given order, without setting `\\Seen`.

        What is gone meanwhile, or what the server lists but does not hand out, is left out: a UID that `find_sizes`
        knows and this never yields is unfetchable.
        """
        sizes = self.find_sizes(uids)
        for batch in _batches([uid for uid in uids if uid in sizes], sizes):
            if sizes[batch[0]] > SLICE_BYTES:
                data = self._fetch_slices(batch[0], sizes[batch[0]])
                if data is not None:
                    yield RawMessage(batch[0], data)
            else:
                yield from self._fetch_batch(batch, sum(sizes[uid] for uid in batch))

    def fetch_header(self, uid: int) -> bytes:
        """Return the header of one message, at most 64 KiB of it; empty when the message is gone."""
        part = self._fetch_part(uid, b"BODY[HEADER]", 0, HEADER_BYTES)
        return part or b""

    def move(self, uids: Sequence[int], role: FolderRole, *, is_repeat: bool = False) -> None:
        """File messages of the inbox; those already gone are fine. Raise MoveRefused when the server says NO.

        `is_repeat`: an attempt before this one may have come half way; what it copied already is not copied again.
        """
        if is_repeat and not self._can_move:
            uids = self._finish_copies(uids, role)
        for chunk in _chunks(uids, COMMAND_UIDS):
            self._move(chunk, self._name(role))

    def refile(self, source: FolderRole, target: FolderRole, sha256: str, size_bytes: int) -> bool:
        """Move the message of that size and hash between two folders; tell whether it was there."""
        with self._visit(source):
            uid = self._find_message(sha256, size_bytes)
            if uid is not None:
                self._move([uid], self._name(target))
        return uid is not None

    def _finish_copies(self, uids: Sequence[int], role: FolderRole) -> list[int]:
        """Remove from the inbox what lies in the folder already; return the rest. Reads the messages once more."""
        digests = {m.uid: (hashlib.sha256(m.data).hexdigest(), len(m.data)) for m in self.fetch(uids)}
        with self._visit(role):
            copied = [uid for uid, (sha256, size) in digests.items() if self._find_message(sha256, size) is not None]
        if copied:
            with self._connection.operation("finish a move") as client:
                self._remove(client, copied)
        return [uid for uid in uids if uid not in copied]

    def _find_message(self, sha256: str, size_bytes: int) -> int | None:
        """Find the message of that size and hash in the selected folder."""
        with self._connection.operation("search by size", SLICE_BYTES) as client:
            criteria = ["LARGER", max(0, size_bytes - 1), "SMALLER", size_bytes + 1]
            candidates = sorted(int(uid) for uid in client.search(criteria))
        found = (m.uid for m in self.fetch(candidates) if hashlib.sha256(m.data).hexdigest() == sha256)
        return next(found, None)

    def list_folder(self, role: FolderRole) -> Iterator[tuple[int, str]]:
        """Return (UID, SHA-256 of the bytes) of all messages in a folder. Reads every body; then the inbox again."""
        with self._visit(role) as messages:
            uids = self._search(0, (), messages)
            found = [(message.uid, hashlib.sha256(message.data).hexdigest()) for message in self.fetch(uids)]
        return iter(found)

    def last_uid(self, role: FolderRole) -> int:
        """Return the highest UID in a folder, 0 when it is empty."""
        with self._visit(role) as messages:
            return max(self._search(0, (), messages), default=0)

    def read_after(self, role: FolderRole, uid: int) -> tuple[RawMessage, ...]:
        """Return the messages of a folder above a UID, without setting `\\Seen`."""
        with self._visit(role) as messages:
            return tuple(self.fetch(self._search(uid, (), messages)))

    def wait(self, timeout_seconds: float, wake_fd: int) -> None:
        """Wait for news, for `wake_fd` to become readable, or for the time to pass; whichever is first.

        Search afterwards whatever the reason: pushes are hints. `wake_fd` is not read, that is for its owner.
        Raises MailboxLost when the connection turns out to be dead.
        """
        with self._connection.operation("look for news") as client:
            # Announced with the answer to the last SEARCH or later, so not among what it found: no time to wait.
            if client.heard_of_mail:
                return
        if self._can_idle:
            self._connection.idle(min(timeout_seconds, self._deadlines.idle_seconds), wake_fd)
        else:
            wait_readable((wake_fd,), timeout_seconds)
        with self._connection.operation("probe") as client:
            client.noop()

    def _forget_news(self) -> None:
        """Begin to listen: what is announced from now on is not among what the next SEARCH finds."""
        with self._connection.operation("look for news") as client:
            client.heard_of_mail = False

    def _learn(self) -> None:
        """Ask what the server can do and where personal folders live."""
        with self._connection.operation("capabilities") as client:
            self._can_idle = self._is_idle_wanted and client.has_capability("IDLE")
            self._can_move = client.has_capability("MOVE")
            self._can_expunge = client.has_capability("UIDPLUS")
            if client.has_capability("NAMESPACE"):
                personal = client.namespace().personal or (("", "/"),)
                self._prefix, self._delimiter = personal[0][0], personal[0][1] or "/"

    def _name(self, role: FolderRole) -> str:
        """Return the server's name of a folder. The one door for text into commands.

        QUIRK: Cyrus and Courier keep every folder below "INBOX." and part levels with a dot.
        """
        name = self._folders.name(role)
        if name.upper() == "INBOX":
            return "INBOX"
        name = name.replace("/", self._delimiter)
        name = name if name.startswith(self._prefix) else self._prefix + name
        if not is_clean(name) or "*" in name or "%" in name:
            raise MailboxRefused(f"{role} folder: a control character, * or % in its name")
        return name

    def _make_folder(self, name: str) -> None:
        with self._connection.operation(f"folder {name}") as client:
            if _is_folder(client.list_folders("", name)):
                return
            try:
                client.create_folder(name)
            except imaplib.IMAP4.error as error:
                # Another process may have made it just now.
                if not is_answer(error) or not _is_folder(client.list_folders("", name)):
                    _refuse(f"folder {name} cannot be made", error)
            with suppress(imaplib.IMAP4.error):
                client.subscribe_folder(name)

    def _select(self, role: FolderRole) -> tuple[int, int]:
        """Select a folder for writing; return its UIDVALIDITY and how many messages it holds."""
        name = self._name(role)
        with self._connection.operation(f"select {name}") as client:
            try:
                answer = client.select_folder(name)
            except imaplib.IMAP4.readonly:
                raise MailboxRefused(f"folder {name} can only be read") from None
            except imaplib.IMAP4.error as error:
                _refuse(f"folder {name} cannot be selected", error)
            validity = answer.get(b"UIDVALIDITY")
            if not isinstance(validity, int):
                raise MailboxRefused(f"folder {name} has no lasting UIDs (no UIDVALIDITY)")
        return validity, answer.get(b"EXISTS", 0)

    @contextmanager
    def _visit(self, role: FolderRole) -> Iterator[int]:
        """Select another folder for a while; yield how many messages it holds."""
        try:
            _, messages = self._select(role)
            yield messages
        finally:
            if self._connection.is_open:
                validity, self._inbox_messages = self._select(FolderRole.INBOX)
                if validity != self.uidvalidity:
                    self.close()
                    raise MailboxLost("the inbox was made anew meanwhile")

    def _search(self, after: int, criteria: tuple[str, ...], messages: int) -> tuple[int, ...]:
        found: set[int] = set()
        for window in _windows(messages):
            with self._connection.operation("search", SLICE_BYTES) as client:
                found.update(int(uid) for uid in client.search([*window, "UID", f"{after + 1}:*", *criteria]))
        # QUIRK: `n:*` names the newest message even when its UID is below n (RFC 9051 section 6.4.9).
        return tuple(sorted(uid for uid in found if uid > after))

    def _fetch_batch(self, uids: list[int], size_bytes: int) -> list[RawMessage]:
        with self._connection.operation("fetch", size_bytes + len(uids) * ITEM_BYTES) as client:
            answer = client.fetch(uids, ["BODY.PEEK[]"])
        bodies = ((uid, answer.get(uid, {}).get(b"BODY[]")) for uid in uids)
        return [RawMessage(uid, body) for uid, body in bodies if isinstance(body, bytes)]

    def _fetch_slices(self, uid: int, size_bytes: int) -> bytes | None:
        """Return a large body, read in slices so that it is held once; None when it is gone or has no end.

        QUIRK: RFC822.SIZE is an estimate on some servers, and some hand out less than the slice asked for.
        """
        data = bytearray()
        while len(data) <= 2 * size_bytes:
            part = self._fetch_part(uid, b"BODY[]", len(data), SLICE_BYTES)
            if part is None:
                return None
            data += part
            if not part or (len(part) < SLICE_BYTES and len(data) >= size_bytes):
                return bytes(data) or None
        return None

    def _fetch_part(self, uid: int, item: bytes, offset: int, size_bytes: int) -> bytes | None:
        asked = item.replace(b"[", b".PEEK[") + b"<%d.%d>" % (offset, size_bytes)
        with self._connection.operation("fetch", size_bytes + ITEM_BYTES) as client:
            answer = client.fetch([uid], [asked]).get(uid, {})
        key = item + b"<%d>" % offset
        # NIL is what some servers say behind the end.
        return (answer[key] or b"") if isinstance(answer.get(key, 0), bytes | None) else None

    def _move(self, uids: Sequence[int], folder: str) -> None:
        refusal = self._find_refusal(uids, folder)
        if refusal is None:
            return
        is_folder_missing = "[TRYCREATE]" in refusal
        if is_folder_missing:
            self._make_folder(folder)
        # QUIRK: some servers say NO to the whole command when one of the messages is gone.
        left = list(self.find_sizes(uids))
        if left and (is_folder_missing or len(left) < len(uids)):
            refusal = self._find_refusal(left, folder)
        if left and refusal is not None:
            raise MoveRefused(f"move to {folder}: {refusal}")

    def _find_refusal(self, uids: Sequence[int], folder: str) -> str | None:
        """Move messages; return what the server had against it, None when they are moved."""
        with self._connection.operation(f"move to {folder}", len(uids) * SLICE_BYTES) as client:
            try:
                if self._can_move:
                    client.move(uids, folder)
                else:
                    client.copy(uids, folder)
                    self._remove(client, uids)
            except imaplib.IMAP4.error as error:
                if not is_answer(error):
                    raise
                return sentence(error)
        return None

    def _remove(self, client: Any, uids: Sequence[int]) -> None:
        """Take messages out of the selected folder.

        A plain EXPUNGE would also remove what people have marked. Without UIDPLUS the mark has to do.
        """
        client.add_flags(uids, [DELETED], silent=True)
        if self._can_expunge:
            client.uid_expunge(uids)


def _is_folder(listed: list[tuple[tuple[bytes, ...], bytes, str]]) -> bool:
    """Tell whether LIST found a folder that can be selected (a mere parent of others cannot)."""
    return any(not {flag.lower() for flag in flags} & {b"\\noselect", b"\\nonexistent"} for flags, _, _ in listed)


def _refuse(what: str, error: imaplib.IMAP4.error) -> NoReturn:
    """Raise what a failed command of `open` means: lost for a broken connection or a passing trouble, else refused."""
    if not is_answer(error):
        raise error
    reason = f"{what}: {sentence(error)}"
    if any(code in reason for code in PASSING_CODES):
        raise MailboxLost(reason)
    raise MailboxRefused(reason)


def _windows(messages: int) -> list[tuple[str, ...]]:
    """Return sequence sets that part a large folder, so that no answer outgrows a line; the last one is open."""
    if messages <= SEARCH_MESSAGES:
        return [()]
    starts = range(1, messages + 1, SEARCH_MESSAGES)
    return [(f"{start}:{start + SEARCH_MESSAGES - 1 if start != starts[-1] else '*'}",) for start in starts]


def _chunks(uids: Sequence[int], length: int) -> Iterator[list[int]]:
    for start in range(0, len(uids), length):
        yield list(uids[start : start + length])


def _batches(uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
    """Group messages in order, by count and bytes; a message above a slice stands alone."""
    batch: list[int] = []
    batch_bytes = 0
    for uid in uids:
        is_full = len(batch) == BATCH_MESSAGES or batch_bytes + sizes[uid] > BATCH_BYTES
        if batch and (is_full or sizes[uid] > SLICE_BYTES):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(uid)
        batch_bytes += sizes[uid]
        if sizes[uid] > SLICE_BYTES:
            yield batch
            batch, batch_bytes = [], 0
    if batch:
        yield batch
