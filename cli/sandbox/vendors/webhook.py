"""A receiver of the hub's own webhooks, as the Standard Webhooks specification has it."""

import base64
import hashlib
import hmac

from cli.sandbox import checks
from cli.sandbox.wire import Refused, Request, Response, State, Vendor

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # noqa: S105 - the sandbox's own, opens nothing
"""What the hub must sign with to be believed here."""
_TOLERANCE = 5 * 60
_NO_CONTENT = 204


def answer(request: Request, _state: State) -> Response:
    _check_signature(request)
    body = checks.json_object(request)
    if not {"type", "timestamp", "data"} <= set(body):
        raise Refused(422, "the body is {type, timestamp, data}")
    return Response(status=_NO_CONTENT)


def _check_signature(request: Request) -> None:
    message_id, stamp = request.header("webhook-id"), request.header("webhook-timestamp")
    if not message_id or not stamp.isdecimal():
        raise Refused(401, "webhook-id or webhook-timestamp is missing")
    if abs(request.received_at // 1_000 - int(stamp)) > _TOLERANCE:
        raise Refused(401, "webhook-timestamp is more than 5 minutes away")
    expected = sign(message_id, stamp, request.raw)
    given = request.header("webhook-signature").split()
    if not any(hmac.compare_digest(expected, one) for one in given):
        raise Refused(401, "no webhook-signature matches")


def sign(message_id: str, stamp: str, raw: bytes, secret: str = SECRET) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{message_id}.{stamp}.".encode() + raw, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


VENDOR = Vendor(
    answer=answer,
    auth=Refused(401, "no webhook-signature matches"),
    throttled=Refused(429, "slow down", headers={"Retry-After": "1"}),
)
