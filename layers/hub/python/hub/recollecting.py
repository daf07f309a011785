"""Events of the past, taken in by aggregates that are newer than they: nothing else of the profile moves."""

from hub.profiles import Memory, Profile, mark_of, remember
from hub.recalling import Recall


def remember_again(profile: Profile, told: Recall, memory: Memory) -> bool:
    """False if she remembers it already; doing it twice changes nothing.

    What a full aggregate would only add up by day is left out: a day does not know its events.
    """
    event, mark = told.event, mark_of(told.event.source, told.event.message_id)
    learnt = False
    for spec in memory.specs_for(event):
        before = list(profile.aggregates.get(spec.key, ()))
        is_full = spec.daily and len(before) >= spec.count
        if spec.key not in told.keys or (is_full and (event.at, mark) < before[0][:2]):
            continue
        remember(profile, spec, event, mark)
        learnt = learnt or profile.aggregates.get(spec.key, []) != before
    return learnt
