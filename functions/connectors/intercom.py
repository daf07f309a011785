"""Intercom: what people in live chat should know of a customer, as attributes and notes."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from hub import connector_kit as kit
from hub.aws.connector_lambda import connector_handler
from hub.connector_kit.callbacks import withdrawal
from hub.connector_kit.hashing import e164, plain_email
from hub.connector_kit.signing import is_hub_signature

_CONFLICT = frozenset({HTTPStatus.CONFLICT.value})


class IntercomCredentials(kit.Credentials):
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

    def call(
        self, method: str, path: str, body: Any, expect: frozenset[int] = frozenset()
    ) -> kit.HttpRequest:
        headers = {"authorization": f"Bearer {self.access_token}", "intercom-version": self.version}
        return kit.HttpRequest(
            method=method,
            url=f"https://{self.region}.intercom.io{path}",
            headers={**headers, "accept": "application/json"},
            json=body,
            expect=expect,
        )


def _example(method: str, path: str, body: Any) -> kit.HttpRequest:
    headers = {
        "authorization": "Bearer dG9r-example",
        "intercom-version": "2.16",
        "accept": "application/json",
    }
    return kit.HttpRequest(method=method, url=f"https://api.intercom.io{path}", headers=headers, json=body)


_SEARCH = _example(
    "POST",
    "/contacts/search",
    {"query": {"operator": "AND", "value": [{"field": "external_id", "operator": "=", "value": "cust-42"}]}},
)
_FOUND = (kit.Answer.of(200, {"data": [{"id": "6a7b"}]}), kit.Answer.of(200), kit.Answer.of(200))


class UpdateContact(kit.Upsert):
    """Attributes and a note. Withdrawn, those are emptied; no note can be deleted: another disowns it."""

    channel = "chat"
    example = kit.Example(
        params={"attributes": {"open_cart": "{{ cart.summary }}"}, "note": "reminder"},
        requests=(
            _SEARCH,
            _example("PUT", "/contacts/6a7b", {"custom_attributes": {"open_cart": "2 x Green tea"}}),
            _example("POST", "/contacts/6a7b/notes", {"body": "<p>Hi Anna</p>"}),
        ),
        answers=_FOUND,
        inverse=(
            _SEARCH,
            _example("PUT", "/contacts/6a7b", {"custom_attributes": {"open_cart": None}}),
            _example(
                "POST",
                "/contacts/6a7b/notes",
                {"body": "No longer applies; please disregard the earlier note."},
            ),
        ),
        inverse_answers=_FOUND,
    )

    attributes: dict[str, Any] = Field(default_factory=dict)
    note: kit.Rendered = kit.Rendered()
    external_id: Annotated[str, kit.From("profile.user_id")] = ""
    email: Annotated[str, kit.From("profile.traits.email", "profile.email")] = ""
    phone: Annotated[str, kit.From("profile.phone")] = ""
    name: Annotated[str, kit.From("profile.traits.name")] = ""

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not (self.external_id or plain_email(self.email)):
            raise ValueError("neither user_id nor email")
        return self

    @classmethod
    def content(cls, params: Mapping[str, Any]) -> Sequence[str]:
        return [*params.get("attributes", {}), *([f"note {params['note']}"] if "note" in params else [])]

    def row(self) -> kit.Row:
        ids = {"external_id": self.external_id, "email": plain_email(self.email), "phone": e164(self.phone)}
        known = {field: value for field, value in {**ids, "name": self.name}.items() if value}
        return kit.Row(
            who=known, what={"attributes": self.attributes, "note": self.note.html or self.note.text}
        )

    @classmethod
    def on(cls, rows: Sequence[kit.Row], _target: str, credentials: IntercomCredentials) -> kit.Plan:
        return _set(rows[0].who, rows[0].what, credentials)

    @classmethod
    def off(cls, rows: Sequence[kit.Row], _target: str, credentials: IntercomCredentials) -> kit.Plan:
        return _withdraw(rows[0].who, rows[0].what, credentials)


def _set(who: Mapping[str, str], what: Mapping[str, Any], api: IntercomCredentials) -> kit.Plan:
    contact = yield from _search(who, api)
    if contact is None:
        new = {"role": "user", **who, "custom_attributes": what["attributes"]}
        created = yield api.call("POST", "/contacts", new, expect=_CONFLICT)
        if created.status != HTTPStatus.CONFLICT:
            return (yield from _write(created.at("id"), {}, what["note"], api))
        # Somebody was faster; the search shows a new contact a few seconds late.
        contact = yield from _search(who, api)
    if contact is None:
        return kit.Retry("409 conflict: the contact exists, but the search does not show it yet")
    return (yield from _write(contact, what["attributes"], what["note"], api))


def _withdraw(who: Mapping[str, str], what: Mapping[str, Any], api: IntercomCredentials) -> kit.Plan:
    contact = yield from _search(who, api)
    if contact is None:
        return kit.Sent()
    disowned = api.note_withdrawn if what["note"] else ""
    return (yield from _write(contact, dict.fromkeys(what["attributes"]), disowned, api))


def _search(
    who: Mapping[str, str], api: IntercomCredentials
) -> Generator[kit.HttpRequest, kit.Answer, str | None]:
    for field in ("external_id", "email"):
        if field in who:
            value = [{"field": field, "operator": "=", "value": who[field]}]
            found = yield api.call("POST", "/contacts/search", {"query": {"operator": "AND", "value": value}})
            if contact := found.at("data.0.id"):
                return str(contact)
    return None


def _write(contact: str, attributes: Mapping[str, Any], note: str, api: IntercomCredentials) -> kit.Plan:
    if attributes:
        yield api.call("PUT", f"/contacts/{contact}", {"custom_attributes": attributes})
    if note:
        author = {"admin_id": api.admin_id} if api.admin_id else {}
        yield api.call("POST", f"/contacts/{contact}/notes", {"body": note, **author})
    return kit.Sent(contact)


def _signed(hook: kit.Hook, credentials: IntercomCredentials) -> bool:
    return is_hub_signature(credentials.client_secret, hook.headers.get("x-hub-signature", ""), hook.body)


def _read(hook: kit.Hook, credentials: IntercomCredentials) -> Iterator[kit.News]:
    contact = hook.at("data.item")
    if hook.at("topic") == "contact.unsubscribed" and isinstance(contact, dict):
        ids = {"user_id": contact.get("external_id"), "email": contact.get("email")}
        yield withdrawal(credentials.unsubscribe_purposes, hook, "intercom", str(hook.at("id")), ids)


connector = kit.Connector(
    slug="intercom",
    credentials=IntercomCredentials,
    actions=kit.actions(UpdateContact),
    answers=kit.Answers(
        code=("errors.0.code",),
        text="errors.0.message",
        # The code texts are only partly documented: the status decides, the text is for the log.
        statuses={400: "refused", 404: "gone", 405: "refused", 406: "refused", 409: "retry", 422: "refused"},
        wait=kit.reset_epoch("x-ratelimit-reset"),
    ),
    callbacks=kit.Callbacks(verify=_signed, read=_read),
    pace=150,
)
handler = connector_handler(connector)
