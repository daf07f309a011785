"""A real shop's clicks, sent twice and in a mess: every customer is stored as if they had come in order.

REES46's 17,434 clicks of 4,504 customers; skipped where the data is not beside the project.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import groupby

import pytest

from hub import pipeline, timeline
from hub.clock import DAY, MINUTE
from hub.events import Event
from hub.profiles import Profile
from hub.rules import Rules
from hub.strategy.strategy import Strategy
from tests.crowd_feeds import essence
from tests.fakes import FakeProfiles
from tests.public_data import events_of, is_here

WINDOW = 10 * MINUTE
AT_ONCE = 100
"""Events a batch of the queue."""

pytestmark = pytest.mark.skipif(not is_here("REES46"), reason="the data of REES46 is not there")


@pytest.fixture(scope="module")
def rules(own_strategy: Strategy) -> Rules:
    """The project's own, without its journeys: when somebody entered one does hang on when it was heard."""
    return Rules(own_strategy.model_copy(update={"journeys": ()}))


def test_sent_twice_and_shuffled_within_ten_minutes_everybody_is_stored_the_same_to_the_byte(
    rules: Rules,
) -> None:
    clicks = events_of("REES46")

    in_order, in_a_mess = told(clicks, rules), told(list(twice_and_shuffled(clicks)), rules)

    assert len(in_order) == len(in_a_mess) == 4_504
    assert sum(len(one.ring) for one in in_a_mess.values()) == 17_429
    assert {key: essence(one) for key, one in in_order.items()} == {
        key: essence(one) for key, one in in_a_mess.items()
    }


def told(events: Sequence[Event], rules: Rules) -> dict[str, Profile]:
    """User id -> what is known of her a day after the last of it."""
    store, now = FakeProfiles(), 0
    for place in range(0, len(events), AT_ONCE):
        batch = events[place : place + AT_ONCE]
        now = max(now, *(event.at for event in batch))
        for facts in pipeline.group(batch, rules.identifiers):
            pipeline.absorb(facts, store, rules, now)
    found = {_user(one): one for one in store.scan()}
    for one in found.values():
        timeline.settle(one, now + DAY, rules)
    return found


def twice_and_shuffled(events: Sequence[Event]) -> Iterator[Event]:
    dice = random.Random(46)
    for _, window in groupby(events, key=lambda event: event.at // WINDOW):
        both = list(window) * 2
        dice.shuffle(both)
        yield from both


def _user(profile: Profile) -> str:
    (user,) = (value for kind, value in profile.identifiers if kind == "user_id")
    return user
