"""One slot, one attribute that several runs fill: what stands is what the run entered last may say."""

from pathlib import Path
from typing import Any

import pytest

from cli.rehearsal import Rehearsal, identify, track
from cli.rehearsal.rehearsal import CUSTOMER
from tests.small_strategies import a_rehearsal, a_strategy

ANNA = identify(email="anna@example.com")
ORDER = track("Order Completed", order_id="o1", revenue=3)
TRIAL = track("Trial Started")

OFFER = """
entry: {{segment: {segment}}}
goal: {{did: {goal}}}
ends_after: 30d
steps:
  - after: 0s
    do:
      - site.show: {{slot: welcome, content: {content}}}
      - optimizely.update_profile: {{attributes: {{offer: {content}}}}}
      - intercom.update_contact: {{attributes: {{offer: {content}}}}}
"""
HELLO = OFFER.format(segment="carter", goal="Order Completed", content="hello")
SECOND = OFFER.format(segment="tea_fan", goal="Trial Started", content="second")
OF_THE_CART = """
entry: {segment: quiet_carter, key: cart.cart_id}
goal: {did: Order Completed}
exit: {cart: {items: {exactly: 0}}}
ends_after: 30d
steps:
  - after: 0s
    do: [{optimizely.update_profile: {attributes: {open_cart: "{{ cart.summary }}"}}}]
"""


def the_hub(story: Rehearsal) -> Any:
    return story._hub


def on_the_site(story: Rehearsal) -> str:
    profile = story._profile(CUSTOMER)
    shown = the_hub(story).shown(next(iter(profile.identifiers)))
    return shown["welcome"]["content"] if "welcome" in shown else ""


def told(story: Rehearsal, connector: str) -> list[Any]:
    """The bodies of what a vendor was asked to write, in order."""
    asked = [one["body"] for one in the_hub(story).vendors.asked(connector)]
    return [body for body in asked if body and "query" not in body]


def in_both(directory: Path, second: str = SECOND) -> Rehearsal:
    story = a_rehearsal(a_strategy(directory, {"first": HELLO, "second": second}))
    story.given(ANNA, track("Product Added", cart_id="c1", product_id="tea", quantity=1)).advance("1h")
    assert on_the_site(story) == "hello"
    return story.given(track("Tea Liked")).advance("1h")


def test_who_is_held_out_is_shown_what_she_was_shown_before(tmp_path: Path) -> None:
    story = in_both(tmp_path, SECOND + "holdout: 100%\n")

    assert on_the_site(story) == "hello"
    story.given(TRIAL).advance("1h")
    assert on_the_site(story) == "hello"


@pytest.mark.parametrize("connector", ["optimizely", "intercom"])
def test_content_does_not_outlive_its_goal_where_an_older_run_goes_on(tmp_path: Path, connector: str) -> None:
    story = in_both(tmp_path)
    assert on_the_site(story) == "second"
    before = len(told(story, connector))

    story.given(TRIAL).advance("1h")

    assert on_the_site(story) == "hello"
    assert ["hello" in str(body) for body in told(story, connector)[before:]] == [True]
    story.given(ORDER).everything_off()


@pytest.mark.parametrize("connector", ["optimizely", "intercom"])
def test_the_end_of_the_older_run_changes_nothing_at_a_vendor(tmp_path: Path, connector: str) -> None:
    story = in_both(tmp_path)
    before = told(story, connector)

    story.given(ORDER).advance("1h")

    assert (on_the_site(story), told(story, connector)) == ("second", before)
    story.given(TRIAL).everything_off()


def test_what_is_said_of_one_cart_goes_with_its_run_and_the_other_cart_is_said_again(tmp_path: Path) -> None:
    segments = {"quiet_carter": "{all: [{cart: {items: {at_least: 1}}}, {quiet_for: 20m}]}"}
    story = a_rehearsal(a_strategy(tmp_path, {"first": OF_THE_CART}, segments=segments))
    story.given(ANNA, track("Product Added", cart_id="c1", product_id="tea", name="tea", quantity=1)).advance(
        "1h"
    )
    story.given(track("Product Added", cart_id="c2", product_id="cup", name="cup", quantity=1)).advance("1h")

    story.given(track("Product Removed", cart_id="c2", product_id="cup", quantity=1)).advance("1h")

    carts = [body[0]["attributes"]["open_cart"] for body in told(story, "optimizely")]
    assert carts == ["1 \u00d7 tea", "1 \u00d7 cup", "1 \u00d7 tea"]
