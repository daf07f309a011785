"""One audience that several journeys, or several steps, ask for: on for whom it may be, and for no longer."""

from pathlib import Path

import pytest

from cli.rehearsal import Rehearsal, consents, identify, track
from tests.small_strategies import a_rehearsal, a_strategy

JOIN, LEAVE = "meta_custom_audiences.join", "meta_custom_audiences.leave"
SHOWS_AN_AD = "{do: [{meta_custom_audiences.join: {audience: x}}]"
ANNA = identify(email="anna@example.com")
FILLS_CART = track("Product Added", cart_id="c1", product_id="tea", quantity=1)
ORDER = track("Order Completed", order_id="o1", cart_id="c1", revenue=3)

CART_AD = f"""
entry: {{segment: carter, key: cart.cart_id}}
goal: {{did: Order Completed}}
ends_after: 30d
steps:
  - {SHOWS_AN_AD}, after: 0s}}
"""
TEA_AD = CART_AD.replace("carter, key: cart.cart_id", "tea_fan").replace("Order Completed", "Subscribed")
TWICE = CART_AD + f"  - {SHOWS_AN_AD}, after: 4h}}\n"
IS_ADVERTISING = "consent: opt_out\npurposes: {meta_custom_audiences: advertising}"
CAPPED = "consent: opt_out\ncaps: [{journey: tea_ad, at_most: 0, within: 1d}]"


@pytest.fixture(params=["held out", "capped"])
def in_both(request: pytest.FixtureRequest, tmp_path: Path) -> Rehearsal:
    """The cart's ad is on; the tea's may not be."""
    held_out = request.param == "held out"
    journeys = {"cart_ad": CART_AD, "tea_ad": TEA_AD + ("holdout: 100%\n" if held_out else "")}
    strategy = a_strategy(tmp_path, journeys, policy="consent: opt_out" if held_out else CAPPED)
    story = a_rehearsal(strategy).given(ANNA, FILLS_CART).expect(JOIN)
    return story.given(track("Tea Liked")).withheld("hold-out" if held_out else "cap", JOIN)


def test_the_ad_goes_with_the_goal_though_another_journey_that_may_not_show_it_asks_for_it(
    in_both: Rehearsal,
) -> None:
    in_both.advance("1h").given(ORDER).expect(LEAVE).everything_off()


@pytest.mark.parametrize("down", [False, True], ids=["is up", "is down for hours"])
def test_an_ad_she_said_no_to_goes_though_a_later_step_asks_for_it_while_its_vendor(
    tmp_path: Path, *, down: bool
) -> None:
    story = a_rehearsal(a_strategy(tmp_path, {"cart_ad": TWICE}, policy=IS_ADVERTISING))
    story.given(ANNA, FILLS_CART).expect(JOIN).advance("1h")
    if down:
        story.vendor_fails("meta_custom_audiences", 503)

    story.given(consents(advertising=False)).advance("4h").vendor_recovers("meta_custom_audiences")
    story.advance("1d")

    assert not [one for one in story._hub.effects.rows.values() if one.confirmed]
    story.everything_off()
    assert [(one.step, one.status.value) for one in story._profile("customer").touches.values()] == [
        (0, "off"),
        (1, "withheld"),
    ]


@pytest.mark.parametrize(
    ("policy", "journey", "reason"),
    [
        ("consent: opt_out\ncaps: [{media: paid, at_most: 1, within: 7d}]", TWICE, "cap"),
        (IS_ADVERTISING, TWICE, "no consent to advertising"),
    ],
    ids=["a cap wants no more", "a consent that is gone wants none"],
)
def test_what_a_later_step_may_not_have_again_stays_only_where(
    tmp_path: Path, policy: str, journey: str, reason: str
) -> None:
    story = a_rehearsal(a_strategy(tmp_path, {"cart_ad": journey}, policy=policy))
    story.given(ANNA, FILLS_CART).expect(JOIN).advance("1h")
    if reason != "cap":
        story.given(consents(advertising=False))

    story.advance("4h")

    on = [one for one in story._hub.effects.rows.values() if one.confirmed]
    assert bool(on) == (reason == "cap")
    story.given(ORDER).everything_off()
