"""What the site may show a customer now: the slots her open journeys filled, with her cart as it is."""

from collections.abc import Callable, Sequence
from typing import Any

from hub.documents import document
from hub.identities import Identifier
from hub.ports import Effect, Effects, Profiles
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
        effect.key.target: effect for effect in _effects_of(profile, effects) if _may_show(effect, profile)
    }
    seen = describe(profile)
    return {
        slot: _content(effect, seen, render)
        for slot, effect in sorted(shown.items())
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


def _may_show(effect: Effect, profile: Profile) -> bool:
    """Let through by the gate, and wanted by a journey that she is in at this very moment, not held out."""
    if not effect.confirmed:
        return False
    running = (profile.enrollments.get(enrollment_id) for enrollment_id in effect.wanted_by)
    return any(one is not None and one.closed_at is None and one.arm == "treated" for one in running)


def _content(effect: Effect, seen: dict[str, Any], render: Render) -> dict[str, Any]:
    name = str(effect.params.get("content", ""))
    return {"content": name, "html": render(name, seen)}
