"""A run that is about one cart sees that cart and no other; two carts are two runs (DESIGN §6)."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from hub import documents, stepping
from hub.clock import DAY, HOUR, Instant
from hub.connector_kit.describing import document_of
from hub.content import decide_content
from hub.effects import Effect, EffectKey
from hub.enrollments import Enrollment
from hub.events import Event
from hub.keyed_runs import seen_by
from hub.profiles import Profile
from hub.rules import Rules
from hub.stepping import StepCall
from tests.builders import (
    NOW,
    a_journey,
    a_line,
    a_message,
    a_profile,
    an_action,
    an_enrollment,
    an_event,
    rules_of,
    runs,
)
from tests.delivery_desk import Desk
from tests.fakes import FakeProfiles
from tests.fakes_delivery import FakeEffects

EMPTY = {"cart": {"items": {"exactly": 0}}}
BY_CART = {"segment": "abandoner", "key": "cart.cart_id"}


def keyed(**fields: Any) -> Rules:
    return rules_of(journeys=[a_journey(**{"entry": BY_CART, "ends_after": "9d", **fields})])


def cleared(cart_id: str, at: Instant) -> Event:
    return an_event("Cart Cleared", at, properties={"cart_id": cart_id})


def with_two_carts(rules: Rules, *events: Event, until: Instant = NOW + 3 * HOUR) -> Profile:
    """Tea in c1, an hour later a mug in c2; she left both."""
    tea, mug = a_line(NOW, "tea", cart_id="c1"), a_line(NOW + HOUR, "mug", cart_id="c2", price=7)
    return a_profile(tea, mug, *events, rules=rules, until=until)


def cart_of(profile: Profile, one: Enrollment) -> list[Any]:
    cart = documents.document(seen_by(profile, one))["cart"]
    return [cart["cart_id"], cart["items"], cart["value"], cart["summary"]]


def test_each_run_is_told_of_its_own_cart() -> None:
    profile = with_two_carts(keyed())

    assert [cart_of(profile, one) for one in runs(profile)] == [
        ["c1", 1, 10, "1 \u00d7 tea"],
        ["c2", 1, 7, "1 \u00d7 mug"],
    ]
    assert documents.document(profile)["cart"]["items"] == 2


@pytest.mark.parametrize("entry", [{"segment": "abandoner"}, {**BY_CART, "key": "profile.id"}])
def test_a_run_that_is_about_no_cart_sees_them_all(entry: dict[str, str]) -> None:
    profile = with_two_carts(keyed(entry=entry))

    assert [cart_of(profile, one)[1] for one in runs(profile)] == [2]


@pytest.mark.parametrize("changes", [{"key": ""}, {"keyed_by": ""}])
def test_a_run_of_which_no_cart_is_known_sees_them_all(changes: dict[str, str]) -> None:
    """A cart without an id; a run that began before it was noted what its key is."""
    one = an_enrollment(**{"key": "c1", "keyed_by": "cart.cart_id", **changes})

    assert cart_of(with_two_carts(keyed()), one)[1] == 2


def test_an_emptied_cart_ends_its_own_run_and_no_other() -> None:
    profile = with_two_carts(keyed(exit=EMPTY), cleared("c1", NOW + 2 * HOUR))

    assert [(one.key, one.outcome, one.closed_at) for one in runs(profile)] == [
        ("c1", "exit", NOW + 2 * HOUR),
        ("c2", None, None),
    ]


def test_a_goal_about_the_cart_is_about_the_runs_own() -> None:
    profile = with_two_carts(keyed(goal=EMPTY), cleared("c2", NOW + 2 * HOUR))

    assert [(one.key, one.outcome) for one in runs(profile)] == [("c1", None), ("c2", "goal")]


def test_an_exit_that_time_brings_to_its_own_cart_is_looked_for_in_time() -> None:
    """Kept until a day: the run ends then, with nothing happening, though another cart keeps longer."""
    over = {"not": {"cart": {"contains": {"kept_until": {"within_next": "30d"}}}}}
    rules = keyed(exit=over)
    soon, late = ("2026-11-22T10:00:00Z", "2026-12-01T10:00:00Z")
    profile = a_profile(
        a_line(NOW, "tea", cart_id="c1", kept_until=soon),
        a_line(NOW + HOUR, "mug", cart_id="c2", kept_until=late),
        rules=rules,
        until=NOW + 2 * DAY,
    )

    (first, second) = runs(profile)
    assert (first.outcome, second.outcome) == ("exit", None)
    assert first.closed_at is not None
    assert NOW + DAY <= first.closed_at <= NOW + DAY + 1


def test_a_step_asks_its_condition_of_its_own_cart() -> None:
    dear = {"cart": {"value": {"at_least": 10}}}
    rules = keyed(steps=[{"after": "0s", "do": [an_action()], "only_if": dear}])
    profile = with_two_carts(rules)

    planned = {one.key: stepping.plan(a_call(rules, one), NOW, profile, rules, NOW) for one in runs(profile)}

    assert {key: len(messages) for key, (messages, _) in planned.items()} == {"c1": 1, "c2": 0}


def a_call(rules: Rules, one: Enrollment) -> StepCall:
    [step] = rules.strategy.journey_by_name["recovery"].steps
    ids = {"enrollment_id": one.enrollment_id, "profile_id": "p_1", "journey": "recovery"}
    return StepCall(**ids, step=0, definition=step, token="t-1")


def test_what_a_connector_is_told_is_of_the_messages_run() -> None:
    profile, desk = with_two_carts(keyed()), Desk()
    tools = replace(desk.tools(), describe=documents.document)

    told = [
        document_of(profile, a_message(enrollment_id=one.enrollment_id), tools.vendor.credentials(), tools)
        for one in runs(profile)
    ]

    assert [one["cart"]["summary"] for one in told] == ["1 \u00d7 tea", "1 \u00d7 mug"]


def test_the_site_shows_the_cart_of_the_run_that_was_entered_last() -> None:
    profile = with_two_carts(keyed())
    profiles, effects = FakeProfiles(), FakeEffects()
    profiles.put(profile)
    profiles.claim(("anonymous_id", "a-1"), profile.profile_id)
    both = {name: a_message(enrollment_id=name, params={"content": "x"}) for name in profile.enrollments}
    key = EffectKey(profile_id=profile.profile_id, connector="site", target="welcome")
    effects.rows[key] = Effect(
        key=key, action="show", wanted_by=frozenset(both), allowed=both, confirmed="on"
    )

    shown = decide_content(
        [("anonymous_id", "a-1")],
        [],
        profiles=profiles,
        effects=effects,
        render=lambda _, seen: cart_in(seen),
    )

    assert shown == {"welcome": {"content": "x", "html": "1 \u00d7 mug"}}


def cart_in(seen: dict[str, Any]) -> str:
    return str(seen["cart"]["summary"])


def test_what_a_run_sees_is_only_looked_at() -> None:
    profile = with_two_carts(keyed())
    before = deepcopy(profile)

    for one in runs(profile):
        seen_by(profile, one)

    assert profile == before
