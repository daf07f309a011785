"""Claims about how many events there are: what one needs, and what another lets be."""

from dataclasses import dataclass

from hub.comparing import compile_test
from hub.strategy.claims import Claim
from hub.strategy.durations import format_duration
from hub.strategy.event_conditions import WINDOW_WORDS, Aggregate, Did, DidNot, Filtered, QuietFor
from hub.strategy.possible_values import NOW


@dataclass(frozen=True)
class Counted:
    """Of these events, this many: at least as a need, at most as a limit."""

    events: tuple[str, ...]
    among: Filtered
    number: int


def too_late(claim: Claim) -> str:
    """No event of a name is later than the last one of that name."""
    need = _need(claim)
    since = need.among.since if need else None
    if need is None or since is None or set(need.events) != {since.last}:
        return ""
    return f"no '{since.last}' is later than the last '{since.last}'"


def too_quiet(did: Claim, quiet: Claim) -> str:
    """An event of her own inside the last W and a quiet of D need D < W."""
    need, calm = _need(did), quiet.condition
    if need is None or not isinstance(calm, QuietFor) or not quiet.holds:
        return ""
    if need.among.within is None or need.among.within > calm.duration:
        return ""
    window, duration = format_duration(need.among.within), format_duration(calm.duration)
    return f"'{need.events[0]}' within {window} ends a quiet of {duration}"


def too_loud(quiet: Claim, other: Claim) -> str:
    """Quiet for so long, and not even for less."""
    long, short = quiet.condition, other.condition
    if not (isinstance(long, QuietFor) and isinstance(short, QuietFor) and quiet.holds and not other.holds):
        return ""
    if long.duration < short.duration:
        return ""
    return f"a quiet of {format_duration(long.duration)} is one of {format_duration(short.duration)} too"


def too_few(did: Claim, bound: Claim) -> str:
    """One asks for more events than the other, which looks at all of these and more, lets be."""
    need, limit = _need(did), _limit(bound)
    if need is None or limit is None or need.number <= limit.number or not _sees_all_of(limit, need):
        return ""
    most = f"at most {limit.number} times" if limit.number else "not at all"
    return f"'{need.events[0]}' at least {need.number} times, and {most}"


def _need(claim: Claim) -> Counted | None:
    """So many events there must be for the claim to be true."""
    match claim.condition:
        case Did(events=events) as did:
            least = did.lower if claim.holds else _least_without(did)
            return Counted(events, did, least) if least else None
        case DidNot(events=events) as did_not if not claim.holds:
            return Counted(events, did_not, 1)
        case Aggregate(of=events) as aggregate if claim.holds and not _holds_of_nothing(aggregate):
            return Counted(events, aggregate, 1)
    return None


def _limit(claim: Claim) -> Counted | None:
    """More events than so many make the claim false."""
    match claim:
        case Claim(condition=Did(events=events) as did, holds=True) if did.upper is not None:
            return Counted(events, did, did.upper)
        case Claim(condition=Did(events=events, upper=None) as did, holds=False):
            return Counted(events, did, did.lower - 1)
        case Claim(condition=DidNot(events=events) as did_not, holds=True):
            return Counted(events, did_not, 0)
    return None


def _least_without(did: Did) -> int:
    """What it takes for a `did` not to hold; before the event of its `since` ever happened, nothing."""
    if did.since or did.upper is None or did.lower > 0:
        return 0
    return did.upper + 1


def _holds_of_nothing(aggregate: Aggregate) -> bool:
    """True of who has no such event: the sum of nothing is 0, all else of nothing is missing."""
    return compile_test(aggregate.test).passes(0.0 if aggregate.kind == "sum" else None, NOW)


def _sees_all_of(bound: Counted, need: Counted) -> bool:
    asked = need.among.where
    # Word for word: to Python, 1 is True.
    as_wide = all(
        path in asked and repr(asked[path]) == repr(test) for path, test in bound.among.where.items()
    )
    return as_wide and set(need.events) <= set(bound.events) and _reaches_as_far(bound.among, need.among)


def _reaches_as_far(bound: Filtered, did: Filtered) -> bool:
    if all(getattr(bound, window) is None for window in WINDOW_WORDS):
        return True
    if bound.within is not None and did.within is not None:
        return bound.within >= did.within
    if bound.after is not None and did.after is not None:
        return bound.after <= did.after
    if bound.before is not None and did.before is not None:
        return bound.before >= did.before
    return all(getattr(bound, window) == getattr(did, window) for window in WINDOW_WORDS)
