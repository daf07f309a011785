from typing import Any

import pytest

from tests.cli.vendor_requests import EMAIL_HASH, ask, request

PATH = "/v26.0/23850000000000000/users"


def users(*rows: list[str], schema: Any = ("EXTERN_ID", "EMAIL")) -> dict[str, Any]:
    return {"payload": {"schema": list(schema) if isinstance(schema, tuple) else schema, "data": list(rows)}}


def post(body: Any, path: str = PATH, state: dict[str, Any] | None = None, method: str = "POST") -> Any:
    return ask("meta_custom_audiences", request(method, path, body, Authorization="Bearer token"), state)


def test_rows_are_received_and_counted() -> None:
    answer = post(users(["cust-42", EMAIL_HASH], ["cust-43", ""]))

    assert answer.status == 200
    assert (answer.body["num_received"], answer.body["num_invalid_entries"]) == (2, 0)


def test_the_audience_grows_and_shrinks_as_a_set() -> None:
    state: dict[str, Any] = {}
    sizes = []

    for method in ("POST", "POST", "DELETE", "DELETE"):
        post(users(["cust-42", EMAIL_HASH]), state=state, method=method)
        status = post(None, path="/v26.0/23850000000000000", state=state, method="GET")
        sizes.append(status.body["approximate_count_upper_bound"])

    assert sizes == [1, 1, 0, 0]


@pytest.mark.parametrize("value", ["anna@example.com", EMAIL_HASH.upper(), EMAIL_HASH[:-1]])
def test_a_hashed_key_that_is_no_lower_case_sha256_counts_as_invalid(value: str) -> None:
    answer = post(users(["cust-42", value], ["cust-43", EMAIL_HASH]))

    assert answer.status == 200
    assert (answer.body["num_received"], answer.body["num_invalid_entries"]) == (2, 1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        users(),
        users(["cust-42"]),
        users(["cust-42", EMAIL_HASH, ""]),
        users(["cust-42", EMAIL_HASH], schema=("EXTERN_ID", "MAIL")),
        users([EMAIL_HASH], schema=()),
        users(*([["cust-42", EMAIL_HASH]] * 10_001)),
        users("cust-42"),  # type: ignore[arg-type]
    ],
)
def test_one_wrong_row_or_key_spoils_the_whole_call(body: dict[str, Any]) -> None:
    answer = post(body)

    assert (answer.status, answer.body["error"]["code"]) == (400, 100)


def test_a_call_without_a_token_is_an_auth_error_with_status_400() -> None:
    answer = ask("meta_custom_audiences", request("POST", PATH, users(["c", EMAIL_HASH])))

    assert (answer.status, answer.body["error"]["code"]) == (400, 190)


@pytest.mark.parametrize("path", ["/2385/users", "/v24.0/2385/users", "/v26.0/audience/users"])
def test_an_unversioned_or_expired_path_is_refused(path: str) -> None:
    assert post(users(["cust-42", EMAIL_HASH]), path=path).status == 400
