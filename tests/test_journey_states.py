"""A journey paused, resumed and drained while a shopper is on it, in the whole hub."""

import pytest

from hub.clock import DAY, HOUR
from hub.deliveries import Status
from hub.strategy.strategy import Strategy
from tests.cart_story import JOURNEY, LEVELS, QUIET, Story


@pytest.fixture(params=[False, True], ids=["once", "everything twice"])
def story(request: pytest.FixtureRequest, own_strategy: Strategy) -> Story:
    return Story(own_strategy, repeated=request.param)


def held(story: Story) -> set[tuple[str, int]]:
    return {(one.message.connector, one.message.step) for one in story.hub.waiting.held.of(JOURNEY)}


def test_nobody_enters_a_paused_journey_and_who_missed_it_has_missed_it(story: Story) -> None:
    story.hub.switch(JOURNEY, "paused")
    story.fills_her_cart()
    story.hub.advance_to(QUIET + HOUR)

    story.hub.switch(JOURNEY, "running")
    story.hub.advance_to(QUIET + 2 * HOUR)

    assert "cart_abandoner" in story.profile.memberships
    assert story.profile.enrollments == {}
    assert story.hub.runs.runs == {}


def test_nobody_enters_a_draining_journey(story: Story) -> None:
    story.hub.switch(JOURNEY, "draining")
    story.fills_her_cart()
    story.hub.advance_to(QUIET + HOUR)

    assert story.profile.enrollments == {}


def test_who_is_on_a_draining_journey_finishes(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + HOUR)

    story.hub.switch(JOURNEY, "draining")
    story.hub.advance_to(QUIET + 4 * DAY)

    assert [at for _, at in story.mails] == [QUIET, QUIET + 12 * HOUR]
    assert story.outcome() == "ended"
    assert story.standing == set()


def test_what_comes_due_in_a_pause_waits_and_goes_when_it_is_over(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + HOUR)
    story.hub.switch(JOURNEY, "paused")
    story.hub.advance_to(QUIET + 13 * HOUR)
    waiting, mails = held(story), len(story.mails)

    story.hub.switch(JOURNEY, "running")

    assert (waiting, mails) == ({("display_video_360", 1), ("google_ads", 2), ("amazon_ses", 2)}, 1)
    assert [at for _, at in story.mails] == [QUIET, QUIET + 13 * HOUR]
    assert story.standing == LEVELS
    assert held(story) == set()


def test_the_chain_goes_on_while_it_is_paused_so_that_nothing_is_shifted(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + HOUR)
    story.hub.switch(JOURNEY, "paused")
    story.hub.advance_to(QUIET + 5 * HOUR)
    story.hub.switch(JOURNEY, "running")

    story.hub.advance_to(QUIET + 12 * HOUR)

    assert [at for _, at in story.mails] == [QUIET, QUIET + 12 * HOUR]


def test_what_has_expired_in_a_pause_is_withheld_with_the_reason(own_strategy: Strategy) -> None:
    [journey] = own_strategy.journeys
    *others, last = journey.steps
    short_lived = (*others, last.model_copy(update={"expires_after": HOUR}))
    story = Story(
        own_strategy.model_copy(update={"journeys": (journey.model_copy(update={"steps": short_lived}),)})
    )
    story.fills_her_cart()
    story.hub.advance_to(QUIET + HOUR)
    story.hub.switch(JOURNEY, "paused")
    story.hub.advance_to(QUIET + 13 * HOUR)

    story.hub.switch(JOURNEY, "running")

    assert len(story.mails) == 1
    assert story.statuses["amazon_ses", 2] is Status.WITHHELD
    assert story.reasons == {"expired"}
    assert "google_ads" not in story.standing


def test_goals_go_on_in_a_pause_and_turn_everything_off(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 5 * HOUR)
    story.hub.switch(JOURNEY, "paused")
    story.hub.advance_to(QUIET + 13 * HOUR)

    story.buys()
    bought = (story.outcome(), story.standing)
    story.hub.switch(JOURNEY, "running")

    assert bought == ("goal", set())
    assert len(story.mails) == 1
    assert story.statuses["amazon_ses", 2] is Status.WITHHELD
    assert "converted" in story.reasons
    assert story.standing == set()


def test_an_end_by_time_goes_on_in_a_pause(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 5 * HOUR)
    story.hub.switch(JOURNEY, "paused")

    story.hub.advance_to(QUIET + 4 * DAY)

    assert story.outcome() == "ended"
    assert story.standing == set()
