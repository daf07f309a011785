"""Changes that died unheard: once everybody is said anew, all is as if they had been heard."""

from typing import Any

import pytest

import react_to_changes
from backfill_segments import handler
from hub.clock import DAY, HOUR, MINUTE
from hub.deliveries import Message
from hub.enrollments import Enrollment
from hub.events import Event, to_json
from hub.identities import profile_id_for
from hub.timers import Tick
from tests.functions.filled import Filled
from tests.shoppers import CONSENT, JOIN, NOON, RECOVERY, TEA, identify, strategy, track

ANNA, STRANGER = profile_id_for(("user_id", "u-1")), profile_id_for(("anonymous_id", "a-1"))
QUIET = NOON + 30 * MINUTE
ADDED = track("Product Added", NOON, properties=TEA | {"cart_id": "c-1"}, context=CONSENT)
BOUGHT = track("Order Completed", QUIET + HOUR, properties={"order_id": "o-1", "revenue": 25})
STRUCK = {"tick": Tick(profile_id=ANNA, at=QUIET).model_dump()}
LATER = QUIET + 2 * DAY


@pytest.fixture(autouse=True)
def _recovery(filled: Filled) -> None:
    filled.lambdas.make_machine(RECOVERY)
    filled.lambdas.follow(strategy())


def body_of(*events: Event) -> dict[str, Any]:
    return {"events": [to_json(event) for event in events]}


def enrollment(filled: Filled) -> Enrollment:
    profile = filled.lambdas.profiles.get(ANNA)
    assert profile
    [found] = profile.enrollments.values()
    return found


def level(run: Enrollment) -> Message:
    return Message(
        message_id="msg_1",
        profile_id=ANNA,
        enrollment_id=run.enrollment_id,
        journey="recovery",
        step=0,
        connector=JOIN["connector"],
        action=JOIN["action"],
        verb="join",
        params={"audience": "carts"},
        target="carts",
        planned_at=QUIET,
    )


def turn_on(filled: Filled) -> Enrollment:
    """She left her cart, and stands in an audience for it."""
    filled.send(ADDED)
    filled.lambdas.at(QUIET)
    filled.absorb(STRUCK)
    run = enrollment(filled)
    filled.lambdas.effects.want(level(run))
    filled.lambdas.runs.begin_step(run.enrollment_id, 0, "a token nobody waits by", [level(run)])
    return run


def say_anew(filled: Filled) -> dict[str, Any]:
    filled.lambdas.at(LATER)
    return filled.run("anew")


def listed(filled: Filled) -> dict[str, dict[str, int]]:
    """Segment -> member -> since."""
    names = [one.name for one in strategy().segments]
    members = filled.lambdas.members
    return {name: {one.profile_id: one.since for one in members.members(name)} for name in names}


def sizes(filled: Filled) -> dict[str, int]:
    return {name: filled.lambdas.members.size(name) for name in listed(filled)}


def due(filled: Filled) -> str:
    """When her timer goes off, by the scheduler."""
    schedule = filled.lambdas.scheduler.get_schedule(GroupName="timers", Name=f"tick-{ANNA}")
    return str(schedule["ScheduleExpression"])


def is_on(filled: Filled) -> bool:
    [effect] = filled.lambdas.effects.of_profile(ANNA)
    return effect.wanted


def test_who_entered_unheard_is_a_member_and_on_her_journey(filled: Filled) -> None:
    filled.send(ADDED)
    filled.lambdas.at(QUIET)
    filled.unheard(STRUCK)

    filled.run()
    without = listed(filled)["cart_abandoner"]
    say_anew(filled)

    run = filled.lambdas.runs.get(enrollment(filled).enrollment_id)
    member = filled.lambdas.members.member("cart_abandoner", ANNA)
    [execution] = filled.lambdas.machines.executions("recovery")
    assert without == {}
    assert member is not None
    assert (member.since, member.evidence["holds"]) == (QUIET, True)
    assert sizes(filled) == {name: len(members) for name, members in listed(filled).items()}
    assert run is not None
    assert execution["name"] == run.enrollment_id


def test_a_timer_that_was_not_armed_is_armed(filled: Filled) -> None:
    filled.unheard(body_of(ADDED))
    filled.lambdas.at(NOON + MINUTE)

    filled.run("anew")

    armed = filled.lambdas.profiles.get(ANNA)
    assert armed is not None
    assert armed.tick_at is not None
    real = filled.lambdas.scheduler.list_schedules(GroupName="timers")["Schedules"]
    assert [one["Name"] for one in real] == [f"tick-{ANNA}"]


def test_a_timer_that_should_have_gone_off_long_ago_does_so_at_once(filled: Filled) -> None:
    filled.unheard(body_of(ADDED))

    say_anew(filled)
    filled.absorb()

    assert listed(filled)["cart_abandoner"] == {ANNA: QUIET}


def test_who_left_unheard_is_no_member_and_her_run_is_over_and_undone(filled: Filled) -> None:
    run = turn_on(filled)
    filled.lambdas.at(BOUGHT.at)
    filled.unheard(body_of(BOUGHT))

    filled.run()
    without = (*listed(filled)["cart_abandoner"], is_on(filled))
    say_anew(filled)

    closed = filled.lambdas.runs.get(run.enrollment_id)
    assert without == (ANNA, True)
    assert listed(filled)["cart_abandoner"] == {}
    assert closed is not None
    assert (closed.outcome, closed.closed_at) == ("goal", BOUGHT.at)
    assert not is_on(filled)
    assert len(filled.lambdas.queue("meta_custom_audiences")) == 1


def test_an_end_that_was_heard_in_part_is_heard_in_full(filled: Filled) -> None:
    """The run was closed, and its connector never asked to look."""
    run = turn_on(filled)
    filled.lambdas.at(BOUGHT.at)
    filled.unheard(body_of(BOUGHT))
    filled.lambdas.runs.close(run.enrollment_id, "goal", BOUGHT.at)

    say_anew(filled)

    assert not is_on(filled)
    assert len(filled.lambdas.queue("meta_custom_audiences")) == 1


def test_who_withdrew_unheard_is_taken_out_of_what_stood_on_it(filled: Filled) -> None:
    filled.lambdas.follow(strategy(RECOVERY, purposes={JOIN["connector"]: "advertising"}))
    turn_on(filled)
    no = {"consent": {"categoryPreferences": {"advertising": False}}}
    filled.lambdas.at(QUIET + MINUTE)
    filled.unheard(body_of(track("Product Viewed", QUIET + MINUTE, context=no)))

    say_anew(filled)

    assert not is_on(filled)
    assert len(filled.lambdas.queue("meta_custom_audiences")) >= 1


def test_who_became_part_of_another_unheard_stands_in_no_segment(filled: Filled) -> None:
    filled.send(track("Product Viewed", NOON, anonymous_id="a-1"), identify(NOON + 1, user_id="u-1"))
    filled.unheard(body_of(identify(NOON + 2)))
    before = listed(filled)["no_tea"].keys()

    say_anew(filled)

    assert before == {ANNA, STRANGER}
    assert listed(filled)["no_tea"].keys() == {ANNA}
    assert sizes(filled)["no_tea"] == 1


def test_said_twice_nothing_is_done_twice(filled: Filled) -> None:
    turn_on(filled)
    filled.lambdas.at(BOUGHT.at)
    filled.unheard(body_of(BOUGHT))
    say_anew(filled)
    filled.lambdas.queue("meta_custom_audiences")
    [effect] = filled.lambdas.effects.of_profile(ANNA)
    leased = filled.lambdas.effects.lease(effect, now=LATER, until=LATER + MINUTE)
    assert leased is not None
    filled.lambdas.effects.confirm(leased, fingerprint="", sent=())
    before = (listed(filled), sizes(filled), filled.lambdas.profiles.get(ANNA))

    say_anew(filled)

    assert (listed(filled), sizes(filled), filled.lambdas.profiles.get(ANNA)) == before
    assert filled.lambdas.queue("meta_custom_audiences") == []
    assert len(filled.lambdas.machines.executions("recovery")) == 1


def test_a_change_that_is_heard_late_finds_all_of_it_done(filled: Filled) -> None:
    filled.send(ADDED)
    filled.lambdas.at(QUIET)
    lost = filled.unheard(STRUCK)
    say_anew(filled)
    before = (listed(filled), sizes(filled), due(filled))

    react_to_changes.handler(lost, None)

    assert (listed(filled), sizes(filled)) == before[:2]
    assert len(filled.lambdas.machines.executions("recovery")) == 1


def test_what_is_live_is_not_in_its_way_and_nor_is_it_in_theirs(filled: Filled) -> None:
    """Read before and written after she was said anew: no conflict, and the mark is gone again."""
    filled.send(ADDED)
    read = filled.lambdas.profiles.get(ANNA)
    assert read is not None
    filled.start("anew")
    filled.machines.until(lambda: set(filled.statuses()) == {"SUCCEEDED"}, seconds=30)

    filled.lambdas.profiles.put(read)

    said, written = filled.lambdas.stream.batch()["Records"]
    assert "said_anew" in said["dynamodb"]["NewImage"]
    assert said["dynamodb"]["NewImage"]["body"] == said["dynamodb"]["OldImage"]["body"]
    assert said["dynamodb"]["NewImage"]["version"] == said["dynamodb"]["OldImage"]["version"]
    assert "said_anew" not in written["dynamodb"]["NewImage"]


def test_it_is_shown_as_what_it_is_and_nothing_counts_as_filled_by_it(filled: Filled) -> None:
    filled.send(ADDED)

    told = say_anew(filled)

    run, [part] = filled.progress.read()
    assert run is not None
    assert (run.names, run.ended_at is not None) == (("everybody anew",), True)
    assert (part.kind, part.seen, part.done) == ("say_anew", 1, True)
    assert filled.definitions.all() == {}
    assert [one["segment"] for one in told["segments"]] == [one.name for one in strategy().segments]


def test_a_page_said_is_followed_by_a_pause(filled: Filled) -> None:
    """Live changes come by the same stream."""
    filled.send(ADDED)
    part = {"do": "say_anew", "run": "r", "part": 0, "of": 1, "usual": 0, "calls": 0}

    told = handler(part, None)

    assert (told["crowded"], told["done"], told["seen"]) == (True, True, 1)
