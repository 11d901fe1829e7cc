"""The ledger: every message ever seen, its raw bytes, and its one outcome.

Used by the intake loop and by the command line's release, requeue and discard, inside their transactions. It never
decides what becomes of a mail, and never lets a mail be decided twice.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Connection, Executable, bindparam, insert, or_, select, update

from maildesk.adapters.store.codec import trace_to_json
from maildesk.adapters.store.failures import StoreError, UnknownMail, WrongState
from maildesk.adapters.store.portable import AnyRow, batches, insert_or_update, insert_unless_there
from maildesk.adapters.store.schema import checkpoints, dedupe_keys, inbound, past_outcomes, raw_mails
from maildesk.model.decided import Outcome
from maildesk.model.message import InboundMessage
from maildesk.model.settings import FolderRole
from maildesk.model.situation import Proof, Role, Vouch
from maildesk.model.trace import TraceLine


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a mailbox has been read: every UID up to `last_uid` under `uidvalidity` (RFC 9051 §2.3.1.1)."""

    uidvalidity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a message of the inbox stands; `outcome` None: not decided, `filed` None: not moved."""

    id: int
    uid: int
    attempts: int
    outcome: Outcome | None
    filed: FolderRole | None


@dataclass(frozen=True, slots=True)
class Prior:
    """The earlier row of a duplicate."""

    inbound_id: int
    ticket: int | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A decided message that still has to be moved to `wanted`."""

    id: int
    uid: int
    wanted: FolderRole


@dataclass(frozen=True, slots=True)
class Misfiled:
    """A message moved to `filed` that belongs in `wanted` since it was decided anew; found again by size and digest."""

    id: int
    raw_sha256: str | None
    size_bytes: int
    filed: FolderRole
    wanted: FolderRole


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A message with its bytes (None: too large to keep). `vouched`: who stands for it.

    `outcome` is what the ledger says now; while a release or requeue waits, that is still the old one.
    """

    id: int
    mailbox: str
    outcome: Outcome | None
    reason: str
    raw: bytes | None
    vouched: Vouch | None
    ticket: int | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Heard:
    """Whom the access check heard in a mail, how far it believed them, and to which ticket the mail belongs."""

    role: Role
    proof: Proof
    thread: int | None = None


_NOBODY = {"role": None, "proof": None, "thread": None}

_row = inbound.c.id == bindparam("row")
_undecided = or_(inbound.c.outcome.is_(None), inbound.c.requested.is_not(None))
_parked = inbound.c.outcome.in_([Outcome.HELD.value, Outcome.QUARANTINED.value])
_of_mailbox = (inbound.c.mailbox == bindparam("box"), inbound.c.uidvalidity == bindparam("validity"))
_listed = inbound.c.uid.in_(bindparam("uids", expanding=True))

_find_checkpoint = select(checkpoints.c.uidvalidity, checkpoints.c.last_uid).where(
    checkpoints.c.mailbox == bindparam("box")
)
_save_checkpoint = insert_or_update(checkpoints, "mailbox")

_see = insert_unless_there(inbound, "mailbox", "uidvalidity", "uid")
_count = (
    update(inbound).where(*_of_mailbox, _listed, inbound.c.outcome.is_(None)).values(attempts=inbound.c.attempts + 1)
)
_seen = select(inbound.c.id, inbound.c.uid, inbound.c.attempts, inbound.c.outcome, inbound.c.filed).where(
    *_of_mailbox, _listed
)
_count_one = (
    update(inbound).where(_row, _undecided).values(attempts=inbound.c.attempts + 1).returning(inbound.c.attempts)
)

_keep_raw = insert_unless_there(raw_mails, "sha256")
_describe = update(inbound).where(_row, _undecided)
_take_key = insert_unless_there(dedupe_keys, "key")
_holder = (
    select(inbound.c.id, inbound.c.ticket, inbound.c.outcome)
    .join(dedupe_keys, dedupe_keys.c.inbound_id == inbound.c.id)
    .where(dedupe_keys.c.key == bindparam("key"))
)

# What these set is named by the keys of the values they are executed with.
_decide = update(inbound).where(_row, inbound.c.outcome.is_(None))
_decide_anew = update(inbound).where(_row, inbound.c.requested.is_not(None))
_discard = update(inbound).where(_row, _parked)


def _keep_outcome(condition: ColumnElement[bool]) -> Executable:
    # The lock makes whoever else decides the same mail wait, so that the condition still holds when it is overwritten.
    columns = (inbound.c.id, inbound.c.outcome, inbound.c.reason, inbound.c.decided_at)
    kept = select(*columns).where(_row, condition).with_for_update()
    insertion = insert(past_outcomes).from_select(["inbound_id", "outcome", "reason", "decided_at"], kept)
    return insertion.returning(past_outcomes.c.id)


_keep_requested = _keep_outcome(inbound.c.requested.is_not(None))
_keep_parked = _keep_outcome(_parked)

_file = update(inbound).where(inbound.c.id.in_(bindparam("rows", expanding=True))).values(filed=bindparam("folder"))
_unfiled = (
    select(inbound.c.id, inbound.c.uid, inbound.c.wanted)
    .where(*_of_mailbox, inbound.c.filed.is_(None), inbound.c.outcome.is_not(None))
    .order_by(inbound.c.uid)
)
_misfiled = (
    select(inbound.c.id, inbound.c.raw_sha256, inbound.c.size_bytes, inbound.c.filed, inbound.c.wanted)
    .where(inbound.c.mailbox == bindparam("box"), inbound.c.filed != inbound.c.wanted)
    .order_by(inbound.c.id)
)

_stored = select(
    inbound.c.id, inbound.c.mailbox, inbound.c.outcome, inbound.c.reason, raw_mails.c.data,
    inbound.c.vouch, inbound.c.ticket, inbound.c.attempts,
).join_from(inbound, raw_mails, raw_mails.c.sha256 == inbound.c.raw_sha256, isouter=True)  # fmt: skip
_find = _stored.where(_row)
_requested = _stored.where(inbound.c.requested.is_not(None)).order_by(inbound.c.id).limit(bindparam("most"))
_request = update(inbound).where(_row, _parked, inbound.c.requested.is_(None), inbound.c.raw_sha256.is_not(None))
_resume = update(inbound).where(
    _row, inbound.c.outcome.in_([Outcome.HELD.value, Outcome.FOLLOW_UP.value, Outcome.TICKET.value]),
    inbound.c.requested.is_(None), inbound.c.raw_sha256.is_not(None),
)  # fmt: skip
_standing = select(inbound.c.outcome, inbound.c.requested, inbound.c.raw_sha256).where(_row)


def dedupe_key(message: InboundMessage, raw_sha256: str) -> str:
    """Return what makes two deliveries the same mail: Message-ID and content.

    Without an id the content, which holds the Date, stands for itself; without a Date as well only the very bytes do,
    since a script that says the same every day writes a new mail each time. A Message-ID alone is never enough: whoever
    copies one could have somebody else's mail suppressed.
    """
    if message.message_id is None:
        return f"raw:{raw_sha256}" if message.date_at is None else f"dated:{message.content_sha256}"
    return "mail:" + _sha256(f"{message.message_id}\n{message.content_sha256}".encode("utf-8", "surrogatepass"))


class Inbound:
    """The ledger inside one transaction."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def checkpoint(self, mailbox: str) -> Checkpoint | None:
        """Return how far a mailbox has been read; None: never."""
        row = self._connection.execute(_find_checkpoint, {"box": mailbox}).one_or_none()
        return None if row is None else Checkpoint(*row)

    def save_checkpoint(self, mailbox: str, checkpoint: Checkpoint) -> None:
        """Remember how far a mailbox has been read."""
        values = {"mailbox": mailbox, "uidvalidity": checkpoint.uidvalidity, "last_uid": checkpoint.last_uid}
        self._connection.execute(_save_checkpoint.on(self._connection), values)

    def find_seen(self, mailbox: str, uidvalidity: int, uids: Iterable[int]) -> dict[int, Seen]:
        """Return how messages stand that were seen before, by UID; the others are missing."""
        found: dict[int, Seen] = {}
        for some in batches(uids):
            rows = self._connection.execute(_seen, {"box": mailbox, "validity": uidvalidity, "uids": some})
            found |= {row.uid: _as_seen(row) for row in rows}
        return found

    def count_attempts(
        self, mailbox: str, uidvalidity: int, sizes: Mapping[int, int], now: datetime
    ) -> dict[int, Seen]:
        """Enter messages never seen, count an attempt on each undecided one, and return how all stand, by UID.

        `sizes`: bytes by UID.  Belongs in a transaction of its own before the work, so that a mail that kills the
        process is found out.
        """
        seen: dict[int, Seen] = {}
        for uids in batches(sizes):
            of_mailbox = {"box": mailbox, "validity": uidvalidity, "uids": uids}
            new = [
                {
                    "mailbox": mailbox,
                    "uidvalidity": uidvalidity,
                    "uid": uid,
                    "size_bytes": sizes[uid],
                    "attempts": 0,
                    "seen_at": now,
                }
                for uid in uids
            ]
            self._connection.execute(_see.on(self._connection), new)
            self._connection.execute(_count, of_mailbox)
            seen |= {row.uid: _as_seen(row) for row in self._connection.execute(_seen, of_mailbox)}
        return seen

    def count_attempt(self, inbound_id: int) -> int:
        """Count an attempt on a mail whose release or requeue was asked for; return the attempts so far."""
        attempts = self._connection.execute(_count_one, {"row": inbound_id}).scalar_one_or_none()
        if attempts is None:
            raise self._refusal(inbound_id, "tried again")
        return int(attempts)

    def record_message(self, inbound_id: int, message: InboundMessage, raw: bytes) -> Prior | None:
        """Store what was read and take its dedupe key; None the first time, else the row that holds the key.

        A row that holds its own key (a retry, a release) is not its own duplicate.  Raises WrongState when the row is
        decided: another process was quicker.
        """
        raw_sha256 = self._describe(inbound_id, raw, {
            "sender": message.sender.address if message.sender else "", "subject": message.subject,
            "message_id": message.message_id, "content_sha256": message.content_sha256,
        })  # fmt: skip
        key = dedupe_key(message, raw_sha256)
        # The insertion decides, not a look beforehand: on PostgreSQL it waits for whoever is taking the same key.
        taken = self._connection.execute(_take_key.on(self._connection), {"key": key, "inbound_id": inbound_id})
        if taken.rowcount == 1:
            return None
        holder = self._connection.execute(_holder, {"key": key}).one()
        return None if holder.id == inbound_id else Prior(holder.id, holder.ticket, Outcome(holder.outcome))

    def record_unread(
        self, inbound_id: int, sender: str, subject: str, message_id: str | None, raw: bytes | None
    ) -> None:
        """Store what little is known of a message that could not be parsed or was too large (raw None)."""
        self._describe(inbound_id, raw, {"sender": sender, "subject": subject, "message_id": message_id})

    def finish(
        self, inbound_id: int, outcome: Outcome, reason: str, ticket: int | None, trace: tuple[TraceLine, ...],
        now: datetime, folder: FolderRole, *, answers: int | None = None, heard: Heard | None = None,
    ) -> None:  # fmt: skip
        """Give a message its one outcome and the folder it belongs in; `answers`: the outgoing mail it came through.

        `heard`: None where nobody looked who wrote.
        Raises WrongState when it has one already, unless an admin asked for a new decision; the old one is then kept
        beside it.
        """
        verdict: dict[str, object] = {
            "row": inbound_id, "outcome": outcome, "reason": reason, "ticket": ticket, "trace": trace_to_json(trace),
            "decided_at": now, "wanted": folder, "answers": answers, **(asdict(heard) if heard else _NOBODY),
        }  # fmt: skip
        if self._connection.execute(_decide, verdict).rowcount == 0:
            self._replace(_keep_requested, _decide_anew, {**verdict, "requested": None}, "decided")

    def mark_filed(self, ids: Iterable[int], folder: FolderRole) -> None:
        """Remember that messages are in a folder now."""
        for rows in batches(ids):
            self._connection.execute(_file, {"rows": rows, "folder": folder})

    def unfiled(self, mailbox: str, uidvalidity: int) -> tuple[Unfiled, ...]:
        """Return what is decided and not moved yet, oldest first."""
        rows = self._connection.execute(_unfiled, {"box": mailbox, "validity": uidvalidity})
        return tuple(Unfiled(row.id, row.uid, FolderRole(row.wanted)) for row in rows)

    def misfiled(self, mailbox: str) -> tuple[Misfiled, ...]:
        """Return what was moved to one folder and belongs in another since, oldest first."""
        rows = self._connection.execute(_misfiled, {"box": mailbox})
        return tuple(
            Misfiled(row.id, row.raw_sha256, row.size_bytes, FolderRole(row.filed), FolderRole(row.wanted))
            for row in rows
        )

    def find(self, inbound_id: int) -> StoredMail | None:
        """Return a message with its bytes."""
        row = self._connection.execute(_find, {"row": inbound_id}).one_or_none()
        return None if row is None else _as_stored(row)

    def request_release(self, inbound_id: int, now: datetime) -> None:
        """Ask the loop to decide a held or quarantined mail anew as one an admin vouched for."""
        self._request(_request, inbound_id, {"requested": "release", "released_at": now, "vouch": Vouch.ADMIN})

    def request_resumption(self, inbound_id: int, vouch: Vouch) -> None:
        """Ask the loop to decide a mail anew that its own technician stands for now."""
        self._request(_resume, inbound_id, {"requested": "release", "vouch": vouch})

    def request_requeue(self, inbound_id: int) -> None:
        """Ask the loop to decide a held or quarantined mail anew as if it had just come in."""
        self._request(_request, inbound_id, {"requested": "requeue", "vouch": None})

    def discard(self, inbound_id: int, reason: str, now: datetime) -> None:
        """Discard a held or quarantined mail; its bytes are kept."""
        verdict: dict[str, object] = {
            "row": inbound_id, "outcome": Outcome.DISCARDED, "reason": reason, "decided_at": now,
            "wanted": FolderRole.PROCESSED, "requested": None,
        }  # fmt: skip
        self._replace(_keep_parked, _discard, verdict, "discarded")

    def requested(self, limit: int) -> tuple[StoredMail, ...]:
        """Return mail whose release or requeue waits for the loop, oldest first."""
        return tuple(_as_stored(row) for row in self._connection.execute(_requested, {"most": limit}))

    def _describe(self, inbound_id: int, raw: bytes | None, known: dict[str, object]) -> str:
        raw_sha256 = None if raw is None else _sha256(raw)
        if raw is not None:
            self._connection.execute(_keep_raw.on(self._connection), {"sha256": raw_sha256, "data": raw})
        values = {"row": inbound_id, "raw_sha256": raw_sha256, **known}
        if self._connection.execute(_describe, values).rowcount == 0:
            raise self._refusal(inbound_id, "decided")
        return raw_sha256 or ""

    def _request(self, statement: Executable, inbound_id: int, request: dict[str, object]) -> None:
        values = {"row": inbound_id, "attempts": 0, **request}
        if self._connection.execute(statement, values).rowcount == 0:
            raise self._refusal(inbound_id, f"{request['requested']}d")

    def _replace(self, keep: Executable, overwrite: Executable, verdict: dict[str, object], what: str) -> None:
        row = {"row": verdict["row"]}
        if self._connection.execute(keep, row).one_or_none() is None:
            raise self._refusal(cast("int", verdict["row"]), what)
        self._connection.execute(overwrite, verdict)

    def _refusal(self, inbound_id: int, what: str) -> StoreError:
        row = self._connection.execute(_standing, {"row": inbound_id}).one_or_none()
        if row is None:
            return UnknownMail(f"there is no mail {inbound_id}")
        if row.outcome is None:
            return WrongState(f"mail {inbound_id} is not decided yet, so it cannot be {what}")
        if row.requested is not None:
            return WrongState(f"mail {inbound_id} waits for its {row.requested} already")
        if row.raw_sha256 is None and row.outcome in (Outcome.HELD, Outcome.QUARANTINED):
            return WrongState(f"mail {inbound_id} cannot be {what}: its text was not kept, it was too large")
        return WrongState(f"mail {inbound_id} cannot be {what}: its outcome is {row.outcome} already")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _as_seen(row: AnyRow) -> Seen:
    outcome = None if row.outcome is None else Outcome(row.outcome)
    filed = None if row.filed is None else FolderRole(row.filed)
    return Seen(row.id, row.uid, row.attempts, outcome, filed)


def _as_stored(row: AnyRow) -> StoredMail:
    outcome = None if row.outcome is None else Outcome(row.outcome)
    vouched = None if row.vouch is None else Vouch(row.vouch)
    return StoredMail(row.id, row.mailbox, outcome, row.reason, row.data, vouched, row.ticket, row.attempts)
