"""What browser SDKs fetch before they send their first event, for keys that are known."""

from collections.abc import Mapping
from typing import Any

from hub.ingestion.answers import Answer, Refused
from hub.ingestion.requests import Request


def segment_settings(request: Request, key: str, sources: Mapping[str, str]) -> Answer:
    """analytics-next's settings: with them a page sets nothing but cdnURL.

    404 for an unknown key, never an empty object: analytics-next takes `{"integrations": {}}` as leave to
    send to Segment itself. No second integration either: it would go and load a bundle for it.
    """
    if key not in sources:
        raise Refused(
            404, "unknown_write_key", "The write key is not known here; check it against the hub's sources."
        )
    integration = {"apiKey": key, "apiHost": f"{_host(request)}/v1", "protocol": _protocol(request)}
    return _private({"integrations": {"Segment.io": integration}, "metrics": {"sampleRate": 0}})


def rudder_source(source: str) -> Answer:
    """rudder-js's source configuration: no destinations, the hub does all of that."""
    return _private(
        {"source": {"id": source, "name": source, "enabled": True, "config": {}, "destinations": []}}
    )


def _private(body: dict[str, Any]) -> Answer:
    # Not for shared caches: the answer names the host that the client asked for.
    return Answer(status=200, body=body, headers={"Cache-Control": "private, max-age=300"})


def _host(request: Request) -> str:
    """As the client wrote it; what stands before the gateway (a CDN, the local stack) forwards it."""
    forwarded = request.headers.get("x-forwarded-host", "").split(",")[0].strip()
    return forwarded or request.headers.get("host", "")


def _protocol(request: Request) -> str:
    return "http" if request.headers.get("x-forwarded-proto", "").split(",")[0].strip() == "http" else "https"
