"""A demo in which everything went as the strategy wants it, for tests to spoil."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from cli import strategies
from cli.demo.acts import Asks, Does, Shopper
from cli.demo.evidence import Evidence
from cli.demo.play import Played
from cli.demo.shoppers import cast
from cli.demo.story import Story
from cli.demo.watch import Seen
from hub.clock import HOUR, SECOND, Clock, format_instant, parse_instant, real_now

SPEED = 720.0
OPENING = parse_instant("2026-12-01T09:00:00Z")
END = OPENING + 17 * HOUR
REPOSITORY = Path(__file__).resolve().parents[2]
STORY = Story(strategies.load(REPOSITORY / "strategy"))
CAST = cast(STORY, "test")
BY_NAME = {one.name: one for one in CAST}


def real(seconds: float) -> int:
    """Real seconds as hub time."""
    return round(seconds * SECOND * SPEED)


def perfect() -> Evidence:
    """A run in which everything happened two real seconds after it was due, and off came in one."""
    played = Played(opening=OPENING)
    for one in CAST:
        for act in one.acts:
            name = act.event if isinstance(act, Does) else type(act).__name__
            played.done[one.name, name] = OPENING + act.at
            if isinstance(act, Asks):
                played.shown.append((OPENING + act.at, one.name, {}))
    bare = Evidence(story=STORY, shoppers=CAST, played=played, seen=(), views={}, clock=_clock_at(END))
    played.shown[:] = [(at, name, _slots(bare, BY_NAME[name], at)) for at, name, _ in played.shown]
    return replace(
        bare,
        seen=tuple(one for shopper in CAST for one in _seen(bare, shopper)),
        views={shopper.name: _view(bare, shopper) for shopper in CAST},
        dead_letters=[{"queue": "hub-local-events-dead", "messages": 0}],
    )


def _clock_at(instant: int) -> Clock:
    """A clock that shows this instant now."""
    return Clock(speed=SPEED, origin=real_now(), start=instant)


def _slots(evidence: Evidence, shopper: Shopper, at: int) -> dict[str, Any]:
    over = evidence.let_go(shopper, "site")
    html = " ".join(sorted(shopper.goods))
    return {} if over is not None and at > over else {"welcome": {"content": "cart_welcome", "html": html}}


def _seen(evidence: Evidence, shopper: Shopper) -> list[Seen]:
    due = [one for one in evidence.expected(shopper) if one.is_seen_by_a_vendor]
    came = [
        seen(
            shopper.name,
            one.do.connector,
            one.at + real(2),
            "message" if one.is_message else "on",
            f"step {one.step}",
        )
        for one in due
    ]
    gone = [
        replace(one, kind="off", at=ended + real(1))
        for one in came
        if one.kind == "on" and (ended := evidence.let_go(shopper, one.connector)) is not None
    ]
    return [*came, *gone]


def seen(name: str, connector: str, at: int, kind: Any, what: str = "") -> Seen:
    return Seen(at=at, connector=connector, shopper=name, kind=kind, what=what, details={})


def _view(evidence: Evidence, shopper: Shopper) -> dict[str, Any]:
    known = (shopper.user_id, shopper.email, *(shopper.anonymous_id(act.device) for act in shopper.acts))
    reasons = {"unsubscribes": "unsubscribed from email", "held out": "hold-out"}
    spared = [{"status": "withheld", "reason": reasons[shopper.ending]}] if shopper.ending in reasons else []
    refused = [no_consent(due.do.connector, due.step, due.purpose) for due in evidence.refused(shopper)]
    trail = [
        {"connector": one.do.connector, "step": one.step, "at": format_instant(one.at)}
        for one in evidence.expected(shopper)
    ]
    conversion = {"value": 13.8, "trail": trail} if shopper.ending == "buys" else None
    enrollments = (
        [] if shopper.ending == "buys at once" else [{"journey": "cart_recovery", "conversion": conversion}]
    )
    return {
        "identities": [{"value": one} for one in known],
        "deliveries": [*spared, *refused],
        "enrollments": enrollments,
    }


def no_consent(connector: str, step: int, purpose: str | None) -> dict[str, Any]:
    reason = f"no consent to {purpose}"
    return {"status": "withheld", "connector": connector, "step": step, "reason": reason}
