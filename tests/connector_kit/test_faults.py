"""P3 and P4 under fire: a crash before and after every call, twins, and two consumers in any interleaving."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.clock import MINUTE
from hub.connector_kit.batch import deliver
from hub.connector_kit.results import Result, Tools
from hub.deliveries import Message, Status
from hub.policy import No
from hub.policy import Send as Go
from hub.profiles import Profile
from tests.delivery_desk import Desk, a_join, a_letter, an_update, key_of
from tests.trouble import Around, Crash, Fuse, Watched, interleave

LATER = 3 * MINUTE
"""Past every lease and every request under way."""

choices = st.lists(st.integers(0, 3), max_size=60)


def watched(desk: Desk, around: Around) -> Tools:
    tools = desk.tools()
    vendor = tools.vendor
    vendor.transport = Watched(vendor.transport, around)
    vendor.secrets = Watched(vendor.secrets, around)
    return replace(
        tools,
        ledger=Watched(tools.ledger, around),
        effects=Watched(tools.effects, around),
        decide=Watched(tools.decide, around),
    )


def attempt(desk: Desk, messages: Sequence[Message], around: Around) -> list[Result]:
    """One batch as the Lambda does it: deliver, then report, then acknowledge."""
    results = deliver(messages, desk.connector, watched(desk, around))
    found = [result.delivery for result in results if result.delivery]
    around(lambda: desk.outcomes.put(found))
    return results


def again_until_done(desk: Desk, messages: Sequence[Message]) -> None:
    """What SQS does: whatever was not acknowledged comes again."""
    waiting = list(messages)
    for _ in range(10):
        desk.time.advance(LATER)
        results = desk.deliver(*waiting)
        waiting = [message for message, result in zip(waiting, results, strict=True) if result.again]
        if not waiting:
            return
    raise AssertionError(f"never done: {waiting}")


def crashes(run: Callable[[Fuse], None]) -> int:
    """Run with a crash at each call, before and after it, until there are no more; how many there are."""
    for at in count(1):
        for after in (False, True):
            fuse = Fuse(at=at, after=after)
            run(fuse)
        if fuse.calls < at:
            return at - 1
    raise AssertionError


def with_crash(desk: Desk, messages: Sequence[Message], fuse: Fuse) -> None:
    with suppress(Crash):
        attempt(desk, messages, fuse.around)


def test_a_letter_is_never_sent_twice_wherever_its_sender_dies() -> None:
    def run(fuse: Fuse) -> None:
        desk = Desk()

        with_crash(desk, [a_letter()], fuse)
        again_until_done(desk, [a_letter()])

        assert desk.vendor.letters in ([], ["msg_1"])
        ends = set(desk.statuses)
        assert ends in ({Status.SENT}, {Status.UNKNOWN})
        assert desk.vendor.letters == ["msg_1"] or ends == {Status.UNKNOWN}

    assert crashes(run) >= 6


def test_a_letter_is_never_sent_twice_when_the_second_sender_dies_as_well() -> None:
    def run(fuse: Fuse) -> None:
        for second in range(1, 10):
            desk = Desk()

            with_crash(desk, [a_letter()], Fuse(at=fuse.at, after=fuse.after))
            desk.time.advance(LATER)
            with_crash(desk, [a_letter()], Fuse(at=second, after=fuse.after))
            again_until_done(desk, [a_letter()])

            assert desk.vendor.letters in ([], ["msg_1"])
        with_crash(Desk(), [a_letter()], fuse)

    crashes(run)


def test_a_no_is_told_with_its_reason_wherever_the_lambda_dies() -> None:
    def run(fuse: Fuse) -> None:
        desk = Desk(say=lambda _: No("converted"))

        with_crash(desk, [a_letter()], fuse)
        again_until_done(desk, [a_letter()])

        assert {(one.status, one.reason) for one in desk.outcomes.deliveries} == {
            (Status.WITHHELD, "converted")
        }

    assert crashes(run) >= 3


@given(choices)
@settings(max_examples=100, deadline=None)
def test_a_no_beside_a_twin_that_may_go_says_nothing_else_than_it(schedule: list[int]) -> None:
    desk = Desk()
    answers = iter([Go(Profile("p_anna"))])
    desk.say = lambda _: next(answers, No("converted"))

    def consume(around: Around) -> None:
        attempt(desk, [a_letter()], around)

    interleave([consume, consume], schedule)
    again_until_done(desk, [a_letter()])

    sent = desk.vendor.letters == ["msg_1"]
    assert set(desk.statuses) == {Status.SENT if sent else Status.WITHHELD}


@pytest.mark.parametrize("message", [a_join(), an_update()], ids=["join", "upsert"])
def test_a_level_ends_as_it_is_wanted_wherever_turning_it_on_dies(message: Message) -> None:
    def run(fuse: Fuse) -> None:
        desk = Desk()
        desk.effects.want(message)

        with_crash(desk, [message], fuse)
        again_until_done(desk, [message])

        assert desk.vendor.audiences in ({"tea": {"anna@example.com"}}, {})
        assert desk.vendor.attributes in ({"anna@example.com": {"cart": "2 x Green tea"}}, {})
        assert desk.vendor.audiences or desk.vendor.attributes
        assert set(desk.statuses) == {Status.ON}

    assert crashes(run) >= 7


@pytest.mark.parametrize("dies", ["on", "off", "both"])
def test_a_level_is_off_in_the_end_wherever_its_connector_died(dies: str) -> None:
    def run(fuse: Fuse) -> None:
        desk = Desk()
        desk.effects.want(a_join())

        with_crash(desk, [a_join()], fuse if dies != "off" else Fuse(at=0, after=False))
        desk.effects.unwant(key_of(a_join()), a_join().enrollment_id)
        # The address changed meanwhile: what was put in must come out all the same.
        desk.emails["p_anna"] = "anna@new.example.com"
        desk.time.advance(LATER)
        with_crash(desk, [a_join()], Fuse(at=fuse.at, after=fuse.after) if dies == "both" else fuse)
        again_until_done(desk, [a_join()])

        assert desk.vendor.audiences in ({"tea": set()}, {})
        assert desk.statuses[-1] in (Status.OFF, Status.WITHHELD)

    crashes(run)


@given(choices)
@example([0, 1] * 20)
@settings(max_examples=150, deadline=None)
def test_two_consumers_of_one_letter_send_it_once(schedule: list[int]) -> None:
    desk = Desk()
    results: list[Result] = []

    def consume(around: Around) -> None:
        results.extend(attempt(desk, [a_letter()], around))

    interleave([consume, consume], schedule)
    again_until_done(desk, [a_letter()])

    assert desk.vendor.letters == ["msg_1"]
    assert set(desk.statuses) == {Status.SENT}


@given(choices)
@example([0] * 7 + [1] * 7 + [2] * 9)
@settings(max_examples=200, deadline=None)
def test_a_late_join_never_overtakes_a_leave(schedule: list[int]) -> None:
    desk = Desk()
    desk.effects.want(a_join())

    def join(around: Around) -> None:
        attempt(desk, [a_join()], around)

    def exit_journey(around: Around) -> None:
        Watched(desk.effects, around).unwant(key_of(a_join()), a_join().enrollment_id)
        attempt(desk, [a_join()], around)

    interleave([join, exit_journey, join], schedule)
    again_until_done(desk, [a_join()])

    assert desk.vendor.audiences in ({"tea": set()}, {})
    [effect] = desk.effects.read([key_of(a_join())])
    assert effect.confirmed == "" or (effect.confirmed is None and effect.sent == ())


@given(choices)
@settings(max_examples=200, deadline=None)
def test_a_level_is_on_in_the_end_if_another_journey_wants_it_meanwhile(schedule: list[int]) -> None:
    desk = Desk()
    other = a_join(message_id="msg_2", enrollment_id="win_back-9")
    desk.effects.want(a_join())
    desk.deliver(a_join())

    def exit_journey(around: Around) -> None:
        Watched(desk.effects, around).unwant(key_of(a_join()), a_join().enrollment_id)
        attempt(desk, [a_join()], around)

    def enter_other(around: Around) -> None:
        Watched(desk.effects, around).want(other)
        attempt(desk, [other], around)

    interleave([exit_journey, enter_other], schedule)
    again_until_done(desk, [a_join(), other])

    assert desk.vendor.audiences == {"tea": {"anna@example.com"}}
    [effect] = desk.effects.read([key_of(other)])
    assert effect.confirmed
