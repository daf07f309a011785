"""Amazon SES, API v2: https://email.{region}.amazonaws.com, REST-JSON, version 2019-09-27."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from cli.sandbox import checks
from cli.sandbox.wire import Refused, Request, Response, Sighting, State, Vendor

_SIGV4 = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/[a-z0-9-]+/ses/aws4_request, ?"
    r"SignedHeaders=\S+, ?Signature=[0-9a-f]{64}"
)
# SES takes no SMTPUTF8: the local part is ASCII, an international domain comes in punycode.
_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MAX_RECIPIENTS = 50
_MAX_HEADERS = 15
_SUPPRESSED = "/v2/email/suppression/addresses"


def answer(request: Request, state: State) -> Response:
    if not _SIGV4.fullmatch(request.header("authorization")):
        raise Refused(403, "Missing Authentication Token", "MissingAuthenticationTokenException")
    if (request.method, request.path) == ("POST", "/v2/email/outbound-emails"):
        return _send(checks.json_object(request, code="BadRequestException"), state)
    if request.path.startswith(_SUPPRESSED):
        return _suppression(request, state)
    if (request.method, request.path) == ("GET", "/v2/email/account"):
        return _account()
    raise Refused(404, f"no operation at {request.method} {request.path}", "UnknownOperationException")


def _send(body: Mapping[str, Any], state: State) -> Response:
    _check_sender(body)
    _check_recipients(body.get("Destination") or {})
    _check_content(body.get("Content") or {})
    _check_tags(body.get("EmailTags") or [])
    count = state["sent"] = state.get("sent", 0) + 1
    return Response(body={"MessageId": f"0100019a{count:08x}-5a5a5a5a-0000-4000-8000-{count:012x}-000000"})


def _check_sender(body: Mapping[str, Any]) -> None:
    sender = str(body.get("FromEmailAddress", ""))
    bare = sender.rpartition("<")[2].removesuffix(">")
    if not _ADDRESS.fullmatch(bare):
        raise _bad(f"FromEmailAddress {sender!r} is not an address")


def _check_recipients(destination: Mapping[str, Any]) -> None:
    recipients = [
        one for kind in ("ToAddresses", "CcAddresses", "BccAddresses") for one in destination.get(kind, [])
    ]
    if not 1 <= len(recipients) <= _MAX_RECIPIENTS:
        raise _bad(f"{len(recipients)} recipients; 1 to {_MAX_RECIPIENTS} are allowed")
    for recipient in recipients:
        if not _ADDRESS.fullmatch(str(recipient)):
            raise _bad(f"Invalid recipient {recipient!r}")


def _check_content(content: Mapping[str, Any]) -> None:
    if len([kind for kind in ("Simple", "Raw", "Template") if content.get(kind)]) != 1:
        raise _bad("Content must have exactly one of Simple, Raw, Template")
    simple = content.get("Simple")
    if simple:
        _check_simple(simple)


def _check_simple(simple: Mapping[str, Any]) -> None:
    body = simple.get("Body") or {}
    parts = [simple.get("Subject"), *(body.get(kind) for kind in ("Text", "Html") if kind in body)]
    if len(parts) == 1 or not all(
        isinstance(part, dict) and isinstance(part.get("Data"), str) for part in parts
    ):
        raise _bad("Simple needs Subject.Data and Body.Text.Data or Body.Html.Data")
    headers = simple.get("Headers") or []
    if len(headers) > _MAX_HEADERS or not all(_is_header(header) for header in headers):
        raise _bad(f"Headers: at most {_MAX_HEADERS}, names up to 126 printable characters, values up to 995")


def _is_header(header: Mapping[str, Any]) -> bool:
    name, value = str(header.get("Name", "")), str(header.get("Value", ""))
    return re.fullmatch(r"[!-9;-~]{1,126}", name) is not None and 1 <= len(value) <= 995  # noqa: PLR2004 - the API's bound


def _check_tags(tags: list[Mapping[str, Any]]) -> None:
    for tag in tags:
        if not all(_TAG.fullmatch(str(tag.get(part, ""))) for part in ("Name", "Value")):
            raise _bad(f"EmailTags: {tag!r} is not made of A-Z, a-z, 0-9, _ and -")


def _suppression(request: Request, state: State) -> Response:
    suppressed: set[str] = state.setdefault("suppressed", set())
    if request.method == "PUT":
        suppressed.add(str(checks.json_object(request).get("EmailAddress", "")).lower())
        return Response(body={})
    address = unquote(request.path.removeprefix(f"{_SUPPRESSED}/")).lower()
    if request.method != "DELETE" or address not in suppressed:
        raise Refused(404, f"{address} is not on the suppression list", "NotFoundException")
    suppressed.remove(address)
    return Response(body={})


def _account() -> Response:
    quota = {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0}
    return Response(body={"SendingEnabled": True, "ProductionAccessEnabled": True, "SendQuota": quota})


def _bad(message: str) -> Refused:
    return Refused(400, message, "BadRequestException")


def _tell(request: Request) -> list[Sighting]:
    if request.path != "/v2/email/outbound-emails":
        return []
    simple = request.body["Content"].get("Simple") or {}
    html = ((simple.get("Body") or {}).get("Html") or {}).get("Data", "")
    headers = {header["Name"]: header["Value"] for header in simple.get("Headers") or []}
    details = {"html": html, "unsubscribe": headers.get("List-Unsubscribe", "").strip("<>")}
    subject = (simple.get("Subject") or {}).get("Data", "")
    recipients = request.body["Destination"]["ToAddresses"]
    return [Sighting(kind="message", who=frozenset({to}), what=subject, details=details) for to in recipients]


_CODES = {400: "BadRequestException", 403: "AccessDeniedException", 429: "TooManyRequestsException"}


def _error(refused: Refused) -> Response:
    code = refused.code or _CODES.get(refused.status, "InternalFailure")
    return Response(
        status=refused.status, body={"message": refused.message}, headers={"x-amzn-ErrorType": code}
    )


VENDOR = Vendor(
    answer=answer,
    error=_error,
    auth=Refused(403, "The security token included in the request is invalid.", "InvalidClientTokenId"),
    # Throttling comes under two names and two codes; this is the one without 429.
    throttled=Refused(400, "Maximum sending rate exceeded.", "ThrottlingException"),
    tell=_tell,
)
