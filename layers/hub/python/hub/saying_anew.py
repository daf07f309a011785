"""A profile said anew: all that follows from it as it stands, should any change of it have been lost.

Of a change that was lost nobody knows what it took away, so what she is no more is said as well. Where all
was heard, most of it costs a reading and no writing.
"""

from dataclasses import dataclass

from hub.profiles import Profile
from hub.reactions import Enter, Finish, Reaction, reactions
from hub.rules import Rules


@dataclass(frozen=True)
class Belong:
    """She is in these segments and in none of the others."""

    profile_id: str
    entered: tuple[Enter, ...]
    others: tuple[str, ...]


@dataclass(frozen=True)
class StayOver:
    """This run is over, and nothing of it is on."""

    finish: Finish


Anew = Reaction | Belong | StayOver


def anew(profile: Profile, rules: Rules, *, merged: bool) -> list[Anew]:
    """`merged`: it is a pointer, in no segment any more; its timer and its runs are another's."""
    if merged:
        return [_belong(profile, (), rules)]
    follows = reactions(None, profile, rules, merged=False)
    entered = tuple(one for one in follows if isinstance(one, Enter))
    others = (one for one in follows if not isinstance(one, Enter))
    over = (StayOver(one) if isinstance(one, Finish) else one for one in others)
    return [_belong(profile, entered, rules), *over]


def _belong(profile: Profile, entered: tuple[Enter, ...], rules: Rules) -> Belong:
    """A pointer keeps the segments that she was in, gone ones among them."""
    known = rules.segment_names | profile.memberships.keys()
    others = known - {one.segment for one in entered}
    return Belong(profile.profile_id, entered, tuple(sorted(others)))
