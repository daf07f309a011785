"""Display & Video 360, v4: https://displayvideo.googleapis.com, Customer Match audiences."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from cli.sandbox import checks
from cli.sandbox.vendors import _google
from cli.sandbox.wire import Refused, Request, Response, Sighting, State, Vendor

_EDIT = re.compile(r"/v4/firstPartyAndPartnerAudiences/(\d+):editCustomerMatchMembers")
_CONTACT_LISTS = ("addedContactInfoList", "removedContactInfoList")
_DEVICE_LISTS = ("addedMobileDeviceIdList", "removedMobileDeviceIdList")
_FIELDS = frozenset({"advertiserId", *_CONTACT_LISTS, *_DEVICE_LISTS})
_ADDRESS = frozenset({"hashedFirstName", "hashedLastName", "countryCode", "zipCodes"})
_CONSENTS = frozenset({"CONSENT_STATUS_UNSPECIFIED", "CONSENT_STATUS_GRANTED", "CONSENT_STATUS_DENIED"})
_MAX_MEMBERS = 500_000


def answer(request: Request, _state: State) -> Response:
    return checks.token(request) or _edit(request)


def _edit(request: Request) -> Response:
    checks.bearer(request, VENDOR.auth)
    found = _EDIT.fullmatch(request.path)
    if found is None or request.method != "POST":
        raise Refused(404, f"Method not found: {request.method} {request.path}", "NOT_FOUND")
    body = _google.body(request, _FIELDS)
    if not str(body.get("advertiserId", "")).isdecimal():
        raise _bad("advertiserId is missing")
    _check_lists(body)
    return Response(body={"firstPartyAndPartnerAudienceId": found[1]})


def _check_lists(body: Mapping[str, Any]) -> None:
    contacts = [body[name] for name in _CONTACT_LISTS if name in body]
    devices = [body[name] for name in _DEVICE_LISTS if name in body]
    if bool(contacts) == bool(devices):
        raise _bad("either contact info lists or mobile device id lists are needed, not both")
    for one in contacts:
        _check_consent(one.get("consent") or {})
        _check_contacts(one.get("contactInfos") or [])
    for one in devices:
        _check_consent(one.get("consent") or {})


def _check_consent(consent: Mapping[str, Any]) -> None:
    """Per list, and one denial refuses the whole request."""
    if not set(consent.values()) <= _CONSENTS:
        raise _bad("consent: unknown status")
    if "CONSENT_STATUS_DENIED" in consent.values():
        raise _bad("consent: CONSENT_STATUS_DENIED, the list is refused")


def _check_contacts(contacts: list[Mapping[str, Any]]) -> None:
    if not 1 <= len(contacts) <= _MAX_MEMBERS:
        raise _bad(f"contactInfos must have 1 to {_MAX_MEMBERS} entries")
    for contact in contacts:
        _check_contact(contact)


def _check_contact(contact: Mapping[str, Any]) -> None:
    address = _ADDRESS.intersection(contact)
    if not set(contact) <= _ADDRESS | {"hashedEmails", "hashedPhoneNumbers"} or not contact:
        raise _bad(f"contactInfos: unknown or no fields in {sorted(contact)}")
    if address and address != _ADDRESS:
        raise _bad("contactInfos: an address has all four of its fields or none")
    hashes = [*contact.get("hashedEmails", []), *contact.get("hashedPhoneNumbers", [])]
    hashes += [contact[name] for name in ("hashedFirstName", "hashedLastName") if name in contact]
    if not all(checks.is_sha256_hex(hashed) for hashed in hashes):
        raise _bad("contactInfos: a value is not a SHA-256 in lower-case hex")


def _tell(request: Request) -> list[Sighting]:
    found = _EDIT.fullmatch(request.path)
    if found is None:
        return []
    kinds: tuple[Literal["on", "off"], ...] = ("on", "off")
    return [
        Sighting(kind=kind, who=_who(contact), what=f"audience {found[1]}")
        for kind, name in zip(kinds, _CONTACT_LISTS, strict=True)
        for contact in request.body.get(name, {}).get("contactInfos", [])
    ]


def _who(contact: Mapping[str, Any]) -> frozenset[str]:
    return frozenset((*contact.get("hashedEmails", ()), *contact.get("hashedPhoneNumbers", ())))


def _bad(message: str) -> Refused:
    return Refused(400, message, "INVALID_ARGUMENT")


VENDOR = Vendor(
    answer=answer,
    error=_google.error,
    auth=_google.UNAUTHENTICATED,
    throttled=_google.EXHAUSTED,
    tell=_tell,
)
