"""Facts absorbed into a store in memory, under the rules of tests/shoppers.py."""

from typing import Any

from hub import absorbing
from hub.absorbing import Fact
from hub.clock import HOUR
from hub.deliveries import Delivery, Status
from hub.identities import Identifier
from hub.profiles import Profile
from hub.rules import Rules
from tests.fakes import FakeProfiles
from tests.shoppers import NOON, strategy

RULES = Rules(strategy())
NOW = NOON + HOUR
ANNA, DEVICE, ADDRESS = ("user_id", "u-1"), ("anonymous_id", "a-1"), ("email", "anna@example.com")


def absorb(store: Any, *facts: Fact, now: int = NOW) -> None:
    absorbing.absorb(facts, store, RULES, now)


def profile_of(store: FakeProfiles, identifier: Identifier) -> Profile:
    profile = store.get(store.owners[identifier])
    assert profile
    return profile


def sent(profile_id: str, **fields: Any) -> Delivery:
    ids = {"message_id": "msg_1", "enrollment_id": "e-1", "journey": "j", "step": 0}
    what = {"connector": "mailer", "action": "send", "channel": "email", "status": Status.SENT, "at": NOON}
    return Delivery.model_validate({**ids, **what, "profile_id": profile_id, **fields})
