from typing import Any

import pytest

from cli.sandbox.wire import State
from tests.cli.vendor_requests import ask, request


def call(state: State, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": "Bearer token", "Intercom_Version": "2.16"}
    return ask("intercom", request(method, path, body, **headers), state)


def search(state: State, field: str, value: str) -> list[dict[str, Any]]:
    query = {"operator": "AND", "value": [{"field": field, "operator": "=", "value": value}]}
    found: list[dict[str, Any]] = call(state, "POST", "/contacts/search", {"query": query}).body["data"]
    return found


def test_a_contact_that_was_created_is_found_by_search_and_by_external_id() -> None:
    state: State = {}

    created = call(
        state, "POST", "/contacts", {"role": "user", "external_id": "cust-42", "email": "a@example.com"}
    )

    assert created.status == 200
    assert [one["id"] for one in search(state, "email", "a@example.com")] == [created.body["id"]]
    assert call(state, "GET", "/contacts/find_by_external_id/cust-42").body == created.body
    assert search(state, "external_id", "cust-43") == []
    assert call(state, "GET", "/contacts/find_by_external_id/cust-43").status == 404


def test_an_update_keeps_the_fields_it_does_not_name() -> None:
    state: State = {}
    first = {
        "external_id": "cust-42",
        "name": "Anna",
        "custom_attributes": {"tier": "gold", "open_cart": "tea"},
    }
    contact_id = call(state, "POST", "/contacts", first).body["id"]

    updated = call(
        state, "PUT", f"/contacts/{contact_id}", {"custom_attributes": {"open_cart": None, "ltv": 4.5}}
    )

    assert updated.body["name"] == "Anna"
    assert updated.body["custom_attributes"] == {"tier": "gold", "ltv": 4.5}


@pytest.mark.parametrize("twin", [{"external_id": "cust-42"}, {"role": "user", "email": "a@example.com"}])
def test_a_second_contact_of_the_same_customer_is_a_conflict(twin: dict[str, Any]) -> None:
    state: State = {}
    call(state, "POST", "/contacts", {"external_id": "cust-42", "email": "a@example.com"})

    answer = call(state, "POST", "/contacts", twin)

    assert (answer.status, answer.body["errors"][0]["code"]) == (409, "conflict")


def test_a_lead_may_share_an_email_with_a_user() -> None:
    state: State = {}
    call(state, "POST", "/contacts", {"external_id": "cust-42", "email": "a@example.com"})

    assert call(state, "POST", "/contacts", {"role": "lead", "email": "a@example.com"}).status == 200


@pytest.mark.parametrize(
    "contact",
    [
        {},
        {"name": "Anna"},
        {"external_id": "c", "nickname": "A"},
        {"external_id": "c", "custom_attributes": {"a": []}},
    ],
)
def test_a_contact_without_identity_or_with_unknown_fields_is_refused(contact: dict[str, Any]) -> None:
    answer = call({}, "POST", "/contacts", contact)

    assert (answer.status, answer.body["type"]) == (400, "error.list")


def test_a_note_is_kept_with_its_contact() -> None:
    state: State = {}
    contact_id = call(state, "POST", "/contacts", {"external_id": "cust-42"}).body["id"]

    note = call(state, "POST", f"/contacts/{contact_id}/notes", {"body": "<p>2 x Green tea</p>"})

    assert note.status == 200
    assert note.body["contact"]["id"] == contact_id
    assert call(state, "POST", "/contacts/unknown/notes", {"body": "x"}).status == 404
    assert call(state, "POST", f"/contacts/{contact_id}/notes", {"body": ""}).status == 400


def test_a_tag_comes_off_once() -> None:
    state: State = {}
    contact_id = call(state, "POST", "/contacts", {"external_id": "cust-42"}).body["id"]
    call(state, "POST", f"/contacts/{contact_id}/tags", {"id": "7"})

    answers = [call(state, "DELETE", f"/contacts/{contact_id}/tags/7").status for _ in range(2)]

    assert answers == [200, 404]


def test_a_deleted_contact_is_gone() -> None:
    state: State = {}
    contact_id = call(state, "POST", "/contacts", {"external_id": "cust-42"}).body["id"]

    assert call(state, "DELETE", f"/contacts/{contact_id}").body["deleted"]
    assert call(state, "GET", f"/contacts/{contact_id}").status == 404


def test_an_event_needs_a_name_a_time_and_somebody() -> None:
    event = {"event_name": "order-completed", "created_at": 1795255200, "user_id": "cust-42"}

    assert call({}, "POST", "/events", event).status == 202
    assert call({}, "POST", "/events", event | {"user_id": ""}).status == 400
    assert call({}, "POST", "/events", event | {"metadata": dict.fromkeys("abcdefghijk", 1)}).status == 400


def test_a_call_without_a_token_or_a_version_is_refused() -> None:
    without_token = request("GET", "/me", Intercom_Version="2.16")
    without_version = request("GET", "/me", Authorization="Bearer token")

    assert ask("intercom", without_token).status == 401
    assert ask("intercom", without_version).status == 400
