"""Signatures over raw bytes: ours on what leaves, the vendors' on what comes in."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from hub.clock import MINUTE, SECOND, Instant

_TOLERANCE = 5 * MINUTE


def sign_standard_webhook(secrets: Sequence[str], webhook_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header of Standard Webhooks: one entry a secret, so they can be rotated."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_base64_hmac(_key(secret), signed)}" for secret in secrets)


def is_standard_webhook(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: Instant
) -> bool:
    """`now` is real time; a timestamp more than five minutes off is a replay."""
    webhook_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not webhook_id or not timestamp.isdigit() or abs(int(timestamp) * SECOND - now) > _TOLERANCE:
        return False
    ours = sign_standard_webhook(secrets, webhook_id, int(timestamp), body).split()
    theirs = headers.get("webhook-signature", "").split()
    return any(_same(one, other) for one in ours for other in theirs)


def is_hub_signature(secret: str, header: str, body: bytes) -> bool:
    """X-Hub-Signature: sha1=<hex HMAC-SHA1 of the raw body>."""
    expected = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return bool(secret) and _same(f"sha1={expected}", header)


def seal(secret: str, payload: bytes) -> str:
    """A text for a link that only we can have written: payload and signature, URL-safe."""
    return f"{_to_url(payload)}.{_to_url(hmac.new(secret.encode(), payload, hashlib.sha256).digest())}"


def unseal(secret: str, sealed: str) -> bytes | None:
    """The payload, or None if we did not write it."""
    text, _, signature = sealed.partition(".")
    payload = _from_url(text)
    if not secret or payload is None:
        return None
    return payload if _same(seal(secret, payload), f"{text}.{signature}") else None


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def _base64_hmac(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _to_url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _from_url(text: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
