"""Intercom: what the people in live chat should know of a customer, as attributes and notes on her contact."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from hub.aws.connector_lambda import connector_handler
from hub.connector_kit import (
    Answer,
    Answers,
    Callbacks,
    Connector,
    Credentials,
    Example,
    From,
    Hook,
    HttpRequest,
    News,
    Plan,
    Rendered,
    Retry,
    Row,
    Sent,
    Upsert,
    actions,
    reset_epoch,
)
from hub.connector_kit import hashing as h
from hub.connector_kit.callbacks import withdrawal
from hub.connector_kit.examples import ANNA, REMINDER
from hub.connector_kit.signing import is_hub_signature


class IntercomCredentials(Credentials):
    access_token: str
    client_secret: str = ""
    """Signs the callbacks; without it none is believed."""
    region: Literal["api", "api.eu", "api.au"] = "api"
    version: str = "2.16"
    admin_id: str = ""
    """Author of the notes, where the workspace asks for one."""
    note_withdrawn: str = "No longer applies; please disregard the earlier note."
    unsubscribe_purposes: tuple[str, ...] = ("email",)
    """Purposes of policy.yaml that end when a contact unsubscribes in Intercom."""

    @classmethod
    def example(cls) -> "IntercomCredentials":
        return cls(access_token="dG9r-example", client_secret="clientsecret")  # noqa: S106

    def call(self, method: str, path: str, json: Any, expect: frozenset[int] = frozenset()) -> HttpRequest:
        headers = {
            "authorization": f"Bearer {self.access_token}",
            "intercom-version": self.version,
            "accept": "application/json",
        }
        url = f"https://{self.region}.intercom.io{path}"
        return HttpRequest(method=method, url=url, headers=headers, json=json, expect=expect)


_API = IntercomCredentials.example()
_SEARCH = {
    "query": {"operator": "AND", "value": [{"field": "external_id", "operator": "=", "value": "cust-42"}]}
}
_CONFLICT = frozenset({HTTPStatus.CONFLICT})
_FOUND = Answer.of(200, {"data": [{"id": "6a7b"}]})


class UpdateContact(Upsert):
    """Attributes and a note. Withdrawn, attributes are emptied; the API cannot delete a note, so another disowns it."""

    channel = "chat"
    example = Example(
        params={"attributes": {"open_cart": "{{ cart.summary }}"}, "note": "reminder"},
        document=ANNA,
        templates={"reminder": REMINDER},
        requests=(
            _API.call("POST", "/contacts/search", _SEARCH),
            _API.call("PUT", "/contacts/6a7b", {"custom_attributes": {"open_cart": "2 x Green tea"}}),
            _API.call("POST", "/contacts/6a7b/notes", {"body": "<p>Hi Anna</p>"}),
        ),
        answers=(_FOUND, Answer.of(200, {"id": "6a7b"}), Answer.of(200, {"type": "note"})),
        inverse=(
            _API.call("POST", "/contacts/search", _SEARCH),
            _API.call("PUT", "/contacts/6a7b", {"custom_attributes": {"open_cart": None}}),
            _API.call("POST", "/contacts/6a7b/notes", {"body": _API.note_withdrawn}),
        ),
        inverse_answers=(_FOUND, Answer.of(200, {"id": "6a7b"}), Answer.of(200, {"type": "note"})),
    )

    attributes: dict[str, Any] = {}
    note: Rendered = Rendered()
    external_id: Annotated[str, From("profile.user_id")] = ""
    email: Annotated[str, From("profile.traits.email", "profile.email")] = ""
    phone: Annotated[str, From("profile.phone")] = ""
    name: Annotated[str, From("profile.traits.name")] = ""

    @classmethod
    def content(cls, params: Mapping[str, Any]) -> Sequence[str]:
        return [*params.get("attributes", {}), *(["note:" + params["note"]] if "note" in params else [])]

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not (self.external_id or h.plain_email(self.email)):
            raise ValueError("neither user_id nor email")
        return self

    def row(self) -> Row:
        who = {
            "external_id": self.external_id,
            "email": h.plain_email(self.email),
            "phone": h.e164(self.phone),
        }
        known = {field: value for field, value in {**who, "name": self.name}.items() if value}
        return Row(who=known, what={"attributes": self.attributes, "note": self.note.html or self.note.text})

    @classmethod
    def on(cls, rows: Sequence[Row], target: str, credentials: IntercomCredentials) -> Plan:  # noqa: ARG003
        return _set(rows[0].who, rows[0].what, credentials)

    @classmethod
    def off(cls, rows: Sequence[Row], target: str, credentials: IntercomCredentials) -> Plan:  # noqa: ARG003
        return _withdraw(rows[0].who, rows[0].what, credentials)


def _set(who: Mapping[str, str], what: Mapping[str, Any], api: IntercomCredentials) -> Plan:
    contact = yield from _search(who, api)
    if contact is None:
        new = {"role": "user", **who, "custom_attributes": what["attributes"]}
        created = yield api.call("POST", "/contacts", new, expect=_CONFLICT)
        if created.status != HTTPStatus.CONFLICT:
            return (yield from _write(created.at("id"), {}, what["note"], api))
        # Somebody was faster; the search shows her a few seconds late.
        contact = yield from _search(who, api)
    if contact is None:
        return Retry("409 conflict: the contact exists, but the search does not show it yet", known=False)
    return (yield from _write(contact, what["attributes"], what["note"], api))


def _withdraw(who: Mapping[str, str], what: Mapping[str, Any], api: IntercomCredentials) -> Plan:
    contact = yield from _search(who, api)
    if contact is None:
        return Sent()
    disowned = api.note_withdrawn if what["note"] else ""
    return (yield from _write(contact, dict.fromkeys(what["attributes"]), disowned, api))


def _search(who: Mapping[str, str], api: IntercomCredentials) -> Generator[HttpRequest, Answer, str | None]:
    for field in ("external_id", "email"):
        if field in who:
            value = [{"field": field, "operator": "=", "value": who[field]}]
            found = yield api.call("POST", "/contacts/search", {"query": {"operator": "AND", "value": value}})
            if contact := found.at("data.0.id"):
                return str(contact)
    return None


def _write(contact: str, attributes: Mapping[str, Any], note: str, api: IntercomCredentials) -> Plan:
    if attributes:
        yield api.call("PUT", f"/contacts/{contact}", {"custom_attributes": attributes})
    if note:
        author = {"admin_id": api.admin_id} if api.admin_id else {}
        yield api.call("POST", f"/contacts/{contact}/notes", {"body": note, **author})
    return Sent(contact)


def _signed(hook: Hook, credentials: IntercomCredentials) -> bool:
    return is_hub_signature(credentials.client_secret, hook.headers.get("x-hub-signature", ""), hook.body)


def _read(hook: Hook, credentials: IntercomCredentials) -> Iterator[News]:
    contact = hook.at("data.item")
    if hook.at("topic") == "contact.unsubscribed" and isinstance(contact, dict):
        yield withdrawal(
            credentials.unsubscribe_purposes,
            hook=hook,
            source="intercom",
            message_id=str(hook.at("id")),
            user_id=str(contact.get("external_id") or ""),
            email=str(contact.get("email") or ""),
        )


connector = Connector(
    slug="intercom",
    credentials=IntercomCredentials,
    actions=actions(UpdateContact),
    answers=Answers(
        code=("errors.0.code",),
        text="errors.0.message",
        # The code texts are only partly documented: the status decides, the text is for the log.
        statuses={400: "refused", 404: "gone", 405: "refused", 406: "refused", 409: "retry", 422: "refused"},
        wait=reset_epoch("x-ratelimit-reset"),
    ),
    callbacks=Callbacks(verify=_signed, read=_read),
    pace=150,
)
handler = connector_handler(connector)
