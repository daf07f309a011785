"""Robots, by what their user agent says of itself: they look at everything and buy nothing."""

import re
from collections.abc import Callable
from functools import cache, lru_cache

from hub.events import Event

_LONGEST = 500
"""Characters looked at; browsers need some 250."""

# The list names these, but people's own apps bear them too: the browsers inside Facebook, Instagram, Viber
# and Slack, what Android apps send with, editors with a browser. A lost shopper is worse than a robot let in.
_PEOPLE_TOO = frozenset({
    "AP3A\\.240617\\.008", "Code\\/1\\.", "Fetch\\/", "Fluid", "MetaIAB Facebook", "Miniature\\.io\\/",
    "Sonic", "Trae\\/", "Viber", "okhttp",
})  # fmt: skip
# And what robots that are on no list call themselves; Cubot makes telephones. Only robots give their address.
_CALLED = re.compile(r"(?<! cu)bot(?![a-z])|crawl|spider|headless|https?://", re.IGNORECASE)
_PLAIN = re.compile(r"(?:[^\\^$.|?*+()\[\]{}]|\\[-/. ])+")


def is_bot(event: Event) -> bool:
    agent = event.context.get("userAgent")
    return isinstance(agent, str) and bool(agent) and is_robot(agent[:_LONGEST])


@lru_cache(maxsize=8_192)
def is_robot(user_agent: str) -> bool:
    """Whether a user agent is a robot's, as far as it says so."""
    words, others = _listed()
    return bool(_CALLED.search(user_agent) or any(word in user_agent for word in words) or others(user_agent))


@cache
def _listed() -> tuple[tuple[str, ...], Callable[[str], object]]:
    """Words that are found in a robot's user agent, and a search for the few patterns that are no words."""
    # Half a megabyte of JSON: not for Lambdas that meet no browser.
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # noqa: PLC0415

    patterns = [one["pattern"] for one in CRAWLER_USER_AGENTS_DATA if one["pattern"] not in _PEOPLE_TOO]
    words = tuple(pattern.replace("\\", "") for pattern in patterns if _PLAIN.fullmatch(pattern))
    others = [pattern for pattern in patterns if not _PLAIN.fullmatch(pattern)]
    return words, re.compile("|".join(others)).search
