"""Generated conversations: whatever people send to whom, nothing internal leaves and nobody unentitled is written to.

After every mail the whole desk is looked at. 25 conversations in the ordinary run, 10,000 with MAILDESK_PROOF=1.
"""

import os
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from maildesk.adapters.templates import Templates
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.ticket import Ticket
from tests.conversations.people import PEOPLE, Step, World, Written, do
from tests.conversations.site import BOSS, NED, RULE_WORD, TIA, Letter, QuietDesk, Site, fresh_desk
from tests.stories.afterwards import fold

CONVERSATIONS = 10_000 if os.environ.get("MAILDESK_PROOF") else 25
_WORD = re.compile(r"(?:kanari|kausal)\d{4}x", re.IGNORECASE)
_TOKEN_REF = re.compile(r"(?<![a-z2-7])[rnb]([a-z2-7]{12})\.?[a-z2-7]{26}(?![a-z2-7])")
_OWN = frozenset({TIA.email, NED.email})
_STAFF = frozenset({*_OWN, *TIA.aliases})

Tickets = dict[int, tuple[Ticket, tuple[ev.Recorded, ...]]]

steps = st.builds(
    Step,
    # Those who work most write most.
    actor=st.sampled_from(
        ["ann", "tia", "ned", "tia", "ann", "bob", "eve", "tia at home", "ven", "mallory", "machine"]
    ),
    act=st.integers(0, 8),
    text=st.integers(0, 64),
    mail=st.integers(0, 9),
    other=st.integers(0, 11),
    client=st.integers(0, 8),
    verdict=st.integers(0, 7),
    hours=st.sampled_from([0, 0, 0, 1, 3, 9, 80, 400]),
)
sites = st.builds(Site, st.booleans(), st.booleans(), st.sampled_from([0.0, 60.0]))
RECALL = timedelta(seconds=61)
OPENING = Step("ann", 0, 0, 0, 1, 2, 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("conversations")


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates()


@pytest.mark.timeout(0 if CONVERSATIONS > 1000 else 300)
@given(site=sites, steps=st.lists(steps, min_size=3, max_size=6))
@settings(max_examples=CONVERSATIONS, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_conversation_tells_anybody_what_is_not_theirs(
    folder: Path, templates: Templates, site: Site, steps: list[Step]
):
    world = World()
    world.words[RULE_WORD] = ("", "rule")
    with fresh_desk(folder, site, templates) as desk:
        for step in (OPENING, *steps):
            note(f"{site} {step}")
            play(desk, world, step)


def play(desk: QuietDesk, world: World, step: Step) -> None:
    """Let one person write one mail, look at all that came of it, and hand out what left."""
    mail = do(step, world)
    if mail.to_desk:
        entry = desk.deliver(mail.raw)
        assert entry is not None, "a mail without an outcome"
        assert entry.outcome is not Outcome.QUARANTINED, entry.reason
        letters, after = desk.letters(), desk.tickets()
        note(f"  {entry.outcome}: {entry.reason}; {[(x.notice, x.recipient) for x in letters]}")
        look(letters, desk.known, after, world)
        desk.known = after
    hand_out(desk, world, mail)
    if step.hours:
        desk.wait(timedelta(hours=step.hours))
        letters, after = desk.letters(), desk.tickets()
        note(f"  {step.hours} h later: {[(x.notice, x.recipient) for x in letters]}")
        look(letters, desk.known, after, world)
        desk.known = after


def hand_out(desk: QuietDesk, world: World, mail: Written) -> None:
    """Deliver what people wrote to each other and what the desk sent; the recall window passes now and then."""
    for address in mail.recipients:
        world.put(address, mail.raw)
    if world.count % 2:
        desk.now += RECALL
    for recipient, raw in desk.post():
        world.put(recipient, raw)


def look(letters: list[Letter], before: Tickets, after: Tickets, world: World) -> None:
    """Check every promise."""
    for ticket, history in after.values():
        assert fold(history) == ticket
    # What time does to one ticket is an occasion of its own; its rules are another one.
    mails = [letter for letter in letters if letter.inbound_id is not None]
    per_mail = Counter((letter.inbound_id, letter.recipient.casefold()) for letter in mails)
    assert not [key for key, count in per_mail.items() if count > 1], f"written to twice: {per_mail}"
    for letter in letters:
        check_recipient(letter, before, after)
        check_words(letter, after, world)
        check_tokens(letter, letters)


def check_recipient(letter: Letter, before: Tickets, after: Tickets) -> None:
    """Whoever is written to is stored, and entitled to this sort of mail."""
    if letter.audience == "technician":
        assert letter.recipient in _OWN, f"{letter.notice} to {letter.recipient}"
        return
    if letter.audience == "notified":
        assert letter.recipient == BOSS
        return
    assert letter.ticket is not None
    ticket, history = after[letter.ticket]
    if letter.audience == "aside":
        entitled = {r.event.to.key for r in history if isinstance(r.event, ev.SideAsked)}
    else:
        was = before.get(letter.ticket)
        entitled = {a.key for t in (ticket, *([was[0]] if was else [])) for a in t.audience}
    assert letter.recipient.casefold() in entitled, f"{letter.notice} to {letter.recipient}"


def check_words(letter: Letter, after: Tickets, world: World) -> None:
    """A word somebody typed leaves only when the mail it was typed in became public, or went to whom it was meant."""
    if letter.audience == "technician":
        return
    events = [r.event for _, history in after.values() for r in history]
    said = [e for e in events if isinstance(e, (ev.CorrespondenceReceived, ev.CorrespondenceSent))]
    public = {e.message_id for e in said}
    aside = [e for e in events if isinstance(e, ev.SideAsked) and e.to.key == letter.recipient.casefold()]
    for word in {w.casefold() for w in _WORD.findall(letter.everything)}:
        message_id, author = world.words[word]
        told = message_id in public and word.startswith("kanari")
        meant = any(word in e.text.casefold() for e in aside)
        # Somebody outside may pass on what another one outside wrote to them.
        passed_on = author not in _STAFF and any(word in e.text.casefold() for e in said)
        assert told or meant or passed_on or author == letter.recipient, (
            f"{letter.notice} tells {letter.recipient} {word} of {author}"
        )
    known = [address for address in _STAFF if address in letter.everything.casefold()]
    assert not known or letter.recipient in _STAFF, f"{letter.recipient} got to know {known}"


def check_tokens(letter: Letter, letters: list[Letter]) -> None:
    """No mail carries a token that was made for somebody else."""
    others = {other.ref for other in letters if other.recipient != letter.recipient}
    assert not others.intersection(_TOKEN_REF.findall(letter.everything)), "a token of somebody else"


def test_people_have_addresses_of_their_own():
    """The attacker alone shares one: that of whose mail they hold."""
    shared = Counter(person.address for person in PEOPLE.values())
    assert [address for address, count in shared.items() if count > 1] == [TIA.email]
