"""Asking the gate and keeping a place: strongly consistent, so that two journeys cannot both slip through.

Decide (every rule, on what is true now), see whether she can be reached, keep a place, send: what cannot
leave takes no place, and what did not leave gives its place back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hub import caps, policy, timeline, touches
from hub.clock import MINUTE, Duration, Instant
from hub.deliveries import HELD_OUT, PLACE_KEPT, Message, Status, outcome_of
from hub.errors import Conflict
from hub.policy import Decision, No, Ready
from hub.ports import Profiles
from hub.profiles import Profile
from hub.rules import Rules
from hub.touches import Touch

ATTEMPTS = 8


@dataclass(frozen=True)
class _Kept:
    at: Instant
    """When the place was given: no other place of the message bears the same."""
    before: Touch | None
    """The place of a twin that may still be about to leave."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One consumer's way in, for one batch: it knows which places it kept itself."""

    profiles: Profiles
    rules: Rules
    now: Callable[[], Instant]
    step_aside: Callable[[int], None] = lambda _attempt: None
    """Called between races for a profile, so that consumers that met do not run on in step."""
    in_flight: Duration = 2 * MINUTE
    """Hub time after which a consumer that kept a place has long sent or died."""
    _kept: dict[str, _Kept] = field(default_factory=dict, init=False, repr=False)

    def permit(self, message: Message, channel: str, *, paid: bool, ready: Ready) -> Decision:
        """May it leave now? A yes to what a cap counts is written on the profile before it is given.

        Conflict after losing every race for the profile: the message goes back to its queue.
        """
        is_counted = bool(caps.on(message, channel, self.rules.policy, paid=paid))
        for attempt in range(ATTEMPTS):
            if attempt:
                self.step_aside(attempt - 1)
            decision = policy.reached(self._decide(message, channel, paid=paid), ready)
            profile = policy.exposed(decision)
            place = _place(message, channel, decision, paid=paid, now=self.now())
            if not is_counted or profile is None or not _is_free(profile, place):
                return decision
            try:
                self._keep(profile, place)
            except Conflict:
                continue
            return decision
        raise Conflict(f"message {message.message_id}: its profile is never at rest")

    def give_back(self, message: Message) -> None:
        """It did not leave: its place is others' until it is asked about again.

        Only the place that was kept here, and a twin's that stood before it stands again. Who loses every
        race for the profile lets the place lapse with the cap's window.
        """
        kept = self._kept.pop(message.message_id, None)
        for attempt in range(ATTEMPTS):
            profile = self.profiles.get(message.profile_id) if kept else None
            if kept is None or profile is None or not _take_away(profile, message.message_id, kept):
                return
            try:
                self.profiles.put(profile)
            except Conflict:
                self.step_aside(attempt)
            else:
                return

    def _decide(self, message: Message, channel: str, *, paid: bool) -> Decision:
        """By the profile as it is at this moment, not as it was when last something happened: an exit or an
        end that time alone brought counts here even if the timer for it is late."""
        profile, now = self.profiles.get(message.profile_id), self.now()
        if profile is not None:
            timeline.settle(profile, now, self.rules)
        return policy.decide(message, channel, paid=paid, profile=profile, rules=self.rules, now=now)

    def _keep(self, profile: Profile, place: Touch) -> None:
        """On the profile as it is stored: time passes for her where her events are heard; they may lag."""
        stored = self.profiles.get(profile.profile_id)
        if stored is None or stored.version != profile.version:
            raise Conflict(f"profile {profile.profile_id} has moved on")
        standing = stored.touches.get(place.message_id)
        place = _after(standing, place)
        for one in (stored, profile):
            touches.record(one.touches, place, self.rules.policy.caps)
        self.profiles.put(stored)
        self._kept[place.message_id] = _Kept(place.at, self._still_a_twins(standing, place))

    def _still_a_twins(self, standing: Touch | None, place: Touch) -> Touch | None:
        if standing is None or not standing.has_place:
            return None
        own = self._kept.get(standing.message_id)
        if own and own.at == standing.at:
            return own.before
        return standing if place.at - standing.at < self.in_flight else None


def _place(message: Message, channel: str, decision: Decision, *, paid: bool, now: Instant) -> Touch:
    """Of who is held out, that it would have gone out: all that there will ever be."""
    status, reason = (Status.WITHHELD, HELD_OUT) if isinstance(decision, No) else (Status.QUEUED, PLACE_KEPT)
    return touches.from_delivery(outcome_of(message, status, now, channel=channel, paid=paid, reason=reason))


def _is_free(profile: Profile, place: Touch) -> bool:
    """Nobody has said what became of it."""
    standing = profile.touches.get(place.message_id)
    return standing is None or standing.has_place or standing.weight < place.weight


def _after(standing: Touch | None, place: Touch) -> Touch:
    """Later than the place it has already, whatever this clock says: each yes has a place of its own."""
    at = max(place.at, standing.at + 1) if standing and standing.has_place else place.at
    return replace(place, at=at, first_at=at)


def _take_away(profile: Profile, message_id: str, kept: _Kept) -> bool:
    """False: it is not there any more."""
    standing = profile.touches.get(message_id)
    if standing is None or not standing.has_place or standing.at != kept.at:
        return False
    del profile.touches[message_id]
    if kept.before:
        profile.touches[message_id] = kept.before
    return True
