"""What is right: the expectations of each topic of the corpus as rows of the table.

Called by `understanding`. Texts are compared in NFC with white space joined, no-break blanks as blanks and zero-width
characters gone. To ask about one more thing: a line in a `…_checks` function, and its row in `TOPICS`.
"""

import hashlib
import html as markup
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from tests.benchmarks.answers import Landing, Mail, Person, Report, Writer
from tests.benchmarks.corpus import Case, split_box
from tests.benchmarks.scoring import Check, Topic


def norm(text: str | None) -> str:
    """Return a text as it is compared."""
    plain = unicodedata.normalize("NFC", text or "").replace("\u200b", "").replace("\ufeff", "").replace("\xa0", " ")
    return " ".join(plain.split())


def _squeezed(text: str) -> str:
    return "".join(text.replace("\xa0", " ").split())


_BLOCK = re.compile(r"(?i)<(?:br|/?(?:p|div|tr|td|table|li|ul)|/h\d|h\d|hr|blockquote)\b[^>]*>")
_UNSEEN = re.compile(r"(?is)<(script|style|head)\b.*?</\1>")


def _seen(html: str) -> str:
    """Return roughly the text a reader of the HTML sees."""
    return markup.unescape(re.sub(r"<[^>]*>", "", _BLOCK.sub("\n", _UNSEEN.sub(" ", html))))


# ---------------------------------------------------------------------- parse

_HARD = "hard ones, all fields"
_FIELD_OF = {
    "subject": "subject",
    "from_name": "From name",
    "from_email": "From address",
    "text_contains": "body phrases",
    "text_equals": "exact body",
    "text_equals_ws": "exact body",
    "att_count": "attachment count",
}


def _parse_checks(case: Case, given: Mail | None, _: float) -> Iterator[Check]:
    yield "read without error", given is not None
    mail = given or Mail()
    hard = {_FIELD_OF.get(name) for name in case.oracle.get("hard", ())}
    found: dict[str, bool] = {}
    checks = (*_subject_checks(case.expect, mail), *_header_checks(case.expect, mail), *_date_checks(case.expect, mail),
              *_body_checks(case.expect, mail), *_file_checks(case.expect, mail))  # fmt: skip
    for row, ok in checks:
        found[row] = found.get(row, True) and ok
    # Who cannot read the mail at all has none of its fields, not even those that ought to be empty.
    yield from ((_HARD if row in hard else row, ok and given is not None) for row, ok in found.items())


def _subject_checks(expect: Any, mail: Mail) -> Iterator[Check]:
    subject = norm(mail.subject)
    if "subject" in expect:
        yield "subject", subject == norm(expect["subject"])
    if "subject_contains" in expect:
        yield "subject", norm(expect["subject_contains"]) in subject
    if "subject_startswith" in expect:
        yield "subject", subject.startswith(norm(expect["subject_startswith"]))
    if "subject_not_contains" in expect:
        yield "subject", expect["subject_not_contains"] not in mail.subject


def _header_checks(expect: Any, mail: Mail) -> Iterator[Check]:
    wanted, sender = expect.get("from"), mail.sender or Person("", "")
    if isinstance(wanted, dict) and wanted.get("email"):
        yield "From address", sender.address.lower() == wanted["email"].lower()
    if isinstance(wanted, dict) and wanted.get("name"):
        yield "From name", norm(sender.name) == norm(wanted["name"])
    for key, people in (("to", mail.to), ("cc", mail.cc)):
        listed = [person.get("email") or "" for person in expect[key]] if isinstance(expect.get(key), list) else None
        for addresses in (listed, expect.get(f"{key}_emails")):
            if addresses is not None:
                yield "To and Cc", [one.lower() for one in addresses] == [one.lower() for one in people]
    if "email" in expect.get("to_first", ()):
        yield "To and Cc", mail.to[:1] != () and mail.to[0].lower() == expect["to_first"]["email"].lower()
    if "message_id" in expect:
        yield "Message-ID", mail.message_id.strip("<> ") == expect["message_id"].strip("<> ")
    if "in_reply_to" in expect:
        yield "answered ids", mail.in_reply_to != "" and mail.in_reply_to in expect["in_reply_to"]
    if "references" in expect:
        yield "answered ids", list(mail.references) == [one.strip("<>") for one in expect["references"]]


def _date_checks(expect: Any, mail: Mail) -> Iterator[Check]:
    if "T" in str(expect.get("date", "")):
        yield "date", _same_instant(mail.date_at, expect["date"])


def _same_instant(found: datetime | None, wanted: str) -> bool:
    instant = datetime.fromisoformat(wanted)
    found = found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
    return found == (instant if instant.tzinfo else instant.replace(tzinfo=UTC))


def _body_checks(expect: Any, mail: Mail) -> Iterator[Check]:
    seen = norm(_seen(mail.html))
    text = norm(mail.text) or seen
    for phrase in chain(expect.get("body_text_contains") or (), expect.get("body_html_text_contains") or ()):
        yield "body phrases", norm(phrase) in text or norm(phrase) in seen
    for phrase in expect.get("body_text_not_contains") or ():
        yield "body phrases", norm(phrase) not in text
    if "body_text_endswith" in expect:
        yield "body phrases", text.endswith(norm(expect["body_text_endswith"]))
    for phrase in expect.get("body_html_contains") or ():
        yield "HTML phrases", norm(phrase) in norm(mail.html)
    for key in ("body_text_equals", "body_text_equals_ws"):
        if expect.get(key) is not None:
            yield "exact body", text == norm(expect[key])


def _file_checks(expect: Any, mail: Mail) -> Iterator[Check]:
    if "attachments_count" in expect:
        yield "attachment count", len(mail.files) == expect["attachments_count"]
    if expect.get("filenames_no_newline"):
        yield "attachment names", not any("\n" in name or "\r" in name for name, _ in mail.files)
    wanted = [*(expect.get("attachments") or ()), *(expect.get("attachments_first") or ())]
    named = [norm(file["filename"]) for file in wanted if file.get("filename") and not file.get("note")]
    if named:
        yield "attachment names", set(named) <= {norm(name) for name, _ in mail.files}
    digests = {(kind, file[kind]) for file in wanted for kind in _DIGESTS if kind in file}
    if digests:
        found = {(kind, digest(data)) for _, data in mail.files for kind, digest in _DIGESTS.items()}
        yield "attachment bytes", digests <= found


_DIGESTS: dict[str, Callable[[bytes], str]] = {
    "sha256": lambda data: hashlib.sha256(data).hexdigest(),
    "sha256_lf": lambda data: hashlib.sha256(data.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest(),
    "md5": lambda data: hashlib.md5(data).hexdigest(),
}

# ---------------------------------------------------------------------- reply_trim


def _trim_checks(case: Case, given: str | None, _: float) -> Iterator[Check]:
    ok = given is not None and _is_trimmed(case.oracle, given)
    if case.oracle.get("contested"):
        yield "apart: contested", ok
    elif case.oracle.get("is_forward"):
        yield "apart: forwards", ok
    else:
        yield "ALL", ok
        yield f"{case.oracle['input_kind']} bodies", ok
        yield f"signature {case.oracle['signature_policy']}", ok


def _is_trimmed(oracle: Any, text: str) -> bool:
    if not oracle["assert"].startswith("exact"):
        flat = norm(text)
        kept = all(norm(phrase) in flat for phrase in oracle["must_contain"])
        return kept and not any(norm(phrase) in flat for phrase in oracle["must_not_contain"])
    right = [oracle["expected_trimmed_text"], *(oracle.get("accept") or ())]
    if oracle["assert"] == "exact_nospace" or oracle["input_kind"] == "html":
        return _squeezed(text) in map(_squeezed, right)
    text = re.sub(r"[*_]", "", text) if oracle.get("markup_insensitive") else text
    return norm(text) in map(norm, right)


# ---------------------------------------------------------------------- bounce and auto


def _bounce_checks(case: Case, given: Report | None, _: float) -> Iterator[Check]:
    expect = case.expect
    if expect["is_bounce"] is None:
        return
    report = given or Report(is_bounce=False)
    if not expect["is_bounce"]:
        yield "false positives", not report.is_bounce
        return
    yield "detected", report.is_bounce
    if expect.get("recipients"):
        yield "recipient set", {one.lower() for one in expect["recipients"]} == set(report.recipients)
    if expect.get("severity"):
        ok = report.permanent is not None and report.permanent == (expect["severity"] == "permanent")
        yield "permanence", ok
        if expect.get("has_rfc3464_fields"):
            yield "permanence, RFC 3464 fields", ok
    if "final" in expect:
        yield "final or delayed", report.final == expect["final"]


def _auto_checks(case: Case, given: Writer | None, _: float) -> Iterator[Check]:
    expect = case.expect
    writer = given or Writer("", frozenset(), is_silent=False)
    yield "kind", expect["class"] in writer.covers
    if expect["class"] == "human":
        yield "people called automatic", writer.is_person
    if expect["no_autorespond"]:
        yield "machines answered", writer.is_silent
    else:
        yield "people left unanswered", not writer.is_silent


# ---------------------------------------------------------------------- threading, hostile, headers, tnef

_SEQUENCES = {"sequence": "real sequences", "imap-references": "RFC 5256 REFERENCES"}


def _ask_threads(answer: Callable[..., Any], case: Case) -> Any:
    return answer(split_box(case.raw)) if case.oracle["kind"] in _SEQUENCES else None


def _thread_checks(case: Case, given: Any, _: float) -> Iterator[Check]:
    if case.oracle["kind"] in _SEQUENCES:
        wanted = frozenset(map(frozenset, case.expect["conversations"]))
        yield _SEQUENCES[case.oracle["kind"]], given == wanted


def _ask_scenario(answer: Callable[..., Any], case: Case) -> Any:
    return answer(case) if _is_universal(case) else None


def _scenario_checks(case: Case, given: Landing | None, _: float) -> Iterator[Check]:
    if not _is_universal(case):
        return
    yield "scenarios: where the mail lands", given is not None and given.result == case.expect["result"]
    if case.expect.get("no_autorespond"):
        yield "scenarios: no answer to a machine", given is not None and not given.is_answered
    if case.expect.get("state_after") == "closed":
        yield "scenarios: a closed ticket stays closed", given is not None and given.is_done


def _is_universal(case: Case) -> bool:
    return case.oracle["kind"] == "scenario" and case.oracle.get("policy") == "universal"


def _hostile_checks(case: Case, given: Mail | None, seconds: float) -> Iterator[Check]:
    yield "survived", given is not None
    yield "read in full", given is not None and given.in_full
    yield "within its time limit", seconds <= case.expect["max_seconds"]
    if case.expect.get("safe_filename"):
        yield "file names safe", given is not None and all(_is_safe(name) for name, _ in given.files)
    if case.expect.get("no_header_injection"):
        yield "no line break in a header", given is not None and not re.search(r"[\r\n]", given.subject)


def _is_safe(name: str) -> bool:
    controls = any(unicodedata.category(letter)[0] == "C" for letter in name)
    return not (controls or re.search(r"[/\\]", name) or name.strip(". ") == "" or name.startswith("~"))


def _ask_header(answer: Callable[..., Any], case: Case) -> Any:
    return None if case.oracle["kind"] == "content-type" else answer(case.oracle["kind"], case.oracle["raw"])


def _header_value_checks(case: Case, given: Any, _: float) -> Iterator[Check]:
    kind, expect = case.oracle["kind"], case.expect
    match kind:
        case "content-type":
            return
        case "address-list" if "Group" in expect:
            # The names of groups are of no use to a desk; who is in them is.
            yield "address groups: members", _members(given) == _group_members(expect["Group"])
        case "address-list":
            yield "address lists", given == [(one["name"] or "", one["address"]) for one in expect["List"]]
        case "date":
            yield "dates", (given is None) if expect is None else _same_instant(given, expect)
        case "same-base-subject" | "different-base-subject":
            yield "base subjects", given is not None and len(set(given)) == (1 if kind[0] == "s" else len(given))
        case _:
            yield kind, given == expect


def _members(given: Sequence[tuple[str, str]] | None) -> list[str]:
    return [address for _, address in given or ()]


def _group_members(groups: Any) -> list[str]:
    return [one["address"] for group in groups for one in group["addresses"] if one["address"]]


def _ask_raw(answer: Callable[..., Any], case: Case) -> Any:
    return answer(case.raw)


def _ask_trim(answer: Callable[..., Any], case: Case) -> Any:
    return answer(case.oracle["input_kind"], case.raw, case.oracle["signature_policy"] == "kept")


def _tnef_checks(case: Case, given: Sequence[str] | None, _: float) -> Iterator[Check]:
    yield "file names", given is not None and sorted(given) == sorted(case.expect["filenames"])


# ---------------------------------------------------------------------- the table of topics

TOPICS: dict[str, tuple[Topic, ...]] = {
    "parse": (
        Topic("Fields of a mail", "parse", _ask_raw, _parse_checks, (
            "read without error", "subject", "From address", "From name", "To and Cc", "date", "Message-ID",
            "answered ids", "body phrases", "exact body", "HTML phrases", "attachment count", "attachment names",
            "attachment bytes", _HARD)),
    ),
    "reply_trim": (
        Topic("What a person typed", "trim", _ask_trim, _trim_checks, (
            "ALL", "text bodies", "html bodies", "mime bodies", "signature stripped", "signature kept",
            "apart: forwards", "apart: contested")),
    ),
    "bounce": (
        Topic("Delivery reports", "bounce", _ask_raw, _bounce_checks, (
            "detected", "recipient set", "permanence, RFC 3464 fields", "permanence", "final or delayed",
            "false positives"), frozenset({"false positives"})),
    ),
    "auto": (
        Topic("What wrote it", "auto", _ask_raw, _auto_checks, (
            "kind", "people called automatic", "machines answered", "people left unanswered"),
            frozenset({"people called automatic", "machines answered", "people left unanswered"})),
    ),
    "threading": (
        Topic("Conversations", "threads", _ask_threads, _thread_checks, ("real sequences", "RFC 5256 REFERENCES")),
        Topic("Follow-ups", "scenario", _ask_scenario, _scenario_checks, (
            "scenarios: where the mail lands", "scenarios: no answer to a machine",
            "scenarios: a closed ticket stays closed")),
    ),
    "hostile": (
        Topic("Hostile mail", "hostile", _ask_raw, _hostile_checks, (
            "survived", "read in full", "within its time limit", "file names safe", "no line break in a header")),
    ),
    "headers": (
        Topic("Single header fields", "header", _ask_header, _header_value_checks, (
            "address lists", "address groups: members", "dates", "msg-id-list", "unstructured", "encoded-word",
            "content-disposition-filename", "base subjects")),
    ),
    "tnef": (Topic("winmail.dat", "tnef", _ask_raw, _tnef_checks, ("file names",)),),
}  # fmt: skip
