"""What `hub.ports.Effects` promises, held against the table and against its fake."""

from dataclasses import replace

import pytest

from hub.aws.effects_table import EffectsTable
from hub.clock import HOUR
from hub.deliveries import Message
from hub.effects import Effect, EffectKey, Stood, let
from hub.errors import Conflict
from tests.delivery_desk import a_join, key_of
from tests.fakes_delivery import FakeEffects

Effects = EffectsTable | FakeEffects
KEY = EffectKey(profile_id="p_anna", connector="toy", target="tea")
THEIRS = a_join(message_id="msg_2", enrollment_id="win_back-9")
ROWS = ('["a@example.com",{}]', '["ü@example.com",{"n":1.5}]')


@pytest.fixture(params=["fake", "moto"])
def effects(request: pytest.FixtureRequest) -> Effects:
    if request.param == "fake":
        return FakeEffects()
    return EffectsTable(request.getfixturevalue("dynamodb"), request.getfixturevalue("stack").journeys)


def wanted(effects: Effects, message: Message | None = None) -> Effect:
    effects.want(message or a_join())
    return the(effects)


def the(effects: Effects) -> Effect:
    [effect] = effects.read([KEY])
    return effect


def leased(effects: Effects) -> Effect:
    lease = effects.lease(wanted(effects), now=1_000, until=2_000)
    assert lease is not None
    return lease


def test_what_is_wanted_is_there_with_what_to_do(effects: Effects) -> None:
    effect = wanted(effects)

    assert effect == Effect(
        key=KEY, action="join", wanted_by=frozenset({"cart_recovery-1"}), version=effect.version
    )
    assert (effect.wanted, effect.stands_for) == (True, frozenset())


def test_wanting_twice_is_wanting_once(effects: Effects) -> None:
    wanted(effects)
    wanted(effects)

    effects.unwant(KEY, "cart_recovery-1")

    assert not the(effects).wanted


def test_it_is_wanted_as_long_as_anybody_wants_it(effects: Effects) -> None:
    wanted(effects)
    wanted(effects, THEIRS)

    effects.unwant(KEY, "cart_recovery-1")
    effects.unwant(KEY, "cart_recovery-1")

    assert the(effects).wanted_by == {"win_back-9"}


def test_who_may_have_it_is_written_down_with_a_lease_or_alone(effects: Effects) -> None:
    effects.want(THEIRS)
    lease = effects.lease(let(wanted(effects), [THEIRS]), now=1_000, until=2_000)
    assert lease is not None
    effects.confirm(lease, fingerprint="f1", sent=ROWS)
    assert the(effects).stands_for == {"win_back-9"}

    assert effects.allow(replace(the(effects), allowed={"cart_recovery-1": a_join()}))

    assert (the(effects).stands_for, the(effects).confirmed) == ({"cart_recovery-1"}, "f1")


def test_what_is_let_is_kept_as_it_was_asked_for_each_run_by_itself(effects: Effects) -> None:
    params: dict[str, object] = {"audience": "tea", "weights": [1, 2.5], "words": "čaj"}
    hers = a_join(params=params, between={"from": 9 * HOUR, "to": 17 * HOUR}, expires_at=5)
    effects.want(THEIRS)

    effects.allow(let(wanted(effects), [hers, THEIRS]))

    assert the(effects).allowed == {"cart_recovery-1": hers, "win_back-9": THEIRS}
    effects.want(a_join(params={"audience": "coffee"}))
    assert the(effects).allowed["cart_recovery-1"] == hers


def test_whose_words_were_told_and_for_whom_it_stood_is_known_as_long_as_the_lease_and_after(
    effects: Effects,
) -> None:
    stands = {"msg_1": Stood(enrollment_id="cart_recovery-1", step=0)}
    over = {"msg_1": replace(stands["msg_1"], until=1_500)}

    lease = effects.lease(
        replace(wanted(effects), says="cart_recovery-1", stood=stands), now=1_000, until=2_000
    )

    assert lease is not None
    assert (lease.says, lease.stood) == ("cart_recovery-1", stands)
    effects.confirm(replace(lease, stood=over), fingerprint="f1", sent=ROWS)
    assert (the(effects).says, the(effects).stood) == ("cart_recovery-1", over)
    effects.allow(replace(the(effects), stood=stands))
    assert the(effects).stood == stands


def test_a_lease_that_did_nothing_can_be_ended_as_it_was_before(effects: Effects) -> None:
    stands = {"msg_1": Stood(enrollment_id="cart_recovery-1", step=0)}
    lease = effects.lease(
        replace(wanted(effects), says="cart_recovery-1", stood=stands), now=1_000, until=2_000
    )
    assert lease is not None

    effects.release(replace(lease, says="", stood={}))

    assert (the(effects).says, the(effects).stood) == ("", {})


def test_a_level_may_be_nobodys(effects: Effects) -> None:
    assert effects.allow(let(wanted(effects), [a_join()]))
    assert effects.allow(replace(the(effects), allowed={}))
    assert the(effects).allowed == {}

    assert effects.allow(let(the(effects), [a_join()]))
    lease = effects.lease(replace(the(effects), allowed={}), now=1_000, until=2_000)

    assert lease is not None
    assert the(effects).allowed == lease.allowed == {}


def test_who_may_have_it_is_not_written_over_what_changed_meanwhile(effects: Effects) -> None:
    read = wanted(effects)
    effects.unwant(KEY, "cart_recovery-1")

    assert not effects.allow(let(read, [a_join()]))
    assert the(effects).allowed == {}


def test_who_wants_it_no_longer_must_be_allowed_anew(effects: Effects) -> None:
    effects.allow(let(wanted(effects), [a_join()]))

    effects.unwant(KEY, "cart_recovery-1")
    effects.want(a_join())

    assert (the(effects).wanted, the(effects).stands_for) == (True, frozenset())


def test_not_wanting_what_never_was_is_harmless_and_leaves_nothing(effects: Effects) -> None:
    effects.unwant(KEY, "cart_recovery-1")

    assert effects.read([KEY]) == []


def test_effects_are_read_in_the_order_asked_for_and_the_missing_are_left_out(effects: Effects) -> None:
    keys = [EffectKey(profile_id=f"p_{number}", connector="toy", target="tea") for number in range(130)]
    for key in keys[::2]:
        effects.want(a_join(profile_id=key.profile_id))

    found = effects.read(keys[::-1])

    assert [effect.key for effect in found] == keys[::2][::-1]


def test_every_level_of_a_customer_is_found_or_those_of_one_connector(effects: Effects) -> None:
    for connector, target in (("toy", "tea"), ("toy", "coffee#2"), ("site", "welcome")):
        effects.want(a_join(connector=connector, target=target))
    effects.want(a_join(profile_id="p_other"))

    everything, on_site = effects.of_profile("p_anna"), effects.of_profile("p_anna", "site")

    assert sorted((one.key.connector, one.key.target) for one in everything) == [
        ("site", "welcome"),
        ("toy", "coffee#2"),
        ("toy", "tea"),
    ]
    assert [one.key.target for one in on_site] == ["welcome"]


def test_a_lease_puts_the_confirmation_in_doubt_and_keeps_what_is_about_to_be_sent(effects: Effects) -> None:
    lease = effects.lease(replace(wanted(effects), sent=ROWS), now=1_000, until=2_000)

    assert lease is not None
    assert lease == the(effects)
    assert (lease.confirmed, lease.sent, lease.leased_until) == (None, ROWS, 2_000)


def test_what_is_leased_is_nobody_elses_until_the_lease_is_over(effects: Effects) -> None:
    leased(effects)

    assert effects.lease(the(effects), now=1_999, until=2_999) is None
    assert effects.lease(the(effects), now=2_000, until=3_000) is not None


def test_a_lease_is_taken_only_on_what_was_read(effects: Effects) -> None:
    read = wanted(effects)
    effects.unwant(KEY, "cart_recovery-1")

    assert effects.lease(read, now=1_000, until=2_000) is None


def test_wanting_and_not_wanting_do_not_wait_for_a_lease_and_do_not_end_it(effects: Effects) -> None:
    lease = leased(effects)

    effects.unwant(KEY, "cart_recovery-1")
    effects.want(THEIRS)
    effects.confirm(lease, fingerprint="f1", sent=ROWS)

    assert the(effects).confirmed == "f1"
    assert the(effects).wanted_by == {"win_back-9"}


@pytest.mark.parametrize("fingerprint", ["f1", ""])
def test_a_confirmation_ends_the_lease_and_says_what_stands(effects: Effects, fingerprint: str) -> None:
    lease = leased(effects)

    effects.confirm(lease, fingerprint=fingerprint, sent=ROWS)

    effect = the(effects)
    assert (effect.confirmed, effect.sent, effect.leased_until) == (fingerprint, ROWS, 0)


def test_a_released_level_is_free_and_still_in_doubt(effects: Effects) -> None:
    lease = leased(effects)

    effects.release(replace(lease, sent=ROWS))

    effect = the(effects)
    assert (effect.confirmed, effect.sent, effect.leased_until) == (None, ROWS, 0)


def test_who_overslept_a_lease_can_no_longer_confirm_or_release(effects: Effects) -> None:
    overslept = leased(effects)
    effects.lease(the(effects), now=5_000, until=6_000)

    with pytest.raises(Conflict):
        effects.confirm(overslept, fingerprint="f1", sent=())
    with pytest.raises(Conflict):
        effects.release(overslept)

    assert the(effects).leased_until == 6_000


def test_the_key_is_the_messages_own(effects: Effects) -> None:
    assert wanted(effects).key == key_of(a_join())
