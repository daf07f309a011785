"""Meta Custom Audiences, Marketing API v26.0: https://graph.facebook.com."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from cli.sandbox import checks
from cli.sandbox.wire import Refused, Request, Response, Sighting, State, Vendor

_USERS = re.compile(r"/v(\d+)\.0/(\d+)/users")
_AUDIENCE = re.compile(r"/v(\d+)\.0/(\d+)")
_OLDEST_VERSION = 25  # v24 expired on 2026-10-06
_MAX_ROWS = 10_000
_HASHED = frozenset(
    {"EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "FN", "LN", "FI", "CT", "ST", "ZIP", "COUNTRY"}
)
_PLAIN = frozenset(
    {"EXTERN_ID", "UID", "PAGEUID", "MADID", "LOOKALIKE_VALUE"}
    | {"DATA_PROCESSING_OPTIONS", "DATA_PROCESSING_OPTIONS_COUNTRY", "DATA_PROCESSING_OPTIONS_STATE"}
)


def answer(request: Request, state: State) -> Response:
    return _users(request, state, spoilt=0)


def partial(request: Request, state: State) -> Response:
    return _users(request, state, spoilt=1)


def _users(request: Request, state: State, *, spoilt: int) -> Response:
    checks.bearer(request, VENDOR.auth)
    audience = _audience(request)
    if request.method == "GET":
        return _status(audience, state)
    if request.method not in ("POST", "DELETE") or not _USERS.fullmatch(request.path):
        raise _bad(f"Unsupported {request.method.lower()} request. {request.path}")
    schema, rows = _payload(request)
    taken, invalid = _sort_out(schema, rows, spoilt)
    _change(state, audience, request.method, taken)
    return Response(body=_summary(audience, rows, invalid))


def _audience(request: Request) -> str:
    found = _USERS.fullmatch(request.path) or _AUDIENCE.fullmatch(request.path)
    if found is None:
        raise _bad(f"Unknown path components: {request.path}")
    if int(found[1]) < _OLDEST_VERSION:
        raise Refused(400, "You are calling a deprecated version of the Ads API.", "2635")
    return found[2]


def _payload(request: Request) -> tuple[list[str], list[list[Any]]]:
    payload = checks.json_object(request, code="100").get("payload")
    if not isinstance(payload, dict):
        raise _bad("(#100) The parameter payload is required")
    schema, rows = payload.get("schema"), payload.get("data")
    keys = [schema] if isinstance(schema, str) else schema
    if not keys or not isinstance(keys, list) or not set(keys) <= _HASHED | _PLAIN:
        raise _bad(f"(#100) Invalid schema {schema!r}")
    if not isinstance(rows, list) or not 1 <= len(rows) <= _MAX_ROWS:
        raise _bad(f"(#100) data must have 1 to {_MAX_ROWS} rows")
    # A row of another width spoils the whole call, not itself alone.
    if any(not isinstance(row, list) or len(row) != len(keys) for row in rows):
        raise _bad("(#100) Each row of data must be as long as the schema")
    return keys, rows


def _sort_out(
    schema: Sequence[str], rows: list[list[Any]], spoilt: int
) -> tuple[list[list[Any]], list[list[Any]]]:
    valid = [row for row in rows[spoilt:] if _is_valid(schema, row)]
    invalid = rows[:spoilt] + [row for row in rows[spoilt:] if not _is_valid(schema, row)]
    return valid, invalid


def _is_valid(schema: Sequence[str], row: Sequence[Any]) -> bool:
    cells = dict(zip(schema, row, strict=True))
    return any(cells.values()) and all(
        checks.is_sha256_hex(cell) for key, cell in cells.items() if key in _HASHED and cell
    )


def _change(state: State, audience: str, method: str, rows: list[list[Any]]) -> None:
    """A set: adding twice and removing a stranger are both fine."""
    members: set[str] = state.setdefault(audience, set())
    for row in rows:
        (members.add if method == "POST" else members.discard)("\x1f".join(map(str, row)))


def _summary(audience: str, rows: list[list[Any]], invalid: list[list[Any]]) -> Mapping[str, Any]:
    samples = {str(place): row for place, row in enumerate(invalid[:100])}
    return {
        "audience_id": audience,
        "session_id": "1",
        "num_received": len(rows),
        "num_invalid_entries": len(invalid),
        "invalid_entry_samples": samples,
    }


def _status(audience: str, state: State) -> Response:
    count = len(state.get(audience, ()))
    return Response(
        body={
            "id": audience,
            "operation_status": {"code": 200, "description": "Normal"},
            "delivery_status": {"code": 200, "description": "This audience is ready for use."},
            "approximate_count_lower_bound": count,
            "approximate_count_upper_bound": count,
        }
    )


def _bad(message: str) -> Refused:
    return Refused(400, message, "100")


def _tell(request: Request) -> list[Sighting]:
    found = _USERS.fullmatch(request.path)
    if found is None:
        return []
    rows = request.body["payload"]["data"]
    kind: Literal["on", "off"] = "on" if request.method == "POST" else "off"
    return [
        Sighting(kind=kind, who=frozenset(filter(None, row)), what=f"audience {found[2]}") for row in rows
    ]


_CODES = {400: "100", 401: "190", 403: "200", 429: "4"}


def _error(refused: Refused) -> Response:
    transient = refused.status >= 500  # noqa: PLR2004 - a server's fault
    error = {
        "message": refused.message,
        "type": "OAuthException",
        "code": int(refused.code or _CODES.get(refused.status, "2")),
        "is_transient": transient,
        "fbtrace_id": "Asandbox",
    }
    return Response(status=refused.status, body={"error": error}, headers=refused.headers)


_USAGE = (
    '{"1":[{"type":"custom_audience","call_count":100,"total_time":100,"estimated_time_to_regain_access":1}]}'
)

VENDOR = Vendor(
    answer=answer,
    error=_error,
    auth=Refused(400, "Error validating access token: Session has expired.", "190"),
    throttled=Refused(
        400, "(#80003) There have been too many calls", "80003", headers={"X-Business-Use-Case-Usage": _USAGE}
    ),
    partial=partial,
    tell=_tell,
)
