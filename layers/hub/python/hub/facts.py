"""What stands in a message of the events queue: clients' events, deliveries, or a tick."""

import json

from hub.absorbing import Fact
from hub.deliveries import Delivery
from hub.events import from_json
from hub.timers import Tick


def read(body: str) -> list[Fact]:
    """The facts of one queue message; ValueError or KeyError if it is none of ours."""
    record = json.loads(body)
    if "events" in record:
        return [from_json(event) for event in record["events"]]
    if "deliveries" in record:
        return [Delivery.model_validate(delivery) for delivery in record["deliveries"]]
    return [Tick.model_validate(record["tick"])]
