"""Find the secrets the configuration points to: in the text itself, a file, the environment or systemd's folder.

Called by `settings`. A secret is never part of a complaint.
"""

import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from maildesk.config.leaves import SecretKind, SecretSource
from maildesk.model.settings import Secret
from maildesk.rules.written import WritingError

MAX_BYTES = 64 * 1024
KEY_BYTES = 32
SHORT_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Vault:
    """Where secrets may stand: paths are relative to `directory`."""

    directory: Path
    environ: Mapping[str, str]

    def password(self, source: SecretSource) -> Secret:
        """Return a password: text of one line. Raises `WritingError`."""
        text = self._bytes(source)
        try:
            line = text.decode()
        except UnicodeDecodeError as error:
            raise WritingError(f"{_named(source)} is not UTF-8 text") from error
        if "\n" in line or "\r" in line or "\0" in line:
            raise WritingError(f"{_named(source)} is more than one line")
        return Secret(line)

    def key(self, source: SecretSource) -> bytes:
        """Return the HMAC key, made in its file when that is absent. Raises `WritingError`."""
        path = self.key_path(source)
        if path is not None and not is_present(path):
            _make_key(path)
        return self._bytes(source)

    def old_key(self, source: SecretSource) -> bytes:
        """Return an HMAC key that must be there already. Raises `WritingError`."""
        return self._bytes(source)

    def key_faults(self, source: SecretSource) -> tuple[tuple[str, bool], ...]:
        """Return what is wrong with the HMAC key, each with whether it is but a warning; writes nothing."""
        path = self.key_path(source)
        try:
            if path is not None and not is_present(path):
                return () if _can_make(path) else ((f"'{path}' does not exist and cannot be made there", False),)
            key = self._bytes(source)
        except WritingError as wrong:
            return ((str(wrong), False),)
        return tuple((message, True) for message in _weaknesses(key, path))

    def key_path(self, source: SecretSource) -> Path | None:
        """Return the key's file where it stands in one."""
        return self.directory / source.value if source.kind is SecretKind.FILE else None

    def _bytes(self, source: SecretSource) -> bytes:
        match source.kind:
            case SecretKind.TEXT:
                return source.value.encode()
            case SecretKind.ENV:
                return self._environment(source).encode(errors="surrogateescape")
            case SecretKind.FILE:
                return _content(self.directory / source.value, source)
            case SecretKind.CREDENTIAL:
                return _content(self._credential_path(source), source)

    def _environment(self, source: SecretSource) -> str:
        value = self.environ.get(source.value, "")
        if not value:
            raise WritingError(f"the environment has no {source.value}")
        return value

    def _credential_path(self, source: SecretSource) -> Path:
        folder = self.environ.get("CREDENTIALS_DIRECTORY", "")
        if not folder:
            raise WritingError("the environment has no CREDENTIALS_DIRECTORY; systemd sets it with LoadCredential=")
        if Path(source.value).name != source.value:
            raise WritingError("a credential is a plain name without folders")
        return Path(folder) / source.value


def is_present(path: Path) -> bool:
    """Tell whether there is anything at a path. Raises `WritingError` when that cannot be told."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise WritingError(f"'{path}' cannot be looked at: {error.strerror}") from error
    return True


def _weaknesses(key: bytes, path: Path | None) -> Iterator[str]:
    if len(key) < SHORT_KEY_BYTES:
        yield f"the key is shorter than {SHORT_KEY_BYTES} bytes; whoever guesses it can forge replies"
    if path is not None and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield f"'{path}' can be read by others; make it mode 0600"


def _content(path: Path, source: SecretSource) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise WritingError(f"{_named(source)} cannot be read: {reason} ({path})") from error
    text = data.rstrip(b"\r\n")
    if not text or len(data) > MAX_BYTES:
        raise WritingError(f"{_named(source)} is {'too large' if text else 'empty'} ({path})")
    return text


def _named(source: SecretSource) -> str:
    return "the secret" if source.kind is SecretKind.TEXT else f"the secret in {source.kind} '{source.value}'"


def _make_key(path: Path) -> None:
    """Write a new key for the owner alone. Two processes starting at once end with the same key."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_hex(KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        _link_once(fresh, path)
    except OSError as error:
        raise WritingError(f"'{path}' cannot be made: {error.strerror}") from error


def _link_once(fresh: Path, path: Path) -> None:
    try:
        # A link never overwrites: whoever comes second keeps the first one's key.
        path.hardlink_to(fresh)
    except FileExistsError:
        return
    finally:
        fresh.unlink(missing_ok=True)


def _can_make(path: Path) -> bool:
    parent = next((p for p in path.parents if is_present(p)), path)
    return parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)
