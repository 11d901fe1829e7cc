"""Who takes part in a generated conversation, and what they do with the mail they have. Pure choice by drawn numbers.

A step is a handful of numbers; what they mean depends on the mails there are, so that a failing conversation shrinks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.clients import CLIENTS, WIRE, Client, Typed, Writer, compose, forward, forward_attached, reply, reply_all
from tests.conversations.site import AUTHSERV_ID, DESK

PEOPLE: dict[str, Writer] = {
    "ann": Writer("Ann Ames", "ann@client.test"),
    "bob": Writer("Bob Bone", "bob@client.test"),
    "eve": Writer("Eve Stone", "eve@outside.test"),
    "tia": Writer("Tia Berg", "tia@staff.test"),
    "tia at home": Writer("Tia Berg", "tia@home.test"),
    "ned": Writer("Ned Ode", "ned@staff.test"),
    "ven": Writer("Vera Nolan", "vera@vendor.test"),
    "machine": Writer("Monitor", "monitor@client.test"),
    "mallory": Writer("Tia Berg", "tia@staff.test"),
}
TECHNICIANS = frozenset({"tia", "tia at home", "ned"})
#: The attacker holds copies of what Tia got and wrote.
READS_ALONG = {"mallory": "tia@staff.test", "tia at home": "tia@staff.test"}

#: What people type; `{w}` is the canary of the mail.
TECHNICAL = (
    "{w} which floor is it", "#note\n{w} she broke it herself", "#close\ncause: {c} worn\n\n{w} it works again",
    "#priority P1\n#tag fire", "#assign ned", "#mine\n\n{w} I look into it", "#reply\n\n{w} we come", "{w}", "",
    "#cc eve@outside.test\n\n{w} she knows more", "#cc -bob@client.test", "#side vera@vendor.test: {w} is it known",
    "#wait\n\n{w} tell us more", "#snooze 2h\n#note\n{w} later", "#merge 1001", "#ticket 1001\n#tag other\n\n{w} both",
    "#split\n\n{w} another matter", "#spam", "#requester bob@client.test", "#bogus\n\n{w} lost",
    "#for eve@outside.test\n\n{w}",
    "#escalate\n{w} over to you", "#escalate: {c} beyond me\ntried: {c} all of it",
    "#escalate vendor Acme\ntried: {c} all\nreason: {c} theirs\n\n{w} can you help", "#status waiting-vendor",
    "#why sla\n#show", "#escalate\ntried: {c} a cable\n\n{w} it is dead",
    "#bcc-note ned@staff.test\n{w} between us", "#queue network",
    "#ask\n\n{w} since when",
    "#show\n#list", "#find printer", "#why", "#reopen", "#replyonly\n\n{w} answer", "#watch ned", "#link 1001",
    "#approve", "#refuse", "#eta tomorrow", "#eta 2h\n\n{w} soon",
)  # fmt: skip
WORDS = ("undo", "send", "yes", "no", "undo\n\n{w} never mind", "yes\n{w} fine", "Send.")
ORDINARY = (
    "{w} it smokes", "{w} thank you for the quick answer of yesterday", "thanks!", "status", "close", "stop", "resume",
    "add bob@client.test", "add eve@outside.test\n\n{w} she saw it", "cc vera@vendor.test", "it works now",
    "#note\n{w} not a command", "#close", "yes", "{w}\n\nsent with care", "",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One thing somebody does. All but `actor` are numbers of a choice among what there is."""

    actor: str
    act: int
    text: int
    mail: int
    other: int
    client: int
    verdict: int
    #: How long nobody writes after it.
    hours: int = 0


@dataclass(frozen=True)
class Written:
    """A mail on its way: to whom by people's own servers, and what it says in secret words."""

    raw: bytes
    word: str
    to_desk: bool
    recipients: tuple[str, ...]


@dataclass
class World:
    """All mailboxes, and who typed which word in which mail."""

    boxes: dict[str, list[bytes]] = field(default_factory=dict)
    #: Word → (Message-ID of the mail it was typed in, address of who typed it).
    words: dict[str, tuple[str, str]] = field(default_factory=dict)
    count: int = 0

    def box(self, actor: str) -> list[bytes]:
        own = self.boxes.get(PEOPLE[actor].address, [])
        return [*own, *self.boxes.get(READS_ALONG.get(actor, ""), [])]

    def put(self, address: str, raw: bytes) -> None:
        self.boxes.setdefault(address, []).append(raw)


def do(step: Step, world: World) -> Written:
    """Let somebody write a mail."""
    world.count += 1
    word, cause = f"kanari{world.count:04d}x", f"kausal{world.count:04d}x"
    me, client = PEOPLE[step.actor], CLIENTS[step.client % len(CLIENTS)]
    text = _text(step).replace("{w}", word).replace("{c}", cause)
    raw = _write(step, world, me, client, text)
    message = _parsed(raw)
    for one in (word, cause):
        world.words[one] = (str(message["Message-ID"]), me.address)
    everybody = [a.addr_spec for name in ("To", "Cc") if message[name] for a in message[name].addresses]
    outside = tuple(a for a in everybody if not a.endswith("@desk.test"))
    return Written(_delivered(step, raw, me), word, len(outside) < len(everybody), outside)


def _text(step: Step) -> str:
    if step.actor not in TECHNICIANS and step.actor != "mallory":
        return ORDINARY[step.text % len(ORDINARY)]
    texts = (*TECHNICAL, *WORDS)
    return texts[step.text % len(texts)]


def _write(step: Step, world: World, me: Writer, client: Client, text: str) -> bytes:
    """Choose among new mail, answer, answer to all, an answer to the wrong address, and both ways to forward."""
    box, form = world.box(step.actor), client.forms[step.other % len(client.forms)]
    subject = ("Printer", "Printer [#1001]", "Re: Printer [#1002]", "ACME-77 printer")[step.other % 4]
    if not box or step.act == 0:
        raw = compose(client, me, DESK if step.other % 5 else "help@desk.test", subject, Typed(text), form)
        return _with_cc(raw, step, me)
    mail = box[step.mail % len(box)]
    somebody = sorted(PEOPLE.values(), key=lambda p: p.address)[step.other % len(PEOPLE)].address
    match step.act:
        case 1 | 2 | 3:
            return reply(client, me, mail, Typed(text), form)
        case 4:
            return _with_cc(reply_all(client, me, mail, Typed(text), form), step, me)
        case 5:
            return forward(client, me, mail, somebody, Typed(text), form)
        case 6:
            return forward(client, me, mail, DESK, Typed(text), form)
        case 7:
            return forward_attached(client, me, mail, DESK if step.other % 2 else somebody, Typed(text))
        case _:
            return _misaddressed(reply(client, me, mail, Typed(text), form), box, step)


def _with_cc(raw: bytes, step: Step, me: Writer) -> bytes:
    """Now and then somebody else is copied in."""
    if step.other % 3:
        return raw
    message = _parsed(raw)
    somebody = sorted({p.address for p in PEOPLE.values()} - {me.address})[step.other % 7]
    old = str(message["Cc"] or "")
    del message["Cc"]
    message["Cc"] = ", ".join(filter(None, (old, somebody)))
    return message.as_bytes(policy=WIRE)


def _misaddressed(raw: bytes, box: Sequence[bytes], step: Step) -> bytes:
    """Send an answer to an address of the desk that stands in another mail, its note address say."""
    other = _parsed(box[step.other % len(box)])
    part = other.get_body(("plain",))
    addresses = re.findall(r"support(?:\+\w+)?@desk\.test", f"{other['Reply-To']} {part.get_content() if part else ''}")
    message = _parsed(raw)
    message.replace_header("To", addresses[step.verdict % len(addresses)] if addresses else DESK)
    return message.as_bytes(policy=WIRE)


def _delivered(step: Step, raw: bytes, me: Writer) -> bytes:
    """Put the verdict of the site's mail server on top; the attacker's mail never passes."""
    passes = step.verdict % 4 != 3
    verdict = ("fail" if step.verdict % 2 else "") if step.actor == "mallory" else ("pass" if passes else "")
    lines = [f"Return-Path: <{me.address}>"]
    if verdict:
        lines.append(f"Authentication-Results: {AUTHSERV_ID}; dmarc={verdict} header.from={me.domain}")
    lines.append(
        f"Received: from mail.{me.domain} (mail.{me.domain} [192.0.2.7])\r\n"
        f"\tby {AUTHSERV_ID} with ESMTPS id x; Wed, 4 Mar 2026 12:00:00 +0000"
    )
    if step.actor == "machine":
        lines.append("Auto-Submitted: auto-replied")
    return "".join(f"{line}\r\n" for line in lines).encode() + raw


def _parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)
