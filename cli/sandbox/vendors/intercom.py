"""Intercom, API 2.16: https://api.intercom.io. One contact a call, contacts kept."""

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Literal

from cli.sandbox import checks
from cli.sandbox.wire import Refused, Request, Response, Sighting, State, Vendor

Contact = dict[str, Any]

_FIELDS = frozenset(
    {"role", "external_id", "email", "phone", "name", "avatar", "signed_up_at", "last_seen_at", "owner_id"}
    | {"unsubscribed_from_emails", "email_verified", "language_override", "custom_attributes"}
)
_MAX_METADATA = 10


def answer(request: Request, state: State) -> Response:
    checks.bearer(request, VENDOR.auth)
    if not re.fullmatch(r"\d+\.\d+|Unstable", request.header("intercom-version")):
        raise Refused(
            400,
            "Intercom-Version is missing: the app's default version would apply",
            "intercom_version_invalid",
        )
    for method, pattern, answer_to in _ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found and method == request.method:
            return answer_to(request, state, *found.groups())
    raise Refused(404, f"the requested resource was not found: {request.method} {request.path}", "not_found")


def _search(request: Request, state: State) -> Response:
    query = _body(request).get("query")
    if not isinstance(query, dict):
        raise _bad("query is missing")
    found = [contact for contact in _contacts(state).values() if _matches(contact, query)]
    return Response(
        body={"type": "list", "data": found, "total_count": len(found), "pages": {"type": "pages"}}
    )


def _matches(contact: Contact, query: Mapping[str, Any]) -> bool:
    operator, value = query.get("operator"), query.get("value")
    if operator in ("AND", "OR") and isinstance(value, list):
        return (all if operator == "AND" else any)(_matches(contact, part) for part in value)
    if operator != "=":
        raise _bad(f"operator {operator!r} is not known")
    return contact.get(str(query.get("field"))) == value


def _by_external_id(_request: Request, state: State, external_id: str) -> Response:
    found = next((one for one in _contacts(state).values() if one.get("external_id") == external_id), None)
    if found is None:
        raise _not_found("User Not Found")
    return Response(body=found)


def _create(request: Request, state: State) -> Response:
    fields = _checked(request)
    if not (fields.get("email") or fields.get("external_id") or fields.get("role") == "lead"):
        raise _bad("one of email, external_id, or role lead is needed")
    _refuse_twins(fields, state, but="")
    contact = {
        "type": "contact",
        "id": _free_id(fields, state),
        "role": "user",
        "custom_attributes": {},
    }
    return _keep(contact, fields, state)


def contact_id(origin: str) -> str:
    """The id of a contact that was created with this external_id, or e-mail address."""
    return blake2b(origin.encode(), digest_size=12).hexdigest()


def _free_id(fields: Mapping[str, Any], state: State) -> str:
    """A lead may share its e-mail address with a user: then it gets another id."""
    count = len(_contacts(state))
    wanted = contact_id(str(fields.get("external_id") or fields.get("email") or count))
    return wanted if wanted not in _contacts(state) else contact_id(f"{wanted}{count}")


def _update(request: Request, state: State, contact_id: str) -> Response:
    contact, fields = _contact(state, contact_id), _checked(request)
    _refuse_twins(fields, state, but=contact_id)
    return _keep(contact, fields, state)


def _keep(contact: Contact, fields: Mapping[str, Any], state: State) -> Response:
    """Fields not named stay; custom attributes are merged, and null takes one away."""
    merged = {**contact.get("custom_attributes", {}), **(fields.get("custom_attributes") or {})}
    attributes = {name: value for name, value in merged.items() if value is not None}
    kept = {**contact, **fields, "custom_attributes": attributes}
    _contacts(state)[kept["id"]] = kept
    return Response(body=kept)


def _refuse_twins(fields: Mapping[str, Any], state: State, but: str) -> None:
    """external_id is unique; an e-mail is unique among users, not among leads."""
    for contact in _contacts(state).values():
        same_id = fields.get("external_id") and fields["external_id"] == contact.get("external_id")
        users = "lead" not in (fields.get("role"), contact.get("role"))
        same_email = users and fields.get("email") and fields["email"] == contact.get("email")
        if contact["id"] != but and (same_id or same_email):
            raise Refused(
                409, f"A contact matching those details already exists with id={contact['id']}", "conflict"
            )


def _read(_request: Request, state: State, contact_id: str) -> Response:
    return Response(body=_contact(state, contact_id))


def _delete(_request: Request, state: State, contact_id: str) -> Response:
    gone = _contact(state, contact_id)
    del _contacts(state)[contact_id]
    return Response(
        body={"type": "contact", "id": contact_id, "external_id": gone.get("external_id"), "deleted": True}
    )


def _note(request: Request, state: State, contact_id: str) -> Response:
    contact, body = _contact(state, contact_id), _body(request).get("body")
    if not isinstance(body, str) or not body:
        raise _bad("a note needs a body")
    notes: list[Mapping[str, Any]] = state.setdefault("notes", [])
    note = {
        "type": "note",
        "id": str(len(notes) + 1),
        "contact": {"type": "contact", "id": contact["id"]},
        "body": body,
    }
    notes.append(note)
    return Response(body=note)


def _event(request: Request, _state: State) -> Response:
    event = _body(request)
    named = event.get("event_name") and event.get("created_at")
    if not named or not any(event.get(name) for name in ("user_id", "id", "email")):
        raise _bad("an event needs event_name, created_at, and one of user_id, id, email")
    if len(event.get("metadata") or {}) > _MAX_METADATA:
        raise _bad(f"metadata has more than {_MAX_METADATA} keys")
    return Response(status=202)


def _tag(request: Request, state: State, contact_id: str) -> Response:
    tag_id = str(_body(request).get("id") or "")
    if not tag_id:
        raise _bad("a tag's id is needed")
    _tags(state, contact_id).add(tag_id)
    return Response(body={"type": "tag", "id": tag_id})


def _untag(_request: Request, state: State, contact_id: str, tag_id: str) -> Response:
    tags = _tags(state, contact_id)
    if tag_id not in tags:
        raise _not_found("Tag not found")
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


def _contacts(state: State) -> dict[str, Contact]:
    contacts: dict[str, Contact] = state.setdefault("contacts", {})
    return contacts


def _contact(state: State, contact_id: str) -> Contact:
    found = _contacts(state).get(contact_id)
    if found is None:
        raise _not_found("User Not Found")
    return found


def _tags(state: State, contact_id: str) -> set[str]:
    tags: set[str] = state.setdefault("tags", {}).setdefault(_contact(state, contact_id)["id"], set())
    return tags


def _body(request: Request) -> Mapping[str, Any]:
    return checks.json_object(request, code="bad_request")


def _checked(request: Request) -> Mapping[str, Any]:
    fields = _body(request)
    unknown = set(fields) - _FIELDS
    if unknown:
        raise _bad(f"unknown fields: {', '.join(sorted(unknown))}")
    if any(isinstance(value, (dict, list)) for value in (fields.get("custom_attributes") or {}).values()):
        raise _bad("custom_attributes are scalars")
    return fields


def _bad(message: str) -> Refused:
    return Refused(400, message, "parameter_invalid")


def _not_found(message: str) -> Refused:
    return Refused(404, message, "not_found")


_PATH = re.compile(r"/contacts(?:/([0-9a-f]{24})(/notes)?)?")


def _tell(request: Request) -> list[Sighting]:
    """Attributes filled are on, emptied are off; a note stays for ever, so it is a message."""
    found = _PATH.fullmatch(request.path)
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


VENDOR = Vendor(
    answer=answer,
    error=_error,
    auth=Refused(401, "Access Token Invalid", "unauthorized"),
    # Reset is a moment in Unix seconds; one in the past means "the window has just turned".
    throttled=Refused(
        429,
        "Exceeded rate limit",
        "rate_limit_exceeded",
        headers={"X-RateLimit-Limit": "1666", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"},
    ),
    tell=_tell,
)
