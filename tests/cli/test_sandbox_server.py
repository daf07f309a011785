"""The sandbox over HTTP: what every vendor shares, and the controls."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import pytest
import urllib3

from cli.sandbox.server import Server
from hub.clock import Clock, parse_instant
from tests.cli.vendor_requests import EMAIL_HASH, SIGV4

START = parse_instant("2026-12-01T08:00:00Z")
AN_EMAIL = {
    "FromEmailAddress": "news@example.com",
    "Destination": {"ToAddresses": ["anna@example.com"]},
    "Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
}


class Client:
    def __init__(self, server: Server) -> None:
        self.url = server.url
        self.closing = server.closing
        self.pool = urllib3.PoolManager(maxsize=20, retries=False)

    def ask(self, method: str, path: str, body: Any = None, timeout: float = 5.0, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.pool.request(method, self.url + path, body=raw, headers=names, timeout=timeout)

    def mail(self, timeout: float = 5.0) -> Any:
        return self.ask(
            "POST", "/amazon_ses/v2/email/outbound-emails", AN_EMAIL, timeout, Authorization=SIGV4
        )

    def requests(self, query: str = "") -> list[dict[str, Any]]:
        got: list[dict[str, Any]] = self.ask("GET", f"/__requests{query}").json()
        return got

    def fail(self, **plan: Any) -> Any:
        return self.ask("POST", "/__fail", plan)


@pytest.fixture
def sandbox() -> Iterator[Client]:
    now = time.time_ns() // 1_000_000
    server = Server(0, Clock(speed=720, origin=now, start=START))
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    client = Client(server)
    yield client
    client.pool.clear()
    server.shutdown()
    server.server_close()


def test_it_listens_on_loopback_only(sandbox: Client) -> None:
    assert sandbox.url.startswith("http://127.0.0.1:")


def test_requests_are_kept_in_order_with_all_that_was_sent(sandbox: Client) -> None:
    sandbox.mail()
    sandbox.ask("GET", "/lob/v1/letters?limit=1&before=x")

    first, second = sandbox.requests()

    assert set(first) == {"at", "connector", "method", "path", "query", "headers", "body", "status"}
    assert (first["connector"], first["method"], first["path"]) == (
        "amazon_ses",
        "POST",
        "/v2/email/outbound-emails",
    )
    assert (first["body"], first["status"]) == (AN_EMAIL, 200)
    assert (second["connector"], second["path"], second["query"]) == (
        "lob",
        "/v1/letters",
        {"limit": "1", "before": "x"},
    )
    assert second["body"] is None


def test_at_is_in_hub_time(sandbox: Client) -> None:
    sandbox.mail()
    time.sleep(0.05)
    sandbox.mail()

    first, second = (parse_instant(got["at"]) for got in sandbox.requests())

    assert first >= START
    assert second - first >= 720 * 50


def test_requests_can_be_asked_for_by_connector_and_forgotten(sandbox: Client) -> None:
    sandbox.mail()
    sandbox.ask("POST", "/lob/v1/letters", {"to": "adr_1"})

    assert [got["connector"] for got in sandbox.requests("?connector=lob")] == ["lob"]
    assert sandbox.ask("DELETE", "/__requests").status == 200
    assert sandbox.requests() == []


def test_secrets_are_masked_but_their_headers_stay(sandbox: Client) -> None:
    form = b"grant_type=refresh_token&client_id=me&client_secret=s3cret&refresh_token=1%2F%2Fx"
    sandbox.ask(
        "POST", "/lob/x?access_token=s3cret", {"a": 1}, Authorization="Bearer s3cret", x_api_key="s3cret"
    )
    sandbox.ask("POST", "/google_ads/token", form, Content_Type="application/x-www-form-urlencoded")

    call, token = sandbox.requests()

    assert "s3cret" not in json.dumps([call, token])
    assert (call["headers"]["Authorization"], call["headers"]["x-api-key"]) == ("Bearer ***", "***")
    assert token["body"] == "grant_type=refresh_token&client_id=me&client_secret=***&refresh_token=***"


def test_any_other_connector_is_recorded_and_told_yes(sandbox: Client) -> None:
    answer = sandbox.ask("POST", "/talon_one/v2/customer_sessions/1", {"state": "open"})

    assert (answer.status, answer.json()["success"]) == (200, True)


@pytest.mark.parametrize(
    ("connector", "status", "headers"),
    [
        ("amazon_ses", 500, {"x-amzn-ErrorType": "InternalFailure"}),
        ("amazon_ses", 429, {"x-amzn-ErrorType": "TooManyRequestsException"}),
        ("intercom", 429, {"X-RateLimit-Remaining": "0"}),
        ("lob", 429, {"Retry-After": "1"}),
        ("google_ads", 503, {}),
    ],
)
def test_a_vendor_can_be_told_to_fail_a_number_of_times(
    sandbox: Client, connector: str, status: int, headers: dict[str, str]
) -> None:
    sandbox.fail(connector=connector, status=status, times=2)

    answers = [sandbox.ask("POST", f"/{connector}/anything", {}) for _ in range(3)]

    assert [answer.status for answer in answers][:2] == [status, status]
    assert answers[2].status != status
    assert headers.items() <= dict(answers[0].headers).items()


@pytest.mark.parametrize(
    ("connector", "auth", "throttle"),
    [
        ("amazon_ses", 403, 400),
        ("meta_custom_audiences", 400, 400),
        ("optimizely", 403, 429),
        ("intercom", 401, 429),
        ("display_video_360", 401, 429),
        ("google_ads", 401, 429),
        ("webhook", 401, 429),
        ("lob", 401, 429),
    ],
)
def test_auth_and_throttle_failures_are_the_vendors_own(
    sandbox: Client, connector: str, auth: int, throttle: int
) -> None:
    sandbox.fail(connector=connector, mode="auth")
    sandbox.fail(connector=connector, mode="throttle")

    answers = [sandbox.ask("POST", f"/{connector}/anything", {}).status for _ in range(2)]

    assert answers == [auth, throttle]


def test_a_partial_failure_takes_all_but_the_first(sandbox: Client) -> None:
    sandbox.fail(connector="meta_custom_audiences", mode="partial")
    body = {"payload": {"schema": ["EMAIL"], "data": [[EMAIL_HASH], [EMAIL_HASH[::-1]]]}}

    answer = sandbox.ask(
        "POST",
        "/meta_custom_audiences/v26.0/1/users",
        body,
        Authorization="Bearer x",
        Content_Type="application/json",
    ).json()

    assert (answer["num_received"], answer["num_invalid_entries"]) == (2, 1)
    assert answer["invalid_entry_samples"] == {"0": [EMAIL_HASH]}


def test_a_vendor_without_partial_failures_says_so(sandbox: Client) -> None:
    sandbox.fail(connector="amazon_ses", mode="partial")

    answer = sandbox.mail()

    assert (answer.status, "partial" in answer.json()["message"]) == (400, True)


def test_a_timeout_is_work_done_and_never_answered(sandbox: Client) -> None:
    sandbox.fail(connector="amazon_ses", mode="timeout")

    with pytest.raises(urllib3.exceptions.HTTPError):
        sandbox.mail(timeout=0.2)

    assert [got["status"] for got in sandbox.requests()] == [200]


def test_a_late_answer_comes_after_its_time(sandbox: Client) -> None:
    sandbox.fail(connector="amazon_ses", mode="answered_late", seconds=0.2)
    begun = time.monotonic()

    answer = sandbox.mail()

    assert answer.status == 200
    assert time.monotonic() - begun >= 0.2


def test_a_dropped_connection_has_no_answer_and_no_effect(sandbox: Client) -> None:
    sandbox.fail(connector="amazon_ses", mode="drop")

    with pytest.raises(urllib3.exceptions.HTTPError):
        sandbox.mail()

    assert [got["status"] for got in sandbox.requests()] == [0]
    assert sandbox.mail().json()["MessageId"].endswith("000000000001-000000")


def test_a_token_request_does_not_use_up_a_planned_failure(sandbox: Client) -> None:
    sandbox.fail(connector="google_ads", status=500)

    answers = [sandbox.ask("POST", f"/google_ads/{path}", b"x").status for path in ("token", "v1/x")]

    assert answers == [200, 500]


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"connector": "lob"},
        {"connector": "lob", "status": 500, "mode": "drop"},
        {"connector": "lob", "mode": "x"},
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused_with_the_reason(
    sandbox: Client, plan: dict[str, Any]
) -> None:
    answer = sandbox.fail(**plan)

    assert answer.status == 400
    assert answer.json()["error"]


def test_an_unknown_control_says_which_there_are(sandbox: Client) -> None:
    answer = sandbox.ask("GET", "/__fail")

    assert (answer.status, "/__requests" in answer.json()["error"]) == (404, True)


def test_a_request_of_a_shape_nobody_foresaw_is_the_clients_fault(sandbox: Client) -> None:
    answer = sandbox.ask(
        "POST", "/amazon_ses/v2/email/outbound-emails", AN_EMAIL | {"Content": [1]}, Authorization=SIGV4
    )

    assert answer.status == 400


def test_many_may_ask_at_once_and_a_held_request_holds_up_nobody(sandbox: Client) -> None:
    sandbox.fail(connector="lob", mode="answered_late", seconds=60)

    with ThreadPoolExecutor(20) as threads:
        held = threads.submit(sandbox.ask, "POST", "/lob/x", {}, 60)
        while not sandbox.requests("?connector=lob"):
            time.sleep(0.01)
        list(threads.map(lambda _: sandbox.mail(), range(100)))
        assert not held.done()
        sandbox.closing.set()

    assert len(sandbox.requests("?connector=amazon_ses")) == 100
