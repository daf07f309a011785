"""The promises of tests/crowd_promises.py are no empty words: with any one join broken, they do not hold.

Our own code is replaced here and nowhere else, because that it may be wrong is what these tests are about.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from hub import carts, orders, profiles, timeline, touches, traits
from hub.consents import Consent
from hub.events import Event
from hub.profiles import Memory, Profile
from hub.strategy.policy import Cap
from hub.touches import Touch
from hub.traits import Traits
from tests.crowd_promises import is_known_as_it_was, is_stored_the_same
from tests.crowds import STRANGERS, Trial, crowds, trials

Break = Callable[[pytest.MonkeyPatch], None]

# Those that are derived, or fill up only past bounds that no small crowd reaches (test_order_free_bounds.py).
NOT_JOINED_HERE = {
    *("profile_id", "version", "merged", "days", "memberships", "enrollments", "conversions"),
    *("settled_at", "tick_at", "changes", "news_at", "wake_at", "late_at", "left", "apart", "via"),
}
PARTS = [one.name for one in fields(Profile) if one.name not in NOT_JOINED_HERE]
ONE_PERSON = trials(crowds(STRANGERS[:1]))
LOOK = settings(
    max_examples=3_000,
    phases=(Phase.generate,),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def breaks(trial: Trial) -> bool:
    """A promise does not hold; KeyError: its parts contradict each other, it cannot even be stored."""
    try:
        is_stored_the_same(trial)
        is_known_as_it_was(trial)
    except (AssertionError, KeyError):
        return True
    return False


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("side", ["winner", "loser"])
def test_a_merge_that_keeps_one_sides_part_only_is_found(
    part: str, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(winner: Profile, loser: Profile, memory: Memory) -> Profile:
        joined = profiles.join(winner, loser, memory)
        setattr(joined, part, getattr(winner if side == "winner" else loser, part))
        return joined

    monkeypatch.setattr(timeline, "join", broken)

    assert find(ONE_PERSON, breaks, settings=LOOK)


def the_last_told_trait_wins(patch: pytest.MonkeyPatch) -> None:
    def learn(known: Traits, said: Any, event: Event, *, party: str) -> bool:
        for name, value in said.items():
            known[name] = traits.TraitValue(value, party, event.at, event.message_id, event.source)
        return True

    patch.setattr(traits, "learn", learn)


def a_trait_forgets_its_party(patch: pytest.MonkeyPatch) -> None:
    learn = traits.learn
    patch.setattr(
        traits,
        "learn",
        lambda known, said, event, *, party: learn(known, said, event, party=party and "first"),
    )


def a_consents_tie_goes_to_the_first_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Consent, "rank", property(lambda one: (one.at,)))


def a_consents_tie_goes_to_a_yes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Consent, "rank", property(lambda one: (one.at, one.given)))


def a_cart_forgets_its_cuts(patch: pytest.MonkeyPatch) -> None:
    shop = carts.shop

    def forgetful(known: carts.Carts, event: Event, asked: Any = ()) -> bool:
        known.cuts.clear()
        return shop(known, event, asked)

    patch.setattr(carts, "shop", forgetful)


def a_repeated_order_is_added_up(patch: pytest.MonkeyPatch) -> None:
    """An order's refunds are told apart by place and not by id."""
    hear = orders.hear

    def doubling(known: orders.Orders, event: Event, mark: str, founder: str) -> bool:
        return hear(known, event, f"{mark}{len(known.recent)}", founder)

    patch.setattr(orders, "hear", doubling)


def the_last_told_of_a_message_wins(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Touch, "rank", property(lambda _: (True,)))
    keep = touches.record

    def last(known: touches.Touches, touch: Touch, caps: Sequence[Cap] = ()) -> bool:
        if touch.message_id in known:
            known[touch.message_id] = replace(touch, first_at=known[touch.message_id].first_at)
        return keep(known, touch, caps)

    patch.setattr(touches, "record", last)


def a_message_is_known_in_no_ring(patch: pytest.MonkeyPatch) -> None:
    apply = profiles.apply

    def ringless(profile: Profile, *rest: Any) -> bool:
        profile.ring.clear()
        return apply(profile, *rest)

    patch.setattr(timeline, "apply", ringless)


# Two lines of one product in one instant are too rare in a crowd; test_lattice.py looks for them.
BREAKS: list[Break] = [
    the_last_told_trait_wins,
    a_trait_forgets_its_party,
    a_consents_tie_goes_to_the_first_told,
    a_consents_tie_goes_to_a_yes,
    a_cart_forgets_its_cuts,
    a_repeated_order_is_added_up,
    the_last_told_of_a_message_wins,
    a_message_is_known_in_no_ring,
]


@pytest.mark.parametrize("broken", BREAKS, ids=lambda one: one.__name__.replace("_", " "))
def test_a_fold_that_hangs_on_the_order_is_found(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)

    assert find(ONE_PERSON, breaks, settings=LOOK)


def test_nothing_is_found_where_nothing_is_broken() -> None:
    """The way of looking itself breaks nothing."""
    looked = settings(LOOK, max_examples=100)

    with pytest.raises(NoSuchExample):
        find(ONE_PERSON, breaks, settings=looked)
