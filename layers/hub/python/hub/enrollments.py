"""One customer's run through one journey, and the conversion that ends it well."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from hub.clock import Instant

Arm = Literal["treated", "holdout"]
Outcome = Literal["goal", "exit", "restarted", "ended", "failed"]
"""goal: converted · exit: the exit condition came true · restarted: her cart changed, she may enter again ·
ended: its time was up, or its journey is in the strategy no more · failed: its machine broke for good."""

KEPT_CLOSED = 20
"""Closed enrollments kept on the profile, newest first: what re-entry rules and conversions look back on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    enrollment_id: str
    journey: str
    key: str
    """What the run is about (a cart id): another key is another run."""
    entered_at: Instant
    ends_at: Instant
    arm: Arm
    closed_at: Instant | None = None
    outcome: Outcome | None = None
    restarts: int = 0
    """How many runs of the same key were restarted before, one after the other."""
    cart: str = ""
    """What lay in the cart at the entry, as a digest; "" where the journey does not ask."""
    version: str = ""
    """What the journey called itself at the entry: within one version she keeps her arm and her draw."""
    draw: int | None = None
    """What her variants go by; None where it was not noted yet."""
    keyed_by: str = ""
    """Where the key comes from, e.g. cart.cart_id; "" where there is none or it was not noted yet."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Said to update_profiles: the machine of this run broke for good, and nothing of it goes on."""

    profile_id: str
    enrollment_id: str
    at: Instant


@dataclass(frozen=True, slots=True)
class TrailTouch:
    """One touch on the way to a conversion."""

    connector: str
    action: str
    channel: str
    step: int
    at: Instant
    status: str
    journey: str = ""
    variant: str = ""
    paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    enrollment_id: str
    journey: str
    at: Instant
    order_id: str
    value: float | None
    trail: tuple[TrailTouch, ...] = ()
    """What reached the customer before, in any journey, first touch first; once for each order."""
    mark: str = ""
    """Of the goal's event; "" where the goal is none."""

    @property
    def order(self) -> str:
        """What makes two conversions one: the order, else the event, else nothing."""
        return self.order_id or self.mark or self.enrollment_id


def enrollment_id(journey: str, profile_id: str, key: str, entered_at: Instant) -> str:
    """The same entry has the same id however often it is decided.

    It is the execution's name as well, so at most 80 characters.
    """
    digest = blake2b("\x1f".join((profile_id, key, str(entered_at))).encode(), digest_size=12).hexdigest()
    return f"{journey[:50]}-{digest}"


def begun_under(one: Enrollment, profile_ids: Iterable[str]) -> str:
    """Under which of these ids a run began, as its own id tells; "" where under none of them."""
    began = (
        profile_id
        for profile_id in profile_ids
        if enrollment_id(one.journey, profile_id, one.key, one.entered_at) == one.enrollment_id
    )
    return next(began, "")
