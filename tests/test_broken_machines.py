"""A run whose machine broke for good is over for everybody: its mails, the other journeys, its customer."""

from pathlib import Path

import pytest

from cli.rehearsal import Rehearsal, identify, track
from tests.small_strategies import a_rehearsal, a_strategy

MAIL, JOIN, LEAVE = "amazon_ses.send_email", "meta_custom_audiences.join", "meta_custom_audiences.leave"
FIRST = """
entry: {segment: carter, key: cart.cart_id}
goal: {did: Order Completed}
ends_after: 30d
steps:
  - after: 0s
    do: [{meta_custom_audiences.join: {audience: x}}, {amazon_ses.send_email: {template: hello}}]
  - after: 12h
    do: [{amazon_ses.send_email: {template: second}}]
"""
OTHER = """
entry: {segment: tea_fan}
goal: {did: Subscribed}
ends_after: 30d
steps:
  - after: 0s
    do: [{amazon_ses.send_email: {template: second}}]
"""
POLICY = "consent: opt_out\npriorities: [first]\nquiet_hours: {from: 09:00, to: 11:00, channels: [email]}"
ORDER = track("Order Completed", order_id="o1", cart_id="c1", revenue=3)


def break_down(story: Rehearsal) -> None:
    """Every attempt of a step failed: the machine goes to its state "Close: failed", and is heard of."""
    hub = story._hub
    [(name, execution)] = [(name, one) for name, one in hub.machines.executions.items() if one.state]
    ids = {"enrollment_id": name, "profile_id": execution.data["profile_id"], "journey": "first"}
    hub.machines._go(execution, "")
    hub._step({"do": "close", "outcome": "failed", **ids})
    hub.settle()


@pytest.fixture
def broken(tmp_path: Path) -> Rehearsal:
    """The ad was on, the mail waits for eleven."""
    story = a_rehearsal(a_strategy(tmp_path, {"first": FIRST, "other": OTHER}, policy=POLICY))
    story.given(identify(email="anna@example.com"))
    story.given(track("Product Added", cart_id="c1", product_id="tea", quantity=1)).advance("30m").expect(
        JOIN
    )
    break_down(story)
    return story


def test_its_customer_is_out_of_it_and_everything_is_off(broken: Rehearsal) -> None:
    broken.ended("failed", journey="first").expect(LEAVE).everything_off()


def test_what_waited_of_it_is_withheld_and_says_why(broken: Rehearsal) -> None:
    broken.advance("1d").expect_nothing(MAIL).withheld("journey failed", MAIL)


def test_no_other_journey_gives_way_to_it(broken: Rehearsal) -> None:
    broken.advance("2h").given(track("Tea Liked")).expect(MAIL, template="second")


def test_who_bought_before_it_broke_has_bought(tmp_path: Path) -> None:
    story = a_rehearsal(a_strategy(tmp_path, {"first": FIRST}))
    story.given(identify(email="anna@example.com"))
    story.given(track("Product Added", cart_id="c1", product_id="tea", quantity=1)).advance("30m")
    [name] = story._hub.machines.executions

    story.given(ORDER)
    story._hub._step({"do": "close", "enrollment_id": name, "outcome": "failed"})
    story._hub.settle()

    story.ended("goal").everything_off()
