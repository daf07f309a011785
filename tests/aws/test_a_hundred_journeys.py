"""A hundred journeys want one customer at one instant, and a cap allows three: on the tables themselves."""

from collections.abc import Sequence
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Any

import pytest

from hub.absorbing import absorb
from hub.aws.effects_table import EffectsTable
from hub.aws.profile_table import ProfileTable
from hub.aws.send_ledger import SendLedgerTable
from hub.clock import DAY, HOUR, MINUTE, Instant
from hub.connector_kit.anna import REMINDER
from hub.connector_kit.batch import deliver
from hub.connector_kit.results import Tools
from hub.connector_kit.vendor import Vendor
from hub.deliveries import Delivery, Message, Status
from hub.documents import document
from hub.gate import Gate
from hub.policy import Decision, No, Send
from hub.profiles import Profile
from hub.rules import Rules
from tests.aws.test_many_consumers import OneAtATime
from tests.builders import NOW, a_journey, a_line, a_message, a_profile, an_identify, rules_of
from tests.fakes_delivery import FakeSecrets
from tests.moto_stack import MotoStack
from tests.toy_vendor import TOY, ToyVendor

JOURNEYS, CAP, CONSUMERS = 100, 3, 8
REASON = f"cap: {CAP} messages in 1d"
RULES: Rules = rules_of(
    journeys=[a_journey(f"journey_{number}") for number in range(JOURNEYS)],
    policy={"consent": "opt_out", "caps": [{"at_most": CAP, "within": "1d"}]},
)
QUIET: Instant = NOW + 30 * MINUTE


class Mailroom:
    """Consumers of one connector's queue, on the stack's tables; the vendor keeps every letter."""

    def __init__(self, dynamodb: Any, stack: MotoStack) -> None:
        client = OneAtATime(dynamodb)
        self.profiles = ProfileTable(client, stack.profiles)
        self.ledger = SendLedgerTable(client, stack.journeys)
        self.effects = EffectsTable(client, stack.journeys)
        self.vendor = ToyVendor()
        self.gate = Gate(profiles=self.profiles, rules=RULES, now=lambda: QUIET)
        self.deliveries: list[Delivery] = []
        self.troubles: list[BaseException] = []
        self._lock = Lock()

    def work_off(self, messages: Sequence[Message]) -> None:
        """All consumers at once; what is put back comes again."""
        queue: Queue[Message] = Queue()
        for message in messages:
            queue.put(message)
        threads = [Thread(target=self._consume, args=(queue,)) for _ in range(CONSUMERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)

    def _consume(self, queue: Queue[Message]) -> None:
        while True:
            try:
                message = queue.get_nowait()
            except Empty:
                return
            [result] = deliver([message], TOY, self._tools())
            if result.delivery:
                with self._lock:
                    self.deliveries.append(result.delivery)
            else:
                queue.put(message)

    def _tools(self) -> Tools:
        return Tools(
            vendor=Vendor(
                connector=TOY,
                secret="toy",
                secrets=FakeSecrets({"toy": {"key": "k1"}}),
                transport=self._ask,
                real_now=lambda: QUIET,
            ),
            ledger=self.ledger,
            effects=self.effects,
            decide=self.gate.permit,
            give_back=self.gate.give_back,
            profile=self.gate.profiles.get,
            describe=document,
            templates={"reminder": REMINDER},
            now=lambda: QUIET,
            real_now=lambda: QUIET,
            real_at=lambda at: at,
            hub_at=lambda at: at,
            log=lambda _message, error: self.troubles.append(error),
        )

    def _ask(self, request: Any) -> Any:
        with self._lock:
            return self.vendor(request)


def letter_for(profile: Profile, enrollment_id: str) -> Message:
    return a_message(
        message_id=f"msg {enrollment_id}",
        profile_id=profile.profile_id,
        enrollment_id=enrollment_id,
        journey=profile.enrollments[enrollment_id].journey,
        connector="toy",
        action="send_letter",
        params={"template": "reminder"},
        planned_at=QUIET,
    )


@pytest.fixture
def mailroom(dynamodb: Any, stack: MotoStack) -> Mailroom:
    return Mailroom(dynamodb, stack)


def test_three_messages_leave_and_ninety_seven_reasons_are_recorded(
    mailroom: Mailroom,
) -> None:
    anna = a_profile(an_identify(traits={"email": "anna@example.com"}), a_line(), rules=RULES, until=QUIET)
    letters = [letter_for(anna, enrollment_id) for enrollment_id in anna.enrollments]
    mailroom.profiles.put(anna)

    # SQS hands over at least once: every third message twice.
    mailroom.work_off([*letters, *letters[::3]])

    assert len(letters) == JOURNEYS
    assert mailroom.troubles == []
    assert len(mailroom.vendor.letters) == CAP
    became = {one.message_id: (one.status, one.reason) for one in mailroom.deliveries}
    assert sorted(became.values()) == sorted(
        [(Status.SENT, "")] * CAP + [(Status.WITHHELD, REASON)] * (JOURNEYS - CAP)
    )
    assert {one for one, (status, _) in became.items() if status is Status.SENT} == set(
        mailroom.vendor.letters
    )
    assert sorted(_standing(mailroom, letters)) == sorted(
        ["sent"] * CAP + [f"withheld {REASON}"] * (JOURNEYS - CAP)
    )


def test_what_was_withheld_does_not_make_room_for_more(mailroom: Mailroom) -> None:
    """Ninety-seven refusals come back to the profile; the three that left must not be forgotten over them."""
    anna = a_profile(an_identify(traits={"email": "anna@example.com"}), a_line(), rules=RULES, until=QUIET)
    *letters, last = [letter_for(anna, enrollment_id) for enrollment_id in anna.enrollments]
    mailroom.profiles.put(anna)
    mailroom.work_off(letters)

    absorb(mailroom.deliveries, mailroom.profiles, RULES, QUIET + HOUR)

    assert _asked(mailroom, last, QUIET + DAY - 1) == No(REASON)
    assert isinstance(_asked(mailroom, last, QUIET + DAY), Send)


def _asked(mailroom: Mailroom, message: Message, now: Instant) -> Decision:
    gate = Gate(profiles=mailroom.profiles, rules=RULES, now=lambda: now)
    return gate.permit(message, "email", paid=False, ready=lambda *_: "")


def _standing(mailroom: Mailroom, letters: Sequence[Message]) -> list[str]:
    """What the ledger says of each."""
    entries = [mailroom.ledger.begin(letter.message_id, QUIET) for letter in letters]
    return [f"{one.state} {one.reason}".strip() for one in entries if one]
