"""The shoppers, played through the real analytics library against the hub's real front door."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from cli import strategies
from cli.demo.acts import Act, Asks, Does, Shopper, Tells, Unsubscribes, Withdraws
from cli.demo.play import Stage
from cli.demo.shoppers import cast
from cli.demo.story import Story
from cli.sending.posting import Endpoint
from hub.clock import MINUTE, Clock, parse_instant, real_now
from hub.identities import profile_id_for
from hub.rules import Rules
from tests.cli.door import WRITE_KEY, Door, open_door

REPOSITORY = Path(__file__).resolve().parents[2]
SPEED = 600.0


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(strategies.load(REPOSITORY / "strategy"))


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door(
        Clock(speed=SPEED, origin=real_now(), start=parse_instant("2026-12-01T08:00:00Z"))
    ) as opened:
        yield opened


def shopper(*acts: Act) -> Shopper:
    return Shopper(name="Zoe", line="", ending="never returns", user_id="zoe-1", acts=acts)


def play(
    door: Door, someone: Shopper, unsubscribe_url: str = "", purposes: frozenset[str] = frozenset({"email"})
) -> Stage:
    where = Endpoint(url=door.url, write_key=WRITE_KEY, clock=door.clock)
    stage = Stage(where, purposes, lambda *_: None)
    stage.play([someone], lambda _: unsubscribe_url)
    stage.close()
    return stage


def test_each_act_becomes_an_event_at_its_own_time(door: Door) -> None:
    views = [
        Does(at=minute * MINUTE, event="Product Viewed", properties={"name": "Tea"}) for minute in (0, 3, 6)
    ]

    stage = play(door, shopper(*views))

    assert [event.name for event in door.events] == ["Product Viewed"] * 3
    for minute, event in zip((0, 3, 6), door.events, strict=True):
        assert event.at >= stage.played.opening + minute * MINUTE
    for before, after in pairwise(door.events):
        assert after.at - before.at == pytest.approx(3 * MINUTE, abs=2 * MINUTE)


def test_a_device_is_anonymous_until_she_signs_in_on_it(door: Door) -> None:
    play(
        door,
        shopper(
            Does(at=0, device="phone", event="page"),
            Tells(at=1 * MINUTE, device="phone", as_user=False),
            Tells(at=2 * MINUTE),
            Does(at=3 * MINUTE, event="page"),
        ),
    )

    known = [
        (event.type, event.user_id, event.anonymous_id, event.traits.get("email")) for event in door.events
    ]
    assert known == [
        ("page", "", "zoe-1-phone", None),
        ("identify", "", "zoe-1-phone", "zoe-1@example.com"),
        ("identify", "zoe-1", "zoe-1-laptop", "zoe-1@example.com"),
        ("page", "zoe-1", "zoe-1-laptop", None),
    ]
    assert door.events[0].context["consent"] == {"categoryPreferences": {"email": True}}


def test_what_the_site_shows_her_is_noted(door: Door) -> None:
    door.shown = {"welcome": {"content": "cart_welcome", "html": "<p>Tea</p>"}}

    stage = play(door, shopper(Asks(at=0)))

    [(_, name, slots)] = stage.played.shown
    assert (name, slots) == ("Zoe", door.shown)


def test_she_unsubscribes_as_a_mail_program_does(door: Door) -> None:
    stage = play(door, shopper(Unsubscribes(at=0)), unsubscribe_url=f"{door.url}/hooks/amazon_ses?token=t")

    assert door.forms == [("/hooks/amazon_ses?token=t", "List-Unsubscribe=One-Click")]
    assert stage.played.errors == []


def test_she_withdraws_her_consent_to_every_purpose_of_the_policy(door: Door, story: Story) -> None:
    visits = [Does(at=minute * MINUTE, event="page") for minute in (1, 3)]

    play(door, shopper(Tells(at=0), visits[0], Withdraws(at=2 * MINUTE), visits[1]), purposes=story.purposes)

    said = [
        (event.type, event.name, event.context["consent"]["categoryPreferences"]) for event in door.events
    ]
    purposes = set(story.strategy.policy.purposes.values())
    yes, no = dict.fromkeys(purposes, True), dict.fromkeys(purposes, False)
    assert said == [
        ("identify", "", yes),
        ("page", "Shop", yes),
        ("track", "Segment Consent Preference Updated", no),
        ("page", "Shop", no),
    ]
    assert door.events[2].user_id == "zoe-1"
    assert purposes


def test_without_a_letter_there_is_nothing_to_unsubscribe_from(door: Door) -> None:
    stage = play(door, shopper(Unsubscribes(at=0)))

    assert "no e-mail" in stage.played.errors[0]


def test_what_the_hub_refuses_is_an_error_of_the_demo(door: Door) -> None:
    door.planned = [(401, {})]

    stage = play(door, shopper(Does(at=0, event="page")))

    assert "1 messages were not taken" in stage.played.errors[0]


def test_everybody_is_drawn_into_her_arm_whatever_founds_her_profile(story: Story) -> None:
    rules = Rules(story.strategy)

    for one in cast(story, "run"):
        ids = [
            ("user_id", one.user_id),
            ("email", one.email),
            ("anonymous_id", one.anonymous_id(one.acts[0].device)),
        ]
        arms = {
            rules.arm_of(profile_id_for(identifier), rules.journeys["cart_recovery"]) for identifier in ids
        }
        assert arms == {"holdout" if one.ending == "held out" else "treated"}


def test_two_demos_on_one_stack_have_other_shoppers(story: Story) -> None:
    first, second = cast(story, "a"), cast(story, "b")

    assert not {one.user_id for one in first} & {one.user_id for one in second}


def test_the_purchases_and_the_withdrawal_lie_where_the_story_needs_them(story: Story) -> None:
    by_name = {one.name: one for one in cast(story, "run")}

    def into_the_journey(name: str, does: str) -> int:
        """After the silence that begins it."""
        acts = by_name[name].acts
        visit = next(
            (one.at for one, after in pairwise(acts) if after.at - one.at >= story.quiet), acts[-1].at
        )
        [at] = [act.at for act in acts if does in (getattr(act, "event", ""), type(act).__name__)]
        return at - visit - story.quiet

    dora, anna = (into_the_journey(name, "Order Completed") for name in ("Dora", "Anna"))
    assert story.after(-2) < dora < story.after(-1) < anna < story.journey.ends_after
    assert story.after(-2) < into_the_journey("Hana", "Withdraws") < story.after(-1)
    assert into_the_journey("Ben", "Order Completed") < 0
