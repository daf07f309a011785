"""Another strategy is deployed while people are on their way through the old one."""

from pathlib import Path

import pytest

from cli.rehearsal import Rehearsal, identify, track
from hub.strategy.strategy import Strategy
from tests.small_strategies import HAS_A_CART, LIKES_TEA, a_rehearsal, a_strategy, deploy

MAIL, JOIN, LEAVE = "amazon_ses.send_email", "meta_custom_audiences.join", "meta_custom_audiences.leave"
ANNA = identify(email="anna@example.com")
FILLS_CART = track("Product Added", cart_id="c1", product_id="tea", quantity=1)
ORDER = track("Order Completed", order_id="o1", cart_id="c1", revenue=3)
JOURNEY = """
entry: {segment: carter, key: cart.cart_id}
goal: {did: Order Completed}
ends_after: 30d
steps:
  - after: 0s
    do: [{meta_custom_audiences.join: {audience: x}}, {amazon_ses.send_email: {template: hello}}]
"""
SECOND = """
  - after: 12h
    do: [{amazon_ses.send_email: {template: second}}]
"""
AT_NIGHT = "consent: opt_out\nquiet_hours: {from: 09:00, to: 18:00, channels: [email]}"


def strategy(directory: Path, journey: str, name: str = "recovery", **said: object) -> Strategy:
    return a_strategy(directory, {name: journey}, **said)  # type: ignore[arg-type]


# ---- a journey is taken out of the strategy


@pytest.fixture
def on_her_way(tmp_path: Path) -> Rehearsal:
    """Her ad is on, her mail waits for the evening, and her journey is called otherwise from now on."""
    story = a_rehearsal(strategy(tmp_path / "old", JOURNEY, policy=AT_NIGHT))
    story.given(ANNA, FILLS_CART).advance("1h").expect(JOIN)
    deploy(story, strategy(tmp_path / "new", JOURNEY, "renamed", policy=AT_NIGHT))
    return story


def test_who_is_on_a_journey_that_is_gone_is_out_of_it_when_she_is_next_looked_at(
    on_her_way: Rehearsal,
) -> None:
    on_her_way.given(ORDER).ended("ended", journey="recovery").expect(LEAVE).everything_off()

    on_her_way.advance("29d").expect_nothing(MAIL)


def test_what_waits_of_a_journey_that_is_gone_is_withheld_though_nobody_looked_at_her(
    on_her_way: Rehearsal,
) -> None:
    on_her_way.advance("12h").withheld("journey over", MAIL)


# ---- a step of a run that goes on

CONDITIONS = [LIKES_TEA, "{did_not: Tea Liked}", "{in_segment: tea_fan}", "{not: {in_segment: tea_fan}}"]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_a_step_asks_and_nobody_remembers_any_more_is_no_yes(tmp_path: Path, condition: str) -> None:
    old = strategy(tmp_path / "old", JOURNEY + SECOND + f"    only_if: {condition}\n")
    story = a_rehearsal(old).given(ANNA, FILLS_CART).expect(MAIL).advance("1h")
    deploy(story, strategy(tmp_path / "new", JOURNEY, segments={"carter": HAS_A_CART}))

    story.given(track("Tea Liked")).advance("12h")

    story.expect_nothing(MAIL).withheld("condition unknown", MAIL)


@pytest.mark.parametrize(
    ("condition", "goes"), [(HAS_A_CART, True), (LIKES_TEA, False), ("{did_not: Tea Liked}", True)]
)
def test_what_a_step_asks_and_is_remembered_still_holds_as_it_did(
    tmp_path: Path, condition: str, *, goes: bool
) -> None:
    old = strategy(tmp_path / "old", JOURNEY + SECOND + f"    only_if: {condition}\n")
    story = a_rehearsal(old).given(ANNA, FILLS_CART).expect(MAIL).advance("1h")
    deploy(story, strategy(tmp_path / "new", JOURNEY))

    story.advance("12h")

    story.expect(MAIL, template="second") if goes else story.withheld("condition not met", MAIL)


def test_a_mail_whose_template_is_gone_is_withheld_at_once_and_says_which(tmp_path: Path) -> None:
    story = a_rehearsal(strategy(tmp_path / "old", JOURNEY + SECOND)).given(ANNA, FILLS_CART).expect(MAIL)
    deploy(story, strategy(tmp_path / "new", JOURNEY, templates=("hello",)))

    story.advance("12h").withheld("no template: second", MAIL)


def test_a_run_that_did_not_ask_for_its_cart_is_not_restarted_by_a_rule_that_came_later(
    tmp_path: Path,
) -> None:
    quiet = {"carter": "{all: [{cart: {items: {at_least: 1}}}, {quiet_for: 30m}]}"}
    story = a_rehearsal(strategy(tmp_path / "old", JOURNEY, segments=quiet))
    story.given(ANNA, FILLS_CART).advance("2h").expect(MAIL)
    deploy(story, strategy(tmp_path / "new", JOURNEY + "restart_when: cart_changes\n", segments=quiet))

    story.given(track("Cart Viewed", cart_id="c1", products=[{"product_id": "tea", "quantity": 1}]))

    story.advance("1d").ended("running").expect_nothing(MAIL)
