"""What a shopper can do in the demo, and what there is to know of her."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

from cli.sandbox.vendors import discover
from hub.clock import Duration

Ending = Literal[
    "buys",
    "buys at once",
    "empties her cart",
    "unsubscribes",
    "withdraws her consent",
    "never returns",
    "held out",
]


@dataclass(frozen=True, kw_only=True)
class Act:
    at: Duration
    device: str = "laptop"


@dataclass(frozen=True, kw_only=True)
class Does(Act):
    """An event of the tracking spec; "page" is a page view."""

    event: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tells(Act):
    """She says who she is: by her user id, or, without one, by her e-mail address alone."""

    as_user: bool = True


@dataclass(frozen=True, kw_only=True)
class Asks(Act):
    """Her browser asks what the site may show her."""


@dataclass(frozen=True, kw_only=True)
class Unsubscribes(Act):
    """She presses the unsubscribe button of her mail program."""


@dataclass(frozen=True, kw_only=True)
class Withdraws(Act):
    """She says no, on the site, to every purpose that she is asked about there."""


@dataclass(frozen=True, kw_only=True)
class Shopper:
    name: str
    line: str
    """Her part of the story, in a few words."""
    ending: Ending
    user_id: str
    acts: tuple[Act, ...]

    @property
    def email(self) -> str:
        return f"{self.user_id}@example.com"

    def anonymous_id(self, device: str) -> str:
        return f"{self.user_id}-{device}"

    @cached_property
    def marks(self) -> frozenset[str]:
        """Everything by which a vendor's request may name her."""
        known = (self.user_id, self.email)
        own_ids = (vendor.own_id(name) for vendor in discover().values() for name in known)
        return frozenset((*own_ids, *known, sha256(self.email.encode()).hexdigest()))

    @property
    def goods(self) -> frozenset[str]:
        """Names of what she put into her cart."""
        added = (act for act in self.acts if isinstance(act, Does) and act.event == "Product Added")
        return frozenset(str(act.properties["name"]) for act in added)
