from typing import Any

import pytest

from tests.cli.vendor_requests import ask, request

A_PROFILE = {
    "attributes": {"customer_id": "cust-42", "email": "anna@example.com", "open_cart": "2 x Green tea"}
}
AN_EVENT = {"type": "order", "identifiers": {"customer_id": "cust-42"}, "data": {"order": {"total": 59.95}}}


def post(path: str, body: Any) -> Any:
    return ask("optimizely", request("POST", path, body, x_api_key="W4WzcEs.key"))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v3/profiles", A_PROFILE),
        ("/v3/profiles", [A_PROFILE] * 500),
        ("/v3/events", [AN_EVENT]),
        ("/v3/lists/subscriptions", [{"list_id": "winback", "email": "a@example.com", "subscribed": False}]),
        (
            "/v3/consent",
            [{"identifier_field_name": "email", "identifier_value": "a@example.com", "consent": False}],
        ),
    ],
)
def test_what_is_well_formed_is_queued(path: str, body: Any) -> None:
    answer = post(path, body)

    assert (answer.status, answer.body["title"]) == (202, "Accepted")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v3/profiles", []),
        ("/v3/profiles", [A_PROFILE] * 501),
        ("/v3/profiles", {"customer_id": "cust-42"}),
        ("/v3/profiles", {"attributes": {"open_cart": "tea"}}),
        ("/v3/profiles", {"attributes": {"customer_id": "cust-42", "open_cart": ["tea"]}}),
        ("/v3/profiles", ["cust-42"]),
        ("/v3/events", [{"identifiers": {"customer_id": "cust-42"}}]),
        ("/v3/lists/subscriptions", [{"list_id": "winback", "email": "a@example.com", "subscribed": "no"}]),
    ],
)
def test_one_malformed_object_spoils_the_request(path: str, body: Any) -> None:
    assert post(path, body).status == 400


def test_a_request_without_its_key_is_forbidden() -> None:
    assert ask("optimizely", request("POST", "/v3/profiles", A_PROFILE)).status == 403


def test_an_unknown_resource_is_not_found() -> None:
    assert post("/v3/people", A_PROFILE).status == 404
