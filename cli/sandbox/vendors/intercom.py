"""Intercom, API 2.16: https://api.intercom.io. One contact a call, contacts kept."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from cli.sandbox import checks
from cli.sandbox.vendors._contacts import Contacts, bad, contact_id
from cli.sandbox.wire import Refused, Request, Response, Sighting, State, Vendor

_MAX_METADATA = 10


def answer(request: Request, state: State) -> Response:
    checks.bearer(request, VENDOR.auth)
    if not re.fullmatch(r"\d+\.\d+|Unstable", request.header("intercom-version")):
        problem = "Intercom-Version is missing: the app's default version would apply"
        raise Refused(400, problem, "intercom_version_invalid")
    for method, pattern, answer_to in _ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found and method == request.method:
            return answer_to(request, state, *found.groups())
    raise Refused(404, f"the requested resource was not found: {request.method} {request.path}", "not_found")


def _search(request: Request, state: State) -> Response:
    query = _body(request).get("query")
    if not isinstance(query, dict):
        raise bad("query is missing")
    found = Contacts(state).matching(query)
    body = {"type": "list", "data": found, "total_count": len(found), "pages": {"type": "pages"}}
    return Response(body=body)


def _by_external_id(_request: Request, state: State, external_id: str) -> Response:
    return Response(body=Contacts(state).of_external_id(external_id))


def _create(request: Request, state: State) -> Response:
    return Response(body=Contacts(state).create(_body(request)))


def _update(request: Request, state: State, of_id: str) -> Response:
    return Response(body=Contacts(state).update(of_id, _body(request)))


def _read(_request: Request, state: State, of_id: str) -> Response:
    return Response(body=Contacts(state).get(of_id))


def _delete(_request: Request, state: State, of_id: str) -> Response:
    gone = Contacts(state).delete(of_id)
    body = {"type": "contact", "id": of_id, "external_id": gone.get("external_id"), "deleted": True}
    return Response(body=body)


def _note(request: Request, state: State, of_id: str) -> Response:
    contact, body = Contacts(state).get(of_id), _body(request).get("body")
    if not isinstance(body, str) or not body:
        raise bad("a note needs a body")
    notes: list[Mapping[str, Any]] = state.setdefault("notes", [])
    about = {"type": "contact", "id": contact["id"]}
    notes.append({"type": "note", "id": str(len(notes) + 1), "contact": about, "body": body})
    return Response(body=notes[-1])


def _event(request: Request, _state: State) -> Response:
    event = _body(request)
    named = event.get("event_name") and event.get("created_at")
    if not named or not any(event.get(name) for name in ("user_id", "id", "email")):
        raise bad("an event needs event_name, created_at, and one of user_id, id, email")
    if len(event.get("metadata") or {}) > _MAX_METADATA:
        raise bad(f"metadata has more than {_MAX_METADATA} keys")
    return Response(status=202)


def _tag(request: Request, state: State, of_id: str) -> Response:
    tag_id = str(_body(request).get("id") or "")
    if not tag_id:
        raise bad("a tag's id is needed")
    _tags(state, of_id).add(tag_id)
    return Response(body={"type": "tag", "id": tag_id})


def _untag(_request: Request, state: State, of_id: str, tag_id: str) -> Response:
    tags = _tags(state, of_id)
    if tag_id not in tags:
        raise Refused(404, "Tag not found", "not_found")
    tags.remove(tag_id)
    return Response(body={"type": "tag", "id": tag_id})


def _me(_request: Request, _state: State) -> Response:
    return Response(body={"type": "admin", "id": "1", "app": {"type": "app", "id_code": "sandbox"}})


_ROUTES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("POST", r"/contacts/search", _search),
    ("GET", r"/contacts/find_by_external_id/(.+)", _by_external_id),
    ("POST", r"/contacts", _create),
    ("PUT", r"/contacts/([^/]+)", _update),
    ("GET", r"/contacts/([^/]+)", _read),
    ("DELETE", r"/contacts/([^/]+)", _delete),
    ("POST", r"/contacts/([^/]+)/notes", _note),
    ("POST", r"/contacts/([^/]+)/tags", _tag),
    ("DELETE", r"/contacts/([^/]+)/tags/([^/]+)", _untag),
    ("POST", r"/events", _event),
    ("GET", r"/me", _me),
)


def _tags(state: State, of_id: str) -> set[str]:
    tags: set[str] = state.setdefault("tags", {}).setdefault(Contacts(state).get(of_id)["id"], set())
    return tags


def _body(request: Request) -> Mapping[str, Any]:
    return checks.json_object(request, code="bad_request")


_ABOUT_CONTACTS = re.compile(r"/contacts(?:/([0-9a-f]{24})(/notes)?)?")


def _tell(request: Request) -> list[Sighting]:
    """Attributes filled are on, emptied are off; a note stays for ever, so it is a message."""
    found = _ABOUT_CONTACTS.fullmatch(request.path)
    if found is None or request.method not in ("POST", "PUT"):
        return []
    who = frozenset(filter(None, (found[1], request.body.get("external_id"), request.body.get("email"))))
    if found[2]:
        return [Sighting(kind="message", who=who, what=request.body["body"])]
    written = request.body.get("custom_attributes") or {}
    kind: Literal["on", "off"] = "on" if any(written.values()) else "off"
    what = ", ".join(f"{name}: {value}" for name, value in written.items())
    return [Sighting(kind=kind, who=who, what=what)] if written else []


_CODES = {400: "bad_request", 401: "unauthorized", 404: "not_found", 409: "conflict"}


def _error(refused: Refused) -> Response:
    problem = {"code": refused.code or _CODES.get(refused.status, "server_error"), "message": refused.message}
    body = {"type": "error.list", "request_id": "sandbox", "errors": [problem]}
    return Response(status=refused.status, body=body, headers=refused.headers)


# Reset is a moment in Unix seconds; one in the past means that the window has just turned.
_SPENT = {"X-RateLimit-Limit": "1666", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}

VENDOR = Vendor(
    answer=answer,
    error=_error,
    auth=Refused(401, "Access Token Invalid", "unauthorized"),
    throttled=Refused(429, "Exceeded rate limit", "rate_limit_exceeded", headers=_SPENT),
    tell=_tell,
    own_id=contact_id,
)
