"""The back-test's customers: strangers who turn out to be one, shared devices, repeats."""

from hub.clock import DAY, HOUR
from hub.identities import profile_id_for
from tests.backtesting import ANNA, Told, recovery
from tests.builders import (
    NOW,
    a_line,
    an_action,
    an_event,
    an_identify,
    rules_of,
)


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
