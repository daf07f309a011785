"""The back-test: small stories whose every membership, message and conversion is known by hand."""

from hub.clock import DAY, HOUR, format_instant
from hub.deliveries import Message
from hub.identities import profile_id_for
from hub.profiles import Profile
from hub.rules import Rules
from hub.strategy.tracking_plan import TrackingPlan
from tests.backtesting import ANNA, ENTRY, Told, recovery
from tests.builders import (
    NOW,
    a_line,
    an_action,
    an_event,
    an_order,
)

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


# ---- what is kept out


def test_robots_and_what_the_plan_sets_aside_happen_to_nobody_and_are_counted() -> None:
    robot = {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    shape = {"required": ["sku"], "properties": {"price": {"type": "number"}}}
    plan = TrackingPlan.model_validate({"events": {"Product Added": shape}})
    planned = Rules(recovery().strategy.model_copy(update={"tracking_plan": plan}))
    story = [
        an_event("Product Added", NOW, user_id=ANNA, properties={"sku": "tea", "price": "12"}),
        an_event("Product Added", NOW + 1, user_id="no sku", properties={"product_id": "tea"}),
        an_event("Product Added", NOW + 2, user_id="robot", properties={"sku": "tea"}, context=robot),
    ]

    told = Told(planned, story, NOW + DAY)

    found = told.summary.kept_out
    assert (told.summary.events, told.summary.profiles) == (1, 1)
    assert (found.bots, found.quarantined, found.warned) == (1, 1, 1)
    assert found.kinds == {
        ("Product Added", "price", "is string, not number"): 1,
        ("Product Added", "sku", "is missing"): 1,
    }


# ---- the gate


def test_a_level_goes_when_its_consent_does() -> None:
    """As live, at once; and is not told of again at the end."""
    rules = recovery(policy={"purposes": {"ads": "advertising"}, "consent": "opt_out"})
    no_more = {"consent": {"categoryPreferences": {"advertising": False}}}

    told = Told(rules, [a_line(NOW), an_event("Page Viewed", ENTRY + HOUR, context=no_more)], NOW + 4 * DAY)

    assert [one[2:] for one in told.sent if one[1] == "ads"] == [
        (30, "on", ""),
        (90, "off", "no consent to advertising"),
    ]


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
