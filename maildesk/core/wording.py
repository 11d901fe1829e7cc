"""What an event says in plain words: somebody's text, or one line about what was done.

Called by `chronicle`. Every kind of event has its words here; a test holds this against the table of events.
"""

from dataclasses import dataclass

from maildesk.core.when import shown
from maildesk.model import event as ev
from maildesk.model.desk import Desk
from maildesk.model.message import Address, Attachment


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words of somebody: `who` said them, `verb` how. `internal`: for technicians only."""

    who: str
    verb: str
    text: str
    internal: bool
    files: tuple[str, ...] = ()


def spoken(event: ev.Event) -> Spoken | None:
    """Return the text an event carries; None: it is no text."""
    match event:
        case ev.CorrespondenceReceived(sender=who, visible_text=text, attachments=files):
            return Spoken(_name(who), "wrote", text, False, _files(files))
        case ev.CorrespondenceSent(author=who, text=text, attachments=files):
            return Spoken(_name(who), "answered", text, False, _files(files))
        case ev.CorrespondencePending(sender=who, text=text, attachments=files):
            return Spoken(_name(who), f"wrote, and it waits for approval: {event.reason}", text, True, _files(files))
        case ev.NoteAdded(author=who, text=text, attachments=files):
            return Spoken(_name(who), "noted", text, True, _files(files))
        case ev.AutomaticMailReceived(sender=who, text=text):
            return Spoken(_name(who), f"answered by machine ({event.kind})", text, True)
        case ev.SideAsked(author=who, text=text):
            return Spoken(_name(who), f"asked {event.to.address} aside", text, True)
        case ev.SideAnswered(sender=who, text=text, attachments=files):
            return Spoken(_name(who), "answered aside", text, True, _files(files))
        case ev.ResolutionRecorded():
            told = (("cause", event.cause), ("fix", event.fix), ("config", event.config))
            text = "\n".join(f"{name}: {value}" for name, value in told if value)
            return Spoken("The solution", "was recorded", text, True)
        case ev.Escalated(sheet=sheet) if sheet:
            text = "\n".join(f"{heading}: {said}" for heading, said in sheet)
            return Spoken(event.by, f"escalated it {handed_on(event)}", text, True)
        case _:
            return None


def _name(who: Address) -> str:
    return who.name or who.address


def _files(attachments: tuple[Attachment, ...]) -> tuple[str, ...]:
    return tuple(a.filename for a in attachments if not a.inline)


def happened(event: ev.Event, desk: Desk) -> str:
    """Say in a few words what happened."""
    match event:
        case ev.TicketOpened():
            return f"opened in {event.queue} for {event.requester.address}"
        case ev.StatusChanged():
            return f"status {event.before} → {event.status}"
        case ev.PriorityChanged():
            return f"priority {event.priority}" + (f" ({event.because})" if event.because else "")
        case ev.Assigned(assignee=None):
            return "given back to its queue"
        case ev.Assigned(assignee=str(assignee)):
            owner = desk.technician(assignee)
            return f"given to {owner.name if owner else assignee}"
        case ev.QueueChanged():
            return f"queue {event.before} → {event.queue}"
        case ev.TagsChanged():
            return f"tags: {', '.join(event.tags) or 'none'}"
        case ev.TypeChanged():
            return f"type {event.type}"
        case ev.SubjectChanged():
            return f"subject: {event.subject}"
        case _:
            return _about_mail(event, desk)


def _about_mail(event: ev.Event, desk: Desk) -> str:
    match event:
        case ev.MailQueued():
            return f"{event.notice} written to {event.recipient}"
        case ev.MailHeld():
            return f"a mail of {event.sender.address if event.sender else 'nobody'} was held: {event.reason}"
        case ev.DeliveryFailed():
            return f"mail to {event.recipient} did not arrive: {event.status} {event.diagnostic}".rstrip()
        case ev.DeliveryDelayed():
            return f"mail to {event.recipient} is delayed: {event.status} {event.diagnostic}".rstrip()
        case ev.CorrespondenceRecalled():
            return f"an answer of {_name(event.author)} was taken back before it left"
        case ev.Undone():
            return f"taken back: {', '.join(event.what)}"
        case ev.VendorNumberLearned():
            return f"{event.vendor} keeps it as {event.number}"
        case _:
            return _about_people(event, desk)


def _about_people(event: ev.Event, desk: Desk) -> str:
    match event:
        case ev.ParticipantAdded():
            return f"{event.participant.address} takes part"
        case ev.ParticipantRemoved():
            return f"{event.participant.address} takes part no more"
        case ev.ParticipantProposed():
            return f"{event.by.address} wants {event.participant.address} to take part"
        case ev.PendingSettled():
            return f"entry {event.entry} was {'approved' if event.approved else 'refused'}"
        case ev.RequesterChanged():
            return f"requester {event.before.address} → {event.requester.address}"
        case ev.UpdatesMuted():
            return f"{event.address} wants {'no updates' if event.muted else 'updates again'}"
        case ev.WatchersChanged():
            return f"watched by {', '.join(event.watchers) or 'nobody'}"
        case _:
            return _about_dates(event, desk)


def _about_dates(event: ev.Event, desk: Desk) -> str:
    match event:
        case ev.DeadlinesSet():
            dates = (
                ("first answer by", event.first_response_due_at), ("next answer by", event.next_response_due_at),
                ("next word by", event.update_due_at), ("solution by", event.resolution_due_at),
            )  # fmt: skip
            return ", ".join(f"{name} {shown(at, desk)}" for name, at in dates if at) or "no deadlines"
        case ev.SnoozeSet():
            return f"sleeps until {shown(event.until, desk)}" if event.until else "sleeps no more"
        case ev.DueSet():
            return f"due {shown(event.due_at, desk)}" if event.due_at else "due at no date any more"
        case ev.ReminderSent():
            return f"reminded that it was due {shown(event.due_at, desk)}"
        case ev.ExpectedSet():
            return f"promised for {shown(event.expected_at, desk)}" if event.expected_at else "promised no more"
        case ev.TimeLogged():
            return f"{event.technician} spent {round(event.seconds / 60)} min"
        case _:
            return _about_ties(event)


def _about_ties(event: ev.Event) -> str:
    match event:
        case ev.Merged():
            return f"went into #{event.into}"
        case ev.Unmerged():
            return f"stands for itself again; it had gone into #{event.before}"
        case ev.LinksChanged():
            return f"linked to {', '.join(f'#{number}' for number in event.links) or 'none'}"
        case ev.ChannelSet():
            return f"came by {event.channel}"
        case ev.ChecklistSet():
            return f"a checklist of {len(event.items)} steps was attached"
        case ev.StepsDone():
            return f"steps done: {', '.join(map(str, event.done)) or 'none'}"
        case ev.FieldsChanged():
            return ", ".join(f"{name}: {value}" for name, value in event.fields) or "no fields"
        case _:
            return _about_policy(event)


def handed_on(event: ev.Escalated) -> str:
    """Say from where to where a ticket went."""
    return f"from {event.before} to {event.queue}" if event.queue != event.before else f"beyond {event.before}"


def _about_policy(event: ev.Event) -> str:
    match event:
        case ev.DeadlineWarned():
            return f"{event.percent} % of the time for the {event.clock.replace('_', ' ')} are used up"
        case ev.RequesterReminded():
            return f"the requester was reminded to answer ({event.nth})"
        case ev.PromiseWarned():
            return "reminded that what the requester was promised " + ("did not come" if event.passed else "is near")
        case ev.VendorChased():
            return "reminded that the vendor is silent"
        case ev.Escalated():
            return f"escalated {handed_on(event)}: {event.reason}"
        case ev.EscalatorsChanged():
            return f"confirmed with the requester by {', '.join(event.escalators) or 'nobody'}"
        case ev.RuleFired():
            return f"rule '{event.rule}' hit"
        case _:
            return type(event).__name__
