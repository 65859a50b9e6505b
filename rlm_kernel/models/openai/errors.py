"""What an endpoint's failure means: from a status, a body and an exception to one sentence that a user can act on.

Nothing here talks to a server. What a server says is hostile text: it is stripped of control characters, bounded, and
freed of the key before it gets into a message.
"""

from __future__ import annotations

import json
import math
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from ...trace import Usage
from ..base import ModelError
from ..keys import NO_KEY, without_keys

MAX_SERVER_TEXT = 500
SOON = 120.0
QUOTA_SECONDS = 3_600.0
"""A server that asks to wait for longer has no limit of a rate, but a quota."""
_OVERFLOW = re.compile(
    r"context[_ ]length[_ ]exceeded|exceed_context_size|(maximum|available|model'?s) context (length|size|window)"
    r"|exceeds? the (model'?s )?(context|maximum number of tokens)|greater than the context length"
    r"|(prompt|input) is too long|too many tokens",
    re.IGNORECASE,
)
_WINDOW = re.compile(r"(?:(?:context (?:length|size|window)|maximum)\D{0,30}?|tokens > )([\d,]{3,12})", re.IGNORECASE)
_PROMPT = re.compile(
    r"(?:resulted in|requested|request \(|too long:|prompt:?|has|of) ?(?:about )?([\d,]{3,12}) tokens", re.IGNORECASE
)
_UNSUPPORTED = re.compile(
    r"unsupported|not support|unrecognized|unknown|unexpected|not permitted|not allowed|extra (input|field)",
    re.IGNORECASE,
)
_SPENT = re.compile(r"insufficient_quota|billing|insufficient_(balance|credit|fund)", re.IGNORECASE)
# A gateway's limit of money for a key, a user, a team or a model: LiteLLM says it with 400, 401, 422 or 429.
_BUDGET = re.compile(
    r"budget_exceeded|budget has been exceeded|exceeded\w{0,20}budget\b"
    r"|(?:exceeded|crossed|over) (?:\w+ ){0,2}budget\b",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"per[-_ ]?(?:day|week|month)\b|\b(?:daily|weekly|monthly)\b|\btoday\b|\btokens? per day\b|\b[rt]pd\b"
    r"|free[-_ ]models?[-_ ]per[-_ ]day|(?:exceeded|used up|out of|no) (?:your |the )?(?:current )?(?:quota|credits?)\b"
    r"|insufficient (?:credits?|balance|funds?|quota)",
    re.IGNORECASE,
)
_NO_PATH = re.compile(
    r"unexpected endpoint|page not found|no (?:such )?(?:route|endpoint)|cannot post|invalid url"
    r"|route .{0,40}not found",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(r"not a valid model|invalid model name", re.IGNORECASE)
_NO_SYSTEM = re.compile(
    r"system[- ]?(?:role|message|prompt|instruction)s?\b.{0,60}?"
    r"(?:not|n['’]t|un)[- ]?(?:be )?(?:support|allow|enabl|permit|accept)"
    r"|(?:not|n['’]t|un)[- ]?(?:support|allow|accept)\w*\b.{0,60}?['\"`]?system['\"`]?"
    r"|only user(?:,)? and assistant roles|conversation roles must alternate user/assistant"
    r"|developer instruction is not enabled|(?:unknown|invalid|unexpected) role:? ['\"`]?system",
    re.IGNORECASE | re.DOTALL,
)
OPTIONAL = ("stream_options", "max_tokens", "max_completion_tokens", "temperature", "seed", "stream")


@dataclass(frozen=True)
class Endpoint:
    """Whom the sentences are about. `headers` go with every request; `key` and `secrets` (values of headers) are there
    so that they can be taken out of texts."""

    model: str
    url: str = field(repr=False)
    key: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def shown(self) -> str:
        """The address without credentials or query."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def has_version(self) -> bool:
        """Whether the path of the address ends in a version already, as `/v1` or `/v1beta/openai`."""
        return re.search(r"/v\d", urlsplit(self.url).path) is not None

    @property
    def has_key(self) -> bool:
        return self.key != NO_KEY


class EndpointError(Exception):
    """A failed try. `again`: trying at once may help; `wait`: seconds that the server asks for, None if it does not.

    `paced`: the server takes requests, but not so many.
    """

    def __init__(
        self,
        message: str,
        kind: str = "server",
        *,
        retryable: bool = False,
        again: bool | None = None,
        wait: float | None = None,
        paced: bool = False,
    ) -> None:
        super().__init__(message)
        self.message, self.kind, self.retryable = message, kind, retryable
        self.again = retryable if again is None else again
        self.wait = wait
        self.paced = paced
        self.window: int | None = None
        # The server has no chat endpoint at this path; it may have one below /v1.
        self.no_path = False

    def error(self, tries: int = 1, usage: Usage | None = None) -> ModelError:
        text = f"{self.message} (tried {tries} times)" if tries > 1 else self.message
        return ModelError(text, kind=self.kind, retryable=self.retryable, usage=usage)


def clean(text: str, endpoint: Endpoint | None = None, limit: int = MAX_SERVER_TEXT) -> str:
    """Server text fit for a message: printable, on one line, without the key, at most `limit` characters."""
    text = text[: 20 * limit]
    text = "".join(char if char.isprintable() else " " if char.isspace() else "" for char in text)
    if endpoint is not None:
        for secret in (*([endpoint.key] if endpoint.has_key else []), *endpoint.secrets):
            text = text.replace(secret, "[redacted]") if len(secret) >= 4 else text
    text = without_keys(" ".join(text.split()))
    return text if len(text) <= limit else text[: limit - 4] + " ..."


@dataclass(frozen=True)
class ErrorBody:
    """An error body, taken apart: what it says and the machine-readable words, all as text."""

    said: str
    code: str = ""
    param: str = ""
    fields: Mapping[str, Any] | None = None
    is_page: bool = False
    is_no_json: bool = False

    @classmethod
    def parse(cls, body: object) -> ErrorBody:
        """From a body as text, or from an `error` object that came as data in a stream."""
        try:
            return cls._parse(body)
        except RecursionError:
            return cls(said="an error nested too deeply to be read")

    @classmethod
    def _parse(cls, body: object) -> ErrorBody:
        if isinstance(body, str):
            try:
                body = json.loads(body)
            except ValueError:
                text = str(body)[:5000].strip()
                title = re.search(r"<title[^>]*>(.{0,200}?)</title", text, re.IGNORECASE | re.DOTALL)
                page = text.startswith("<")
                return cls(said=(title[1] if title else "") if page else text, is_page=page, is_no_json=True)
        if isinstance(body, list) and body:
            body = body[0]
        error = body.get("error", body) if isinstance(body, Mapping) else body
        if not isinstance(error, Mapping):
            return cls(said="" if error is None else str(error))
        said = error.get("message") or error.get("detail") or error.get("error") or json.dumps(error)[:2000]
        code = " ".join(str(error[name]) for name in ("code", "type") if error.get(name))
        return cls(said=str(said), code=code, param=str(error.get("param") or ""), fields=error)

    @property
    def over_budget(self) -> bool:
        """Whether a limit of money is reached, which waiting for seconds does not help."""
        return bool(_BUDGET.search(self.code) or _BUDGET.search(self.said[:4000]))

    @property
    def overflow(self) -> bool:
        return bool(_OVERFLOW.search(self.code) or _OVERFLOW.search(self.said[:4000]))

    def refuses_system(self, sent: Mapping[str, Any]) -> bool:
        """Whether the endpoint takes no system message, of which `sent` has one."""
        has_one = any(message.get("role") == "system" for message in sent.get("messages", ()))
        return has_one and bool(_NO_SYSTEM.search(self.said[:4000]))

    def refused_parameter(self, sent: Mapping[str, Any]) -> str | None:
        """The optional parameter of `sent` that the endpoint does not take, if that is what it says; `system` where it
        is the role."""
        if self.overflow:
            return None
        if self.refuses_system(sent):
            return "system"
        present = [name for name in OPTIONAL if name in sent]
        named = self.param.partition(".")[0]
        if named not in present:
            found = [name for name in present if re.search(rf"\b{name}\b", self.said)]
            named = found[0] if found else ""
        if not named:
            return None
        unsupported = "unsupported" in self.code or _UNSUPPORTED.search(self.said[:4000])
        return named if unsupported or named == "stream_options" else None


def explain(endpoint: Endpoint, status: int, refusal: ErrorBody, headers: Mapping[str, str]) -> EndpointError:
    """The failure that an HTTP status (or an error in mid-stream) stands for."""
    if 300 <= status < 400:
        return redirected(endpoint, headers)
    said = clean(refusal.said, endpoint)
    says = f": {said.removesuffix('.')}" if said else ""
    where = f"{endpoint.shown} ({status})"
    if _NO_PATH.search(refusal.said[:1000]) or (status in (404, 405) and refusal.is_no_json):
        failure = EndpointError(
            f"{where} is not a chat endpoint{says}. Check base_url: it usually ends in /v1.", "protocol"
        )
        failure.no_path = True
        return failure
    if (refusal.is_page and status < 500) or status in (405, 501):
        return EndpointError(
            f"{where} is not a chat endpoint{says}. Check base_url: it usually ends in /v1.", "protocol"
        )
    if status in (400, 413, 422, 500) and refusal.overflow:
        return overflow(endpoint, refusal)
    if 400 <= status < 500 and refusal.over_budget:
        text = f"The budget at {where} is spent{says}."
        remedy = "Nothing more is sent: ask whoever set it to raise it, or wait until it is renewed."
        return EndpointError(f"{text} {remedy}", "rate-limit")
    if status in (401, 402, 403):
        remedy = {
            402: "Check the balance of the account.",
            401: "Check OPENAI_API_KEY or the api_key argument."
            if endpoint.has_key
            else "No key was given: set OPENAI_API_KEY or pass api_key.",
        }.get(status, "Check that the key (OPENAI_API_KEY or api_key) may use this model.")
        return EndpointError(f"{where} refused access to {endpoint.model!r}{says}. {remedy}", "auth")
    unknown = "model_not_found" in refusal.code or _NO_MODEL.search(refusal.said[:1000])
    if status == 404 or (unknown and status < 500):
        return EndpointError(f"{where} has no model {endpoint.model!r}{says}.", "not-found")
    wait = retry_after(headers)
    if status == 429:
        wait = wait if wait is not None else reset_after(headers)
        soon = wait is not None and wait <= SOON
        spent = bool(_SPENT.search(refusal.code)) or (not soon and bool(_QUOTA.search(refusal.said[:4000])))
        spent = spent or (wait or 0.0) > QUOTA_SECONDS
        remedy = "The quota is used up: check the plan." if spent else "Wait, or lower max_concurrency."
        asks = f" It asks to wait {_duration(wait)}." if wait else ""
        text = f"{where} limits the rate of requests{says}.{asks} {remedy}"
        return EndpointError(text, "rate-limit", retryable=not spent, wait=wait, paced=not spent)
    if status in (408, 409) or status >= 500:
        paced = status == 503 and wait is not None
        return EndpointError(f"The server at {where} failed{says}.", "server", retryable=True, wait=wait, paced=paced)
    return EndpointError(f"{where} refused the request{says}.", "server")


def redirected(endpoint: Endpoint, headers: Mapping[str, str]) -> EndpointError:
    """A redirect that is not followed: the key and the document would go where nobody has sent them."""
    try:
        target = urlsplit(urljoin(endpoint.url, headers.get("location", "")))
    except ValueError:  # it is no address
        target = urlsplit("")
    where = clean(urlunsplit((target.scheme, target.netloc.rpartition("@")[2], target.path, "", "")), endpoint, 200)
    return EndpointError(
        f"{endpoint.shown} redirects to {where or 'no address'}, which is not followed: neither the key nor the "
        "document is sent to an address that was not configured. If it is the right one, give it as base_url.",
        "connection",
    )


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7_200 else f"{seconds / 3_600:.0f} hours"


def overflow(endpoint: Endpoint, refusal: ErrorBody) -> EndpointError:
    """The prompt is longer than the window; with both figures where the server gives them."""
    fields = refusal.fields or {}
    said = refusal.said[:4000]
    window = _figure(fields.get("n_ctx")) or _figure(match[1] if (match := _WINDOW.search(said)) else None)
    prompt = _figure(fields.get("n_prompt_tokens")) or _figure(match[1] if (match := _PROMPT.search(said)) else None)
    figures = f"{prompt:,} tokens" if prompt else ""
    figures += f"{', ' if figures else ''}the window has {window:,}" if window else ""
    failure = EndpointError(
        f"The prompt is too long for {endpoint.model!r} at {endpoint.shown}"
        f"{f' ({figures})' if figures else ''}: {clean(said, endpoint, 200)}. "
        "Give the server a larger context window, or lower output_limit or max_iterations.",
        "context-length",
    )
    failure.window = window
    return failure


def no_such_model(endpoint: Endpoint, failure: EndpointError, names: Sequence[str]) -> EndpointError:
    """A 404 again, once it is known which models the endpoint has."""
    if not names:
        hint = f" If the name is right, check base_url: it usually ends in /v1 ({endpoint.shown} lists no models)."
        return EndpointError(failure.message + hint, "not-found")
    listed = ", ".join(clean(name, endpoint, 80) for name in names[:8])
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return EndpointError(f"{failure.message} It has: {listed}{more}.", "not-found")


def _figure(value: object) -> int | None:
    if isinstance(value, str):
        digits = value.replace(",", "")
        value = int(digits) if digits.isdigit() else None
    return value if isinstance(value, int) and 0 < value < 10**9 else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms` or `Retry-After` (seconds or a date), None where there is neither."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if not value:
            continue
        try:
            seconds = float(value) * scale
        except ValueError:
            try:
                seconds = parsedate_to_datetime(value).timestamp() - time.time()
            except (ValueError, TypeError, OverflowError):
                continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def reset_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until `X-RateLimit-Reset` (seconds, or a time in seconds or milliseconds since 1970), where nothing is
    left until then; None otherwise."""
    if headers.get("x-ratelimit-remaining", "0").strip() != "0":
        return None
    try:
        value = float(headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return None
    if value > 1e11:
        value /= 1000
    seconds = value - time.time() if value > 1e9 else value
    return max(0.0, seconds) if math.isfinite(seconds) else None


def connection_failure(endpoint: Endpoint, error: BaseException, *, begun: bool) -> EndpointError:
    """The failure behind an exception of the HTTP library; `begun` once a part of the reply had come."""
    where = endpoint.shown
    causes = list(_causes(error))
    names = {type(cause).__name__ for cause in causes}
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        hint = "is it running? (for Ollama: `ollama serve`)" if is_loopback(endpoint.host) else "check base_url."
        return EndpointError(f"No server answers at {where}: {hint}", "connection", retryable=True, again=False)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        text = f"The host of {where} is not known: check base_url and the network."
        return EndpointError(text, "connection", retryable=True, again=False)
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            text = (
                f"No secure connection to {where}: {clean(str(cause), endpoint, 200)}. Check base_url (http or https?)."
            )
            return EndpointError(text, "connection", again=False)
    # The library calls a connection that the server has closed a timeout of connecting.
    lost = names & {"ServerDisconnectedError", "ClientOSError"}
    if "ConnectionTimeoutError" in names and not lost:
        return EndpointError(f"{where} did not accept a connection in time.", "connection", retryable=True)
    if any("Timeout" in name for name in names) and not lost:
        text = f"{where} sent nothing for too long: a slow model needs a larger timeout."
        return EndpointError(text, "connection", retryable=True, again=False)
    when = "in the middle of the reply" if begun else "before a reply"
    return EndpointError(f"The connection to {where} was lost {when}.", "connection", retryable=True)


def is_loopback(host: str) -> bool:
    """Whether a host name means this very machine."""
    return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.")  # noqa: S104


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions
