"""How long the ingest Lambda takes from its first import to its first answer, against `import boto3` alone.

    python -m tests.benchmarks.ingest_cold_start [--json]

Each figure is the median over fresh processes, from the first line the process runs (the interpreter's own
start is in neither). The two take turns, and the ratio is the median of the turns', since a busy machine
slows both of a turn. AWS is a stub on the loopback that accepts everything at once.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

from tests.benchmarks.rows import Row, alone

ROUNDS = 7
TARGET = 1.5
ROOT = Path(__file__).parents[2]

IMPORT_BOTO3 = """
from time import perf_counter
started = perf_counter()
import boto3
print(perf_counter() - started)
"""

FIRST_ANSWER = """
import sys
from time import perf_counter
started = perf_counter()
from ingest_events import handler
answer = handler({event!r}, None)
took = perf_counter() - started
assert answer["statusCode"] == 200, answer
heavy = {{"boto3", "pydantic", "aws_lambda_powertools"}} & set(sys.modules)
assert not heavy, heavy
print(took)
"""

MESSAGE = {
    "type": "track",
    "event": "Product Added",
    "anonymousId": "a-1",
    "properties": {"sku": "G-32", "price": 19},
}
EVENT = {
    "version": "2.0",
    "rawPath": "/v1/batch",
    "headers": {"content-type": "application/json"},
    "requestContext": {"http": {"method": "POST", "sourceIp": "192.0.2.1"}},
    "body": json.dumps({"writeKey": "key", "batch": [MESSAGE]}),
    "isBase64Encoded": False,
}


class Aws(BaseHTTPRequestHandler):
    """Says yes to SQS's SendMessageBatch and Firehose's PutRecordBatch."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps(_queued(request) if "Entries" in request else _archived(request)).encode()
        self.send_response(200)
        self.send_header("Content-Type", self.headers["Content-Type"])
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


def _queued(request: dict[str, Any]) -> dict[str, Any]:
    sent = [{"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": ""} for entry in request["Entries"]]
    return {"Successful": sent, "Failed": []}


def _archived(request: dict[str, Any]) -> dict[str, Any]:
    return {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "r"} for _ in request["Records"]]}


@contextmanager
def aws_stub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def environment(aws: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((str(ROOT / "functions"), str(ROOT / "layers/hub/python"))),
        "AWS_ENDPOINT_URL": aws,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "HUB_STAGE": "test",
        "HUB_CLOCK_SPEED": "1.0",
        "HUB_CLOCK_ORIGIN": "0",
        "HUB_CLOCK_START": "0",
        "HUB_EVENTS_QUEUE_URL": f"{aws}/000000000000/events",
        "HUB_ARCHIVE_STREAM": "archive",
        "HUB_WRITE_KEYS": '{"key": "web"}',
    }


def seconds(code: str, env: dict[str, str]) -> float:
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return float(done.stdout)


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    with aws_stub() as aws:
        env = environment(aws)
        answer = FIRST_ANSWER.format(event=EVENT)
        pairs = [(seconds(IMPORT_BOTO3, env), seconds(answer, env)) for _ in range(rounds + 1)][
            1:
        ]  # first: cold disk
    boto3, first_answer = (median(figures) * 1_000 for figures in zip(*pairs, strict=True))
    return {
        "import_boto3_ms": round(boto3),
        "import_to_first_answer_ms": round(first_answer),
        "ratio": round(median(answered / imported for imported, answered in pairs), 2),
        "target_ratio": TARGET,
    }


def rows() -> list[Row]:
    found = measure()
    return [
        Row(
            what="ingest Lambda, import to first answer, by boto3's import",
            measured=f"{found['ratio']:.2f}",
            target=f"≤ {TARGET}",
            ok=found["ratio"] <= TARGET,
            figures=found,
        )
    ]


if __name__ == "__main__":
    alone(rows)
