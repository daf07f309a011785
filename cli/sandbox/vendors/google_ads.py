"""Google's Data Manager API, v1: https://datamanager.googleapis.com, audiences of Google Ads."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from cli.sandbox import checks
from cli.sandbox.vendors import _google
from cli.sandbox.wire import Refused, Request, Response, Sighting, State, Vendor

_MAX_MEMBERS = 10_000
_MAX_EVENTS = 2_000
_MAX_DESTINATIONS = 10
_MAX_IDENTIFIERS = 10
_KINDS = frozenset({"userData", "mobileData", "userIdData", "compositeData", "pairData", "ppidData"})
_REMOVE_FIELDS = frozenset({"destinations", "audienceMembers", "encoding", "encryptionInfo", "validateOnly"})
_INGEST_FIELDS = _REMOVE_FIELDS | {"consent", "termsOfService"}
_EVENT_FIELDS = frozenset({"destinations", "events", "encoding", "encryptionInfo", "validateOnly", "consent"})
_CONSENTS = frozenset({"CONSENT_STATUS_UNSPECIFIED", "CONSENT_GRANTED", "CONSENT_DENIED"})


def answer(request: Request, state: State) -> Response:
    return checks.token(request) or _answer(request, state, outcome="SUCCESS")


def partial(request: Request, state: State) -> Response:
    """Taken at once, and found wanting only when its status is asked for."""
    return checks.token(request) or _answer(request, state, outcome="PARTIAL_SUCCESS")


def _answer(request: Request, state: State, outcome: str) -> Response:
    checks.bearer(request, VENDOR.auth)
    match (request.method, request.path):
        case ("POST", "/v1/audienceMembers:ingest"):
            _check_ingest(_google.body(request, _INGEST_FIELDS))
        case ("POST", "/v1/audienceMembers:remove"):
            _check_members(_google.body(request, _REMOVE_FIELDS))
        case ("POST", "/v1/events:ingest"):
            _check_events(_google.body(request, _EVENT_FIELDS))
        case ("GET", "/v1/requestStatus:retrieve"):
            return _request_status(request, state)
        case _:
            raise Refused(404, f"Method not found: {request.method} {request.path}", "NOT_FOUND")
    outcomes: list[str] = state.setdefault("outcomes", [])
    outcomes.append(outcome)
    return Response(body={"requestId": f"sandbox-{len(outcomes)}"})


def _check_ingest(body: Mapping[str, Any]) -> None:
    _check_members(body)
    _check_consent(body.get("consent") or {})
    terms = (body.get("termsOfService") or {}).get("customerMatchTermsOfServiceStatus")
    if terms != "ACCEPTED":
        raise _bad("TERMS_AND_CONDITIONS_NOT_SIGNED", "termsOfService")


def _check_members(body: Mapping[str, Any]) -> None:
    _check_destinations(body)
    members = body.get("audienceMembers") or []
    if not 1 <= len(members) <= _MAX_MEMBERS:
        raise _bad("TOO_MANY_AUDIENCE_MEMBERS" if members else "REQUIRED_FIELD_MISSING", "audienceMembers")
    kinds = {tuple(sorted(_KINDS.intersection(member))) for member in members}
    if len(kinds) != 1 or any(len(kind) != 1 for kind in kinds):
        raise _bad("MULTIPLE_DATA_TYPES_NOT_ALLOWED", "audienceMembers")
    for place, member in enumerate(members):
        _check_consent(member.get("consent") or {})
        if "userData" in member:
            _check_user_data(member["userData"], body.get("encoding"), f"audienceMembers[{place}].userData")


def _check_destinations(body: Mapping[str, Any]) -> None:
    destinations = body.get("destinations") or []
    if not 1 <= len(destinations) <= _MAX_DESTINATIONS:
        raise _bad("TOO_MANY_DESTINATIONS" if destinations else "REQUIRED_FIELD_MISSING", "destinations")
    for place, destination in enumerate(destinations):
        _check_account(destination.get("operatingAccount") or {}, f"destinations[{place}].operatingAccount")
        if not _is_digits(destination.get("productDestinationId")):
            raise _bad("INVALID_USER_LIST_ID", f"destinations[{place}].productDestinationId")


def _check_account(account: Mapping[str, Any], field: str) -> None:
    # "ids as strings of digits without dashes"
    if not account.get("accountType") or not _is_digits(account.get("accountId")):
        raise _bad("INVALID_ACCOUNT_ID", field)


def _check_user_data(data: Mapping[str, Any], encoding: object, field: str) -> None:
    if encoding not in ("HEX", "BASE64"):
        raise _bad("ENCODING_REQUIRED", "encoding")
    identifiers = data.get("userIdentifiers") or []
    if not 1 <= len(identifiers) <= _MAX_IDENTIFIERS:
        raise _bad("TOO_MANY_USER_IDENTIFIERS" if identifiers else "NO_IDENTIFIERS_PROVIDED", field)
    for place, identifier in enumerate(identifiers):
        _check_identifier(identifier, str(encoding), f"{field}.userIdentifiers[{place}]")


def _check_identifier(identifier: Mapping[str, Any], encoding: str, field: str) -> None:
    if len(identifier) != 1 or not set(identifier) <= {"emailAddress", "phoneNumber", "address"}:
        raise _bad("INVALID_IDENTIFIER", field)
    for hashed in _hashes(identifier, field):
        if not _is_hash(hashed, encoding):
            raise _bad("INVALID_HEX_ENCODING" if encoding == "HEX" else "INVALID_BASE64_ENCODING", field)


def _hashes(identifier: Mapping[str, Any], field: str) -> Sequence[object]:
    address = identifier.get("address")
    if address is None:
        return list(identifier.values())
    if not all(address.get(part) for part in ("givenName", "familyName", "regionCode", "postalCode")):
        raise _bad("INCOMPLETE_ADDRESS", f"{field}.address")
    return [address["givenName"], address["familyName"]]


def _is_hash(value: object, encoding: str) -> bool:
    if encoding == "HEX":
        return checks.is_sha256_hex(value)
    try:
        return isinstance(value, str) and len(base64.b64decode(value, validate=True)) == 32  # noqa: PLR2004 - SHA-256
    except binascii.Error:
        return False


def _check_consent(consent: Mapping[str, Any]) -> None:
    """A denied consent is taken, and counted out later: no error here."""
    if not set(consent) <= {"adUserData", "adPersonalization"} or not set(consent.values()) <= _CONSENTS:
        raise _bad("INVALID_CONSENT", "consent")


def _check_events(body: Mapping[str, Any]) -> None:
    _check_destinations(body)
    events = body.get("events") or []
    if not 1 <= len(events) <= _MAX_EVENTS:
        raise _bad("TOO_MANY_EVENTS" if events else "REQUIRED_FIELD_MISSING", "events")
    for place, event in enumerate(events):
        if not event.get("eventTimestamp") or not event.get("transactionId"):
            raise _bad("REQUIRED_FIELD_MISSING", f"events[{place}]")
        if "userData" in event:
            _check_user_data(event["userData"], body.get("encoding"), f"events[{place}].userData")


def _request_status(request: Request, state: State) -> Response:
    place = request.query.get("requestId", "").removeprefix("sandbox-")
    outcomes: list[str] = state.get("outcomes", [])
    if not place.isdecimal() or not 1 <= int(place) <= len(outcomes):
        raise Refused(404, "requestId is not known", "NOT_FOUND")
    return Response(body={"requestStatusPerDestination": [{"requestStatus": outcomes[int(place) - 1]}]})


def _tell(request: Request) -> list[Sighting]:
    kinds: dict[str, Literal["on", "off"]] = {"ingest": "on", "remove": "off"}
    method, _, verb = request.path.rpartition(":")
    if method != "/v1/audienceMembers" or verb not in kinds:
        return []
    lists = ", ".join(f"list {one['productDestinationId']}" for one in request.body["destinations"])
    members = request.body["audienceMembers"]
    return [Sighting(kind=kinds[verb], who=_who(one), what=lists) for one in members]


def _who(member: Mapping[str, Any]) -> frozenset[str]:
    identifiers = member.get("userData", {}).get("userIdentifiers", [])
    return frozenset(value for one in identifiers for value in one.values() if isinstance(value, str))


def _is_digits(value: object) -> bool:
    return isinstance(value, str) and value.isdecimal()


def _bad(reason: str, field: str) -> Refused:
    return Refused(400, f"{field}: {reason}", f"INVALID_ARGUMENT {reason} {field}")


VENDOR = Vendor(
    answer=answer,
    error=_google.error,
    auth=_google.UNAUTHENTICATED,
    throttled=_google.EXHAUSTED,
    partial=partial,
    tell=_tell,
)
