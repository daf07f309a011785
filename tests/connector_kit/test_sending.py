"""A message leaves at most once, and whatever becomes of it is said once with its reason."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from hub.clock import HOUR, SECOND
from hub.connector_kit import Answer
from hub.connector_kit.batch import deliver
from hub.connector_kit.outcomes import Retry
from hub.connector_kit.requests import CircuitOpen, LostAnswer, NeverLeft, Request
from hub.connector_kit.results import Again, Result, tally
from hub.connector_kit.sending import IN_FLIGHT
from hub.deliveries import Delivery, Message, Status
from hub.errors import StrategyError
from hub.policy import Decision, Hold, Later, No
from hub.policy import Send as Go
from hub.ports import LedgerEntry
from hub.profiles import Profile
from tests.delivery_desk import SECRET, Desk, a_letter
from tests.fakes_delivery import FakeTime
from tests.toy_vendor import ToyVendor

UNAVAILABLE = Answer.of(503, {"error": "busy", "words": "later"}, retry_after="7")


def test_a_letter_is_sent_and_its_delivery_says_so() -> None:
    desk = Desk()

    [result] = desk.deliver(a_letter())

    assert desk.vendor.letters == ["msg_1"]
    assert result.again is None
    assert result.delivery == Delivery(
        message_id="msg_1",
        profile_id="p_anna",
        enrollment_id="cart_recovery-1",
        journey="cart_recovery",
        step=0,
        connector="toy",
        action="send_letter",
        channel="email",
        status=Status.SENT,
        at=desk.time.now(),
        vendor_id="v1",
        capped=True,
    )


def test_a_twin_is_not_sent_but_its_delivery_is_said_again() -> None:
    desk = Desk()

    first, second = desk.deliver(a_letter(), a_letter())

    assert desk.vendor.letters == ["msg_1"]
    assert first.delivery == second.delivery


def test_what_the_gate_refuses_is_withheld_with_its_reason() -> None:
    desk = Desk(say=lambda _: No("cap: 2 email in 7d"))

    [result] = desk.deliver(a_letter())

    assert desk.vendor.requests == []
    assert result.delivery is not None
    assert (result.delivery.status, result.delivery.reason) == (Status.WITHHELD, "cap: 2 email in 7d")


@pytest.mark.parametrize(
    ("reason", "metric"),
    [
        ("cap: 2 email in 7d", "WithheldForCap"),
        ("no consent to email", "WithheldForConsent"),
        ("unsubscribed from email", "WithheldForConsent"),
        ("converted", "WithheldForGoal"),
        ("hold-out", "WithheldForHoldOut"),
        ("a full moon", "WithheldForOther"),
    ],
)
def test_every_no_is_counted_by_its_kind_of_reason(reason: str, metric: str) -> None:
    desk = Desk(say=lambda _: No(reason))

    assert tally(desk.deliver(a_letter())) == {"Withheld": 1, metric: 1}


def test_a_twin_that_the_gate_refuses_does_not_unsay_what_was_sent() -> None:
    desk = Desk()
    desk.deliver(a_letter())
    desk.say = lambda _: No("converted")

    [result] = desk.deliver(a_letter())

    assert result.delivery is not None
    assert result.delivery.status is Status.SENT


def test_withheld_is_an_end_that_a_later_yes_does_not_undo() -> None:
    desk = Desk(say=lambda _: No("no consent to marketing"))
    desk.deliver(a_letter())
    desk.say = Desk().say

    [result] = desk.deliver(a_letter())

    assert desk.vendor.letters == []
    assert result.delivery is not None
    assert result.delivery.reason == "no consent to marketing"


@pytest.mark.parametrize("word", [Later(9 * HOUR, "quiet hours"), Hold()])
def test_what_the_gate_puts_off_leaves_the_queue_with_its_word(word: Later | Hold) -> None:
    desk = Desk()
    desk.say = lambda _: word

    [result] = desk.deliver(a_letter())

    assert result == Result(deferred=word)
    assert tally([result]) == {"Deferred": 1}
    assert desk.ledger.rows == {}


def held_out(message: Message) -> No:
    return No("hold-out", Profile(message.profile_id))


def test_who_is_held_out_is_told_where_it_would_have_gone_out_and_asks_the_vendor_nothing() -> None:
    desk = Desk()
    desk.say = held_out

    [result] = desk.deliver(a_letter(variant="A"))

    assert result.delivery is not None
    assert (result.delivery.status, result.delivery.reason) == (Status.WITHHELD, "hold-out")
    assert (result.delivery.step, result.delivery.variant) == (0, "A")
    assert desk.vendor.requests == []


def test_who_could_not_have_been_reached_is_no_exposure() -> None:
    """Of the others nobody without an address counts either: the arms stay alike."""
    desk = Desk(emails={})
    desk.say = held_out

    [result] = desk.deliver(a_letter())

    assert result.delivery is not None
    assert result.delivery.reason.startswith("no address")


def test_who_is_held_out_waits_for_a_vendor_that_is_down_as_the_others_do() -> None:
    desk = Desk(is_down=lambda: Retry("circuit open", after=30 * SECOND, waits=True))
    desk.say = held_out

    assert desk.deliver(a_letter()) == [
        Result(again=Again(reason="circuit open", after=30 * SECOND, kind="waiting"))
    ]

    desk.is_down = lambda: None
    [result] = desk.deliver(a_letter())
    assert result.delivery is not None
    assert result.delivery.reason == "hold-out"


def test_who_is_sent_to_finds_out_by_asking_whether_it_is_down_still() -> None:
    desk = Desk(is_down=lambda: Retry("circuit open"))

    [result] = desk.deliver(a_letter())

    assert result.delivery is not None
    assert result.delivery.status is Status.SENT


@pytest.mark.parametrize(
    "answer", [UNAVAILABLE, NeverLeft("no route"), CircuitOpen("down", after=SECOND), Answer.of(401)]
)
def test_what_did_not_leave_gives_its_place_back(answer: Any) -> None:
    desk = Desk()
    desk.vendor.answers = [answer, answer]

    [result] = desk.deliver(a_letter())

    assert result.again is not None
    assert desk.given_back == [a_letter()]


@pytest.mark.parametrize("answer", [Answer.of(200, {"id": "v1"}), LostAnswer("timeout")])
def test_what_left_or_may_have_left_keeps_its_place(answer: Any) -> None:
    desk = Desk()
    desk.vendor.answers = [answer]

    desk.deliver(a_letter())

    assert desk.given_back == []


def test_an_expired_message_is_withheld() -> None:
    desk = Desk()

    [result] = desk.deliver(a_letter(expires_at=desk.time.now()))

    assert result.delivery is not None
    assert (result.delivery.status, result.delivery.reason) == (Status.WITHHELD, "expired")


def test_a_customer_without_an_address_is_withheld_and_the_reason_names_the_field_not_a_value() -> None:
    desk = Desk(emails={})

    [result] = desk.deliver(a_letter())

    assert result.delivery is not None
    assert result.delivery.status is Status.WITHHELD
    assert result.delivery.reason == "no address: to (profile.traits.email)"


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (Answer.of(400, {"error": "nonsense", "words": "no"}), Status.REJECTED, "nonsense: 400 nonsense no"),
        (Answer.of(400, {"error": "said_no"}), Status.REJECTED, "opted out: 400 said_no"),
        (Answer.of(404, {"error": "no_such_audience"}), Status.REJECTED, "gone: 404 no_such_audience"),
    ],
)
def test_a_refusal_is_final_and_keeps_the_vendors_words(answer: Answer, status: Status, reason: str) -> None:
    desk = Desk()
    desk.vendor.answers = [answer]

    desk.deliver(a_letter())
    [twin] = desk.deliver(a_letter())

    assert len(desk.vendor.requests) == 1
    assert twin.delivery is not None
    assert (twin.delivery.status, twin.delivery.reason) == (status, reason)


def test_an_error_hidden_in_a_200_is_an_error() -> None:
    desk = Desk()
    desk.vendor.answers = [Answer.of(200, {"error": "nonsense"})]

    [result] = desk.deliver(a_letter())

    assert result.delivery is not None
    assert result.delivery.status is Status.REJECTED


def test_a_busy_vendor_is_asked_again_when_it_said_and_then_the_letter_goes_once() -> None:
    desk = Desk()
    desk.vendor.answers = [UNAVAILABLE]

    [result] = desk.deliver(a_letter())
    desk.deliver(a_letter())

    assert result.again == Again(reason="503 busy later", after=7 * SECOND)
    assert desk.vendor.letters == ["msg_1"]


def test_what_meets_a_limit_waits_and_does_not_fail() -> None:
    """However long a quota takes to come back, it leads no message to the dead letters."""
    desk = Desk()
    desk.vendor.answers = [Answer.of(429, {"error": "busy"}, retry_after="86400")]

    [result] = desk.deliver(a_letter())

    assert result.again == Again(reason="429 busy", after=24 * HOUR, kind="waiting")


def test_an_error_that_the_table_does_not_know_is_retried_and_counted() -> None:
    desk = Desk()
    desk.vendor.answers = [Answer.of(418, {"error": "teapot"})]

    results = desk.deliver(a_letter())

    assert tally(results) == {"Retried": 1, "UnknownErrors": 1}


def test_a_connection_that_never_came_about_is_tried_again() -> None:
    desk = Desk()
    desk.vendor.answers = [NeverLeft("ConnectTimeoutError")]

    [result] = desk.deliver(a_letter())
    desk.deliver(a_letter())

    assert result.again is not None
    assert result.again.kind == "failing"
    assert desk.vendor.letters == ["msg_1"]


def test_a_lost_answer_is_unknown_and_never_sent_again() -> None:
    desk = Desk()
    desk.vendor.answers = [LostAnswer("ReadTimeoutError")]

    [result] = desk.deliver(a_letter())
    desk.time.advance(HOUR)
    [twin] = desk.deliver(a_letter())

    assert result.delivery is not None
    assert result.delivery.status is Status.UNKNOWN
    assert twin.delivery is not None
    assert twin.delivery.status is Status.UNKNOWN
    assert len(desk.vendor.requests) == 1


def test_a_lost_answer_of_a_vendor_that_recognises_repeats_is_tried_again() -> None:
    desk = Desk()
    desk.vendor.answers = [LostAnswer("ReadTimeoutError")]

    desk.deliver(a_letter(action="ping"))
    [result] = desk.deliver(a_letter(action="ping"))

    assert result.delivery is not None
    assert result.delivery.status is Status.SENT


def test_while_another_consumer_is_sending_it_a_twin_waits() -> None:
    desk = Desk()
    desk.ledger.begin("msg_1", desk.time.now())
    desk.time.advance(IN_FLIGHT - 1)

    [result] = desk.deliver(a_letter())

    assert result.again == Again(reason="another consumer is sending it", kind="waiting")
    assert desk.vendor.letters == []


def test_a_sender_that_died_on_the_way_leaves_an_unknown_end() -> None:
    desk = Desk()
    desk.ledger.begin("msg_1", desk.time.now())
    desk.time.advance(IN_FLIGHT)

    [result] = desk.deliver(a_letter())

    assert desk.vendor.letters == []
    assert result.delivery is not None
    assert (result.delivery.status, result.delivery.reason) == (Status.UNKNOWN, "its sender died on the way")


@dataclass
class Silent(ToyVendor):
    """Lets a quarter of a minute go by, and never answers."""

    time: FakeTime = field(default_factory=FakeTime)

    def __call__(self, request: Request) -> Answer:  # noqa: ARG002 - whatever it is
        self.time.advance(15 * SECOND)
        raise LostAnswer("timeout")


def test_an_unknown_end_is_told_with_the_time_at_which_the_request_left() -> None:
    """What a vendor tells of it can only be later, and wins."""
    desk = Desk()
    desk.vendor = Silent(time=desk.time)
    left = desk.time.now()
    first = desk.deliver(a_letter())
    desk.time.advance(HOUR)

    told = [*first, *desk.deliver(a_letter())]

    assert [(one.delivery.status, one.delivery.at) for one in told if one.delivery] == [
        (Status.UNKNOWN, left),
        (Status.UNKNOWN, left),
    ]


def test_a_twin_is_told_the_end_with_its_own_time() -> None:
    desk = Desk()
    [first] = desk.deliver(a_letter())
    desk.time.advance(HOUR)

    assert desk.deliver(a_letter()) == [first]


def test_a_slow_senders_knowledge_replaces_unknown() -> None:
    desk = Desk()
    desk.ledger.begin("msg_1", desk.time.now())
    desk.ledger.settle("msg_1", LedgerEntry(state="unknown", at=desk.time.now()))

    desk.ledger.settle("msg_1", LedgerEntry(state="sent", at=desk.time.now(), vendor_id="v9"))

    assert desk.ledger.rows["msg_1"].vendor_id == "v9"


def test_a_rotated_credential_is_read_afresh_and_the_letter_goes() -> None:
    desk = Desk()
    desk.deliver(a_letter(message_id="msg_0"))
    desk.vendor.key = "k2"
    desk.secrets.secrets[SECRET] = {"key": "k2"}

    desk.deliver(a_letter())

    assert desk.vendor.letters == ["msg_0", "msg_1"]


def test_a_dead_credential_keeps_every_message_and_asks_the_vendor_no_more_than_twice_a_batch() -> None:
    desk = Desk()
    desk.vendor.key = "nobody knows"

    results = desk.deliver(a_letter(), a_letter(message_id="msg_2"), a_letter(message_id="msg_3"))

    assert [result.again and result.again.kind for result in results] == ["auth", "auth", "auth"]
    assert len(desk.vendor.requests) == 2
    assert desk.ledger.rows == {}
    assert tally(results) == {"Retried": 3, "ConnectorAuthFailed": 1}


def test_once_the_credential_lives_again_all_goes_on_from_where_it_stood() -> None:
    desk = Desk()
    desk.vendor.key = "k2"
    desk.deliver(a_letter(), a_letter(message_id="msg_2"))
    desk.secrets.secrets[SECRET] = {"key": "k2"}

    desk.deliver(a_letter(), a_letter(message_id="msg_2"))

    assert desk.vendor.letters == ["msg_1", "msg_2"]


@pytest.mark.parametrize("secret", [{}, {"key": "k1", "kye": "k1"}])
def test_a_secret_that_is_wrong_is_a_persons_matter_and_nothing_is_lost(secret: dict[str, Any]) -> None:
    desk = Desk()
    desk.secrets.secrets[SECRET] = secret

    [result] = desk.deliver(a_letter())

    assert result.again is not None
    assert result.again.kind == "auth"
    assert SECRET in result.again.reason
    assert "k1" not in result.again.reason.replace("kye", "")


class Broken(Exception):
    pass


def unreadable(desk: Desk) -> Callable[..., dict[str, object]]:
    """The secret, read afresh."""
    read = desk.secrets.get

    def get(name: str, *, fresh: bool = False) -> dict[str, object]:
        if fresh:
            raise Broken("of Anna's")
        return read(name, fresh=fresh)

    return get


def test_a_secret_that_cannot_be_read_for_the_moment_leaves_nothing_in_doubt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The vendor refused the old key, so nothing left: not to know the new one yet is no unknown outcome."""
    desk = Desk()
    desk.vendor.answers = [Answer.of(401)]
    with monkeypatch.context() as throttled:
        throttled.setattr(desk.secrets, "get", unreadable(desk))
        [first] = desk.deliver(a_letter())

    desk.time.advance(HOUR)
    [then] = desk.deliver(a_letter())

    assert first == Result(again=Again(reason="Broken"))
    assert desk.given_back == [a_letter()]
    assert then.delivery is not None
    assert then.delivery.status is Status.SENT


def test_a_place_that_cannot_be_given_back_does_not_leave_the_message_in_doubt() -> None:
    def fail(_: Message) -> None:
        raise Broken

    desk = Desk()
    desk.vendor.answers = [UNAVAILABLE]
    [first] = deliver([a_letter()], desk.connector, replace(desk.tools(), give_back=fail))

    assert first.again is not None
    assert first.again.reason == "503 busy later"
    assert [type(error) for error in desk.errors] == [Broken]
    assert desk.ledger.rows == {}


def test_an_open_circuit_makes_messages_wait_without_failing() -> None:
    desk = Desk()
    desk.vendor.answers = [CircuitOpen("circuit open", after=30 * SECOND)]

    [result] = desk.deliver(a_letter())

    assert result.again == Again(reason="circuit open", after=30 * SECOND, kind="waiting")
    assert desk.ledger.rows == {}


def test_one_messages_trouble_is_nobody_elses() -> None:
    def say(message: Message) -> Decision:
        if message.message_id == "msg_1":
            raise StrategyError("its file cannot be read")
        return Go(Profile("p_anna"))

    desk = Desk(say=say)

    broken, good = desk.deliver(a_letter(), a_letter(message_id="msg_2"))

    assert broken.again == Again(reason="StrategyError")
    assert [type(error).__name__ for error in desk.errors] == ["StrategyError"]
    assert good.delivery is not None
    assert desk.ledger.rows.keys() == {"msg_2"}


def test_an_action_that_the_connector_does_not_have_goes_to_the_dead_letter_queue() -> None:
    [result] = Desk().deliver(a_letter(action="send_pigeon"))

    assert result.again == Again(reason="toy has no action send_pigeon")


def test_the_vendors_words_are_kept_without_addresses() -> None:
    desk = Desk()
    words = "Email address is not verified: Anna <anna@example.com>, +31612345678"
    desk.vendor.answers = [Answer.of(400, {"error": "nonsense", "words": words})]

    [result] = desk.deliver(a_letter())

    assert result.delivery is not None
    assert result.delivery.reason == "nonsense: 400 nonsense Email address is not verified: Anna <…>, …"
