"""The story of the abandoned cart where something stands in its way: consent, hold-out, a vendor, a merge."""

from typing import Any

import pytest

from hub.clock import HOUR
from hub.deliveries import Status
from hub.strategy.strategy import Strategy
from tests.cart_story import QUIET, TEA, Story, first_of


@pytest.fixture(params=[False, True], ids=["once", "everything twice"])
def story(request: pytest.FixtureRequest, own_strategy: Strategy) -> Story:
    """Queues, streams and machines hand over at least once: the story is the same if they do it twice."""
    return Story(own_strategy, repeated=request.param)


def test_who_is_held_out_hears_from_nobody_and_her_exposures_are_recorded(own_strategy: Strategy) -> None:
    story = Story(own_strategy, "holdout")
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 13 * HOUR)
    story.buys()

    assert story.asked() == []
    assert story.hub.shown(("anonymous_id", "a-1")) == {}
    assert story.reasons <= {"hold-out", "converted", "no longer wanted"}
    assert [one.trail for one in story.profile.conversions] == [()]
    assert {(one.connector, one.step) for one in story.hub.deliveries if one.reason == "hold-out"} >= {
        ("amazon_ses", 0),
        ("amazon_ses", 2),
        ("meta_custom_audiences", 0),
        ("google_ads", 2),
    }


def purposes(strategy: Strategy) -> Strategy:
    """The same strategy where the law asks for consent to e-mail and to advertising."""
    asks = {"amazon_ses": "email", "meta_custom_audiences": "advertising", "display_video_360": "advertising"}
    policy = strategy.policy.model_copy(update={"purposes": asks, "consent": "opt_in"})
    return strategy.model_copy(update={"policy": policy})


def consent(**preferences: bool) -> dict[str, Any]:
    return {"consent": {"categoryPreferences": preferences}}


def test_withdrawn_consent_takes_her_out_at_once_and_lets_the_rest_go_on(
    own_strategy: Strategy,
) -> None:
    story = Story(purposes(own_strategy))
    story.fills_her_cart(**consent(email=True, advertising=True))
    story.hub.advance_to(QUIET + 6 * HOUR)

    story.hub.say(type="track", event="Consent Changed", context=consent(advertising=False), **story.who)

    at = QUIET + 6 * HOUR
    assert {one for one in story.asked() if one[1] == "off"} == {
        ("meta_custom_audiences", "off", at),
        ("display_video_360", "off", at),
    }
    assert story.outcome() is None
    story.hub.advance_to(QUIET + 13 * HOUR)
    assert len(story.mails) == 2  # she did not withdraw that


def test_without_consent_a_message_is_withheld_for_that_reason(own_strategy: Strategy) -> None:
    story = Story(purposes(own_strategy))
    story.fills_her_cart(**consent(advertising=True))

    story.hub.advance_to(QUIET + 13 * HOUR)

    assert story.mails == []
    assert "no consent to email" in story.reasons
    assert story.statuses["amazon_ses", 0] is Status.WITHHELD
    assert story.statuses["meta_custom_audiences", 0] is Status.ON


def test_a_shopper_without_an_address_is_withheld_for_that_reason_and_shown_her_cart(
    own_strategy: Strategy,
) -> None:
    story = Story(own_strategy)
    story.does("Product Added", **TEA)

    story.hub.advance_to(QUIET)

    assert story.mails == []
    assert "no address: to (profile.traits.email)" in story.reasons
    assert list(story.hub.shown(("anonymous_id", "a-1"))) == ["welcome"]


def test_a_stranger_who_logs_in_on_the_way_keeps_her_journey_and_gets_its_second_mail(
    own_strategy: Strategy,
) -> None:
    """She browses unknown; her address comes later, and with it a profile that was known before."""
    story = Story(own_strategy)
    story.who = {"anonymousId": first_of(own_strategy, "treated", "anonymous_id")}
    story.does("Product Added", **TEA)
    story.hub.advance_to(QUIET + HOUR)
    story.hub.say(type="identify", userId="u-known", traits={"email": "anna@example.com"})

    story.hub.say(type="identify", userId="u-known", anonymousId=story.who["anonymousId"])
    story.hub.advance_to(QUIET + 13 * HOUR)

    assert [at for _, at in story.mails] == [QUIET + 12 * HOUR]
    story.who = {"userId": "u-known"}
    story.buys()
    assert story.standing == set()
    assert story.outcome() == "goal"


def test_a_vendor_that_is_down_when_she_buys_is_told_when_it_is_back(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + HOUR)
    story.hub.vendors.fail("meta_custom_audiences", status=500, times=5)

    story.buys()
    story.hub.advance_to(QUIET + 2 * HOUR)

    off = [one for one in story.hub.vendors.asked("meta_custom_audiences") if one["method"] == "DELETE"]
    assert [one["status"] for one in off] == [500] * 5 + [200]
    assert story.standing == set()
    assert story.statuses["meta_custom_audiences", 0] is Status.OFF


def test_a_mail_whose_answer_was_lost_is_never_sent_again(story: Story) -> None:
    story.hub.vendors.fail("amazon_ses", mode="timeout", times=1)
    story.fills_her_cart()

    story.hub.advance_to(QUIET + 11 * HOUR)

    assert len(story.mails) == 1
    assert story.statuses["amazon_ses", 0] is Status.UNKNOWN
