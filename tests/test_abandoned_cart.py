"""The story the hub is built for, with the project's own strategy: from a full cart to everything off."""

import pytest

from hub.clock import DAY, HOUR, MINUTE
from hub.strategy.strategy import Strategy
from tests.cart_story import CART, JOURNEY, LEVELS, QUIET, TEN, Story


@pytest.fixture(params=[False, True], ids=["once", "everything twice"])
def story(request: pytest.FixtureRequest, own_strategy: Strategy) -> Story:
    """Queues, streams and machines hand over at least once: the story is the same if they do it twice."""
    return Story(own_strategy, repeated=request.param)


def test_nothing_happens_before_she_has_been_quiet_long_enough(story: Story) -> None:
    story.fills_her_cart()

    story.hub.advance_to(QUIET - 1)

    assert story.asked() == []
    assert story.hub.members.size("cart_abandoner") == 0


def test_half_an_hour_of_quiet_is_acted_on_at_every_vendor_at_once(story: Story) -> None:
    story.fills_her_cart()

    story.hub.advance_to(QUIET)

    assert set(story.asked()) == {
        ("amazon_ses", "on", QUIET),
        ("intercom", "on", QUIET),
        ("meta_custom_audiences", "on", QUIET),
        ("optimizely", "on", QUIET),
    }
    assert [at for _, at in story.mails] == [QUIET]
    assert story.hub.members.member("cart_abandoner", story.profile.profile_id)


def test_she_is_shown_her_cart_when_she_returns_by_whatever_id_the_site_knows(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + HOUR)
    story.does("Product Viewed", product_id="cup")

    shown = story.hub.shown(("anonymous_id", "a-1"))

    assert list(shown) == ["welcome"]
    assert "Green tea" in shown["welcome"]["html"]
    assert story.hub.shown(("anonymous_id", "a-2")) == {}


def test_the_whole_walk_to_the_order_and_everything_off(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 20 * HOUR)

    story.buys()

    bought = QUIET + 20 * HOUR
    assert set(story.asked()) == {
        ("amazon_ses", "on", QUIET),
        ("intercom", "on", QUIET),
        ("meta_custom_audiences", "on", QUIET),
        ("optimizely", "on", QUIET),
        ("display_video_360", "on", QUIET + 4 * HOUR),
        ("google_ads", "on", QUIET + 12 * HOUR),
        ("amazon_ses", "on", QUIET + 12 * HOUR),
        *((vendor, "off", bought) for vendor in LEVELS - {"site"}),
    }
    assert [at for _, at in story.mails] == [QUIET, QUIET + 12 * HOUR]
    assert story.standing == set()
    assert story.hub.shown(("anonymous_id", "a-1")) == {}
    assert story.outcome() == "goal"


def test_after_the_order_nothing_more_is_ever_asked_of_anybody(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 13 * HOUR)
    story.buys()
    before = story.asked()

    story.hub.advance_to(QUIET + 30 * DAY)

    assert story.asked() == before
    assert story.hub.errors == []


def test_each_vendor_is_asked_once_for_each_change(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 13 * HOUR)
    story.buys()

    asked = [(vendor, change) for vendor, change, _ in story.asked()]

    # Intercom takes a contact and a note to turn on, and a note to turn off.
    once = [one for one in asked if one[0] not in ("amazon_ses", "intercom")]
    assert sorted(once) == sorted(set(once))
    assert asked.count(("intercom", "on")) == 2
    assert asked.count(("intercom", "off")) == 1
    assert len(story.mails) == 2


def test_the_trail_that_led_to_the_order_is_kept_with_its_value(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 13 * HOUR)
    story.buys()

    [conversion] = story.profile.conversions

    assert (conversion.journey, conversion.order_id, conversion.value) == (JOURNEY, "o-1", 25)
    assert {(touch.connector, touch.step) for touch in conversion.trail} == {
        ("amazon_ses", 0),
        ("meta_custom_audiences", 0),
        ("optimizely", 0),
        ("intercom", 0),
        ("site", 0),
        ("display_video_360", 1),
        ("google_ads", 2),
        ("amazon_ses", 2),
    }
    assert story.profile.conversions[0].trail[-1].at == QUIET + 12 * HOUR


def test_buying_between_the_two_mails_spares_her_the_second(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 6 * HOUR)

    story.buys()
    story.hub.advance_to(QUIET + 4 * DAY)

    assert [at for _, at in story.mails] == [QUIET]
    assert "google_ads" not in {vendor for vendor, _, _ in story.asked()}
    assert story.standing == set()
    assert {one for one in story.asked() if one[1] == "off"} == {
        (vendor, "off", QUIET + 6 * HOUR)
        for vendor in ("meta_custom_audiences", "optimizely", "intercom", "display_video_360")
    }


def test_buying_before_the_quiet_is_long_enough_starts_nothing(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(TEN + 20 * MINUTE)

    story.buys()
    story.hub.advance_to(TEN + 4 * DAY)

    assert story.asked() == []
    assert story.profile.enrollments == {}


def test_emptying_the_cart_ends_it_without_a_conversion(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 2 * HOUR)

    story.does("Product Removed", product_id="tea", cart_id=CART)
    story.hub.advance_to(QUIET + 4 * DAY)

    assert story.outcome() == "exit"
    assert len(story.mails) == 1
    assert story.standing == set()
    assert story.profile.conversions == ()


def test_coming_back_to_browse_ends_the_segment_and_not_the_journey(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + HOUR)

    story.does("Product Viewed", product_id="cup")

    assert story.hub.members.size("cart_abandoner") == 0
    story.hub.advance_to(QUIET + 13 * HOUR)
    assert len(story.mails) == 2


def test_who_never_comes_back_is_let_go_when_the_journey_is_over(story: Story) -> None:
    story.fills_her_cart()

    story.hub.advance_to(QUIET + 3 * DAY)

    assert len(story.mails) == 2
    assert story.standing == set()
    assert story.outcome() == "ended"
    assert {at for _, change, at in story.asked() if change == "off"} == {QUIET + 3 * DAY}


def test_a_journey_costs_one_state_transition_a_step_and_at_most_two_more(story: Story) -> None:
    story.fills_her_cart()

    story.hub.advance_to(QUIET + 4 * DAY)

    assert story.hub.machines.transitions <= 3 + 2
