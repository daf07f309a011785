"""A level is wanted until its run is over: what stood against it may go away, and then it is turned on."""

from pathlib import Path

from cli.rehearsal import Rehearsal, consents, identify, track
from tests.small_strategies import a_rehearsal, a_strategy

JOIN, LEAVE = "meta_custom_audiences.join", "meta_custom_audiences.leave"
ANNA = identify(email="anna@example.com")
FILLS_CART = track("Product Added", cart_id="c1", product_id="tea", quantity=1)
ORDER = track("Order Completed", order_id="o1", revenue=3)
AD = """
entry: {segment: carter}
goal: {did: Order Completed}
ends_after: 3d
steps: [{do: [{meta_custom_audiences.join: {audience: x}}], after: 0s}]
"""
IS_ADVERTISING = "consent: opt_out\npurposes: {meta_custom_audiences: advertising}"
TWO = AD.replace("}}]", "}}, {google_ads.join: {audience: x}}]")
CAPPED = IS_ADVERTISING + "\ncaps: [{media: paid, at_most: 1, within: 1h}]"


def a_story(directory: Path, policy: str = IS_ADVERTISING, journey: str = AD) -> Rehearsal:
    return a_rehearsal(a_strategy(directory, {"ad": journey}, policy=policy))


def test_a_consent_given_again_turns_on_again_what_the_run_still_wants(tmp_path: Path) -> None:
    story = a_story(tmp_path).given(ANNA, FILLS_CART).expect(JOIN).advance("1h")

    story.given(consents(advertising=False)).expect(LEAVE).advance("1h")
    story.given(consents(advertising=True)).expect(JOIN)

    story.given(ORDER).expect(LEAVE).everything_off()


def test_an_address_learnt_while_the_run_goes_on_is_told_to_its_audience(tmp_path: Path) -> None:
    story = a_story(tmp_path).given(FILLS_CART).withheld("no address", JOIN).advance("1h")

    story.given(ANNA).expect(JOIN)

    story.given(ORDER).expect(LEAVE).everything_off()


def test_after_the_run_nothing_is_asked_for_again(tmp_path: Path) -> None:
    story = a_story(tmp_path).given(FILLS_CART).advance("1h").given(ORDER).advance("1h")

    story.given(ANNA, consents(advertising=False)).given(consents(advertising=True)).advance("1d")

    assert story._hub.vendors.asked("meta_custom_audiences") == []


def test_what_a_cap_refused_stays_refused_though_the_cap_has_room_again(tmp_path: Path) -> None:
    story = a_story(tmp_path, CAPPED, TWO).given(ANNA, FILLS_CART).withheld("cap").advance("2h")
    [refused] = [one for one in story._profile("customer").touches.values() if one.status == "withheld"]

    story.given(identify(phone="+420601234567")).advance("1d")

    assert story._hub.vendors.asked(refused.connector) == []
    assert refused in story._profile("customer").touches.values()


def test_an_off_by_a_withdrawn_consent_keeps_its_time_when_the_run_ends(tmp_path: Path) -> None:
    story = a_story(tmp_path).given(ANNA, FILLS_CART).advance("1h").given(consents(advertising=False))
    [touch] = story._profile("customer").touches.values()

    story.advance("3d")

    assert touch.status == "off"
    assert list(story._profile("customer").touches.values()) == [touch]
