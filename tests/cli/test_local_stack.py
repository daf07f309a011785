"""The pieces of `hub up`: processes that end, one stack at a time, and a front door that changes nothing."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import urllib3

from cli.local_stack import LocalStackError, StackInfo, Wishes, credentials, lock, processes, records
from cli.local_stack.bodies import BadBodyError, read_body
from cli.local_stack.emulator import environment
from cli.local_stack.front_door import Api, FrontDoor, options_event
from cli.rehearsal.vendors import secret_of
from hub.clock import Clock
from hub.connector_kit import discover
from hub.connector_kit.credentials import AudienceCredentials
from hub.strategy.strategy import Strategy
from tests.small_strategies import a_strategy

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)", "cli.sandbox"]
HOLD_LOCK = """
import sys
from pathlib import Path
from cli.local_stack import lock
with lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    input()
"""
DEAF = [
    sys.executable,
    "-c",
    "import signal as s, time; s.signal(s.SIGTERM, s.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


def an_info(**changes: Any) -> StackInfo:
    given: dict[str, Any] = {
        "endpoint": "http://127.0.0.1:8787",
        "write_key": "wk_1",
        "aws_endpoint_url": "http://127.0.0.1:4566",
        "sandbox": "http://127.0.0.1:9000",
        "stage": "local",
        "region": "us-east-1",
        "pid": os.getpid(),
        "clock": {"speed": 1.0, "origin": 0, "start": 0},
        "speed": 1.0,
        "start": "2026-11-21T10:00:00Z",
        "strategy": "/shop/strategy",
        "write_keys": {"wk_1": "website"},
        "outputs": {"Connectors": "site,webhook"},
    }
    return StackInfo(**given | changes)


class TestProcesses:
    def test_a_child_that_is_stopped_is_gone(self, tmp_path: Path) -> None:
        child = processes.start("sleeper", SLEEPER, os.environ, tmp_path)

        processes.stop([child], tmp_path)

        assert not child.alive

    def test_a_child_that_does_not_listen_is_gone_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(processes, "PATIENCE", 0.2)
        child = processes.start("deaf", DEAF, os.environ, tmp_path)
        wait_for(lambda: child.last_words() == "up")

        processes.stop([child], tmp_path)

        assert not child.alive

    def test_what_a_killed_hub_left_behind_is_ended_by_the_next(self, tmp_path: Path) -> None:
        left = processes.start("sandbox", SLEEPER, os.environ, tmp_path)
        wait_for(lambda: left.last_words() == "up")

        processes.stop_leftovers(tmp_path)

        assert left.process.wait(5) < 0

    def test_a_stranger_who_got_the_number_is_left_alone(self, tmp_path: Path) -> None:
        stranger = processes.start("sandbox", DEAF, os.environ, tmp_path)
        wait_for(lambda: stranger.last_words() == "up")

        processes.stop_leftovers(tmp_path)

        assert stranger.alive
        stranger.process.kill()
        stranger.process.wait()

    def test_last_words_are_the_end_of_the_log(self, tmp_path: Path) -> None:
        child = processes.start("talker", [sys.executable, "-c", "print('1\\n2\\n3')"], os.environ, tmp_path)
        child.process.wait()

        assert child.last_words(lines=2) == "2\n3"

    def test_children_see_nothing_that_leads_to_a_real_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "production")

        seen = environment("http://127.0.0.1:4566")

        assert "AWS_PROFILE" not in seen
        assert (seen["AWS_ENDPOINT_URL"], seen["AWS_ACCESS_KEY_ID"]) == ("http://127.0.0.1:4566", "local")


class TestOneStackAMachine:
    def test_while_one_runs_a_second_says_so(self, tmp_path: Path) -> None:
        file = tmp_path / "lock"

        with lock.held(file), pytest.raises(LocalStackError, match="hub down"), lock.held(file):
            pass

    def test_who_holds_the_lock_is_known(self, tmp_path: Path) -> None:
        file = tmp_path / "lock"

        with lock.held(file):
            assert lock.holder(file) == os.getpid()
        assert lock.holder(file) is None

    def test_a_lock_goes_with_its_process(self, tmp_path: Path) -> None:
        file = tmp_path / "lock"
        hold = [sys.executable, "-c", HOLD_LOCK, str(file)]
        holder = subprocess.Popen(hold, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert holder.stdout
        holder.stdout.readline()
        assert lock.holder(file) == holder.pid

        holder.kill()
        holder.communicate()

        assert lock.holder(file) is None

    def test_what_is_written_down_is_found_again(self, tmp_path: Path) -> None:
        file, locked = tmp_path / "stack.json", tmp_path / "lock"
        records.write(an_info(), file)

        with lock.held(locked):
            assert records.current(file, locked) == an_info()

    def test_what_a_killed_hub_wrote_down_is_not_believed(self, tmp_path: Path) -> None:
        file = tmp_path / "stack.json"
        records.write(an_info(), file)

        assert records.current(file, tmp_path / "lock") is None

    @pytest.mark.parametrize("text", ["", "{}", "nonsense"])
    def test_half_a_record_is_none(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "stack.json"
        file.write_text(text)

        assert records.current(file, tmp_path / "lock") is None

    def test_the_deployed_connectors_are_known(self) -> None:
        assert an_info().connectors == ["site", "webhook"]
        assert an_info(outputs={"Connectors": ""}).connectors == []


class TestHubTime:
    def test_at_normal_speed_it_is_real_time(self) -> None:
        assert Wishes().clock(synthesis=5_000) == Clock()

    def test_a_rehearsal_begins_where_it_is_told_to(self) -> None:
        clock = Wishes(speed=720, start=1_000_000).clock(synthesis=5_000)

        assert clock.at(clock.origin) == 1_000_000
        assert clock.at(clock.origin + 1_000) == 1_000_000 + 720_000

    def test_on_a_slow_machine_it_begins_later(self) -> None:
        fast, slow = (Wishes(speed=720).clock(synthesis=took) for took in (1_000, 60_000))

        assert 51_000 < slow.origin - fast.origin < 53_000


class TestCredentials:
    def test_every_connector_is_led_to_its_own_path_of_the_sandbox(self) -> None:
        for connector in discover():
            given = credentials.made_up(connector, Strategy(), an_info())

            assert given.base_url == f"http://127.0.0.1:9000/{connector.slug}"
            assert type(given).model_validate_json(given.model_dump_json()) == given

    def test_they_know_the_audiences_that_a_rehearsal_knows(self, tmp_path: Path) -> None:
        strategy = a_strategy(tmp_path, {"ads": JOINS_AT_GOOGLE})
        vendors = [one for one in discover() if issubclass(one.credentials, AudienceCredentials)]
        given = {
            one.slug: credentials.made_up(one, strategy, an_info()).model_dump()["audiences"]
            for one in vendors
        }

        assert [slug for slug, audiences in given.items() if "tea_drinkers" in audiences] == ["google_ads"]
        assert {one.slug: secret_of(one, strategy)["audiences"] for one in vendors} == given


JOINS_AT_GOOGLE = """
entry: {segment: carter}
goal: {did: Order Completed}
ends_after: 2d
steps:
  - {after: 0s, do: [{google_ads.join: {audience: tea_drinkers}}]}
"""


class TestBodies:
    def test_a_body_is_read_by_its_length(self) -> None:
        assert read_body({"content-length": "3"}, BytesIO(b"abcdef")) == b"abc"

    def test_no_length_is_no_body(self) -> None:
        assert read_body({}, BytesIO(b"next request")) == b""

    def test_chunks_are_put_together(self) -> None:
        stream = BytesIO(b"3;name=x\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nrest")

        assert read_body({"Transfer-Encoding": "chunked"}, stream) == b"abc0123456789"
        assert stream.read() == b"rest"

    @pytest.mark.parametrize("length", ["-1", "x", "99999999999"])
    def test_an_impossible_length_is_refused(self, length: str) -> None:
        with pytest.raises(BadBodyError):
            read_body({"Content-Length": length}, BytesIO())

    def test_a_chunk_without_a_size_is_refused(self) -> None:
        with pytest.raises(BadBodyError):
            read_body({"Transfer-Encoding": "chunked"}, BytesIO(b"zz\r\n"))


@dataclass
class Seen:
    """What the emulator was asked."""

    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200


@pytest.fixture
def emulator() -> Iterator[tuple[str, Seen]]:
    seen = Seen()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            seen.requests.append((self.command, self.path, dict(self.headers), body))
            function = self.path.startswith("/2015-03-31/functions/")
            answer = (
                b'{"statusCode": 204, "headers": {"X-Echo": "yes"}, "body": ""}'
                if function
                else b"\x00answer"
            )
            self.send_response(200 if function else seen.status)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Retry-After", "2")
            self.send_header("Set-Cookie", "a=1")
            self.send_header("Set-Cookie", "b=2")
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


@pytest.fixture
def door(emulator: tuple[str, Seen]) -> Iterator[str]:
    port = processes.free_port()
    door = FrontDoor(port)
    door.open(Api(emulator[0], "abc123"))
    yield f"http://127.0.0.1:{port}"
    door.close()


def request(method: str, url: str, **more: Any) -> urllib3.BaseHTTPResponse:
    return urllib3.request(method, url, retries=False, redirect=False, **more)


class TestFrontDoor:
    def test_method_path_query_headers_and_bytes_arrive_as_they_came(
        self, door: str, emulator: tuple[str, Seen]
    ) -> None:
        body = bytes(range(256))

        request(
            "POST",
            f"{door}/v1/batch?a=1&a=2&b=%20x",
            headers={"X-Extra": "é", "Content-Encoding": "gzip"},
            body=body,
        )

        [(method, path, headers, arrived)] = emulator[1].requests
        assert (method, path) == ("POST", "/_aws/execute-api/abc123/$default/v1/batch?a=1&a=2&b=%20x")
        assert arrived == body
        assert (headers["X-Extra"], headers["Content-Encoding"]) == ("é", "gzip")
        assert headers["Host"] == door.removeprefix("http://")

    def test_status_headers_and_bytes_of_the_answer_leave_as_they_are(
        self, door: str, emulator: tuple[str, Seen]
    ) -> None:
        emulator[1].status = 429

        answer = request("GET", f"{door}/v1/decisions")

        assert (answer.status, answer.data) == (429, b"\x00answer")
        assert answer.headers["Retry-After"] == "2"
        assert answer.headers.getlist("Set-Cookie") == ["a=1", "b=2"]

    def test_a_redirect_is_the_clients_to_follow(self, door: str, emulator: tuple[str, Seen]) -> None:
        emulator[1].status = 302

        assert request("GET", f"{door}/x").status == 302

    def test_a_preflight_is_answered_by_the_door_function(
        self, door: str, emulator: tuple[str, Seen]
    ) -> None:
        answer = request("OPTIONS", f"{door}/v1/batch?x=1", headers={"Origin": "https://shop.test"})

        [(_, path, _, body)] = emulator[1].requests
        event = json.loads(body)
        assert (answer.status, answer.headers["X-Echo"]) == (204, "yes")
        assert path == "/2015-03-31/functions/hub-local-ingest_events/invocations"
        assert event["requestContext"]["http"]["method"] == "OPTIONS"
        assert (event["rawPath"], event["rawQueryString"]) == ("/v1/batch", "x=1")
        assert event["headers"]["origin"] == "https://shop.test"

    def test_many_come_in_at_once(self, door: str, emulator: tuple[str, Seen]) -> None:
        threads = [Thread(target=request, args=("GET", f"{door}/{n}")) for n in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(emulator[1].requests) == 40

    def test_without_an_emulator_the_answer_is_still_ours(self) -> None:
        port = processes.free_port()
        door = FrontDoor(port)
        door.open(Api(f"http://127.0.0.1:{processes.free_port()}", "abc123"))

        answer = request("GET", f"http://127.0.0.1:{port}/health")

        door.close()
        assert (answer.status, answer.json()["code"]) == (502, "emulator_unreachable")

    def test_a_taken_port_is_told_with_what_to_do(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

            with pytest.raises(LocalStackError, match=f"port {port} .* --port"):
                FrontDoor(port)

    def test_before_it_opens_it_refuses_connections(self) -> None:
        door = FrontDoor(processes.free_port())

        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", door.server_port))
        door.close()


def test_an_options_event_has_the_gateways_shape() -> None:
    event = options_event("/v1/t", {"Access-Control-Request-Headers": "x-a"})

    assert event["version"] == "2.0"
    assert event["headers"] == {"access-control-request-headers": "x-a"}


def wait_for(done: Any, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)
