"""How long one message takes to take in, in microseconds: what door and back-test spend on each event.

    python tests/benchmarks/take_in_events.py

`accept` is the target's figure (12 at most for a server's message); `line` is a whole NDJSON line, parsed and
taken in, as the back-test does it; `json_loads` is the yardstick for the machine.
"""

import json
import sys
from collections.abc import Callable
from timeit import repeat
from typing import Any

from hub.archive_lines import read_line
from hub.events import accept, from_json, to_json

NUMBER = 10_000
TARGET = 12
RECEIVED_AT = 1_795_262_400_000

SERVER = {
    "type": "track",
    "event": "Product Added",
    "messageId": "5a1f4c3e-9a51-4f0e-8b7e-2f9a3d1c7b60",
    "timestamp": "2026-11-21T11:59:58.450+00:00",
    "sentAt": "2026-11-21T11:59:58.950+00:00",
    "userId": "541312140",
    "anonymousId": None,
    "integrations": {},
    "properties": {
        "cart_id": "c-1",
        "product_id": "p-1",
        "sku": "G-32",
        "price": 18.99,
        "quantity": 1,
        "currency": "EUR",
    },
    "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
}
BROWSER = SERVER | {
    "anonymousId": "2d1c3e5a-1111-2222-3333-444455556666",
    "writeKey": "wk",
    "_metadata": {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []},
    "context": {
        "page": {
            "path": "/tea",
            "referrer": "",
            "search": "",
            "title": "Tea",
            "url": "https://shop.example/tea",
        },
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156",
        "userAgentData": {
            "brands": [{"brand": "Chromium", "version": "156"}],
            "mobile": False,
            "platform": "Linux",
        },
        "locale": "en-US",
        "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
        "campaign": {"name": "autumn", "source": "newsletter", "medium": "email"},
        "timezone": "Europe/Prague",
    },
}


def microseconds(work: Callable[[], object]) -> float:
    return round(min(repeat(work, number=NUMBER, repeat=5)) / NUMBER * 1e6, 1)


def measure(message: dict[str, Any]) -> dict[str, float]:
    line = json.dumps(message)
    event = accept(message, received_at=RECEIVED_AT, source="web")
    record = to_json(event)
    return {
        "bytes": len(line),
        "json_loads": microseconds(lambda: json.loads(line)),
        "accept": microseconds(lambda: accept(message, received_at=RECEIVED_AT, source="web")),
        "line": microseconds(lambda: read_line(line)),
        "to_json": microseconds(lambda: to_json(event)),
        "from_json": microseconds(lambda: from_json(record)),
    }


if __name__ == "__main__":
    server, browser = measure(SERVER), measure(BROWSER)
    print(json.dumps({"server": server, "browser": browser, "target_accept": TARGET}))  # noqa: T201 - a script's result
    sys.exit(server["accept"] > TARGET)
