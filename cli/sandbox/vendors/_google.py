"""What Google's APIs have in common: bodies read as protobuf JSON, errors as google.rpc.Status."""

from collections.abc import Mapping
from typing import Any

from cli.sandbox import checks
from cli.sandbox.wire import Refused, Request, Response

UNAUTHENTICATED = Refused(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")
EXHAUSTED = Refused(429, "Quota exceeded for quota metric.", "RESOURCE_EXHAUSTED")
_STATUSES = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
_SERVER_STATUSES = {500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}


def body(request: Request, fields: frozenset[str]) -> Mapping[str, Any]:
    """The request's JSON; a name that the message does not have is an error, as in all protobuf JSON."""
    found = checks.json_object(request, code="INVALID_ARGUMENT")
    unknown = sorted(set(found) - fields)
    if unknown:
        raise Refused(400, f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.')
    return found


def error(refused: Refused) -> Response:
    """`code` is a status, alone or with the reason and the field of one violation: "STATUS REASON field"."""
    status, *violation = refused.code.split(" ", 2)
    known = {**_STATUSES, **_SERVER_STATUSES}
    problem: dict[str, Any] = {
        "code": refused.status,
        "message": refused.message,
        "status": status or known.get(refused.status, "UNKNOWN"),
    }
    if violation:
        reason, field = violation
        detail = {"@type": "type.googleapis.com/google.rpc.BadRequest"}
        problem["details"] = [{**detail, "fieldViolations": [{"field": field, "reason": reason}]}]
    return Response(status=refused.status, body={"error": problem}, headers=refused.headers)
