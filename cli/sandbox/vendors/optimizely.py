"""Optimizely Data Platform, v3: https://api.{region}.odp.optimizely.com."""

from collections.abc import Mapping
from typing import Any, Literal

from cli.sandbox.wire import Refused, Request, Response, Sighting, State, Vendor

_MAX_ITEMS = 500
_IDENTIFIERS = frozenset({"customer_id", "email", "phone", "vuid", "fs_user_id"})


def answer(request: Request, _state: State) -> Response:
    for item in _items(request):
        _CHECKS[request.path](item)
    return Response(
        status=202, body={"title": "Accepted", "status": 202, "timestamp": "2026-11-21T10:00:00.000Z"}
    )


def partial(request: Request, _state: State) -> Response:
    """The whole request is refused, and the bad item is named: no item of it is taken."""
    items = _items(request)
    detail = {"invalids": [{"event": 0, "message": "unknown field"}]}
    return Response(
        status=400, body={"title": "Bad Request", "status": 400, "detail": detail, "received": len(items)}
    )


def _items(request: Request) -> list[Mapping[str, Any]]:
    if not request.header("x-api-key"):
        raise VENDOR.auth
    if request.method != "POST" or request.path not in _CHECKS:
        raise Refused(404, f"no such resource: {request.method} {request.path}")
    body = request.body
    items = body if isinstance(body, list) else [body]
    if not 1 <= len(items) <= _MAX_ITEMS:
        raise Refused(400, f"{len(items)} objects; at most {_MAX_ITEMS} a request")
    if not all(isinstance(item, dict) for item in items):
        raise Refused(400, "an object or an array of objects is expected")
    return items


def _check_profile(item: Mapping[str, Any]) -> None:
    attributes = item.get("attributes")
    if set(item) != {"attributes"} or not isinstance(attributes, dict):
        raise Refused(400, "a profile is {attributes: {...}}, identifiers inside")
    _check_identified(attributes)
    if any(isinstance(value, (dict, list)) for value in attributes.values()):
        raise Refused(400, "attributes are plain values")


def _check_event(item: Mapping[str, Any]) -> None:
    identifiers = item.get("identifiers")
    if not item.get("type") or not isinstance(identifiers, dict):
        raise Refused(400, "an event needs type and identifiers")
    _check_identified(identifiers)


def _check_subscription(item: Mapping[str, Any]) -> None:
    if not item.get("list_id") or not isinstance(item.get("subscribed"), bool):
        raise Refused(400, "a subscription needs list_id and subscribed (true or false)")
    _check_identified(item)


def _check_consent(item: Mapping[str, Any]) -> None:
    if not item.get("identifier_field_name") or not isinstance(item.get("consent"), bool):
        raise Refused(
            400, "a consent needs identifier_field_name, identifier_value and consent (true or false)"
        )


def _check_identified(fields: Mapping[str, Any]) -> None:
    if not any(fields.get(name) for name in _IDENTIFIERS):
        raise Refused(400, f"none of the identifiers {', '.join(sorted(_IDENTIFIERS))} is given")


_CHECKS = {
    "/v3/profiles": _check_profile,
    "/v3/events": _check_event,
    "/v3/lists/subscriptions": _check_subscription,
    "/v3/consent": _check_consent,
}


def _tell(request: Request) -> list[Sighting]:
    if request.path != "/v3/profiles":
        return []
    items = request.body if isinstance(request.body, list) else [request.body]
    return [_written_on(item["attributes"]) for item in items]


def _written_on(attributes: Mapping[str, Any]) -> Sighting:
    who = frozenset(str(attributes[name]) for name in _IDENTIFIERS & set(attributes))
    written = {name: value for name, value in attributes.items() if name not in _IDENTIFIERS}
    kind: Literal["on", "off"] = "on" if any(written.values()) else "off"
    return Sighting(kind=kind, who=who, what=", ".join(f"{name}: {value}" for name, value in written.items()))


def _error(refused: Refused) -> Response:
    body = {"title": refused.message, "status": refused.status, "detail": {"message": refused.message}}
    return Response(status=refused.status, body=body, headers=refused.headers)


VENDOR = Vendor(
    answer=answer,
    error=_error,
    auth=Refused(403, "Forbidden"),
    # No Retry-After is promised, and none is given.
    throttled=Refused(429, "Too Many Requests"),
    partial=partial,
    tell=_tell,
)
