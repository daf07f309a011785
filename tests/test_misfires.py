"""The seven things people hate of marketing, and the rule that prevents each; strategy in tests/misfires."""

from pathlib import Path

import pytest

from cli.rehearsal import Rehearsal, call, consents, identify, rehearse, track

STRATEGY = Path(__file__).parent / "misfires"
MAIL = "amazon_ses.send_email"
ANNA = identify(email="anna@example.com", first_name="Anna")
TEA = {"product_id": "tea", "name": "Green tea", "category": "Tea", "price": 12.5}
FILLS_CART = track("Product Added", cart_id="c-1", quantity=1, **TEA)
LOOKS_AT_TEA = track("Product Viewed", **TEA)
BUYS_TEA = track("Order Completed", order_id="o-1", revenue=12.5, products=[TEA])
BUYS_A_CUP = track(
    "Order Completed", order_id="o-2", revenue=4, products=[{"product_id": "cup", "category": "Cups"}]
)


def anna(start: str = "2026-11-21T10:00:00Z") -> Rehearsal:
    """In Prague it is an hour later."""
    return rehearse(STRATEGY, start=start).given(ANNA)


class TestAReviewIsAskedForOnlyOfWhatWasDelivered:
    """Rule: `only_if` of the step, evaluated at the moment the mail would leave."""

    def test_not_while_the_parcel_is_on_its_way(self) -> None:
        anna().given(BUYS_A_CUP).advance("7d").withheld("condition not met", MAIL).expect_nothing()

    def test_once_it_came(self) -> None:
        anna().given(BUYS_A_CUP).advance("3d").given(track("Order Delivered", order_id="o-2")).advance(
            "4d"
        ).expect(MAIL, template="review")

    def test_not_when_an_earlier_order_came_and_this_one_did_not(self) -> None:
        story = anna().given(BUYS_A_CUP).advance("1d").given(track("Order Delivered", order_id="o-2"))
        story.advance("1d").given(BUYS_TEA).advance("5d").withheld("condition not met", MAIL)


class TestNobodyIsOfferedWhatSheJustBought:
    """Rule: the goal of the journey is that she has what it offers; reaching it ends it everywhere."""

    def test_who_bought_the_tea_hears_no_more_of_it(self) -> None:
        story = anna().given(LOOKS_AT_TEA, LOOKS_AT_TEA).advance("2h").expect("google_ads.join")

        story.given(BUYS_TEA).expect("google_ads.leave").ended("goal", journey="tea_offer")
        story.advance("6d").expect_nothing(MAIL).everything_off()

    def test_who_bought_something_else_does(self) -> None:
        story = anna().given(LOOKS_AT_TEA, LOOKS_AT_TEA).advance("2h").given(BUYS_A_CUP)

        story.advance("1d").expect(MAIL, template="tea_offer")

    def test_not_even_when_the_order_comes_in_the_second_before_the_mail(self) -> None:
        story = anna().given(LOOKS_AT_TEA, LOOKS_AT_TEA).advance_to("PT23H59M59S")

        story.given(BUYS_TEA).advance("1d").expect_nothing(MAIL)


class TestAdsEndWithThePurchase:
    """Rule: every level is turned off when the journey is over, and retried until its vendor confirms."""

    def test_at_the_moment_she_buys(self) -> None:
        story = anna().given(FILLS_CART).advance("2h").expect("meta_custom_audiences.join", at="30m")

        story.given(BUYS_TEA).expect("meta_custom_audiences.leave", at="2h").everything_off()

    def test_although_the_vendor_is_down_just_then(self) -> None:
        story = anna().given(FILLS_CART).advance("2h").vendor_fails("meta_custom_audiences", 503)

        story.given(BUYS_TEA).advance("3h").vendor_recovers("meta_custom_audiences").advance("15m")
        story.expect("meta_custom_audiences.leave").everything_off()

    def test_a_late_join_never_overtakes_the_leave(self) -> None:
        story = anna().vendor_fails("meta_custom_audiences", 503).given(FILLS_CART).advance("2h")

        story.given(BUYS_TEA).vendor_recovers("meta_custom_audiences").advance("1d")
        story.expect_nothing("meta_custom_audiences.join").everything_off()


class TestNobodyIsWrittenToFourTimesInAnHour:
    """Rule: `caps` of the policy count over all journeys and roll."""

    def test_four_mails_due_in_an_hour_are_one(self) -> None:
        story = anna().given(track("Signed Up")).advance("1h").expect(MAIL, template="hello")

        story.expect_nothing().withheld("cap: 1 email in 1h", MAIL)


class TestNobodyIsWokenAtThreeInTheMorning:
    """Rule: `quiet_hours` of the policy, by her own clock; what waits goes through every rule once more."""

    def test_a_mail_that_is_due_at_three_leaves_at_eight(self) -> None:
        story = (
            anna("2026-11-21T13:29:59Z").given(FILLS_CART).advance("30m").expect(MAIL, template="reminder")
        )

        story.advance_to("2026-11-22T02:30:00Z").expect_nothing(MAIL)
        story.advance_to("2026-11-22T07:00:00Z").expect(
            MAIL, template="free_shipping", at="2026-11-22T07:00:00Z"
        )

    def test_her_clock_counts_and_not_ours(self) -> None:
        story = anna("2026-11-21T22:00:00Z").given(identify(timezone="America/New_York"), FILLS_CART)

        story.advance("30m").expect(MAIL, template="reminder")

    def test_who_bought_in_the_night_is_not_written_to_in_the_morning(self) -> None:
        story = anna("2026-11-21T22:00:00Z").given(FILLS_CART).advance("30m").given(BUYS_TEA)

        story.advance("2d").expect_nothing(MAIL).ended("goal", journey="cart_recovery")


class TestNobodyWhoOptedOutIsWrittenTo:
    """Rule: consent is read at the moment the mail would leave; no by any way counts at once."""

    def test_after_a_no_in_the_preference_centre(self) -> None:
        story = anna().given(FILLS_CART).advance("30m").expect(MAIL).given(consents(email=False))

        story.advance("12h").withheld("no consent to email", MAIL).expect_nothing(MAIL)

    @pytest.mark.parametrize("word", ["unsubscribed", "complained"])
    def test_after_a_click_in_the_mail_or_a_complaint(self, word: str) -> None:
        story = anna().given(FILLS_CART).advance("30m").expect(MAIL).vendor_reports(MAIL, word)

        story.advance("12h").withheld("unsubscribed from email", MAIL).expect_nothing(MAIL)

    def test_a_mail_that_waited_for_the_morning_is_asked_about_again(self) -> None:
        story = anna("2026-11-21T22:00:00Z").given(FILLS_CART).advance("30m").given(consents(email=False))

        story.advance("12h").expect_nothing(MAIL).withheld("no consent to email", MAIL)

    def test_the_rest_to_which_she_did_not_say_no_goes_on(self) -> None:
        story = anna().given(FILLS_CART).advance("30m").given(consents(email=False)).ended("running")

        story.expect_nothing("meta_custom_audiences.leave")

    def test_a_no_to_advertising_takes_her_out_of_the_audience(self) -> None:
        story = anna().given(FILLS_CART).advance("30m").given(consents(advertising=False))

        story.expect("meta_custom_audiences.leave").advance("21h").expect(MAIL, template="free_shipping")


class TestNobodyGetsTwoOffersOnTwoChannelsAtOnce:
    """Rule: `priorities` of the policy; while a more important journey speaks to her, others are silent."""

    def test_the_more_important_journey_speaks_alone(self) -> None:
        story = anna().given(LOOKS_AT_TEA, LOOKS_AT_TEA, FILLS_CART).advance("2h")

        story.expect(call(MAIL, template="reminder"), "meta_custom_audiences.join").expect_nothing()
        story.withheld("priority: in cart_recovery", "google_ads.join")

    def test_once_it_is_over_the_other_may_speak(self) -> None:
        story = anna().given(LOOKS_AT_TEA, LOOKS_AT_TEA, FILLS_CART).advance("40m")

        story.given(track("Product Removed", cart_id="c-1", product_id="tea"), BUYS_A_CUP).advance("1d")
        story.expect(MAIL, template="tea_offer").expect("google_ads.join")
