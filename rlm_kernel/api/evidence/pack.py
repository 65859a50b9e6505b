"""Writes a pack: trace, documents, report, audit notebook, environment and, where there is one, the auditor's pass,
described as an RO-Crate and signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any, Literal

from ...document import Document, Text
from ...render.audit_notebook import audit_notebook
from ...render.audit_pass import Audit, AuditError, audit_of
from ...render.report import html_report
from ...replay.documents import document_of_trace
from ...replay.verdicts import Unlike
from ...trace import Trace
from ...trace.events import utc_now
from ...trace.json_values import without_surrogates
from .container import PackError, packed
from .signing import canonical, public_key_of, signed

TRACE, REPORT, NOTEBOOK, ENVIRONMENT = "trace.json", "report.html", "audit.ipynb", "environment.json"
CALLS, CRATE, STATEMENT, SIGNER = "calls.json", "ro-crate-metadata.json", "statement.dsse.json", "signer.pub"
AUDIT = "auditors-pass.json"
DOCUMENTS = "documents/"
PREDICATE = "urn:rlm-kernel:evidence-pack:1"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
Documents = Literal["text", "hash"]
_PAPER = "https://arxiv.org/abs/2512.24601"


def write_pack(
    trace: Trace,
    file: Path,
    key: Path,
    document: Document | None = None,
    documents: Documents = "text",
    audit: Audit | None = None,
) -> None:
    """Write the pack of a run, signed with the private key in `key`. `documents`: whether it holds their texts, or
    their hashes alone. `audit`: an auditor's pass over this run, which then stands in the report. Raises PackError."""
    if trace.elided:
        raise PackError(
            "This copy of the trace is shortened: pack the whole one (answer.trace, --trace, --save-trace)."
        )
    members = texts_of(trace, document) if documents == "text" else {}
    if audit is not None:
        # As data too: the report is made from it again by whoever verifies.
        members[AUDIT] = canonical(without_surrogates(audit.model_dump(mode="json", by_alias=True)))
    members |= derived(trace, members)
    members[TRACE] = trace.to_json().encode()
    members[ENVIRONMENT] = canonical({"versions": trace.versions, "packed_with": _packages()})
    members[CALLS] = canonical(trace.calls)
    members[SIGNER] = public_key_of(key)
    members[CRATE] = canonical(_crate(trace, sorted(members)))
    members[STATEMENT] = signed(_statement(trace, members, documents), key)
    try:
        file.write_bytes(packed(members))
    except OSError as error:
        raise PackError(f"{file} cannot be written: {error.strerror or error}.") from None


def texts_of(trace: Trace, document: Document | None) -> dict[str, bytes]:
    """The texts of the documents as members. Raises PackError where one is not at hand, or has changed."""
    try:
        found = document_of_trace(trace, document)
    except Unlike as unlike:
        raise PackError(f"The pack needs the document, or documents='hash' (--documents hash): {unlike}.") from None
    return {f"{DOCUMENTS}{number:04}.txt": bytes(text.data) for number, text in enumerate(found.texts, 1)}


def document_in(trace: Trace, members: Mapping[str, bytes]) -> Document | None:
    """The document that a pack holds; None where it holds hashes alone. Raises Unlike for one of another content."""
    names = sorted(name for name in members if name.startswith(DOCUMENTS))
    if not names:
        return None
    # Under the names that they had: what code has looked at is recorded by them.
    called = [(one.name, one.source) for one in trace.documents] + [(name, name) for name in names]
    texts = [Text(*called[number], members[name]) for number, name in enumerate(names)]
    return document_of_trace(trace, Document(texts, "text" if len(texts) == 1 else "mapping"))


def audit_in(trace: Trace, members: Mapping[str, bytes]) -> Audit | None:
    """The auditor's pass that a pack holds, None where it holds none. Raises PackError for one that cannot be read, or
    is over another run."""
    if AUDIT not in members:
        return None
    try:
        data = json.loads(members[AUDIT])
        return audit_of(trace, data if isinstance(data, dict) else {})
    except AuditError as error:
        raise PackError(f"{AUDIT}: {error}") from None
    except (ValueError, RecursionError):
        raise PackError(f"{AUDIT} is no auditor's pass.") from None


def derived(trace: Trace, members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The members that follow from the trace, the documents and the auditor's pass, by this version of the package.
    Raises PackError, Unlike."""
    document = document_in(trace, members)
    notebook = json.dumps(audit_notebook(trace, document), ensure_ascii=False, indent=1, sort_keys=True)
    return {
        REPORT: html_report(trace, document, audit_in(trace, members)).encode("utf-8", "replace"),
        NOTEBOOK: notebook.encode("utf-8", "replace"),
    }


def sha256(data: bytes) -> str:
    """Hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _statement(trace: Trace, members: Mapping[str, bytes], documents: Documents) -> dict[str, Any]:
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": sha256(members[name])}} for name in sorted(members)],
        "predicateType": PREDICATE,
        "predicate": {
            "trace": trace.digest,
            "question": trace.question.encode("utf-8", "replace").decode(),
            "status": trace.status,
            "documents": [{"name": one.name, "sha256": one.sha256} for one in trace.documents],
            "documents_kept_as": documents,
            "packed": utc_now(),
            "packed_by": f"rlm-kernel {version('rlm-kernel')}",
        },
    }


def _packages() -> list[str]:
    """What was installed where the pack was written, as requirements."""
    return sorted({f"{each.metadata['Name']}=={each.version}" for each in distributions()}, key=str.lower)


def _ended(trace: Trace) -> str:
    try:
        ended = datetime.fromisoformat(trace.started) + timedelta(seconds=trace.seconds)
    except (ValueError, OverflowError):
        return trace.started
    return ended.isoformat(timespec="seconds")


def _crate(trace: Trace, names: list[str]) -> dict[str, Any]:
    """The pack as an RO-Crate 1.1: a run as an action, with what it read and what came of it."""
    kinds = {
        ".json": "application/json",
        ".html": "text/html",
        ".ipynb": "application/x-ipynb+json",
        ".txt": "text/plain",
    }
    files = [
        {"@id": name, "@type": "File", "name": name, "encodingFormat": kinds.get(Path(name).suffix, "text/plain")}
        for name in names
    ]
    program = f"urn:rlm-kernel:{version('rlm-kernel')}"
    read = [{"@id": name} for name in names if name.startswith(DOCUMENTS)]
    rights = "#rights"
    action = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": trace.question[:500].encode("utf-8", "replace").decode(),
        "description": "A model answered the question by code that was run on the documents; see the trace.",
        "startTime": trace.started,
        "endTime": _ended(trace),
        "instrument": {"@id": program},
        "object": read[0] if len(read) == 1 else read,
        "result": [{"@id": TRACE}, {"@id": REPORT}],
        "actionStatus": {
            "@id": f"http://schema.org/{'Completed' if trace.status == 'answered' else 'Failed'}ActionStatus"
        },
    }
    profile = "https://w3id.org/ro/wfrun/process/0.5"
    graph = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": "Evidence of an answer",
            "description": "How an answer about documents came about: the code that was run, what it returned, and the "
            "documents, in a form that can be run again without a model.",
            "datePublished": utc_now(),
            "license": {"@id": rights},
            "conformsTo": {"@id": profile},
            "hasPart": [{"@id": name} for name in names],
            "mentions": {"@id": "#run"},
        },
        {
            "@id": rights,
            "@type": "CreativeWork",
            "name": "No licence",
            "description": "All rights in the documents remain with their owners.",
        },
        {"@id": profile, "@type": ["CreativeWork", "Profile"], "name": "Process Run Crate", "version": "0.5"},
        {
            "@id": program,
            "@type": "SoftwareApplication",
            "name": "rlm-kernel",
            "version": version("rlm-kernel"),
            "url": _PAPER,
        },
        action,
        *files,
    ]
    return {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
