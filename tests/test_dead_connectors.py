"""A dead vendor pauses what depends on it and nothing else, and what it held up goes on from there."""

from typing import Any

import pytest

from hub.clock import DAY, HOUR
from hub.deliveries import Status
from hub.strategy.strategy import Strategy
from tests.cart_story import LEVELS, QUIET, Story

DEATHS: list[dict[str, Any]] = [{"mode": "auth"}, {"status": 503}]


@pytest.fixture(params=DEATHS, ids=["refuses our credentials", "is down"])
def story(request: pytest.FixtureRequest, own_strategy: Strategy) -> Story:
    """The mailer is dead from the beginning."""
    story = Story(own_strategy)
    story.hub.vendors.go_down("amazon_ses", **request.param)
    story.fills_her_cart()
    return story


def accepted(story: Story) -> list[Any]:
    return [one for one in story.hub.vendors.asked("amazon_ses") if one["status"] < 300]


def test_everything_else_goes_on_at_its_time(story: Story) -> None:
    story.hub.advance_to(QUIET + 5 * HOUR)

    assert accepted(story) == []
    assert story.standing == LEVELS - {"google_ads"}
    assert ("display_video_360", "on", QUIET + 4 * HOUR) in story.asked()


def test_the_held_step_goes_when_it_lives_again_and_once(story: Story) -> None:
    story.hub.advance_to(QUIET + 2 * HOUR)
    story.hub.vendors.recover("amazon_ses")

    story.hub.advance_to(QUIET + 2 * HOUR + HOUR)

    assert len(accepted(story)) == 1
    assert story.statuses["amazon_ses", 0] is Status.SENT


def test_a_step_it_missed_altogether_and_the_next_go_each_once_and_in_time(story: Story) -> None:
    story.hub.advance_to(QUIET + 13 * HOUR)
    story.hub.vendors.recover("amazon_ses")

    story.hub.advance_to(QUIET + DAY)

    subjects = [one["body"]["Content"]["Simple"]["Subject"]["Data"] for one in accepted(story)]
    assert len(subjects) == len(set(subjects)) == 2


def test_what_it_held_up_goes_through_the_gate_again(story: Story) -> None:
    """She bought while the mailer was dead: the reminder is worth nothing any more."""
    story.hub.advance_to(QUIET + 2 * HOUR)
    story.buys()
    story.hub.vendors.recover("amazon_ses")

    story.hub.advance_to(QUIET + DAY)

    assert accepted(story) == []
    assert story.statuses["amazon_ses", 0] is Status.WITHHELD
    assert "converted" in story.reasons


def test_what_expires_meanwhile_is_withheld_while_it_is_still_dead(own_strategy: Strategy) -> None:
    [journey] = own_strategy.journeys
    first, *others = journey.steps
    steps = (first.model_copy(update={"expires_after": HOUR}), *others)
    journeys = (journey.model_copy(update={"steps": steps}),)
    story = Story(own_strategy.model_copy(update={"journeys": journeys}))
    story.hub.vendors.go_down("amazon_ses", mode="auth")
    story.fills_her_cart()

    story.hub.advance_to(QUIET + 2 * HOUR)

    assert story.statuses["amazon_ses", 0] is Status.WITHHELD
    assert "expired" in story.reasons


def test_what_waits_keeps_no_place_under_the_caps_and_takes_one_when_it_leaves(story: Story) -> None:
    story.hub.advance_to(QUIET + 2 * HOUR)
    waiting = [one for one in story.profile.touches.values() if one.connector == "amazon_ses"]
    story.hub.vendors.recover("amazon_ses")
    story.hub.advance_to(QUIET + 3 * HOUR)
    sent = [one for one in story.profile.touches.values() if one.connector == "amazon_ses"]

    assert waiting == []
    assert [one.status for one in sent] == [Status.SENT]
