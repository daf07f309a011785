"""Hypothesis strategies for several people at once: who is who, what they do, and how the hub hears of it.

Each person has a user id, addresses, a number and devices; an event names some of them, in any spelling.
A feed is the same events again in some order, some of them twice, cut into batches of the queue.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from hub.clock import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from hub.deliveries import Delivery, Status
from hub.events import Event
from hub.identities import Identifier

ENOUGH = settings(max_examples=max(300, settings().max_examples))
"""For the promises that nothing may corrupt a profile: more than other properties get in CI."""

BEGIN: Instant = parse_instant("2026-11-01T10:00:00Z")
ARRIVED: Instant = BEGIN + 40 * DAY
"""Everything is received in the hours after this, so that no ring forgets any of it."""
END: Instant = ARRIVED + 20 * HOUR

PARTIES = {
    "website": "first",
    "preferences": "zero",
    "partner": "second",
    "list": "third",
    "model": "predicted",
}
TELLS = ("website", "website", "app", "preferences")
"""Sources of what customers do; the others only know of them."""

_GAPS = st.sampled_from([0, 0, 1, MINUTE, 30 * MINUTE, 4 * HOUR, DAY, 3 * DAY, 7 * DAY])
_PRICES = st.sampled_from([1, 12.5, "12.50", 7])
_TRAITS: dict[str, st.SearchStrategy[Any]] = {
    "country": st.sampled_from(["CZ", "SK", None]),
    "age": st.sampled_from([30, "30", 41]),
    "address": st.sampled_from([{"city": "Brno"}, {"city": "Praha"}]),
}


@dataclass(frozen=True)
class Word:
    """What became of a message that was sent to whoever an identifier led to."""

    to: Identifier
    delivery: Delivery


Told = Event | Word
Batch = tuple[Told, ...]


@dataclass(frozen=True)
class Feed:
    """Batches of the events queue, and when each is worked on."""

    batches: tuple[Batch, ...]
    times: tuple[Instant, ...]


@dataclass(frozen=True)
class Trial:
    told: tuple[Told, ...]
    feeds: tuple[Feed, ...]

    @property
    def events(self) -> list[Event]:
        return [one for one in self.told if isinstance(one, Event)]

    @property
    def words(self) -> list[Word]:
        return [one for one in self.told if isinstance(one, Word)]


@dataclass(frozen=True)
class Person:
    user: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


def person(number: int) -> Person:
    """Shares nothing with any other number."""
    return Person(
        user=f"u{number}",
        emails=(f"u{number}@example.com", f"u{number}@b\u00fccher.example"),
        phones=(f"+42060312345{number}",),
        devices=tuple(f"u{number}-d{place}" for place in range(3)),
    )


def spellings(kind: str, value: str) -> tuple[str, ...]:
    """How an identifier is sent; the first is how it is kept, but for a domain that is not ASCII."""
    if kind == "email":
        return (value, f" {value.upper()} ", value.replace("b\u00fccher", "xn--bcher-kva"))
    if kind == "phone":
        return (value, f"{value[:4]} {value[4:7]} {value[7:]}", f"00{value[1:]}")
    return (value, f" {value} ")


def kept(kind: str, spelling: str) -> Identifier:
    """The identifier that a spelling stands for, told backwards from `spellings` and without the hub."""
    plain = spelling.strip().lower() if kind == "email" else spelling.strip()
    if kind == "email":
        return kind, plain.replace("b\u00fccher", "xn--bcher-kva")
    if kind == "phone":
        digits = plain.replace(" ", "")
        return kind, f"+{digits[2:]}" if digits.startswith("00") else digits
    return kind, plain


STRANGERS = tuple(person(number) for number in range(3))


@st.composite
def crowds(draw: st.DrawFn, people: tuple[Person, ...] = STRANGERS, most: int = 14) -> list[Event]:
    """What people do, in order of time; each message is another one."""
    at, events, used = BEGIN, list[Event](), set[tuple[str, str]]()
    for place in range(draw(st.integers(1, most))):
        at += draw(_GAPS)
        fields = draw(st.one_of(*(acts(one) for one in people)))
        # A message id is its source's own: another source may have the same.
        name = draw(st.sampled_from([f"e{place}", "m0", "m1"]))
        message_id = f"e{place}" if (fields["source"], name) in used else name
        used.add((fields["source"], message_id))
        events.append(_event(place, at, message_id, fields))
    return events


@cache
def acts(who: Person) -> st.SearchStrategy[dict[str, Any]]:
    """One thing that a person does, or that is said of her, as fields of an event."""
    kinds = (_identify, _identify, _alias, _group, _page, _shop, _shop, _order, _order)
    return st.one_of(*(kind(who) for kind in kinds))


@st.composite
def words(draw: st.DrawFn, events: Sequence[Event], most: int = 3) -> list[Word]:
    """Of messages, each sent to one person, who may be a stranger as yet."""
    named = [("user_id", event.user_id.strip()) for event in events]
    named += [("anonymous_id", event.anonymous_id.strip()) for event in events]
    told = []
    for _ in range(draw(st.integers(0, most))):
        kind, value = draw(st.sampled_from(sorted({one for one in named if one[1]})))
        told.append(Word((kind, value), draw(_deliveries(value.partition("-")[0]))))
    return told


@st.composite
def feeds(draw: st.DrawFn, told: Sequence[Told]) -> Feed:
    """The same in any order, some of it twice, in batches of any size, at any times that go forward."""
    again = draw(st.lists(st.sampled_from(list(told)), max_size=5))
    mixed = draw(st.permutations([*told, *again]))
    cuts = draw(st.sets(st.integers(1, len(mixed))))
    batches = tuple(_cut(mixed, sorted({0, *cuts, len(mixed)})))
    times = draw(st.lists(_TIMES, min_size=len(batches), max_size=len(batches)))
    return Feed(batches, tuple(sorted(times)))


@st.composite
def trials(draw: st.DrawFn, crowd: st.SearchStrategy[list[Event]] | None = None) -> Trial:
    """Two feeds of the same."""
    events = draw(crowds() if crowd is None else crowd)
    told: tuple[Told, ...] = (*events, *draw(words(events)))
    return Trial(told, (draw(feeds(told)), draw(feeds(told))))


_TIMES = st.sampled_from([BEGIN, BEGIN + HOUR, BEGIN + 2 * DAY, BEGIN + 9 * DAY, ARRIVED, END])


def _cut(mixed: Sequence[Told], places: Sequence[int]) -> Iterator[Batch]:
    yield from (tuple(mixed[begin:end]) for begin, end in pairwise(places))


def _event(place: int, at: Instant, message_id: str, fields: dict[str, Any]) -> Event:
    return Event(message_id=message_id, at=at, received_at=ARRIVED + place * SECOND, **fields)


@cache
def _named(who: Person, *, known: bool = False) -> st.SearchStrategy[dict[str, str]]:
    """By what an event names a person: her device, her user id, or both."""
    device = st.fixed_dictionaries({"anonymous_id": _spelled("anonymous_id", who.devices)})
    user = st.fixed_dictionaries({"user_id": _spelled("user_id", (who.user,))})
    both = st.builds(dict.__or__, user, device)
    return st.one_of(user, both) if known else st.one_of(device, device, user, both)


@cache
def _spelled(kind: str, values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from([spelling for value in values for spelling in spellings(kind, value)])


@cache
def _traits(who: Person) -> st.SearchStrategy[dict[str, Any]]:
    ways = {"email": who.emails, "phone": who.phones}
    own = {kind: _spelled(kind, values) for kind, values in ways.items() if values}
    return st.fixed_dictionaries({}, optional={**_TRAITS, **own})


_SAID = st.dictionaries(st.sampled_from(["email", "advertising"]), st.booleans(), min_size=1, max_size=2)
_CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "consent": st.fixed_dictionaries({"categoryPreferences": _SAID}),
        "timezone": st.sampled_from(["Europe/Prague", "Asia/Tokyo"]),
    },
)
_PRODUCTS = st.fixed_dictionaries(
    {"product_id": st.sampled_from(["tea", "cups"]), "price": _PRICES},
    optional={"quantity": st.sampled_from([1, 2, "3", 0])},
)
_CART_IDS = st.fixed_dictionaries({}, optional={"cart_id": st.sampled_from(["c1", "c2"])})
_VIEWS = st.lists(_PRODUCTS, max_size=2, unique_by=lambda one: str(one["product_id"]))


def _identify(who: Person) -> st.SearchStrategy[dict[str, Any]]:
    told = {"type": st.just("identify"), "traits": _traits(who)}
    own = st.fixed_dictionaries({**told, "source": st.sampled_from(TELLS), "context": _CONTEXTS})
    others = st.fixed_dictionaries({**told, "source": st.sampled_from([*PARTIES])})
    return _by(who, own | others)


def _alias(who: Person) -> st.SearchStrategy[dict[str, Any]]:
    previous = {"previous_id": _spelled("anonymous_id", who.devices)}
    return _joined(
        _fixed(type="alias", source="app"), st.fixed_dictionaries(previous), _named(who, known=True)
    )


def _group(who: Person) -> st.SearchStrategy[dict[str, Any]]:
    told = _fixed(type="group", group_id="g1", properties={"plan": "gold"}, source="website")
    return _by(who, _joined(told, st.fixed_dictionaries({"traits": _traits(who)})))


def _page(who: Person) -> st.SearchStrategy[dict[str, Any]]:
    kinds, names = st.sampled_from(["page", "screen"]), st.sampled_from(["Home", "Tea"])
    sources = st.sampled_from(TELLS)
    told = {"type": kinds, "name": names, "source": sources, "context": _CONTEXTS}
    return _by(who, st.fixed_dictionaries(told))


def _shop(who: Person) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["Product Viewed", "Product Added", "Product Added", "Product Removed"])
    views = _joined(_CART_IDS, st.fixed_dictionaries({"products": _VIEWS}))
    acts = st.one_of(
        _track(who, names, _joined(_CART_IDS, _PRODUCTS)),
        _track(who, st.just("Cart Viewed"), views),
        _track(who, st.just("Cart Cleared"), _CART_IDS),
    )
    return _by(who, acts)


def _order(who: Person) -> st.SearchStrategy[dict[str, Any]]:
    """Order ids are a person's own, as a shop gives them; now and then one is left out."""
    names = ("Order Completed", "Order Completed", "Order Updated", "Order Refunded", "Order Cancelled")
    told = {
        "order_id": st.sampled_from([f"{who.user}-o1", f"{who.user}-o2"]),
        "cart_id": st.sampled_from(["c1", "c2"]),
    }
    money = {"revenue": st.sampled_from([10, 99.99, "40.50", 0.1, 0.2])}
    return _by(who, _track(who, st.sampled_from(names), st.fixed_dictionaries(money, optional=told)))


def _track(
    who: Person, names: st.SearchStrategy[str], properties: st.SearchStrategy[dict[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    told = {"type": st.just("track"), "name": names, "source": st.sampled_from(TELLS)}
    beside = {"context": _CONTEXTS, "traits": st.just({}) | _traits(who)}
    return st.fixed_dictionaries({**told, "properties": properties, **beside})


def _by(who: Person, told: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return _joined(told, _named(who))


def _fixed(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.just(fields)


def _joined(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


@cache
def _deliveries(user: str) -> st.SearchStrategy[Delivery]:
    """Of two messages to a person, one by e-mail and one by SMS."""
    ids = {"profile_id": "", "enrollment_id": "e-1", "journey": "recovery", "step": 0}
    what = {"connector": "mailer", "action": "send_email"}
    heard: dict[str, st.SearchStrategy[Any]] = {
        "status": st.sampled_from(Status),
        "at": st.integers(BEGIN, BEGIN + 3),
        "reason": st.sampled_from(["", "hold-out"]),
        "capped": st.booleans(),
        **{name: st.just(value) for name, value in {**ids, **what}.items()},
    }
    ways = [
        st.builds(Delivery, message_id=st.just(f"{user} by {way}"), channel=st.just(way), **heard)
        for way in ("email", "sms")
    ]
    return st.one_of(ways)
