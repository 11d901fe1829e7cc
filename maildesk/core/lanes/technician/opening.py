"""A technician's mail that belongs to no ticket: a question, a request of their own, or one for somebody else."""

from dataclasses import replace

from maildesk.core.commands import CommandRun
from maildesk.core.lanes.opening import open_ticket, run_desk_rules
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.lanes.technician.told import command_trace, results
from maildesk.core.notices import one_each
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Decision


def answer_questions(mail: TechnicianMail, run: CommandRun) -> Decision:
    """Answer questions that belong to no ticket, and open none for them."""
    asked = ", ".join(c.line for c in mail.block.commands)
    return Decision(
        Disposition.DISCARD,
        Outcome.DISCARDED,
        f"only a question, answered: {asked}",
        notices=results(mail, run),
        trace=command_trace(run.results),
        commands=run.results,
    )


def open_own(mail: TechnicianMail, run: CommandRun) -> Decision:
    """Open the technician's own ticket, or that of whom `#for` names."""
    verdict = run_desk_rules(mail.situation, mail.desk, mail.identity)
    requester = run.context.for_requester or mail.technician.address
    opened = open_ticket(
        mail.situation,
        mail.desk,
        mail.identity,
        verdict,
        requester=requester,
        opened_by=mail.technician.address,
        text=mail.block.text if mail.block.commands else None,
        claims=mail.identity.claims,
    )
    notices = one_each((*opened.notices, *results(mail, run)), mail.desk, mail.technician.address)
    trace = (*opened.trace, *command_trace(run.results))
    return replace(opened, notices=notices, commands=run.results, trace=trace)
