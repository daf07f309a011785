"""The story of the abandoned cart with a crash at any call of any port, the work then handed out again."""

from collections import Counter

import pytest

from hub.clock import DAY, HOUR
from hub.deliveries import Status
from hub.strategy.strategy import Strategy
from tests.cart_story import LEVELS, QUIET, Story, shortened
from tests.trouble import Fuse

PARTS = 12
"""The calls are tried in so many tests."""


def walk(story: Story) -> None:
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 13 * HOUR)
    story.buys()
    story.hub.advance_to(QUIET + 2 * DAY)


@pytest.fixture(scope="module")
def calls(own_strategy: Strategy) -> int:
    """How many calls the whole story takes."""
    count = Fuse(at=0, after=False)
    walk(Story(own_strategy, around=count.around))
    return count.calls


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("part", range(PARTS))
def test_wherever_it_crashes_no_mail_is_sent_twice_and_everything_ends_off(
    own_strategy: Strategy, calls: int, part: int, *, after: bool
) -> None:
    for place in range(1 + part, calls + 1, PARTS):
        story = Story(own_strategy, around=Fuse(at=place, after=after).around)

        walk(story)

        where = f"crashed at call {place} of {calls}"
        sent = Counter(subject for subject, _ in story.mails)
        assert set(sent.values()) == {1}, where
        assert story.outcome() == "goal", where
        assert story.standing == set(), where
        assert not any(effect.wanted for effect in story.hub.effects.rows.values()), where
        assert {story.statuses[level] for level in story.statuses if level[0] in LEVELS} == {Status.OFF}, (
            where
        )
        assert len(story.profile.conversions) == 1, where


def test_a_crash_costs_at_most_one_mail_and_says_so(own_strategy: Strategy, calls: int) -> None:
    """A mail that may have left is never repeated; that it may not have is recorded as unknown."""
    lost = []
    for place in range(1, calls + 1, 3):
        story = Story(own_strategy, around=Fuse(at=place, after=True).around)

        walk(story)

        mails = [story.statuses["amazon_ses", step] for step in (0, 2)]
        assert len(story.mails) + mails.count(Status.UNKNOWN) >= 2
        assert mails.count(Status.UNKNOWN) <= 1
        lost.append(mails.count(Status.UNKNOWN))
    assert 0 < sum(lost) < len(lost) / 10


DISORDER = {"repeated": True, "late": HOUR}
"""Everything is handed out twice, queues give out the wrong way round, and copies come an hour later."""


@pytest.fixture(scope="module")
def disorderly_calls(own_strategy: Strategy) -> int:
    count = Fuse(at=0, after=False)
    walk(Story(shortened(own_strategy), around=count.around, **DISORDER))
    return count.calls


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("part", range(PARTS))
def test_a_crash_among_repeats_and_disorder_does_no_more_harm(
    own_strategy: Strategy, disorderly_calls: int, part: int, *, after: bool
) -> None:
    for place in range(1 + part, disorderly_calls + 1, PARTS):
        story = Story(shortened(own_strategy), around=Fuse(at=place, after=after).around, **DISORDER)

        walk(story)

        where = f"crashed at call {place} of {disorderly_calls}"
        subjects = [subject for subject, _ in story.mails]
        states = [story.hub.ledger.rows[message].state for message in _mails_of(story)]
        assert len(subjects) == len(set(subjects)), where
        assert set(states) <= {"sent", "unknown"}, where
        assert (len(states), states.count("unknown") <= 1) == (2, True), where
        assert len(subjects) >= states.count("sent"), where
        assert (story.outcome(), story.standing) == ("goal", set()), where
        assert story.hub.vendors.asked("meta_custom_audiences")[-1]["method"] == "DELETE", where
        assert len(story.profile.conversions) == 1, where


def _mails_of(story: Story) -> list[str]:
    return [one.message_id for one in story.profile.touches.values() if one.connector == "amazon_ses"]
