"""A journey to run in real time, and an enrollment in it."""

from typing import Any

from hub.clock import HOUR, Instant
from hub.enrollments import Enrollment
from hub.strategy.journeys import Journey

ENTERED: Instant = 1_795_262_400_000
ENROLLMENT = Enrollment(
    enrollment_id="recovery-1",
    journey="recovery",
    key="c-1",
    entered_at=ENTERED,
    ends_at=ENTERED + 3 * HOUR,
    arm="treated",
)


def action(connector: str, verb: str, target: str = "") -> dict[str, Any]:
    facts = {"verb": verb, "channel": "email", "target": target}
    return {"connector": connector, "action": verb, "params": {"audience": target}, "facts": facts}


def journey(*afters: str) -> Journey:
    """At 3,600 hub seconds a real one, an hour is a second, and nothing is less."""
    steps = [
        {"after": after, "do": [action("mailer", "send"), action("audiences", "join", f"carts {after}")]}
        for after in afters
    ]
    return Journey.model_validate(
        {
            "name": "recovery",
            "entry": {"segment": "cart_abandoner"},
            "goal": {"did": "Order Completed"},
            "ends_after": "3h",
            "steps": steps,
        }
    )
