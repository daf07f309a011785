"""A changed segment and the profiles there are: the machine of the template, on moto's tables."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest

from backfill_segments import backfill, handler
from hub.archive_lines import write_line
from hub.aws.profile_scan import ProfileScan
from hub.clock import DAY, HOUR, format_instant, real_now
from hub.definitions import versions
from hub.events import Event, accept, to_json
from hub.recalling import asked_by
from hub.rules import Rules
from tests.functions.filled import BROWSER, LOOKER, Filled, strategy_of
from tests.shoppers import NOON, track


def customers(filled: Filled, number: int, *, ago: int = 10 * DAY) -> list[str]:
    names = [f"u-{place}" for place in range(number)]
    filled.send(*(track("Product Viewed", NOON - ago, message_id=name, user_id=name) for name in names))
    return names


def test_the_first_time_there_is_nobody_and_everything_is_written_down(filled: Filled) -> None:
    filled.run()

    live = filled.definitions.all()["segment", "looker"]
    run, parts = filled.progress.read()
    assert live.version == versions(strategy_of(LOOKER).segments)["looker"]
    assert live.filled_at is not None
    assert filled.definitions.memory() is not None
    assert run is not None
    assert (run.names, run.ended_at is not None) == (("segment:looker",), True)
    assert [(part.seen, part.changed, part.done) for part in parts] == [(0, 0, True)]


def test_a_deployment_that_changes_no_segment_reads_nothing(filled: Filled) -> None:
    filled.run()
    before, _ = filled.progress.read()

    told = filled.run()

    assert (told["changed"], told["scan"]["left"]) == (False, [])
    assert filled.progress.read()[0] == before


def test_a_changed_rule_lets_in_and_out_whom_it_concerns_and_writes_nobody_else(filled: Filled) -> None:
    customers(filled, 3)
    filled.send(
        *(track("Product Viewed", NOON - HOUR, message_id=f"v{n}", user_id="fresh") for n in range(2))
    )
    filled.run()
    untouched = filled.profile("fresh").version

    filled.lambdas.follow(strategy_of({**LOOKER, "when": {**LOOKER["when"], "within": "5d"}}))
    filled.run()

    _, [part] = filled.progress.read()
    assert filled.member_names("looker") == {filled.profile("fresh").profile_id}
    assert (part.seen, part.changed) == (4, 4)
    # Her timer is another one by the new rule; whoever is as she was is not written.
    assert filled.profile("fresh").version == untouched + 1
    filled.run("begin", "looker")
    assert filled.progress.read()[1][0].changed == 0
    assert filled.profile("fresh").version == untouched + 1


def test_members_say_by_which_version_of_the_rule_they_entered(filled: Filled) -> None:
    customers(filled, 1)
    filled.run()

    [member] = filled.lambdas.members.members("looker")

    assert member.version == filled.definitions.all()["segment", "looker"].version


def test_a_former_version_is_kept_behind_the_new_one(filled: Filled) -> None:
    filled.run()
    first = filled.definitions.all()["segment", "looker"]
    filled.lambdas.follow(strategy_of({**LOOKER, "when": BROWSER["when"]}))
    filled.run()

    live = filled.definitions.all()["segment", "looker"]

    assert live.former == ((first.version, first.since),)
    assert json.loads(live.rule)["did"] == ["page"]


def test_a_segment_that_is_no_more_has_no_members(filled: Filled) -> None:
    customers(filled, 2)
    filled.run()
    filled.lambdas.follow(strategy_of(BROWSER))

    filled.run()

    assert filled.member_names("looker") == set()
    assert list(filled.definitions.all()) == [("segment", "browser")]
    assert filled.lambdas.members.size("looker") == 0


def test_a_new_journey_takes_in_the_members_there_are_if_it_says_so(filled: Filled) -> None:
    customers(filled, 2)
    filled.run()
    welcome = {
        "name": "welcome",
        "entry": {"segment": "looker", "include_members": True},
        "goal": {"did": "Order Completed"},
        "ends_after": "3d",
        "steps": [{"after": "0s", "do": [{"site.show": {"slot": "welcome", "content": "hello"}}]}],
    }
    changed = strategy_of(LOOKER, journeys=[welcome])
    filled.lambdas.make_machine(welcome)
    filled.lambdas.follow(changed)

    filled.run()

    runs = [one for n in range(2) for one in filled.profile(f"u-{n}").enrollments.values()]
    assert [(one.journey, one.closed_at, one.entered_at >= NOON) for one in runs] == [
        ("welcome", None, True)
    ] * 2
    assert filled.definitions.all()["journey", "welcome"].filled_at is not None


def test_counters_that_lost_count_are_put_right_at_the_end_and_every_night(filled: Filled) -> None:
    customers(filled, 3)
    filled.lambdas.members.grow({"looker": 5})
    filled.run()
    after_backfill = filled.lambdas.members.size("looker")
    filled.lambdas.members.grow({"looker": -2})

    filled.run("nightly")

    assert (after_backfill, filled.lambdas.members.size("looker")) == (3, 3)
    assert filled.lambdas.members.sizes(["looker"])["looker"].reconciled_at is not None


def test_a_counter_that_never_rests_is_put_right_after_some_looks(filled: Filled) -> None:
    """Three lost their count; others come and go all the time."""
    for number in range(3):
        filled.lambdas.members.enter("looker", f"p_{number}", NOON, {})
    told: dict[str, Any] = {"segment": "looker"}
    while not told.get("done"):
        told = handler({"do": "count", "of": told}, None)
        filled.lambdas.members.grow({"looker": 40})
        filled.lambdas.members.grow({"looker": -40})
        told = handler({"do": "put_right", "of": told}, None)

    assert (told["offs"], told["off"]) == ([3] * 5, 3)
    assert filled.lambdas.members.size("looker") == 3


def test_a_part_is_read_page_by_page_and_goes_on_where_it_stopped(filled: Filled) -> None:
    customers(filled, 7)
    small = ProfileScan(filled.lambdas.dynamodb, filled.lambdas.stack.profiles, page=2)
    worker = replace(backfill(), profiles=small, pages=2)
    part: dict[str, Any] = {"do": "scan", "run": "r", "part": 0, "of": 1, "usual": 0}
    calls = 0

    while not part.get("done"):
        part, calls = worker.scan(part), calls + 1

    assert calls > 2
    assert (part["seen"], part["changed"]) == (7, 0)
    # Of each there is a profile and what leads to her.
    assert part["items"] == 7 * 2


def archive(filled: Filled, *messages: dict[str, Any], at: int) -> list[Event]:
    """Events that arrived at that (real) hour, in the form that the door archives them."""
    events = [accept(message, received_at=NOON - HOUR, source="website") for message in messages]
    lines = "".join(f"{write_line(one, two)}\n" for one, two in zip(messages, events, strict=True))
    key = f"events/{format_instant(at)[:13].replace('-', '/').replace('T', '/')}/archive-{len(lines)}"
    boto3.client("s3").put_object(Bucket=filled.lambdas.stack.archive, Key=key, Body=lines.encode())
    return events


def page(user: str, days: int, **more: Any) -> dict[str, Any]:
    at = format_instant(NOON - days * DAY)
    return {"type": "page", "messageId": f"{user} {days}", "userId": user, "timestamp": at, **more}


def test_only_the_hours_that_the_rule_reaches_back_to_are_read(filled: Filled) -> None:
    filled.run()
    filled.lambdas.follow(strategy_of(LOOKER, BROWSER))
    real = backfill().clock.real(NOON)
    archive(filled, page("u-1", 40), at=real - 40 * DAY)
    archive(filled, page("u-2", 20), at=real - 20 * DAY)

    plan = handler({"do": "begin", "segments": [], "run": "r"}, None)
    found = plan["recall"]["left"]
    read = [handler(one, None) for one in found]

    assert len(found) <= 64
    assert sum(one["items"] for one in read) == 1
    assert sum(one["changed"] for one in read) == 1
    assert found[-1]["until"] > f"events/{format_instant(real_now())[:10].replace('-', '/')}"


def test_a_part_that_finds_much_says_it_in_pieces_and_waits_while_live_events_would(filled: Filled) -> None:
    customers(filled, 5)
    filled.run()
    filled.lambdas.follow(strategy_of({"name": "looker", "when": BROWSER["when"]}))
    small = ProfileScan(filled.lambdas.dynamodb, filled.lambdas.stack.profiles, page=2)
    worker = replace(backfill(), profiles=small, most=1)
    part: dict[str, Any] = {"do": "scan", "run": "r", "part": 0, "of": 1, "usual": 0}

    first = worker.scan(part)
    url = filled.lambdas.stack.queue("events")
    for _ in range(6):
        bodies = [{"Id": str(n), "MessageBody": "{}"} for n in range(10)]
        filled.lambdas.sqs.send_message_batch(QueueUrl=url, Entries=bodies)
    crowded, usual = worker.scan(first), worker.scan(first | {"usual": 60})

    assert (first["done"], first["crowded"], first["changed"] < 5) == (False, False, True)
    assert (crowded["crowded"], crowded["seen"]) == (True, first["seen"])
    assert (usual["crowded"], usual["seen"] > first["seen"]) == (False, True)


def test_a_large_object_of_the_archive_is_read_in_pieces_and_each_line_once(filled: Filled) -> None:
    filled.run()
    filled.lambdas.follow(strategy_of(LOOKER, BROWSER))
    at = backfill().clock.real(NOON) - DAY
    archive(filled, *(page(f"u-{n}", 1) for n in range(5)), at=at)
    worker, span = replace(backfill(), most=2), {"after": "events/", "until": "events/9999"}
    part: dict[str, Any] = {"do": "recall", "run": "r", "part": 0, "usual": 9, "asked": [], **span}

    calls = 0
    while not part.get("done"):
        part, calls = worker.recall(part), calls + 1

    said = [json.loads(body)["recalls"] for body in filled.lambdas.queue("events")]
    users = [one["event"]["user_id"] for pack in said for one in pack]
    assert (part["changed"], part["items"], calls) == (5, 1, 3)
    assert sorted(users) == [f"u-{n}" for n in range(5)]


def test_a_new_rule_finds_in_the_archive_what_nobody_had_to_remember(filled: Filled) -> None:
    """u-1 looked at pages before there was a rule that asks for it; u-2 did not."""
    real = backfill().clock.real(NOON)
    seen = archive(filled, page("u-1", 2), page("u-1", 1), at=real - DAY)
    filled.send(*seen, track("Product Viewed", NOON - DAY, user_id="u-2"))
    filled.run()
    before = filled.profile("u-1")
    filled.lambdas.follow(strategy_of(LOOKER, {**BROWSER, "when": {**BROWSER["when"], "at_least": 2}}))

    filled.run()

    after, run = filled.profile("u-1"), filled.progress.read()[0]
    [member] = filled.lambdas.members.members("browser")
    assert run is not None
    assert (run.recalled, run.spans > 1) == (("page",), True)
    assert (member.profile_id, member.evidence["counted"]) == (after.profile_id, 2)
    assert (after.identifiers, after.ring, after.last_own_at) == (
        before.identifiers,
        before.ring,
        before.last_own_at,
    )
    assert "browser" not in filled.profile("u-2").memberships


def asking_journey(**asks: Any) -> dict[str, Any]:
    """It goes on only with whom this is true of."""
    step = {"after": "0s", "only_if": asks, "do": [{"site.show": {"slot": "a", "content": "b"}}]}
    entry, goal = {"segment": "looker"}, {"did": "Product Viewed"}
    return {"name": "j", "entry": entry, "goal": goal, "ends_after": "3d", "steps": [step]}


def test_what_only_a_journey_asks_for_is_recalled_as_well(filled: Filled) -> None:
    """No segment is another one, and yet nobody remembers what the new `only_if` asks."""
    filled.send(*archive(filled, page("u-1", 1), at=backfill().clock.real(NOON) - DAY))
    filled.run()
    journey = asking_journey(did_not="page", within="30d")
    filled.lambdas.make_machine(journey)
    filled.lambdas.follow(strategy_of(LOOKER, journeys=[journey]))

    told = filled.run()

    [only_if] = backfill().rules.step_conditions.values()
    assert (told["todo"], told["changed"]) == ([], True)
    assert only_if.evaluate(filled.profile("u-1"), NOON, -1)[0] is False
    assert filled.run()["changed"] is False


def test_who_is_on_a_journey_that_is_gone_is_looked_at_and_her_run_is_over(filled: Filled) -> None:
    journey = asking_journey(did="Product Viewed", within="30d")
    filled.lambdas.make_machine(journey)
    filled.lambdas.follow(strategy_of(LOOKER, journeys=[journey]))
    filled.run()
    customers(filled, 1, ago=HOUR)
    running = [one.outcome for one in filled.profile("u-0").enrollments.values()]
    filled.lambdas.follow(strategy_of(LOOKER))

    told = filled.run()

    assert running == [None]
    assert told["todo"] == [["journey", "j", ""]]
    assert [one.outcome for one in filled.profile("u-0").enrollments.values()] == ["ended"]
    assert sorted(filled.definitions.known()) == [("segment", "looker")]
    assert filled.run()["changed"] is False


def test_what_no_rule_asks_for_any_more_is_not_held_to_be_remembered(filled: Filled) -> None:
    """Profiles let it go; when it is asked for again, the archive must be as well."""
    with_journey = strategy_of(LOOKER, journeys=[asking_journey(did_not="page", within="30d")])
    filled.lambdas.follow(with_journey)
    filled.run()
    archive(filled, page("u-1", 1), at=backfill().clock.real(NOON) - DAY)
    filled.lambdas.follow(strategy_of(LOOKER, journeys=[asking_journey(did="Product Viewed", within="30d")]))

    without = filled.run()
    filled.lambdas.follow(with_journey)

    assert without["changed"] is False
    assert handler({"do": "begin", "segments": [], "run": "r"}, None)["recall"]["left"]


def test_a_segment_done_again_by_name_is_read_from_the_archive_again(filled: Filled) -> None:
    customers(filled, 1)
    filled.lambdas.follow(strategy_of(LOOKER, BROWSER))
    filled.run()
    # This object came when the archive had been read already.
    archive(filled, page("u-0", 1), at=backfill().clock.real(NOON) - DAY)
    as_ever = filled.run()

    filled.run("begin", "browser")

    assert as_ever["changed"] is False
    assert filled.member_names("browser") == {filled.profile("u-0").profile_id}


def test_a_segment_done_again_by_name_recalls_for_those_it_looks_at_as_well() -> None:
    rules = Rules(strategy_of(LOOKER, BROWSER, {"name": "both", "when": {"in_segment": "browser"}}))

    assert [spec.events for spec in asked_by(["both"], rules)] == [("page",)]
    assert asked_by([], rules) == []


def test_an_archive_of_which_nothing_has_been_delivered_yet_is_read_all_the_same(filled: Filled) -> None:
    """What the door took in may still be on its way there when the back-fill begins."""
    filled.run()
    filled.lambdas.follow(strategy_of(LOOKER, BROWSER))

    [span] = handler({"do": "begin", "segments": [], "run": "r"}, None)["recall"]["left"]

    assert span["after"] == f"events/{format_instant(real_now())[:13].replace('-', '/').replace('T', '/')}/"


def test_a_part_that_its_child_had_no_calls_left_for_is_given_to_another(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers(filled, 7)
    small = ProfileScan(filled.lambdas.dynamodb, filled.lambdas.stack.profiles, page=2)
    worker = replace(backfill(), profiles=small, pages=1)
    monkeypatch.setattr("backfill_segments.backfill", lambda: worker)

    told = filled.run(calls=2)

    _, [part] = filled.progress.read()
    assert (part.seen, part.done) == (7, True)
    assert told["scan"]["left"] == []
    assert told["scan"]["rounds"] >= 3


def test_a_back_fill_without_end_fails_before_its_history_is_full(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers(filled, 7)
    small = ProfileScan(filled.lambdas.dynamodb, filled.lambdas.stack.profiles, page=1)
    worker = replace(backfill(), profiles=small, pages=1)
    monkeypatch.setattr("backfill_segments.backfill", lambda: worker)

    filled.start("begin", calls=1, rounds=2)

    filled.machines.until(lambda: filled.statuses() == ["FAILED"], seconds=30)
    assert filled.progress.read()[0] is not None


def test_who_did_is_not_let_in_as_one_who_did_not(filled: Filled) -> None:
    """Before the archive is read, nobody is remembered to have looked at a page."""
    seen = archive(filled, page("u-1", 1), at=backfill().clock.real(NOON) - DAY)
    filled.send(*seen)
    filled.run()
    filled.lambdas.follow(strategy_of({"name": "stranger", "when": {"did_not": "page", "within": "30d"}}))

    filled.run()

    assert filled.member_names("stranger") == set()
    assert filled.profile("u-1").memberships == {}


def test_recalling_twice_changes_nothing(filled: Filled) -> None:
    filled.send(*archive(filled, page("u-1", 1), at=backfill().clock.real(NOON) - DAY))
    filled.run()
    filled.lambdas.follow(strategy_of(BROWSER))
    [said] = backfill().rules.specs
    event = accept(page("u-1", 1), received_at=NOON - HOUR, source="website")
    recall = {"recalls": [{"event": to_json(event), "keys": [said.key]}]}

    filled.absorb(recall)
    once = filled.profile("u-1")
    filled.absorb(recall)

    assert once.aggregates[said.key]
    assert filled.profile("u-1") == once
    assert filled.lambdas.members.count("browser") == 1


def test_what_is_said_of_nobody_founds_nobody(filled: Filled) -> None:
    said = {"event": to_json(track("Product Viewed", NOON, user_id="nobody")), "keys": ["k"]}

    filled.absorb({"looks": [{"profile_id": "p_none", "at": NOON}]}, {"recalls": [said]})

    assert list(filled.lambdas.profiles.scan()) == []


def test_the_queue_is_waited_for_until_it_is_calm_or_long_enough(filled: Filled) -> None:
    url = filled.lambdas.stack.queue("events")
    bodies = [{"Id": str(n), "MessageBody": "{}"} for n in range(10)]
    calm = handler({"do": "sink_in", "waits": 0, "usual": 0}, None)
    filled.lambdas.sqs.send_message_batch(QueueUrl=url, Entries=bodies)

    busy = handler({"do": "sink_in", "waits": 1, "usual": 0}, None)
    enough = handler({"do": "sink_in", "waits": 200, "usual": 0}, None)

    as_ever = handler({"do": "sink_in", "waits": 1, "usual": 12}, None)

    assert (calm["calm"], busy["calm"], enough["calm"], as_ever["calm"]) == (True, False, True, True)
    assert busy["waits"] == 2


def test_a_step_that_nobody_knows_is_an_error(filled: Filled) -> None:
    assert filled
    with pytest.raises(ValueError, match="no step 'dance'"):
        handler({"do": "dance"}, None)
