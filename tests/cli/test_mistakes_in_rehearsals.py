"""Mistakes in a test that uses the harness are told at once, in words, never passed over."""

from collections.abc import Callable

import pytest

from cli.rehearsal import Rehearsal, call, consents, identify, rehearse, track
from hub.clock import HOUR
from hub.strategy.model import Mistake
from hub.strategy.strategy import Strategy

ANNA = identify(email="anna@example.com")
TEA = track("Product Added", cart_id="c-1", product_id="tea", quantity=1)
MAIL = "amazon_ses.send_email"


@pytest.fixture
def left_cart(own_strategy: Strategy) -> Rehearsal:
    return rehearse(own_strategy).given(ANNA, TEA).advance("30m")


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (lambda on: on.given("Product Added"), "'Product Added' is no message: write track('Product Added')"),
        (
            lambda on: on.given(track("Prodct Added")),
            "unknown event 'Prodct Added': did you mean 'Product Added'?",
        ),
        (lambda on: on.given(consents(emial=False)), "unknown purpose 'emial': did you mean 'email'?"),
        (lambda on: on.advance("half an hour"), "'half an hour' is no duration"),
        (lambda on: on.advance(-HOUR), "time does not go back"),
        (
            lambda on: on.advance_to("3026-01-01"),
            "'3026-01-01' is too far away: write a time from 1970 to 2999",
        ),
        (
            lambda on: on.expect("amazon_ses.send_emial"),
            f"there is no action 'amazon_ses.send_emial': did you mean '{MAIL}'?",
        ),
        (lambda on: on.expect(), "no call is named: write the action, e.g. expect('webhook.post')"),
        (lambda on: on.expect(MAIL, "intercom", template="a"), "fields are those of one call: write call("),
        (
            lambda on: on.expect(MAIL, tmplate="a"),
            f"tmplate: {MAIL} has no field 'tmplate': did you mean 'template'?",
        ),
        (
            lambda on: on.expect(call(MAIL, template="cart_remindr")),
            "template: unknown template 'cart_remindr': did you mean",
        ),
        (
            lambda on: on.expect(MAIL, subject={"contain": "x"}),
            "subject: unknown key 'contain': did you mean 'contains'?",
        ),
        (lambda on: on.expect(MAIL, at=30), "at: '30' is no time: write 30m (after the start)"),
        (
            lambda on: on.expect("optimizely.update_profile", attributes={"open_cart": {"contain": "x"}}),
            "open_cart: unknown key 'contain': did you mean 'contains'?",
        ),
        (
            lambda on: on.expect_nothing("amazon_sse"),
            "there is no action 'amazon_sse': did you mean 'amazon_ses'?",
        ),
        (
            lambda on: on.withheld("cap", "amazon_ses.mail"),
            "there is no action 'amazon_ses.mail': did you mean",
        ),
        (lambda on: on.reported("bouncd", MAIL), "'bouncd' is no status: did you mean 'bounced'?"),
        (lambda on: on.vendor_reports(MAIL, "bouncd"), "'bouncd' is no status: did you mean 'bounced'?"),
        (
            lambda on: on.vendor_fails("amazon_sse"),
            "there is no connector 'amazon_sse': did you mean 'amazon_ses'?",
        ),
        (lambda on: on.vendor_fails("amazon_ses", 200), "status: 200 is too little: write 400 or more"),
        (
            lambda on: on.vendor_fails("amazon_ses", mode="timeot"),
            "mode: 'timeot' is not known here: did you mean 'timeout'?",
        ),
        (
            lambda on: on.vendor_recovers("amazon_sse"),
            "there is no connector 'amazon_sse': did you mean 'amazon_ses'?",
        ),
        (
            lambda on: on.member_of("cart_abandonner"),
            "unknown segment 'cart_abandonner': did you mean 'cart_abandoner'?",
        ),
        (lambda on: on.ended("won"), "'won' is no end: write one of "),
        (
            lambda on: on.ended("goal", journey="recovery"),
            "unknown journey 'recovery': did you mean 'cart_recovery'?",
        ),
        (lambda on: on.pause("recovery"), "unknown journey 'recovery': did you mean 'cart_recovery'?"),
    ],
)
def test_a_mistake_says_what_to_write(
    left_cart: Rehearsal, do: Callable[[Rehearsal], object], told: str
) -> None:
    with pytest.raises((Mistake, AssertionError)) as wrong:
        do(left_cart)

    assert str(wrong.value).startswith(told)


def test_nobody_is_quietly_out_of_a_segment(left_cart: Rehearsal) -> None:
    with pytest.raises(AssertionError, match="nobody is known as 'ana'"):
        left_cart.not_member_of("vip", customer="ana")


@pytest.mark.parametrize("start", ["tomorrow", "9999-12-31T23:59:00Z", "1969-01-01"])
def test_a_rehearsal_begins_on_a_day_of_the_calendar(own_strategy: Strategy, start: str) -> None:
    with pytest.raises(Mistake, match=f"'{start}' is"):
        rehearse(own_strategy, start=start)


def test_what_the_plan_only_marks_is_a_warning(own_strategy: Strategy) -> None:
    assert own_strategy.tracking_plan
    plan = own_strategy.tracking_plan.model_copy(update={"unplanned": "warn"})

    rehearsal = rehearse(own_strategy.model_copy(update={"tracking_plan": plan}))

    with pytest.warns(
        UserWarning, match="'Tea Tasted' would be folded in, and marked: it is not in the plan"
    ):
        rehearsal.given(track("Tea Tasted"))


def test_a_robot_does_nothing_that_counts(own_strategy: Strategy) -> None:
    robot = {**TEA, "context": {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}}

    with pytest.raises(Mistake, match="'Product Added' comes from a robot"):
        rehearse(own_strategy).given(robot)


def test_consent_is_yes_or_no() -> None:
    with pytest.raises(Mistake, match="email: 'no' is neither yes nor no: write True or False"):
        consents(email="no")  # type: ignore[arg-type]
