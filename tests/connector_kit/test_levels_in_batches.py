"""Many levels in one batch, and vendors that take some rows, none, or nobody knows."""

import pytest

from hub.clock import MINUTE, SECOND, Instant
from hub.connector_kit import Answer
from hub.connector_kit.levels import LEASE
from hub.connector_kit.requests import LostAnswer, NeverLeft
from hub.connector_kit.results import Again
from hub.deliveries import Message, Status
from hub.effects import Effect
from tests.delivery_desk import SECRET, Desk, a_join, key_of
from tests.fakes_delivery import FakeEffects, FakeTime


def member_messages(number: int) -> list[Message]:
    return [a_join(message_id=f"msg_{n}", profile_id=f"p_{n}", enrollment_id=f"e-{n}") for n in range(number)]


def desk_of(number: int) -> Desk:
    desk = Desk(emails={f"p_{n}": f"c{n}@example.com" for n in range(number)})
    for message in member_messages(number):
        desk.effects.want(message)
    return desk


def test_many_customers_of_one_audience_share_requests_up_to_the_vendors_limit() -> None:
    desk = desk_of(7)

    results = desk.deliver(*member_messages(7))

    assert [len(request.json["members"]) for request in desk.vendor.requests] == [3, 3, 1]
    assert [result.delivery and result.delivery.profile_id for result in results] == [
        f"p_{n}" for n in range(7)
    ]
    assert set(desk.statuses) == {Status.ON}


def test_off_goes_before_on() -> None:
    desk = desk_of(2)
    desk.deliver(*member_messages(1))
    first, second = member_messages(2)
    desk.effects.unwant(key_of(first), first.enrollment_id)

    desk.deliver(second, first)

    assert [request.url for request in desk.vendor.requests[1:]] == [
        "https://toy.test/leave",
        "https://toy.test/join",
    ]


def test_a_row_that_the_vendor_names_is_refused_alone() -> None:
    desk = desk_of(3)
    desk.vendor.answers = [Answer.of(400, {"error": "bad_row", "bad": {"1": "not a hash"}})]

    desk.deliver(*member_messages(3))

    assert desk.vendor.audiences == {"tea": {"c0@example.com", "c2@example.com"}}
    assert sorted(desk.statuses) == [Status.ON, Status.ON, Status.REJECTED]
    assert [one.reason for one in desk.outcomes.deliveries if one.status is Status.REJECTED] == [
        "row: not a hash"
    ]


def test_a_row_that_the_vendor_does_not_name_is_found_by_halving() -> None:
    desk = desk_of(3)
    desk.vendor.poison = frozenset({"c2@example.com"})

    results = desk.deliver(*member_messages(3))

    assert desk.vendor.audiences == {"tea": {"c0@example.com", "c1@example.com"}}
    assert results[2].delivery is not None
    assert results[2].delivery.status is Status.REJECTED


def test_a_refused_join_was_never_on() -> None:
    desk = Desk()
    desk.vendor.answers = [Answer.of(400, {"error": "nonsense"})]
    desk.turn_on(a_join())

    [result] = desk.turn_off(a_join())

    assert len(desk.vendor.requests) == 1
    assert result.delivery is not None
    assert result.delivery.status is Status.WITHHELD


def test_an_audience_that_is_gone_is_off() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.vendor.answers = [Answer.of(404, {"error": "no_such_audience"})]

    [result] = desk.turn_off(a_join())

    assert result.again is None
    assert result.delivery is not None
    assert result.delivery.status is Status.OFF


def test_a_leave_that_is_refused_is_reported_and_comes_again_until_the_dead_letter_queue() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.vendor.answers = [Answer.of(400, {"error": "nonsense"})]

    [result] = desk.turn_off(a_join())

    assert result.delivery is not None
    assert result.delivery.status is Status.FAILED
    assert result.again is not None
    assert result.again.kind == "failing"
    assert desk.effects.rows[key_of(a_join())].confirmed is not None


@pytest.mark.parametrize("trouble", [LostAnswer("ReadTimeoutError"), Answer.of(500)])
def test_a_join_in_doubt_is_taken_back_when_no_longer_wanted(trouble: Answer | Exception) -> None:
    desk = Desk()
    desk.vendor.answers = [trouble]
    desk.turn_on(a_join())
    desk.vendor.audiences = {"tea": {"anna@example.com"}}

    [result] = desk.turn_off(a_join())

    assert desk.vendor.audiences == {"tea": set()}
    assert result.delivery is not None
    assert result.delivery.status is Status.OFF


@pytest.mark.parametrize("trouble", [NeverLeft("ConnectTimeoutError"), Answer.of(429)])
def test_a_join_that_certainly_did_nothing_needs_no_leave(trouble: Answer | Exception) -> None:
    desk = Desk()
    desk.vendor.answers = [trouble]
    desk.turn_on(a_join())

    desk.turn_off(a_join())

    assert len(desk.vendor.requests) == 1


def test_a_dead_credential_keeps_the_level_to_be_told_later() -> None:
    desk = Desk()
    desk.vendor.key = "k2"
    [waiting] = desk.turn_on(a_join())
    desk.secrets.secrets[SECRET] = {"key": "k2"}

    desk.deliver(a_join())

    assert waiting.again is not None
    assert waiting.again.kind == "auth"
    assert desk.vendor.audiences == {"tea": {"anna@example.com"}}


def test_while_another_consumer_is_at_it_a_hint_waits() -> None:
    desk = Desk()
    desk.effects.want(a_join())
    [effect] = desk.effects.read([key_of(a_join())])
    desk.effects.lease(effect, now=desk.time.now(), until=desk.time.now() + LEASE)
    desk.time.advance(MINUTE)

    [busy] = desk.deliver(a_join())
    desk.time.advance(MINUTE)
    [free] = desk.deliver(a_join())

    assert busy.again == Again(reason="another consumer is at this level", kind="waiting")
    assert free.delivery is not None
    assert free.delivery.status is Status.ON


class FreezingEffects(FakeEffects):
    """The Lambda freezes right after it took a lease, and wakes when that is all but over."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__()
        self._time = time

    def lease(self, effect: Effect, *, now: Instant, until: Instant) -> Effect | None:
        leased = super().lease(effect, now=now, until=until)
        self._time.advance(until - now - 10 * SECOND)
        return leased


def test_no_request_leaves_that_could_outlast_its_lease() -> None:
    time = FakeTime()
    desk = Desk(time=time, effects=FreezingEffects(time))

    [result] = desk.turn_on(a_join())

    assert desk.vendor.requests == []
    assert result.again == Again(reason="no time left for an answer", kind="waiting")
