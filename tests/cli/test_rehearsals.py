"""The harness as people use it in their own tests: given, advance, expect."""

import time

import pytest

from cli.rehearsal import NotAsExpected, Rehearsal, ago, by, call, consents, identify, rehearse, track
from hub.authoring.resolving import resolve
from hub.connector_kit import discover
from hub.strategy.journeys import Step
from hub.strategy.model import Mistake
from hub.strategy.strategy import Strategy

TEA = track("Product Added", cart_id="c-1", product_id="tea", name="Green tea", price=12.5, quantity=2)
ANNA = identify(email="anna@example.com", first_name="Anna")
ORDER = track("Order Completed", order_id="o-1", cart_id="c-1", revenue=25)
MAIL = "amazon_ses.send_email"


@pytest.fixture
def left_cart(own_strategy: Strategy) -> Rehearsal:
    """Anna was quiet for half an hour."""
    return rehearse(own_strategy).given(ANNA, TEA).advance("30m")


def failure(rehearsal: Rehearsal, *wanted: object, **fields: object) -> str:
    with pytest.raises(NotAsExpected) as otherwise:
        rehearsal.expect(*wanted, **fields)  # type: ignore[arg-type]
    return otherwise.value.sentence


def test_the_whole_walk_reads_as_one_chain(left_cart: Rehearsal) -> None:
    (
        left_cart.member_of("cart_abandoner")
        .expect(MAIL, template="cart_reminder", to="anna@example.com", at="30m")
        .expect("optimizely.update_profile", attributes={"open_cart": {"contains": "Green tea"}})
        .expect("meta_custom_audiences.join", "intercom.update_contact", call("site.show", slot="welcome"))
        .expect_nothing()
        .advance("12h")
        .expect(call("display_video_360.join", at="PT4H30M"), call("google_ads.join", at="PT12H30M"))
        .expect(MAIL, template="free_shipping")
        .given(ORDER)
        .expect("display_video_360.leave", "google_ads.leave", "site.hide")
        .ended("goal")
        .everything_off()
        .advance("30d")
        .expect_nothing()
        .not_member_of("cart_abandoner")
    )


def test_a_case_takes_a_fraction_of_a_second(own_strategy: Strategy) -> None:
    rehearse(own_strategy).given(ANNA, TEA).advance("30m")
    began = time.process_time()

    rehearse(own_strategy).given(ANNA, TEA).advance("30m").expect(MAIL).given(ORDER).everything_off()

    assert time.process_time() - began < 1


def test_a_call_is_matched_by_the_fields_that_are_named_and_by_tests_of_the_segment_language(
    left_cart: Rehearsal,
) -> None:
    left_cart.expect(MAIL, text={"contains": "Green tea"}, subject={"exists": True}, step={"less_than": 1})


def test_an_expectation_that_is_not_met_says_what_there_is_instead(left_cart: Rehearsal) -> None:
    assert failure(left_cart, MAIL, template="free_shipping") == (
        f"expected {MAIL} template=free_shipping, but at +0d 00:30:00 "
        "template is cart_reminder, not free_shipping"
    )
    assert failure(left_cart, MAIL, to="ben@example.com") == (
        "expected amazon_ses.send_email to=ben@example.com, but at +0d 00:30:00 to is anna@example.com, "
        "not ben@example.com"
    )
    assert failure(left_cart, MAIL, at="1h") == (
        "expected amazon_ses.send_email at=1h, but at +0d 00:30:00 at is +0d 00:30:00, not +0d 01:00:00"
    )


def test_a_failure_tells_who_did_what_when_and_why_not(own_strategy: Strategy) -> None:
    rehearsal = rehearse(own_strategy, held_out=True).given(ANNA, TEA).advance("30m")

    with pytest.raises(NotAsExpected) as otherwise:
        rehearsal.expect(MAIL)

    told = str(otherwise.value).splitlines()
    assert told[0] == f"expected {MAIL}, but {MAIL} withheld: hold-out"
    assert "  +0d 00:00:00  customer  identify {'email': 'anna@example.com', 'first_name': 'Anna'}" in told
    assert "  +0d 00:30:00  customer  enters the segment cart_abandoner" in told
    assert "  +0d 00:30:00  customer  enters the journey cart_recovery with c-1 (held out)" in told
    assert "  +0d 00:30:00  customer  ✗ amazon_ses.send_email withheld: hold-out" in told


def test_several_expectations_may_look_at_the_same_moment_but_a_call_answers_one_only(
    left_cart: Rehearsal,
) -> None:
    left_cart.expect(MAIL).expect("meta_custom_audiences.join")

    assert failure(left_cart, MAIL) == f"expected {MAIL} once more, but each call answers one expectation"


def test_what_was_looked_at_before_the_last_act_is_past(left_cart: Rehearsal) -> None:
    left_cart.expect("intercom").advance("1h")

    assert failure(left_cart, MAIL) == f"expected {MAIL}, but no vendor was asked"


def test_what_nobody_looked_at_is_still_there_after_the_next_act(left_cart: Rehearsal) -> None:
    left_cart.advance("1h").expect(MAIL, at="30m")


def test_expecting_nothing_names_what_there_is(left_cart: Rehearsal) -> None:
    with pytest.raises(NotAsExpected, match="expected nothing of amazon_ses, but there is amazon_ses"):
        left_cart.expect_nothing("google_ads").expect_nothing("amazon_ses")


def test_nothing_hangs_on_the_draw_of_the_hold_out(own_strategy: Strategy) -> None:
    for number in range(30):
        rehearse(own_strategy).given(ANNA, TEA, customer=f"c-{number}").advance("30m").expect(MAIL)


def test_customers_are_told_apart(own_strategy: Strategy) -> None:
    ben = identify(email="ben@example.com")
    rehearsal = rehearse(own_strategy).given(ANNA, TEA, by("ben", ben), by("ben", TEA)).advance("31m")

    rehearsal.expect(MAIL, who="ben", to="ben@example.com").expect(MAIL, who="customer")
    rehearsal.given(by("ben", ORDER)).ended("goal", customer="ben").ended("running")


def test_what_is_heard_of_late_counts_from_when_it_happened(own_strategy: Strategy) -> None:
    rehearse(own_strategy).given(ANNA, ago("25m", TEA)).advance("29m").expect_nothing().advance("1m").expect(
        MAIL
    )


def test_a_vendor_that_is_down_comes_right_when_it_is_back(left_cart: Rehearsal) -> None:
    (
        left_cart.expect("meta_custom_audiences.join")
        .vendor_fails("meta_custom_audiences", 500)
        .given(ORDER)
        .advance("1h")
        .expect_nothing("meta_custom_audiences")
        .vendor_recovers("meta_custom_audiences")
        .advance("15m")
        .expect("meta_custom_audiences.leave")
        .everything_off()
    )


def test_a_lost_answer_is_unknown_and_never_a_second_mail(own_strategy: Strategy) -> None:
    rehearsal = rehearse(own_strategy).vendor_fails("amazon_ses", mode="timeout", times=1)

    rehearsal.given(ANNA, TEA).advance("30m").reported("unknown", MAIL).advance("11h").expect_nothing(MAIL)


def test_who_unsubscribes_by_the_vendors_word_gets_no_second_mail(left_cart: Rehearsal) -> None:
    left_cart.expect(MAIL).vendor_reports(MAIL, "unsubscribed").advance("12h")

    left_cart.withheld("unsubscribed from email", MAIL).expect("google_ads.join")


def test_consent_is_a_word_of_hers(left_cart: Rehearsal) -> None:
    left_cart.expect(MAIL).given(consents(email=False)).advance("12h").withheld("no consent to email", MAIL)


def test_a_withheld_reason_that_is_another_is_told(left_cart: Rehearsal) -> None:
    left_cart.expect(MAIL).given(consents(email=False)).advance("12h")

    with pytest.raises(NotAsExpected) as otherwise:
        left_cart.withheld("cap", MAIL)

    assert otherwise.value.sentence == (
        f"expected {MAIL} withheld: cap, but withheld is {MAIL}: no consent to email"
    )


def test_what_stands_at_a_vendor_is_not_off(left_cart: Rehearsal) -> None:
    with pytest.raises(NotAsExpected, match="on is intercom"):
        left_cart.everything_off()


def test_what_was_never_confirmed_off_is_in_doubt(left_cart: Rehearsal) -> None:
    left_cart.vendor_fails("meta_custom_audiences", mode="timeout").given(ORDER)

    with pytest.raises(NotAsExpected, match="in doubt is meta_custom_audiences"):
        left_cart.everything_off()


@pytest.mark.parametrize("wrong", ["30", "soon", "12:00"])
def test_a_time_that_is_none_is_a_mistake(left_cart: Rehearsal, wrong: str) -> None:
    with pytest.raises(Mistake, match="is no time"):
        left_cart.expect(MAIL, at=wrong)


def test_time_does_not_go_back(left_cart: Rehearsal) -> None:
    with pytest.raises(NotAsExpected, match="time does not go back"):
        left_cart.advance_to("10m")


def test_a_segment_that_nobody_wrote_is_never_quietly_left(left_cart: Rehearsal) -> None:
    with pytest.raises(Mistake, match="unknown segment 'cart_abandonner'"):
        left_cart.not_member_of("cart_abandonner")


def test_a_paused_journey_keeps_its_mail_until_it_goes_on(left_cart: Rehearsal) -> None:
    left_cart.expect(MAIL).pause("cart_recovery").advance("14h").expect_nothing(MAIL)

    left_cart.resume("cart_recovery").advance("1m").expect(MAIL, template="free_shipping")


def test_a_journey_that_nobody_wrote_is_not_paused(left_cart: Rehearsal) -> None:
    with pytest.raises(Mistake, match="unknown journey 'cart_recvery'"):
        left_cart.pause("cart_recvery")


def hooked(strategy: Strategy) -> Strategy:
    """The journey with one step, which tells an endpoint of the operator's own, one way or the other."""
    post = {"webhook.post": {"type": "cart_left", "data": {"cart": "{{ cart.summary }}"}}}
    step = {"after": "0s", "variants": [{"name": "short", "do": [post]}, {"name": "long", "do": [post]}]}
    [journey] = strategy.journeys
    told = journey.model_copy(update={"steps": (Step.model_validate(step),)})
    return resolve(strategy.model_copy(update={"journeys": (told,)}), discover())


def test_an_endpoint_of_ones_own_believes_the_hub(own_strategy: Strategy) -> None:
    rehearsal = rehearse(hooked(own_strategy)).given(ANNA, TEA).advance("30m")

    rehearsal.expect("webhook.post", type="cart_left", data={"cart": {"contains": "Green tea"}}, at="30m")


def test_a_call_knows_its_variant_which_is_the_customers_for_ever(own_strategy: Strategy) -> None:
    for _ in range(2):
        rehearsal = rehearse(hooked(own_strategy)).given(TEA, by("u0", TEA)).advance("30m")

        rehearsal.expect("webhook.post", who="customer", variant="long")
        rehearsal.expect("webhook.post", who="u0", variant="short")
