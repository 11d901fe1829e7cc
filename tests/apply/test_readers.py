"""Whom the To and Cc of a technician's answer name, and whose addresses give way to the desk's."""

import pytest

from maildesk.apply.readers import concealer_for, shown_people
from maildesk.model.message import Address
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from tests.make import ANN, BOB, EVE, SUPPORT, TIA, desk, ticket

ODD = Address("Odd", "ödd@client.test")


def notice_to(to: Address, audience: Audience = Audience.PUBLIC) -> Notice:
    return Notice(NoticeName.CORRESPONDENCE, to, audience, Visibility.PUBLIC, text="We come.", author=TIA.address)


@pytest.mark.parametrize(
    ("requester", "participants", "reader", "to", "cc"),
    [
        (ANN, (), ANN, [ANN], []),
        (ANN, (BOB, EVE), ANN, [ANN], [BOB, EVE]),
        (ANN, (BOB, EVE), BOB, [ANN], [BOB, EVE]),
        (ANN, (BOB,), EVE, [], []),
        (ANN, (TIA.address, BOB), BOB, [ANN], [BOB]),
        (TIA.address, (BOB, EVE), BOB, [BOB], [EVE]),
        (TIA.address, (BOB,), TIA.address, [TIA.address], [BOB]),
        (ANN, (ODD, BOB), ANN, [ANN], [BOB]),
    ],
)
def test_everybody_sees_those_who_see_them(
    requester: Address, participants: tuple[Address, ...], reader: Address, to: list[Address], cc: list[Address]
):
    on = ticket(requester=requester, participants=participants)
    assert shown_people(notice_to(reader), on, desk()) == (tuple(to), tuple(cc))


@pytest.mark.parametrize(
    ("to", "audience", "told"),
    [
        (ANN, Audience.PUBLIC, SUPPORT),
        (EVE, Audience.ASIDE, SUPPORT),
        (EVE, Audience.NOTIFIED, SUPPORT),
        (TIA.address, Audience.TECHNICIAN, "TIA@home.test"),
        (TIA.address, Audience.PUBLIC, "TIA@home.test"),
    ],
)
def test_only_technicians_are_told_technicians_addresses(to: Address, audience: Audience, told: str):
    assert concealer_for(notice_to(to, audience), desk(), SUPPORT).text("TIA@home.test") == told
