"""A message in quiet hours: a timer of its own, by her own clocks, that goes through the gate again."""

from typing import Any

import pytest

from hub.clock import HOUR, MINUTE, Instant, parse_instant
from hub.deliveries import Status
from hub.strategy.policy import Policy
from hub.strategy.strategy import Strategy
from tests.cart_story import TEA, first_of
from tests.hub_in_hand import HubInHand

NIGHT = {"from": "21:00", "to": "08:00", "channels": ["email"]}

NIGHTS = [
    # (zone, she becomes an abandoner, her clocks show 08:00)
    ("Europe/Prague", "2026-03-28T21:30:00Z", "2026-03-29T06:00:00Z"),  # put forward at 01:00Z
    ("Europe/Prague", "2026-10-24T20:30:00Z", "2026-10-25T07:00:00Z"),  # put back at 01:00Z
    ("America/New_York", "2026-03-08T04:00:00Z", "2026-03-08T12:00:00Z"),  # put forward at 07:00Z
    ("America/New_York", "2026-11-01T03:00:00Z", "2026-11-01T13:00:00Z"),  # put back at 06:00Z
    ("Australia/Sydney", "2026-10-03T12:00:00Z", "2026-10-03T21:00:00Z"),  # put forward at 16:00Z
    ("Europe/Prague", "2026-06-01T21:30:00Z", "2026-06-02T06:00:00Z"),
]


class Night:
    """A shopper who leaves her cart behind late in the evening, where she lives."""

    def __init__(self, strategy: Strategy, zone: str, entry: Instant) -> None:
        self.entry = entry
        self.hub = HubInHand(_quiet(strategy), entry - 30 * MINUTE)
        self.who = {"userId": first_of(strategy, "treated", "user_id")}
        self.hub.say(type="identify", traits={"email": "anna@example.com", "timezone": zone}, **self.who)
        self.does("Product Added", **TEA)
        self.hub.advance_to(entry)

    def does(self, event: str, **properties: Any) -> None:
        self.hub.say(type="track", event=event, properties=properties, **self.who)

    @property
    def mails(self) -> list[Instant]:
        return [parse_instant(one["at"]) for one in self.hub.vendors.asked("amazon_ses")]

    @property
    def why_not(self) -> list[str]:
        return [one.reason for one in self.hub.deliveries if one.status is Status.WITHHELD]


def _quiet(strategy: Strategy) -> Strategy:
    policy = Policy.model_validate({"consent": "opt_out", "quiet_hours": NIGHT})
    return strategy.model_copy(update={"policy": policy})


@pytest.mark.parametrize(("zone", "entry", "morning"), NIGHTS)
def test_it_waits_for_her_morning_also_where_the_clocks_are_changed_that_night(
    own_strategy: Strategy, zone: str, entry: str, morning: str
) -> None:
    night = Night(own_strategy, zone, parse_instant(entry))
    [(due, message)] = night.hub.waiting.timers.armed

    night.hub.advance_to(parse_instant(morning) - 1)
    before = night.mails
    night.hub.advance_to(parse_instant(morning))

    assert (due, message.connector) == (parse_instant(morning), "amazon_ses")
    assert (before, night.mails) == ([], [parse_instant(morning)])


def test_the_chain_is_not_shifted_by_it(own_strategy: Strategy) -> None:
    """The second reminder comes at its own time, two hours and a half after the late first one."""
    zone, entry, morning = NIGHTS[1]
    night = Night(own_strategy, zone, parse_instant(entry))

    night.hub.advance_to(night.entry + 13 * HOUR)

    assert night.mails == [parse_instant(morning), night.entry + 12 * HOUR]


def test_it_does_not_hang_in_the_queue_meanwhile(own_strategy: Strategy) -> None:
    night = Night(own_strategy, *_first())

    assert night.hub.outbox.queued == []
    assert night.hub.ledger.rows == {}


def test_who_has_bought_by_the_morning_gets_nothing_and_the_reason_is_kept(own_strategy: Strategy) -> None:
    night = Night(own_strategy, *_first())
    night.hub.advance_to(night.entry + HOUR)
    night.does("Order Completed", order_id="o-1", cart_id="c-1", revenue=25)

    night.hub.advance_to(night.entry + 12 * HOUR)

    assert night.mails == []
    assert "converted" in night.why_not


def test_who_moved_house_meanwhile_is_asked_about_again(own_strategy: Strategy) -> None:
    """In the morning there it is night here."""
    night = Night(own_strategy, *_first())
    night.hub.say(type="identify", traits={"timezone": "America/New_York"}, **night.who)

    night.hub.advance_to(night.entry + 11 * HOUR)

    assert night.mails == []
    [(due, _)] = [one for one in night.hub.waiting.timers.armed if one[1].step == 0]
    assert due == parse_instant("2026-03-29T12:00:00Z")


def _first() -> tuple[str, Instant]:
    zone, entry, _ = NIGHTS[0]
    return zone, parse_instant(entry)
