"""Who takes part: To and Cc, a technician's one word, leaving by mail, and what each reader sees."""

import pytest

from maildesk.model import event as ev
from tests.desk import Mails, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA, Person, gmail, iphone, outlook

pytestmark = pytest.mark.servers

CARL = Person("Carl Cole", "carl@customer.test", outlook)
DORA = Person("Dora Dale", "dora@other.test", gmail)


def opened(desk: TestDesk, cc: str = "", *, dmarc: str | None = "pass") -> Mails:
    headers = {"Cc": cc} if cc else {}
    return desk.deliver(ANN.write("Printer", "It smokes.\n", **headers), dmarc=dmarc)


def participants(desk: TestDesk) -> list[str]:
    return [p.address for p in desk.ticket().participants]


def test_a_colleague_in_copy_takes_part_and_an_outsider_waits(any_desk: TestDesk):
    others = "support@example.test, no-reply@customer.test"
    mails = opened(any_desk, f"Carl Cole <carl@customer.test>, dora@other.test, {others}")
    assert mails.recipients == [ANN.address, TIA.address]
    assert "From now on carl@customer.test takes part too" in mails.to(TIA.address).text
    assert "dora@other.test" in mails.to(TIA.address).text
    assert (participants(any_desk), [p.address for p in any_desk.ticket().proposed]) == ([CARL.address], [DORA.address])

    answer = any_desk.deliver(TIA.reply(mails.to(TIA.address), "Which floor?\n"), dmarc="pass")
    assert answer.recipients == [ANN.address, CARL.address]
    assert answer.to(ANN.address).reply_address != answer.to(CARL.address).reply_address

    # Carl got the first mail by Cc; Dora is let in by one word and sees only what is said from then on.
    result = any_desk.deliver(TIA.reply(mails.to(TIA.address), "#approve\n"), dmarc="pass")
    assert result.recipients == [DORA.address, TIA.address]
    assert "smokes" not in result.to(DORA.address).everything
    assert "floor" not in result.to(DORA.address).everything
    any_desk.deliver(DORA.reply(result.to(DORA.address), "Third floor.\n"))
    assert [e.sender.address for e in any_desk.events(ev.CorrespondenceReceived)] == [ANN.address, DORA.address]


def test_nobody_joins_by_an_unproven_mail(plain_desk: TestDesk):
    mails = opened(plain_desk, "carl@customer.test", dmarc=None)
    assert participants(plain_desk) == []
    assert "Also named: carl@customer.test" in mails.to(TIA.address).text
    mails = plain_desk.deliver(ANN.reply(mails.to(ANN.address), "More smoke.\n", Cc="carl@customer.test"))
    assert (participants(plain_desk), mails.recipients) == ([], [TIA.address])


@pytest.mark.parametrize("word", ["yes", "Yes.", "no"])
def test_a_colleague_named_by_word_waits_for_a_technicians_word(desk: TestDesk, word: str):
    ack = opened(desk).to(ANN.address)
    asked = desk.deliver(ANN.using(iphone).reply(ack, "Add dora@other.test"), dmarc="pass")
    assert asked.recipients == [ANN.address, TIA.address]
    assert "asked whether your colleague" in asked.to(ANN.address).text
    assert "dora@other.test" in asked.to(TIA.address).text

    decided = desk.deliver(TIA.using(iphone).reply(asked.to(TIA.address), word), dmarc="pass")
    joins = word != "no"
    assert decided.recipients == ([DORA.address] if joins else []) + [TIA.address]
    assert participants(desk) == ([DORA.address] if joins else [])
    assert desk.ticket().proposed == ()
    again = desk.deliver(TIA.reply(asked.to(TIA.address), word), dmarc="pass")
    assert again.recipients == [TIA.address]
    assert "decided already" in again.to(TIA.address).text


@pytest.mark.parametrize("word", ["yes", "no"])
def test_a_copy_holders_text_waits_for_one_word(any_desk: TestDesk, word: str):
    """Ann forwards the acknowledgement to Bob, who answers it."""
    mails = opened(any_desk)
    said = "It was me, canary-bob.\n" if word == "no" else "It was me.\n"
    told = any_desk.deliver(BOB.reply(mails.to(ANN.address), said), dmarc="pass")
    assert told.recipients == [TIA.address]
    assert participants(any_desk) == []
    if word == "yes":
        # What waits is internal until the word is given.
        assert "It was me." in told.to(TIA.address).text

    decided = any_desk.deliver(TIA.reply(told.to(TIA.address), word), dmarc="pass")
    approved = word == "yes"
    assert decided.recipients == ([BOB.address] if approved else []) + [TIA.address]
    texts = [e.visible_text.strip() for e in any_desk.events(ev.CorrespondenceReceived)]
    assert texts == (["It smokes.", "It was me."] if approved else ["It smokes."])
    assert participants(any_desk) == ([BOB.address] if approved else [])
    assert [e.approved for e in any_desk.events(ev.PendingSettled)] == [approved]


def test_a_participant_leaves_by_one_word_and_stays_away(any_desk: TestDesk):
    mails = opened(any_desk, "carl@customer.test")
    answer = any_desk.deliver(TIA.reply(mails.to(TIA.address), "Which floor?\n"), dmarc="pass")
    left = any_desk.deliver(CARL.reply(answer.to(CARL.address), "stop"))
    assert left.recipients == [CARL.address]
    assert "no more" in left.to(CARL.address).text
    assert participants(any_desk) == []

    # Ann's next mail to all does not bring him back; a technician's command would.
    told = any_desk.deliver(ANN.reply(answer.to(ANN.address), "Third.\n", Cc="carl@customer.test"), dmarc="pass")
    assert participants(any_desk) == []
    assert any_desk.deliver(TIA.reply(told.to(TIA.address), "On my way.\n"), dmarc="pass").recipients == [ANN.address]


@pytest.mark.parametrize(
    ("policy", "joined"), [("approve", []), ("same-domain", [CARL.address]), ("open", [CARL.address, DORA.address])]
)
def test_the_admin_decides_who_joins(make_desk: MakeDesk, policy: str, joined: list[str]):
    desk = make_desk(policy={"participants": policy})
    opened(desk, "carl@customer.test, dora@other.test")
    assert participants(desk) == joined
