"""What the hub says of a customer's addresses."""

import gzip
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from hub import traits
from hub.address_flags import is_disposable
from hub.events import Event
from hub.profiles import Profile, apply, join
from hub.rules import Rules
from hub.traits import OWN
from tests.shoppers import NOON, identify, strategy

LIST = Path(__file__).resolve().parents[3] / "shared" / "data" / "disposable_email_blocklist.txt.gz"
RULES = Rules(
    strategy(sources={"website": {"party": "first"}, "shop": {"region": "CZ"}, "crm": {"party": "third"}})
)


def folded(*events: Event) -> Profile:
    profile = Profile("p_1")
    for event in events:
        apply(profile, event, RULES)
    return profile


def flags(profile: Profile) -> dict[str, Any]:
    return {name: value for name, value in traits.values(profile.traits).items() if name in OWN}


def says(at: int = NOON, **said: Any) -> Event:
    return identify(at, message_id=f"{at} {said}", traits=said)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"email": "anna@shop.example.com"}, {}),
        ({"email": "Anna@Mailinator.com "}, {"email_disposable": True}),
        ({"email": "anna@my.mailinator.com"}, {"email_disposable": True}),
        ({"email": "anna at home"}, {"email_invalid": True}),
        ({"email": "anna@@shop.cz"}, {"email_invalid": True}),
        ({"email": 5}, {"email_invalid": True}),
        ({"email": "null"}, {}),
        ({"email": None}, {}),
        ({"email": " "}, {}),
        ({"phone": "+420 601 123 456"}, {}),
        ({"phone": "601 123 456"}, {"phone_invalid": True}),
        ({"phone": "+420 1"}, {"phone_invalid": True}),
        ({"country": "CZ"}, {}),
        ({"email_disposable": True, "phone_invalid": True}, {}),
    ],
)
def test_what_is_wrong_with_an_address_stands_beside_it(
    said: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert flags(folded(says(**said))) == expected


def test_a_number_is_read_as_from_the_country_of_its_source() -> None:
    event = identify(traits={"phone": "601 123 456"})

    at_home = Event(**{name: getattr(event, name) for name in event.__slots__} | {"source": "shop"})

    assert flags(folded(at_home)) == {}


def test_a_better_address_clears_it_and_a_worse_one_brings_it_back() -> None:
    good, bad = says(NOON + 1, email="anna@shop.cz"), says(NOON + 2, email="anna@mailinator.com")

    assert flags(folded(says(email="nonsense"), good)) == {}
    assert flags(folded(says(email="nonsense"), good, bad)) == {"email_disposable": True}


def test_it_hangs_on_no_order_of_events_and_merges() -> None:
    events = [
        says(NOON, email="nonsense", phone="12"),
        says(NOON + 1, email="anna@mailinator.com"),
        says(NOON + 2, email="anna@shop.cz", email_invalid=True),
        says(NOON + 3, phone="+420 601 123 456", email_disposable=True),
    ]
    expected = folded(*events).traits

    for order in permutations(events):
        assert folded(*order).traits == expected
        for place in range(len(order)):
            left, right = folded(*order[:place]), folded(*order[place:])
            assert join(left, right, RULES).traits == expected
            assert join(right, left, RULES).traits == expected


def test_it_bears_the_party_and_time_of_its_address() -> None:
    profile = folded(says(email="nonsense"))

    flag, address = profile.traits["email_invalid"], profile.traits["email"]
    assert (flag.party, flag.at, flag.message_id) == (address.party, address.at, address.message_id)


@pytest.mark.skipif(not LIST.is_file(), reason="the list lies outside the project")
def test_nearly_all_throw_away_domains_of_a_list_of_somebody_elses_are_known() -> None:
    domains = gzip.decompress(LIST.read_bytes()).decode().split()

    unknown = [domain for domain in domains if not is_disposable(domain)]

    assert len(domains) > 8_000
    assert len(unknown) <= 5, unknown


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "seznam.cz", "outlook.com", "icloud.com", "shop.co.uk", "gmx.de", "proton.me", "com", ""],
)
def test_where_people_live_is_not_thrown_away(domain: str) -> None:
    assert not is_disposable(domain)
