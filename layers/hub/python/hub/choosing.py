"""Which of several actions a customer gets: of those that reach her, the one that worked best for her."""

from collections.abc import Sequence

from hub.documents import document
from hub.policy import consent_forbids
from hub.profiles import Profile
from hub.reading import pick
from hub.strategy.journeys import Do
from hub.strategy.policy import Policy


def best_of(choices: Sequence[Do], profile: Profile, policy: Policy) -> int:
    """Its place. What worked is what stood last before a conversion; where nothing tells them apart, or none
    reaches her, it is the first one written: the gate then says why."""
    wins = [
        (conversion.trail[-1].connector, conversion.trail[-1].action)
        for conversion in profile.conversions
        if conversion.trail
    ]
    merits = [(_reaches(do, profile, policy), wins.count((do.connector, do.action))) for do in choices]
    return merits.index(max(merits))


def _reaches(do: Do, profile: Profile, policy: Policy) -> bool:
    if do.facts is None or consent_forbids(do, do.facts.channel, profile, policy):
        return False
    seen = document(profile)
    return all(any(pick(seen, path) for path in paths) for paths in do.facts.needs)
