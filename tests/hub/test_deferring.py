"""What the gate puts off leaves its queue for its own time, and nothing that a pause holds back is lost."""

from itertools import product

import pytest

from hub.deferring import AT_ONCE, Hands, Held, defer, let_go
from hub.deliveries import Message
from hub.journey_states import JourneyState
from hub.policy import Hold, Later
from tests.builders import NOW, a_message
from tests.fakes import FakeOutbox
from tests.fakes_delivery import FakeHeldMessages, FakeJourneyStates, FakeMessageTimers
from tests.trouble import Around, Crash, Fuse, Watched, interleave

LETTER = a_message()


class Room:
    """A connector's side and the side of who resumes, around the same stores."""

    def __init__(self, state: JourneyState = "paused") -> None:
        self.timers, self.states, self.held = FakeMessageTimers(), FakeJourneyStates(), FakeHeldMessages()
        self.outbox = FakeOutbox()
        self.states.set("recovery", state, 0)

    def hands(self, around: Around = lambda call: call()) -> Hands:
        return Hands(
            timers=Watched(self.timers, around),
            states=Watched(self.states, around),
            held=Watched(self.held, around),
            real_now=lambda: NOW,
        )

    def resume(self, around: Around = lambda call: call()) -> int:
        Watched(self.states, around).set("recovery", "running", NOW)
        return let_go("recovery", Watched(self.held, around), Watched(self.outbox, around))


def test_what_waits_for_an_instant_is_a_timer() -> None:
    room = Room()

    assert defer(LETTER, Later(NOW + 1, "quiet hours"), room.hands())

    assert room.timers.armed == [(NOW + 1, LETTER)]


def test_in_a_paused_journey_it_is_held() -> None:
    room = Room()

    assert defer(LETTER, Hold(), room.hands())

    assert list(room.held.of("recovery")) == [Held(message=LETTER, since=NOW)]


@pytest.mark.parametrize("state", ["running", "draining"])
def test_where_the_pause_is_over_meanwhile_it_stays_in_its_queue(state: JourneyState) -> None:
    """The Lambda may have believed for 15 seconds that it still was."""
    room = Room(state)

    assert not defer(LETTER, Hold(), room.hands())

    assert room.held.count("recovery") == 0


def test_resuming_lets_everything_go_once() -> None:
    room = Room()
    letters = [a_message(message_id=f"msg_{number}") for number in range(2 * AT_ONCE + 1)]
    for letter in letters:
        defer(letter, Hold(), room.hands())
    defer(a_message(message_id="other", journey="welcome"), Hold(), room.hands())

    assert (room.resume(), room.resume()) == (len(letters), 0)

    assert room.outbox.queued == letters


@pytest.mark.parametrize("choices", list(product((0, 1), repeat=6)))
def test_a_message_held_while_somebody_resumes_is_never_left_behind(choices: tuple[int, ...]) -> None:
    """In every order of the two's calls: it stays in its queue, or comes back to it, or both."""
    room, kept, resumed = Room(), list[bool](), list[int]()

    interleave(
        [
            lambda around: kept.append(defer(LETTER, Hold(), room.hands(around))),
            lambda around: resumed.append(room.resume(around)),
        ],
        choices,
    )

    assert not kept[0] or LETTER in room.outbox.queued
    assert sum(resumed) == len(room.outbox.queued)
    assert room.held.count("recovery") == 0


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 6))
def test_wherever_resuming_crashes_doing_it_again_loses_nothing(at: int, *, after: bool) -> None:
    room = Room()
    for number in range(2):
        defer(a_message(message_id=f"msg_{number}"), Hold(), room.hands())

    try:
        room.resume(Fuse(at=at, after=after).around)
    except Crash:
        room.resume()

    assert {one.message_id for one in room.outbox.queued} == {"msg_0", "msg_1"}
    assert room.held.count("recovery") == 0


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2])
def test_wherever_holding_crashes_the_message_comes_again_and_is_held_once(at: int, *, after: bool) -> None:
    room = Room()

    def work(message: Message, around: Around) -> bool:
        return defer(message, Hold(), room.hands(around))

    with pytest.raises(Crash):
        work(LETTER, Fuse(at=at, after=after).around)
    assert defer(LETTER, Hold(), room.hands())

    assert room.held.count("recovery") == 1
