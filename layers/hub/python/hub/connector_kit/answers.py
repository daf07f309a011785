"""From a vendor's answer to an outcome, by the connector's error table.

The body is read before the status is believed: several vendors hide errors in a 200.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.clock import SECOND, Duration, Instant
from hub.connector_kit.outcomes import Accepted, Auth, Gone, OptedOut, Outcome, Refused, Retry, Sent
from hub.connector_kit.requests import Answer

Verdict = Literal["sent", "retry", "refused", "row", "auth", "opted_out", "gone"]
"""row: one of the items in the request is at fault; the others must not suffer for it."""

RPC_CODES: Mapping[str, Verdict] = {
    "INVALID_ARGUMENT": "row",
    "NOT_FOUND": "gone",
    "UNAUTHENTICATED": "auth",
    "PERMISSION_DENIED": "auth",
    "RESOURCE_EXHAUSTED": "retry",
    "UNAVAILABLE": "retry",
    "DEADLINE_EXCEEDED": "retry",
    "INTERNAL": "retry",
}
"""google.rpc.Status, which a whole family of APIs answers with: {"error": {"code", "message", "status"}}."""

_SUCCESS = range(200, 300)
_COMMON: Mapping[int, Verdict] = {
    401: "auth", 403: "auth", 408: "retry", 425: "retry", 429: "retry",
    500: "retry", 502: "retry", 503: "retry", 504: "retry",
}  # fmt: skip
_LIMIT, _BROKEN = 429, 500
_PERSONAL = re.compile(r"[^\s<>\"']+@[^\s<>\"']+|\+\d{6,}")
# An answer with one of these was given before the vendor did anything.
_WITHOUT_EFFECT = frozenset({401, 403, 425, 429, 503})


@dataclass(frozen=True, kw_only=True)
class Answers:
    """A vendor's error table: where its answers keep code, text and id, and what its codes mean."""

    code: tuple[str, ...] = ()
    """Paths in the body; those found are joined with "/": error.code, error.error_subcode -> "100/33"."""
    text: str = ""
    vendor_id: str = ""
    token: str = ""
    codes: Mapping[str, Verdict] = field(default_factory=dict)
    """By full code ("100/33") or by its first part ("100")."""
    statuses: Mapping[int, Verdict] = field(default_factory=dict)
    transient: str = ""
    """Path of a flag by which the vendor itself says that trying again helps."""
    wait: Callable[[Answer, Instant], Duration | None] | None = None
    """Milliseconds the vendor asks us to wait, from its headers or body; Retry-After is known to everyone."""
    bad_rows: Callable[[Answer], Mapping[int, str]] | None = None
    """Position in the request -> why that row is at fault, where the vendor names rows."""

    def read(self, answer: Answer, now: Instant) -> Outcome:
        """`now` is real time: vendors speak of reset times in epoch seconds."""
        code = self._code(answer)
        verdict = self._verdict(answer, code)
        if verdict == "sent":
            return self._done(answer)
        return self._outcome(verdict, answer, code, now)

    def blames_a_row(self, answer: Answer) -> bool:
        return self._verdict(answer, self._code(answer)) == "row"

    def rows_at_fault(self, answer: Answer) -> Mapping[int, str]:
        return self.bad_rows(answer) if self.bad_rows else {}

    def _code(self, answer: Answer) -> str:
        found = [answer.at(path) for path in self.code]
        return "/".join(str(part) for part in found if part not in (None, "", []))

    def _verdict(self, answer: Answer, code: str) -> Verdict | None:
        if self.transient and answer.at(self.transient) is True:
            return "retry"
        known = self.codes.get(code) or self.codes.get(code.partition("/")[0])
        if known:
            return known
        if answer.status in _SUCCESS:
            return None if code else "sent"
        return self.statuses.get(answer.status) or _COMMON.get(answer.status)

    def _done(self, answer: Answer) -> Outcome:
        token = answer.at(self.token) if self.token else None
        if token:
            return Accepted(str(token))
        vendor_id = answer.at(self.vendor_id) if self.vendor_id else None
        return Sent(str(vendor_id or ""))

    def _outcome(self, verdict: Verdict | None, answer: Answer, code: str, now: Instant) -> Outcome:
        text = self._text(answer, code)
        match verdict:
            case "auth":
                return Auth(text)
            case "refused" | "row":
                return Refused(code or str(answer.status), text)
            case "opted_out":
                return OptedOut(text)
            case "gone":
                return Gone(text)
            case _:
                return self._retry(text, verdict, answer, now)

    def _retry(self, text: str, verdict: Verdict | None, answer: Answer, now: Instant) -> Retry:
        own = self.wait(answer, now) if self.wait else None
        is_limit = answer.status == _LIMIT or (own is not None and answer.status < _BROKEN)
        return Retry(
            text,
            after=retry_after(answer) if own is None else own,
            known=answer.status in _WITHOUT_EFFECT,
            unknown_error=verdict is None,
            waits=verdict == "retry" and is_limit,
        )

    def _text(self, answer: Answer, code: str) -> str:
        """The vendor's words, cut short and without the addresses that vendors like to repeat in them."""
        words = str(answer.at(self.text) or "") if self.text else ""
        return _PERSONAL.sub("…", " ".join(f"{answer.status} {code} {words}".split()))[:300]


def retry_after(answer: Answer) -> Duration | None:
    """Retry-After in seconds (its HTTP-date form is rare among APIs and falls back to our own backoff)."""
    return _seconds(answer.headers.get("retry-after"))


def reset_epoch(header: str) -> Callable[[Answer, Instant], Duration | None]:
    """For vendors that name the second at which their limit is reset."""

    def wait(answer: Answer, now: Instant) -> Duration | None:
        reset = _seconds(answer.headers.get(header))
        return None if reset is None else max(0, reset - now)

    return wait


def _seconds(text: Any) -> Duration | None:
    try:
        return round(float(text) * SECOND)
    except (TypeError, ValueError, OverflowError):
        return None
