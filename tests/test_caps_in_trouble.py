"""Caps count what leaves, when it leaves: a vendor in trouble lets no two through and keeps no other out."""

import pytest

from hub.clock import HOUR, MINUTE, Instant
from hub.deliveries import Status
from hub.strategy.policy import Policy
from hub.strategy.strategy import Strategy
from tests.cart_story import QUIET, TEA, Story, shortened


def capped(strategy: Strategy, **cap: object) -> Strategy:
    """A mail and an audience at once, another mail twelve hours later, under this cap alone."""
    policy = Policy.model_validate({"consent": "opt_out", "caps": [cap]})
    return shortened(strategy).model_copy(update={"policy": policy})


def sent_at(story: Story) -> list[Instant]:
    return [one.at for one in story.hub.deliveries if one.status is Status.SENT]


def test_a_mail_that_was_held_up_counts_from_when_it_left(own_strategy: Strategy) -> None:
    story = Story(capped(own_strategy, channel="email", at_most=1, within="11h"))
    story.fills_her_cart()
    story.hub.vendors.go_down("amazon_ses", mode="throttle")
    story.hub.advance_to(QUIET + 6 * HOUR)
    story.hub.vendors.recover("amazon_ses")

    story.hub.advance_to(QUIET + 13 * HOUR)

    [left_at] = sent_at(story)
    assert left_at > QUIET + 6 * HOUR
    assert story.statuses["amazon_ses", 1] is Status.WITHHELD


def test_the_trail_says_when_a_mail_left_and_not_when_it_was_to(own_strategy: Strategy) -> None:
    story = Story(capped(own_strategy, channel="email", at_most=1, within="11h"))
    story.fills_her_cart()
    story.hub.vendors.go_down("amazon_ses", mode="throttle")
    story.hub.advance_to(QUIET + HOUR)
    story.hub.vendors.recover("amazon_ses")
    story.hub.advance_to(QUIET + 2 * HOUR)
    story.buys()
    story.hub.advance_to(QUIET + 3 * HOUR)

    [left_at] = sent_at(story)
    [conversion] = story.profile.conversions
    assert [one.at for one in conversion.trail if one.connector == "amazon_ses"] == [left_at]


@pytest.mark.parametrize("trouble", [{"mode": "auth"}, {"mode": "throttle"}, {"status": 503}], ids=str)
def test_what_cannot_leave_keeps_no_place_from_what_can(
    own_strategy: Strategy, trouble: dict[str, object]
) -> None:
    story = Story(capped(own_strategy, at_most=1, within="7d"))
    story.fills_her_cart()
    story.hub.vendors.go_down("amazon_ses", **trouble)

    story.hub.advance_to(QUIET + MINUTE)

    assert story.statuses["meta_custom_audiences", 0] is Status.ON
    story.hub.vendors.recover("amazon_ses")
    story.hub.advance_to(QUIET + HOUR)
    assert story.statuses["amazon_ses", 0] is Status.WITHHELD


def test_who_has_no_address_for_one_channel_is_reached_by_the_other(own_strategy: Strategy) -> None:
    story = Story(capped(own_strategy, at_most=1, within="7d"))
    story.hub.say(type="identify", traits={"phone": "+420603123456"}, **story.who)
    story.does("Product Added", **TEA)

    story.hub.advance_to(QUIET + MINUTE)

    assert story.statuses["amazon_ses", 0] is Status.WITHHELD
    assert story.statuses["meta_custom_audiences", 0] is Status.ON
