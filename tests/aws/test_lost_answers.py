"""A write reached DynamoDB and its answer was lost: botocore writes again and meets what it wrote itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hub import orders
from hub.absorbing import absorb
from hub.aws import bootstrap
from hub.aws.effects_table import EffectsTable
from hub.aws.journey_table import HeldMessageTable
from hub.aws.profile_table import ProfileTable
from hub.aws.run_table import RunTable
from hub.aws.send_ledger import SendLedgerTable
from hub.deferring import Held
from hub.effects import Effect
from hub.errors import Conflict
from hub.gate import Gate
from hub.identities import profile_id_for
from hub.policy import Send
from hub.ports import LedgerEntry
from hub.profiles import Profile
from tests.builders import NOW, a_message, an_enrollment, an_event, an_identify, an_order, enrolled, rules_of
from tests.delivery_desk import a_join, key_of
from tests.moto_stack import MotoStack
from tests.trouble import lose_the_first_answer

ONE_A_DAY = rules_of(policy={"caps": [{"at_most": 1, "within": "1d"}]})
SENT = LedgerEntry(state="sent", at=2_000, vendor_id="v1")
UNKNOWN = LedgerEntry(state="unknown", at=2_000, reason="no answer")


@pytest.fixture
def client(stack: MotoStack) -> Iterator[Any]:  # noqa: ARG001 - moto must stand before a client is made
    """As the Lambdas have it, with its retries."""
    bootstrap.client.cache_clear()
    yield bootstrap.client("dynamodb")
    bootstrap.client.cache_clear()


@pytest.fixture
def ledger(client: Any, stack: MotoStack) -> SendLedgerTable:
    return SendLedgerTable(client, stack.journeys)


@pytest.fixture
def effects(client: Any, stack: MotoStack) -> EffectsTable:
    return EffectsTable(client, stack.journeys)


@pytest.fixture
def runs(client: Any, stack: MotoStack) -> RunTable:
    return RunTable(client, stack.journeys)


@pytest.fixture
def profiles(client: Any, stack: MotoStack) -> ProfileTable:
    return ProfileTable(client, stack.profiles)


# ---- the ledger


def test_who_meets_its_own_beginning_may_send(ledger: SendLedgerTable, client: Any) -> None:
    asked = lose_the_first_answer(client, "PutItem")

    assert ledger.begin("msg_1", 1_000) is None
    assert len(asked) == 2
    assert ledger.begin("msg_1", 1_000) == LedgerEntry(state="sending", at=1_000)


@pytest.mark.parametrize("end", [SENT, UNKNOWN], ids=lambda end: end.state)
def test_who_meets_its_own_end_has_written_it(ledger: SendLedgerTable, client: Any, end: LedgerEntry) -> None:
    ledger.begin("msg_1", 1_000)
    asked = lose_the_first_answer(client, "PutItem")

    ledger.settle("msg_1", end)

    assert len(asked) == 2
    assert ledger.begin("msg_1", 3_000) == end


def test_a_release_that_is_repeated_does_not_take_away_what_another_has_begun(
    stack: MotoStack, client: Any, dynamodb: Any
) -> None:
    ledger, other = SendLedgerTable(client, stack.journeys), SendLedgerTable(dynamodb, stack.journeys)
    ledger.begin("msg_1", 1_000)
    begun: list[LedgerEntry | None] = []
    asked = lose_the_first_answer(client, "DeleteItem", lambda: begun.append(other.begin("msg_1", 1_500)))

    with pytest.raises(Conflict):
        ledger.release("msg_1")

    assert (begun, len(asked)) == ([None], 2)
    assert ledger.begin("msg_1", 2_000) == LedgerEntry(state="sending", at=1_500)


def test_a_release_that_nobody_followed_is_one(ledger: SendLedgerTable, client: Any) -> None:
    ledger.begin("msg_1", 1_000)
    asked = lose_the_first_answer(client, "DeleteItem")

    ledger.release("msg_1")

    assert len(asked) == 2
    assert ledger.begin("msg_1", 2_000) is None


# ---- levels


def a_lease(effects: EffectsTable) -> Effect:
    effects.want(a_join())
    [effect] = effects.read([key_of(a_join())])
    lease = effects.lease(effect, now=1_000, until=2_000)
    assert lease is not None
    return lease


def test_who_meets_its_own_lease_has_it(effects: EffectsTable, client: Any) -> None:
    effects.want(a_join())
    [effect] = effects.read([key_of(a_join())])
    asked = lose_the_first_answer(client, "UpdateItem")

    lease = effects.lease(effect, now=1_000, until=2_000)

    assert lease is not None
    assert (len(asked), lease.leased_until) == (2, 2_000)
    assert effects.lease(effect, now=1_000, until=2_000) is None
    effects.confirm(lease, fingerprint="on", sent=())


def test_who_meets_its_own_confirmation_has_confirmed(effects: EffectsTable, client: Any) -> None:
    lease = a_lease(effects)
    asked = lose_the_first_answer(client, "UpdateItem")

    effects.confirm(lease, fingerprint="on", sent=("a",))

    [effect] = effects.read([lease.key])
    assert (len(asked), effect.confirmed, effect.sent, effect.leased_until) == (2, "on", ("a",), 0)


def test_a_lease_that_another_has_ended_is_no_longer_ones_own(effects: EffectsTable) -> None:
    old = a_lease(effects)
    [effect] = effects.read([old.key])
    new = effects.lease(effect, now=2_000, until=3_000)
    assert new is not None
    effects.release(new)

    with pytest.raises(Conflict):
        effects.confirm(old, fingerprint="on", sent=())


def test_to_want_and_to_want_no_longer_bear_repeating(effects: EffectsTable, client: Any) -> None:
    asked = lose_the_first_answer(client, "UpdateItem")

    effects.want(a_join())
    [effect] = effects.read([key_of(a_join())])
    effects.unwant(effect.key, a_join().enrollment_id)

    assert effect.wanted_by == {a_join().enrollment_id}
    assert not effects.read([effect.key])[0].wanted
    assert len(asked) == 3


# ---- runs


def test_a_run_is_opened_and_closed_and_steps_begin_once(runs: RunTable, client: Any) -> None:
    opened = lose_the_first_answer(client, "PutItem")
    runs.open(an_enrollment(), "p_1")
    updated = lose_the_first_answer(client, "UpdateItem")

    begun = runs.begin_step(an_enrollment().enrollment_id, 0, "token", [a_join()])

    assert begun is not None
    assert (len(opened), len(updated), begun.token, begun.levels) == (2, 2, "token", (a_join(),))


def test_who_closed_a_run_is_told_how_it_was_closed(runs: RunTable, client: Any) -> None:
    runs.open(an_enrollment(), "p_1")
    asked = lose_the_first_answer(client, "UpdateItem")

    closed = runs.close(an_enrollment().enrollment_id, "goal", NOW)

    assert closed is not None
    assert (len(asked), closed.outcome, closed.closed_at) == (2, "goal", NOW)


def test_a_held_message_is_let_go(client: Any, stack: MotoStack) -> None:
    table, held = HeldMessageTable(client, stack.journeys), Held(message=a_message(), since=NOW)
    table.hold(held)
    asked = lose_the_first_answer(client, "DeleteItem")

    table.let_go(held)

    assert (len(asked), list(table.of(held.message.journey))) == (2, [])


# ---- profiles


def test_a_place_under_a_cap_is_kept_for_the_message_that_took_it(
    profiles: ProfileTable, client: Any
) -> None:
    profile = Profile("p_1")
    enrolled(profile)
    profiles.put(profile)
    asked = lose_the_first_answer(client, "PutItem")

    gate = Gate(profiles=profiles, rules=ONE_A_DAY, now=lambda: NOW)
    decision = gate.permit(a_message(), "email", paid=False, ready=lambda *_: "")

    assert isinstance(decision, Send)
    # Sent again it is refused, and what stands could be a twin's: it is kept anew, after that.
    assert len(asked) == 3
    stored = profiles.get("p_1")
    assert stored is not None
    assert list(stored.touches) == [a_message().message_id]


def test_what_was_folded_in_by_a_write_that_is_repeated_is_folded_in_once(
    profiles: ProfileTable, client: Any
) -> None:
    asked = lose_the_first_answer(client, "PutItem")

    absorb([an_order(revenue=70)], profiles, ONE_A_DAY, NOW)

    stored = profiles.get(profile_id_for(("anonymous_id", "a-1")))
    assert stored is not None
    assert (len(stored.ring), orders.totals(stored.orders).revenue) == (1, 70)
    assert len(asked) > 1


def test_a_merge_that_is_repeated_is_one_request_to_dynamodb_and_comes_out_as_one(
    profiles: ProfileTable, client: Any
) -> None:
    absorb([an_identify(NOW, user_id="u-1")], profiles, ONE_A_DAY, NOW)
    absorb([an_event(at=NOW + 1)], profiles, ONE_A_DAY, NOW + 1)
    asked = lose_the_first_answer(client, "TransactWriteItems")

    both = an_identify(NOW + 2, user_id="u-1", anonymous_id="a-1")
    absorb([both], profiles, ONE_A_DAY, NOW + 2)

    # By its token DynamoDB knows it again; moto does not, so this is also who lost a race against herself.
    assert len(asked) == 2
    assert json.loads(asked[0])["ClientRequestToken"] == json.loads(asked[1])["ClientRequestToken"]
    joined = {one: profiles.find([one])[one] for one in (("user_id", "u-1"), ("anonymous_id", "a-1"))}
    assert len(set(joined.values())) == 1
    stored = profiles.get(joined["user_id", "u-1"])
    assert stored is not None
    assert len(stored.ring) == 3
