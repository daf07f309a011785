"""Both arms of a hold-out are told of the same messages at the same moments: what uplift is measured by."""

import pytest

from hub.clock import HOUR, Instant
from hub.deliveries import Delivery, Status
from hub.strategy.policy import Policy
from hub.strategy.strategy import Strategy
from hub.touches import REACHED
from tests.cart_story import QUIET, Story, shortened

Exposure = tuple[str, int, str, Instant]


def everybody_held_out(strategy: Strategy) -> Strategy:
    return strategy.model_copy(update={"policy": strategy.policy.model_copy(update={"holdout": 1.0})})


def with_policy(strategy: Strategy, **written: object) -> Strategy:
    policy = Policy.model_validate({"consent": "opt_out", **written})
    return strategy.model_copy(update={"policy": policy})


def walked(strategy: Strategy, arm: str = "treated") -> list[Delivery]:
    """Everything that became of the messages of a shopper who left her cart and did nothing for 13 hours."""
    story = Story(strategy, arm)
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 13 * HOUR)
    return story.hub.deliveries


def exposures(deliveries: list[Delivery]) -> set[Exposure]:
    """What reached her, or would have."""
    return {
        (one.connector, one.step, one.action, one.at)
        for one in deliveries
        if one.status in REACHED or (one.status is Status.WITHHELD and one.reason == "hold-out")
    }


def test_who_is_held_out_of_the_journey_is_exposed_as_who_is_not(own_strategy: Strategy) -> None:
    treated, held_out = walked(own_strategy), walked(own_strategy, "holdout")

    assert len(exposures(treated)) == 8
    assert exposures(held_out) == exposures(treated)
    assert {one.status for one in held_out} == {Status.WITHHELD}


def test_who_is_held_out_of_everything_is_exposed_the_same(own_strategy: Strategy) -> None:
    held_out = walked(everybody_held_out(own_strategy), "holdout")

    assert exposures(held_out) == exposures(walked(own_strategy))
    assert {one.reason for one in held_out} == {"hold-out"}


@pytest.mark.parametrize(
    "policy",
    [
        {"caps": [{"channel": "email", "at_most": 1, "within": "7d"}]},
        {"caps": [{"media": "paid", "at_most": 2, "within": "7d"}]},
        {"quiet_hours": {"from": "10:00", "to": "12:00", "channels": ["email"]}},
        {"consent": "opt_in", "purposes": {"amazon_ses": "email"}},
    ],
    ids=["a cap on letters", "a cap on adverts", "quiet hours", "no consent"],
)
def test_what_stops_or_delays_a_message_does_so_in_both_arms(
    own_strategy: Strategy, policy: dict[str, object]
) -> None:
    strategy = with_policy(own_strategy, **policy)

    treated, held_out = walked(strategy), walked(strategy, "holdout")

    assert exposures(held_out) == exposures(treated)
    assert exposures(treated) != exposures(walked(own_strategy))


@pytest.mark.parametrize("trouble", [{"mode": "auth"}, {"mode": "throttle"}, {"status": 503}], ids=str)
def test_while_a_vendor_is_down_neither_arm_is_exposed_and_then_both_at_once(
    own_strategy: Strategy, trouble: dict[str, object]
) -> None:
    arms = []
    for arm in ("treated", "holdout"):
        story = Story(shortened(own_strategy, holdout=0.5), arm)
        story.fills_her_cart()
        story.hub.vendors.go_down("amazon_ses", **trouble)
        story.hub.advance_to(QUIET + HOUR)
        assert not [one for one in exposures(story.hub.deliveries) if one[0] == "amazon_ses"]
        story.hub.vendors.recover("amazon_ses")
        story.hub.advance_to(QUIET + 13 * HOUR)
        arms.append(exposures(story.hub.deliveries))

    assert arms[0] == arms[1]
    assert len([one for one in arms[0] if one[0] == "amazon_ses"]) == 2


def test_who_buys_while_the_vendor_is_down_is_exposed_in_neither_arm(own_strategy: Strategy) -> None:
    for arm in ("treated", "holdout"):
        story = Story(shortened(own_strategy, holdout=0.5), arm)
        story.fills_her_cart()
        story.hub.vendors.go_down("amazon_ses", status=503)
        story.hub.advance_to(QUIET + HOUR)
        story.buys()
        story.hub.vendors.recover("amazon_ses")
        story.hub.advance_to(QUIET + 3 * HOUR)

        assert [one.reason for one in story.hub.deliveries if one.connector == "amazon_ses"] == ["converted"]
