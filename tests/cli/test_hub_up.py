"""The whole hub on this machine, for real: up, an event in, a vendor told, down."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import urllib3

from cli.local_stack.places import ROOT
from cli.local_stack.processes import free_port

pytestmark = pytest.mark.emulator

HUB = [sys.executable, "-c", "import sys; from cli.main import main; sys.exit(main())"]
ADDED = {
    "type": "track",
    "event": "Product Added",
    "anonymousId": "a-1",
    "userId": "u-1",
    "context": {"traits": {"email": "anna@shop.test"}},
    "properties": {"cart_id": "c-1", "product_id": "tea", "name": "Tea", "price": 5, "quantity": 1},
}


class RunningHub:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("READY "), "hub up ended without READY; its stderr stands above"
        self.info: dict[str, Any] = json.loads(line.removeprefix("READY "))

    def request(self, method: str, path: str, **more: Any) -> urllib3.BaseHTTPResponse:
        return urllib3.request(method, self.info["endpoint"] + path, retries=False, **more)

    def post(self, message: dict[str, Any]) -> urllib3.BaseHTTPResponse:
        headers = urllib3.make_headers(basic_auth=f"{self.info['write_key']}:")
        return self.request("POST", "/v1/track", headers=headers, json=message)

    def vendors_called(self) -> set[str]:
        asked = urllib3.request("GET", f"{self.info['sandbox']}/__requests").json()
        return {one["connector"] for one in asked}


@pytest.fixture(scope="module")
def hub() -> Iterator[RunningHub]:
    command = [*HUB, "up", "--port", str(free_port()), "--speed", "3600"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield RunningHub(process)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)


def test_an_event_in_and_the_vendors_are_told(hub: RunningHub) -> None:
    answer = hub.post(ADDED)

    assert (answer.status, answer.json()) == (200, {"success": True})
    wait_for(
        lambda: {"amazon_ses", "meta_custom_audiences", "optimizely", "intercom"} <= hub.vendors_called()
    )


def test_health_is_the_doors_own(hub: RunningHub) -> None:
    assert hub.request("GET", "/health").json() == {"success": True}


def test_a_preflight_gets_the_headers_it_asks_for(hub: RunningHub) -> None:
    asked = {"Origin": "https://shop.test", "Access-Control-Request-Headers": "authorization,x-extra"}

    answer = hub.request("OPTIONS", "/v1/batch", headers=asked)

    assert answer.status in {200, 204}
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,x-extra"


def test_what_came_in_stands_in_the_archive(hub: RunningHub) -> None:
    made_up = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
    s3 = boto3.client("s3", endpoint_url=hub.info["aws_endpoint_url"], **made_up)
    [bucket] = [one["Name"] for one in s3.list_buckets()["Buckets"] if "archive" in one["Name"]]

    hub.post({**ADDED, "messageId": "m-archived"})

    def archived() -> bool:
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="events/").get("Contents", ())]
        return any(b"m-archived" in s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)

    wait_for(archived)


def test_segments_are_written_down_with_their_versions_by_the_back_fill_of_the_deployment(
    hub: RunningHub,
) -> None:
    made_up = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
    states = boto3.client("stepfunctions", endpoint_url=hub.info["aws_endpoint_url"], **made_up)
    [machine] = [
        one["stateMachineArn"]
        for one in states.list_state_machines()["stateMachines"]
        if one["name"] == "hub-local-backfill"
    ]

    def through() -> bool:
        [one] = states.list_executions(stateMachineArn=machine)["executions"]
        return bool(one["status"] == "SUCCEEDED")

    wait_for(through, seconds=120)
    told = subprocess.run(
        [*HUB, "segment", "list", "--json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {one["name"]: len(one["version"]) for one in json.loads(told.stdout)} == {
        "cart_abandoner": 8,
        "vip": 8,
        "window_shopper": 8,
    }


def test_a_second_hub_is_refused_while_one_runs(hub: RunningHub) -> None:
    second = subprocess.run([*HUB, "up"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert second.returncode == 1
    assert "hub down" in second.stderr
    assert hub.process.poll() is None


def test_down_stops_everything(hub: RunningHub) -> None:
    ports = [int(hub.info[name].rsplit(":", 1)[1]) for name in ("endpoint", "aws_endpoint_url", "sandbox")]

    stopped = subprocess.run([*HUB, "down"], cwd=ROOT, check=False)

    assert (stopped.returncode, hub.process.wait(10)) == (0, 0)
    assert [port for port in ports if is_open(port)] == []


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(done: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.2)
