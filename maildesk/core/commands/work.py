"""Commands that record work: time, steps of the checklist, and how the request really came in."""

import re

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb
from maildesk.core.when import worked
from maildesk.model.event import ChannelSet, StepsDone, TimeLogged

_SPENT = re.compile(
    r"(-)?(?:(\d{1,3}):([0-5]\d)|"
    r"(?:(\d{1,3}(?:[.,]\d{1,2})?) ?h(?:ours?|rs?)?)? ?(?:(\d{1,4}) ?(m(?:in(?:ute)?s?)?)?)?)",
    re.ASCII,
)
#: More in one line is a slip of the finger.
_MOST_SECONDS = 100 * 3600


def time(command: Command, context: Context) -> Applied | Refused:
    """Log how long you worked on it; a hyphen before the time takes that much back."""
    ticket = context.ticket
    if ticket is None:
        return NO_TICKET
    seconds = _parse_spent(command.value)
    if seconds is None:
        return Refused(f"'{command.value}' is no length of time" if command.value else "how long?", "#time 1h30m")
    if abs(seconds) > _MOST_SECONDS:
        return Refused("that is more than 100 hours")
    if ticket.time_seconds + seconds < 0:
        return Refused(f"only {worked(ticket.time_seconds)} are logged")
    logged = context.after(TimeLogged(context.technician.email, seconds))
    return Applied(logged, f"{worked(seconds)} logged, {worked(ticket.time_seconds + seconds)} in all")


def _parse_spent(value: str) -> int | None:
    """Return the seconds of `15m`, `1h30`, `1:30`, `1.5h`, `-15m`; None: it is no length, or none at all."""
    found = _SPENT.fullmatch(" ".join(value.casefold().split()))
    if found is None:
        return None
    minus, clock_hours, clock_minutes, hours, minutes, unit = found.groups()
    if minutes and not unit and not hours:
        # A bare number may be minutes or hours.
        return None
    counted = 60 * float((hours or "0").replace(",", ".")) + int(minutes or 0)
    counted += 60 * int(clock_hours or 0) + int(clock_minutes or 0)
    return round(counted * 60) * (-1 if minus else 1) or None


def step(command: Command, context: Context) -> Applied | Refused:
    """Tick off steps of the checklist, by number; the word undo behind them opens them again."""
    ticket = context.ticket
    if ticket is None:
        return NO_TICKET
    if not ticket.checklist:
        return Refused("this ticket has no checklist")
    words = command.value.casefold().replace(",", " ").split()
    takes_back = bool(words) and words[-1] == "undo"
    numbers = words[:-1] if takes_back else words
    known = range(1, len(ticket.checklist) + 1)
    wrong = [w for w in numbers if not w.isascii() or not w.isdigit() or int(w) not in known]
    if wrong or not numbers:
        return Refused(f"'{wrong[0]}' is no step; there are 1 to {len(known)}" if wrong else "which step?")
    named = {int(w) for w in numbers}
    done = tuple(sorted(set(ticket.steps_done) - named if takes_back else {*ticket.steps_done, *named}))
    outcome = f"{', '.join(ticket.checklist[n - 1] for n in sorted(named))}: {'open again' if takes_back else 'done'}"
    outcome = f"{outcome}; {len(done)} of {len(known)} steps are done"
    return Applied(context if done == ticket.steps_done else context.after(StepsDone(done)), outcome)


def via(command: Command, context: Context) -> Applied | Refused:
    """Say in one word how the request really came in (phone, visit, chat, …)."""
    ticket, word = context.ticket, command.value.casefold()
    if ticket is None:
        return NO_TICKET
    if len(word.split()) != 1:
        return Refused("one word, please" if word else "how did it come in?", "#via phone")
    if ticket.channel == word:
        return Applied(context, f"it came in by {word} already")
    return Applied(context.after(ChannelSet(word)), f"came in by {word}")


WORK_VERBS: dict[str, Verb] = {
    "time": Verb(time, "15m|1h30|1:30|-15m"),
    "step": Verb(step, "NUMBER [undo]"),
    "via": Verb(via, "WORD"),
}
