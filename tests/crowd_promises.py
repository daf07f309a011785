"""What must hold of every crowd (tests/crowds.py) where nobody shares anything with anybody."""

from collections.abc import Sequence

from hub import carts, orders, timeline, traits
from hub.profiles import Profile
from hub.rules import Rules
from tests import crowd_oracle
from tests.crowd_feeds import SEGMENTS, absorbed, crowd_rules, customers, essences, later
from tests.crowd_oracle import Known, known
from tests.crowds import Trial

RULES = crowd_rules()


def is_stored_the_same(trial: Trial) -> None:
    """Whatever the order, to the byte."""
    one, other = (absorbed(feed, RULES) for feed in trial.feeds)
    at = later(trial.told)

    assert essences(one, RULES, at) == essences(other, RULES, at)


def is_known_as_it_was(trial: Trial) -> None:
    """Everybody is who she is, and known by what she did, as the oracle tells it."""
    if _says_two_things_at_once(trial):
        return
    store, at = absorbed(trial.feeds[0], RULES), later(trial.told)

    expected = [known(done, trial.words, at, SEGMENTS) for done in crowd_oracle.people(trial.events)]

    assert told_apart([shown(one, at, RULES) for one in customers(store)]) == told_apart(expected)


def is_found_by_all_she_has(trial: Trial) -> None:
    """Every identifier leads to the one customer who has it."""
    store = absorbed(trial.feeds[0], RULES)

    for done in crowd_oracle.people(trial.events):
        named = sorted({one for event in done for one in crowd_oracle.named(event)})
        leads = store.find(named)
        (profile,) = {one.profile_id: one for one in map(store.get, set(leads.values())) if one}.values()
        assert sorted(leads) == sorted(profile.identifiers) == named


def shown(profile: Profile, at: int, rules: Rules) -> Known:
    """What the hub knows of a customer at an instant, in the oracle's words."""
    timeline.settle(profile, at, rules)
    lines = [
        (str(line.product["product_id"]), line.quantity, line.product["price"])
        for _, line in carts.open_lines(profile.carts)
    ]
    bought = orders.totals(profile.orders)
    return Known(
        messages=frozenset(profile.ring),
        identifiers=profile.identifiers,
        traits={
            name: value for name, value in traits.values(profile.traits).items() if name not in traits.OWN
        },
        lines=tuple(sorted(lines, key=str)),
        orders=crowd_oracle.Orders(
            bought.count, bought.revenue, bought.refunds, bought.refunded, bought.cancelled
        ),
        consents={purpose: one.given for purpose, one in profile.consents.items()},
        statuses={message_id: one.status for message_id, one in profile.touches.items()},
        last_own_at=profile.last_own_at,
        memberships=frozenset(profile.memberships),
    )


def _says_two_things_at_once(trial: Trial) -> bool:
    """Two sources gave two messages of one instant the same id: any order of the two is as good."""
    return len({(one.at, one.message_id) for one in trial.events}) < len(trial.events)


def told_apart(found: Sequence[Known]) -> dict[frozenset[str], Known]:
    """By their messages, of which no two may have the same."""
    assert sum(len(one.messages) for one in found) == len({mark for one in found for mark in one.messages})
    return {one.messages: one for one in found}
