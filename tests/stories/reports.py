"""Delivery reports as mail servers send them."""

from tests.desk import Sent


def report(sent: Sent, status: str, *, to: str, original: str) -> bytes:
    """Write the report of RFC 3464 that a server sends about a mail of ours; `original`: full, headers or none."""
    action = "failed" if status.startswith("5") else "delayed"
    returned = {
        "full": b"Content-Type: message/rfc822\r\n\r\n" + sent.raw,
        "headers": b"Content-Type: text/rfc822-headers\r\n\r\n" + sent.raw.partition(b"\r\n\r\n")[0] + b"\r\n",
        "none": b"",
    }[original]
    head = f"""From: Mail Delivery System <MAILER-DAEMON@mx.customer.test>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <report{status}{original}@mx.customer.test>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=us-ascii

<{sent.recipient}>: host in.customer.test said: {status} sorry

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.test

Final-Recipient: rfc822; {sent.recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {status[0]}50 {status} sorry

""".replace("\n", "\r\n").encode()
    return head + (b"--report\r\n" + returned + b"\r\n" if returned else b"") + b"--report--\r\n"
