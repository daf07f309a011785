"""What the site may show a customer now: the slots her open journeys filled, with her cart as it is."""

from collections.abc import Callable, Sequence
from typing import Any

from hub.deliveries import Message
from hub.documents import document
from hub.effects import Effect, last_entered_first
from hub.enrollments import Enrollment
from hub.identities import Identifier
from hub.keyed_runs import seen_by
from hub.ports import Effects, Profiles
from hub.profiles import Profile

CONNECTOR = "site"

Render = Callable[[str, dict[str, Any]], str]
"""(name of a template, document) -> text."""
Describe = Callable[[Profile], dict[str, Any]]


def decide_content(
    identifiers: Sequence[Identifier],
    slots: Sequence[str],
    *,
    profiles: Profiles,
    effects: Effects,
    render: Render,
    describe: Describe = document,
) -> dict[str, Any]:
    """Slot -> {content, html, journey}; nothing for a stranger, nothing after the journey is over.

    `slots` empty: every slot there is something for. Only what a template says of her is given away.
    """
    profile = _profile_of(identifiers, profiles)
    if profile is None:
        return {}
    shown = {
        effect.key.target: (effect.allowed[run.enrollment_id], run)
        for effect in _effects_of(profile, effects)
        if (run := _shown_by(effect, profile))
    }
    return {
        slot: _content(said, describe(seen_by(profile, run)), render)
        for slot, (said, run) in sorted(shown.items())
        if not slots or slot in slots
    }


def _profile_of(identifiers: Sequence[Identifier], profiles: Profiles) -> Profile | None:
    found = profiles.find(identifiers)
    first = next((found[one] for one in identifiers if one in found), None)
    return profiles.get(first) if first else None


def _effects_of(profile: Profile, effects: Effects) -> list[Effect]:
    """Of her and of those who turned out to be her."""
    ids = [profile.profile_id, *sorted(profile.merged)]
    return [effect for profile_id in ids for effect in effects.of_profile(profile_id, CONNECTOR)]


def _shown_by(effect: Effect, profile: Profile) -> Enrollment | None:
    """Of the journeys that the gate let fill it, and that she is in at this very moment, not held out, the
    last entered."""
    if not effect.confirmed:
        return None
    known = (profile.enrollments.get(name) for name in last_entered_first(effect, profile))
    running = (one for one in known if one is not None and one.closed_at is None and one.arm == "treated")
    return next(running, None)


def _content(said: Message, seen: dict[str, Any], render: Render) -> dict[str, Any]:
    name = str(said.params.get("content", ""))
    return {"content": name, "html": render(name, seen)}
