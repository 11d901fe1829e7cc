"""Who has to do with a ticket."""

from dataclasses import dataclass

from maildesk.model.message import Address


@dataclass(frozen=True, slots=True)
class ParticipantAdded:
    """Somebody joined the public side, by a rule or by a proven technician."""

    participant: Address


@dataclass(frozen=True, slots=True)
class ParticipantRemoved:
    """Somebody left the public side, by their own word or a technician's; or a technician let them not even in."""

    participant: Address


@dataclass(frozen=True, slots=True)
class ParticipantProposed:
    """Somebody is named by `by`, who may not let them in: a technician's word decides."""

    participant: Address
    by: Address


@dataclass(frozen=True, slots=True)
class RequesterChanged:
    """The ticket is somebody else's from now on."""

    requester: Address
    before: Address


@dataclass(frozen=True, slots=True)
class UpdatesMuted:
    """Whoever has this address wants no news that the desk sends by itself (`muted`), or wants it again."""

    address: str
    muted: bool


@dataclass(frozen=True, slots=True)
class WatchersChanged:
    """Main addresses of all technicians who read along from now on."""

    watchers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """`assignee` is a technician's main address; None returns the ticket to its queue."""

    assignee: str | None
