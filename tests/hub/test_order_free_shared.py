"""P1 and P8 where people share devices: nobody becomes somebody else, in any order of telling.

Whose an event without a user id is, hangs on what is known when it is told: of that, no more is promised
than that it is somebody's, and one customer's only.
"""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from hub.events import Event
from hub.identities import Identifier
from hub.profiles import Profile, mark_of, user_ids
from tests.crowd_feeds import absorbed, crowd_rules, customers
from tests.crowd_oracle import named
from tests.crowds import ENOUGH, Person, Trial, crowds, trials

RULES = crowd_rules()
FAMILY = tuple(Person(user=f"u{number}", devices=("d0", "d1", "d2")) for number in range(3))
WITH_ADDRESSES = tuple(
    Person(
        user=one.user,
        emails=(f"{one.user}@example.com", "family@example.com"),
        phones=("+420603123456",),
        devices=one.devices,
    )
    for one in FAMILY
)
families = st.one_of(crowds(FAMILY), crowds(WITH_ADDRESSES))
logged_in, addressed = (
    crowds(people).map(lambda events: [one for one in events if one.user_id]).filter(bool)
    for people in (FAMILY, WITH_ADDRESSES)
)


@ENOUGH
@given(trials(families))
def test_nobody_has_two_user_ids(trial: Trial) -> None:
    for feed in trial.feeds:
        assert all(len(user_ids(one)) <= 1 for one in customers(absorbed(feed, RULES)))


@ENOUGH
@given(trials(families))
def test_every_event_is_one_customers_and_a_users_is_hers(trial: Trial) -> None:
    for feed in trial.feeds:
        store = absorbed(feed, RULES)

        known_by = Counter(mark for one in customers(store) for mark in one.ring)

        assert known_by == dict.fromkeys({mark(event) for event in trial.events}, 1)
        for event in trial.events:
            if user := event.user_id.strip():
                owner = store.get(store.find([("user_id", user)])["user_id", user])
                assert owner
                assert user_ids(owner) == {user}
                assert mark(event) in owner.ring


@ENOUGH
@given(trials(logged_in))
def test_a_device_ends_with_who_used_it_last(trial: Trial) -> None:
    """Where everybody says who she is. Use without a login is taken to be of who had the device as far as
    was known, and keeps it for her."""
    last = last_users(trial.events)

    for feed in trial.feeds:
        store = absorbed(feed, RULES)

        leads = store.find([("anonymous_id", device) for device in last])

        assert {device: user_of(store.get(owner)) for (_, device), owner in leads.items()} == last


@ENOUGH
@given(trials(addressed))
def test_an_address_ends_with_who_used_it_first(trial: Trial) -> None:
    """Where everybody says who she is."""
    first = first_users(trial.events)

    for feed in trial.feeds:
        store = absorbed(feed, RULES)

        leads = store.find(sorted(first))

        assert {one: user_of(store.get(owner)) for one, owner in leads.items()} == first


def first_users(events: list[Event]) -> dict[Identifier, str]:
    """Address or number -> who said first, with her user id, that it was hers."""
    said = [
        (event.at, event.user_id.strip(), one)
        for event in events
        for one in named(event)
        if one[0] in ("email", "phone")
    ]
    return {one: user for _, user, one in sorted(said, reverse=True)}


def last_users(events: list[Event]) -> dict[str, str]:
    """Device -> who said last, with her user id, that it was hers."""
    said = [
        (event.at, event.user_id.strip(), device)
        for event in events
        if event.user_id
        for kind, device in named(event)
        if kind == "anonymous_id"
    ]
    return {device: user for _, user, device in sorted(said)}


def user_of(profile: Profile | None) -> str:
    (user,) = user_ids(profile) if profile else {""}
    return user


def mark(event: Event) -> str:
    return mark_of(event.source, event.message_id)
