"""Files beside the configuration that it names: read whole, within bounds.

Called by `listed` and `mail_files`. Whatever is wrong with such a file is told in words, for the line that names it;
nothing is ever written.
"""

from pathlib import Path

from maildesk.rules.written import WritingError, nearest

#: Files of one folder among which the nearest name is looked for.
_MOST_NAMES = 500


def load_bytes(directory: Path, name: str, most_bytes: int) -> bytes:
    """Return what a file holds; its name is relative to the directory. Raises `WritingError`."""
    path = directory / name
    try:
        if not path.is_file():
            raise WritingError(f"there is no file '{name}' in '{directory}'{_hint(path)}")
        with path.open("rb") as stream:
            data = stream.read(most_bytes + 1)
    except OSError as wrong:
        raise WritingError(f"'{name}' cannot be read: {wrong.strerror}") from wrong
    if len(data) > most_bytes:
        most = f"{most_bytes} bytes" if most_bytes % 1024**2 else f"{most_bytes // 1024**2} MB"
        raise WritingError(f"'{name}' is larger than {most}, the most it may have")
    return data


def _hint(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())[:_MOST_NAMES]
    except OSError:
        return ""
    close = nearest(path.name, names)
    return f"; did you mean '{close}'?" if close else ""
