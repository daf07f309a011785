"""The back-test: small stories whose every membership, message and conversion is known by hand."""

from collections.abc import Iterable
from typing import Any

from hub.backtest import Backtest, Membership, Planned, Summary
from hub.clock import DAY, HOUR, MINUTE, Instant, format_instant
from hub.deliveries import Message
from hub.events import Event
from hub.identities import profile_id_for
from hub.profiles import Profile
from hub.rules import Rules
from tests.builders import (
    NOW,
    a_journey,
    a_level,
    a_line,
    an_action,
    an_event,
    an_identify,
    an_order,
    rules_of,
)

QUIET = 30 * MINUTE
ENTRY = NOW + QUIET
ANNA = "anna"


class Told:
    """A back-test, and what it told."""

    def __init__(self, rules: Rules, events: Iterable[Event], until: Instant, **fields: Any) -> None:
        self.memberships: list[Membership] = []
        self.deliveries: list[Planned] = []
        test = Backtest(
            rules, on_membership=self.memberships.append, on_delivery=self.deliveries.append, **fields
        )
        for event in sorted(events, key=lambda event: (event.at, event.message_id)):
            test.take(event)
        self.summary: Summary = test.finish(until)

    @property
    def sent(self) -> list[tuple[int, str, Instant, str, str]]:
        """(step, connector, minutes after the story began, status, reason)."""
        return [
            (one.step, one.connector, (one.at - NOW) // MINUTE, one.status, one.reason)
            for one in self.deliveries
        ]

    @property
    def stays(self) -> list[tuple[str, Instant, Instant | None]]:
        return sorted((one.segment, one.entered_at, one.left_at) for one in self.memberships)


STEPS = [
    {"after": "0s", "do": [an_action(), a_level()]},
    {"after": "4h", "do": [a_level("display", target="shoppers")]},
    {"after": "12h", "do": [an_action(template="free_shipping")]},
]


def recovery(*, policy: dict[str, Any] | None = None, **fields: Any) -> Rules:
    return rules_of(journeys=[a_journey(**{"steps": STEPS, **fields})], policy=policy)


# ---- the whole story


def test_a_shopper_who_comes_back_and_buys() -> None:
    """Filled her cart at 10:00, was reminded at 10:30 and retargeted at 14:30, and bought at 15:00."""
    story = [
        an_event("Product Added", NOW, user_id=ANNA, properties={"sku": "tea"}),
        an_event(
            "Order Completed", NOW + 5 * HOUR, user_id=ANNA, properties={"revenue": 80, "order_id": "o-1"}
        ),
    ]

    told = Told(recovery(), story, NOW + 3 * DAY)

    assert told.stays == [("abandoner", ENTRY, NOW + 5 * HOUR)]
    assert told.sent == [
        (0, "mailer", 30, "sent", ""),
        (0, "ads", 30, "on", ""),
        (1, "display", 270, "on", ""),
        (0, "ads", 300, "off", ""),
        (1, "display", 300, "off", ""),
    ]
    summary = told.summary
    assert (summary.events, summary.profiles, summary.duplicates, summary.nobodys) == (2, 1, 0, 0)
    assert (summary.enrollments, summary.conversions, summary.value) == (
        {"recovery": 1},
        {"recovery": 1},
        {"recovery": 80},
    )
    assert summary.messages == {"recovery": {0: {"sent": 1, "on": 1, "off": 1}, 1: {"on": 1, "off": 1}}}
    assert (summary.entered, summary.left, summary.members) == ({"abandoner": 1}, {"abandoner": 1}, {})


def test_a_shopper_who_never_comes_back() -> None:
    told = Told(recovery(), [a_line(NOW)], ENTRY + 3 * DAY)

    assert told.stays == [("abandoner", ENTRY, None)]
    assert told.sent == [
        (0, "mailer", 30, "sent", ""),
        (0, "ads", 30, "on", ""),
        (1, "display", 270, "on", ""),
        (2, "mailer", 750, "sent", ""),
        (0, "ads", 3 * 1440 + 30, "off", ""),
        (1, "display", 3 * 1440 + 30, "off", ""),
    ]
    assert told.summary.members == {"abandoner": 1}
    assert told.summary.conversions == {}


def test_a_purchase_at_the_very_instant_of_a_step_comes_first() -> None:
    told = Told(recovery(), [a_line(NOW), an_order(ENTRY + 4 * HOUR)], NOW + DAY)

    assert [one[:2] for one in told.sent] == [(0, "mailer"), (0, "ads"), (0, "ads")]


def test_filling_the_cart_and_buying_in_one_instant_is_no_abandoned_cart() -> None:
    told = Told(recovery(), [a_line(NOW), an_order(NOW)], NOW + DAY)

    assert (told.stays, told.sent) == ([], [])


def test_time_passes_only_up_to_the_end() -> None:
    assert Told(recovery(), [a_line(NOW)], ENTRY - 1).stays == []
    assert Told(recovery(), [a_line(NOW)], ENTRY).sent == [
        (0, "mailer", 30, "sent", ""),
        (0, "ads", 30, "on", ""),
    ]


# ---- the gate


def test_what_the_gate_refuses_is_told_with_its_reason() -> None:
    policy = {
        "caps": [{"channel": "email", "at_most": 1, "within": "1d"}],
        "purposes": {"ads": "advertising"},
    }

    told = Told(recovery(policy=policy), [a_line(NOW)], NOW + DAY)

    assert told.sent == [
        (0, "mailer", 30, "sent", ""),
        (0, "ads", 30, "withheld", "no consent to advertising"),
        (1, "display", 270, "on", ""),
        (2, "mailer", 750, "withheld", "cap: 1 email in 1d"),
    ]


def test_a_message_in_quiet_hours_goes_out_in_the_morning_and_shifts_nothing() -> None:
    policy = {"quiet_hours": {"from": "10:00", "to": "11:00", "channels": ["email"]}}

    told = Told(recovery(policy=policy), [a_line(NOW)], ENTRY + 4 * HOUR)

    assert told.sent == [
        (0, "ads", 30, "on", ""),
        (0, "mailer", 60, "sent", ""),
        (1, "display", 270, "on", ""),
    ]


def test_a_message_that_waits_is_withheld_if_she_buys_meanwhile() -> None:
    policy = {"quiet_hours": {"from": "10:00", "to": "20:00", "channels": ["email"]}}

    told = Told(recovery(policy=policy), [a_line(NOW), an_order(NOW + HOUR)], NOW + DAY)

    assert [one for one in told.sent if one[1] == "mailer"] == [(0, "mailer", 600, "withheld", "converted")]


def test_who_is_held_out_is_enrolled_and_left_alone() -> None:
    told = Told(recovery(holdout="100%"), [a_line(NOW)], ENTRY)

    assert told.summary.enrollments == {"recovery": 1}
    assert told.sent == [(0, "mailer", 30, "withheld", "hold-out"), (0, "ads", 30, "withheld", "hold-out")]


def test_a_step_whose_condition_does_not_hold_is_told() -> None:
    steps = [{"after": "0s", "only_if": {"identified_by": "email"}, "do": [an_action()]}]

    told = Told(recovery(steps=steps), [a_line(NOW)], ENTRY)

    assert told.sent == [(0, "mailer", 30, "withheld", "condition not met")]


def test_whom_a_vendor_could_not_reach_is_told_with_what_is_missing() -> None:
    def lacks(message: Message, profile: Profile) -> str:
        return "no address: email" if message.connector == "mailer" and not profile.traits else ""

    told = Told(recovery(), [a_line(NOW)], ENTRY, lacks=lacks)

    assert told.sent == [(0, "mailer", 30, "withheld", "no address: email"), (0, "ads", 30, "on", "")]


# ---- who is who


def test_a_stranger_who_logs_in_is_one_customer_from_then_on() -> None:
    """Two strangers: one filled a cart, the other bought before; they turn out to be Anna at noon."""
    rules = rules_of(
        segments={"buyer": {"did": "Order Completed"}, "full": {"cart": {"items": {"at_least": 1}}}}
    )
    story = [
        an_event("Order Completed", NOW, anonymous_id="a-1"),
        an_event("Product Added", NOW + HOUR, anonymous_id="a-2", properties={"sku": "x"}),
        an_identify(NOW + 2 * HOUR, user_id=ANNA, anonymous_id="a-1"),
        an_identify(NOW + 3 * HOUR, user_id=ANNA, anonymous_id="a-2", message_id="again"),
        an_event("Cart Cleared", NOW + 4 * HOUR, anonymous_id="a-2"),
    ]

    told = Told(rules, story, NOW + DAY)

    (buyer,) = [one for one in told.memberships if one.segment == "buyer"]
    (full,) = [one for one in told.memberships if one.segment == "full"]
    assert told.summary.profiles == 1
    assert (buyer.entered_at, buyer.left_at, buyer.user_id) == (NOW, None, ANNA)
    assert (full.entered_at, full.left_at) == (NOW + HOUR, NOW + 4 * HOUR)
    assert buyer.profile_id == full.profile_id == profile_id_for(("anonymous_id", "a-1"))


def test_what_both_strangers_did_counts_from_the_instant_they_are_one() -> None:
    rules = rules_of(segments={"fan": {"did": "Product Viewed", "at_least": 2}})
    story = [
        an_event(at=NOW, anonymous_id="a-1"),
        an_event(at=NOW + 1, anonymous_id="a-2"),
        an_identify(NOW + HOUR, user_id=ANNA, anonymous_id="a-1"),
        an_identify(NOW + 2 * HOUR, user_id=ANNA, anonymous_id="a-2"),
    ]

    assert Told(rules, story, NOW + DAY).stays == [("fan", NOW + 2 * HOUR, None)]


def test_the_journeys_of_a_stranger_go_on_when_she_turns_out_to_be_somebody() -> None:
    story = [
        an_event("Product Added", NOW, anonymous_id="a-1", properties={"sku": "tea"}),
        an_identify(NOW, user_id=ANNA, anonymous_id="a-2", message_id="known"),
        an_identify(NOW + HOUR, user_id=ANNA, anonymous_id="a-1", message_id="login"),
        an_event("Order Completed", NOW + 5 * HOUR, user_id=ANNA),
    ]

    told = Told(recovery(), story, NOW + DAY)

    assert [(connector, minute, status) for _, connector, minute, status, _ in told.sent] == [
        ("mailer", 30, "sent"),
        ("ads", 30, "on"),
        ("display", 270, "on"),
        ("ads", 300, "off"),
        ("display", 300, "off"),
    ]
    assert told.summary.conversions == {"recovery": 1}


def test_what_an_alias_brought_leads_to_her_after_a_merge_too() -> None:
    rules = rules_of(segments={"buyer": {"did": "Order Completed"}})
    story = [
        an_event(type="alias", at=NOW, user_id="", anonymous_id="a-1", previous_id="old", message_id="alias"),
        an_identify(NOW + 1, user_id=ANNA, anonymous_id="a-2"),
        an_identify(NOW + 2, user_id=ANNA, anonymous_id="a-1"),
        an_event("Order Completed", NOW + 3, anonymous_id="old"),
    ]

    told = Told(rules, story, NOW + DAY)

    assert told.summary.profiles == 1
    assert [(one.segment, one.user_id) for one in told.memberships] == [("buyer", ANNA)]


def test_on_a_shared_device_each_customer_has_what_she_did() -> None:
    rules = rules_of(segments={"buyer": {"did": "Order Completed"}})
    story = [
        an_identify(NOW, user_id=ANNA, anonymous_id="a-1"),
        an_identify(NOW + 1, user_id="ben", anonymous_id="a-1"),
        an_event("Order Completed", NOW + 2, anonymous_id="a-1"),
    ]

    assert [one.user_id for one in Told(rules, story, NOW + DAY).memberships] == ["ben"]


def test_repeats_and_nobodys_are_counted_and_change_nothing() -> None:
    rules = rules_of(segments={"fan": {"did": "Product Viewed", "at_least": 2}})
    story = [an_event(), an_event(), an_event(anonymous_id="null", user_id="000")]

    summary = Told(rules, story, NOW + DAY).summary

    assert (summary.events, summary.duplicates, summary.nobodys, summary.profiles) == (2, 1, 1, 1)
    assert summary.entered == {}


def test_a_customer_of_many_runs_has_every_one_of_them() -> None:
    """More than are kept on the profile."""
    rules = recovery(
        entry={"segment": "abandoner", "key": "cart.cart_id"}, steps=[{"after": "0s", "do": [an_action()]}]
    )
    story = [
        event
        for day in range(40)
        for event in (
            a_line(NOW + day * DAY, cart_id=f"c{day}"),
            an_event("Order Completed", NOW + day * DAY + HOUR),
        )
    ]

    summary = Told(rules, story, NOW + 41 * DAY).summary

    assert (summary.enrollments, summary.conversions) == ({"recovery": 40}, {"recovery": 40})
    assert summary.messages == {"recovery": {0: {"sent": 40}}}


# ---- what goes in and out


def test_stays_and_deliveries_are_written_in_the_fixed_shape() -> None:
    told = Told(recovery(), [an_event("Product Added", NOW, user_id=ANNA, properties={"sku": "x"})], ENTRY)

    profile_id = profile_id_for(("user_id", ANNA))
    assert told.memberships[0].to_json() == {
        "profile_id": profile_id,
        "user_id": ANNA,
        "anonymous_id": None,
        "segment": "abandoner",
        "entered_at": format_instant(ENTRY),
        "left_at": None,
    }
    assert told.deliveries[0].to_json() == {
        "profile_id": profile_id,
        "user_id": ANNA,
        "journey": "recovery",
        "step": 0,
        "connector": "mailer",
        "action": "send_email",
        "at": format_instant(ENTRY),
        "status": "sent",
        "reason": "",
    }
